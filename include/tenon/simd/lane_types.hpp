// vec<T, N>: N lanes of T on clang's vector extensions, with the operators of T, and mask<T, N>, what
// its comparisons give. N may exceed a register: the compiler splits, and results depend on N only.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "arch.hpp"

namespace tenon::inline TENON_BUILD::simd {

template <std::size_t Bytes>
using sized_int = std::conditional_t<
    Bytes == 1, std::int8_t,
    std::conditional_t<Bytes == 2, std::int16_t,
                       std::conditional_t<Bytes == 4, std::int32_t, std::int64_t>>>;

/// N truth values as wide as T: lanes of zeros or ones. Masks of equally wide types are the same.
template <class T, int N>
struct mask {
  using raw = arch::raw<sized_int<sizeof(T)>, N>;
  static constexpr int lanes = N;
  raw m;

  mask() = default;
  TENON_INLINE mask(bool b) : m(static_cast<sized_int<sizeof(T)>>(b ? -1 : 0)) {}
  template <std::same_as<raw> R>
  TENON_INLINE mask(R r) : m(r) {}
  template <class U>
    requires(sizeof(U) == sizeof(T) && !std::same_as<U, T>)
  TENON_INLINE mask(mask<U, N> o) : m(o.m) {}

  TENON_INLINE bool operator[](int i) const { return m[i] != 0; }
  TENON_INLINE friend mask operator&(mask a, mask b) { return raw(a.m & b.m); }
  TENON_INLINE friend mask operator|(mask a, mask b) { return raw(a.m | b.m); }
  TENON_INLINE friend mask operator^(mask a, mask b) { return raw(a.m ^ b.m); }
  TENON_INLINE friend mask operator!(mask a) { return raw(~a.m); }
  TENON_INLINE friend mask operator~(mask a) { return raw(~a.m); }
  TENON_INLINE friend mask& operator&=(mask& a, mask b) { return a = a & b; }
  TENON_INLINE friend mask& operator|=(mask& a, mask b) { return a = a | b; }
  TENON_INLINE friend mask operator==(mask a, mask b) { return raw(~(a.m ^ b.m)); }
};

// Masks of different, equally wide types: the operators above would be ambiguous.
template <class T, class U, int N>
  requires(sizeof(T) == sizeof(U) && !std::same_as<T, U>)
TENON_INLINE mask<T, N> operator&(mask<T, N> a, mask<U, N> b) {
  return a & mask<T, N>(b);
}
template <class T, class U, int N>
  requires(sizeof(T) == sizeof(U) && !std::same_as<T, U>)
TENON_INLINE mask<T, N> operator|(mask<T, N> a, mask<U, N> b) {
  return a | mask<T, N>(b);
}
template <class T, class U, int N>
  requires(sizeof(T) == sizeof(U) && !std::same_as<T, U>)
TENON_INLINE mask<T, N> operator^(mask<T, N> a, mask<U, N> b) {
  return a ^ mask<T, N>(b);
}

/// N lanes of T. Integer + - * wrap; division and shift amounts have the limits of the scalar ones.
template <class T, int N = 16 / sizeof(T)>
struct vec {
  static_assert(N > 0 && (N & (N - 1)) == 0, "the number of lanes is a power of two");
  using value_type = T;
  using raw = arch::raw<T, N>;
  static constexpr int lanes = N;
  raw v;

  vec() = default;
  TENON_INLINE vec(T s) : v(s) {}
  template <std::same_as<raw> R>
  TENON_INLINE vec(R r) : v(r) {}

  /// N elements from any address.
  TENON_INLINE static vec load(const T* p) { return reinterpret_cast<const loose*>(p)->v; }
  TENON_INLINE void store(T* p) const { reinterpret_cast<loose*>(p)->v = v; }
  /// The first n elements, further lanes zero; nothing is read behind them.
  TENON_INLINE static vec load(const T* p, std::int64_t n) {
    if (n >= N) return load(p);
    alignas(raw) T part[N] = {};
    copy_part<N / 2>(part, p, n);
    return load(part);
  }
  /// The first n lanes.
  TENON_INLINE void store(T* p, std::int64_t n) const {
    if (n >= N) return store(p);
    alignas(raw) T part[N];
    store(part);
    copy_part<N / 2>(p, part, n);
  }

  TENON_INLINE T operator[](int i) const { return v[i]; }

  TENON_INLINE friend vec operator+(vec a, vec b) { return raw(a.v + b.v); }
  TENON_INLINE friend vec operator-(vec a, vec b) { return raw(a.v - b.v); }
  TENON_INLINE friend vec operator*(vec a, vec b) { return raw(a.v * b.v); }
  TENON_INLINE friend vec operator/(vec a, vec b) { return raw(a.v / b.v); }
  TENON_INLINE friend vec operator-(vec a) { return raw(-a.v); }
  TENON_INLINE friend vec& operator+=(vec& a, vec b) { return a = a + b; }
  TENON_INLINE friend vec& operator-=(vec& a, vec b) { return a = a - b; }
  TENON_INLINE friend vec& operator*=(vec& a, vec b) { return a = a * b; }
  TENON_INLINE friend vec& operator/=(vec& a, vec b) { return a = a / b; }

  // clang-format off
  TENON_INLINE friend vec operator%(vec a, vec b) requires std::integral<T> { return raw(a.v % b.v); }
  TENON_INLINE friend vec operator&(vec a, vec b) requires std::integral<T> { return raw(a.v & b.v); }
  TENON_INLINE friend vec operator|(vec a, vec b) requires std::integral<T> { return raw(a.v | b.v); }
  TENON_INLINE friend vec operator^(vec a, vec b) requires std::integral<T> { return raw(a.v ^ b.v); }
  TENON_INLINE friend vec operator~(vec a) requires std::integral<T> { return raw(~a.v); }
  TENON_INLINE friend vec operator<<(vec a, vec b) requires std::integral<T> { return raw(a.v << b.v); }
  TENON_INLINE friend vec operator>>(vec a, vec b) requires std::integral<T> { return raw(a.v >> b.v); }
  TENON_INLINE friend vec& operator&=(vec& a, vec b) requires std::integral<T> { return a = a & b; }
  TENON_INLINE friend vec& operator|=(vec& a, vec b) requires std::integral<T> { return a = a | b; }
  TENON_INLINE friend vec& operator^=(vec& a, vec b) requires std::integral<T> { return a = a ^ b; }
  TENON_INLINE friend vec& operator<<=(vec& a, vec b) requires std::integral<T> { return a = a << b; }
  TENON_INLINE friend vec& operator>>=(vec& a, vec b) requires std::integral<T> { return a = a >> b; }
  // clang-format on

  TENON_INLINE friend mask<T, N> operator<(vec a, vec b) { return truth(a.v < b.v); }
  TENON_INLINE friend mask<T, N> operator>(vec a, vec b) { return truth(a.v > b.v); }
  TENON_INLINE friend mask<T, N> operator<=(vec a, vec b) { return truth(a.v <= b.v); }
  TENON_INLINE friend mask<T, N> operator>=(vec a, vec b) { return truth(a.v >= b.v); }
  TENON_INLINE friend mask<T, N> operator==(vec a, vec b) { return truth(a.v == b.v); }
  TENON_INLINE friend mask<T, N> operator!=(vec a, vec b) { return truth(a.v != b.v); }

 private:
  struct [[gnu::packed, gnu::may_alias]] loose {
    raw v;
  };
  TENON_INLINE static mask<T, N> truth(auto m) {
    return __builtin_bit_cast(typename mask<T, N>::raw, m);
  }
  // By halves of constant size: a variable size would be a call (memory.copy in a guest).
  template <int Half>
  TENON_INLINE static void copy_part(T* to, const T* from, std::int64_t n) {
    if constexpr (Half > 0) {
      const std::int64_t some = n & Half;
      if (some) __builtin_memcpy(to, from, Half * sizeof(T));
      copy_part<Half / 2>(to + some, from + some, n);
    }
  }
};

/// Lanes of the 64-byte step of a tile function: fixed, so that bits do not depend on the machine.
template <class T>
inline constexpr int full = 64 / sizeof(T);
template <class T>
using full_vec = vec<T, full<T>>;

}  // namespace tenon::inline TENON_BUILD::simd
