// sin and cos for float and double, scalars and vectors; 2 ulp at most. Up to 10^5 the multiple of pi/2 is
// taken off in parts (Cody and Waite 1980), for float in double; beyond, lane by lane, in integers (Payne
// and Hanek 1983). For double the remainder keeps a tail, as in FreeBSD's k_sin.c and k_cos.c. The
// polynomials are own Remez fits.
#pragma once

#include "exponential.hpp"
#include "pi_reduction.hpp"

namespace tenon::inline TENON_BUILD::simd {

// x = q pi/2 + high + low with |high| <= pi/4; only the two lowest bits of q are of use.
template <float_like X>
struct angle {
  X high, low;
  uint_lanes<X> quadrant;
};

// Half an ulp of a + b goes to `error`; exact for any a and b.
template <float_like X>
TENON_INLINE X two_sum(X a, X b, X& error) {
  const X s = a + b;
  const X v = s - a;
  error = (a - (s - v)) + (b - v);
  return s;
}

inline constexpr double pi_rounding = 0x1.8p+52, two_over_pi = 0x1.45f306dc9c883p-1;

template <int N>
TENON_INLINE angle<vec<double, N>> reduce_angle(vec<double, N> x) {
  using X = vec<double, N>;
  // pi/2 in three parts of 33 bits and a tail; n has 20 bits at most, so n times a part is exact.
  constexpr double p1 = 0x1.921fb544p+0, p2 = 0x1.0b4611a6p-34, p3 = 0x1.3198a2ep-69,
                   tail = 0x1.b839a252049c1p-104;
  const X t = x * two_over_pi + pi_rounding;
  const X n = t - pi_rounding;
  X e2, e3;
  const X a = two_sum(x - n * p1, n * -p2, e2);
  const X b = two_sum(a, n * -p3, e3);
  const X rest = (e2 + e3) - n * tail;
  X high = b + rest;
  X low = (b - high) + rest;
  auto quadrant = bit_cast<uint_lanes<X>>(t);
  const auto far = !(abs(x) < 1e5);
  if (any(far)) [[unlikely]] {
    double xs[N], highs[N], lows[N];
    std::uint64_t quadrants[N];
    x.store(xs), high.store(highs), low.store(lows), quadrant.store(quadrants);
    for (int i = 0; i < N; ++i)
      if (far[i]) reduce_far_angle(xs[i], highs[i], lows[i], quadrants[i]);
    high = X::load(highs), low = X::load(lows), quadrant = uint_lanes<X>::load(quadrants);
  }
  return {high, low, quadrant};
}

template <int N>
TENON_INLINE angle<vec<float, N>> reduce_angle(vec<float, N> x) {
  using D = vec<double, N>;
  constexpr double p1 = 0x1.921fb544p+0, p2 = 0x1.0b4611a626331p-34;
  const D wide = convert<double>(x);
  const D t = wide * two_over_pi + pi_rounding;
  const D n = t - pi_rounding;
  const D r = (wide - n * p1) - n * p2;
  vec<float, N> high = convert<float>(r);
  auto quadrant = convert<std::uint32_t>(bit_cast<vec<std::uint64_t, N>>(t));
  const auto far = !(abs(x) < 1e5f);
  if (any(far)) [[unlikely]] {
    float xs[N], highs[N];
    std::uint32_t quadrants[N];
    x.store(xs), high.store(highs), quadrant.store(quadrants);
    for (int i = 0; i < N; ++i) {
      if (!far[i]) continue;
      double h, l;
      std::uint64_t q;
      reduce_far_angle(xs[i], h, l, q);
      highs[i] = static_cast<float>(h), quadrants[i] = static_cast<std::uint32_t>(q);
    }
    high = vec<float, N>::load(highs), quadrant = vec<std::uint32_t, N>::load(quadrants);
  }
  return {high, vec<float, N>(0.0f), quadrant};
}
template <class T>
  requires std::is_floating_point_v<T>
TENON_INLINE angle<T> reduce_angle(T x) {
  const auto a = reduce_angle(vec<T, 1>(x));
  return {a.high[0], a.low[0], a.quadrant[0]};
}

// sin and cos of high + low, |high| <= pi/4.
template <float_like X>
TENON_INLINE X sin_core(X high, X low) {
  const X z = high * high;
  if constexpr (std::same_as<scalar_t<X>, float>) {
    const X s = horner(z, -0x1.555546p-3f, 0x1.11075ep-7f, -0x1.994e04p-13f);
    return mul_add(high * z, s, high);
  } else {
    const X cube = high * z;
    const X s = horner(z, 0x1.11111111100e9p-7, -0x1.a01a019cebc25p-13, 0x1.71de36181d13dp-19,
                       -0x1.ae5ed4052e8f7p-26, 0x1.5daf6dbaa2ec7p-33);
    const X small = mul_add(z, low * 0.5 - cube * s, -low);
    return high - mul_add(cube, 0x1.555555555555p-3, small);
  }
}
template <float_like X>
TENON_INLINE X cos_core(X high, X low) {
  const X z = high * high;
  const X half = z * scalar_t<X>(0.5);
  const X w = 1 - half;
  const X lost = (1 - w) - half;
  if constexpr (std::same_as<scalar_t<X>, float>) {
    const X c = horner(z, 0x1.55554ap-5f, -0x1.6c0c8ap-10f, 0x1.9a01bcp-16f);
    return w + mul_add(z * z, c, lost);
  } else {
    const X c = horner(z, 0x1.555555555554dp-5, -0x1.6c16c16c15423p-10, 0x1.a01a019cea98ep-16,
                       -0x1.27e4f82e2ed0cp-22, 0x1.1eea020fcbd73p-29, -0x1.8fb911d6d4ap-37);
    return w + (lost + (z * z * c - high * low));
  }
}
// The value of quadrant q: sine or cosine, negated in the second half.
template <float_like X>
TENON_INLINE X in_quadrant(X sine, X cosine, uint_lanes<X> q) {
  using U = scalar_t<uint_lanes<X>>;
  const auto swap = (q & U{1}) != U{0};
  const uint_lanes<X> sign = (q >> 1) << (sizeof(U) * 8 - 1);
  return bit_cast<X>(bit_cast<uint_lanes<X>>(select(swap, cosine, sine)) ^ sign);
}

/// Sine; NaN at infinities.
template <float_like X>
TENON_INLINE X sin(X x) {
  const auto [high, low, q] = reduce_angle(x);
  return select(x == 0, x, in_quadrant(sin_core(high, low), cos_core(high, low), q));
}
/// Cosine; NaN at infinities.
template <float_like X>
TENON_INLINE X cos(X x) {
  using U = scalar_t<uint_lanes<X>>;
  const auto [high, low, q] = reduce_angle(x);
  const uint_lanes<X> next = q + U{1};
  return in_quadrant(sin_core(high, low), cos_core(high, low), next);
}

}  // namespace tenon::inline TENON_BUILD::simd
