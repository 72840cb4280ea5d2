// Lane-wise functions on vec<T, N> and on plain scalars alike, so that one generic body runs on
// both; with lane_types.hpp (the types) and lanes.hpp (across lanes) it is the whole register layer.
#pragma once

#include "lane_types.hpp"
#include "lanes.hpp"

namespace tenon::inline TENON_BUILD::simd {

/// a where the mask is set, else b.
template <class T, int N, class A, class B>
TENON_INLINE auto select(mask<T, N> m, A a, B b) {
  using X = std::conditional_t<is_vec<A> || is_vec<B>, joint<A, B>, vec<T, N>>;
  return X(arch::choose<scalar_t<X>, N>(m.m, bare(to<X>(a)), bare(to<X>(b))));
}
template <lane_like A, lane_like B>
TENON_INLINE joint<A, B> select(bool m, A a, B b) {
  using X = joint<A, B>;
  return m ? to<X>(a) : to<X>(b);
}

/// b where it is less, else a: one instruction. NaN in b, or in both, gives a; in a, a.
template <lane_like A, lane_like B>
TENON_INLINE joint<A, B> pmin(A a, B b) {
  using X = joint<A, B>;
  const X x = to<X>(a), y = to<X>(b);
  if constexpr (arch::relaxed && is_vec<X>) return X(arch::pick<scalar_t<X>, lanes_of<X>, false>(x.v, y.v));
  else return bare(y) < bare(x) ? bare(y) : bare(x);
}
/// b where it is greater, else a: one instruction; NaN as in pmin.
template <lane_like A, lane_like B>
TENON_INLINE joint<A, B> pmax(A a, B b) {
  using X = joint<A, B>;
  const X x = to<X>(a), y = to<X>(b);
  if constexpr (arch::relaxed && is_vec<X>) return X(arch::pick<scalar_t<X>, lanes_of<X>, true>(x.v, y.v));
  else return bare(x) < bare(y) ? bare(y) : bare(x);
}
/// The lesser; NaN wins and -0 < +0, as in NumPy and ONNX.
template <lane_like A, lane_like B>
TENON_INLINE joint<A, B> min(A a, B b) {
  using X = joint<A, B>;
  if constexpr (float_like<X> && arch::relaxed && is_vec<X>) {
    // Of equal ones, and of zeros, the bits of both; NaN stays NaN so.
    const X x = to<X>(a), y = to<X>(b);
    return select(x < y, x, select(y < x, y, bit_cast<X>(bit_cast<int_lanes<X>>(x) | bit_cast<int_lanes<X>>(y))));
  } else if constexpr (float_like<X>) {
    return arch::minimum(bare(to<X>(a)), bare(to<X>(b)));
  } else {
    return pmin(a, b);
  }
}
/// The greater; NaN wins and -0 < +0.
template <lane_like A, lane_like B>
TENON_INLINE joint<A, B> max(A a, B b) {
  using X = joint<A, B>;
  if constexpr (float_like<X> && arch::relaxed && is_vec<X>) {
    const X x = to<X>(a), y = to<X>(b);
    const X equal = bit_cast<X>(bit_cast<int_lanes<X>>(x) & bit_cast<int_lanes<X>>(y));
    return select(x > y, x, select(y > x, y, select(x == y, equal, x + y)));
  } else if constexpr (float_like<X>) {
    return arch::maximum(bare(to<X>(a)), bare(to<X>(b)));
  } else {
    return pmax(a, b);
  }
}
/// x between low and high; high where low > high; NaN stays.
template <lane_like X, lane_like L, lane_like H>
TENON_INLINE X clamp(X x, L low, H high) {
  return pmin(pmax(x, to<X>(low)), to<X>(high));
}

template <class T, int N>
TENON_INLINE bool any(mask<T, N> m) {
  return arch::any<sized_int<sizeof(T)>, N>(m.m);
}
TENON_INLINE bool any(bool m) { return m; }
template <class T, int N>
TENON_INLINE bool all(mask<T, N> m) {
  return arch::all<sized_int<sizeof(T)>, N>(m.m);
}
TENON_INLINE bool all(bool m) { return m; }

/// |x|; the least integer wraps to itself.
template <lane_like X>
TENON_INLINE X abs(X x) {
  if constexpr (std::is_unsigned_v<scalar_t<X>>) return x;
  else return __builtin_elementwise_abs(bare(x));
}
template <float_like X>
TENON_INLINE X sqrt(X x) {
  return __builtin_elementwise_sqrt(bare(x));
}
/// The four roundings leave integers as they are.
template <lane_like X>
TENON_INLINE X floor(X x) {
  if constexpr (float_like<X>) return __builtin_elementwise_floor(bare(x));
  else return x;
}
template <lane_like X>
TENON_INLINE X ceil(X x) {
  if constexpr (float_like<X>) return __builtin_elementwise_ceil(bare(x));
  else return x;
}
template <lane_like X>
TENON_INLINE X trunc(X x) {
  if constexpr (float_like<X>) return __builtin_elementwise_trunc(bare(x));
  else return x;
}
template <lane_like X>
TENON_INLINE X round_even(X x) {
  if constexpr (float_like<X>) return __builtin_elementwise_roundeven(bare(x));
  else return x;
}

/// a * b + c: two roundings, except in the relaxed build, whose hosts may fuse vectors' (not scalars').
template <lane_like A, lane_like B, lane_like C>
TENON_INLINE auto mul_add(A a, B b, C c) {
  using X = joint<joint<A, B>, C>;
  if constexpr (arch::relaxed && is_vec<X> && float_like<X>) {
    return X(arch::multiply_add<scalar_t<X>, lanes_of<X>>(bare(to<X>(a)), bare(to<X>(b)),
                                                          bare(to<X>(c))));
  } else {
    return static_cast<X>(to<X>(a) * to<X>(b) + to<X>(c));
  }
}

/// The magnitude of x with the sign of s.
template <float_like A, float_like B>
TENON_INLINE joint<A, B> copysign(A x, B s) {
  using X = joint<A, B>;
  return __builtin_elementwise_copysign(bare(to<X>(x)), bare(to<X>(s)));
}
template <lane_like X>
TENON_INLINE auto is_nan(X x) {
  if constexpr (float_like<X>) return x != x;
  else return mask_of<X>(false);
}

}  // namespace tenon::inline TENON_BUILD::simd
