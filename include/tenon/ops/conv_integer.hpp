// ConvInteger and QLinearConv: convolutions of 8-bit integers with zero points, summed in 32 bits.
#pragma once

#include "../kernels/quantize.hpp"
#include "body.hpp"
#include "convolution.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What both do, whose sums are the same.
struct integer_convolution_frame : convolution_attributes {
  int w, x_zero, w_zero;  ///< inputs

  /// The output, where zero points are one, or of w one per output channel.
  status infer(infer_context& c) const {
    const auto s = shape_of(c.dims(0), c.dims(w));
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.has(x_zero) && count(c.dims(x_zero)) != 1) return c.invalid({"x_zero_point of shape ", c.dims(x_zero), " is no scalar"});
    if (c.has(w_zero) && count(c.dims(w_zero)) != 1 && c.dims(w_zero) != shape{c.dims(w)[0]})
      return c.invalid({"w_zero_point of shape ", c.dims(w_zero), " for ", c.dims(w)[0], " output channels"});
    return c.output(0, (*s).out);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const shape &image = in[0].dims, &weights = in[static_cast<unsigned>(w)].dims;
    const auto s = shape_of(image, weights);
    if (!s.has_value()) return 0;
    return detail::padded(kernels::gemm_scratch_bytes<u32>()) + detail::bytes_of(image, 4) + detail::bytes_of(weights, 4) +
           (count(weights) == 0 ? 0 : detail::padded(kernels::packed_volume_bytes<u32>((*s).all)));
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, count(in[static_cast<unsigned>(w)].dims.from(1)));
  }
  /// The sums, channels last.
  status convolve(const run_context& c, const i32* bias, u32* y, std::byte* scratch) const {
    const any_view &x = c.input(0), &filters = c.input(w);
    const auto s = shape_of(x.dims, filters.dims);
    if (!s.has_value()) return std::unexpected(s.error());
    const auto optional = [&](int i) { return c.has(i) ? c.input(i) : any_view(); };
    std::byte* next = scratch + detail::padded(kernels::gemm_scratch_bytes<u32>());
    const auto take = [&](i64 n) {
      u32* const p = reinterpret_cast<u32*>(next);
      next += detail::padded(4 * n);
      return p;
    };
    u32 *const image = take(x.size()), *const weights = take(filters.size());
    shift(x, optional(x_zero), x.size(), image);
    shift(filters, optional(w_zero), filters.size() / filters.dims[0], weights);
    u32* const packed = reinterpret_cast<u32*>(next);
    kernels::pack_volume_weights<u32>((*s).all, weights, packed);
    const int last = x.rank() - 1;
    const kernels::volume<u32> in{image, x.strides[0], last > 3 ? x.strides[last - 2] : 0, last > 2 ? x.strides[last - 1] : 0, x.strides[last], x.strides[1]};
    kernels::conv_3d<u32>((*s).all, in, packed, y, {.bias = reinterpret_cast<const u32*>(bias)}, scratch);
    return {};
  }

 private:
  /// Elements less their zero point: one for all, or one for each `part` elements.
  static void shift(const any_view& from, const any_view& zero, i64 part, u32* to) {
    const auto at = [](const any_view& v, i64 i) {
      return static_cast<u32>(v.type == dtype::i8 ? i32{v.as<i8>()[i]} : i32{v.as<u8>()[i]});
    };
    const i64 n = from.size();
    for (i64 i = 0; i < n; i += part) {
      const u32 less = !zero ? 0 : at(zero, zero.size() == 1 ? 0 : i / part);
      for (i64 j = i; j < i + part; ++j) to[j] = at(from, j) - less;
    }
  }
};

/// The convolution of 8-bit integers less their zero points, in 32 bits that wrap. Padding is zero points.
struct ConvInteger {
  using kind = kinds::general;
  static constexpr int since = 10;
  static constexpr dtype_set dtypes{dtype::i8, dtype::u8};
  static constexpr auto inputs = "x:T w:U x_zero_point?:T w_zero_point?:U", outputs = "y:V";
  static constexpr type_variable types[] = {{'U', {dtype::i8, dtype::u8}}, {'V', {dtype::i32}}};
  static constexpr auto orders = order_rule::channels_last;

  std::string auto_pad = "NOTSET";
  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  ints pads{};
  ints strides{};

  integer_convolution_frame worker() const { return {{auto_pad, dilations, kernel_shape, pads, strides, group}, 1, 2, 3}; }
  status run(run_context& c) const {
    return worker().convolve(c, nullptr, c.output(0).as<u32>(), c.scratch());
  }
};

/// The convolution of quantized images, quantized: saturate(round((x * w + B) x_scale w_scale / y_scale) + y_zero_point).
struct QLinearConv {
  using kind = kinds::general;
  static constexpr int since = 10;
  static constexpr dtype_set dtypes{dtype::i8, dtype::u8};
  static constexpr auto inputs =
      "x:T x_scale:S x_zero_point:T w:U w_scale:S w_zero_point:U y_scale:S y_zero_point:V B?:A";
  static constexpr auto outputs = "y:V";
  static constexpr type_variable types[] = {
      {'U', {dtype::i8, dtype::u8}}, {'V', {dtype::i8, dtype::u8}}, {'S', {dtype::f32}}, {'A', {dtype::i32}}};
  static constexpr auto orders = order_rule::channels_last;

  std::string auto_pad = "NOTSET";
  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  ints pads{};
  ints strides{};

  integer_convolution_frame worker() const { return {{auto_pad, dilations, kernel_shape, pads, strides, group}, 3, 2, 5}; }
  status infer(infer_context& c) const {
    if (status s = worker().infer(c); !s.has_value()) return s;
    const shape per_channel{c.dims(3)[0]};
    for (int i : {1, 4, 6, 7})
      if (count(c.dims(i)) != 1 && (i == 1 || c.dims(i) != per_channel))
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", per_channel[0], " output channels"});
    if (c.has(8) && c.dims(8) != per_channel) return c.invalid({"B of shape ", c.dims(8), " for ", per_channel[0], " output channels"});
    return {};
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto s = worker().shape_of(in[0].dims, in[3].dims);
    return s.has_value() ? detail::bytes_of((*s).out, 4) + worker().scratch(in, packed) : 0;
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const i64 n = y.size();
    if (n == 0) return {};
    auto* const sums = reinterpret_cast<i32*>(c.scratch());
    if (status s = worker().convolve(c, c.has(8) ? c.input(8).as<i32>() : nullptr, reinterpret_cast<u32*>(sums),
                                     c.scratch() + detail::padded(4 * n));
        !s.has_value())
      return s;
    const auto of = [&](int i, i64 channel) { return c.input(i).size() == 1 ? 0 : channel; };
    const auto [low, high] = kernels::range_of(y.type);
    const i64 channels = y.dims[1];
    for (i64 m = 0; m < channels; ++m) {
      const float scale = *c.input(1).as<float>() * c.input(4).as<float>()[of(4, m)] / c.input(6).as<float>()[of(6, m)];
      const any_view& z = c.input(7);
      const double zero = z.type == dtype::i8 ? z.as<i8>()[of(7, m)] : z.as<u8>()[of(7, m)];
      for (i64 i = m; i < n; i += channels) {
        const double q = simd::round_even(static_cast<double>(sums[i]) * static_cast<double>(scale)) + zero;
        y.as<u8>()[i] = static_cast<u8>(static_cast<i32>(q == q ? std::clamp<double>(q, low, high) : 0.0));
      }
    }
    return {};
  }
};

using integer_convolution = list<ConvInteger, QLinearConv>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
