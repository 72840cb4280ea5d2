// Decimal digits of binary floating-point numbers: the fewest that mean this number and no
// neighbour, or a number of them rounded from the exact value. Steele and White's way, with
// long integers: the same on every host, a few KB of code (std::to_chars takes 125 KB of a guest), and
// any format.
#pragma once

#include <bit>
#include <climits>
#include <concepts>
#include <cstdint>
#include <string>

#include "config.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// n * 10 + the digit; false, and n is anything then, where c is none or n has no room for it.
template <std::integral I>
constexpr bool add_digit(I& n, char c) {
  return c >= '0' && c <= '9' && !__builtin_mul_overflow(n, 10, &n) && !__builtin_add_overflow(n, c - '0', &n);
}

/// A binary format: significand bits, and the exponent of the least number above zero. It decides
/// which numbers are neighbours, and so how many digits are needed.
struct binary_format {
  int bits, lowest;
};
inline constexpr binary_format binary16{11, -24}, bfloat16_format{8, -133}, binary32{24, -149},
    binary64{53, -1074};

/// d.ddd times a power of ten.
struct decimal_digits {
  char text[56];
  int size, exponent;
};

/// Ends of the digits: counted from the first digit, or after the point. Negative: none.
struct decimal_limits {
  int most = -1, least = -1;
  bool after_point = true;
};

namespace detail {

/// A natural number below 2^3840; the operations are those that printing and reading need.
class natural {
 public:
  [[gnu::noinline]] natural(std::uint64_t x, int shift) {
    const int word = shift / 32, bit = shift % 32;
    for (int i = 0; i < word; ++i) words_[i] = 0;
    words_[word] = static_cast<std::uint32_t>(x << bit);
    words_[word + 1] = static_cast<std::uint32_t>(x << bit >> 32);
    words_[word + 2] = bit == 0 ? 0 : static_cast<std::uint32_t>(x >> (64 - bit));
    size_ = word + 3;
    trim();
  }
  natural(const natural& o) { *this = o; }
  natural& operator=(const natural& o) {
    size_ = o.size_;
    for (int i = 0; i < size_; ++i) words_[i] = o.words_[i];
    return *this;
  }
  /// *this = *this * by + plus.
  [[gnu::noinline]] void multiply(std::uint32_t by, std::uint32_t plus = 0) {
    std::uint64_t carry = plus;
    for (int i = 0; i < size_; ++i) {
      carry += std::uint64_t{words_[i]} * by;
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_[size_++] = static_cast<std::uint32_t>(carry);
  }
  void multiply_by_power_of_ten(int n) {
    for (; n >= 9; n -= 9) multiply(1000000000);
    for (; n > 0; --n) multiply(10);
  }
  void multiply_by_power_of_two(int n) {
    for (; n >= 31; n -= 31) multiply(std::uint32_t{1} << 31);
    multiply(std::uint32_t{1} << n);
  }
  /// The position of the highest bit, from 1; 0 of zero.
  int bits() const { return size_ == 0 ? 0 : 32 * size_ - std::countl_zero(words_[size_ - 1]); }
  [[gnu::noinline]] void subtract(const natural& o) {
    std::uint64_t borrow = 0;
    for (int i = 0; i < size_; ++i) {
      const std::uint64_t d = words_[i] - borrow - (i < o.size_ ? o.words_[i] : 0);
      words_[i] = static_cast<std::uint32_t>(d);
      borrow = d >> 63;
    }
    trim();
  }
  [[gnu::noinline]] void add(const natural& o) {
    std::uint64_t carry = 0;
    for (int i = 0; i < o.size_ || carry != 0; ++i) {
      if (i == size_) words_[size_++] = 0;
      carry += std::uint64_t{words_[i]} + (i < o.size_ ? o.words_[i] : 0);
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  }
  /// Negative, zero or positive, as *this - o.
  [[gnu::noinline]] int compare(const natural& o) const {
    if (size_ != o.size_) return size_ - o.size_;
    for (int i = size_; i-- > 0;)
      if (words_[i] != o.words_[i]) return words_[i] < o.words_[i] ? -1 : 1;
    return 0;
  }

 private:
  void trim() {
    while (size_ > 0 && words_[size_ - 1] == 0) --size_;
  }
  std::uint32_t words_[120];
  int size_;
};

}  // namespace detail

/// The digits of a finite x > 0 that is a number of the format.
[[gnu::noinline]] inline decimal_digits digits_of(double x, binary_format format,
                                                  decimal_limits limits = {}) {
  using detail::natural;
  const auto raw = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(raw >> 52 & 0x7ff);
  std::uint64_t m = raw & ((std::uint64_t{1} << 52) - 1);
  if (exponent != 0)
    m |= std::uint64_t{1} << 52;
  else
    exponent = 1;
  exponent -= 1075;
  const int top = 63 - std::countl_zero(m) + exponent;  // x is at least 2^top, less than twice that
  int unit = top - format.bits + 1;
  if (unit < format.lowest) unit = format.lowest;
  m >>= unit - exponent;

  // x = value / scale; half way to its neighbours is above / scale and below / scale away. The
  // neighbour below a power of two is nearer.
  const bool nearer = m == std::uint64_t{1} << (format.bits - 1) && unit > format.lowest;
  const bool even = (m & 1) == 0;  // then half way still rounds to x
  const int up = unit > 0 ? unit : 0, down = unit < 0 ? -unit : 0;
  natural value(m, up + 2), scale(1, down + 2), above(1, up + 1), below(1, nearer ? up : up + 1);

  // The integer part of log10(x) or one less: 78913 / 2^18 is close enough to log10(2).
  int power = top * 78913 >> 18;
  if (power > 0) scale.multiply_by_power_of_ten(power);
  if (power < 0) {
    value.multiply_by_power_of_ten(-power);
    above.multiply_by_power_of_ten(-power);
    below.multiply_by_power_of_ten(-power);
  }
  natural ten = scale;
  ten.multiply(10);
  if (value.compare(ten) >= 0) {
    scale = ten;
    ++power;
  }

  const int last = limits.most < 0      ? INT_MIN
                   : limits.after_point ? -limits.most
                                        : power + 1 - limits.most;
  const int first = limits.least < 0     ? INT_MAX
                    : limits.after_point ? -limits.least
                                         : power + 1 - limits.least;
  decimal_digits r{{}, 0, power};
  if (power < last) {  // all of x is behind the last digit: zero, or one of that digit
    scale.multiply(5);
    const bool one = power == last - 1 && value.compare(scale) > 0;
    r.text[r.size++] = one ? '1' : '0';
    r.exponent = one ? last : 0;
    return r;
  }
  char digit;
  bool low, high;
  for (int position = power;; --position) {
    digit = '0';
    while (value.compare(scale) >= 0) {
      value.subtract(scale);
      ++digit;
    }
    natural sum = value;
    sum.add(above);
    low = value.compare(below) < (even ? 1 : 0);
    high = sum.compare(scale) > (even ? -1 : 0);
    if (((low || high) && position <= first) || position == last) break;
    if (r.size == static_cast<int>(sizeof r.text) - 2) break;
    r.text[r.size++] = digit;
    value.multiply(10);
    above.multiply(10);
    below.multiply(10);
  }
  bool round_up = high;
  if (low == high) {
    value.multiply(2);
    const int half = value.compare(scale);
    round_up = half > 0 || (half == 0 && (digit & 1) != 0);
  }
  r.text[r.size++] = digit;
  if (round_up) {
    while (r.size > 0 && r.text[r.size - 1] == '9') --r.size;
    if (r.size > 0) {
      ++r.text[r.size - 1];
    } else {
      r.text[r.size++] = '1';
      ++r.exponent;
    }
  }
  return r;
}

/// What becomes of zeros at the end of a fraction.
enum class zeros : std::uint8_t {
  keep,   ///< filled up to `least` digits
  point,  ///< removed: "1."
  one,    ///< removed but for one: "1.0"
  none,   ///< removed with their point: "1"
};

/// Sign, digits, point, digits; x is finite. "-0." is possible.
[[gnu::noinline]] inline std::string positional(double x, binary_format format,
                                                decimal_limits limits, zeros end) {
  std::string out(std::bit_cast<std::uint64_t>(x) >> 63 != 0 ? 1 : 0, '-');
  decimal_digits d{{'0'}, 1, 0};
  if (x != 0) d = digits_of(x < 0 ? -x : x, format, limits);
  for (int i = 0; i <= d.exponent; ++i) out += i < d.size ? d.text[i] : '0';
  if (d.exponent < 0) out += '0';
  out += '.';
  const std::size_t point = out.size();
  for (int i = d.exponent + 1; i < d.size; ++i) out += i < 0 ? '0' : d.text[i];
  if (end == zeros::keep) {
    while (static_cast<int>(out.size() - point) < limits.least) out += '0';
  } else {
    while (out.size() > point && out.back() == '0') out.pop_back();
    if (out.size() == point && end == zeros::one) out += '0';
    if (out.size() == point && end == zeros::none) out.pop_back();
  }
  return out;
}

/// Sign, digit, point, digits, e, sign, at least `exponent_digits` digits; x is finite. The limits
/// count digits after the point.
[[gnu::noinline]] inline std::string scientific(double x, binary_format format,
                                                decimal_limits limits, zeros end,
                                                int exponent_digits = 2) {
  std::string out(std::bit_cast<std::uint64_t>(x) >> 63 != 0 ? 1 : 0, '-');
  decimal_digits d{{'0'}, 1, 0};
  if (x != 0)
    d = digits_of(
        x < 0 ? -x : x, format,
        {limits.most < 0 ? -1 : limits.most + 1, limits.least < 0 ? -1 : limits.least + 1, false});
  out += d.text[0];
  out += '.';
  const std::size_t point = out.size();
  out.append(d.text + 1, static_cast<std::size_t>(d.size - 1));
  if (end == zeros::keep) {
    while (static_cast<int>(out.size() - point) < limits.least) out += '0';
  } else {
    while (out.size() > point && out.back() == '0') out.pop_back();
    if (out.size() == point && end == zeros::one) out += '0';
    if (out.size() == point && end == zeros::none) out.pop_back();
  }
  out += d.exponent < 0 ? "e-" : "e+";
  const int e = d.exponent < 0 ? -d.exponent : d.exponent;
  for (int digits = 3, unit = 100; digits > 0; --digits, unit /= 10)
    if (e >= unit || digits <= exponent_digits) out += static_cast<char>('0' + e / unit % 10);
  return out;
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
