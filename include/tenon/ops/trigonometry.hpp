// Sine, cosine, tangent, their hyperbolic kin, and the inverse of each. Angles are in radians.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The sine.
struct Sin {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return sin(x); }
};

/// The cosine.
struct Cos {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return cos(x); }
};

/// The tangent.
struct Tan {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return tan(x); }
};

/// The arc sine; NaN beyond 1.
struct Asin {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return asin(x); }
};

/// The arc cosine; NaN beyond 1.
struct Acos {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return acos(x); }
};

/// The arc tangent.
struct Atan {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return atan(x); }
};

/// The hyperbolic sine.
struct Sinh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return sinh(x); }
};

/// The hyperbolic cosine.
struct Cosh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return cosh(x); }
};

/// The inverse hyperbolic sine.
struct Asinh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return asinh(x); }
};

/// The inverse hyperbolic cosine; NaN below 1.
struct Acosh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return acosh(x); }
};

/// The inverse hyperbolic tangent; NaN beyond 1.
struct Atanh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return atanh(x); }
};

using trigonometry = list<Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh>;

}  // namespace ops

any_tensor sin(const value auto& x) { return apply(ops::Sin{}, x); }
any_tensor cos(const value auto& x) { return apply(ops::Cos{}, x); }
any_tensor tan(const value auto& x) { return apply(ops::Tan{}, x); }
any_tensor asin(const value auto& x) { return apply(ops::Asin{}, x); }
any_tensor acos(const value auto& x) { return apply(ops::Acos{}, x); }
any_tensor atan(const value auto& x) { return apply(ops::Atan{}, x); }
any_tensor sinh(const value auto& x) { return apply(ops::Sinh{}, x); }
any_tensor cosh(const value auto& x) { return apply(ops::Cosh{}, x); }
any_tensor asinh(const value auto& x) { return apply(ops::Asinh{}, x); }
any_tensor acosh(const value auto& x) { return apply(ops::Acosh{}, x); }
any_tensor atanh(const value auto& x) { return apply(ops::Atanh{}, x); }

}  // namespace tenon
TENON_COLD_END
