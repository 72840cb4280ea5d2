// sin, cos and tan for float and double, scalars and vectors; 2 ulp at most. Up to 10^5 the multiple of pi/2
// is taken off in parts (Cody and Waite 1980), for float in double; beyond, lane by lane, in integers (Payne
// and Hanek 1983). The remainder keeps a tail, as in FreeBSD's k_sin.c, k_cos.c and k_tan.c. The polynomials
// are own Remez fits.
#pragma once

#include "error_free.hpp"
#include "exponential.hpp"
#include "pi_reduction.hpp"

namespace tenon::inline TENON_BUILD::simd {

// x = q pi/2 + high + low with |high| <= pi/4; only the two lowest bits of q are of use.
template <float_like X>
struct angle {
  X high, low;
  uint_lanes<X> quadrant;
};

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
  vec<float, N> high = convert<float>(r), low = convert<float>(r - convert<double>(high));
  auto quadrant = convert<std::uint32_t>(bit_cast<vec<std::uint64_t, N>>(t));
  const auto far = !(abs(x) < 1e5f);
  if (any(far)) [[unlikely]] {
    float xs[N], highs[N], lows[N];
    std::uint32_t quadrants[N];
    x.store(xs), high.store(highs), low.store(lows), quadrant.store(quadrants);
    for (int i = 0; i < N; ++i) {
      if (!far[i]) continue;
      double h, l;
      std::uint64_t q;
      reduce_far_angle(xs[i], h, l, q);
      highs[i] = static_cast<float>(h), lows[i] = static_cast<float>(h - static_cast<double>(highs[i]));
      quadrants[i] = static_cast<std::uint32_t>(q);
    }
    high = vec<float, N>::load(highs), low = vec<float, N>::load(lows);
    quadrant = vec<std::uint32_t, N>::load(quadrants);
  }
  return {high, low, quadrant};
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
/// Tangent; NaN at infinities.
template <float_like X>
TENON_INLINE X tan(X x) {
  using U = scalar_t<uint_lanes<X>>;
  const auto [high, low, q] = reduce_angle(x);
  const X z = high * high;
  X p;
  if constexpr (std::same_as<scalar_t<X>, float>) {
    p = horner(z, 0x1.555562p-2f, 0x1.110d46p-3f, 0x1.bae7bep-5f, 0x1.5c3cd8p-6f, 0x1.6544f4p-7f, 0x1.23466ap-17f,
               0x1.214bd8p-8f);
  } else {
    p = horner(z, 0x1.5555555555555p-2, 0x1.1111111111223p-3, 0x1.ba1ba1ba0a20ap-5, 0x1.664f48874b66ep-6,
               0x1.226e34aa7fbbbp-7, 0x1.d6d3f5410e12bp-9, 0x1.7da0daa1f7123p-10, 0x1.35788e78ef003p-11,
               0x1.f320549704613p-13, 0x1.a6cdb6d541a34p-14, 0x1.ec3e9db7729bcp-16, 0x1.221264ccb245dp-15,
               -0x1.3a7be9cf2a2a5p-16, 0x1.b51e423df70bep-16, -0x1.aabdc35c6d14p-17, 0x1.32375bae4aa45p-18);
  }
  X tail;
  const X t = fast_two_sum(high, mul_add(high * z, p, mul_add(low, z, low)), tail);
  // -1 / (t + tail), the tail to first order.
  const X r = -1 / t;
  const X y = select((q & U{1}) != U{0}, mul_add(r * r, tail, r), t);
  return select(x == 0, x, y);
}

}  // namespace tenon::inline TENON_BUILD::simd
