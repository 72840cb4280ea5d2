// exp, expm1, sigmoid, tanh, sinh and cosh, for float and double, scalars and vectors; 2 ulp at most.
// One core serves all: x = n ln 2 + r with ln 2 in two parts (Cody and Waite 1980), e^r - 1 by a minimax
// polynomial on |r| <= ln 2 / 2 (Remez; own fit), and 2^n assembled from the bits of n, which the addition
// of a large constant has left in the low bits.
#pragma once

#include "vec.hpp"

namespace tenon::inline TENON_BUILD::simd {

/// c0 + x (c1 + x (c2 + ...)).
template <class X, class C>
TENON_INLINE X horner(X, C c) {
  return to<X>(c);
}
template <class X, class C, class... Rest>
TENON_INLINE X horner(X x, C c, Rest... rest) {
  return mul_add(horner(x, rest...), x, to<X>(c));
}

template <class T>
struct exp_constants;
template <>
struct exp_constants<float> {
  static constexpr float log2e = 0x1.715476p+0f;
  static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;  // n ln2_high is exact
  static constexpr float round = 0x1.8p+23f;
  static constexpr int bias = 127, fraction = 23;
  // Beyond these the result is 0 or infinity; e^low is less than half the least subnormal.
  static constexpr float low = -104.0f, high = 89.0f;
};
template <>
struct exp_constants<double> {
  static constexpr double log2e = 0x1.71547652b82fep+0;
  static constexpr double ln2_high = 0x1.62e42fefp-1, ln2_low = 0x1.473de6af278edp-34;
  static constexpr double round = 0x1.8p+52;
  static constexpr int bias = 1023, fraction = 52;
  static constexpr double low = -746.0, high = 710.0;
};

// x = n ln 2 + high + low, where high is exact; `bits` holds n + Offset in its low bits.
template <float_like X>
struct exp_reduced {
  X high, low;
  uint_lanes<X> bits;
};
template <int Offset, float_like X>
TENON_INLINE exp_reduced<X> exp_reduce(X x) {
  using T = scalar_t<X>;
  using K = exp_constants<T>;
  constexpr T round = K::round + Offset;
  const X t = mul_add(x, K::log2e, round);
  const X n = t - round;
  return {mul_add(n, -K::ln2_high, x), n * -K::ln2_low, bit_cast<uint_lanes<X>>(t)};
}

// e^r - 1 for r = high + low, |r| <= ln 2 / 2: r + r^2 Q(r), Q to 2^-25.9 and 2^-60.7.
template <float_like X>
TENON_INLINE X expm1_core(X high, X low) {
  const X r = high + low;
  X q;
  if constexpr (std::same_as<scalar_t<X>, float>) {
    q = horner(r, 0.5f, 0x1.5554bp-3f, 0x1.555486p-5f, 0x1.122832p-7f, 0x1.6d9a3ep-10f);
  } else {
    q = horner(r, 0.5, 0x1.5555555555559p-3, 0x1.555555555555ap-5, 0x1.111111110f699p-7,
               0x1.6c16c16c14436p-10, 0x1.a01a01afeeedbp-13, 0x1.a01a01b0bf047p-16,
               0x1.71ddf83867611p-19, 0x1.27e4c59001ce8p-22, 0x1.af5ef29dfdd91p-26,
               0x1.1f957d0cf13b4p-29);
  }
  return high + mul_add(r * r, q, low);
}

// 2^n for a normal result, n + bias being in the low bits.
template <float_like X>
TENON_INLINE X power_of_two(uint_lanes<X> bits) {
  return bit_cast<X>(bits << exp_constants<scalar_t<X>>::fraction);
}
// x 2^n by two factors, so that a subnormal result is rounded once; n + 2 bias in the low bits.
template <float_like X>
TENON_INLINE X scale(X x, uint_lanes<X> bits) {
  const auto half = bits >> 1;
  return x * power_of_two<X>(half) * power_of_two<X>(bits - half);
}

// e^(x + tail), |tail| below an ulp of x.
template <float_like X>
TENON_INLINE X exp_with_tail(X x, X tail) {
  const auto [high, low, bits] = exp_reduce<2 * exp_constants<scalar_t<X>>::bias>(x);
  return scale(1 + expm1_core(high, X(low + tail)), bits);
}

/// e^x.
template <float_like X>
TENON_INLINE X exp(X x) {
  using K = exp_constants<scalar_t<X>>;
  const auto [high, low, bits] = exp_reduce<2 * K::bias>(clamp(x, K::low, K::high));
  return scale(1 + expm1_core(high, low), bits);
}

/// 1 / (1 + e^-x), accurate down to subnormal results.
template <float_like X>
TENON_INLINE X sigmoid(X x) {
  using K = exp_constants<scalar_t<X>>;
  const auto negative = x < 0;
  const auto [high, low, bits] = exp_reduce<2 * K::bias>(pmax(-abs(x), K::low));
  const X m = expm1_core(high, low);
  const X p = 1 + m;
  const X e = scale(p, bits);  // e^-|x|
  const X q = select(negative, e, 1) / (1 + e);
  // What rounding p has dropped would be the third half ulp.
  return mul_add(q, select(negative, m - (p - 1), 0), q);
}

/// Hyperbolic tangent: below 0.5625 an odd polynomial, above 1 - 2 e / (1 + e) with e = e^-2|x|.
template <float_like X>
TENON_INLINE X tanh(X x) {
  using T = scalar_t<X>;
  using K = exp_constants<T>;
  constexpr T one_from = sizeof(T) == 4 ? T(9.02) : T(19.1);  // tanh rounds to 1 from there
  const X a = pmin(abs(x), one_from);
  const X z = x * x;
  X p;
  if constexpr (sizeof(T) == 4) {
    p = horner(z, -0x1.555548p-2f, 0x1.110c8ap-3f, -0x1.b90cd4p-5f, 0x1.584a18p-6f, -0x1.958788p-8f);
  } else {
    p = horner(z, -0x1.5555555555555p-2, 0x1.11111111110bdp-3, -0x1.ba1ba1ba13fa8p-5,
               0x1.664f48803717ep-6, -0x1.226e34e4f1e43p-7, 0x1.d6d3b486ba80dp-9,
               -0x1.7da134c9945d7p-10, 0x1.353acd5c93a1p-11, -0x1.f3602b983e05dp-13,
               0x1.8930ced019076p-14, -0x1.11ff9df032d2p-15, 0x1.e7f51a9e156c4p-18);
  }
  const X inner = mul_add(x * z, p, x);
  const auto [high, low, bits] = exp_reduce<K::bias>(a * -2);
  const X s = power_of_two<X>(bits);
  const X e = mul_add(s, expm1_core(high, low), s);
  const X outer = 1 - (e + e) / (1 + e);
  return copysign(select(a < T(0.5625), inner, outer), x);
}

// e^a / 2 for a >= 0, to where sinh overflows.
template <float_like X>
TENON_INLINE X half_exp(X a) {
  using T = scalar_t<X>;
  const auto [high, low, bits] = exp_reduce<2 * exp_constants<T>::bias - 1>(pmin(a, sizeof(T) == 4 ? T(90) : T(711)));
  return scale(1 + expm1_core(high, low), bits);
}

/// Hyperbolic sine: below 1 an odd polynomial.
template <float_like X>
TENON_INLINE X sinh(X x) {
  using T = scalar_t<X>;
  const X a = abs(x), z = x * x;
  X p;
  if constexpr (sizeof(T) == 4) {
    p = horner(z, 0x1.555556p-3f, 0x1.111136p-7f, 0x1.9ffe12p-13f, 0x1.7a2672p-19f);
  } else {
    p = horner(z, 0x1.5555555555555p-3, 0x1.1111111111111p-7, 0x1.a01a01a019fbdp-13, 0x1.71de3a557431fp-19,
               0x1.ae645673db80ap-26, 0x1.61246b20cd43ep-33, 0x1.ae75567821337p-41, 0x1.9a7f5b6722b3p-49);
  }
  const X h = half_exp(a);
  return copysign(select(a < 1, mul_add(a * z, p, a), h - T(0.25) / h), x);
}

/// Hyperbolic cosine.
template <float_like X>
TENON_INLINE X cosh(X x) {
  const X h = half_exp(abs(x));
  return h + scalar_t<X>(0.25) / h;
}

/// e^x - 1.
template <float_like X>
TENON_INLINE X expm1(X x) {
  using T = scalar_t<X>;
  using K = exp_constants<T>;
  constexpr T minus_one_to = sizeof(T) == 4 ? T(-18) : T(-38);
  // Half of 2^n, which reaches past the largest power of two.
  const auto [high, low, bits] = exp_reduce<K::bias - 1>(clamp(x, minus_one_to, K::high));
  const X s = power_of_two<X>(bits);
  const X e = mul_add(s, expm1_core(high, low), s - T(0.5));
  return select(x == 0, x, e + e);
}

}  // namespace tenon::inline TENON_BUILD::simd
