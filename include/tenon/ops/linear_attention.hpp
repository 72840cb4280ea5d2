// LinearAttention and CausalConvWithState: sequence layers that carry a state of fixed size from token to
// token, and hand it on to the next run.
#pragma once

#include "../kernels/quantize.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// y += a x
inline void add_scaled(float* y, const float* x, float a, i64 n) {
  using V = simd::vec<float>;
  for (i64 i = 0; i < n; i += V::lanes) V(simd::mul_add(V::load(x + i, n - i), V(a), V::load(y + i, n - i))).store(y + i, n - i);
}

}  // namespace detail

namespace ops {

/// Each head's state is a matrix to which a token adds key times value, and which its query reads: decayed
/// first where the rule is gated, and rid of what the key already finds in it where it is a delta rule.
struct LinearAttention {
  using kind = kinds::general;
  static constexpr int since = 27;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "query:T key:T value:T past_state?:S decay?:T beta?:T";
  static constexpr auto outputs = "output:T present_state?:S";
  static constexpr type_variable types[] = {{'S', {dtype::f32, dtype::f16, dtype::bf16}}};
  static constexpr bool widen = true;

  i64 chunk_size = 64;  ///< a hint for those who calculate in chunks
  required<i64> kv_num_heads{}, q_num_heads{};
  float scale = 0;
  std::string update_rule = "gated_delta";

  status infer(infer_context& c) const {
    const shape &q = c.dims(0), &k = c.dims(1), &v = c.dims(2);
    const i64 heads = q_num_heads, shared = kv_num_heads;
    const bool both = update_rule == "gated_delta", gated = both || update_rule == "gated", delta = both || update_rule == "delta";
    if (!gated && !delta && update_rule != "linear") return c.invalid({"update_rule '", update_rule, "' is unknown"});
    if (c.has(4) != gated || c.has(5) != delta)
      return c.invalid({"update_rule '", update_rule, "' ", gated ? "needs decay" : "takes no decay", delta ? " and needs beta" : " and takes no beta"});
    if (q.rank() != 3 || k.rank() != 3 || v.rank() != 3 || k[0] != q[0] || v[0] != q[0] || k[1] != q[1] || v[1] != q[1])
      return c.invalid({"query ", q, ", key ", k, " and value ", v, " do not fit"});
    if (shared < 1 || heads < 1 || heads % shared != 0) return c.invalid({heads, " query heads do not share ", shared, " key heads"});
    if (q[2] % heads != 0 || k[2] % shared != 0 || v[2] % shared != 0 || q[2] / heads != k[2] / shared)
      return c.invalid({"query ", q, ", key ", k, " and value ", v, " do not split into ", heads, " and ", shared, " heads"});
    const i64 width = k[2] / shared, v_width = v[2] / shared;
    const shape state{q[0], shared, width, v_width};
    if (c.has(3) && c.dims(3) != state) return c.invalid({"past_state must be ", state, ", not ", c.dims(3)});
    if (gated && c.dims(4) != shape{q[0], q[1], shared} && c.dims(4) != k) return c.invalid({"decay of shape ", c.dims(4), " does not fit key ", k});
    if (delta && c.dims(5) != shape{q[0], q[1], shared} && c.dims(5) != shape{q[0], q[1], 1})
      return c.invalid({"beta of shape ", c.dims(5), " does not fit key ", k});
    i64 out = 0;
    if (__builtin_mul_overflow(heads, v_width, &out)) return c.invalid({heads, " heads of ", v_width, " are too many"});
    if (status s = c.output(0, {q[0], q[1], out}); !s.has_value()) return s;
    return c.output(1, c.has(3) ? c.type(3) : c.type(0), state);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const i64 shared = std::max<i64>(kv_num_heads, 1);
    const i64 width = in[1].dims.back() / shared, v_width = in[2].dims.back() / shared;
    return tenon::detail::bytes_of({width, v_width}, 4) + tenon::detail::bytes_of({v_width}, 4);
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return static_cast<double>(count(out[0].dims) + 2 * count(in[2].dims)) * static_cast<double>(in[1].dims.back()) /
           static_cast<double>(std::max<i64>(kv_num_heads, 1));
  }
  status run(run_context& c) const {
    const any_view& k = c.input(1);
    const mutable_any_view &y = c.output(0), last = c.outputs() > 1 ? c.output(1) : mutable_any_view();
    const i64 tokens = k.dims[1], shared = kv_num_heads, group = q_num_heads / shared;
    const i64 width = k.dims[2] / shared, v_width = c.input(2).dims[2] / shared, cells = width * v_width;
    const float factor = scale != 0 ? scale : 1 / simd::sqrt(static_cast<float>(width));
    auto* const state = reinterpret_cast<float*>(c.scratch());
    float* const fresh = state + tenon::detail::bytes_of({cells}, 4) / 4;
    for (i64 head = 0; head < k.dims[0] * shared; ++head) {
      const i64 b = head / shared, g = head % shared;
      if (c.has(3)) kernels::load_reals(c.input(3).type, c.input(3).bytes + head * cells * size_of(c.input(3).type), state, cells);
      else std::fill_n(state, cells, 0.0f);
      for (i64 t = b * tokens; t < (b + 1) * tokens; ++t) {
        const float* const key = k.as<float>() + (t * shared + g) * width;
        const float* const value = c.input(2).as<float>() + (t * shared + g) * v_width;
        if (c.has(4)) {
          const any_view& decay = c.input(4);
          const bool each = decay.dims[2] == k.dims[2];
          const float* const at = decay.as<float>() + (t * shared + g) * (each ? width : 1);
          for (i64 d = 0; d < width; ++d) multiply(state + d * v_width, simd::exp(at[each ? d : 0]), v_width);
        }
        std::memcpy(fresh, value, static_cast<std::size_t>(v_width) * sizeof(float));
        if (c.has(5)) {
          const any_view& beta = c.input(5);
          for (i64 d = 0; d < width; ++d) tenon::detail::add_scaled(fresh, state + d * v_width, -key[d], v_width);
          multiply(fresh, beta.as<float>()[beta.dims[2] == 1 ? t : t * shared + g], v_width);
        }
        for (i64 d = 0; d < width; ++d) tenon::detail::add_scaled(state + d * v_width, fresh, key[d], v_width);
        for (i64 h = g * group; h < (g + 1) * group; ++h) {
          const float* const query = c.input(0).as<float>() + (t * q_num_heads + h) * width;
          float* const to = y.as<float>() + (t * q_num_heads + h) * v_width;
          std::fill_n(to, v_width, 0.0f);
          for (i64 d = 0; d < width; ++d) tenon::detail::add_scaled(to, state + d * v_width, query[d] * factor, v_width);
        }
      }
      if (!last) continue;
      std::byte* const to = last.bytes + head * cells * size_of(last.type);
      if (!kernels::store_elements(last.type, state, to, cells)) std::memcpy(to, state, static_cast<std::size_t>(cells) * sizeof(float));
    }
    return {};
  }

 private:
  static void multiply(float* x, float a, i64 n) {
    using V = simd::vec<float>;
    for (i64 i = 0; i < n; i += V::lanes) V(V::load(x + i, n - i) * a).store(x + i, n - i);
  }
};

/// Every channel convolved with a kernel of its own that sees this token and those before it; what the
/// next run must know of them is the state.
struct CausalConvWithState {
  using kind = kinds::general;
  static constexpr int since = 27;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "input:T weight:T bias?:T past_state?:T", outputs = "output:T present_state?:T";
  static constexpr bool widen = true;

  std::string activation = "none";

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &w = c.dims(1);
    if (activation != "none" && activation != "silu" && activation != "swish") return c.invalid({"activation '", activation, "' is unknown"});
    if (x.rank() != 3 || w.rank() != 3 || w[0] != x[1] || w[1] != 1 || w[2] < 1) return c.invalid({"input ", x, " and weight ", w, " do not fit"});
    if (c.has(2) && c.dims(2) != shape{x[1]}) return c.invalid({"bias of shape ", c.dims(2), " for ", x[1], " channels"});
    const shape state{x[0], x[1], w[2] - 1};
    if (c.has(3) && c.dims(3) != state) return c.invalid({"past_state must be ", state, ", not ", c.dims(3)});
    if (status s = c.output(0, x); !s.has_value()) return s;
    return c.output(1, state);
  }
  i64 scratch(std::span<const known> in, bool) const {
    return tenon::detail::bytes_of({in[0].dims.back()}, 4) + tenon::detail::bytes_of({in[1].dims.back()}, 4);
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[1].dims.back());
  }
  status run(run_context& c) const {
    using V = simd::vec<float>;
    const any_view& x = c.input(0);
    const mutable_any_view &y = c.output(0), last = c.outputs() > 1 ? c.output(1) : mutable_any_view();
    const i64 channels = x.dims[1], n = x.dims[2], taps = c.input(1).dims[2], carried = taps - 1;
    const auto bytes = [](i64 floats) { return static_cast<std::size_t>(floats) * sizeof(float); };
    auto* const line = reinterpret_cast<float*>(c.scratch());
    for (i64 row = 0; row < x.dims[0] * channels; ++row) {
      const i64 channel = row % channels;
      const float* const weight = c.input(1).as<float>() + channel * taps;
      if (c.has(3)) std::memcpy(line, c.input(3).as<float>() + row * carried, bytes(carried));
      else std::fill_n(line, carried, 0.0f);
      std::memcpy(line + carried, x.as<float>() + row * n, bytes(n));
      float* const to = y.as<float>() + row * n;
      std::fill_n(to, n, c.has(2) ? c.input(2).as<float>()[channel] : 0.0f);
      for (i64 k = 0; k < taps; ++k) tenon::detail::add_scaled(to, line + k, weight[k], n);
      for (i64 i = 0; i < n && activation != "none"; i += V::lanes) {
        const V v = V::load(to + i, n - i);
        V(v * simd::sigmoid(v)).store(to + i, n - i);
      }
      if (last) std::memcpy(last.as<float>() + row * carried, line + n, bytes(carried));
    }
    return {};
  }
};

using linear_attention = list<LinearAttention, CausalConvWithState>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
