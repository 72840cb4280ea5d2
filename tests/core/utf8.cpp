#include "tenon/core/utf8.hpp"

#include "doctest.hpp"

using tenon::detail::append_utf8, tenon::detail::take_utf8;

TEST_CASE("characters of every length are written and read back") {
  for (std::uint32_t c : {0x24u, 0x7fu, 0x80u, 0x7ffu, 0x800u, 0xd7ffu, 0xe000u, 0xfffdu, 0x10000u, 0x10ffffu}) {
    std::string s;
    append_utf8(s, c);
    std::string_view rest = s;
    CHECK(take_utf8(rest) == c);
    CHECK(rest.empty());
  }
}

TEST_CASE("what is no character becomes U+FFFD, a byte at a time") {
  for (const char* s : {"\x80x", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"}) {
    std::string_view rest = s;
    const auto size = rest.size();
    CHECK(take_utf8(rest) == 0xfffd);
    CHECK(rest.size() == size - 1);
  }
  std::string s;
  append_utf8(s, 0xd800);
  append_utf8(s, 0x110000);
  CHECK(s == "\xef\xbf\xbd\xef\xbf\xbd");
}
