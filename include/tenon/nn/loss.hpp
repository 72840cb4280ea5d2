// Losses: one number that says how far results are from what they should be, the mean over all of them.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/loss.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Of scores [n, classes, ...], before any softmax, and the right classes [n, ...] as int32 or int64; a class out of
/// range is an error.
inline variable cross_entropy(const variable& scores, const variable& classes) {
  return softmax_cross_entropy_loss(scores, classes);
}
/// The mean square of the differences; both of the same shape, for broadcasting here is a mistake.
inline variable mse(const variable& y, const variable& wanted) {
  if (y.dims() != wanted.dims()) raise({code::invalid, join({"mse: ", y.dims(), " and ", wanted.dims(), " differ"})});
  const variable off = y - wanted;
  return reduce_mean(off * off, {}, {.keepdims = false});
}

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
