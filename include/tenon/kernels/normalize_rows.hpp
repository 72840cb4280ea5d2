// Normalisation of contiguous rows that fit into L1: the passes of LayerNormalization and
// RMSNormalization, and the sums that go before them. Sums run in 2 x 64 bytes of lanes over parts of 4 KB, the parts in double.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/vec.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

template <bool Squared, class T>
[[gnu::noinline]] double sum_row(const T* x, i64 n, T shift) {
  using V = simd::full_vec<T>;
  constexpr i64 N = V::lanes, part = 64 * N;
  const auto term = [&](auto v) __attribute__((always_inline)) {
    if constexpr (Squared) {
      const auto d = v - decltype(v)(shift);
      return d * d;
    } else {
      return v;
    }
  };
  double total = 0;
  for (; n > 0; n -= part, x += part) {
    const i64 m = n < part ? n : part;
    V a(T(0)), b(T(0));
    i64 i = 0;
#pragma clang loop unroll(disable)
    for (; i + 2 * N <= m; i += 2 * N) a = a + term(V::load(x + i)), b = b + term(V::load(x + i + N));
    if (i + N <= m) a = a + term(V::load(x + i)), i += N;
    T rest = 0;
    for (; i < m; ++i) rest = rest + term(x[i]);
    total += static_cast<double>(simd::reduce_add(a + b) + rest);
  }
  return total;
}

}  // namespace detail

template <class T>
double row_mean(const T* x, i64 n) {
  return detail::sum_row<false>(x, n, T(0)) / static_cast<double>(n);
}
/// The mean of (x - shift)^2.
template <class T>
double row_mean_of_squares(const T* x, i64 n, T shift) {
  return detail::sum_row<true>(x, n, shift) / static_cast<double>(n);
}

/// y = (x - shift) * factor * scale + bias, where scale and bias may be null.
template <class T>
[[gnu::noinline]] void rescale_row(const T* x, T* y, i64 n, T shift, T factor, const T* scale, const T* bias) {
  using V = simd::full_vec<T>;
  constexpr i64 N = V::lanes;
  const auto at = [&](i64 i, auto load) __attribute__((always_inline)) {
    V v = (load(x + i) - V(shift)) * V(factor);
    if (scale) v = v * load(scale + i);
    if (bias) v = v + load(bias + i);
    return v;
  };
  i64 i = 0;
#pragma clang loop unroll(disable)
  for (; i + N <= n; i += N) at(i, [](const T* p) __attribute__((always_inline)) { return V::load(p); }).store(y + i);
  if (i < n) at(i, [left = n - i](const T* p) __attribute__((always_inline)) { return V::load(p, left); }).store(y + i, n - i);
}

/// out = a + b + c, where c may be null and out one of them.
[[gnu::noinline]] inline void add_row(const float* a, const float* b, const float* c, float* out, i64 n) {
  using V = simd::vec<float, 4>;
  for (i64 i = 0; i < n; i += 4) {
    V v = V::load(a + i, n - i) + V::load(b + i, n - i);
    if (c) v = v + V::load(c + i, n - i);
    v.store(out + i, n - i);
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
