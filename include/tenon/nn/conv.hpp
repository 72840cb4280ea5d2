// Conv2d: filters slid over images.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/conv.hpp"
#include "../ops/conv_transpose.hpp"
#include "initializer.hpp"
#include "module.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// A height and a width; one number is both.
struct size2 {
  i64 height, width;
  constexpr size2(i64 both) : height(both), width(both) {}
  constexpr size2(i64 h, i64 w) : height(h), width(w) {}
};

/// Images [n, in, height, width] to [n, out, ...], each output channel from the in / groups channels of its group.
struct Conv2d {
  struct options {
    size2 kernel = 3, stride = 1, padding = 0, dilation = 1;
    i64 groups = 1;
    bool bias = true;
  };
  variable weight;  ///< [out, in / groups, height, width]
  variable bias;    ///< [out], or none
  ops::Conv op;     ///< stride, padding and the like

  Conv2d(i64 in, i64 out, const options& o) : op{.group = o.groups} {
    if (o.groups < 1 || in % o.groups != 0 || out % o.groups != 0)
      raise({code::invalid, join({"Conv2d: ", in, " and ", out, " channels do not fall into ", o.groups, " groups"})});
    op.dilations = {o.dilation.height, o.dilation.width};
    op.strides = {o.stride.height, o.stride.width};
    op.pads = {o.padding.height, o.padding.width, o.padding.height, o.padding.width};
    weight = parameter(tensor<float>({out, in / o.groups, o.kernel.height, o.kernel.width}));
    if (o.bias) bias = parameter(tensor<float>({out}));
  }

  variable operator()(const variable& x) const { return bias ? conv(x, weight, bias, op) : conv(x, weight, op); }
  void reset(const random& r) {
    weight.assign(kaiming_uniform(r.at("weight"), weight.dims()));
    const auto fan_in = static_cast<double>(std::max<i64>(1, count(weight.dims().from(1))));
    if (bias) bias.assign(uniform(r.at("bias"), bias.dims(), 1 / simd::sqrt(fan_in)));
  }
  void fields(this auto& self, auto&& f) { f("weight", self.weight), f("bias", self.bias); }
};

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
