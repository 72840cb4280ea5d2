// Characters of UTF-8 text, written and read; the bytes are not trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::detail {

/// Puts a character at the end; what is none becomes U+FFFD.
inline void append_utf8(std::string& out, std::uint32_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 63)); };
  if (c < 0x80)
    out += static_cast<char>(c);
  else if (c < 0x800)
    out += static_cast<char>(0xc0 | c >> 6), tail(0);
  else if (c < 0x10000)
    out += static_cast<char>(0xe0 | c >> 12), tail(6), tail(0);
  else
    out += static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0);
}

/// Takes a character off the front; what is not UTF-8 gives U+FFFD, a byte at a time.
inline std::uint32_t take_utf8(std::string_view& s) {
  const auto byte = [&](std::size_t i) {
    return i < s.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(s[i])) : 0;
  };
  const std::uint32_t first = byte(0);
  const std::size_t n = first < 0x80                    ? 1
                        : first >= 0xf0 && first < 0xf5 ? 4
                        : first >= 0xe0                 ? 3
                                                        : 2;
  std::uint32_t c = n == 1 ? first : first & (0x7f >> n);
  bool good = first < 0x80 || (first >= 0xc2 && first < 0xf5);
  for (std::size_t i = 1; i < n; ++i) {
    good = good && (byte(i) & 0xc0) == 0x80;
    c = c << 6 | (byte(i) & 63);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  good = good && c >= least[n] && c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
  s.remove_prefix(good ? n : 1);
  return good ? c : 0xfffd;
}

}  // namespace tenon::inline TENON_BUILD::detail
TENON_COLD_END
