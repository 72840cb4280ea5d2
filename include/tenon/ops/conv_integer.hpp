// ConvInteger.
#pragma once

#include "../kernels/conv_3d.hpp"
#include "body.hpp"
#include "window.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

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

  status infer(infer_context& c) const {
    const auto s = shape_of(c.dims(0), c.dims(1));
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.has(2) && count(c.dims(2)) != 1) return c.invalid({"x_zero_point of shape ", c.dims(2), " is no scalar"});
    if (c.has(3) && count(c.dims(3)) != 1 && c.dims(3) != shape{c.dims(1)[0]})
      return c.invalid({"w_zero_point of shape ", c.dims(3), " for ", c.dims(1)[0], " output channels"});
    shape out{c.dims(0)[0], c.dims(1)[0]};
    const i64 sizes[] = {(*s).out_d, (*s).plane.out_h, (*s).plane.out_w};
    for (int i = 5 - c.rank(0); i < 3; ++i) out.push_back(sizes[i]);
    return c.output(0, out);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto s = shape_of(in[0].dims, in[1].dims);
    if (!s.has_value()) return 0;
    return detail::padded(kernels::gemm_scratch_bytes<u32>()) + detail::bytes_of(in[0].dims, 4) + detail::bytes_of(in[1].dims, 4) +
           (count(in[1].dims) == 0 ? 0 : detail::padded(kernels::packed_volume_bytes<u32>(*s)));
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return static_cast<double>(count(out[0].dims)) * static_cast<double>(count(in[1].dims.from(1)));
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &w = c.input(1);
    const auto s = shape_of(x.dims, w.dims);
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.output(0).size() == 0) return {};
    std::byte* next = c.scratch() + detail::padded(kernels::gemm_scratch_bytes<u32>());
    const auto take = [&](i64 n) {
      u32* const p = reinterpret_cast<u32*>(next);
      next += detail::padded(4 * n);
      return p;
    };
    u32 *const image = take(x.size()), *const weights = take(w.size());
    shift(x, c.has(2) ? c.input(2) : any_view(), x.size(), image);
    shift(w, c.has(3) ? c.input(3) : any_view(), w.size() / w.dims[0], weights);
    u32* const packed = reinterpret_cast<u32*>(next);
    kernels::pack_volume_weights<u32>(*s, weights, packed);
    const int last = x.rank() - 1;
    const kernels::volume<u32> in{image, x.strides[0], last > 3 ? x.strides[last - 2] : 0, last > 2 ? x.strides[last - 1] : 0, x.strides[last], x.strides[1]};
    kernels::conv_3d<u32>(*s, in, packed, c.output(0).as<u32>(), {}, c.scratch());
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
};

using integer_convolution = list<ConvInteger>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
