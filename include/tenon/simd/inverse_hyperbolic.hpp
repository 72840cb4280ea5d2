// asinh, acosh and atanh for float and double, scalars and vectors; 2 ulp at most: logarithms whose arguments are
// unevaluated sums of two numbers, so that nothing cancels near zero (error-free transformations, Dekker 1971).
#pragma once

#include "error_free.hpp"
#include "logarithm.hpp"

namespace tenon::inline TENON_BUILD::simd {

// log(a + sqrt(a^2 + One)) for a >= 0 where that is a number; One is 1 or -1.
template <int One, float_like X>
TENON_INLINE X log_of_root(X a) {
  using T = scalar_t<X>;
  constexpr T far = sizeof(T) == 4 ? T(0x1p+14) : T(0x1p+28);  // from there the root is a
  const auto beyond = a > far;
  const X b = pmin(a, far);
  X square_low, sum_low, root_square_low, s_low;
  const X square = two_product(b, b, square_low);
  const X sum = two_sum(square, X(T(One)), sum_low);
  const X root = sqrt(sum);
  const X root_square = two_product(root, root, root_square_low);
  const X dropped = ((sum - root_square) - root_square_low) + (square_low + sum_low);
  const X root_low = select(root > 0, dropped / (root + root), T(0));
  const X s = two_sum(b, root, s_low);
  const auto [k, f] = log_reduce(select(beyond, a, s));
  return log_sum(X(k + select(beyond, X(T(1)), T(0))), f, select(beyond, T(0), (s_low + root_low) / s));
}

/// Inverse hyperbolic sine.
template <float_like X>
TENON_INLINE X asinh(X x) {
  const X a = abs(x);
  return copysign(select(a < std::numeric_limits<scalar_t<X>>::infinity(), log_of_root<1>(a), a), x);
}

/// Inverse hyperbolic cosine; NaN below 1.
template <float_like X>
TENON_INLINE X acosh(X x) {
  using limits = std::numeric_limits<scalar_t<X>>;
  const X y = select(x < limits::infinity(), log_of_root<-1>(x), x);
  return select(x >= 1, y, limits::quiet_NaN());
}

/// Inverse hyperbolic tangent, log((1 + x) / (1 - x)) / 2; infinite at 1, NaN beyond.
template <float_like X>
TENON_INLINE X atanh(X x) {
  using T = scalar_t<X>;
  using limits = std::numeric_limits<T>;
  const X a = abs(x);
  X above_low, below_low, product_low;
  const X above = two_sum(X(T(1)), a, above_low);
  const X below = two_sum(X(T(1)), -a, below_low);
  const X q = above / below;
  const X product = two_product(q, below, product_low);
  const X tail = (((above - product) - product_low) + (above_low - q * below_low)) / above;
  const auto [k, f] = log_reduce(q);
  const X y = log_sum(k, f, tail) * T(0.5);
  return copysign(select(a < 1, y, select(a == 1, limits::infinity(), limits::quiet_NaN())), x);
}

}  // namespace tenon::inline TENON_BUILD::simd
