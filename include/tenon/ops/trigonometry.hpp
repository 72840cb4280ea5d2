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
  auto gradient(auto x, auto, auto dy) const { return dy * cos(x); }
};

/// The cosine.
struct Cos {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return cos(x); }
  auto gradient(auto x, auto, auto dy) const { return -(dy * sin(x)); }
};

/// The tangent.
struct Tan {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return tan(x); }
  auto gradient(auto, auto y, auto dy) const { return dy * (1 + y * y); }
};

/// The arc sine; NaN beyond 1.
struct Asin {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return asin(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / sqrt(1 - x * x); }
};

/// The arc cosine; NaN beyond 1.
struct Acos {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return acos(x); }
  auto gradient(auto x, auto, auto dy) const { return -(dy / sqrt(1 - x * x)); }
};

/// The arc tangent.
struct Atan {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return atan(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / (1 + x * x); }
};

/// The hyperbolic sine.
struct Sinh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return sinh(x); }
  auto gradient(auto x, auto, auto dy) const { return dy * cosh(x); }
};

/// The hyperbolic cosine.
struct Cosh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return cosh(x); }
  auto gradient(auto x, auto, auto dy) const { return dy * sinh(x); }
};

/// The inverse hyperbolic sine.
struct Asinh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return asinh(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / sqrt(1 + x * x); }
};

/// The inverse hyperbolic cosine; NaN below 1.
struct Acosh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return acosh(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / sqrt(x * x - 1); }
};

/// The inverse hyperbolic tangent; NaN beyond 1.
struct Atanh {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  auto operator()(auto x) const { return atanh(x); }
  auto gradient(auto x, auto, auto dy) const { return dy / (1 - x * x); }
};

using trigonometry = list<Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh>;

}  // namespace ops

auto sin(const operand auto& x) { return apply(ops::Sin{}, x); }
auto cos(const operand auto& x) { return apply(ops::Cos{}, x); }
auto tan(const operand auto& x) { return apply(ops::Tan{}, x); }
auto asin(const operand auto& x) { return apply(ops::Asin{}, x); }
auto acos(const operand auto& x) { return apply(ops::Acos{}, x); }
auto atan(const operand auto& x) { return apply(ops::Atan{}, x); }
auto sinh(const operand auto& x) { return apply(ops::Sinh{}, x); }
auto cosh(const operand auto& x) { return apply(ops::Cosh{}, x); }
auto asinh(const operand auto& x) { return apply(ops::Asinh{}, x); }
auto acosh(const operand auto& x) { return apply(ops::Acosh{}, x); }
auto atanh(const operand auto& x) { return apply(ops::Atanh{}, x); }

}  // namespace tenon
TENON_COLD_END
