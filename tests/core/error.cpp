#include "tenon/core/error.hpp"

#include <cstdint>
#include <limits>

#include "doctest.hpp"
#include "tenon/core/shape.hpp"

using tenon::code;

TEST_CASE("messages are joined from texts, numbers and dimensions") {
  const std::string name = "fc1";
  const tenon::shape a{2, 3}, b{4, -1}, none;
  CHECK(tenon::join({"MatMul '", name, "': inner dimensions differ: ", a, " x ", b, none}) ==
        "MatMul 'fc1': inner dimensions differ: [2,3] x [4,?][]");
  CHECK(tenon::join({}) == "");
  CHECK(tenon::join({0, " ", -1, " ", std::numeric_limits<std::int64_t>::min()}) ==
        "0 -1 -9223372036854775808");
  CHECK(tenon::join({std::uint64_t{18446744073709551615u}, " ", std::uint32_t{7}, " ",
                     std::size_t{9}, " ", std::int8_t{-3}, " ", std::uint8_t{200}, " ", 5L, " ",
                     6ULL}) == "18446744073709551615 7 9 -3 200 5 6");
  CHECK(tenon::join({0.5, " ", 1e-3f, " ", std::string_view("view")}) == "0.5 0.00100000005 view");
}

TEST_CASE("a result carries a code and a sentence, and words in front of it") {
  const tenon::result<int> r = tenon::fail(code::limit, {"at most ", 3});
  REQUIRE(!r.has_value());
  CHECK(r.error().what == code::limit);
  CHECK(r.error().message == "at most 3");
  const tenon::status s = tenon::wrap(r.error(), {"model.onnx: node ", 7, ": "});
  REQUIRE(!s.has_value());
  CHECK(s.error().what == code::limit);
  CHECK(s.error().message == "model.onnx: node 7: at most 3");
}

TEST_CASE("value_or_raise gives the value") {
  CHECK(tenon::value_or_raise(tenon::result<int>(3)) == 3);
  tenon::value_or_raise(tenon::status{});
  CHECK(tenon::value_or_raise(tenon::result<std::string>("text")) == "text");
}

#ifdef __cpp_exceptions
TEST_CASE("raise throws where exceptions are on") {
  CHECK_THROWS_WITH(tenon::value_or_raise(tenon::result<int>(tenon::fail(code::io, {"no ", 1}))),
                    "no 1");
}
#endif
