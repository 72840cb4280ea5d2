// Operators on texts: tables that say what comes out, and what cannot be done.
#include "tenon/ops/text.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::RegexFullMatch;
using tenon::ops::StringConcat;
using tenon::ops::StringNormalizer;
using tenon::ops::StringSplit;

namespace {

any_tensor words(const shape& dims, std::initializer_list<std::string> all) { return tensor<std::string>(dims, all); }

/// Shapes and elements of all outputs, or what is wrong.
std::string said(std::string_view name, const void* op, std::initializer_list<any_view> in) {
  const auto out = try_apply(row(name), op, std::span(in.begin(), in.size()), {.limit = i64{1} << 20});
  if (!out.has_value()) return out.error().message;
  std::string s;
  for (const any_tensor& t : *out) {
    s += join({s.empty() ? "" : " ", t.dims()});
    for (i64 i = 0; i < t.size(); ++i) s += t.type() == dtype::string ? " '" + t.as<std::string>()[i] + "'" : join({" ", t.as<i64>()[i]});
  }
  return s;
}
std::string split(const std::string& text, const StringSplit& o) { return said("StringSplit", &o, {words({}, {text})}); }

// Even numbers, as texts are drawn.
const by_reference regex_reference(cases{"RegexFullMatch", [](trial& t) {
  const RegexFullMatch o{.pattern = std::string("[0-9]*[02468] is (written|out|as|a|long|text| )+")};
  for (i64 size : {0, 1, 5, 64}) {
    table x = t.patterns({2, size});
    table y(dtype::boolean, x.dims);
    each(x.dims, [&](const shape& i) { y[i] = number::of(x[i].integer % 2 == 0); });
    t.expect(&o, {&x}, {&y});
  }
}});

}  // namespace

TEST_CASE("StringConcat broadcasts") {
  const StringConcat o;
  CHECK(said("StringConcat", &o, {words({2}, {"abc", ""}), words({2}, {".com", "x"})}) == "[2] 'abc.com' 'x'");
  CHECK(said("StringConcat", &o, {words({2, 1}, {"a", "b"}), words({3}, {"1", "2", "3"})}) == "[2,3] 'a1' 'a2' 'a3' 'b1' 'b2' 'b3'");
  CHECK(said("StringConcat", &o, {words({}, {"a"}), words({0}, {})}) == "[0]");
  const any_tensor x = words({2, 2}, {"a", "b", "c", "d"});
  CHECK(said("StringConcat", &o, {any_view(dtype::string, {2, 2}, {1, 2}, x.data()), x}) == "[2,2] 'aa' 'cb' 'bc' 'dd'");
  CHECK(said("StringConcat", &o, {words({2}, {"", ""}), words({3}, {"", "", ""})}) == "StringConcat: shapes do not broadcast: [2] and [3]");
  const any_tensor large = words({}, {std::string(600'000, 'a')});
  CHECK(said("StringConcat", &o, {large, large}).starts_with("StringConcat: a tensor of shape [1200000] does not fit the 10485"));
}

TEST_CASE("StringSplit cuts as Python's split does") {
  CHECK(split("a,b,,c", {.delimiter = ","}) == "[4] 'a' 'b' '' 'c' [] 4");
  CHECK(split("a,b,,c", {.delimiter = ",", .maxsplit = 2}) == "[3] 'a' 'b' ',c' [] 3");
  CHECK(split("a,b", {.delimiter = ",", .maxsplit = 0}) == "[1] 'a,b' [] 1");
  CHECK(split("", {.delimiter = ","}) == "[1] '' [] 1");
  CHECK(split("aXXbXXXc", {.delimiter = "XX"}) == "[3] 'a' 'b' 'Xc' [] 3");
  CHECK(split("aabaabaaab", {.delimiter = "aaab"}) == "[2] 'aabaab' '' [] 2");
  CHECK(split("  one \t two\nthree ", {}) == "[3] 'one' 'two' 'three' [] 3");
  CHECK(split(" one  two three ", {.maxsplit = 1}) == "[2] 'one' 'two three ' [] 2");
  CHECK(split("  one two", {.maxsplit = 0}) == "[1] 'one two' [] 1");
  CHECK(split("one two", {.maxsplit = -1}) == "[2] 'one' 'two' [] 2");
  CHECK(split("\xe3\x80\x80" "a\xc2\xa0" "b\xe2\x80\x83", {}) == "[2] 'a' 'b' [] 2");
  CHECK(split("   ", {}) == "[0] [] 0");
  const StringSplit o;
  CHECK(said("StringSplit", &o, {words({2, 2}, {"a", "b c", "", " d "})}) == "[2,2,2] 'a' '' 'b' 'c' '' '' 'd' '' [2,2] 1 2 0 1");
  CHECK(said("StringSplit", &o, {words({2, 0}, {})}) == "[2,0,0] [2,0]");
  CHECK(said("StringSplit", &o, {words({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {"a"})}) == "StringSplit: the result would have 13 dimensions, more than 12");
  // Searching takes no longer for texts that nearly match.
  const std::string many(100'000, 'a');
  CHECK(split(many, {.delimiter = many.substr(50'000) + "b"}).ends_with(" [] 1"));
  CHECK(split(std::string(600'000, ' ') + many, {.delimiter = " "}).find("does not fit") != std::string::npos);
}

TEST_CASE("StringNormalizer leaves words out and changes letters") {
  const auto normal = [](const any_tensor& x, const StringNormalizer& o) { return said("StringNormalizer", &o, {x}); };
  const any_tensor days = words({4}, {"monday", "Tuesday", "", "MONDAY"});
  CHECK(normal(days, {}) == "[4] 'monday' 'Tuesday' '' 'MONDAY'");
  CHECK(normal(days, {.stopwords = {"Monday"}}) == "[2] 'Tuesday' ''");
  CHECK(normal(days, {.is_case_sensitive = true, .stopwords = {"monday", "Monday"}}) == "[3] 'Tuesday' '' 'MONDAY'");
  CHECK(normal(days, {.case_change_action = "UPPER", .is_case_sensitive = true, .stopwords = {"", "MONDAY"}}) == "[2] 'MONDAY' 'TUESDAY'");
  CHECK(normal(days, {.case_change_action = "LOWER"}) == "[4] 'monday' 'tuesday' '' 'monday'");
  CHECK(normal(words({1, 2}, {"a", "A"}), {.stopwords = {"a"}}) == "[1,1] ''");
  CHECK(normal(words({0}, {}), {}) == "[1] ''");
  const any_tensor letters = words({1, 5}, {"Ärger ß", "Ωμέγα", "жаба", "日本", "a\xff" "b\xc3"});
  CHECK(normal(letters, {.case_change_action = "UPPER"}) == "[1,5] 'ÄRGER ß' 'ΩΜΈΓΑ' 'ЖАБА' '日本' 'A\xff" "B\xc3'");
  CHECK(normal(letters, {.case_change_action = "LOWER"}) == "[1,5] 'ärger ß' 'ωμέγα' 'жаба' '日本' 'a\xff" "b\xc3'");
  CHECK(normal(letters, {.stopwords = {"ΩΜΈΓΑ", "ÄRGER ß", "ЖАБА"}}) == "[1,2] '日本' 'a\xff" "b\xc3'");
  CHECK(normal(words({2}, {"Ii", "ıİ"}), {.case_change_action = "UPPER", .locale = "tr_TR"}) == "[2] 'Iİ' 'Iİ'");
  CHECK(normal(words({2}, {"Ii", "ıİ"}), {.case_change_action = "LOWER", .locale = "tr_TR"}) == "[2] 'ıi' 'ıi'");
  CHECK(normal(days, {.case_change_action = "TITLE"}) == "StringNormalizer: case_change_action 'TITLE' is unknown");
  CHECK(normal(words({2, 1}, {"a", "b"}), {}) == "StringNormalizer: an input of [2,1] is neither [C] nor [1,C]");
}

TEST_CASE("RegexFullMatch says what is wrong with its pattern") {
  const any_tensor x = words({1}, {"a"});
  const RegexFullMatch o{.pattern = std::string("a(b")}, good{.pattern = std::string("[a-z]")};
  CHECK(complaint("RegexFullMatch", &o, {x}) == "RegexFullMatch: pattern 'a(b' at byte 1: a group is not closed: ')' is missing");
  CHECK(regex_full_match(x, good).as<bool>()[0]);
}

}  // namespace tests::ops
