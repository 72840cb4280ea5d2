// com.microsoft's operators on 8-bit integers with scales and zero points, and products that give floats of them.
#pragma once

#include "integer_product.hpp"
#include "quantize.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What the 256 bit patterns of 8-bit integers stand for, and back.
struct byte_scale {
  float scale;
  i32 zero, low, high;

  /// Of scalar inputs, the second of which may be missing.
  byte_scale(dtype type, const any_view& s, const any_view& z)
      : scale(*s.as<float>()), zero(z ? static_cast<i32>(byte_at(z, 0)) : 0), low(kernels::range_of(type).low), high(kernels::range_of(type).high) {}
  float real(i32 pattern) const { return static_cast<float>((pattern > high ? pattern - 256 : pattern) - zero) * scale; }
  u8 pattern(float x) const {
    const float q = simd::round_even(x / scale) + static_cast<float>(zero);
    return static_cast<u8>(static_cast<i32>(q == q ? std::clamp(q, static_cast<float>(low), static_cast<float>(high)) : 0.0f));
  }
  /// All inputs from `first` on that are scales and zero points hold one element.
  static status check(infer_context& c, std::initializer_list<int> which) {
    for (int i : which)
      if (c.has(i) && count(c.dims(i)) != 1) return c.invalid({"input ", i, " must be a scalar, not ", c.dims(i)});
    return {};
  }
};
/// y = f(x) of 8-bit integers: 256 results are all there are.
template <class F>
status map_bytes(run_context& c, F f) {
  const auto optional = [&](int i) { return c.has(i) ? c.input(i) : any_view(); };
  const any_view& x = c.input(0);
  const byte_scale from(x.type, c.input(1), optional(2)), to(x.type, c.input(3), optional(4));
  u8 table[256];
  for (i32 i = 0; i < 256; ++i) table[i] = to.pattern(f(from.real(i)));
  for (i64 i = 0; i < x.size(); ++i) c.output(0).as<u8>()[i] = table[x.as<u8>()[i]];
  return {};
}
/// c = f(a, b) of 8-bit integers that broadcast.
template <class F>
status combine_bytes(run_context& c, F f) {
  const auto optional = [&](int i) { return c.has(i) ? c.input(i) : any_view(); };
  const any_view &a = c.input(0), &b = c.input(3);
  const mutable_any_view& y = c.output(0);
  const byte_scale left(a.type, c.input(1), optional(2)), right(a.type, c.input(4), optional(5)), to(a.type, c.input(6), optional(7));
  float lefts[256], rights[256];
  for (i32 i = 0; i < 256; ++i) lefts[i] = left.real(i), rights[i] = right.real(i);
  kernels::nest n;
  for (i64 d : y.dims) n.push(d);
  n.add(contiguous_strides(y.dims));
  n.add(broadcast_strides(a.dims, contiguous_strides(a.dims), y.dims));
  n.add(broadcast_strides(b.dims, contiguous_strides(b.dims), y.dims));
  if (!n.normalize()) return {};
  const kernels::nest::axis& in = n.inner();
  kernels::cursor at(n);
  do {
    const u8 *p = a.as<u8>() + at.at[1], *q = b.as<u8>() + at.at[2];
    u8* out = y.as<u8>() + at.at[0];
    for (i64 i = 0; i < in.size; ++i, out += in.step[0], p += in.step[1], q += in.step[2]) *out = to.pattern(f(lefts[*p], rights[*q]));
  } while (at.next(n, n.rank - 1));
  return {};
}
inline status infer_bytes(infer_context& c, std::initializer_list<int> scalars, int second = -1) {
  if (status s = byte_scale::check(c, scalars); !s.has_value()) return s;
  if (second < 0) return c.output(0, c.dims(0));
  const auto both = broadcast(c.dims(0), c.dims(second));
  if (!both) return c.invalid({"shapes do not broadcast: ", c.dims(0), " and ", c.dims(second)});
  return c.output(0, *both);
}

/// C = A + B.
struct QLinearAdd {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "A:T A_scale:S A_zero_point?:T B:T B_scale:S B_zero_point?:T C_scale:S C_zero_point?:T", outputs = "C:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  status infer(infer_context& c) const { return infer_bytes(c, {1, 2, 4, 5, 6, 7}, 3); }
  status run(run_context& c) const {
    return combine_bytes(c, [](float a, float b) { return a + b; });
  }
};

/// C = A * B.
struct QLinearMul {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "A:T A_scale:S A_zero_point?:T B:T B_scale:S B_zero_point?:T C_scale:S C_zero_point?:T", outputs = "C:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  status infer(infer_context& c) const { return infer_bytes(c, {1, 2, 4, 5, 6, 7}, 3); }
  status run(run_context& c) const {
    return combine_bytes(c, [](float a, float b) { return a * b; });
  }
};

/// Y = X where X >= 0, else alpha * X.
struct QLinearLeakyRelu {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "X:T X_scale:S X_zero_point?:T Y_scale:S Y_zero_point?:T", outputs = "Y:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  float alpha = 0.01f;

  status infer(infer_context& c) const { return infer_bytes(c, {1, 2, 3, 4}); }
  status run(run_context& c) const {
    return map_bytes(c, [&](float x) { return x >= 0 ? x : x * alpha; });
  }
};

/// Y = 1 / (1 + e^-X).
struct QLinearSigmoid {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "X:T X_scale:S X_zero_point?:T Y_scale:S Y_zero_point?:T", outputs = "Y:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  status infer(infer_context& c) const { return infer_bytes(c, {1, 2, 3, 4}); }
  status run(run_context& c) const {
    return map_bytes(c, [](float x) { return simd::sigmoid(x); });
  }
};

/// Tensors one after the other along an axis, each with a scale and a zero point of its own.
struct QLinearConcat {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "Y_scale:S Y_zero_point:T inputs:**", outputs = "Y:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  required<i64> axis{};

  status infer(infer_context& c) const {
    if (c.inputs() < 5 || c.inputs() % 3 != 2) return c.invalid({"takes a tensor, its scale and its zero point, again and again: ", c.inputs() - 2, " inputs are too many or too few"});
    if (status s = byte_scale::check(c, {0, 1}); !s.has_value()) return s;
    const auto at = axis_of(axis, c.dims(2));
    if (!at.has_value()) return std::unexpected(at.error());
    shape y = c.dims(2);
    for (int i = 2; i < c.inputs(); i += 3) {
      if (c.type(i) != c.type(1) || c.type(i + 1) != dtype::f32 || c.type(i + 2) != c.type(1))
        return c.invalid({"inputs ", i, " to ", i + 2, " must be ", tenon::name(c.type(1)), ", float32 and ", tenon::name(c.type(1))});
      if (status s = byte_scale::check(c, {i + 1, i + 2}); !s.has_value()) return s;
      shape own = c.dims(i);
      if (own.rank() == y.rank()) own[*at] = c.dims(2)[*at];
      if (own != c.dims(2)) return c.invalid({"input ", i, " of shape ", c.dims(i), " does not go on ", c.dims(2)});
      if (i > 2 && __builtin_add_overflow(y[*at], c.dims(i)[*at], &y[*at])) return c.invalid({"more elements than 64 bits count"});
    }
    return c.output(0, y);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, y.dims.rank());
    const i64 outer = count(y.dims.first(at)), row = count(y.dims.from(at));
    const byte_scale to(y.type, c.input(0), c.input(1));
    i64 place = 0;
    for (int i = 2; i < c.inputs(); i += 3) {
      const any_view& x = c.input(i);
      const byte_scale from(x.type, c.input(i + 1), c.input(i + 2));
      const i64 part = count(x.dims.from(at));
      u8 table[256];
      for (i32 j = 0; j < 256; ++j) table[j] = to.pattern(from.real(j));
      for (i64 o = 0; o < outer; ++o)
        for (i64 j = 0; j < part; ++j) y.as<u8>()[o * row + place + j] = table[x.as<u8>()[o * part + j]];
      place += part;
    }
    return {};
  }
};

/// The mean of every channel, which comes second or last.
struct QLinearGlobalAveragePool {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "X:T x_scale:S x_zero_point?:T y_scale:S y_zero_point?:T", outputs = "Y:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};

  bool channels_last = false;

  status infer(infer_context& c) const {
    if (status s = byte_scale::check(c, {1, 2, 3, 4}); !s.has_value()) return s;
    shape y = c.dims(0);
    if (y.rank() < 3) return c.invalid({"X must have three or more dimensions, not ", y});
    for (int i = 1; i < y.rank(); ++i)
      if (i != (channels_last ? y.rank() - 1 : 1)) y[i] = 1;
    return c.output(0, y);
  }
  status run(run_context& c) const {
    const auto optional = [&](int i) { return c.has(i) ? c.input(i) : any_view(); };
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const byte_scale from(x.type, c.input(1), optional(2)), to(x.type, c.input(3), optional(4));
    const i64 channels = y.size() / x.dims[0], pixels = x.size() / y.size();
    for (i64 i = 0; i < y.size(); ++i) {
      const i64 start = channels_last ? i / channels * channels * pixels + i % channels : i * pixels, step = channels_last ? channels : 1;
      i64 sum = 0;
      for (i64 j = 0; j < pixels; ++j) sum += static_cast<i32>(byte_at(x, start + j * step)) - from.zero;
      y.as<u8>()[i] = to.pattern(static_cast<float>(static_cast<double>(sum) / static_cast<double>(pixels) * static_cast<double>(from.scale)));
    }
    return {};
  }
};

/// What MatMulIntegerToFloat and DynamicQuantizeMatMul share: y = (A - a_zero) (B - b_zero) a_scale b_scale + bias,
/// where B's scale and zero point are scalars or one per column.
struct scaled_product {
  int b, b_scale, b_zero, bias;  ///< inputs

  status infer(infer_context& c, int a_zero) const {
    const auto f = frame_product(c.dims(0), c.dims(b));
    if (!f.has_value()) return std::unexpected(f.error());
    const auto per_column = [&](int i) { return !c.has(i) || count(c.dims(i)) == 1 || c.dims(i) == shape{(*f).n}; };
    if (!per_column(b_scale) || !per_column(b_zero)) return c.invalid({"scales ", c.dims(b_scale), " of B ", c.dims(b), " are neither one nor one per column"});
    if (c.has(bias) && c.dims(bias) != shape{(*f).n}) return c.invalid({"bias must be ", shape{(*f).n}, ", not ", c.dims(bias)});
    if (status s = integer_product::check(c, 0, b, a_zero, b_zero); !s.has_value()) return s;
    return c.output(0, dtype::f32, (*f).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape& w = in[static_cast<unsigned>(b)].dims;
    const auto z = static_cast<unsigned>(b_zero);
    if (w.rank() != 2 || (in.size() > z && in[z].type != dtype::none && !strides_along(in[z].dims, w, false))) return -1;
    return packed_bytes_for(dtype::u32, w[0], w[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    const auto z = static_cast<unsigned>(b_zero);
    pack_centred(in[static_cast<unsigned>(b)], in.size() > z ? in[z] : any_view(), 0, reinterpret_cast<u32*>(out));
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_product(in[0].dims, in[static_cast<unsigned>(b)].dims);
    return f.has_value() ? integer_product::scratch(in[0].dims, *f, packed) : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[0].dims.back());
  }
  status run(run_context& c, const any_view& a, float a_scale, const any_view& a_zero, std::byte* scratch) const {
    const auto f = frame_product(a.dims, c.input(b).dims);
    if (!f.has_value()) return std::unexpected(f.error());
    const mutable_any_view& y = c.output(0);
    if (y.size() == 0) return {};
    const auto optional = [&](int i) { return c.has(i) ? c.input(i) : any_view(); };
    auto* const sums = y.as<u32>();  // as wide as the floats that take their place
    integer_product::multiply(*f, a, a_zero, c.input(b), optional(b_zero), c.packed(), sums, scratch);
    const any_view &scales = c.input(b_scale), add = optional(bias);
    const i64 n = (*f).n, step = scales.size() == 1 ? 0 : 1;
    for (i64 row = 0; row < y.size(); row += n)
      for (i64 j = 0; j < n; ++j) {
        u32 sum = 0;
        std::memcpy(&sum, sums + row + j, 4);
        const float scaled = static_cast<float>(static_cast<i32>(sum)) * (a_scale * scales.as<float>()[j * step]);
        const float r = add ? scaled + add.as<float>()[j] : scaled;
        std::memcpy(sums + row + j, &r, 4);
      }
    return {};
  }
};

/// Y = the product of 8-bit integers, as floats.
struct MatMulIntegerToFloat {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "A:T B:U a_scale:S b_scale:S a_zero_point?:T b_zero_point?:U bias?:S", outputs = "Y:S";
  static constexpr type_variable types[] = {{'U', bytes_types}, {'S', {dtype::f32}}};
  static constexpr u32 packs = 0b100010;

  static scaled_product worker() { return {1, 3, 5, 6}; }
  status infer(infer_context& c) const {
    if (status s = byte_scale::check(c, {2, 4}); !s.has_value()) return s;
    return worker().infer(c, 4);
  }
  status run(run_context& c) const {
    return worker().run(c, c.input(0), *c.input(2).as<float>(), c.has(4) ? c.input(4) : any_view(), c.scratch());
  }
};

/// Y = A B + bias, where A is quantized to uint8 with the scale that just holds its elements.
struct DynamicQuantizeMatMul {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32};
  static constexpr auto inputs = "A:T B:U b_scale:T b_zero_point?:U bias?:T", outputs = "Y:T";
  static constexpr type_variable types[] = {{'U', bytes_types}};
  static constexpr u32 packs = 0b1010;

  static scaled_product worker() { return {1, 2, 3, 4}; }
  status infer(infer_context& c) const { return worker().infer(c, inputs_end); }
  i64 scratch(std::span<const known> in, bool packed) const {
    return 64 + detail::bytes_of(in[0].dims, 1) + worker().scratch(in, packed);
  }
  status run(run_context& c) const {
    std::byte* const bytes = c.scratch() + 64;
    const shape &dims = c.input(0).dims, one{};
    float* const scale = reinterpret_cast<float*>(c.scratch());
    const mutable_any_view quantized[] = {{dtype::u8, dims, contiguous_strides(dims), bytes}, {dtype::f32, one, one, c.scratch()},
                                          {dtype::u8, one, one, c.scratch() + 4}};
    run_context quantize({&c.input(0), 1}, quantized);
    if (status s = DynamicQuantizeLinear{}.run(quantize); !s.has_value()) return s;
    return worker().run(c, quantized[0], *scale, quantized[2], bytes + detail::bytes_of(dims, 1));
  }

 private:
  static constexpr int inputs_end = 5;  ///< A has no zero point among the inputs
};

using microsoft_quantised = list<QLinearAdd, QLinearMul, QLinearLeakyRelu, QLinearSigmoid, QLinearConcat, QLinearGlobalAveragePool, MatMulIntegerToFloat, DynamicQuantizeMatMul>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
