// Between how elements are stored and how they are computed with: vectors of C from any S in memory and
// back, and whole tiles of them. f16 and bf16 go by bit work and round to nearest even, NaN keeping its
// sign only, exactly as core/number.hpp; integers wrap; other small types go element by element.
#pragma once

#include "../core/number.hpp"
#include "vec.hpp"

namespace tenon::inline TENON_BUILD::simd {

/// f16 patterns to float; exact.
template <int N>
TENON_INLINE vec<float, N> from_f16(vec<std::uint16_t, N> h) {
  using U = vec<std::uint32_t, N>;
  const U w = convert<std::uint32_t>(h);
  const U magnitude = (w & 0x7fffu) << 13u;
  // The fraction is in place, the exponent 112 short: a product is exact for subnormals, too.
  const U finite = bit_cast<U>(bit_cast<vec<float, N>>(magnitude) * 0x1p112f);
  const U special = select(magnitude >= 0x0f800000u, 0x7f800000u, 0u);
  return bit_cast<vec<float, N>>(finite | special | (w & 0x8000u) << 16u);
}

/// Float to f16 patterns. The float adder rounds: a number whose last bit weighs what f16's would is
/// added to |x| and its exponent taken off again (after Dukhan's FP16 library).
template <int N>
TENON_INLINE vec<std::uint16_t, N> to_f16(vec<float, N> x) {
  using F = vec<float, N>;
  using U = vec<std::uint32_t, N>;
  const U bits = bit_cast<U>(x);
  const U twice = bits << 1u;
  const F value = abs(x) * 0x1p112f * 0x1p-110f;  // what is too large becomes infinite on the way
  const U exponent = pmax(twice & 0xff000000u, 0x71000000u);
  const U sum = bit_cast<U>(value + bit_cast<F>((exponent >> 1u) + 0x07800000u));
  const U magnitude = ((sum >> 13u) & 0x7c00u) + (sum & 0x0fffu);
  const U sign = (bits >> 16u) & 0x8000u;
  return convert<std::uint16_t>(sign | select(twice > 0xff000000u, 0x7e00u, magnitude));
}

/// bf16 patterns to float; exact.
template <int N>
TENON_INLINE vec<float, N> from_bf16(vec<std::uint16_t, N> h) {
  return bit_cast<vec<float, N>>(convert<std::uint32_t>(h) << 16u);
}

/// Float to bf16 patterns.
template <int N>
TENON_INLINE vec<std::uint16_t, N> to_bf16(vec<float, N> x) {
  using U = vec<std::uint32_t, N>;
  const U bits = bit_cast<U>(x);
  const U rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
  const U nan = ((bits >> 16u) & 0x8000u) | 0x7fc0u;
  return convert<std::uint16_t>(select((bits << 1u) > 0xff000000u, nan, rounded));
}

// The arithmetic type by which a stored type comes and goes bit for bit.
template <class S>
struct stored_as {
  using type = S;
};
template <>
struct stored_as<bool> {
  using type = std::uint8_t;
};
template <>
struct stored_as<f16> {
  using type = std::uint16_t;
};
template <>
struct stored_as<bf16> {
  using type = std::uint16_t;
};
template <class S>
using stored_t = typename stored_as<S>::type;

/// Lanes of what is in memory for an S, as C.
template <class C, class S, int N>
TENON_INLINE vec<C, N> unpack(vec<stored_t<S>, N> x) {
  if constexpr (std::same_as<S, f16>) return convert<C>(from_f16(x));
  else if constexpr (std::same_as<S, bf16>) return convert<C>(from_bf16(x));
  else return convert<C>(x);
}
/// The reverse; a bool becomes 1 where the lane is not 0.
template <class S, class C, int N>
TENON_INLINE vec<stored_t<S>, N> pack(vec<C, N> x) {
  if constexpr (std::same_as<S, f16>) return to_f16(convert<float>(x));
  else if constexpr (std::same_as<S, bf16>) return to_bf16(convert<float>(x));
  else if constexpr (std::same_as<S, bool>) return convert<std::uint8_t>(select(x != C(0), vec<C, N>(C(1)), C(0)));
  else return convert<S>(x);
}

template <class S>
concept vector_storage = std::is_arithmetic_v<S> || std::same_as<S, f16> || std::same_as<S, bf16>;

/// One stored element as C, and back.
template <class C, class S>
constexpr C widen(S s) {
  if constexpr (std::is_arithmetic_v<S>) return static_cast<C>(s);
  else if constexpr (requires { s.value; }) return static_cast<C>(static_cast<int>(s));
  else return static_cast<C>(static_cast<float>(s));
}
template <class S, class C>
constexpr S narrow(C c) {
  if constexpr (std::same_as<S, bool>) return c != C(0);
  else return S(c);
}

/// N elements of S from any address, as vec<C, N>; with n, the first n and zeros.
template <class C, int N = full<C>, class S>
TENON_INLINE vec<C, N> load_as(const S* p) {
  if constexpr (vector_storage<S>) {
    using M = stored_t<S>;
    return unpack<C, S>(vec<M, N>::load(reinterpret_cast<const M*>(p)));
  } else {
    vec<C, N> r;
    for (int i = 0; i < N; ++i) r.v[i] = widen<C>(p[i]);
    return r;
  }
}
template <class C, int N = full<C>, class S>
TENON_INLINE vec<C, N> load_as(const S* p, std::int64_t n) {
  if constexpr (vector_storage<S>) {
    using M = stored_t<S>;
    return unpack<C, S>(vec<M, N>::load(reinterpret_cast<const M*>(p), n));
  } else {
    vec<C, N> r = C(0);
    for (int i = 0; i < N && i < n; ++i) r.v[i] = widen<C>(p[i]);
    return r;
  }
}

/// The lanes as S to any address; with n, the first n.
template <class S, class C, int N>
TENON_INLINE void store_as(S* p, vec<C, N> x) {
  if constexpr (vector_storage<S>) {
    using M = stored_t<S>;
    pack<S>(x).store(reinterpret_cast<M*>(p));
  } else {
    for (int i = 0; i < N; ++i) p[i] = narrow<S>(x[i]);
  }
}
template <class S, class C, int N>
TENON_INLINE void store_as(S* p, vec<C, N> x, std::int64_t n) {
  if constexpr (vector_storage<S>) {
    using M = stored_t<S>;
    pack<S>(x).store(reinterpret_cast<M*>(p), n);
  } else {
    for (int i = 0; i < N && i < n; ++i) p[i] = narrow<S>(x[i]);
  }
}

/// n contiguous elements of S as C; one function per pair, for drivers to point at.
template <class S, class C>
[[gnu::noinline]] void load_tile(const S* from, C* to, std::int64_t n) {
  if constexpr (vector_storage<S>) {
    constexpr int step = full<C>;
    std::int64_t i = 0;
    for (; i + step <= n; i += step) load_as<C, step>(from + i).store(to + i);
    if (i < n) load_as<C, step>(from + i, n - i).store(to + i, n - i);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = widen<C>(from[i]);
  }
}
/// The reverse: n elements of C, stored as S.
template <class S, class C>
[[gnu::noinline]] void store_tile(const C* from, S* to, std::int64_t n) {
  if constexpr (vector_storage<S>) {
    constexpr int step = full<C>;
    std::int64_t i = 0;
    for (; i + step <= n; i += step) store_as(to + i, vec<C, step>::load(from + i));
    if (i < n) store_as(to + i, vec<C, step>::load(from + i, n - i), n - i);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = narrow<S>(from[i]);
  }
}

}  // namespace tenon::inline TENON_BUILD::simd
