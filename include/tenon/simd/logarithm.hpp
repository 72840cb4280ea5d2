// log and log1p for float and double, scalars and vectors; 2 ulp at most. x = 2^k (1 + f) with 1 + f from
// sqrt(1/2) to sqrt(2); log(1 + f) as in Cephes' logf for float, and by f / (2 + f) as in FreeBSD's e_log.c
// for double; the polynomials are own Remez fits.
#pragma once

#include "exponential.hpp"

namespace tenon::inline TENON_BUILD::simd {

template <class T>
struct log_constants;
template <>
struct log_constants<float> {
  static constexpr std::uint32_t sqrt_half = 0x3f3504f3, fraction_mask = 0x007fffff;
  static constexpr float least_normal = 0x1p-126f, scale = 0x1p+23f, shift = 23;
  static constexpr int fraction = 23;
};
template <>
struct log_constants<double> {
  static constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd, fraction_mask = 0x000fffffffffffff;
  static constexpr double least_normal = 0x1p-1022, scale = 0x1p+52, shift = 52;
  static constexpr int fraction = 52;
};

// x = 2^k (1 + f) for positive finite x; k is a whole number.
template <float_like X>
struct log_reduced {
  X k, f;
};
template <float_like X>
TENON_INLINE log_reduced<X> log_reduce(X x) {
  using T = scalar_t<X>;
  using K = log_constants<T>;
  using I = int_lanes<X>;
  using U = uint_lanes<X>;
  const auto subnormal = x < K::least_normal;
  const U bits = bit_cast<U>(select(subnormal, x * K::scale, x)) - K::sqrt_half;
  const X f = bit_cast<X>((bits & K::fraction_mask) + K::sqrt_half) - 1;
  const I e = bit_cast<I>(bits) >> K::fraction;
  X k;
  if constexpr (sizeof(T) == 4) {
    k = convert<T>(e);
  } else {
    // No instruction converts 64-bit integers; the bits of 1.5 * 2^52 + e do.
    k = bit_cast<X>(e + bit_cast<std::int64_t>(0x1.8p+52)) - T(0x1.8p+52);
  }
  return {k - select(subnormal, K::shift, T(0)), f};
}

// k ln 2 + log(1 + f) + tail
template <float_like X>
TENON_INLINE X log_sum(X k, X f, X tail) {
  using K = exp_constants<scalar_t<X>>;
  if constexpr (std::same_as<scalar_t<X>, float>) {
    // log(1 + f) = f - f^2 / 2 + f^3 P(f), P to 2^-28.
    const X p = horner(f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a4b6p-3f, -0x1.555c4ep-3f,
                       0x1.233768p-3f, -0x1.fc2202p-4f, 0x1.e6f062p-4f, -0x1.de3c2ap-4f,
                       0x1.1457d2p-4f);
    const X z = f * f;
    X y = mul_add(k, K::ln2_low, z * f * p) + tail;
    y = mul_add(z, -0.5f, y);
    return mul_add(k, K::ln2_high, f + y);
  } else {
    // s = f / (2 + f), log(1 + f) = 2 atanh(s) = f - (f^2 / 2 - s (f^2 / 2 + R)), R = s^2 T(s^2), T to 2^-58.
    const X s = f / (2 + f);
    const X z = s * s;
    const X r = z * horner(z, 0x1.555555555557p-1, 0x1.99999999888b4p-2, 0x1.2492493b9aabep-2,
                           0x1.c71c567ad9fcbp-3, 0x1.74656fbf7201p-3, 0x1.39b4a0fbbd723p-3,
                           0x1.2e56942cad42p-3);
    const X half = f * f * 0.5;
    const X low = mul_add(s, half + r, mul_add(k, K::ln2_low, tail));
    return mul_add(k, K::ln2_high, f - (half - low));
  }
}

/// Natural logarithm; NaN below 0, -infinity at both zeros.
template <float_like X>
TENON_INLINE X log(X x) {
  using T = scalar_t<X>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  const auto [k, f] = log_reduce(x);
  const X y = log_sum(k, f, X(T(0)));
  return select(x > 0, select(x < infinity, y, x), select(x == 0, -infinity, nan));
}

/// log(1 + x).
template <float_like X>
TENON_INLINE X log1p(X x) {
  using T = scalar_t<X>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  const X u = 1 + x;
  const X lost = select(x < 1, x - (u - 1), 1 - (u - x)) / u;  // what rounding 1 + x has dropped
  const auto [k, f] = log_reduce(u);
  const X y = log_sum(k, f, lost);
  const X z = select(u == 1, x, y);
  return select(u > 0, select(x < infinity, z, x), select(u == 0, -infinity, nan));
}

}  // namespace tenon::inline TENON_BUILD::simd
