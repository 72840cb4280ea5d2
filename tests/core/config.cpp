#include "tenon/core/config.hpp"

#include <string_view>

#include "doctest.hpp"

namespace tenon::inline TENON_BUILD {
struct marker {};
}  // namespace tenon::inline TENON_BUILD

TEST_CASE("names live in an inline namespace of the kind of build") {
  using inside = tenon::TENON_BUILD::marker;
  CHECK(std::is_same_v<inside, tenon::marker>);
  CHECK(std::string_view(TENON_VERSION).size() >= 5);
}

TEST_CASE("a product and a sum are two roundings") {
  // (1 + e)(1 - e) - 1 is 0 in two roundings and -e*e in one.
  volatile float e = 0x1p-13f, minus_one = -1;
  const float a = 1 + e, b = 1 - e, c = minus_one;
  CHECK(a * b + c == 0.0f);
}
