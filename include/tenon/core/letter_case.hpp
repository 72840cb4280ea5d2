// Letters in lower and upper case: the simple mappings of Unicode 14 (one character to one), all of them, as runs
// of letters that are equally far from their others. What becomes several letters (as in German SS) stays.
#pragma once

#include <cstdint>
#include <span>

#include "config.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::detail {

/// `size` letters, `step` apart, become others `delta` further on.
struct case_run {
  std::uint32_t first;
  std::int32_t delta;
  std::uint16_t size, step;
};
// Upper to lower and back; then what goes one way only.
inline constexpr case_run case_pairs[] = {
    {0x41, 32, 26, 1}, {0xc0, 32, 23, 1}, {0xd8, 32, 7, 1}, {0x100, 1, 24, 2}, {0x132, 1, 3, 2}, {0x139, 1, 8, 2},
    {0x14a, 1, 23, 2}, {0x178, -121, 1, 1}, {0x179, 1, 3, 2}, {0x181, 210, 1, 1}, {0x182, 1, 2, 2},
    {0x186, 206, 1, 1}, {0x187, 1, 1, 1}, {0x189, 205, 2, 1}, {0x18b, 1, 1, 1}, {0x18e, 79, 1, 1}, {0x18f, 202, 1, 1},
    {0x190, 203, 1, 1}, {0x191, 1, 1, 1}, {0x193, 205, 1, 1}, {0x194, 207, 1, 1}, {0x196, 211, 1, 1},
    {0x197, 209, 1, 1}, {0x198, 1, 1, 1}, {0x19c, 211, 1, 1}, {0x19d, 213, 1, 1}, {0x19f, 214, 1, 1},
    {0x1a0, 1, 3, 2}, {0x1a6, 218, 1, 1}, {0x1a7, 1, 1, 1}, {0x1a9, 218, 1, 1}, {0x1ac, 1, 1, 1}, {0x1ae, 218, 1, 1},
    {0x1af, 1, 1, 1}, {0x1b1, 217, 2, 1}, {0x1b3, 1, 2, 2}, {0x1b7, 219, 1, 1}, {0x1b8, 1, 1, 1}, {0x1bc, 1, 1, 1},
    {0x1c4, 2, 1, 1}, {0x1c7, 2, 1, 1}, {0x1ca, 2, 1, 1}, {0x1cd, 1, 8, 2}, {0x1de, 1, 9, 2}, {0x1f1, 2, 1, 1},
    {0x1f4, 1, 1, 1}, {0x1f6, -97, 1, 1}, {0x1f7, -56, 1, 1}, {0x1f8, 1, 20, 2}, {0x220, -130, 1, 1},
    {0x222, 1, 9, 2}, {0x23a, 10795, 1, 1}, {0x23b, 1, 1, 1}, {0x23d, -163, 1, 1}, {0x23e, 10792, 1, 1},
    {0x241, 1, 1, 1}, {0x243, -195, 1, 1}, {0x244, 69, 1, 1}, {0x245, 71, 1, 1}, {0x246, 1, 5, 2}, {0x370, 1, 2, 2},
    {0x376, 1, 1, 1}, {0x37f, 116, 1, 1}, {0x386, 38, 1, 1}, {0x388, 37, 3, 1}, {0x38c, 64, 1, 1}, {0x38e, 63, 2, 1},
    {0x391, 32, 17, 1}, {0x3a3, 32, 9, 1}, {0x3cf, 8, 1, 1}, {0x3d8, 1, 12, 2}, {0x3f7, 1, 1, 1}, {0x3f9, -7, 1, 1},
    {0x3fa, 1, 1, 1}, {0x3fd, -130, 3, 1}, {0x400, 80, 16, 1}, {0x410, 32, 32, 1}, {0x460, 1, 17, 2},
    {0x48a, 1, 27, 2}, {0x4c0, 15, 1, 1}, {0x4c1, 1, 7, 2}, {0x4d0, 1, 48, 2}, {0x531, 48, 38, 1},
    {0x10a0, 7264, 38, 1}, {0x10c7, 7264, 1, 1}, {0x10cd, 7264, 1, 1}, {0x13a0, 38864, 80, 1}, {0x13f0, 8, 6, 1},
    {0x1c90, -3008, 43, 1}, {0x1cbd, -3008, 3, 1}, {0x1e00, 1, 75, 2}, {0x1ea0, 1, 48, 2}, {0x1f08, -8, 8, 1},
    {0x1f18, -8, 6, 1}, {0x1f28, -8, 8, 1}, {0x1f38, -8, 8, 1}, {0x1f48, -8, 6, 1}, {0x1f59, -8, 4, 2},
    {0x1f68, -8, 8, 1}, {0x1f88, -8, 8, 1}, {0x1f98, -8, 8, 1}, {0x1fa8, -8, 8, 1}, {0x1fb8, -8, 2, 1},
    {0x1fba, -74, 2, 1}, {0x1fbc, -9, 1, 1}, {0x1fc8, -86, 4, 1}, {0x1fcc, -9, 1, 1}, {0x1fd8, -8, 2, 1},
    {0x1fda, -100, 2, 1}, {0x1fe8, -8, 2, 1}, {0x1fea, -112, 2, 1}, {0x1fec, -7, 1, 1}, {0x1ff8, -128, 2, 1},
    {0x1ffa, -126, 2, 1}, {0x1ffc, -9, 1, 1}, {0x2132, 28, 1, 1}, {0x2160, 16, 16, 1}, {0x2183, 1, 1, 1},
    {0x24b6, 26, 26, 1}, {0x2c00, 48, 48, 1}, {0x2c60, 1, 1, 1}, {0x2c62, -10743, 1, 1}, {0x2c63, -3814, 1, 1},
    {0x2c64, -10727, 1, 1}, {0x2c67, 1, 3, 2}, {0x2c6d, -10780, 1, 1}, {0x2c6e, -10749, 1, 1}, {0x2c6f, -10783, 1, 1},
    {0x2c70, -10782, 1, 1}, {0x2c72, 1, 1, 1}, {0x2c75, 1, 1, 1}, {0x2c7e, -10815, 2, 1}, {0x2c80, 1, 50, 2},
    {0x2ceb, 1, 2, 2}, {0x2cf2, 1, 1, 1}, {0xa640, 1, 23, 2}, {0xa680, 1, 14, 2}, {0xa722, 1, 7, 2},
    {0xa732, 1, 31, 2}, {0xa779, 1, 2, 2}, {0xa77d, -35332, 1, 1}, {0xa77e, 1, 5, 2}, {0xa78b, 1, 1, 1},
    {0xa78d, -42280, 1, 1}, {0xa790, 1, 2, 2}, {0xa796, 1, 10, 2}, {0xa7aa, -42308, 1, 1}, {0xa7ab, -42319, 1, 1},
    {0xa7ac, -42315, 1, 1}, {0xa7ad, -42305, 1, 1}, {0xa7ae, -42308, 1, 1}, {0xa7b0, -42258, 1, 1},
    {0xa7b1, -42282, 1, 1}, {0xa7b2, -42261, 1, 1}, {0xa7b3, 928, 1, 1}, {0xa7b4, 1, 8, 2}, {0xa7c4, -48, 1, 1},
    {0xa7c5, -42307, 1, 1}, {0xa7c6, -35384, 1, 1}, {0xa7c7, 1, 2, 2}, {0xa7d0, 1, 1, 1}, {0xa7d6, 1, 2, 2},
    {0xa7f5, 1, 1, 1}, {0xff21, 32, 26, 1}, {0x10400, 40, 40, 1}, {0x104b0, 40, 36, 1}, {0x10570, 39, 11, 1},
    {0x1057c, 39, 15, 1}, {0x1058c, 39, 7, 1}, {0x10594, 39, 2, 1}, {0x10c80, 64, 51, 1}, {0x118a0, 32, 32, 1},
    {0x16e40, 32, 32, 1}, {0x1e900, 34, 34, 1}};
inline constexpr case_run only_lowered[] = {
    {0x130, -199, 1, 1}, {0x1c5, 1, 1, 1}, {0x1c8, 1, 1, 1}, {0x1cb, 1, 1, 1}, {0x1f2, 1, 1, 1}, {0x3f4, -60, 1, 1},
    {0x1e9e, -7615, 1, 1}, {0x2126, -7517, 1, 1}, {0x212a, -8383, 1, 1}, {0x212b, -8262, 1, 1}};
inline constexpr case_run only_raised[] = {
    {0xb5, 743, 1, 1}, {0x131, -232, 1, 1}, {0x17f, -300, 1, 1}, {0x1c5, -1, 1, 1}, {0x1c8, -1, 1, 1},
    {0x1cb, -1, 1, 1}, {0x1f2, -1, 1, 1}, {0x345, 84, 1, 1}, {0x3c2, -31, 1, 1}, {0x3d0, -62, 1, 1},
    {0x3d1, -57, 1, 1}, {0x3d5, -47, 1, 1}, {0x3d6, -54, 1, 1}, {0x3f0, -86, 1, 1}, {0x3f1, -80, 1, 1},
    {0x3f5, -96, 1, 1}, {0x1c80, -6254, 1, 1}, {0x1c81, -6253, 1, 1}, {0x1c82, -6244, 1, 1}, {0x1c83, -6242, 2, 1},
    {0x1c85, -6243, 1, 1}, {0x1c86, -6236, 1, 1}, {0x1c87, -6181, 1, 1}, {0x1c88, 35266, 1, 1}, {0x1e9b, -59, 1, 1},
    {0x1fbe, -7205, 1, 1}};

/// The other letter of c, or c where there is none.
inline std::uint32_t other_case(std::span<const case_run> runs, std::uint32_t c, bool back) {
  for (const case_run& r : runs) {
    const auto delta = static_cast<std::uint32_t>(r.delta);
    const std::uint32_t at = (back ? c - delta : c) - r.first;
    if (at < std::uint32_t{r.size} * r.step && at % r.step == 0) return back ? c - delta : c + delta;
  }
  return c;
}
inline std::uint32_t to_lower(std::uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  const std::uint32_t other = other_case(case_pairs, c, false);
  return other != c ? other : other_case(only_lowered, c, false);
}
inline std::uint32_t to_upper(std::uint32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  const std::uint32_t other = other_case(case_pairs, c, true);
  return other != c ? other : other_case(only_raised, c, false);
}

}  // namespace tenon::inline TENON_BUILD::detail
TENON_COLD_END
