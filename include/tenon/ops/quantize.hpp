// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear: one scale and zero point for a tensor, for
// each index along an axis, or for blocks along it.
#pragma once

#include "../kernels/quantize.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set quantized_types = dtypes::float8 | dtypes::float6 | dtypes::tiny_integers |
                                             dtype_set{dtype::i8, dtype::u8, dtype::i16, dtype::u16, dtype::f4e2m1};
inline constexpr dtype_set small_reals{dtype::f32, dtype::f16, dtype::bf16};

/// Which scale belongs to an element at (outer, at, inner) of a tensor seen in three dimensions.
struct scale_grid {
  i64 size = 1, inner = 1;        ///< of the axis, and behind it
  i64 outer_step = 0, step = 0;   ///< from scale to scale, by outer index and by block
  i64 block = 1, inner_step = 0;  ///< indices per scale, and from scale to scale behind the axis

  /// Scales and zero points of n elements from `first` on.
  void expand(i64 first, i64 n, const float* scales, const float* zeros, float* scale, float* zero) const {
    i64 in = first % inner, at = first / inner % size, out = first / inner / size;
    for (i64 i = 0; i < n; ++i) {
      const i64 place = out * outer_step + at / block * step + in * inner_step;
      scale[i] = scales[place];
      zero[i] = zeros == nullptr ? 0 : zeros[place];
      if (++in == inner) {
        in = 0;
        if (++at == size) at = 0, ++out;
      }
    }
  }
};
inline result<scale_grid> scales_for(const shape& x, const shape& scale, i64 axis, i64 block) {
  scale_grid g;
  if (count(scale) == 1 && scale.rank() < 2 && block == 0) return g;
  const auto at = axis_of(axis, x);
  if (!at.has_value()) return std::unexpected(at.error());
  g.size = x[*at];
  g.inner = count(x.from(*at + 1));
  if (block == 0) {
    if (scale.rank() != 1 || scale[0] != g.size)
      return fail(code::invalid, {"scales of shape ", scale, " do not fit axis ", axis, " of ", x});
    g.step = 1;
    return g;
  }
  bool fits = block > 0 && scale.rank() == x.rank();
  for (int i = 0; i < x.rank() && fits; ++i)
    fits = scale[i] == (i != *at ? x[i] : x[i] / block + (x[i] % block != 0));
  if (!fits) return fail(code::invalid, {"scales of shape ", scale, " do not fit blocks of ", block, " along axis ", axis, " of ", x});
  g.block = block;
  g.step = g.inner;
  g.inner_step = 1;
  g.outer_step = scale[*at] * g.inner;
  return g;
}
/// Checks scales and zero points, inputs 1 and 2.
inline status check_scales(infer_context& c, i64 axis, i64 block) {
  const auto g = scales_for(c.dims(0), c.dims(1), axis, block);
  if (!g.has_value()) return std::unexpected(g.error());
  if (c.has(2) && c.dims(2) != c.dims(1) && !(count(c.dims(1)) == 1 && count(c.dims(2)) == 1))
    return c.invalid({"scales and zero points differ in shape: ", c.dims(1), " and ", c.dims(2)});
  return {};
}
inline i64 scales_scratch(std::span<const known> in) { return 2 * detail::bytes_of(in[1].dims, 4); }

/// Calls f(first, n, scales, zeros) for tiles of input 0.
template <class F>
status each_quantized_tile(run_context& c, i64 axis, i64 block, F f) {
  constexpr i64 tile = kernels::quantized_tile;
  const any_view &x = c.input(0), &scale = c.input(1);
  const auto g = scales_for(x.dims, scale.dims, axis, block);
  if (!g.has_value()) return std::unexpected(g.error());
  if (x.size() == 0) return {};
  auto* const scales = reinterpret_cast<float*>(c.scratch());
  float* zeros = nullptr;
  kernels::load_reals(scale.type, scale.bytes, scales, scale.size());
  if (c.has(2)) {
    zeros = scales + detail::bytes_of(scale.dims, 4) / 4;
    kernels::load_reals(c.input(2).type, c.input(2).bytes, zeros, c.input(2).size());
  }
  alignas(64) float own_scale[tile], own_zero[tile];
  const bool one = (*g).step == 0;
  if (one) (*g).expand(0, tile, scales, zeros, own_scale, own_zero);
  for (i64 first = 0; first < x.size(); first += tile) {
    const i64 n = std::min(tile, x.size() - first);
    if (!one) (*g).expand(first, n, scales, zeros, own_scale, own_zero);
    f(first, n, own_scale, own_zero);
  }
  return {};
}

/// y = saturate(round(x / y_scale) + y_zero_point), halves to even. The type of y is that of the zero
/// point, else output_dtype, else uint8.
struct QuantizeLinear {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = small_reals | dtype_set{dtype::i32};
  static constexpr auto inputs = "x:T y_scale:S y_zero_point?:Q", outputs = "y:Q";
  static constexpr type_variable types[] = {{'S', small_reals | dtype_set{dtype::i32, dtype::f8e8m0}}, {'Q', quantized_types}};

  i64 axis = 1, block_size = 0;
  dtype output_dtype = dtype::none, precision = dtype::none;
  bool saturate = true;

  status infer(infer_context& c) const {
    if (status s = check_scales(c, axis, block_size); !s.has_value()) return s;
    const dtype to = c.has(2) ? c.type(2) : output_dtype != dtype::none ? output_dtype : dtype::u8;
    if (output_dtype != dtype::none && output_dtype != to)
      return c.invalid({"output_dtype is ", name(output_dtype), ", but the zero point is ", name(to)});
    if (!quantized_types.has(to)) return fail(code::unsupported, {"to ", name(to), " is not supported"});
    return c.output(0, to, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return scales_scratch(in); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const dtype divided = precision != dtype::none ? precision : c.input(1).type;
    return each_quantized_tile(c, axis, block_size, [&](i64 first, i64 n, const float* scale, const float* zero) {
      alignas(64) float reals[kernels::quantized_tile];
      kernels::load_reals(x.type, x.bytes + first * size_of(x.type), reals, n);
      kernels::quantize_tile(reals, scale, zero, n, divided, saturate, y.type, y.bytes + first * size_of(y.type));
    });
  }
};

/// y = (x - x_zero_point) * x_scale, in the type of the scale or output_dtype.
struct DequantizeLinear {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = quantized_types | dtype_set{dtype::i32};
  static constexpr auto inputs = "x:T x_scale:S x_zero_point?:T", outputs = "y:Y";
  static constexpr type_variable types[] = {{'S', small_reals | dtype_set{dtype::f8e8m0}}, {'Y', small_reals}};

  i64 axis = 1, block_size = 0;
  dtype output_dtype = dtype::none;

  status infer(infer_context& c) const {
    if (status s = check_scales(c, axis, block_size); !s.has_value()) return s;
    const dtype to = output_dtype != dtype::none ? output_dtype : c.type(1);
    if (!small_reals.has(to)) return fail(code::unsupported, {"to ", name(to), " is not supported"});
    return c.output(0, to, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return scales_scratch(in); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    return each_quantized_tile(c, axis, block_size, [&](i64 first, i64 n, const float* scale, const float* zero) {
      kernels::dequantize_tile(x.type, x.bytes + first * size_of(x.type), scale, zero, n, y.type,
                               y.bytes + first * size_of(y.type));
    });
  }
};

/// Quantizes to uint8 with the scale that just holds all elements and zero.
struct DynamicQuantizeLinear {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = {dtype::f32};
  static constexpr auto inputs = "x:T", outputs = "y:Q y_scale:T y_zero_point:Q";
  static constexpr type_variable types[] = {{'Q', {dtype::u8}}};

  status infer(infer_context& c) const {
    if (status s = c.output(0, c.dims(0)); !s.has_value()) return s;
    if (status s = c.output(1, shape{}); !s.has_value()) return s;
    return c.output(2, shape{});
  }
  status run(run_context& c) const {
    constexpr i64 tile = kernels::quantized_tile;
    using F = simd::vec<float, 4>;
    const any_view& x = c.input(0);
    const float* const from = x.as<float>();
    F low(0.0f), high(0.0f);
    for (i64 i = 0; i < x.size(); i += 4) {
      const F v = F::load(from + i, x.size() - i);  // beyond the end zeros, which count anyway
      low = min(low, v);
      high = max(high, v);
    }
    float least = 0, most = 0;
    for (int i = 0; i < 4; ++i) least = min(least, low[i]), most = max(most, high[i]);
    // Zeros alone have no scale; any will do.
    const float scale = least == most ? 1.0f : (most - least) / 255;
    const float exact = simd::round_even(clamp(0 - least / scale, 0.0f, 255.0f)), zero = exact == exact ? exact : 0;
    if (const mutable_any_view& y = c.output(1)) *y.as<float>() = scale;
    if (const mutable_any_view& y = c.output(2)) *y.as<u8>() = static_cast<u8>(zero);
    alignas(64) float reals[tile], scales[tile], zeros[tile];
    std::ranges::fill(scales, scale);
    std::ranges::fill(zeros, zero);
    const mutable_any_view& y = c.output(0);
    for (i64 first = 0; first < x.size() && y; first += tile) {
      const i64 n = std::min(tile, x.size() - first);
      std::memcpy(reals, from + first, static_cast<std::size_t>(n * 4));
      kernels::quantize_tile(reals, scales, zeros, n, dtype::f32, true, dtype::u8, y.bytes + first);
    }
    return {};
  }
};

using quantization = list<QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear>;

}  // namespace ops

auto quantize_linear(const operand auto& x, const operand auto& scale, const operand auto& zero_point,
                           const ops::QuantizeLinear& o = {}) {
  return apply(o, x, scale, zero_point);
}
auto dequantize_linear(const operand auto& x, const operand auto& scale, const operand auto& zero_point,
                             const ops::DequantizeLinear& o = {}) {
  return apply(o, x, scale, zero_point);
}
/// The elements, their scale and their zero point.
std::vector<any_tensor> dynamic_quantize_linear(const value auto& x) {
  const any_view in[] = {look(x)};
  return apply_all(ops::DynamicQuantizeLinear{}, in);
}

}  // namespace tenon
TENON_COLD_END
