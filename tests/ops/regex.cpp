// Regular expressions against a table of Python's re, what is wrong with patterns, and patterns that other machines
// take exponential time for.
#include "tenon/ops/regex.hpp"

#include "../doctest.hpp"

namespace tests::ops {

using namespace tenon;

namespace {

// re.fullmatch(pattern, text, re.ASCII) for all pairs.
const std::string subjects[] = {
    "", "a", "b", "ab", "ba", "aab", "abab", "abc", "a\nb", "\n", "A", "Ab", "é", "aé", "日本", "x1", "12", "1.5",
    "foo@bar.com", "a b", "a-b", "\t", "^", "]", "{2}", "a{,2}", "ac", "abbb", "xyz", "K", "-", "aaa", "aaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"};
struct {
  const char* pattern;
  u64 matches;  // a bit per text
} constexpr expected[] = {
    {"", 0x1}, {"a", 0x2}, {"a*", 0x180000003}, {"a+", 0x180000002}, {"a?", 0x3}, {"a|b", 0x6}, {"ab|ba", 0x18},
    {"(a|b)*", 0x38800007f}, {"(ab)*", 0x49}, {"(?:ab)+", 0x48}, {"a{2}", 0x0}, {"a{2,}", 0x180000000},
    {"a{1,3}", 0x80000002}, {"a{0}", 0x1}, {"a{0,0}b", 0x4}, {"(a{1,2}){2}", 0x180000000}, {"(a*)*b", 0x20000002c},
    {"(a*)*", 0x180000003}, {"(a+)+b", 0x200000028}, {"(|a)+", 0x180000003}, {"(a|ab)(c|bcd)?", 0x400008a},
    {"()", 0x1}, {"()*a", 0x2}, {"(?i)ab", 0x808}, {"(?i:a)b", 0x808}, {"(?i)[a-c]+", 0x38c000cfe},
    {"(?i)[^a]", 0x60e01204}, {"(?s).*", 0x3ffffffff}, {"(?s)a.b", 0x180120}, {".*", 0x3fffffcff}, {".", 0x60e01406},
    {".+b", 0x208180868}, {"a.b", 0x180020}, {"[abc]+", 0x38c0000fe}, {"[^a]+", 0x71e3de04}, {"[^\\n]*", 0x3fffffcff},
    {"[]a]", 0x800002}, {"[^]a]", 0x60601604}, {"[a-]+", 0x1c0000002}, {"[-a]", 0x40000002},
    {"[a\\-b]+", 0x3c810007e}, {"[\\d.]+", 0x30000}, {"[\\w-]+", 0x3fc118cfe}, {"\\d+", 0x10000},
    {"\\D+", 0x3fcfc7ffe}, {"\\w+", 0x3bc018cfe}, {"\\W", 0x40e01200}, {"\\s", 0x200200}, {"\\S+", 0x3ffd7fcfe},
    {"\\x41", 0x400}, {"é", 0x1000}, {"[é-ê]a?", 0x1000}, {"a[é]", 0x2000}, {"[日本]+", 0x4000}, {"\\.", 0x0},
    {"\\^", 0x400000}, {"\\]", 0x800000}, {"\\t", 0x200000}, {"\\n", 0x200}, {"\\{2\\}", 0x1000000}, {"^a", 0x2},
    {"a$", 0x2}, {"^$", 0x1}, {"^ab$", 0x8}, {"(?m)a$\\n^b", 0x100}, {"(?m)^a$", 0x2}, {"a\\b.*", 0x2182002},
    {"a\\B.*", 0x38c0000e8}, {"\\ba", 0x2}, {"\\Bb", 0x0}, {"\\b.*\\b", 0x3bc1f8cfe}, {"a\\b", 0x2},
    {"[\\w.]+@[\\w]+\\.\\w{2,}", 0x40000}, {"(?P<x>a)b", 0x8}, {"((((a))))", 0x2}, {"(a(b(c)?)?)?", 0x8b},
    {"a??b*?", 0x800000f}, {"(x|y|z)+\\d*", 0x10008000}, {"(?:x|xy|xyz)", 0x10000000}, {"x*y*z*a*", 0x190000003},
    {"(a|b|ab)*c?", 0x38c0000ff}, {"[a-cx-z]+", 0x39c0000fe}, {"[^a-z]", 0x60e01600}, {"\\x4b", 0x20000000},
    {"(?i)k", 0x20000000}, {"\\x00?", 0x1}, {"(?:a{2}){1,2}", 0x100000000}, {"(a?){4}", 0x180000003},
    {"(a?){3}a{3}", 0x180000000}, {"a\\{,2\\}", 0x2000000}, {"\\A(a|b)+", 0x38800007e}, {"(^a|b$)+", 0xe},
    {"(?i)É", 0x1000}};


std::string wrong(std::string_view pattern) {
  const auto r = regex::compile(pattern);
  return r.has_value() ? std::string() : r.error().message;
}
bool matches(std::string_view pattern, std::string_view text) {
  auto r = regex::compile(pattern);
  REQUIRE_MESSAGE(r.has_value(), pattern);
  return r.has_value() && (*r).full_match(text);
}
std::string times(std::size_t n, std::string_view s) {
  std::string all;
  for (std::size_t i = 0; i < n; ++i) all += s;
  return all;
}

}  // namespace

TEST_CASE("subjects match as Python says") {
  for (const auto& e : expected) {
    auto r = regex::compile(e.pattern);
    CHECK_MESSAGE(r.has_value(), e.pattern);
    if (!r.has_value()) continue;
    for (std::size_t i = 0; i < std::size(subjects); ++i)
      CHECK_MESSAGE((*r).full_match(subjects[i]) == (e.matches >> i & 1), "'", e.pattern, "' and '", subjects[i], "'");
  }
}

TEST_CASE("what RE2 has and Python has not") {
  CHECK(matches("[[:alpha:]]+", "abC"));
  CHECK(!matches("[[:alpha:]]+", "ab1"));
  CHECK(matches("[[:^alpha:][:upper:]]+", "1 A"));
  CHECK(matches("[[:punct:]]+", "!/:@[`{~"));
  CHECK(matches("[[:word:]-]+", "a-_9"));
  CHECK(matches("[[:xdigit:]]{4}", "aF09"));
  CHECK(matches("[[:space:]]+", "\t\v\r "));
  CHECK(!matches("\\s", "\v"));
  CHECK(matches("[[:x]+", ":[x"));  // no name: characters
  CHECK(matches("\\x{65e5}\\x{10FFFF}?", "日"));
  CHECK(matches("\\101\\07", "A\a"));
  CHECK(matches("\\Qa.b(\\E+", "a.b(("));
  CHECK(matches("\\Q.*", ".*"));
  CHECK(matches("(?<name>a)\\z", "a"));
  CHECK(matches("a(?i)b(?-i)c", "aBc"));
  CHECK(!matches("a(?i)b(?-i)c", "aBC"));
  CHECK(matches("(a(?i)b)c", "aBc"));
  CHECK(!matches("(a(?i)b)c", "aBC"));
  CHECK(matches("(?U)a+", "aaa"));
  CHECK(matches("(?is:A.)", "a\n"));
  CHECK(matches("x{2", "x{2"));
  CHECK(matches("x{,2}", "x{,2}"));
  CHECK(!matches("a$", "a\n"));
  CHECK(matches("(?i)\xe2\x84\xaa\xcf\x82", "k\xce\xa3"));  // the sign of Kelvin; three sigmas
  CHECK(!matches("(?i)i", "\xc4\xb1"));
  CHECK(matches("\xef\xbf\xbd", "\xff"));  // what is not UTF-8 is U+FFFD
  // unicodedata.category: LATIN, GREEK, HIRAGANA; signs that are none of these
  CHECK(matches("\\pL+", "aÄωひ"));
  CHECK(!matches("\\pL", "1"));
  CHECK(matches("\\PL+", "1-€ "));
  CHECK(matches("\\p{Lu}\\p{Ll}[\\p{Nd}\\p{Sc}]+", "Éé٣€"));
  CHECK(matches("\\p{^L}[^\\pL]\\P{^L}", "12a"));
  CHECK(matches("\\p{Lu}\\p{Ll}\\p{Lu}", "ĀāĂ"));
  CHECK(!matches("\\p{Lu}", "ā"));
  CHECK(matches("\\pZ\\p{Any}", " x"));
  CHECK(matches(times(1000, "(") + "a" + times(1000, ")"), "a"));
}

TEST_CASE("what is wrong with a pattern is said, and where") {
  CHECK(wrong("ab(c") == "pattern 'ab(c' at byte 2: a group is not closed: ')' is missing");
  CHECK(wrong("ab)c") == "pattern 'ab)c' at byte 2: ')' closes nothing");
  CHECK(wrong("a[b") == "pattern 'a[b' at byte 1: a class is not closed: ']' is missing");
  CHECK(wrong("*a") == "pattern '*a' at byte 0: there is nothing to repeat");
  CHECK(wrong("(|+)") == "pattern '(|+)' at byte 2: there is nothing to repeat");
  CHECK(wrong("a**") == "pattern 'a**' at byte 2: what is repeated already needs a group around it");
  CHECK(wrong("a{2}{3}").ends_with("at byte 4: what is repeated already needs a group around it"));
  CHECK(wrong("a{1001}").ends_with("at byte 1: a repetition is of 0 to 1000 times, the lesser number first"));
  CHECK(wrong("a{5,2}").ends_with("at byte 1: a repetition is of 0 to 1000 times, the lesser number first"));
  CHECK(wrong("a{99999999999999999999}").ends_with("the lesser number first"));
  CHECK(wrong("[b-a]").ends_with("at byte 0: the ends of a range are the wrong way round"));
  CHECK(wrong("[[:alpho:]]").ends_with("there is no class of this name"));
  CHECK(wrong("a\\").ends_with("at byte 1: a '\\' is followed by nothing"));
  CHECK(wrong("\\q").ends_with("RE2 has no such '\\'"));
  CHECK(wrong("(a)\\1").ends_with("at byte 3: RE2 has no references to groups"));
  CHECK(wrong("\\x{110000}").ends_with("\\x{...} needs a character's number"));
  CHECK(wrong("\\x4").ends_with("\\x needs two digits"));
  CHECK(wrong("a\\p{Greek}").ends_with("at byte 1: \\p is followed by no general category (scripts are not supported)"));
  CHECK(wrong("\\p").ends_with("\\p is followed by no general category (scripts are not supported)"));
  CHECK(wrong(times(4000, "\\pL")).ends_with("the classes have more than 1048576 ranges"));
  CHECK(wrong("(?=a)").ends_with("at byte 0: (? is followed by what RE2 has no group for"));
  CHECK(wrong("(?P<>a)").ends_with("this is no name of a group"));
  CHECK(wrong("(?").ends_with("a group is not closed: ')' is missing"));
  CHECK(wrong("a\xff").ends_with("at byte 1: this is not UTF-8"));
  CHECK(wrong(times(1001, "(")).ends_with("groups are nested too deeply"));
  CHECK(wrong(times(1 << 20, "a")) == "pattern '" + times(60, "a") + "...' at byte 131072: the pattern takes more than 131072 steps");
  CHECK(wrong("((a{1000}){1000}){1000}").ends_with("the pattern takes more than 131072 steps"));
  CHECK(wrong("[" + times(1 << 18, "\\W") + "]").ends_with("the classes have more than 1048576 ranges"));
  CHECK(wrong("[" + times(1 << 18, "[:") + "]").ends_with("there is no class of this name"));
}

TEST_CASE("no pattern takes longer than its states and the text say") {
  const std::string many = times(20000, "a");
  CHECK(!matches("(a*)*b", many));
  CHECK(matches("(a*)*b", many + "b"));
  CHECK(!matches("(a|a)*b", many));
  CHECK(!matches("(a|aa)+$b", many));
  CHECK(!matches("((a+)+)+b", many));
  CHECK(!matches("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]", many));
  CHECK(matches("(a?){50}a{50}", times(50, "a")));
  CHECK(!matches("(a?){50}a{50}", times(49, "a")));
  CHECK(matches("(x+x+)+", times(5000, "x")));
  CHECK(matches(times(300, "(") + "a" + times(300, ")*"), "aaa"));
}

}  // namespace tests::ops
