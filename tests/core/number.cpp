#include "tenon/core/number.hpp"

#include <bit>
#include <limits>

#include "doctest.hpp"
#include "reference/small_float.hpp"

namespace tests::numbers {

namespace {

using namespace tenon;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double NaN = std::numeric_limits<double>::quiet_NaN();

// Usable wherever bytes are, and in constant expressions.
static_assert(sizeof(f16) == 2 && sizeof(bf16) == 2 && sizeof(f8e4m3fn) == 1 &&
              sizeof(f4e2m1) == 1);
static_assert(sizeof(f8e8m0) == 1 && sizeof(i4) == 1 && sizeof(u2) == 1);
static_assert(std::is_trivially_copyable_v<f16> && std::is_trivially_default_constructible_v<f16>);
static_assert(std::is_trivially_copyable_v<i4> && std::is_trivially_default_constructible_v<i4>);
static_assert(f16(1).bits == 0x3c00 && bf16(-2.0).bits == 0xc000 && int{i4(9)} == -7);
static_assert(f16(0.5f) == 0.5f && f16(-0.0) == f16(0.0) && !(f16(NaN) == f16(NaN)));
static_assert(std::is_convertible_v<f16, float> && !std::is_convertible_v<float, f16>);

template <class T>
reference::small_float::format format() {
  constexpr float_format f = T::format;
  return {f.exponent, f.mantissa, f.bias, f.largest()};
}

// Counts, so that a failure is one line and not thousands.
template <class T>
unsigned wrong_decodings() {
  unsigned wrong = 0;
  for (const auto& [value, bits] : reference::small_float::table(format<T>())) {
    const auto b = static_cast<T::bits_type>(bits);
    const float x = T::from_bits(b);
    wrong += x != value || std::signbit(x);
    const float y = T::from_bits(static_cast<T::bits_type>(b | T::format.sign()));
    if (T::format.rule == specials::uz && bits == 0) continue;
    wrong += y != -value || !std::signbit(y);
  }
  return wrong;
}

/// Every value, every halfway point, and the doubles and floats on both sides of it, with both
/// signs.
template <class T>
unsigned wrong_encodings() {
  const auto t = reference::small_float::table(format<T>());
  unsigned wrong = 0;
  const auto check = [&](double x) {
    for (double sign : {1.0, -1.0}) {
      unsigned want = reference::small_float::nearest(t, x);
      const bool too_large = want > T::format.largest();
      unsigned saturated = too_large ? T::format.largest() : want;
      if (too_large)
        want = T::format.rule == specials::ieee     ? T::format.infinity()
               : T::format.rule == specials::finite ? T::format.largest()
                                                    : T::format.nan();
      const bool nan_only = T::format.rule == specials::uz;
      if (sign < 0 && !(nan_only && (want == 0 || too_large))) want |= T::format.sign();
      if (sign < 0 && !(nan_only && saturated == 0)) saturated |= T::format.sign();
      wrong += T::from(sign * x, false).bits != want;
      wrong += T::from(sign * x, true).bits != saturated;
      wrong += T(sign * x).bits != (T::format.saturates ? saturated : want);
    }
  };
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double x = t[i].value;
    const double next = i + 1 < t.size() ? t[i + 1].value : x + (x - t[i - 1].value);
    const double middle = x + (next - x) / 2;
    check(x);
    check(std::nextafter(x, inf));
    check(middle);
    check(std::nextafter(middle, 0.0));
    check(std::nextafter(middle, inf));
    check(static_cast<double>(std::nextafter(static_cast<float>(middle), 0.0f)));
    if (middle < 3e38)
      check(static_cast<double>(std::nextafter(static_cast<float>(middle), 1e38f)));
  }
  for (double x : {1e-320, 5e-324, 1e300, 3e38, 1.7976931348623157e308}) check(x);
  return wrong;
}

}  // namespace

TEST_CASE_TEMPLATE("every value of a small float is decoded and encoded as defined", T, f16, bf16,
                   f8e4m3fn, f8e4m3fnuz, f8e5m2, f8e5m2fnuz, f6e2m3, f6e3m2, f4e2m1) {
  CHECK(wrong_decodings<T>() == 0);
  CHECK(wrong_encodings<T>() == 0);
}

TEST_CASE_TEMPLATE("16-bit patterns survive the way through float", T, f16, bf16) {
  unsigned wrong = 0, nans = 0;
  for (unsigned b = 0; b < 65536; ++b) {
    const T x = T::from_bits(static_cast<std::uint16_t>(b));
    const float f = x;
    const bool is_nan = (b & 0x7fff) > T::format.infinity();
    nans += is_nan;
    wrong += is_nan != (f != f);
    wrong += T(f).bits != (is_nan ? T::format.nan() | (b & 0x8000) : b);
  }
  CHECK(wrong == 0);
  CHECK(nans == 2 * (T::format.infinity() ^ 0x7fff));
}

TEST_CASE("infinities and NaN become what ONNX's Cast says") {
  CHECK(f16(inf).bits == 0x7c00);
  CHECK(f16(-inf).bits == 0xfc00);
  CHECK(f16(NaN).bits == 0x7e00);
  CHECK(bf16(inf).bits == 0x7f80);
  CHECK(bf16(-NaN).bits == 0xffc0);
  CHECK(f16(65519.9).bits == 0x7bff);
  CHECK(f16(65520.0).bits == 0x7c00);
  // saturate = 1
  CHECK(float{f8e4m3fn(inf)} == 448);
  CHECK(float{f8e4m3fnuz(-inf)} == -240);
  CHECK(float{f8e5m2(inf)} == 57344);
  CHECK(float{f8e5m2fnuz(1e30)} == 57344);
  CHECK(float{f4e2m1(-inf)} == -6);
  CHECK(float{f6e2m3(inf)} == 7.5f);
  CHECK(float{f6e3m2(-1e9)} == -28);
  // saturate = 0
  CHECK(f8e4m3fn::from(inf, false).bits == 0x7f);
  CHECK(f8e4m3fn::from(-inf, false).bits == 0xff);
  CHECK(f8e4m3fn::from(464, false).bits == 0x7e);
  CHECK(f8e4m3fn::from(465, false).bits == 0x7f);
  CHECK(f8e4m3fnuz::from(inf, false).bits == 0x80);
  CHECK(f8e5m2::from(-inf, false).bits == 0xfc);
  CHECK(f8e5m2::from(1e9, false).bits == 0x7c);
  CHECK(f8e5m2fnuz::from(-1e9, false).bits == 0x80);
  for (bool saturate : {false, true}) {
    CHECK(f8e4m3fn::from(NaN, saturate).bits == 0x7f);
    CHECK(f8e4m3fnuz::from(NaN, saturate).bits == 0x80);
    CHECK(f8e5m2::from(NaN, saturate).bits == 0x7e);
    CHECK(f8e5m2fnuz::from(NaN, saturate).bits == 0x80);
  }
  CHECK(f8e4m3fnuz(-0.0).bits == 0);
  CHECK(f8e5m2fnuz(-1e-30).bits == 0);
  CHECK(f8e4m3fn(-0.0).bits == 0x80);
  CHECK(f4e2m1(NaN).bits == 8);
  CHECK(f6e2m3(NaN).bits == 32);
}

TEST_CASE("patterns of infinity and NaN are read back") {
  CHECK(float{f16::from_bits(0xfc00)} == -inf);
  CHECK(float{bf16::from_bits(0x7f80)} == inf);
  CHECK(float{f8e5m2::from_bits(0x7c)} == inf);
  unsigned nans = 0;
  for (unsigned b = 0; b < 256; ++b) {
    const auto u = static_cast<std::uint8_t>(b);
    const float all[] = {f8e4m3fn::from_bits(u), f8e4m3fnuz::from_bits(u), f8e5m2::from_bits(u),
                         f8e5m2fnuz::from_bits(u), f8e8m0::from_bits(u)};
    for (float x : all) nans += x != x;
  }
  CHECK(nans == 2 + 1 + 6 + 1 + 1);
}

TEST_CASE("integers round once") {
  // 2^60 + 2^52 is halfway between two bfloat16, and one more is not; a double cannot tell.
  const std::int64_t tie = (std::int64_t{1} << 60) + (std::int64_t{1} << 52);
  CHECK(float{bf16(tie)} == 0x1p60f);
  CHECK(float{bf16(tie + 1)} == 0x1.02p60f);
  CHECK(float{bf16(-tie - 1)} == -0x1.02p60f);
  CHECK(float{bf16(std::uint64_t{0} - 1)} == 0x1p64f);
  CHECK(float{bf16(std::numeric_limits<std::int64_t>::min())} == -0x1p63f);
  CHECK(float{f16(-7)} == -7);
  CHECK(float{f16(true)} == 1);
  CHECK(f16(std::int64_t{65520}).bits == 0x7c00);
  CHECK(float{f16(bf16(1.5))} == 1.5f);
}

TEST_CASE("doubles round once") {
  // Halfway between two float16 plus what a float drops.
  CHECK(f16(1 + 0x1p-11).bits == 0x3c00);
  CHECK(f16(1 + 0x1p-11 + 0x1p-40).bits == 0x3c01);
  CHECK(bf16(1 + 0x1p-8 + 0x1p-50).bits == 0x3f81);
}

TEST_CASE("f8e8m0 holds powers of two, rounded as its attributes say") {
  for (unsigned b = 0; b < 255; ++b) {
    const float x = f8e8m0::from_bits(static_cast<std::uint8_t>(b));
    CHECK(x == std::ldexp(1.0f, static_cast<int>(b) - 127));
    CHECK(f8e8m0(x).bits == b);
  }
  const auto up = round_mode::up, down = round_mode::down, near = round_mode::nearest;
  CHECK(f8e8m0(5.0).bits == 130);
  CHECK(f8e8m0::from(5, true, down).bits == 129);
  CHECK(f8e8m0::from(5, true, near).bits == 129);
  CHECK(f8e8m0::from(6, true, near).bits == 130);  // halfway
  CHECK(f8e8m0::from(5.99, true, near).bits == 129);
  CHECK(f8e8m0::from(4 + 1e-15, true, up).bits == 130);
  for (round_mode mode : {up, down, near}) {
    CHECK(f8e8m0::from(0, true, mode).bits == 0);
    CHECK(f8e8m0::from(0, false, mode).bits == 255);
    CHECK(f8e8m0::from(1e-40, true, mode).bits == 0);
    CHECK(f8e8m0::from(1e-40, false, mode).bits == 255);
    CHECK(f8e8m0::from(inf, true, mode).bits == 254);
    CHECK(f8e8m0::from(inf, false, mode).bits == 255);
    CHECK(f8e8m0::from(1e300, true, mode).bits == 254);
    CHECK(f8e8m0::from(NaN, true, mode).bits == 255);
    CHECK(f8e8m0::from(-1, true, mode).bits == 255);
  }
  CHECK(f8e8m0::from(0x1.1p127, false, up).bits == 255);
  CHECK(f8e8m0::from(0x1.1p127, false, near).bits == 254);
  CHECK(f8e8m0(3).bits == 129);
}

TEST_CASE("small integers wrap") {
  for (int x = -300; x <= 300; ++x) {
    const unsigned u = static_cast<unsigned>(x);
    CHECK(int{u4(x)} == static_cast<int>(u & 15));
    CHECK(int{i4(x)} == (static_cast<int>(u & 15) ^ 8) - 8);
    CHECK(int{u2(x)} == static_cast<int>(u & 3));
    CHECK(int{i2(x)} == (static_cast<int>(u & 3) ^ 2) - 2);
  }
  CHECK(int{i4(std::int64_t{0x7ffffffffffffff9})} == -7);
  CHECK(int{i4(-2.9)} == -2);
  CHECK(int{u4(17.9f)} == 1);
  CHECK(int{i4(NaN)} == 0);
  CHECK(int{i4(1e300)} == 0);
  CHECK(int{u4(-inf)} == 0);
  CHECK(int{u4(i4(-1))} == 15);
  CHECK(i4(3) < i4(4));
}

}  // namespace tests::numbers
