// pow for float and double, scalars and vectors; 2 ulp at most. For float log2 and exp2 run in double.
// For double log(x) is an unevaluated sum of two doubles, good to 2^-65: exact products by splitting
// (Dekker 1971) and sums with their errors. Special cases as in IEEE 754-2019, 9.2.1.
#pragma once

#include "error_free.hpp"
#include "logarithm.hpp"

namespace tenon::inline TENON_BUILD::simd {

// |x|^y for positive finite x and y; far results saturate.
template <int N>
TENON_INLINE vec<float, N> pow_core(vec<float, N> x, vec<float, N> y) {
  using D = vec<double, N>;
  // log2(x) = k + s R(s^2), s = f / (2 + f): to 2^-43. Float's subnormals are normal in double.
  const auto [k, f] = log_reduce(convert<double>(x));
  const D s = f / (2 + f);
  const D l = mul_add(s, horner(s * s, 0x1.71547652b824fp+1, 0x1.ec709dc5402cep-1, 0x1.2776c28ed1d4bp-1,
                                0x1.a61a32652a073p-2, 0x1.4794bdb899bbbp-2, 0x1.21b9abc3b8cd9p-2),
                      k);
  const D t = clamp(convert<double>(y) * l, -300.0, 300.0);  // what overflows float is finite here
  constexpr double round = 0x1.8p+52 + 1023;
  const D n = t + round;
  const D g = t - (n - round);
  const D p = horner(g, 1.0, 0x1.62e42ff0e41f3p-1, 0x1.ebfbe07849c7fp-3, 0x1.c6b08abc4b483p-5,
                     0x1.3b29f2d61256dp-7, 0x1.5d8a889420091p-10, 0x1.445d313562ccfp-13,
                     0x1.fde507b97cf2p-17);
  return convert<float>(p * power_of_two<D>(bit_cast<vec<std::uint64_t, N>>(n)));
}
template <int N>
TENON_INLINE vec<double, N> pow_core(vec<double, N> x, vec<double, N> y) {
  using X = vec<double, N>;
  using E = exp_constants<double>;
  const auto [k, f] = log_reduce(x);
  // s = f / d, with the remainders of both.
  X e0, e1, e2, e3;
  const X d = f + 2, d_low = f - (d - 2);
  const X inverse = 1 / d;
  const X s = f * inverse;
  const X p0 = two_product(s, d, e0);
  const X s_low = (((f - p0) - e0) - s * d_low) * inverse;
  // log(1 + f) = 2 s + s z T, z = s^2, T = 2/3 + z U.
  const X z = two_product(s, s, e1);
  const X z_low = e1 + 2 * s * s_low;
  const X u = z * horner(z, 0x1.9999999999997p-2, 0x1.2492492492d55p-2, 0x1.c71c71c5c8306p-3,
                         0x1.745d18153146fp-3, 0x1.3b13696e24d4dp-3, 0x1.111fd21da2a2bp-3,
                         0x1.de539debf2b1bp-4, 0x1.ea1f9ac57277ep-4);
  X t_low;
  const X t = fast_two_sum(X(0x1.5555555555555p-1), u, t_low);
  t_low += 0x1.5555555555555p-55;
  const X c = two_product(s, z, e2);
  const X c_low = e2 + (s * z_low + s_low * z);
  const X v = two_product(c, t, e3);
  const X v_low = e3 + (c * t_low + c_low * t);
  // log(x) = k ln 2 + 2 s + v.
  X e4, e5, e6;
  const X sum = fast_two_sum(fast_two_sum(k * E::ln2_high, s + s, e4), v, e5);
  const X log_low = (e4 + e5) + (2 * s_low + (v_low + k * E::ln2_low));
  const X log_high = fast_two_sum(sum, log_low, e6);
  // y log(x); where it saturates, the tail is of no use.
  X e7;
  const X product = two_product(log_high, y, e7);
  const X high = clamp(product, E::low, E::high);
  return exp_with_tail(high, select(high == product, e7 + e6 * y, 0));
}
template <class T>
  requires std::is_floating_point_v<T>
TENON_INLINE T pow_core(T x, T y) {
  return pow_core(vec<T, 1>(x), vec<T, 1>(y))[0];
}

/// x to the power y.
template <float_like A, float_like B>
TENON_INLINE joint<A, B> pow(A base, B exponent) {
  using X = joint<A, B>;
  using T = scalar_t<X>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  constexpr T whole_from = log_constants<T>::scale;  // 2^23, 2^52: from there every float is whole
  const X x = to<X>(base), y = to<X>(exponent);
  const X a = abs(x), b = abs(y);
  const X rounded = (b + whole_from) - whole_from;
  const auto whole = (b >= whole_from) | (rounded == b);
  const X half = b * T(0.5);
  const auto odd = whole & (half < whole_from) & ((half + whole_from) - whole_from != half);
  const auto negative = bit_cast<int_lanes<X>>(x) < 0;

  const auto up = (a > 1) == (y > 0);  // towards infinity
  X r = pow_core(a, y);
  r = select((a == 0) | (a == infinity) | (b == infinity), select(up, infinity, T(0)), r);
  r = select(a == 1, T(1), r);
  r = select(negative & odd, -r, r);
  r = select((x < 0) & (x > -infinity) & !whole, nan, r);
  r = select((x != x) | (y != y), nan, r);
  return select((y == 0) | (x == 1), T(1), r);
}

}  // namespace tenon::inline TENON_BUILD::simd
