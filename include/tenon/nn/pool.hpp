// Pooling as functions: the greatest or the mean under a window slid over images.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/pool.hpp"
#include "conv.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

struct pooling {
  std::optional<size2> stride{};  ///< the window's size when not given
  size2 padding = 0;
};
namespace detail {
template <class Pool>
variable pool(Pool op, const variable& x, size2 window, const pooling& o) {
  const size2 stride = o.stride.value_or(window);
  op.kernel_shape = ints{window.height, window.width};
  op.strides = {stride.height, stride.width};
  op.pads = {o.padding.height, o.padding.width, o.padding.height, o.padding.width};
  return std::move(apply_for(1, op, x)[0]);
}
}  // namespace detail

/// max_pool2d(x, 2): images [n, channels, height, width] of half the size.
inline variable max_pool2d(const variable& x, size2 window, const pooling& o = {}) { return detail::pool(ops::MaxPool{}, x, window, o); }
/// Means, in which padding counts as zeros.
inline variable avg_pool2d(const variable& x, size2 window, const pooling& o = {}) {
  return detail::pool(ops::AveragePool{.count_include_pad = true}, x, window, o);
}

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
