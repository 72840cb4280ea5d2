// ReduceSum, ReduceMean, ReduceMax, ReduceMin: axes folded away.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Before opset 18 (13 for ReduceSum) the axes were an attribute.
inline status axes_to_input(old_node& n) {
  if (const auto axes = n.take_ints("axes"))
    n.set_input(1, tensor<i64>(shape{static_cast<i64>(axes->size())}, *axes));
  return {};
}

/// The sum over axes; integers wrap, small floats add in float32.
struct ReduceSum {
  using kind = kinds::reduction;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The mean over axes; integer means truncate towards zero.
struct ReduceMean {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto finish(auto sum, auto count) const { return sum / count; }
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The greatest over axes; NaN wins.
struct ReduceMax {
  using kind = kinds::reduction;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  using monoid = kernels::most;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The least over axes; NaN wins.
struct ReduceMin {
  using kind = kinds::reduction;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  using monoid = kernels::least;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
};

using reduce = list<ReduceSum, ReduceMean, ReduceMax, ReduceMin>;

}  // namespace ops

/// reduce_sum(x, {1, 2}): over these axes, over all when none are named.
any_tensor reduce_sum(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceSum& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_mean(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMean& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_max(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMax& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_min(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMin& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}

}  // namespace tenon
TENON_COLD_END
