// What the bodies and gradients of element-wise operators call, for variables: arithmetic, comparisons
// and choices between variables and plain numbers. The functions that are operators (exp, abs, ...) are theirs.
#pragma once

#include "../ops/activation.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/logic.hpp"
#include "../ops/math.hpp"
#include "record.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// x as a scalar of this dtype.
[[gnu::noinline]] inline variable scalar_of(dtype d, double x) {
  any_tensor t(d, {});
  visit<dtypes::floating | dtype_set{dtype::i32, dtype::i64}>(d, [&]<class T>() {
    if constexpr (sizeof(T) == 2) *t.as<T>() = T(static_cast<float>(x));
    else *t.as<T>() = static_cast<T>(x);
  });
  return t;
}
/// A variable and a variable, a tensor or a number, in either order.
template <class A, class B>
concept variable_pair = (std::same_as<A, variable> && (operand<B> || std::is_arithmetic_v<B>)) ||
                        ((operand<A> || std::is_arithmetic_v<A>) && std::same_as<B, variable>);
/// x, where a number becomes a scalar of the other's dtype.
template <class T, class Other>
variable beside(const T& x, const Other& other) {
  if constexpr (std::is_arithmetic_v<T>) return scalar_of(other.type(), static_cast<double>(x));
  else return to_variable(x);
}
template <class Op, class A, class B>
variable combine(const A& a, const B& b) {
  return apply(Op{}, beside(a, b), beside(b, a));
}

}  // namespace detail

inline variable operator-(const variable& x) { return apply(ops::Neg{}, x); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator+(const A& a, const B& b) { return detail::combine<ops::Add>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator-(const A& a, const B& b) { return detail::combine<ops::Sub>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator*(const A& a, const B& b) { return detail::combine<ops::Mul>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator/(const A& a, const B& b) { return detail::combine<ops::Div>(a, b); }

// Comparisons give bools, which have no gradient.
template <class A, class B> requires detail::variable_pair<A, B>
variable operator<(const A& a, const B& b) { return detail::combine<ops::Less>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator<=(const A& a, const B& b) { return detail::combine<ops::LessOrEqual>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator>(const A& a, const B& b) { return detail::combine<ops::Greater>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator>=(const A& a, const B& b) { return detail::combine<ops::GreaterOrEqual>(a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable operator==(const A& a, const B& b) { return detail::combine<ops::Equal>(a, b); }
inline variable operator&(const variable& a, const variable& b) { return apply(ops::And{}, a, b); }
inline variable operator|(const variable& a, const variable& b) { return apply(ops::Or{}, a, b); }

/// a where the mask is set, else b.
template <class A, class B> requires detail::variable_pair<A, B>
variable select(const variable& mask, const A& a, const B& b) {
  return apply(ops::Where{}, mask, detail::beside(a, b), detail::beside(b, a));
}
template <class A, class B> requires detail::variable_pair<A, B>
variable max(const A& a, const B& b) { return select(a > b, a, b); }
template <class A, class B> requires detail::variable_pair<A, B>
variable min(const A& a, const B& b) { return select(a < b, a, b); }
variable clamp(const variable& x, const auto& low, const auto& high) { return min(max(x, low), high); }
variable mul_add(const variable& a, const auto& b, const auto& c) { return a * b + c; }
inline variable expm1(const variable& x) { return exp(x) - 1; }
inline variable log1p(const variable& x) { return log(x + 1); }

}  // namespace tenon
TENON_COLD_END
