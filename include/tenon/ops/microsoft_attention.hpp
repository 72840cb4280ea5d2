// com.microsoft's Attention, MultiHeadAttention and RotaryEmbedding.
#pragma once

#include "microsoft_heads.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Attention of an input to itself: queries, keys and values are one product of it, with weights and bias side by side.
struct MicrosoftAttention {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft", name = "Attention";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "input:T weights:T bias?:T mask_index?:M past?:T attention_bias?:T past_sequence_length?:M";
  static constexpr auto outputs = "output:T present?:T";
  static constexpr type_variable types[] = {{'M', {dtype::i32}}};
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b10;

  required<i64> num_heads{};
  bool unidirectional = false, do_rotary = false, past_present_share_buffer = false;
  float mask_filter_value = -10000, scale = 0;
  i64 rotary_embedding_dim = 0;
  ints qkv_hidden_sizes{};

  status infer(infer_context& c) const {
    if (do_rotary || past_present_share_buffer || c.has(6))
      return fail(code::unsupported, {"do_rotary, past_present_share_buffer and past_sequence_length are not supported"});
    const auto f = frame_of(c.dims(0), c.dims(1), c.has(4) ? c.dims(4) : shape{});
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const i64 past = s.total - s.q_length;
    if (c.has(2) && c.dims(2) != shape{c.dims(1)[1]}) return c.invalid({"bias must be ", shape{c.dims(1)[1]}, ", not ", c.dims(2)});
    if (c.has(4) && c.dims(4) != shape{2, s.batch, s.kv_heads, past, s.head})
      return c.invalid({"past must be ", shape{2, s.batch, s.kv_heads, past, s.head}, ", not ", c.dims(4)});
    if ((c.has(4) || c.outputs() > 1) && s.head != s.v_head) return c.invalid({"past and present need keys as wide as values, not ", s.head, " and ", s.v_head});
    if (status r = masked_weights::check(c, s, 3, 5); !r.has_value()) return r;
    if (status r = c.output(0, {s.batch, s.q_length, s.q_heads * s.v_head}); !r.has_value()) return r;
    return c.output(1, {2, s.batch, s.kv_heads, s.total, s.head});
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape& w = in[1].dims;
    return w.rank() != 2 ? -1 : packed_bytes_for(dtype::f32, w[0], w[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    const shape& w = in[1].dims;
    kernels::pack_b<float>(w[0], w[1], {in[1].as<float>(), w[1], 1}, reinterpret_cast<float*>(out));
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_of(in[0].dims, in[1].dims, in.size() > 4 ? in[4].dims : shape{});
    return f.has_value() ? parts(*f, in[1].dims, packed, nullptr).bytes : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    const auto f = frame_of(in[0].dims, in[1].dims, in.size() > 4 ? in[4].dims : shape{});
    if (!f.has_value()) return 0;
    return static_cast<double>(count(in[0].dims)) * static_cast<double>(in[1].dims[1]) + 2 * static_cast<double>((*f).total) * static_cast<double>(count(out[0].dims));
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &w = c.input(1);
    const auto f = frame_of(x.dims, w.dims, c.has(4) ? c.input(4).dims : shape{});
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const i64 width = w.dims[1], past = s.total - s.q_length;
    const places p = parts(s, w.dims, c.packed() != nullptr, c.scratch());
    const auto* packed = reinterpret_cast<const float*>(c.packed());
    if (packed == nullptr) {
      kernels::pack_b<float>(w.dims[0], width, {w.as<float>(), width, 1}, p.weights);
      packed = p.weights;
    }
    kernels::epilogue<float> e;
    if (c.has(2)) e.bias = c.input(2).as<float>();
    kernels::gemm<float>(s.batch * s.q_length, width, w.dims[0], kernels::strided_rows<float>{x.as<float>(), w.dims[0], 1}, packed, p.qkv, width, e, p.attention);
    const auto part = [&](i64 column, i64 head) { return head_rows<const float>{p.qkv + column, s.q_length * width, head, width}; };
    const i64 hidden = s.q_heads * s.head;
    head_rows<const float> k = part(hidden, s.head), v = part(2 * hidden, s.v_head);
    const bool kept = c.outputs() > 1 && c.output(1);
    if (kept || past > 0) {
      float* const present = kept ? c.output(1).as<float>() : p.present;
      const float* const before = past > 0 ? c.input(4).as<float>() : nullptr;
      const i64 half = s.batch * s.kv_heads * s.head;
      k = join_past(s, before, past, k, s.head, present);
      v = join_past(s, before != nullptr ? before + half * past : nullptr, past, v, s.head, present + half * s.total);
    }
    masked_weights rule(c, s, 3, 5);
    rule.causal = unidirectional, rule.filter = mask_filter_value, rule.past = past;
    attend<float>(s, part(0, s.head), k, v, heads_beside(c.output(0).as<float>(), s.q_length, s.q_heads, s.v_head), scale_of(scale, s.head), rule, p.attention);
    return {};
  }

 private:
  using frame = attention_sizes;
  struct places {
    float *weights, *qkv, *present;
    std::byte* attention;
    i64 bytes;
  };
  static places parts(const frame& f, const shape& w, bool packed, std::byte* scratch) {
    scratch_parts s{scratch};
    places p{};
    p.attention = s.take(std::max(attention_places(f, dtype::f32).bytes, detail::padded(kernels::gemm_scratch_bytes<float>())));
    p.weights = s.floats(packed ? 0 : packed_bytes_for(dtype::f32, w[0], w[1]));
    p.qkv = s.floats(detail::bytes_of(shape{f.batch, f.q_length, w[1]}, 4));
    p.present = s.floats(f.total > f.q_length ? detail::bytes_of(shape{2, f.batch, f.kv_heads, f.total, f.head}, 4) : 0);
    p.bytes = s.bytes;
    return p;
  }
  result<frame> frame_of(const shape& x, const shape& w, const shape& past) const {
    const auto bad = [&](std::initializer_list<piece> why) -> std::unexpected<error> {
      return fail(code::invalid, {"input ", x, " and weights ", w, " ", join(why)});
    };
    if (x.rank() != 3 || w.rank() != 2 || x[2] != w[0]) return bad({"do not fit"});
    i64 q = w[1] / 3, k = q, v = q;
    if (!qkv_hidden_sizes.empty()) {
      if (qkv_hidden_sizes.size() != 3) return bad({"have qkv_hidden_sizes ", qkv_hidden_sizes, ", not three"});
      q = qkv_hidden_sizes[0], k = qkv_hidden_sizes[1], v = qkv_hidden_sizes[2];
    }
    const bool sane = num_heads > 0 && q >= 0 && q <= w[1] && v >= 0 && v <= w[1];
    if (!sane || q != k || 2 * q + v != w[1] || q % num_heads != 0 || v % num_heads != 0)
      return bad({"do not split into ", num_heads.value, " heads of queries, keys and values"});
    i64 total = x[1];
    if (past.rank() == 5 && __builtin_add_overflow(total, past[3], &total)) return bad({"are too long"});
    return frame{x[0], num_heads, num_heads, x[1], total, q / num_heads, v / num_heads};
  }
};

/// Attention of queries to keys and values, which may be one tensor with them, after a bias is added to all three.
struct MultiHeadAttention {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "query:T key?:T value?:T bias?:T key_padding_mask?:M attention_bias?:T past_key?:T past_value?:T "
                                 "past_sequence_length?:M cache_indirection?:M";
  static constexpr auto outputs = "output:T present_key?:T present_value?:T qk?:T";
  static constexpr type_variable types[] = {{'M', {dtype::i32}}};
  static constexpr bool widen = true;

  required<i64> num_heads{};
  bool unidirectional = false;
  float mask_filter_value = -10000, scale = 0;

  status infer(infer_context& c) const {
    if (c.has(8) || c.has(9)) return fail(code::unsupported, {"past_sequence_length and cache_indirection are not supported"});
    if (c.has(6) != c.has(7)) return c.invalid({"past_key and past_value come together"});
    const auto dims = [&](int i) { return c.has(i) ? c.dims(i) : shape{}; };
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(6));
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const i64 all = (2 * s.head + s.v_head) * s.q_heads;
    if (c.has(3) && c.dims(3) != shape{all}) return c.invalid({"bias must be ", shape{all}, ", not ", c.dims(3)});
    if (c.has(6) && (c.dims(6) != shape{s.batch, s.q_heads, s.past, s.head} || c.dims(7) != shape{s.batch, s.q_heads, s.past, s.v_head}))
      return c.invalid({"past_key ", c.dims(6), " and past_value ", c.dims(7), " do not fit query ", c.dims(0)});
    if (status r = masked_weights::check(c, s, 4, 5); !r.has_value()) return r;
    if (status r = c.output(0, {s.batch, s.q_length, s.q_heads * s.v_head}); !r.has_value()) return r;
    if (status r = c.output(1, {s.batch, s.q_heads, s.total, s.head}); !r.has_value()) return r;
    if (status r = c.output(2, {s.batch, s.q_heads, s.total, s.v_head}); !r.has_value()) return r;
    return c.output(3, {s.batch, s.q_heads, s.q_length, s.total});
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto dims = [&](unsigned i) { return in.size() > i ? in[i].dims : shape{}; };
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(6));
    return f.has_value() ? parts(*f, nullptr).bytes : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    const auto dims = [&](unsigned i) { return in.size() > i ? in[i].dims : shape{}; };
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(6));
    return f.has_value() ? 2 * static_cast<double>((*f).total) * static_cast<double>(count(out[0].dims)) : 0;
  }
  status run(run_context& c) const {
    const auto dims = [&](int i) { return c.has(i) ? c.input(i).dims : shape{}; };
    const auto f = frame_of(dims(0), dims(1), dims(2), dims(6));
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const places p = parts(s, c.scratch());
    const i64 n = s.q_heads, fresh = s.total - s.past;
    const auto data = [&](int i) { return c.input(i).as<float>(); };
    head_rows<const float> q, k, v;
    if (!c.has(1)) {  // query, key and value of a head side by side
      const i64 row = n * 3 * s.head;
      q = {data(0), s.q_length * row, 3 * s.head, row}, k = q, v = q;
      k.data += s.head, v.data += 2 * s.head;
    } else {
      q = heads_beside(data(0), s.q_length, n, s.head);
      if (!c.has(2)) {
        const i64 row = n * 2 * s.head;
        k = {data(1), fresh * row, 2 * s.head, row}, v = k;
        v.data += s.head;
      } else {
        const bool apart = dims(1).rank() == 4;
        k = apart ? heads_apart(data(1), n, fresh, s.head) : heads_beside(data(1), fresh, n, s.head);
        v = apart ? heads_apart(data(2), n, fresh, s.v_head) : heads_beside(data(2), fresh, n, s.v_head);
      }
    }
    if (c.has(3)) {
      q = biased(s, q, s.q_length, s.head, data(3), p.q);
      k = biased(s, k, fresh, s.head, data(3) + n * s.head, p.k);
      v = biased(s, v, fresh, s.v_head, data(3) + 2 * n * s.head, p.v);
    }
    const auto kept = [&](int i, float* own) { return c.outputs() > i && c.output(i) ? c.output(i).as<float>() : s.past > 0 ? own : nullptr; };
    if (float* const to = kept(1, p.keys)) k = join_past(s, s.past > 0 ? data(6) : nullptr, s.past, k, s.head, to);
    if (float* const to = kept(2, p.values)) v = join_past(s, s.past > 0 ? data(7) : nullptr, s.past, v, s.v_head, to);
    masked_weights rule(c, s, 4, 5);
    rule.causal = unidirectional, rule.filter = mask_filter_value, rule.past = s.past;
    if (c.outputs() > 3 && c.output(3)) rule.shown = c.output(3).as<float>();
    attend<float>(s, q, k, v, heads_beside(c.output(0).as<float>(), s.q_length, n, s.v_head), scale_of(scale, s.head), rule, p.attention);
    return {};
  }

 private:
  struct frame : attention_sizes {
    i64 past = 0;
  };
  struct places {
    float *q, *k, *v, *keys, *values;
    std::byte* attention;
    i64 bytes;
  };
  static places parts(const frame& f, std::byte* scratch) {
    scratch_parts s{scratch};
    places p{};
    const i64 fresh = f.total - f.past;
    p.attention = s.take(attention_places(f, dtype::f32).bytes);
    p.q = s.floats(detail::bytes_of(shape{f.batch, f.q_length, f.q_heads, f.head}, 4));
    p.k = s.floats(detail::bytes_of(shape{f.batch, fresh, f.q_heads, f.head}, 4));
    p.v = s.floats(detail::bytes_of(shape{f.batch, fresh, f.q_heads, f.v_head}, 4));
    p.keys = s.floats(f.past > 0 ? detail::bytes_of(shape{f.batch, f.q_heads, f.total, f.head}, 4) : 0);
    p.values = s.floats(f.past > 0 ? detail::bytes_of(shape{f.batch, f.q_heads, f.total, f.v_head}, 4) : 0);
    p.bytes = s.bytes;
    return p;
  }
  static head_rows<const float> biased(const frame& f, const head_rows<const float>& x, i64 length, i64 width, const float* bias, float* to) {
    const head_rows<float> out = heads_beside(to, length, f.q_heads, width);
    for (i64 b = 0; b < f.batch; ++b)
      for (i64 h = 0; h < f.q_heads; ++h)
        for (i64 i = 0; i < length; ++i)
          kernels::add_row(x.at(b, h) + i * x.row, bias + h * width, nullptr, out.at(b, h) + i * out.row, width);
    return out;
  }
  result<frame> frame_of(const shape& q, const shape& k, const shape& v, const shape& past) const {
    const auto bad = [&](std::initializer_list<piece> why) -> std::unexpected<error> {
      return fail(code::invalid, {"query ", q, ", key ", k, " and value ", v, " ", join(why)});
    };
    const i64 n = num_heads;
    if (n < 1) return bad({"cannot have ", n, " heads"});
    frame f{};
    f.q_heads = f.kv_heads = n;
    if (k.rank() == 0) {
      if (q.rank() != 5 || q[2] != n || q[3] != 3 || v.rank() != 0) return bad({"are not [batch, length, ", n, ", 3, width] for a query alone"});
      f.head = f.v_head = q[4];
    } else {
      if (q.rank() != 3 || q[2] % n != 0) return bad({"do not split into ", n, " heads"});
      f.head = q[2] / n;
    }
    f.batch = q[0], f.q_length = q[1];
    i64 fresh = q[1];
    if (k.rank() == 5) {
      if (v.rank() != 0 || k[2] != n || k[3] != 2 || k[4] != f.head) return bad({"are not [batch, length, ", n, ", 2, ", f.head, "] for a key alone"});
      fresh = k[1], f.v_head = f.head;
    } else if (k.rank() != 0) {
      const bool apart = k.rank() == 4;
      if ((k.rank() != 3 && !apart) || v.rank() != k.rank()) return bad({"do not fit"});
      fresh = k[apart ? 2 : 1];
      if (apart ? k[1] != n || v[1] != n || k[3] != f.head || v[2] != fresh : k[2] != q[2] || v[1] != fresh || v[2] % n != 0) return bad({"do not fit"});
      f.v_head = apart ? v[3] : v[2] / n;
    }
    if (k.rank() != 0 && (k[0] != f.batch || (v.rank() != 0 && v[0] != f.batch))) return bad({"do not fit"});
    if (past.rank() == 4) f.past = past[2];
    if (__builtin_add_overflow(fresh, f.past, &f.total)) return bad({"are too long"});
    return f;
  }
};

/// ONNX's RotaryEmbedding, before it was that: positions come second, and one says where all sequences begin.
struct MicrosoftRotaryEmbedding {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft", name = "RotaryEmbedding";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "input:T position_ids:I cos_cache:T sin_cache:T", outputs = "output:T";
  static constexpr bool widen = true;

  bool interleaved = false, is_packed_batching = false;
  i64 num_heads = 0, rotary_embedding_dim = 0;
  float scale = 1;

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &ids = c.dims(1), &cosines = c.dims(2);
    if (scale != 1) return fail(code::unsupported, {"scale is ", static_cast<double>(scale), ", not 1"});
    if (cosines.rank() != 2 || cosines != c.dims(3)) return c.invalid({"cos_cache ", cosines, " and sin_cache ", c.dims(3), " must be alike, of two dimensions"});
    const auto f = frame_of(x, cosines);
    if (!f.has_value()) return std::unexpected(f.error());
    if (count(ids) != 1 && ids != shape{x[0], (*f).length}) return c.invalid({"position_ids must be one or ", shape{x[0], (*f).length}, ", not ", ids});
    return c.output(0, x);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &ids = c.input(1), &cosines = c.input(2);
    const auto f = frame_of(x.dims, cosines.dims);
    if (!f.has_value()) return std::unexpected(f.error());
    const auto [batch, heads, length, head, flat] = *f;
    const auto rows = [&](auto* data) { return flat ? heads_beside(data, length, heads, head) : heads_apart(data, heads, length, head); };
    const bool all = ids.dims.rank() == 2 && ids.dims == shape{batch, length};
    return rotate(batch, heads, length, head, rows(x.as<float>()), rows(c.output(0).as<float>()), cosines, c.input(3), interleaved,
                  [&](i64 b, i64 s) { return all ? ids.as<i64>()[b * length + s] : plus(ids.as<i64>()[0], s); });
  }

 private:
  struct frame {
    i64 batch, heads, length, head;
    bool flat;
  };
  static i64 plus(i64 a, i64 b) { return a > INT64_MAX - b ? INT64_MAX : a + b; }
  result<frame> frame_of(const shape& x, const shape& cosines) const {
    const i64 half = cosines[1];
    frame f{};
    if (x.rank() == 4) {
      f = {x[0], x[1], x[2], x[3], false};
    } else if (x.rank() == 3) {
      const i64 heads = num_heads > 0 ? num_heads : half > 0 ? x[2] / half / 2 : 0;
      if (heads < 1 || x[2] % heads != 0) return fail(code::invalid, {"input ", x, " does not split into ", heads, " heads"});
      f = {x[0], heads, x[1], x[2] / heads, true};
    } else {
      return fail(code::invalid, {"input must have three or four dimensions, not ", x});
    }
    const i64 turned = rotary_embedding_dim > 0 ? rotary_embedding_dim : f.head;
    if (turned > f.head || turned % 2 != 0 || turned / 2 != half)
      return fail(code::invalid, {"pairs among ", turned, " of ", f.head, " elements do not fit cos_cache ", cosines});
    return f;
  }
};

using microsoft_attention = list<MicrosoftAttention, MultiHeadAttention, MicrosoftRotaryEmbedding>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
