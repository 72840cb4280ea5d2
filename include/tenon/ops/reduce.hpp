// The ten reductions: axes folded away by a monoid. With noop_with_empty_axes and no axes each element
// is a group of its own.
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

inline constexpr dtype_set reduced_types =
    dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};

/// The product over axes; integers wrap.
struct ReduceProd {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = reduced_types;
  using monoid = kernels::times;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The sum of magnitudes.
struct ReduceL1 {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = reduced_types;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto term(auto x) const { return abs(x); }
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The sum of squares.
struct ReduceSumSquare {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = reduced_types;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto term(auto x) const { return x * x; }
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The square root of the sum of squares; integers are cut to whole ones.
struct ReduceL2 {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = reduced_types;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto term(auto x) const { return x * x; }
  auto finish(auto sum, auto) const {
    using T = simd::scalar_t<decltype(sum)>;
    if constexpr (std::is_floating_point_v<T>) {
      return sqrt(sum);
    } else {
      // A sum of squares that uses the sign bit is still one.
      for (int i = 0; i < simd::lanes_of<decltype(sum)>; ++i)
        sum.v[i] = static_cast<T>(sqrt(static_cast<double>(static_cast<std::make_unsigned_t<T>>(sum.v[i]))));
      return sum;
    }
  }
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// The logarithm of the sum; of nothing -inf.
struct ReduceLogSum {
  using kind = kinds::reduction;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::floating;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto finish(auto sum, auto) const { return log(sum); }
  status upgrade(old_node& n) { return axes_to_input(n); }
};

/// log(sum(exp(x))), the greatest subtracted first so that nothing overflows.
struct ReduceLogSumExp {
  using kind = kinds::reduction;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::floating;
  using monoid = kernels::plus;
  using shift = kernels::most;
  bool keepdims = true, noop_with_empty_axes = false;
  template <class T>
  static constexpr T neutral() {
    return -std::numeric_limits<T>::infinity();
  }
  auto term(auto x, auto most) const { return exp(x - finite(most)); }
  auto finish(auto sum, auto, auto most) const { return log(sum) + finite(most); }
  status upgrade(old_node& n) { return axes_to_input(n); }

 private:
  /// An infinite one would be subtracted from itself.
  static auto finite(auto x) {
    using T = simd::scalar_t<decltype(x)>;
    return select(abs(x) == std::numeric_limits<T>::infinity(), T(0), x);
  }
};

using reduce = list<ReduceSum, ReduceMean, ReduceMax, ReduceMin>;
using norms = list<ReduceProd, ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum, ReduceLogSumExp>;

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
any_tensor reduce_prod(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceProd& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_l1(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceL1& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_l2(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceL2& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_sum_square(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceSumSquare& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_log_sum(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceLogSum& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}
any_tensor reduce_log_sum_exp(const value auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceLogSumExp& o = {}) {
  return apply(o, x, tensor<i64>(shape{static_cast<i64>(axes.size())}, axes));
}

}  // namespace tenon
TENON_COLD_END
