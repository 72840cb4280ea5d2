#include "tenon/core/parse_double.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "doctest.hpp"
#include "tenon/core/random.hpp"

using tenon::parse_double;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What the C library reads.
bool agrees(const std::string& s) {
  const auto x = parse_double(s);
  return x && std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(std::strtod(s.c_str(), nullptr));
}

}  // namespace

TEST_CASE("decimal numbers become the nearest double") {
  CHECK(parse_double("0.1") == 0.1);
  CHECK(parse_double("-12.5e1") == -125.0);
  CHECK(parse_double(".5") == 0.5);
  CHECK(parse_double("5.") == 5.0);
  CHECK(parse_double("+1E+2") == 100.0);
  CHECK(std::signbit(*parse_double("-0")));
  CHECK(parse_double("9007199254740993") == 9007199254740992.0);       // half way: to even
  CHECK(parse_double("9007199254740993.00000000000000000000001") == 9007199254740994.0);
  CHECK(parse_double("9007199254740995") == 9007199254740996.0);
  CHECK(parse_double("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(parse_double("1.7976931348623158e308") == std::numeric_limits<double>::max());
  CHECK(parse_double("1.7976931348623159e308") == infinity);
  CHECK(parse_double("1e309") == infinity);
  CHECK(parse_double("-1e999999999999") == -infinity);
  CHECK(parse_double("4.9e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(parse_double("2.5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(parse_double("2.4e-324") == 0.0);
  CHECK(parse_double("1e-999999999999") == 0.0);
  CHECK(parse_double("0e999999999999") == 0.0);
  CHECK(parse_double("2.2250738585072011e-308") == 0x0.fffffffffffffp-1022);
  CHECK(parse_double("2.2250738585072014e-308") == 0x1p-1022);
}

TEST_CASE("half way between two doubles, hundreds of digits decide") {
  // 1 + 2^-53, and the least number that is nearer to 1 + 2^-52.
  const std::string half = "1.00000000000000011102230246251565404236316680908203125";
  CHECK(parse_double(half) == 1.0);
  CHECK(parse_double(half + std::string(600, '0')) == 1.0);
  CHECK(parse_double(half + std::string(600, '0') + "1") == 1 + 0x1p-52);
  CHECK(parse_double(half + std::string(2000, '0') + "1") == 1 + 0x1p-52);
  CHECK(parse_double("0." + std::string(2000, '0') + "1e2001") == 1.0);
  CHECK(parse_double("1" + std::string(2000, '0') + "e-2000") == 1.0);
}

TEST_CASE("what is no number is not read") {
  for (const char* s : {"", "-", ".", "e5", "1e", "1e+", "1 ", " 1", "1..2", "0x1", "nan", "inf", "1,5", "1e5.", "--1"}) {
    CAPTURE(s);
    CHECK(!parse_double(s));
  }
}

TEST_CASE("random doubles come back from their digits, random digits are read as the C library does") {
  const tenon::random r{7, 1};
  unsigned lost = 0, other = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double x = std::bit_cast<double>(r.word64(i));
    if (x - x != 0) continue;
    lost += parse_double(tenon::scientific(x, tenon::binary64, {}, tenon::zeros::none)) != x;
    const auto b = r.word64(i + 100'000);
    other += !agrees(std::to_string(b) + "." + std::to_string(r.word64(i + 200'000)) + "e" +
                     std::to_string(static_cast<int>(b % 700) - 350));
  }
  CHECK(lost == 0);
  CHECK(other == 0);
}
