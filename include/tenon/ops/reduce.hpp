// The ten reductions: axes folded away by a monoid. With noop_with_empty_axes and no axes each element
// is a group of its own.
#pragma once

#include "cast.hpp"
#include "shape.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Before opset 18 (13 for ReduceSum) the axes were an attribute.
inline status axes_to_input(old_node& n) {
  to_input(n, "axes", 1);
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
  auto gradient(int, const auto& c) const { return detail::beside_input(c.dy(), noop_with_empty_axes, c); }
};

/// The gradient of a greatest or least: the elements equal to it share what comes back.
auto shared_by_equals(bool noop, const auto& c) {
  const auto chosen = c.input(0) == detail::beside_input(c.output(), noop, c);
  const auto each = cast(chosen, c.dy().type());
  const ReduceSum sum{.noop_with_empty_axes = noop};
  const auto equals = c.has(1) ? apply(sum, each, c.input(1)) : apply(sum, each);
  return select(chosen, detail::beside_input(c.dy(), noop, c) / equals, 0);
}

/// The mean over axes; integer means truncate towards zero.
struct ReduceMean {
  using kind = kinds::reduction;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto finish(auto sum, auto count) const { return sum / count; }
  status upgrade(old_node& n) { return axes_to_input(n); }
  auto gradient(int, const auto& c) const {
    const double n = static_cast<double>(c.input(0).size()) / static_cast<double>(c.output().size());
    return detail::beside_input(c.dy(), noop_with_empty_axes, c) / n;
  }
};

/// The greatest over axes; NaN wins.
struct ReduceMax {
  using kind = kinds::reduction;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  using monoid = kernels::most;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
  auto gradient(int, const auto& c) const { return shared_by_equals(noop_with_empty_axes, c); }
};

/// The least over axes; NaN wins.
struct ReduceMin {
  using kind = kinds::reduction;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  using monoid = kernels::least;
  bool keepdims = true, noop_with_empty_axes = false;
  status upgrade(old_node& n) { return axes_to_input(n); }
  auto gradient(int, const auto& c) const { return shared_by_equals(noop_with_empty_axes, c); }
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
  auto gradient(int, const auto& c) const {
    const auto d = detail::beside_input(c.dy(), noop_with_empty_axes, c), x = c.input(0);
    return select(x > 0, d, select(x < 0, -d, 0));
  }
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
  auto gradient(int, const auto& c) const { return 2 * c.input(0) * detail::beside_input(c.dy(), noop_with_empty_axes, c); }
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
  auto gradient(int, const auto& c) const { return c.input(0) * detail::beside_input(c.dy() / c.output(), noop_with_empty_axes, c); }
};

/// The logarithm of the sum; of nothing -inf. Of integers, which opset 28 has no more, the whole part.
struct ReduceLogSum {
  using kind = kinds::reduction;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = reduced_types;
  static constexpr auto convert_integers = kernels::convert;
  using monoid = kernels::plus;
  bool keepdims = true, noop_with_empty_axes = false;
  auto finish(auto sum, auto) const { return log(sum); }
  status upgrade(old_node& n) { return axes_to_input(n); }
  auto gradient(int, const auto& c) const { return detail::beside_input(c.dy() * exp(-c.output()), noop_with_empty_axes, c); }
};

/// log(sum(exp(x))), the greatest subtracted first so that nothing overflows.
struct ReduceLogSumExp {
  using kind = kinds::reduction;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = reduced_types;
  static constexpr auto convert_integers = kernels::convert;
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
  auto gradient(int, const auto& c) const {
    return detail::beside_input(c.dy(), noop_with_empty_axes, c) *
           exp(c.input(0) - detail::beside_input(c.output(), noop_with_empty_axes, c));
  }

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
auto reduce_sum(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceSum& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_mean(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMean& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_max(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMax& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_min(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceMin& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_prod(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceProd& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_l1(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceL1& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_l2(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceL2& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_sum_square(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceSumSquare& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_log_sum(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceLogSum& o = {}) {
  return apply(o, x, as_tensor(axes));
}
auto reduce_log_sum_exp(const operand auto& x, std::initializer_list<i64> axes = {}, const ops::ReduceLogSumExp& o = {}) {
  return apply(o, x, as_tensor(axes));
}

}  // namespace tenon
TENON_COLD_END
