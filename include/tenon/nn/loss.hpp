// Losses: one number that says how far results are from what they should be, the mean over all of them.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/loss.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Of scores [n, classes, ...], before any softmax, and the right classes [n, ...] as int32 or int64; a class out of
/// range is an error, which data from a file may well have.
inline result<variable> try_cross_entropy(const variable& scores, const variable& classes) {
  return try_apply_operator(ops::SoftmaxCrossEntropyLoss{}, scores, classes);
}
inline variable cross_entropy(const variable& scores, const variable& classes) { return value_or_raise(try_cross_entropy(scores, classes)); }

/// The mean square of the differences; both of the same shape, for broadcasting here is a mistake.
inline result<variable> try_mse(const variable& y, const variable& wanted) {
  if (y.dims() != wanted.dims()) return fail(code::invalid, {"mse: ", y.dims(), " and ", wanted.dims(), " differ"});
  const variable off = y - wanted;
  return reduce_mean(off * off, {}, {.keepdims = false});
}
inline variable mse(const variable& y, const variable& wanted) { return value_or_raise(try_mse(y, wanted)); }

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
