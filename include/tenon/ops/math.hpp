// Abs, Neg, Sign, Floor, Ceil, Round, Sqrt, Reciprocal, Log, Erf, Tanh: one input, one output, element by element.
#pragma once

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
};

/// Y = -X; the least integer wraps to itself.
struct Neg {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::signed_integers;
  static constexpr bool sign_free = true;
  auto operator()(auto x) const { return -x; }
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
};

/// The nearest whole number that is not greater.
struct Floor {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return floor(x); }
};

/// The nearest whole number that is not less.
struct Ceil {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return ceil(x); }
};

/// The nearest whole number; of two as near the even one.
struct Round {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return round_even(x); }
};

/// The square root; NaN below 0.
struct Sqrt {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return sqrt(x); }
};

/// Y = 1 / X.
struct Reciprocal {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const { return 1 / x; }
};

/// The natural logarithm; NaN below 0.
struct Log {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return log(x); }
};

/// The error function.
struct Erf {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 2;
  auto operator()(auto x) const { return erf(x); }
};

/// The hyperbolic tangent.
struct Tanh {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 2;
  auto operator()(auto x) const { return tanh(x); }
};

using math = list<Abs, Neg, Sign, Floor, Ceil, Round, Sqrt, Reciprocal, Log, Erf, Tanh>;

}  // namespace ops

any_tensor abs(const value auto& x) { return apply(ops::Abs{}, x); }
any_tensor negative(const value auto& x) { return apply(ops::Neg{}, x); }
any_tensor sign(const value auto& x) { return apply(ops::Sign{}, x); }
any_tensor floor(const value auto& x) { return apply(ops::Floor{}, x); }
any_tensor ceil(const value auto& x) { return apply(ops::Ceil{}, x); }
any_tensor round(const value auto& x) { return apply(ops::Round{}, x); }
any_tensor sqrt(const value auto& x) { return apply(ops::Sqrt{}, x); }
any_tensor reciprocal(const value auto& x) { return apply(ops::Reciprocal{}, x); }
any_tensor log(const value auto& x) { return apply(ops::Log{}, x); }
any_tensor erf(const value auto& x) { return apply(ops::Erf{}, x); }
any_tensor tanh(const value auto& x) { return apply(ops::Tanh{}, x); }

}  // namespace tenon
TENON_COLD_END
