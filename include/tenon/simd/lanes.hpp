// What crosses lanes or changes their type: reductions, shuffles, transposes and conversions; and the
// traits by which generic code speaks of vectors and scalars alike.
#pragma once

#include <limits>

#include "lane_types.hpp"

namespace tenon::inline TENON_BUILD::simd {

template <class X>
struct lane_traits {
  using scalar = X;
  using mask_type = bool;
  template <class U>
  using rebind = U;
  static constexpr int lanes = 1;
};
template <class T, int N>
struct lane_traits<vec<T, N>> {
  using scalar = T;
  using mask_type = mask<T, N>;
  template <class U>
  using rebind = vec<U, N>;
  static constexpr int lanes = N;
};
/// The type of one lane; of a scalar, itself.
template <class X>
using scalar_t = typename lane_traits<X>::scalar;
/// What comparing two X gives.
template <class X>
using mask_of = typename lane_traits<X>::mask_type;
/// As many lanes of U.
template <class X, class U>
using rebind = typename lane_traits<X>::template rebind<U>;
template <class X>
inline constexpr int lanes_of = lane_traits<X>::lanes;
template <class X>
inline constexpr bool is_vec = !std::same_as<X, scalar_t<X>>;
/// Signed and unsigned integers as wide as the lanes of X, for work on bits.
template <class X>
using int_lanes = rebind<X, sized_int<sizeof(scalar_t<X>)>>;
template <class X>
using uint_lanes = rebind<X, std::make_unsigned_t<sized_int<sizeof(scalar_t<X>)>>>;

template <class X>
concept lane_like = std::is_arithmetic_v<scalar_t<X>> && !std::same_as<X, bool> && lanes_of<X> != 0;
template <class X>
concept float_like = lane_like<X> && std::is_floating_point_v<scalar_t<X>>;

// The common type of two operands: a vector's; of two scalars the common one, where a literal's int
// gives way to narrower integers.
template <class A, class B>
struct joint_type {
  using type = std::common_type_t<A, B>;
};
template <class A>
struct joint_type<A, A> {
  using type = A;
};
template <class T, int N, class B>
struct joint_type<vec<T, N>, B> {
  using type = vec<T, N>;
};
template <class A, class T, int N>
struct joint_type<A, vec<T, N>> {
  using type = vec<T, N>;
};
template <class T, int N>
struct joint_type<vec<T, N>, vec<T, N>> {
  using type = vec<T, N>;
};
template <class A>
  requires(std::integral<A> && sizeof(A) < 4)
struct joint_type<A, int> {
  using type = A;
};
template <class A>
  requires(std::integral<A> && sizeof(A) < 4)
struct joint_type<int, A> {
  using type = A;
};
template <class A, class B>
using joint = typename joint_type<A, B>::type;

/// A scalar or vector as X, scalars converted and splatted.
template <class X, class A>
TENON_INLINE X to(A a) {
  if constexpr (std::same_as<X, A>) return a;
  else return X(static_cast<scalar_t<X>>(a));
}
/// The clang vector, or the scalar, inside.
template <class X>
TENON_INLINE auto bare(X x) {
  if constexpr (is_vec<X>) return x.v;
  else return x;
}

/// The same bits as another type of the same size.
template <class To, class From>
TENON_INLINE To bit_cast(From x) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, x);
}

/// Lanes I... of a, or of a and b one after the other.
template <int... I, class T, int N>
TENON_INLINE vec<T, sizeof...(I)> shuffle(vec<T, N> a) {
  return __builtin_shufflevector(a.v, a.v, I...);
}
template <int... I, class T, int N>
TENON_INLINE vec<T, sizeof...(I)> shuffle(vec<T, N> a, vec<T, N> b) {
  return __builtin_shufflevector(a.v, b.v, I...);
}
template <class T, int N>
TENON_INLINE vec<T, N / 2> low_half(vec<T, N> x) {
  return arch::slice<0, N / 2, N>(x.v);
}
template <class T, int N>
TENON_INLINE vec<T, N / 2> high_half(vec<T, N> x) {
  return arch::slice<N / 2, N / 2, N>(x.v);
}
template <class T, int N>
TENON_INLINE vec<T, 2 * N> concat(vec<T, N> low, vec<T, N> high) {
  return arch::join<N>(low.v, high.v);
}
/// a0 b0 a1 b1 ... of the lower halves.
template <class T, int N>
TENON_INLINE vec<T, N> interleave_low(vec<T, N> a, vec<T, N> b) {
  return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    return shuffle<(I / 2 + I % 2 * N)...>(a, b);
  }(std::make_integer_sequence<int, N>{});
}
/// The same of the upper halves.
template <class T, int N>
TENON_INLINE vec<T, N> interleave_high(vec<T, N> a, vec<T, N> b) {
  return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    return shuffle<((N + I) / 2 + I % 2 * N)...>(a, b);
  }(std::make_integer_sequence<int, N>{});
}
/// Transposes a 4 x 4 block of 32-bit lanes in place.
template <class T>
  requires(sizeof(T) == 4)
TENON_INLINE void transpose(vec<T, 4>& a, vec<T, 4>& b, vec<T, 4>& c, vec<T, 4>& d) {
  const auto ac = interleave_low(a, c), bd = interleave_low(b, d);
  const auto ac2 = interleave_high(a, c), bd2 = interleave_high(b, d);
  a = interleave_low(ac, bd), b = interleave_high(ac, bd);
  c = interleave_low(ac2, bd2), d = interleave_high(ac2, bd2);
}
/// table[index] per byte; an index above 15 gives 0.
template <int N>
TENON_INLINE vec<std::uint8_t, N> lookup(vec<std::uint8_t, 16> table, vec<std::uint8_t, N> index) {
  return arch::lookup<N>(table.v, index.v);
}
/// a[2i] b[2i] + a[2i+1] b[2i+1] in 32 bits, wrapping; N at least 8.
template <int N>
TENON_INLINE vec<std::int32_t, N / 2> dot(vec<std::int16_t, N> a, vec<std::int16_t, N> b) {
  return arch::dot<N>(a.v, b.v);
}

// Halves against halves until one lane is left: the order is a function of N alone.
template <class T, int N, class F>
TENON_INLINE T reduce(vec<T, N> x, F f) {
  if constexpr (N == 1) return x[0];
  else return reduce(f(low_half(x), high_half(x)), f);
}
/// The sum of all lanes, lane i + lane i + N/2 first, and so on.
template <class T, int N>
TENON_INLINE T reduce_add(vec<T, N> x) {
  return reduce(x, [](auto a, auto b) __attribute__((always_inline)) { return a + b; });
}
/// The greatest lane; NaN wins.
template <class T, int N>
TENON_INLINE T reduce_max(vec<T, N> x) {
  return reduce(x, [](auto a, auto b) __attribute__((always_inline)) { return max(a, b); });
}
/// The least lane; NaN wins.
template <class T, int N>
TENON_INLINE T reduce_min(vec<T, N> x) {
  return reduce(x, [](auto a, auto b) __attribute__((always_inline)) { return min(a, b); });
}
template <class T>
  requires std::is_arithmetic_v<T>
TENON_INLINE T reduce_add(T x) {
  return x;
}
template <class T>
  requires std::is_arithmetic_v<T>
TENON_INLINE T reduce_max(T x) {
  return x;
}
template <class T>
  requires std::is_arithmetic_v<T>
TENON_INLINE T reduce_min(T x) {
  return x;
}

/// Lanes as U. Integers wrap, floats round to nearest even; float to integer truncates and saturates,
/// NaN to 0, on every target.
template <class U, class T, int N>
TENON_INLINE vec<U, N> convert(vec<T, N> x) {
  using R = typename vec<U, N>::raw;
  if constexpr (std::same_as<U, T>) {
    return x;
  } else if constexpr (std::is_floating_point_v<T> && std::integral<U>) {
    if constexpr (sizeof(U) >= 4) {
      return arch::truncate<U, T, N>(x.v);
    } else {
      using limits = std::numeric_limits<U>;
      const vec<std::int32_t, N> wide = arch::truncate<std::int32_t, T, N>(x.v);
      return __builtin_convertvector(clamp(wide, int{limits::min()}, int{limits::max()}).v, R);
    }
  } else if constexpr (std::same_as<T, double> && std::same_as<U, float>) {
    return arch::demote<N>(x.v);
  } else if constexpr (std::integral<T> && std::same_as<U, float>) {
    return arch::to_float<T, N>(x.v);
  } else {
    return __builtin_convertvector(x.v, R);
  }
}
template <class U, class T>
  requires(std::is_arithmetic_v<T> && std::is_arithmetic_v<U>)
TENON_INLINE U convert(T x) {
  if constexpr (std::is_floating_point_v<T> && std::integral<U>) return convert<U>(vec<T, 1>(x))[0];
  else return static_cast<U>(x);
}
/// The same truth values for lanes of U.
template <class U, class T, int N>
TENON_INLINE mask<U, N> convert(mask<T, N> m) {
  return __builtin_convertvector(m.m, typename mask<U, N>::raw);
}
template <class U>
TENON_INLINE bool convert(bool m) {
  return m;
}

/// Hides where a pointer comes from, without an instruction: its loads then keep constant offsets.
template <class T>
TENON_INLINE void opaque(T*& p) {
  arch::opaque(p);
}
/// Hides that a number is always the same: loops are not specialised for it.
TENON_INLINE void opaque(int& n) { arch::opaque(n); }

}  // namespace tenon::inline TENON_BUILD::simd
