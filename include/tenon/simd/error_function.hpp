// erf for float and double, scalars and vectors; 2 ulp at most. Below 1 an odd polynomial; above, for
// float, 1 - 2^Q(|x|) with Q a polynomial for log2(erfc), and for double 1 - e^-x^2 G(u), where
// u = (|x| - 3) / (|x| + 3) and G approximates e^x^2 erfc. All fits are own (Remez).
#pragma once

#include "exponential.hpp"

namespace tenon::inline TENON_BUILD::simd {

/// Error function.
template <float_like X>
TENON_INLINE X erf(X x) {
  using T = scalar_t<X>;
  using K = exp_constants<T>;
  const X a = abs(x);
  X inner, outer;
  if constexpr (std::same_as<T, float>) {
    const X z = pmin(a, 1.0f) * pmin(a, 1.0f);
    inner = horner(z, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f, -0x1.b7f71ap-6f, 0x1.53f224p-8f,
                   -0x1.a3515ep-11f, 0x1.477204p-14f);
    const X t = pmin(a, 3.94f);  // erf rounds to 1 from 3.92
    const X q = horner(t, -0x1.d8c848p-9f, -0x1.9cf71p+0f, -0x1.e28fa6p-1f, -0x1.090092p-3f,
                       0x1.69732ep-6f, -0x1.e45ab6p-10f, 0x1.45db08p-16f);
    constexpr float round = K::round + K::bias;
    const X n = q + round;
    const X f = q - (n - round);
    const X p = horner(f, 1.0f, 0x1.62e42ap-1f, 0x1.ebf9bap-3f, 0x1.c6b762p-5f, 0x1.3ceb7ep-7f,
                       0x1.5bb6cap-10f);
    outer = 1 - p * power_of_two<X>(bit_cast<uint_lanes<X>>(n));
  } else {
    const X z = pmin(a, 1.0) * pmin(a, 1.0);
    inner = horner(z, 0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b2p-4,
                   -0x1.b82ce3128498cp-6, 0x1.565bcd0db004ep-8, -0x1.c02db3d8e5675p-11,
                   0x1.f9a321a033b8dp-14, -0x1.f4d1df2721581p-17, 0x1.b9def0adc86a3p-20,
                   -0x1.5f1d2e94d155p-23, 0x1.f7a3b7ed28a89p-27, -0x1.3869a31650b62p-30,
                   0x1.05769491407d3p-34);
    const X t = pmin(a, 6.0);  // erf rounds to 1 from 5.93
    const X u = (t - 3) / (t + 3);
    const X g = horner(u, 0x1.6e9827d229d2fp-3, -0x1.4e102b9cf8de7p-2, 0x1.f6ff2040ddcfep-3,
                       -0x1.336ffbf0938f4p-3, 0x1.258b13c0c7e1bp-4, -0x1.8fa584aa370edp-6,
                       0x1.17c9d7242a2a9p-8, 0x1.735b31054fb78p-11, -0x1.37f377337706fp-11,
                       0x1.a54689cf0781dp-15, 0x1.2c6b9d58e1819p-14, -0x1.b028b7c16fd74p-18,
                       -0x1.b982442ee36ecp-18);
    const auto [high, low, bits] = exp_reduce<K::bias>(-t * t);
    outer = 1 - g * (1 + expm1_core(high, low)) * power_of_two<X>(bits);
  }
  return select(a < 1, mul_add(x, inner, x), copysign(outer, x));
}

}  // namespace tenon::inline TENON_BUILD::simd
