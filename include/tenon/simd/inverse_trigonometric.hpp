// asin, acos and atan for float and double, scalars and vectors; 2 ulp at most. asin and acos as in FreeBSD's
// e_asin.c and e_acos.c: above 1/2 by pi/2 - 2 asin(sqrt((1 - x) / 2)). atan by (x - 1) / (x + 1) from 1/2 and by
// -1 / x from 2. The polynomials are own Remez fits.
#pragma once

#include "error_free.hpp"
#include "exponential.hpp"

namespace tenon::inline TENON_BUILD::simd {

template <class T>
struct half_pi;
template <>
struct half_pi<float> {
  static constexpr float high = 0x1.921fb6p+0f, low = -0x1.777a5cp-25f;
};
template <>
struct half_pi<double> {
  static constexpr double high = 0x1.921fb54442d18p+0, low = 0x1.1a62633145c07p-54;
};

/// Arc tangent.
template <float_like X>
TENON_INLINE X atan(X x) {
  using T = scalar_t<X>;
  using H = half_pi<T>;
  const X a = abs(x);
  const auto mid = a >= T(0.5), far = a >= T(2);
  const X t = select(far, T(-1), select(mid, a - 1, a)) / select(far, a, select(mid, a + 1, T(1)));
  const X z = t * t;
  X p;
  if constexpr (sizeof(T) == 4) {
    p = horner(z, -0x1.555552p-2f, 0x1.9996fap-3f, -0x1.244bb4p-3f, 0x1.c0331ap-4f, -0x1.473c2ep-4f, 0x1.3dc8f2p-5f);
  } else {
    p = horner(z, -0x1.5555555555552p-2, 0x1.999999999906p-3, -0x1.24924924517efp-3, 0x1.c71c71aa6bcf9p-4,
               -0x1.745d13848348ap-4, 0x1.3b13601e8a66cp-4, -0x1.110c6bfb3b716p-4, 0x1.e1829890c352dp-5,
               -0x1.ac71aee685d38p-5, 0x1.77f9800796e0cp-5, -0x1.30190a7c26986p-5, 0x1.83a279ffefe31p-6,
               -0x1.123a809b8832p-7);
  }
  const X low = select(far, H::low, select(mid, H::low / 2, T(0)));
  const X high = select(far, H::high, select(mid, H::high / 2, T(0)));
  return copysign(high + (t + mul_add(t * z, p, low)), x);
}

// asin(s) = s + rest for s = |x|, or for s = sqrt((1 - |x|) / 2) where |x| >= 1/2; NaN beyond 1.
template <float_like X>
struct half_arc {
  X s, rest;
};
template <float_like X>
TENON_INLINE half_arc<X> reduce_arc(X a) {
  using T = scalar_t<X>;
  const auto near = a < T(0.5);
  const X z = select(near, a * a, (1 - a) * T(0.5));
  const X s = select(near, a, sqrt(z));
  X p;
  if constexpr (sizeof(T) == 4) {
    p = horner(z, 0x1.55554cp-3f, 0x1.33388ep-4f, 0x1.6cac62p-5f, 0x1.04a556p-5f, 0x1.d7fe78p-7f, 0x1.33b868p-5f);
  } else {
    p = horner(z, 0x1.5555555555578p-3, 0x1.333333332df8p-4, 0x1.6db6db722602cp-5, 0x1.f1c71a8dc559ep-6,
               0x1.6e8bdfa64b849p-6, 0x1.1c49e2bcd11abp-6, 0x1.ca20cdfd8d3e9p-7, 0x1.757b7a5d51c54p-7,
               0x1.6173f25398f57p-7, 0x1.e2bea79a9d69cp-9, 0x1.6492a42f7a9a8p-6, -0x1.59546dea6bfb7p-6,
               0x1.0bb05ae4fa31ep-5);
  }
  return {s, s * z * p};
}

/// Arc sine; NaN beyond 1.
template <float_like X>
TENON_INLINE X asin(X x) {
  using T = scalar_t<X>;
  using H = half_pi<T>;
  const X a = abs(x);
  const auto [s, rest] = reduce_arc(a);
  X lost;
  const X outer = fast_two_sum(X(H::high), -(s + s), lost);
  const X low = (lost + H::low) - (rest + rest);
  return copysign(select(a < T(0.5), s + rest, outer + low), x);
}

/// Arc cosine; NaN beyond 1.
template <float_like X>
TENON_INLINE X acos(X x) {
  using T = scalar_t<X>;
  using H = half_pi<T>;
  const X a = abs(x);
  const auto [s, rest] = reduce_arc(a);
  const auto near = a < T(0.5), left = x < 0;
  // pi/2 - asin(x), pi - 2 asin(s), 2 asin(s)
  const X times = select(near, copysign(X(T(1)), x), select(left, T(2), T(-2)));
  const X base = select(near, T(1), select(left, T(2), T(0)));
  return (base * H::high - times * s) + (base * H::low - times * rest);
}

}  // namespace tenon::inline TENON_BUILD::simd
