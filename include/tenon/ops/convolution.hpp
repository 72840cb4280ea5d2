// What convolutions share, of floats and of integers: their attributes, and the sizes that follow from them.
#pragma once

#include "../kernels/conv_3d.hpp"
#include "window.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// The attributes of a convolution.
struct convolution_attributes {
  std::string_view auto_pad;
  const ints &dilations, &kernel_shape, &pads, &strides;
  i64 group;

  struct sizes {
    kernels::volume_shape all;
    shape out;  ///< [N, C, spatial...]
  };
  result<sizes> shape_of(const shape& x, const shape& w) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    if (x.rank() < 3 || w.rank() != x.rank()) return bad({"input ", x, " and weights ", w, " do not make an image and its filters"});
    if (x.rank() > 5) return fail(code::unsupported, {x.rank() - 2, " spatial dimensions are not supported: ", x});
    if (group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group || w[1] * group != x[1])
      return bad({"input channels ", x[1], " and weights ", w, " do not fit with group ", group});
    if (!kernel_shape.empty() && !std::equal(kernel_shape.begin(), kernel_shape.end(), w.begin() + 2, w.end()))
      return bad({"kernel_shape ", kernel_shape, " is not that of weights ", w});
    const auto r = resolve_window({auto_pad, strides, dilations, pads}, w.from(2).span(), x.from(2).span());
    if (!r.has_value()) return std::unexpected(r.error());
    const window& v = *r;
    sizes s{of_weights(w), with_spatial(x[0], w[0], v.out)};
    kernels::conv_shape& p = s.all.plane;
    const int last = x.rank() - 3, h = last - 1;
    p.batch = x[0];
    p.in_w = x.back(), p.out_w = v.out[last], p.pad_left = v.begin[last];
    if (h >= 0) p.in_h = x[h + 2], p.out_h = v.out[h], p.pad_top = v.begin[h];
    if (h > 0) s.all.in_d = x[2], s.all.out_d = v.out[0], s.all.pad_front = v.begin[0];
    return s;
  }
  /// What the weights and the attributes say, of weights that may be any; packing needs no more.
  std::optional<kernels::volume_shape> weights_of(const shape& w) const {
    if (w.rank() < 3 || w.rank() > 5 || count(w) == 0 || group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group) return std::nullopt;
    return of_weights(w);
  }

 private:
  kernels::volume_shape of_weights(const shape& w) const {
    kernels::volume_shape v;
    kernels::conv_shape& p = v.plane;
    p.groups = group, p.out_channels = w[0], p.in_channels = w[1] * group;
    const int spatial = w.rank() - 2;
    const auto step = [&](const ints& list, int i) { return std::ssize(list) == spatial ? list[static_cast<std::size_t>(i)] : 1; };
    const auto set = [&](int i, i64& kernel, i64& stride, i64& dilation) {
      kernel = w[i + 2], stride = step(strides, i), dilation = step(dilations, i);
    };
    set(spatial - 1, p.kernel_w, p.stride_w, p.dilation_w);
    if (spatial > 1) set(spatial - 2, p.kernel_h, p.stride_h, p.dilation_h);
    if (spatial > 2) set(0, v.kernel_d, v.stride_d, v.dilation_d);
    return v;
  }
};

}  // namespace tenon
TENON_COLD_END
