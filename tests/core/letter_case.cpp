// Letters in the other case, all that Unicode has.
#include "tenon/core/letter_case.hpp"

#include "doctest.hpp"

namespace tests::letters {

using namespace tenon;

TEST_CASE("letters have the other case that Unicode gives them") {
  using detail::to_lower;
  using detail::to_upper;
  CHECK(to_lower('A') == 'a');
  CHECK(to_upper('z') == 'Z');
  CHECK(to_upper('[') == '[');
  CHECK(to_lower(0xc4) == 0xe4);    // Latin: a with diaeresis
  CHECK(to_upper(0xff) == 0x178);   // y with diaeresis
  CHECK(to_upper(0x3c9) == 0x3a9);  // Greek: omega
  CHECK(to_lower(0x416) == 0x436);  // Cyrillic: zhe
  CHECK(to_upper(0x561) == 0x531);  // Armenian: ayb
  CHECK(to_upper(0xdf) == 0xdf);    // sharp s would become two letters
  CHECK(to_lower(0x1e9e) == 0xdf);
  CHECK(to_lower(0x10400) == 0x10428);  // Deseret
}

TEST_CASE("the tables are Unicode's, letter by letter") {
  // FNV-1a over unicodedata 14's mappings of all characters below 0x1f000.
  std::uint64_t lower = 0xcbf29ce484222325u, upper = lower;
  for (std::uint32_t c = 0; c < 0x1f000; ++c) {
    const bool none = c >= 0xd800 && c < 0xe000;
    lower = (lower ^ (none ? c : detail::to_lower(c))) * 0x100000001b3u;
    upper = (upper ^ (none ? c : detail::to_upper(c))) * 0x100000001b3u;
  }
  CHECK(lower == 0xd7dd16d738d6c26du);
  CHECK(upper == 0xeb4c06472c7bb604u);
}

}  // namespace tests::letters
