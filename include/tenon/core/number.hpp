// The numbers C++ lacks: 16, 8, 6 and 4-bit floating point, 4 and 2-bit integers. They are storage:
// they convert, and arithmetic happens in what they convert to. One codec serves all floating-point
// formats.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "config.hpp"

namespace tenon::inline TENON_BUILD {

/// What a floating-point format has besides finite numbers.
enum class specials : std::uint8_t {
  ieee,    ///< the largest exponent holds infinities and NaNs
  nan,     ///< all ones are NaN, no infinities: "fn"
  uz,      ///< minus zero's pattern is the only NaN, no infinities, no minus zero: "fnuz"
  finite,  ///< nothing; NaN becomes minus zero, as in ml_dtypes
};

/// A sign bit, then exponent and mantissa bits; subnormals as in IEEE 754.
struct float_format {
  int exponent, mantissa, bias;
  specials rule;
  bool saturates;  ///< by default, too large numbers become the largest finite one

  constexpr unsigned sign() const { return 1u << (exponent + mantissa); }
  constexpr unsigned infinity() const { return ((1u << exponent) - 1) << mantissa; }
  constexpr unsigned nan() const {
    if (rule == specials::ieee) return infinity() | 1u << (mantissa - 1);
    return rule == specials::nan ? sign() - 1 : sign();
  }
  constexpr unsigned largest() const {
    if (rule == specials::ieee) return infinity() - 1;
    return rule == specials::nan ? sign() - 2 : sign() - 1;
  }
};

namespace detail {
/// A double that rounds to narrower formats as x does: what 53 bits cannot hold is kept as a last
/// bit.
template <std::integral I>
constexpr double nearly(I x) {
  if constexpr (sizeof(I) < 8) {
    return x;
  } else {
    const bool minus = x < 0;
    auto m = static_cast<std::uint64_t>(x);
    if (minus) m = 0 - m;
    double r = 0;
    if (m >> 53 == 0)
      r = static_cast<double>(m);
    else
      r = static_cast<double>(m >> 11 | ((m & 2047) != 0)) * 2048;
    return minus ? -r : r;
  }
}

/// The number that a pattern means. Exact.
TENON_INLINE constexpr float decode_float(unsigned bits, const float_format& f) {
  const int up = 23 - f.mantissa;
  const std::uint32_t magnitude = bits & (f.sign() - 1u);
  const std::uint32_t sign = (bits & f.sign()) != 0 ? 1u << 31 : 0;
  if (f.exponent == 8 && f.rule == specials::ieee) return std::bit_cast<float>(sign | magnitude << up);  // the upper half of a float
  if (f.rule == specials::uz && bits == f.nan()) return std::bit_cast<float>(0x7fc00000u);
  if (f.rule == specials::nan && magnitude == f.nan()) return std::bit_cast<float>(sign | 0x7fc00000u);
  if (f.rule == specials::ieee && magnitude >= f.infinity()) return std::bit_cast<float>(sign | 0x7f800000u | magnitude << up);
  if (magnitude >> f.mantissa == 0) {
    const auto unit = std::bit_cast<float>(static_cast<std::uint32_t>(128 - f.bias - f.mantissa) << 23);
    const float x = static_cast<float>(magnitude) * unit;
    return sign != 0 ? -x : x;
  }
  return std::bit_cast<float>(sign | ((magnitude << up) + (static_cast<std::uint32_t>(127 - f.bias) << 23)));
}
/// The pattern of a number, rounded to nearest even.
TENON_INLINE constexpr unsigned encode_float(double x, bool saturate, const float_format& f) {
  const auto raw = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t magnitude = raw & ~std::uint64_t{0} >> 1;
  const unsigned sign = raw >> 63 != 0 ? f.sign() : 0;
  if (magnitude > std::uint64_t{0x7ff} << 52) return f.nan() | sign;

  // `t` is the number with the target's exponent and all 52 mantissa bits, of which `drop` go.
  // Rounding carries into the exponent by itself.
  constexpr std::uint64_t one = std::uint64_t{1} << 52;
  const int exponent = static_cast<int>(magnitude >> 52) - 1023 + f.bias;
  int drop = 52 - f.mantissa;
  std::uint64_t t = magnitude & (one - 1);
  if (exponent > 0) {
    t |= static_cast<std::uint64_t>(exponent) << 52;
  } else {
    t |= one;  // subnormal there: the leading one becomes explicit
    drop += 1 - exponent;
    if (drop > 62) drop = 62;
  }
  t = (t + (std::uint64_t{1} << (drop - 1)) - 1 + (t >> drop & 1)) >> drop;

  if (t > f.largest()) {
    if (saturate || f.rule == specials::finite) t = f.largest();
    else if (f.rule == specials::ieee) t = f.infinity();
    else t = f.nan();
  }
  if (f.rule == specials::uz && t == 0) return 0;
  return static_cast<unsigned>(t) | sign;
}
// Formats of a byte share these two: they are many, and seldom what a program waits for.
[[gnu::noinline]] constexpr float decode_byte(unsigned bits, const float_format& f) { return decode_float(bits, f); }
[[gnu::noinline]] constexpr unsigned encode_byte(double x, bool saturate, const float_format& f) { return encode_float(x, saturate, f); }
}  // namespace detail

/// A number in one of the formats below; `bits` is its pattern in the low bits. Comparison and
/// arithmetic are those of the float it converts to.
template <float_format F>
struct small_float {
  using bits_type = std::conditional_t<(F.exponent + F.mantissa > 7), std::uint16_t, std::uint8_t>;
  static constexpr float_format format = F;

  bits_type bits;

  small_float() = default;
  /// Rounds once, to nearest even; what is too large becomes infinite, or the largest finite number
  /// in the formats that saturate (ONNX Cast's default), or else NaN. NaN keeps its sign only.
  constexpr explicit small_float(double x) : bits(encode(x, F.saturates)) {}
  /// Rounds once from 64-bit integers, too.
  template <std::integral I>
  constexpr explicit small_float(I x) : small_float(detail::nearly(x)) {}
  /// ONNX Cast with its attribute `saturate`.
  static constexpr small_float from(double x, bool saturate) {
    return from_bits(encode(x, saturate));
  }
  static constexpr small_float from_bits(bits_type b) {
    small_float r{};
    r.bits = b;
    return r;
  }

  /// Exact.
  constexpr operator float() const {
    if constexpr (sizeof(bits_type) > 1) return detail::decode_float(bits, F);
    else return detail::decode_byte(bits, format);
  }

 private:
  static constexpr bits_type encode(double x, bool saturate) {
    if constexpr (sizeof(bits_type) > 1) return static_cast<bits_type>(detail::encode_float(x, saturate, F));
    else return static_cast<bits_type>(detail::encode_byte(x, saturate, format));
  }
};

using f16 = small_float<float_format{5, 10, 15, specials::ieee, false}>;
using bf16 = small_float<float_format{8, 7, 127, specials::ieee, false}>;
using f8e4m3fn = small_float<float_format{4, 3, 7, specials::nan, true}>;
using f8e4m3fnuz = small_float<float_format{4, 3, 8, specials::uz, true}>;
using f8e5m2 = small_float<float_format{5, 2, 15, specials::ieee, true}>;
using f8e5m2fnuz = small_float<float_format{5, 2, 16, specials::uz, true}>;
using f6e2m3 = small_float<float_format{2, 3, 1, specials::finite, true}>;
using f6e3m2 = small_float<float_format{3, 2, 3, specials::finite, true}>;
using f4e2m1 = small_float<float_format{2, 1, 1, specials::finite, true}>;

/// ONNX Cast's `round_mode` to f8e8m0: away from zero, towards it, to nearest with ties up.
enum class round_mode : std::uint8_t { up, down, nearest };

/// A power of two from 2^-127 to 2^127, or NaN (0xff): the scale of microscaling formats.
struct f8e8m0 {
  std::uint8_t bits;

  f8e8m0() = default;
  /// ONNX Cast's defaults: up, saturating. Zero becomes the smallest number, what is negative NaN.
  constexpr explicit f8e8m0(double x) : f8e8m0(from(x, true)) {}
  template <std::integral I>
  constexpr explicit f8e8m0(I x) : f8e8m0(detail::nearly(x)) {}
  /// ONNX Cast with its attributes. Without saturation zero and what is out of range become NaN.
  static constexpr f8e8m0 from(double x, bool saturate, round_mode mode = round_mode::up) {
    constexpr unsigned nan = 0xff, largest = 0xfe;
    const auto raw = std::bit_cast<std::uint64_t>(x);
    if (x != x || x < 0) return from_bits(nan);
    if (!(x >= 0x1p-127)) return from_bits(saturate ? 0 : nan);
    auto exponent = static_cast<unsigned>(raw >> 52) - 1023 + 127;
    const std::uint64_t fraction = raw << 12, half = std::uint64_t{1} << 63;
    if (mode == round_mode::up) exponent += fraction != 0;
    if (mode == round_mode::nearest) exponent += fraction >= half;
    if (exponent > largest) exponent = saturate ? largest : nan;
    return from_bits(static_cast<std::uint8_t>(exponent));
  }
  static constexpr f8e8m0 from_bits(std::uint8_t b) {
    f8e8m0 r{};
    r.bits = b;
    return r;
  }
  /// Exact.
  constexpr operator float() const {
    if (bits == 0xff) return std::bit_cast<float>(0x7fc00000u);
    return std::bit_cast<float>(bits == 0 ? 0x00400000u : std::uint32_t{bits} << 23);
  }
};

/// An integer of a few bits in a byte of its own, sign or zero extended; arithmetic is int's.
template <int Bits, bool Signed>
struct small_int {
  using value_type = std::conditional_t<Signed, std::int8_t, std::uint8_t>;
  static constexpr int width = Bits;

  value_type value;

  small_int() = default;
  /// Modulo 2^Bits, as ONNX's Cast.
  template <std::integral I>
  constexpr explicit small_int(I x) : value(wrap(static_cast<unsigned>(x))) {}
  /// Towards zero, then modulo 2^Bits (of which numbers from 2^63 are multiples); NaN becomes 0.
  constexpr explicit small_int(double x)
      : value(x > -0x1p63 && x < 0x1p63 ? wrap(static_cast<unsigned>(static_cast<std::int64_t>(x)))
                                        : value_type{0}) {}

  constexpr operator int() const { return value; }

 private:
  static constexpr value_type wrap(unsigned x) {
    constexpr unsigned size = 1u << Bits;
    x &= size - 1;
    if (Signed && x >= size / 2) x -= size;
    return static_cast<value_type>(x);
  }
};

using i4 = small_int<4, true>;
using u4 = small_int<4, false>;
using i2 = small_int<2, true>;
using u2 = small_int<2, false>;

}  // namespace tenon::inline TENON_BUILD
