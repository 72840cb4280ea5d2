// What vector extensions do badly, each with the instruction a target has for it and a plain
// spelling that gives the same bits elsewhere. The only file that asks which ISA it is compiled for.
// Functions take raw clang vectors of any length; vec.hpp dresses them.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "../core/config.hpp"

namespace tenon::inline TENON_BUILD::simd::arch {

template <class T, int N>
using raw = T __attribute__((ext_vector_type(N)));

/// True where a * b + c may be fused, by the host's choice: the relaxed build.
#if defined(__wasm_relaxed_simd__)
inline constexpr bool relaxed = true;
#else
inline constexpr bool relaxed = false;
#endif

/// True where there are no vector registers: code with many live vectors then takes one lane each.
#if defined(__wasm__) && !defined(__wasm_simd128__)
inline constexpr bool scalar = true;
#else
inline constexpr bool scalar = false;
#endif

/// Bytes of a vector register. Nothing that is computed depends on it.
#if defined(__AVX__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

/// Lanes From, From + 1, ... of a vector: Count of them; past N they are unspecified.
template <int From, int Count, int N, class V>
TENON_INLINE auto slice(V v) {
  return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    return __builtin_shufflevector(v, v, (From + I < N ? From + I : -1)...);
  }(std::make_integer_sequence<int, Count>{});
}

/// Two vectors of N lanes as one of 2 N.
template <int N, class V>
TENON_INLINE auto join(V a, V b) {
  return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    return __builtin_shufflevector(a, b, I...);
  }(std::make_integer_sequence<int, 2 * N>{});
}

// Applies f, made for W lanes, to a vector of any length: piece by piece, or widened.
template <int W, int N, class V, class F>
TENON_INLINE auto in_pieces(V v, F f) {
  if constexpr (N == W) {
    return f(v);
  } else if constexpr (N < W) {
    return slice<0, N, W>(f(slice<0, W, N>(v)));
  } else {
    return join<N / 2>(in_pieces<W, N / 2>(slice<0, N / 2, N>(v), f),
                       in_pieces<W, N / 2>(slice<N / 2, N / 2, N>(v), f));
  }
}

// Wasm only, one register: a wall against the optimiser, which would merge four-lane conversions into
// wide ones and then do those lane by lane.
template <class V>
TENON_INLINE V wall(V v) {
#if defined(__wasm_simd128__)
  if constexpr (sizeof(V) == 16) asm("" : "+r"(v));
#endif
  return v;
}

/// a where the mask (0 or all ones per lane) is set, else b. In relaxed builds clang makes relaxed
/// minima, maxima and lane selects of the plain spelling, whose answers for NaN and zeros are the host's.
template <class T, int N, class M>
TENON_INLINE raw<T, N> choose(M m, raw<T, N> a, raw<T, N> b) {
#if defined(__wasm_relaxed_simd__)
  constexpr int w = 16 / sizeof(T);
  if constexpr (N > w) {
    constexpr int h = N / 2;
    return join<h>(choose<T, h>(slice<0, h, N>(m), slice<0, h, N>(a), slice<0, h, N>(b)),
                   choose<T, h>(slice<h, h, N>(m), slice<h, h, N>(a), slice<h, h, N>(b)));
  } else if constexpr (N == w) {
    using bits = raw<int, 4>;
    return __builtin_bit_cast(
        std::type_identity_t<raw<T, N>>, __builtin_wasm_bitselect(__builtin_bit_cast(bits, a), __builtin_bit_cast(bits, b), __builtin_bit_cast(bits, m)));
  } else
#endif
    return m ? a : b;
}

/// b where it is less (Greater: greater), else a. The builtins are for relaxed builds, as in choose.
template <class T, int N, bool Greater>
TENON_INLINE raw<T, N> pick(raw<T, N> a, raw<T, N> b) {
#if defined(__wasm_relaxed_simd__)
  constexpr int w = 16 / sizeof(T);
  if constexpr (N > w) {
    constexpr int h = N / 2;
    return join<h>(pick<T, h, Greater>(slice<0, h, N>(a), slice<0, h, N>(b)),
                   pick<T, h, Greater>(slice<h, h, N>(a), slice<h, h, N>(b)));
  } else if constexpr (std::is_same_v<T, float> && N == w) {
    return Greater ? __builtin_wasm_pmax_f32x4(a, b) : __builtin_wasm_pmin_f32x4(a, b);
  } else if constexpr (std::is_same_v<T, double> && N == w) {
    return Greater ? __builtin_wasm_pmax_f64x2(a, b) : __builtin_wasm_pmin_f64x2(a, b);
  } else
#endif
    return (Greater ? a < b : b < a) ? b : a;
}

/// IEEE 754-2019 minimum: NaN wins, -0 < +0. Scalars or vectors of floats.
template <class X>
TENON_INLINE X minimum(X a, X b) {
#if __has_builtin(__builtin_elementwise_minimum)
  return __builtin_elementwise_minimum(a, b);
#else
  const X even = __builtin_elementwise_copysign(X(1), a) < X(0) ? a : b;
  const X least = a < b ? a : a == b ? even : b;
  return a != a ? a : least;
#endif
}
template <class X>
TENON_INLINE X maximum(X a, X b) {
#if __has_builtin(__builtin_elementwise_maximum)
  return __builtin_elementwise_maximum(a, b);
#else
  return -minimum(-a, -b);
#endif
}

/// a * b + c, fused or not as the host likes where the build is relaxed, else two roundings.
template <class T, int N>
TENON_INLINE raw<T, N> multiply_add(raw<T, N> a, raw<T, N> b, raw<T, N> c) {
#if defined(__wasm_relaxed_simd__)
  constexpr int w = 16 / sizeof(T);
  if constexpr (N > w) {
    constexpr int h = N / 2;
    return join<h>(
        multiply_add<T, h>(slice<0, h, N>(a), slice<0, h, N>(b), slice<0, h, N>(c)),
        multiply_add<T, h>(slice<h, h, N>(a), slice<h, h, N>(b), slice<h, h, N>(c)));
  } else if constexpr (std::is_same_v<T, float> && N == w) {
    return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
  } else if constexpr (std::is_same_v<T, double> && N == w) {
    return __builtin_wasm_relaxed_madd_f64x2(a, b, c);
  } else
#endif
    return a * b + c;
}

// A mask of many registers is first folded to one.
template <int N, class V, class F>
TENON_INLINE auto fold(V m, F f) {
  if constexpr (N > 1 && sizeof(V) > 16) {
    return fold<N / 2>(f(slice<0, N / 2, N>(m), slice<N / 2, N / 2, N>(m)), f);
  } else {
    return m;
  }
}

/// Whether any lane of a mask (0 or all ones) is set.
template <class I, int N>
TENON_INLINE bool any(raw<I, N> m) {
  const auto one = fold<N>(m, [](auto a, auto b) __attribute__((always_inline)) { return a | b; });
#if defined(__wasm_simd128__)
  if constexpr (sizeof(one) == 16)
    return __builtin_wasm_any_true_v128(__builtin_bit_cast(raw<signed char, 16>, one));
#endif
  return __builtin_reduce_or(one) != 0;
}

/// Whether every lane of a mask is set.
template <class I, int N>
TENON_INLINE bool all(raw<I, N> m) {
  const auto one = fold<N>(m, [](auto a, auto b) __attribute__((always_inline)) { return a & b; });
#if defined(__wasm_simd128__)
  if constexpr (sizeof(one) == 16)
    // The wall is for x == 0, which clang 22 turns into "not any of x" and then cannot select.
    return __builtin_wasm_all_true_i8x16(wall(__builtin_bit_cast(raw<signed char, 16>, one)));
#endif
  return __builtin_reduce_and(one) != 0;
}

/// f64 to f32, rounded to nearest even.
template <int N>
TENON_INLINE raw<float, N> demote(raw<double, N> x) {
#if defined(__wasm_simd128__)
  if constexpr (N >= 2) {
    if constexpr (N > 4) {
      constexpr int h = N / 2;
      return join<h>(demote<h>(slice<0, h, N>(x)), demote<h>(slice<h, h, N>(x)));
    } else {
      // Recognised only in this spelling: two lanes and two zeros, then the conversion.
      constexpr auto two = [](raw<double, 2> v) __attribute__((always_inline)) {
        return wall(__builtin_convertvector(
            __builtin_shufflevector(v, raw<double, 2>(0.0), 0, 1, 2, 3), raw<float, 4>));
      };
      const auto low = two(slice<0, 2, N>(x));
      if constexpr (N == 2) {
        return __builtin_shufflevector(low, low, 0, 1);
      } else {
        return __builtin_shufflevector(low, two(slice<2, 2, N>(x)), 0, 1, 4, 5);
      }
    }
  } else
#endif
    return __builtin_convertvector(x, raw<float, N>);
}

/// Integers to f32; those of 8 and 16 bits through i32.
template <class I, int N>
TENON_INLINE raw<float, N> to_float(raw<I, N> x) {
#if defined(__wasm_simd128__)
  if constexpr (sizeof(I) < 4 && N > 4) {
    return in_pieces<4, N>(x, [](raw<I, 4> v) __attribute__((always_inline)) {
      return __builtin_convertvector(wall(__builtin_convertvector(v, raw<std::int32_t, 4>)),
                                     raw<float, 4>);
    });
  } else
#endif
    return __builtin_convertvector(x, raw<float, N>);
}

/// Float to integer of at least 32 bits: truncates, saturates, NaN becomes 0.
template <class To, class F, int N>
TENON_INLINE raw<To, N> truncate(raw<F, N> x) {
#if defined(__wasm_simd128__)
  constexpr bool word = sizeof(To) == 4;
  if constexpr (word && std::is_same_v<F, float>) {
    return in_pieces<4, N>(x, [](raw<float, 4> v) __attribute__((always_inline)) {
      if constexpr (std::is_signed_v<To>)
        return __builtin_bit_cast(raw<To, 4>, __builtin_wasm_trunc_saturate_s_i32x4_f32x4(v));
      else return __builtin_bit_cast(raw<To, 4>, __builtin_wasm_trunc_saturate_u_i32x4_f32x4(v));
    });
  } else if constexpr (word && std::is_same_v<F, double>) {
    constexpr auto two = [](raw<double, 2> v) __attribute__((always_inline)) {
      if constexpr (std::is_signed_v<To>)
        return __builtin_bit_cast(raw<To, 4>, __builtin_wasm_trunc_sat_s_zero_f64x2_i32x4(v));
      else return __builtin_bit_cast(raw<To, 4>, __builtin_wasm_trunc_sat_u_zero_f64x2_i32x4(v));
    };
    if constexpr (N <= 2) {
      return slice<0, N, 4>(two(slice<0, 2, N>(x)));
    } else {
      return in_pieces<4, N>(x, [&](raw<double, 4> v) __attribute__((always_inline)) {
        return __builtin_shufflevector(two(slice<0, 2, 4>(v)), two(slice<2, 2, 4>(v)), 0, 1, 4, 5);
      });
    }
  } else
#endif
  {
    // In plain operations, since converting a value that does not fit would be undefined. `high` is
    // the first value too large.
    using limits = std::numeric_limits<To>;
    constexpr F low = static_cast<F>(limits::min());
    constexpr F high = static_cast<F>(To{1} << (limits::digits - 1)) * F(2);
    using R = raw<To, N>;
    using M = raw<std::conditional_t<sizeof(To) == 4, std::int32_t, std::int64_t>, N>;
    const auto fits = (x >= low) & (x < high);
    const R r = __builtin_convertvector(fits ? x : raw<F, N>(F(0)), R);
    const R small = __builtin_convertvector(x < low, M) ? R(limits::min()) : r;
    return __builtin_convertvector(x >= high, M) ? R(limits::max()) : small;
  }
}

/// Sums of neighbouring products, a[2i] b[2i] + a[2i+1] b[2i+1]; they wrap.
template <int N>
TENON_INLINE raw<std::int32_t, N / 2> dot(raw<std::int16_t, N> a, raw<std::int16_t, N> b) {
  if constexpr (N > 8) {
    constexpr int h = N / 2;
    return join<h / 2>(dot<h>(slice<0, h, N>(a), slice<0, h, N>(b)),
                       dot<h>(slice<h, h, N>(a), slice<h, h, N>(b)));
  } else {
    static_assert(N == 8, "dot takes whole registers of i16");
#if defined(__wasm_simd128__)
    return __builtin_wasm_dot_s_i32x4_i16x8(a, b);
#elif defined(__SSE2__)
    return __builtin_ia32_pmaddwd128(a, b);
#else
    using W = raw<std::int32_t, 8>;
    const W p = __builtin_convertvector(a, W) * __builtin_convertvector(b, W);
    return __builtin_shufflevector(p, p, 0, 2, 4, 6) + __builtin_shufflevector(p, p, 1, 3, 5, 7);
#endif
  }
}

/// table[index] per byte lane; an index above 15 gives 0.
template <int N>
TENON_INLINE raw<std::uint8_t, N> lookup(raw<std::uint8_t, 16> table, raw<std::uint8_t, N> index) {
  return in_pieces<16, N>(index, [&](raw<std::uint8_t, 16> i) __attribute__((always_inline)) {
    using B = raw<std::uint8_t, 16>;
#if defined(__wasm_simd128__)
    using S = raw<signed char, 16>;
    return __builtin_bit_cast(B, __builtin_wasm_swizzle_i8x16(__builtin_bit_cast(S, table),
                                                              __builtin_bit_cast(S, i)));
#elif defined(__SSSE3__)
    using S = raw<char, 16>;
    const B past = __builtin_elementwise_add_sat(i, B(0x70));  // bit 7 set where i > 15
    return __builtin_bit_cast(B, __builtin_ia32_pshufb128(__builtin_bit_cast(S, table),
                                                          __builtin_bit_cast(S, past)));
#else
    B r = B(std::uint8_t{0});
    for (int k = 0; k < 16; ++k) r[k] = i[k] < 16 ? table[i[k] & 15] : std::uint8_t{0};
    return r;
#endif
  });
}

/// Hides where a pointer comes from, without an instruction: loop strength reduction then leaves
/// address arithmetic alone, and it folds into the offset of each load.
template <class T>
TENON_INLINE void opaque(T*& p) {
  asm volatile("" : "+r"(p));
}
/// The same for a number: no pass can tell that it is always the same.
TENON_INLINE void opaque(int& n) { asm volatile("" : "+r"(n)); }

}  // namespace tenon::inline TENON_BUILD::simd::arch
