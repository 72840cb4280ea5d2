// ConvInteger and QLinearConv: convolutions of 8-bit integers with zero points, summed in 32 bits.
#pragma once

#include "../kernels/conv_3d.hpp"
#include "../kernels/quantize.hpp"
#include "body.hpp"
#include "window.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The attributes of a convolution.
struct convolution_attributes {
  std::string_view auto_pad;
  const ints &dilations, &kernel_shape, &pads, &strides;
  i64 group;

  result<kernels::volume_shape> shape_of(const shape& x, const shape& w) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    if (x.rank() < 3 || w.rank() != x.rank()) return bad({"input ", x, " and weights ", w, " do not make an image and its filters"});
    if (x.rank() > 5) return fail(code::unsupported, {x.rank() - 2, " spatial dimensions are not supported: ", x});
    if (group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group || w[1] * group != x[1])
      return bad({"input channels ", x[1], " and weights ", w, " do not fit with group ", group});
    if (!kernel_shape.empty() && !std::ranges::equal(kernel_shape, w.from(2)))
      return bad({"kernel_shape ", kernel_shape, " is not that of weights ", w});
    const auto r = resolve_window({auto_pad, strides, dilations, pads}, w.from(2).span(), x.from(2).span());
    if (!r.has_value()) return std::unexpected(r.error());
    const window& v = *r;
    kernels::volume_shape s;
    kernels::conv_shape& p = s.plane;
    const int last = x.rank() - 3;
    p.batch = x[0], p.groups = group, p.in_channels = x[1], p.out_channels = w[0];
    p.in_w = x.back(), p.kernel_w = w.back(), p.out_w = v.out[last], p.stride_w = v.stride[last], p.dilation_w = v.dilation[last], p.pad_left = v.begin[last];
    if (const int h = last - 1; h >= 0)
      p.in_h = x[h + 2], p.kernel_h = w[h + 2], p.out_h = v.out[h], p.stride_h = v.stride[h], p.dilation_h = v.dilation[h], p.pad_top = v.begin[h];
    if (last > 1)
      s.in_d = x[2], s.kernel_d = w[2], s.out_d = v.out[0], s.stride_d = v.stride[0], s.dilation_d = v.dilation[0], s.pad_front = v.begin[0];
    return s;
  }

  /// [N, C, spatial...] of the output.
  result<shape> out_of(const shape& x, const shape& w) const {
    const auto s = shape_of(x, w);
    if (!s.has_value()) return std::unexpected(s.error());
    shape out{x[0], w[0]};
    const i64 sizes[] = {(*s).out_d, (*s).plane.out_h, (*s).plane.out_w};
    for (int i = 5 - x.rank(); i < 3; ++i) out.push_back(sizes[i]);
    return out;
  }
  /// The output, where zero points are one, or of w one per output channel.
  status infer(infer_context& c, int w, int x_zero, int w_zero) const {
    const auto out = out_of(c.dims(0), c.dims(w));
    if (!out.has_value()) return std::unexpected(out.error());
    if (c.has(x_zero) && count(c.dims(x_zero)) != 1) return c.invalid({"x_zero_point of shape ", c.dims(x_zero), " is no scalar"});
    if (c.has(w_zero) && count(c.dims(w_zero)) != 1 && c.dims(w_zero) != shape{c.dims(w)[0]})
      return c.invalid({"w_zero_point of shape ", c.dims(w_zero), " for ", c.dims(w)[0], " output channels"});
    return c.output(0, *out);
  }
  i64 scratch(const shape& x, const shape& w) const {
    const auto s = shape_of(x, w);
    if (!s.has_value()) return 0;
    return detail::padded(kernels::gemm_scratch_bytes<u32>()) + detail::bytes_of(x, 4) + detail::bytes_of(w, 4) +
           (count(w) == 0 ? 0 : detail::padded(kernels::packed_volume_bytes<u32>(*s)));
  }
  /// The sums, channels last.
  status convolve(const any_view& x, const any_view& x_zero, const any_view& w, const any_view& w_zero, const i32* bias, u32* y,
                  std::byte* scratch) const {
    const auto s = shape_of(x.dims, w.dims);
    if (!s.has_value()) return std::unexpected(s.error());
    std::byte* next = scratch + detail::padded(kernels::gemm_scratch_bytes<u32>());
    const auto take = [&](i64 n) {
      u32* const p = reinterpret_cast<u32*>(next);
      next += detail::padded(4 * n);
      return p;
    };
    u32 *const image = take(x.size()), *const weights = take(w.size());
    shift(x, x_zero, x.size(), image);
    shift(w, w_zero, w.size() / w.dims[0], weights);
    u32* const packed = reinterpret_cast<u32*>(next);
    kernels::pack_volume_weights<u32>(*s, weights, packed);
    const int last = x.rank() - 1;
    const kernels::volume<u32> in{image, x.strides[0], last > 3 ? x.strides[last - 2] : 0, last > 2 ? x.strides[last - 1] : 0, x.strides[last], x.strides[1]};
    kernels::conv_3d<u32>(*s, in, packed, y, {.bias = reinterpret_cast<const u32*>(bias)}, scratch);
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

  status infer(infer_context& c) const { return attributes().infer(c, 1, 2, 3); }
  i64 scratch(std::span<const known> in, bool) const { return attributes().scratch(in[0].dims, in[1].dims); }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return static_cast<double>(count(out[0].dims)) * static_cast<double>(count(in[1].dims.from(1)));
  }
  status run(run_context& c) const {
    if (c.output(0).size() == 0) return {};
    return attributes().convolve(c.input(0), c.has(2) ? c.input(2) : any_view(), c.input(1), c.has(3) ? c.input(3) : any_view(),
                                 nullptr, c.output(0).as<u32>(), c.scratch());
  }

 private:
  convolution_attributes attributes() const { return {auto_pad, dilations, kernel_shape, pads, strides, group}; }
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

  status infer(infer_context& c) const {
    if (status s = attributes().infer(c, 3, 2, 5); !s.has_value()) return s;
    const shape per_channel{c.dims(3)[0]};
    for (int i : {1, 4, 6, 7})
      if (count(c.dims(i)) != 1 && (i == 1 || c.dims(i) != per_channel))
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", per_channel[0], " output channels"});
    if (c.has(8) && c.dims(8) != per_channel) return c.invalid({"B of shape ", c.dims(8), " for ", per_channel[0], " output channels"});
    return {};
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto out = attributes().out_of(in[0].dims, in[3].dims);
    return out.has_value() ? detail::bytes_of(*out, 4) + attributes().scratch(in[0].dims, in[3].dims) : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return static_cast<double>(count(out[0].dims)) * static_cast<double>(count(in[3].dims.from(1)));
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const i64 n = y.size();
    if (n == 0) return {};
    auto* const sums = reinterpret_cast<i32*>(c.scratch());
    if (status s = attributes().convolve(c.input(0), c.input(2), c.input(3), c.input(5), c.has(8) ? c.input(8).as<i32>() : nullptr,
                                         reinterpret_cast<u32*>(sums), c.scratch() + detail::padded(4 * n));
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

 private:
  convolution_attributes attributes() const { return {auto_pad, dilations, kernel_shape, pads, strides, group}; }
};

using integer_convolution = list<ConvInteger, QLinearConv>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
