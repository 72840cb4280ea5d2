// The remainder of a large angle by pi/2, after Payne and Hanek (1983): only those 192 bits of 2/pi
// that can reach the quadrant or the fraction are multiplied, as integers; no cancellation is left.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "../core/config.hpp"

namespace tenon::inline TENON_BUILD::simd {

// The bits of 2/pi behind the point, after 64 zeros for the smaller of large angles.
inline constexpr std::uint32_t two_over_pi_bits[41] = {
    0x00000000, 0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599,
    0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
    0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
    0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
    0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7,
    0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20};

/// x = quadrant pi/2 + high + low for |x| >= 2^-60; NaN for infinities and NaN.
[[gnu::noinline]] inline void reduce_far_angle(double x, double& high, double& low,
                                               std::uint64_t& quadrant) {
  constexpr int words = 6;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  high = low = std::numeric_limits<double>::quiet_NaN(), quadrant = 0;
  if (exponent == 0x7ff) return;
  const std::uint64_t m = (bits & 0x000fffffffffffff) | 0x0010000000000000;

  // |x| = m 2^e. Bit j behind the point of 2/pi weighs 2^(e - j) times m: a multiple of 4 for
  // j <= e - 2, so the window starts at j = e - 1; j = 1 is bit 64 of the table.
  const int start = exponent - 1075 - 2 + 64;
  std::uint32_t product[words];  // of the window and m, modulo 2^192: two bits of quadrant first
  std::uint64_t carry_low = 0, carry_high = 0;
  for (int i = words - 1; i >= 0; --i) {
    const int at = start / 32 + i, shift = start % 32;
    const std::uint64_t pair = std::uint64_t{two_over_pi_bits[at]} << 32 | two_over_pi_bits[at + 1];
    const std::uint64_t w = pair << shift >> 32;
    const std::uint64_t a = w * (m & 0xffffffff) + carry_low;
    const std::uint64_t b = w * (m >> 32) + carry_high + (a >> 32);
    product[i] = static_cast<std::uint32_t>(a);
    carry_low = b & 0xffffffff, carry_high = b >> 32;
  }
  std::uint64_t q = product[0] >> 30;

  // The fraction, to nearest: a signed number of quarter turns, as magnitude and sign.
  std::uint32_t f[words];
  bool negative = (product[0] & 0x20000000) != 0;
  q += negative;
  std::uint32_t borrow = negative ? 1 : 0;
  for (int i = words - 1; i >= 0; --i) {
    const std::uint32_t next = i + 1 < words ? product[i + 1] >> 30 : 0;
    f[i] = product[i] << 2 | next;
    if (negative) {
      f[i] = ~f[i] + borrow;
      borrow = borrow && f[i] == 0 ? 1 : 0;
    }
  }
  // Without its leading zeros, 128 bits of it times pi/2.
  int zeros = 0;
  while (zeros < 128 && (f[zeros / 32] >> (31 - zeros % 32) & 1) == 0) ++zeros;
  constexpr std::uint32_t half_pi[4] = {0xc90fdaa2, 0x2168c234, 0xc4c6628b, 0x80dc1cd1};
  std::uint32_t r[8] = {};
  for (int i = 3; i >= 0; --i) {
    const int at = zeros / 32 + i, shift = zeros % 32;
    const std::uint64_t first = at < words ? f[at] : 0, second = at + 1 < words ? f[at + 1] : 0;
    const std::uint64_t w = (first << 32 | second) << shift >> 32;
    std::uint64_t carry = 0;
    for (int j = 3; j >= 0; --j) {
      carry += w * half_pi[j] + r[i + j + 1];
      r[i + j + 1] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    r[i] = static_cast<std::uint32_t>(carry);
  }
  // r / 2^128 is within [1/4, 1), times 2 (pi/2 has one bit before the point) and 2^-zeros.
  const std::uint64_t top = std::uint64_t{r[0]} << 32 | r[1], rest = std::uint64_t{r[2]} << 32 | r[3];
  const double unit = std::bit_cast<double>(std::uint64_t(1023 - 63 - zeros) << 52);  // 2^(1-64-zeros)
  const double a = static_cast<double>(top >> 11 << 11) * unit;
  const double b = (static_cast<double>(top & 0x7ff) + static_cast<double>(rest >> 11) * 0x1p-53) * unit;
  const bool flip = negative != (bits >> 63 != 0);
  high = a + b;
  low = (a - high) + b;
  if (flip) high = -high, low = -low;
  quadrant = bits >> 63 ? 0 - q : q;
}

}  // namespace tenon::inline TENON_BUILD::simd
