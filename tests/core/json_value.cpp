#include "tenon/core/json_value.hpp"

#include <limits>

#include "doctest.hpp"

using tenon::json, tenon::write_json;

TEST_CASE("values say what they are") {
  const json n = 42, x = 2.0, half = 0.5, big = std::numeric_limits<std::uint64_t>::max();
  CHECK(n.integer() == 42);
  CHECK(n.number() == 42.0);
  CHECK(!n.is_real());
  CHECK(x.integer() == 2);
  CHECK(x.is_real());
  CHECK(!half.integer());
  CHECK(!big.integer());
  CHECK(big.natural() == std::numeric_limits<std::uint64_t>::max());
  CHECK(!big.is_real());
  CHECK(big.number() == 0x1p64);
  CHECK(big.kind() == "a number");
  CHECK(n.natural() == 42u);
  CHECK(json(0x1p63).natural() == std::uint64_t{1} << 63);
  for (const json& none : {json(-1), half, json(0x1p64), json(-0x1p63), json("1")}) CHECK(!none.natural());
  CHECK(!json(-0x1.8p63).integer());
  CHECK(json(-0x1p63).integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(!json("42").number());
  CHECK(*json(true).boolean());
  CHECK(json().is_null());
  CHECK(json(0.1f).number() == 0.1);
  CHECK(json(json::list{1, "a"}).items()->size() == 2);
  const json o = json::object{{"a", 1}, {"b", nullptr}};
  CHECK(o.find("a")->integer() == 1);
  CHECK(o.find("b")->is_null());
  CHECK(o.find("c") == nullptr);
  CHECK(n.find("a") == nullptr);
  CHECK(o.kind() == "an object");
  CHECK(json(1.5).kind() == "a number");
}

TEST_CASE("an error about a value begins with its place, where it has one") {
  json v = 3;
  CHECK(v.wrong({"is ", 3}).error().message == "is 3");
  v.at = {2, 7};
  CHECK(v.wrong({"is ", 3}).error().message == "line 2, column 7: is 3");
}

TEST_CASE("numbers are written with the fewest digits") {
  const auto text = [](auto x) { return write_json(x); };
  CHECK(text(1.0) == "1.0");
  CHECK(text(0.1) == "0.1");
  CHECK(text(0.1f) == "0.1");
  CHECK(text(-0.0) == "-0.0");
  CHECK(text(1e15) == "1000000000000000.0");
  CHECK(text(1e16) == "1e+16");
  CHECK(text(1.25e-7) == "1.25e-7");
  CHECK(text(5e-324) == "5e-324");
  CHECK(text(std::numeric_limits<float>::max()) == "3.4028235e+38");
  CHECK(text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text(std::numeric_limits<double>::infinity()) == "null");
  CHECK(text(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("texts are escaped, and made UTF-8") {
  CHECK(write_json("a\"b\\c\n\t\x1f\x7f\xc3\xa4") == R"("a\"b\\c\n\t\u001f\u007f)" "\xc3\xa4\"");
  CHECK(write_json("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(write_json(std::string("a\0b", 3)) == R"("a\u0000b")");
}

TEST_CASE("in one line, or for people") {
  const json v = json::object{{"name", "x"}, {"sizes", json::list{1, 2}}, {"none", json::list{}}, {"empty", json::object{}},
                              {"deep", json::list{json::list{1}, json::object{{"a", true}}}}};
  CHECK(write_json(v) == R"({"name":"x","sizes":[1,2],"none":[],"empty":{},"deep":[[1],{"a":true}]})");
  CHECK(write_json(v, 2) == R"({
  "name": "x",
  "sizes": [1, 2],
  "none": [],
  "empty": {},
  "deep": [
    [1],
    {
      "a": true
    }
  ]
})");
}
