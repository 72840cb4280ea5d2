// Abs, Neg, Sign, Floor, Ceil, Round, Sqrt, Reciprocal, Log, Erf, Tanh: one input, one output, element by element.
#pragma once

#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = |X|; the least integer wraps to itself.
struct Abs {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto x) const { return abs(x); }
  auto gradient(auto x, auto, auto dy) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x > T(0), dy, select(x < T(0), -dy, T(0)));
  }
};

/// Y = -X; the least integer wraps to itself.
struct Neg {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::signed_integers;
  static constexpr bool sign_free = true;
  auto operator()(auto x) const { return -x; }
  auto gradient(auto, auto, auto dy) const { return -dy; }
};

/// -1, 0 or 1; NaN stays.
struct Sign {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    if constexpr (std::is_unsigned_v<T>) return min(x, T(1));
    else if constexpr (std::is_integral_v<T>) return max(min(x, T(1)), T(-1));
    else return select(x > 0, T(1), select(x < 0, T(-1), select(x == 0, T(0), x)));
  }
  using gradient = no_gradient;
};

/// The nearest whole number that is not greater.
struct Floor {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return floor(x); }
  using gradient = no_gradient;
};

/// The nearest whole number that is not less.
struct Ceil {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return ceil(x); }
  using gradient = no_gradient;
};

/// The nearest whole number; of two as near the even one.
struct Round {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return round_even(x); }
  using gradient = no_gradient;
};

/// The square root; NaN below 0.
struct Sqrt {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return sqrt(x); }
  auto gradient(auto, auto y, auto dy) const { return dy / (y + y); }
};

/// Y = 1 / X.
struct Reciprocal {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return 1 / x; }
  auto gradient(auto, auto y, auto dy) const { return -(dy * y * y); }
};

/// The natural logarithm; NaN below 0.
struct Log {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return log(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / x; }
};

/// The error function.
struct Erf {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr auto convert_integers = kernels::convert;
  static constexpr int registers = 2;
  auto operator()(auto x) const { return erf(x); }
  auto gradient(auto x, auto, auto dy) const {
    using T = simd::scalar_t<decltype(x)>;
    return dy * exp(-(x * x)) * T(1.12837916709551257390);
  }
};

/// The hyperbolic tangent.
struct Tanh {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 2;
  auto operator()(auto x) const { return tanh(x); }
  auto gradient(auto, auto y, auto dy) const { return dy * (1 - y * y); }
};

using math = list<Abs, Neg, Sign, Floor, Ceil, Round, Sqrt, Reciprocal, Log, Erf, Tanh>;

}  // namespace ops

auto abs(const operand auto& x) { return apply(ops::Abs{}, x); }
auto negative(const operand auto& x) { return apply(ops::Neg{}, x); }
auto sign(const operand auto& x) { return apply(ops::Sign{}, x); }
auto floor(const operand auto& x) { return apply(ops::Floor{}, x); }
auto ceil(const operand auto& x) { return apply(ops::Ceil{}, x); }
auto round(const operand auto& x) { return apply(ops::Round{}, x); }
auto sqrt(const operand auto& x) { return apply(ops::Sqrt{}, x); }
auto reciprocal(const operand auto& x) { return apply(ops::Reciprocal{}, x); }
auto log(const operand auto& x) { return apply(ops::Log{}, x); }
auto erf(const operand auto& x) { return apply(ops::Erf{}, x); }
auto tanh(const operand auto& x) { return apply(ops::Tanh{}, x); }

}  // namespace tenon
TENON_COLD_END
