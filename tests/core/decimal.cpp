#include "tenon/core/decimal.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>

#include "doctest.hpp"
#include "tenon/core/number.hpp"
#include "tenon/core/random.hpp"

namespace tests::decimal {

using tenon::positional;
using tenon::scientific;
using tenon::zeros;
constexpr auto f64 = tenon::binary64, f32 = tenon::binary32, f16 = tenon::binary16;

namespace {

std::string shortest(double x, tenon::binary_format format = f64) {
  return scientific(x, format, {}, zeros::none);
}
double magnitude(std::uint64_t bits) {
  return std::bit_cast<double>(bits & ~std::uint64_t{0} >> 1);
}

}  // namespace

TEST_CASE("the fewest digits that mean the number") {
  CHECK(shortest(0.1) == "1e-01");
  CHECK(shortest(0.1f) == "1.0000000149011612e-01");
  CHECK(shortest(0.1f, f32) == "1e-01");
  CHECK(shortest(0.3) == "3e-01");
  CHECK(shortest(0.1 + 0.2) == "3.0000000000000004e-01");
  CHECK(shortest(1e23) == "1e+23");
  CHECK(shortest(9007199254740993.0) == "9.007199254740992e+15");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(shortest(2.2250738585072014e-308) == "2.2250738585072014e-308");
  CHECK(shortest(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(shortest(std::numeric_limits<float>::max(), f32) == "3.4028235e+38");
  CHECK(shortest(static_cast<double>(std::numeric_limits<float>::denorm_min()), f32) == "1e-45");
  CHECK(shortest(0x1p-44) == "5.684341886080802e-14");
  CHECK(shortest(65504, f16) == "6.55e+04");
  CHECK(shortest(0x1p-24, f16) == "6e-08");
  CHECK(shortest(float{tenon::bf16(3.14159)}, tenon::bfloat16_format) == "3.14e+00");
  CHECK(shortest(0) == "0e+00");
  CHECK(shortest(-0.0) == "-0e+00");
  CHECK(shortest(-2.5) == "-2.5e+00");
}

TEST_CASE("doubles come back from their digits, and one digit fewer does not do") {
  const tenon::random r{3, 1};
  unsigned lost = 0, longer = 0;
  const auto check = [&](double x) {
    const std::string s = shortest(x);
    lost += std::strtod(s.c_str(), nullptr) != x;
    const auto e = s.find('e');
    const int digits = static_cast<int>(e == 1 ? 1 : e - 1);
    if (digits == 1) return;
    char fewer[40];
    std::snprintf(fewer, sizeof fewer, "%.*e", digits - 2, x);
    longer += std::strtod(fewer, nullptr) == x;
  };
  for (std::uint64_t i = 0; i < 3000; ++i)
    if (const double x = magnitude(r.word64(i)); x - x == 0) check(x);
  for (int e = 1; e < 0x7ff; ++e) check(magnitude(static_cast<std::uint64_t>(e) << 52));
  for (std::uint64_t i = 1; i < 200; ++i) check(magnitude(i));
  CHECK(lost == 0);
  CHECK(longer == 0);
}

TEST_CASE("every float16 and bfloat16 comes back from its digits") {
  unsigned lost = 0;
  for (unsigned b = 1; b < 0x7c00; ++b) {
    const float x = tenon::f16::from_bits(static_cast<std::uint16_t>(b));
    lost += tenon::f16(std::strtod(shortest(x, f16).c_str(), nullptr)).bits != b;
  }
  for (unsigned b = 1; b < 0x7f80; b += 3) {
    const float x = tenon::bf16::from_bits(static_cast<std::uint16_t>(b));
    lost +=
        tenon::bf16(std::strtod(shortest(x, tenon::bfloat16_format).c_str(), nullptr)).bits != b;
  }
  CHECK(lost == 0);
}

TEST_CASE("limits round the exact value, as printf does") {
  const tenon::random r{4};
  unsigned differ = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double x = magnitude(r.word64(2 * i));
    if (x - x != 0) continue;
    const int digits = 1 + static_cast<int>(r.below(17, 2 * i + 1));
    char want[400];
    std::snprintf(want, sizeof want, "%.*e", digits, x);
    differ += scientific(x, f64, {digits, digits}, zeros::keep) != want;
    const double y = (r.uniform64(i) - 0.5) * 1e6;
    std::snprintf(want, sizeof want, "%.*f", digits, y);
    differ += positional(y, f64, {digits, digits}, zeros::keep) != want;
  }
  CHECK(differ == 0);
}

TEST_CASE("positions, signs and zeros") {
  CHECK(positional(1, f64, {}, zeros::point) == "1.");
  CHECK(positional(1, f64, {}, zeros::one) == "1.0");
  CHECK(positional(1, f64, {}, zeros::none) == "1");
  CHECK(positional(-0.0, f64, {}, zeros::point) == "-0.");
  CHECK(positional(1.5, f64, {8, 3}, zeros::keep) == "1.500");
  CHECK(positional(1e22, f64, {}, zeros::one) == "10000000000000000000000.0");
  CHECK(positional(0.00123, f64, {}, zeros::point) == "0.00123");
  CHECK(positional(0.00123, f64, {4}, zeros::point) == "0.0012");
  CHECK(positional(0.006, f64, {2}, zeros::point) == "0.01");
  CHECK(positional(0.005, f64, {2}, zeros::point) == "0.01");  // a little more than it looks
  CHECK(positional(0.5, f64, {0}, zeros::point) == "0.");      // halfway: to even
  CHECK(positional(0.004, f64, {2}, zeros::point) == "0.");
  CHECK(positional(9.999, f64, {2}, zeros::point) == "10.");
  CHECK(positional(99.5, f64, {0}, zeros::point) == "100.");
  CHECK(scientific(9.99e99, f64, {1}, zeros::point) == "1.e+100");
  CHECK(scientific(1.5e5, f64, {}, zeros::none, 3) == "1.5e+005");
}

}  // namespace tests::decimal
