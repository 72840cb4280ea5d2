// The double nearest to a decimal number. The exact quotient is rounded once, with the long integers that
// print numbers: the same on every host and in every locale.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "decimal.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// 2^n for normal numbers.
constexpr double power_of_two(int n) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + n) << 52);
}

/// value / scale, which is not zero, rounded to nearest even.
[[gnu::noinline]] inline double nearest(natural value, natural scale) {
  constexpr int bits = 56;  // of the quotient, or one more: 53, one to round by, and two to spare
  const int unit = value.bits() - scale.bits() - bits;
  if (unit > 0) scale.multiply_by_power_of_two(unit);
  else value.multiply_by_power_of_two(-unit);
  scale.multiply_by_power_of_two(bits);
  std::uint64_t quotient = 0;
  for (int i = 0; i <= bits; ++i) {
    quotient <<= 1;
    if (value.compare(scale) >= 0) {
      value.subtract(scale);
      quotient |= 1;
    }
    value.multiply(2);
  }
  if (value.bits() != 0) quotient |= 1;  // what is left only tells half from more than half

  const int top = 63 - std::countl_zero(quotient) + unit;
  const int last = std::max(top - 52, binary64.lowest), drop = last - unit;
  if (last > 971) return __builtin_inf();
  if (drop > 62) return 0;
  std::uint64_t m = quotient >> drop;
  const std::uint64_t rest = quotient & ((std::uint64_t{1} << drop) - 1), half = std::uint64_t{1} << (drop - 1);
  if (rest > half || (rest == half && (m & 1) != 0)) ++m;
  return static_cast<double>(m) * power_of_two(last / 2) * power_of_two(last - last / 2);
}

}  // namespace detail

/// Digits with or without a point, a sign before and an exponent behind them, and nothing else. Too large
/// numbers are infinite.
[[gnu::noinline]] inline std::optional<double> parse_double(std::string_view s) {
  constexpr int most = 770;  // digits decide no rounding beyond these but by being there
  constexpr int far = 100'000;
  const auto next = [&] {
    const char c = s.empty() ? '\0' : s[0];
    if (!s.empty()) s.remove_prefix(1);
    return c;
  };
  const bool minus = s.starts_with('-');
  if (minus || s.starts_with('+')) next();
  detail::natural digits(0, 0);
  std::uint64_t head = 0;
  int kept = 0, exponent = 0;
  bool any = false, point = false, more = false;
  for (; !s.empty() && ((s[0] == '.' && !point) || (s[0] >= '0' && s[0] <= '9'));) {
    const char c = next();
    if (c == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point && exponent > -far) --exponent;
    if (kept == 0 && c == '0') continue;
    if (kept == most) {
      more |= c != '0';
      if (exponent < far) ++exponent;
      continue;
    }
    digits.multiply(10, static_cast<std::uint32_t>(c - '0'));
    if (++kept <= 15) head = head * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!any) return std::nullopt;
  if (s.starts_with('e') || s.starts_with('E')) {
    next();
    const bool below = s.starts_with('-');
    if (below || s.starts_with('+')) next();
    if (s.empty()) return std::nullopt;
    int n = 0;
    for (; !s.empty() && s[0] >= '0' && s[0] <= '9';) n = std::min(n * 10 + (next() - '0'), 2 * far);
    exponent += below ? -n : n;
  }
  if (!s.empty()) return std::nullopt;

  double x = 0;
  if (kept == 0 || kept + exponent < -325) x = 0;
  else if (kept + exponent > 310) x = __builtin_inf();
  else if (kept <= 15 && exponent >= -22 && exponent <= 22) {  // both are exact
    double power = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0; --i) power *= 10;
    x = exponent < 0 ? static_cast<double>(head) / power : static_cast<double>(head) * power;
  } else {
    if (more) digits.multiply(10, 1), --exponent;
    detail::natural scale(1, 0);
    if (exponent < 0) scale.multiply_by_power_of_ten(-exponent);
    else digits.multiply_by_power_of_ten(exponent);
    x = detail::nearest(digits, scale);
  }
  return minus ? -x : x;
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
