#include "tenon/core/json.hpp"

#include <cmath>

#include "doctest.hpp"

using tenon::json, tenon::try_parse_json, tenon::write_json;

namespace {

json parsed(std::string_view text) {
  auto v = try_parse_json(text);
  if (v.has_value()) return *v;
  FAIL_CHECK(v.error().message);
  return nullptr;
}
std::string fault(std::string_view text) {
  const auto v = try_parse_json(text);
  return v.has_value() ? "is read as " + write_json(*v) : v.error().message;
}

}  // namespace

TEST_CASE("what is written comes back") {
  for (const char* text : {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808",
                           "9223372036854775808", "18446744073709551615", "0.5", "-0.0",
                           "1e+300", "\"\"", "\"a\"", "[]", "{}", "[1,[2,[3]],{\"a\":{\"b\":[]}}]",
                           "{\"b\":1,\"a\":2,\"\":3}", "[0.1,5e-324,1.7976931348623157e+308]"}) {
    CAPTURE(text);
    CHECK(write_json(parsed(text)) == text);
  }
}

TEST_CASE("integers of 64 bits are exact, others are rounded to nearest") {
  CHECK(parsed("9007199254740993").integer() == 9007199254740993);
  CHECK(!parsed("9223372036854775808").integer());
  CHECK(parsed("9223372036854775808").number() == 0x1p63);
  CHECK(parsed("18446744073709551615").natural() == UINT64_MAX);
  CHECK(parsed("-9223372036854775809").is_real());
  CHECK(parsed("18446744073709551616").is_real());
  CHECK(parsed("1e2").integer() == 100);
  CHECK(std::signbit(*parsed("-0").number()));
  CHECK(parsed("0.30000000000000004").number() == 0.1 + 0.2);
}

TEST_CASE("spaces, escapes and characters of every kind") {
  CHECK(write_json(parsed(" \t\r\n[ 1 ,\n2 ] ")) == "[1,2]");
  CHECK(write_json(parsed("\xef\xbb\xbf[]")) == "[]");
  CHECK(*parsed(R"("\"\\\/\b\f\n\r\t")").text() == "\"\\/\b\f\n\r\t");
  CHECK(*parsed(R"("\u0041\u00e4\u20AC\ud83d\ude00\u0000.")").text() == std::string("A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\0.", 12));
  CHECK(*parsed("\"\xc3\xa4\xf0\x9f\x98\x80\"").text() == "\xc3\xa4\xf0\x9f\x98\x80");
}

TEST_CASE("values and keys know where they stood, in characters") {
  const json v = parsed("{\n  \"\xc3\xa4\": [1,\n 22, {\"b\": null}]}");
  const auto& member = v.members()->at(0);
  CHECK(v.at.text() == "line 1, column 1");
  CHECK(member.at.text() == "line 2, column 3");
  CHECK(member.value.at.text() == "line 2, column 8");
  CHECK(member.value.items()->at(1).at.text() == "line 3, column 2");
  CHECK(member.value.items()->at(2).find("b")->at.text() == "line 3, column 12");
}

TEST_CASE("what is wrong is said with its place") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "line 1, column 1: the text ends where a value is expected"},
      {"[1,\n2", "line 2, column 2: the text ends where ',' or ']' is expected"},
      {"[1,\n2 3]", "line 2, column 3: ',' or ']' is expected, not '3'"},
      {"[1,]", "line 1, column 4: a value is expected, not ']'"},
      {"[,1]", "line 1, column 2: a value is expected, not ','"},
      {"{\"a\" 1}", "line 1, column 6: ':' is expected, not '1'"},
      {"{\"a\":1,}", "line 1, column 8: a key in quotes is expected, not '}'"},
      {"{a:1}", "line 1, column 2: a key in quotes is expected, not 'a'"},
      {"{\"a\":1]", "line 1, column 7: ',' or '}' is expected, not ']'"},
      {"{\"b\":1,\n \"a\":2, \"b\":3}", "line 2, column 9: the key 'b' is given twice, first at line 1, column 2"},
      {"[] []", "line 1, column 4: the end of the text is expected, not '['"},
      {"nul", "line 1, column 1: a value is expected, not 'nul'"},
      {"truer", "line 1, column 5: the end of the text is expected, not 'r'"},
      {"NaN", "line 1, column 1: a value is expected, not 'NaN'"},
      {"'a'", "line 1, column 1: a value is expected, not '''"},
      {"\xc3\xa4", "line 1, column 1: a value is expected, not '\xc3\xa4'"},
      {"[\x01]", "line 1, column 2: a value is expected, not '?'"},
      {"-", "line 1, column 2: the text ends where a digit is expected"},
      {"+1", "line 1, column 1: a value is expected, not '+'"},
      {"01", "line 1, column 1: a number that goes on after its first 0"},
      {"1.", "line 1, column 3: the text ends where a digit is expected"},
      {"[1.e5]", "line 1, column 4: a digit is expected, not 'e'"},
      {"1e+", "line 1, column 4: the text ends where a digit is expected"},
      {"0x10", "line 1, column 2: the end of the text is expected, not 'x'"},
      {"[1e999]", "line 1, column 2: the number 1e999 is larger than 64 bits hold"},
      {"\"abc", "line 1, column 1: the text that begins here has no end"},
      {"\"abc\\", "line 1, column 5: no such escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"},
      {"\"a\nb\"", "line 1, column 3: a control character in a text; \\n and \\t are written so"},
      {"\"\\x41\"", "line 1, column 2: no such escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"},
      {"\"\\u12g4\"", "line 1, column 2: no such escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"},
      {"\"\\ud800x\"", "line 1, column 2: half of a surrogate pair"},
      {"\"\\udc00\"", "line 1, column 2: half of a surrogate pair"},
      {"\"\\ud800\\ud800\"", "line 1, column 2: half of a surrogate pair"},
      {"\"a\xff\"", "line 1, column 3: a byte that is not UTF-8"},
      {"\"\xed\xa0\x80\"", "line 1, column 2: a byte that is not UTF-8"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(fault(text) == message);
  }
}

TEST_CASE("depth and memory are bounded") {
  CHECK(parsed(std::string(64, '[') + std::string(64, ']')).items()->size() == 1);
  CHECK(fault(std::string(65, '[')) == "line 1, column 65: more than 64 lists and objects inside each other");
  CHECK(fault(std::string(1'000'000, '[')) == "line 1, column 65: more than 64 lists and objects inside each other");
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  const auto v = try_parse_json(many + "]", 10'000);
  REQUIRE(!v.has_value());
  CHECK(v.error().what == tenon::code::limit);
  CHECK(v.error().message.ends_with(": the text unfolds to more bytes than are allowed"));
}

TEST_CASE("a text that ends anywhere, or has any byte wrong, is refused or read, and nothing else") {
  const std::string whole = R"({"a": [1, -2.5e3, "x\u00e4\n"], "b": {"c": null, "d": [true, false, {}]}})";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CHECK(!try_parse_json(std::string_view(whole).substr(0, n)).has_value());
    for (const char c : {'\0', '"', '[', '}', ',', '\\', '1', '\xff'}) {
      std::string other = whole;
      other[n] = c;
      if (const auto v = try_parse_json(other); v.has_value()) CHECK(write_json(parsed(write_json(*v))) == write_json(*v));
    }
  }
}
