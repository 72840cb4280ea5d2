// GroupQueryAttention: attention over a cache of keys and values, each shared by several heads of queries.
#pragma once

#include "microsoft_heads.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Attention to past and fresh keys. Batches differ in how many keys they have: seqlens_k says it, less one. The
/// cache is as long as the past was, or as total_sequence_length.
struct GroupQueryAttention {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "query:T key?:T value?:T past_key?:T past_value?:T seqlens_k:M total_sequence_length:M cos_cache?:T "
                                 "sin_cache?:T position_ids?:I attention_bias?:T head_sink?:T k_scale?:S v_scale?:S q_norm_weight?:T k_norm_weight?:T";
  static constexpr auto outputs = "output:T present_key?:T present_value?:T output_qk?:T";
  static constexpr type_variable types[] = {{'M', {dtype::i32}}, {'S', {dtype::f32}}};
  static constexpr bool widen = true;

  required<i64> num_heads{}, kv_num_heads{};
  bool causal = true, do_rotary = false, rotary_interleaved = false, sliding_window_cache = false;
  float scale = 0, softcap = 0, qk_norm_epsilon = 1e-6f;
  i64 local_window_size = -1, smooth_softmax = -1, qk_output = 0, kv_cache_bit_width = 0;
  std::string k_quant_type = "NONE", v_quant_type = "NONE";

  status infer(infer_context& c) const {
    if (k_quant_type != "NONE" || v_quant_type != "NONE" || kv_cache_bit_width != 0 || sliding_window_cache)
      return fail(code::unsupported, {"caches that are quantized or as short as the window are not supported"});
    if (c.has(14) || c.has(15)) return fail(code::unsupported, {"q_norm_weight and k_norm_weight are not supported"});
    if (c.has(3) != c.has(4) || c.has(1) != c.has(2)) return c.invalid({"keys and values come together"});
    if (qk_output < 0 || qk_output > 2 || local_window_size < -1) return c.invalid({"qk_output is ", qk_output, ", local_window_size ", local_window_size});
    if (!c.constant(6)) return c.later();
    const auto dims = [&](int i) { return c.has(i) ? c.dims(i) : shape{}; };
    if (count(c.dims(6)) != 1) return c.invalid({"total_sequence_length is no scalar: ", c.dims(6)});
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(3), (*c.constant_dims(6))[0]);
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    if (count(c.dims(5)) != s.batch) return c.invalid({"seqlens_k has not one number per batch: ", c.dims(5)});
    if (c.has(4) && c.dims(3) != c.dims(4)) return c.invalid({"past_key ", c.dims(3), " and past_value ", c.dims(4), " differ"});
    if (do_rotary) {
      if (!c.has(7) || !c.has(8) || c.rank(7) != 2 || c.dims(7) != c.dims(8) || c.dims(7)[1] > s.head / 2)
        return c.invalid({"cos_cache ", dims(7), " and sin_cache ", dims(8), " do not fit heads of ", s.head});
      if (c.has(9) && count(c.dims(9)) != 1 && c.dims(9) != shape{s.batch, s.q_length}) return c.invalid({"position_ids must be ", shape{s.batch, s.q_length}, ", not ", c.dims(9)});
    }
    if (c.has(10)) {
      const shape &bias = c.dims(10), all{s.batch, s.q_heads, s.q_length, bias.rank() == 4 ? bias[3] : 0};
      if (bias.rank() != 4 || bias[3] < s.total || bias[2] != s.q_length || broadcast(bias, all) != all)
        return c.invalid({"attention_bias ", bias, " does not fit ", shape{s.batch, s.q_heads, s.q_length, s.total}});
    }
    if (c.has(11) && c.dims(11) != shape{s.q_heads}) return c.invalid({"head_sink must be ", shape{s.q_heads}, ", not ", c.dims(11)});
    if (status r = c.output(0, {s.batch, s.q_length, s.q_heads * s.head}); !r.has_value()) return r;
    for (int i : {1, 2})
      if (status r = c.output(i, {s.batch, s.kv_heads, s.capacity, s.head}); !r.has_value()) return r;
    return c.output(3, {s.batch, s.q_heads, s.q_length, s.total});
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto dims = [&](unsigned i) { return in.size() > i ? in[i].dims : shape{}; };
    const any_view total = in[6].constant;
    if (!total) return detail::most_bytes;  // infer was later(), and nobody can have come here
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(3), *total.as<i32>());
    return f.has_value() ? parts(*f, nullptr).bytes : 0;
  }
  double macs(std::span<const known>, std::span<const known> out) const {
    const i64 most = out.size() > 1 && out[1].dims.rank() == 4 ? out[1].dims[2] : 1;
    return 2 * static_cast<double>(most) * static_cast<double>(count(out[0].dims));
  }
  status run(run_context& c) const {
    const auto dims = [&](int i) { return c.has(i) ? c.input(i).dims : shape{}; };
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(3), *c.input(6).as<i32>());
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const places p = parts(s, c.scratch());
    const bool first = s.q_length == s.total;  // no past, whatever the cache holds
    const i32* const lengths = c.input(5).as<i32>();
    for (i64 b = 0; b < s.batch; ++b) {
      const i64 length = i64{lengths[b]} + 1, before = first ? 0 : length - s.q_length;
      if (length < 0 || length > s.total || before < 0 || before > s.past)
        return fail(code::invalid, {"seqlens_k has ", lengths[b], ", which with ", s.q_length, " fresh keys and ", s.past, " past ones does not fit total_sequence_length ", s.total});
      p.pasts[b] = before;
    }
    const bool packed = !c.has(1);
    const i64 row = packed ? (s.q_heads + 2 * s.kv_heads) * s.head : 0;
    const auto part = [&](int input, i64 head) {
      const float* const data = c.input(packed ? 0 : input).as<float>();
      if (packed) return head_rows<const float>{data + head * s.head, s.q_length * row, s.head, row};
      return heads_beside(data, s.q_length, input == 0 ? s.q_heads : s.kv_heads, s.head);
    };
    head_rows<const float> q = part(0, 0), k = part(1, s.q_heads);
    const head_rows<const float> v = part(2, s.q_heads + s.kv_heads);
    if (do_rotary) {
      const any_view ids = c.has(9) ? c.input(9) : any_view();
      const auto place = [&](i64 b, i64 i) {
        if (!ids) return p.pasts[b] + i;
        if (first || ids.size() == 1) return std::min(ids.as<i64>()[0], INT64_MAX - i) + i;
        return ids.as<i64>()[b * s.q_length + i];
      };
      const auto turned = [&](head_rows<const float>& x, i64 heads, float* to) -> status {
        const head_rows<float> y = heads_beside(to, s.q_length, heads, s.head);
        if (status r = rotate(s.batch, heads, s.q_length, s.head, x, y, c.input(7), c.input(8), rotary_interleaved, place); !r.has_value()) return r;
        x = y;
        return {};
      };
      if (status r = turned(q, s.q_heads, p.q); !r.has_value()) return r;
      if (status r = turned(k, s.kv_heads, p.k); !r.has_value()) return r;
    }
    const head_rows<const float> keys = extended(s, c, 1, k, p), values = extended(s, c, 2, v, p);
    weights rule(*this, s, c, p);
    attend<float>(s, q, keys, values, heads_beside(c.output(0).as<float>(), s.q_length, s.q_heads, s.head), scale_of(scale, s.head), rule, p.attention);
    return {};
  }

 private:
  struct frame : attention_sizes {
    i64 past = 0, capacity = 0;
  };
  struct places {
    float *q, *k, *keys, *values, *row;
    i64* pasts;
    std::byte* attention;
    i64 bytes;
  };
  static places parts(const frame& f, std::byte* scratch) {
    scratch_parts s{scratch};
    places p{};
    const i64 cache = detail::bytes_of(shape{f.batch, f.kv_heads, f.capacity, f.head}, 4);
    p.attention = s.take(attention_places(f, dtype::f32).bytes);
    p.pasts = reinterpret_cast<i64*>(s.take(detail::bytes_of(shape{f.batch}, 8)));
    p.row = s.floats(detail::bytes_of(shape{f.total}, 4) + 64);
    p.q = s.floats(detail::bytes_of(shape{f.batch, f.q_length, f.q_heads, f.head}, 4));
    p.k = s.floats(detail::bytes_of(shape{f.batch, f.q_length, f.kv_heads, f.head}, 4));
    p.keys = s.floats(cache);
    p.values = s.floats(cache);
    p.bytes = s.bytes;
    return p;
  }
  result<frame> frame_of(const shape& q, const shape& k, const shape& v, const shape& past, i64 total) const {
    const auto bad = [&](std::initializer_list<piece> why) -> std::unexpected<error> {
      return fail(code::invalid, {"query ", q, ", key ", k, ", value ", v, " and past_key ", past, " ", join(why)});
    };
    const i64 n = num_heads, g = kv_num_heads;
    if (n < 1 || g < 1 || n % g != 0 || n > i64{1} << 32) return bad({"cannot have ", n, " heads, and ", g, " of keys"});
    const bool packed = k.rank() == 0;
    const i64 heads = packed ? n + 2 * g : n;
    if (q.rank() != 3 || q[2] % heads != 0) return bad({"do not split into ", heads, " heads"});
    frame f{{q[0], n, g, q[1], total, q[2] / heads, q[2] / heads}, 0, 0};
    if (!packed && (k != shape{q[0], q[1], g * f.head} || v != k)) return bad({"do not fit"});
    if (past.rank() != 0) {
      if (past.rank() != 4 || past != shape{f.batch, g, past[2], f.head}) return bad({"do not fit"});
      f.past = past[2];
    }
    if (total < f.q_length) return bad({"are longer than total_sequence_length ", total});
    f.capacity = std::max(f.past, total);
    return f;
  }
  /// The cache behind output i, or in scratch where nobody wants that; zeros where a batch has no keys.
  static head_rows<const float> extended(const frame& f, run_context& c, int output, const head_rows<const float>& fresh, const places& p) {
    const bool kept = c.outputs() > output && c.output(output);
    const head_rows<float> all = heads_apart(kept ? c.output(output).as<float>() : output == 1 ? p.keys : p.values, f.kv_heads, f.capacity, f.head);
    for (i64 b = 0; b < f.batch; ++b)
      for (i64 g = 0; g < f.kv_heads; ++g) {
        const i64 before = p.pasts[b], end = before + f.q_length;
        const float* const past = before > 0 ? c.input(output + 2).as<float>() + (b * f.kv_heads + g) * f.past * f.head : nullptr;
        extend_rows(past, before, fresh.at(b, g), fresh.row, f.q_length, f.head, all.at(b, g));
        std::fill_n(all.at(b, g) + end * f.head, (f.capacity - end) * f.head, 0.0f);
      }
    return all;
  }

  struct weights final : attention_weights<float> {
    weights(const GroupQueryAttention& o, const frame& size, run_context& context, const places& places) : op(o), f(size), c(context), p(places) {}
    const GroupQueryAttention& op;
    const frame& f;
    run_context& c;
    const places& p;

    void weigh(i64 b, i64 h, float* scores) override {
      float* const shown = op.qk_output > 0 && c.outputs() > 3 && c.output(3) ? c.output(3).as<float>() + (b * f.q_heads + h) * f.q_length * f.total : nullptr;
      for (i64 i = 0; i < f.q_length; ++i) {
        const i64 place = p.pasts[b] + i + 1, end = op.causal ? place : i64{c.input(5).as<i32>()[b]} + 1;
        const i64 begin = op.local_window_size >= 0 && place > op.local_window_size ? place - op.local_window_size : 0;
        float *const x = scores + i * f.total, *const seen = x + begin;
        const i64 n = end - begin;
        if (op.softcap > 0) cap_scores(seen, n, op.softcap);
        if (c.has(10)) {
          const shape& d = c.input(10).dims;
          const i64 at = ((d[0] == 1 ? 0 : b) * d[1] + (d[1] == 1 ? 0 : h)) * d[2] + i;
          kernels::add_row(seen, c.input(10).as<float>() + at * d[3] + begin, nullptr, seen, n);
        }
        if (shown != nullptr && op.qk_output == 1) std::memcpy(shown + i * f.total, x, static_cast<std::size_t>(f.total) * 4);
        soften(seen, n, h);
        std::fill_n(x, begin, 0.0f);
        std::fill_n(x + end, f.total - end, 0.0f);
        if (shown != nullptr && op.qk_output == 2) std::memcpy(shown + i * f.total, x, static_cast<std::size_t>(f.total) * 4);
      }
    }
    /// With a sink one more score takes its share of the weights, and goes nowhere.
    void soften(float* x, i64 n, i64 h) const {
      const bool sink = c.has(11);
      if (n <= 0) return;
      if (!sink && op.smooth_softmax != 1) return soften_scores(x, n);
      std::memcpy(p.row, x, static_cast<std::size_t>(n) * 4);
      p.row[n] = sink ? c.input(11).as<float>()[h] : 0;
      soften_scores(p.row, n + 1);
      std::memcpy(x, p.row, static_cast<std::size_t>(n) * 4);
    }
  };
};

using microsoft_cache = list<GroupQueryAttention>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
