// Sums and products of everything up to a place along one axis of contiguous elements.
#pragma once

#include "reduce.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// y[i] = x[0] . ... . x[i] over `n` rows of `inner` elements each; `exclusive` leaves x[i] out, `reverse`
/// comes from the other end. Each result is the one before it and one element more.
template <class M, class T>
[[gnu::noinline]] void scan(const T* x, T* y, i64 n, i64 inner, bool exclusive, bool reverse) {
  using V = simd::vec<T>;
  if (n <= 0) return;
  const i64 step = reverse ? -inner : inner;
  if (reverse) x += (n - 1) * inner, y += (n - 1) * inner;
  if (inner == 1) {
    T sum = M::template identity<T>();
    for (i64 i = 0; i < n; ++i, x += step, y += step) {
      const T next = i == 0 ? *x : static_cast<T>(M::combine(sum, *x));
      *y = exclusive ? sum : next;
      sum = next;
    }
    return;
  }
  for (i64 i = 0; i < n; ++i, x += step, y += step) {
    const T* more = exclusive ? x - step : x;
    for (i64 j = 0; j < inner; j += V::lanes) {
      const i64 left = inner - j;
      V sum(M::template identity<T>());
      if (i == 0 && !exclusive) sum = V::load(x + j, left);
      else if (i == 1 && exclusive) sum = V::load(more + j, left);
      else if (i > 0) sum = M::combine(V::load(y - step + j, left), V::load(more + j, left));
      sum.store(y + j, left);
    }
  }
}

}  // namespace tenon
