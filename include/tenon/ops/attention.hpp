// Attention: products of queries and keys, masked, as weights of values. RotaryEmbedding: pairs of
// elements turned by angles that belong to their position.
#pragma once

#include "../kernels/cast.hpp"
#include "attention_heads.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = softmax(scale Q K' + mask) V for every head, keys and values behind those of the past. Tensors of
/// three dimensions have their heads side by side in the last.
struct Attention {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "Q:T K:T V:V attn_mask?:M past_key?:T past_value?:V nonpad_kv_seqlen?:I";
  static constexpr auto outputs = "Y:T present_key?:T present_value?:V qk_matmul_output?:T";
  static constexpr type_variable types[] = {{'V', dtypes::floating}, {'M', dtypes::numeric | dtypes::boolean}};
  static constexpr std::string_view widen = "TV";

  bool is_causal = false;
  std::optional<i64> q_num_heads{}, kv_num_heads{};
  std::optional<float> scale{};
  float softcap = 0;
  i64 left_window_size = -1, right_window_size = -1, qk_matmul_output_mode = 0;
  dtype softmax_precision = dtype::none;  ///< at least float32 is computed in

  status infer(infer_context& c) const {
    const bool past = c.has(4);
    if (compute_dtype(c.type(0)) != compute_dtype(c.type(2)))
      return fail(code::unsupported, {"Q of ", name(c.type(0)), " with V of ", name(c.type(2)), " is not supported"});
    if (past != c.has(5)) return c.invalid({"past_key and past_value come together"});
    const auto f = frame_of(c.dims(0), c.dims(1), c.dims(2), past ? c.dims(4) : shape{});
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    if (past && (c.dims(4) != shape{s.batch, s.kv_heads, s.past, s.head} || c.dims(5) != shape{s.batch, s.kv_heads, s.past, s.v_head}))
      return c.invalid({"past_key ", c.dims(4), " and past_value ", c.dims(5), " do not fit K ", c.dims(1), " and V ", c.dims(2)});
    if (c.has(6) && (past || c.dims(6) != shape{s.batch}))
      return c.invalid({"nonpad_kv_seqlen of shape ", c.dims(6), past ? " excludes past_key" : " has not one number per batch"});
    if (c.has(3) && !mask_strides(c.dims(3), s))
      return c.invalid({"attn_mask of shape ", c.dims(3), " does not fit ", shape{s.batch, s.q_heads, s.q_length, s.total}});
    if (qk_matmul_output_mode < 0 || qk_matmul_output_mode > 3) return c.invalid({"qk_matmul_output_mode is ", qk_matmul_output_mode});
    if (left_window_size < -1 || right_window_size < -1)
      return c.invalid({"window sizes are ", left_window_size, " and ", right_window_size});
    const shape y = s.flat ? shape{s.batch, s.q_length, s.q_heads * s.v_head} : shape{s.batch, s.q_heads, s.q_length, s.v_head};
    if (status r = c.output(0, y); !r.has_value()) return r;
    if (status r = c.output(1, {s.batch, s.kv_heads, s.total, s.head}); !r.has_value()) return r;
    if (status r = c.output(2, {s.batch, s.kv_heads, s.total, s.v_head}); !r.has_value()) return r;
    return c.output(3, {s.batch, s.q_heads, s.q_length, s.total});
  }
  i64 scratch(std::span<const known> in, bool) const {
    const bool past = in.size() > 4 && in[4].type != dtype::none;
    const auto f = frame_of(in[0].dims, in[1].dims, in[2].dims, past ? in[4].dims : shape{});
    return f.has_value() ? places(*f, in[0].type).bytes : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    const bool past = in.size() > 4 && in[4].type != dtype::none;
    const auto f = frame_of(in[0].dims, in[1].dims, in[2].dims, past ? in[4].dims : shape{});
    return !f.has_value() ? 0 : static_cast<double>((*f).total) * static_cast<double>(count(in[0].dims) + count(out[0].dims));
  }
  status run(run_context& c) const {
    const auto f = frame_of(c.input(0).dims, c.input(1).dims, c.input(2).dims, c.has(4) ? c.input(4).dims : shape{});
    if (!f.has_value()) return std::unexpected(f.error());
    dispatch<dtype_set{dtype::f32, dtype::f64}>(c.input(0).type, [&]<class T>() { attend_all<T>(*f, c); });
    return {};
  }

 private:
  struct frame {
    i64 batch, q_heads, kv_heads, q_length, fresh, past, total, head, v_head;
    bool flat;
  };
  result<frame> frame_of(const shape& q, const shape& k, const shape& v, const shape& past) const {
    const auto bad = [&](std::initializer_list<piece> why) -> std::unexpected<error> {
      return fail(code::invalid, {"Q ", q, ", K ", k, " and V ", v, " ", join(why)});
    };
    if (q.rank() != k.rank() || q.rank() != v.rank() || (q.rank() != 3 && q.rank() != 4)) return bad({"must have three or four dimensions each"});
    frame f{};
    f.flat = q.rank() == 3;
    f.batch = q[0];
    if (f.flat) {
      const i64 h = q_num_heads.value_or(0), g = kv_num_heads.value_or(0);
      if (h < 1 || g < 1) return bad({"of three dimensions need q_num_heads and kv_num_heads"});
      if (q[2] % h != 0 || k[2] % g != 0 || v[2] % g != 0) return bad({"do not split into ", h, " and ", g, " heads"});
      f = {q[0], h, g, q[1], k[1], 0, 0, q[2] / h, v[2] / g, true};
      if (k[2] / g != f.head) return bad({"have heads of ", f.head, " and ", k[2] / g});
    } else {
      f = {q[0], q[1], k[1], q[2], k[2], 0, 0, q[3], v[3], false};
      if (k[3] != f.head || v[1] != f.kv_heads) return bad({"do not fit"});
    }
    if (k[0] != f.batch || v[0] != f.batch || v[f.flat ? 1 : 2] != f.fresh) return bad({"do not fit"});
    if (f.kv_heads == 0 ? f.q_heads != 0 : f.q_heads % f.kv_heads != 0) return bad({"have ", f.q_heads, " heads for ", f.kv_heads});
    if (past.rank() == 4) f.past = past[2];
    if (__builtin_add_overflow(f.fresh, f.past, &f.total)) return bad({"are too long"});
    return f;
  }
  /// Strides of the mask along batch, head and query.
  static std::optional<shape> mask_strides(const shape& mask, const frame& f) {
    if (mask.rank() < 1 || mask.rank() > 4 || mask.back() > f.total) return std::nullopt;
    shape all{f.batch, f.q_heads, f.q_length, mask.back()};
    if (broadcast(mask, all) != all) return std::nullopt;
    shape s = broadcast_strides(mask, contiguous_strides(mask), all);
    s.erase(3);
    return s;
  }
  static attention_sizes sizes_of(const frame& f) { return {f.batch, f.q_heads, f.kv_heads, f.q_length, f.total, f.head, f.v_head}; }
  /// Where things lie in scratch, in bytes.
  struct layout {
    i64 mask, keys, values, bytes;
  };
  static layout places(const frame& f, dtype type) {
    const i64 size = size_of(compute_dtype(type));
    layout l{};
    l.mask = attention_places(sizes_of(f), type).bytes;
    l.keys = l.mask + detail::bytes_of(shape{f.total}, size);
    l.values = l.keys + (f.past > 0 ? detail::bytes_of(shape{f.batch, f.kv_heads, f.total, f.head}, size) : 0);
    l.bytes = l.values + (f.past > 0 ? detail::bytes_of(shape{f.batch, f.kv_heads, f.total, f.v_head}, size) : 0);
    return l;
  }

  /// Keys or values, past ones first.
  template <class T>
  static head_rows<const T> joined(const frame& f, run_context& c, int fresh, i64 width, std::byte* own) {
    const T* const from = c.input(fresh).as<T>();
    const head_rows<const T> given = f.flat ? heads_beside(from, f.fresh, f.kv_heads, width) : heads_apart(from, f.kv_heads, f.fresh, width);
    const mutable_any_view kept = c.outputs() > fresh ? c.output(fresh) : mutable_any_view();
    if (!kept && f.past == 0) return given;
    const head_rows<T> all = heads_apart(kept ? kept.as<T>() : reinterpret_cast<T*>(own), f.kv_heads, f.total, width);
    for (i64 b = 0; b < f.batch; ++b)
      for (i64 g = 0; g < f.kv_heads; ++g) {
        const T* const past = f.past > 0 ? c.input(fresh + 3).as<T>() + (b * f.kv_heads + g) * f.past * width : nullptr;
        extend_rows(past, f.past, given.at(b, g), given.row, f.fresh, width, all.at(b, g));
      }
    return all;
  }

  template <class T>
  struct weights final : attention_weights<T> {
    weights(const Attention& o, const frame& size, run_context& context, T* row) : op(o), f(size), c(context), mask(row) {}
    const Attention& op;
    const frame& f;
    run_context& c;
    T* mask;

    void weigh(i64 b, i64 h, T* scores) override {
      const i64 cells = f.q_length * f.total;
      const auto show = [&](i64 mode) {
        if (mode == op.qk_matmul_output_mode && c.outputs() > 3 && c.output(3))
          std::memcpy(c.output(3).as<T>() + (b * f.q_heads + h) * cells, scores, static_cast<std::size_t>(cells) * sizeof(T));
      };
      show(0);
      if (op.softcap > 0) cap_scores(scores, cells, static_cast<T>(op.softcap));
      show(1);
      for (i64 i = 0; i < f.q_length; ++i) op.mask_row<T>(f, c, b, h, i, scores + i * f.total, mask);
      show(2);
      for (i64 i = 0; i < f.q_length; ++i) normalize(scores + i * f.total, f.total);
      show(3);
    }
  };
  template <class T>
  void attend_all(const frame& f, run_context& c) const {
    const layout l = places(f, c.input(0).type);
    const T* const q = c.input(0).as<T>();
    T* const y = c.output(0) ? c.output(0).as<T>() : nullptr;
    weights<T> rule(*this, f, c, reinterpret_cast<T*>(c.scratch() + l.mask));
    attend<T>(sizes_of(f), f.flat ? heads_beside(q, f.q_length, f.q_heads, f.head) : heads_apart(q, f.q_heads, f.q_length, f.head),
              joined<T>(f, c, 1, f.head, c.scratch() + l.keys), joined<T>(f, c, 2, f.v_head, c.scratch() + l.values),
              f.flat ? heads_beside(y, f.q_length, f.q_heads, f.v_head) : heads_apart(y, f.q_heads, f.q_length, f.v_head),
              scale ? T(*scale) : T(1) / simd::sqrt(static_cast<T>(f.head)), rule, c.scratch());
  }
  /// Adds the mask to the scores of one query; keys that it may not see become -inf.
  template <class T>
  void mask_row(const frame& f, run_context& c, i64 b, i64 h, i64 i, T* x, T* mask) const {
    const T never = -std::numeric_limits<T>::infinity();
    i64 end = f.total, begin = 0, offset = f.past;
    if (c.has(6)) {
      const i64 valid = std::clamp<i64>(c.input(6).as<i64>()[b], 0, f.total);
      offset = valid - f.q_length;
      end = valid;
    }
    const i64 place = i + offset;
    if (is_causal) end = std::min(end, place + 1);
    if (right_window_size >= 0 && right_window_size < f.total) end = std::min(end, place + right_window_size + 1);
    if (left_window_size >= 0 && left_window_size < f.total + f.q_length) begin = std::max<i64>(0, place - left_window_size);
    if (c.has(3)) {
      const any_view& m = c.input(3);
      const shape s = *mask_strides(m.dims, f);
      const std::byte* const from = m.bytes + (b * s[0] + h * s[1] + i * s[2]) * size_of(m.type);
      end = std::min(end, m.dims.back());
      if (m.type == dtype::boolean) {
        for (i64 j = begin; j < end; ++j)
          if (from[j] == std::byte{0}) x[j] = never;
      } else {
        const i64 n = m.dims.back();
        if (m.type == dtype_of<T>) std::memcpy(mask, from, static_cast<std::size_t>(n) * sizeof(T));
        else kernels::cast(m.type, from, dtype_of<T>, mask, n);
        for (i64 j = begin; j < end; ++j) x[j] += mask[j];
      }
    }
    begin = std::min(begin, f.total);
    end = std::max(begin, end);
    std::fill_n(x, begin, never);
    std::fill_n(x + end, f.total - end, never);
  }
  /// Softmax of a row; one that sees nothing becomes zero.
  template <class T>
  static void normalize(T* x, i64 n) {
    bool dead = true;
    for (i64 j = 0; j < n && dead; ++j) dead = x[j] == -std::numeric_limits<T>::infinity();
    if (dead) std::fill_n(x, n, T(0));
    else soften_scores(x, n);
  }
};

/// Each head's first rotary_embedding_dim elements, as pairs (halves, or neighbours), turned by the
/// angles of their position.
struct RotaryEmbedding {
  using kind = kinds::general;
  static constexpr int since = 23;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "X:T cos_cache:T sin_cache:T position_ids?:I", outputs = "Y:T";
  static constexpr bool widen = true;

  bool interleaved = false;
  std::optional<i64> num_heads{};
  i64 rotary_embedding_dim = 0;

  status infer(infer_context& c) const {
    const auto f = frame_of(c.dims(0));
    if (!f.has_value()) return std::unexpected(f.error());
    const frame& s = *f;
    const i64 half = s.turned / 2;
    if (c.dims(1) != c.dims(2)) return c.invalid({"cos_cache ", c.dims(1), " and sin_cache ", c.dims(2), " differ"});
    if (c.has(3)) {
      if (c.dims(3) != shape{s.batch, s.length}) return c.invalid({"position_ids must be ", shape{s.batch, s.length}, ", not ", c.dims(3)});
      if (c.rank(1) != 2 || c.dims(1)[1] != half) return c.invalid({"cos_cache must have ", half, " columns: ", c.dims(1)});
    } else if (c.dims(1) != shape{s.batch, s.length, half}) {
      return c.invalid({"cos_cache must be ", shape{s.batch, s.length, half}, ", not ", c.dims(1)});
    }
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const frame f = *frame_of(c.input(0).dims);
    const i64 half = f.turned / 2;
    const float *const x = c.input(0).as<float>(), *const cosines = c.input(1).as<float>(), *const sines = c.input(2).as<float>();
    float* const y = c.output(0).as<float>();
    for (i64 b = 0; b < f.batch; ++b)
      for (i64 s = 0; s < f.length; ++s) {
        i64 place = b * f.length + s;
        if (c.has(3)) {
          const i64 id = c.input(3).as<i64>()[place], rows = c.input(1).dims[0];
          if (id < 0 || id >= rows) return fail(code::invalid, {"position_ids has ", id, ", of ", rows, " positions"});
          place = id;
        }
        for (i64 h = 0; h < f.heads; ++h) {
          const i64 at = f.flat ? ((b * f.length + s) * f.heads + h) * f.head : ((b * f.heads + h) * f.length + s) * f.head;
          turn_pairs(x + at, y + at, cosines + place * half, sines + place * half, half, f.head, interleaved);
        }
      }
    return {};
  }

 private:
  struct frame {
    i64 batch, heads, length, head, turned;
    bool flat;
  };
  result<frame> frame_of(const shape& x) const {
    frame f{};
    if (x.rank() == 4) {
      f = {x[0], x[1], x[2], x[3], 0, false};
    } else if (x.rank() == 3) {
      const i64 heads = num_heads.value_or(0);
      if (heads < 1 || x[2] % heads != 0) return fail(code::invalid, {"X ", x, " does not split into ", heads, " heads"});
      f = {x[0], heads, x[1], x[2] / heads, 0, true};
    } else {
      return fail(code::invalid, {"X must have three or four dimensions, not ", x});
    }
    f.turned = rotary_embedding_dim == 0 ? f.head : rotary_embedding_dim;
    if (f.turned < 0 || f.turned > f.head || f.turned % 2 != 0)
      return fail(code::invalid, {"pairs among ", f.turned, " of ", f.head, " elements are not possible"});
    return f;
  }
};

using attention = list<Attention, RotaryEmbedding>;

}  // namespace ops

auto attention(const operand auto& q, const operand auto& k, const operand auto& v, const ops::Attention& o = {}) {
  return apply(o, q, k, v);
}

}  // namespace tenon
TENON_COLD_END
