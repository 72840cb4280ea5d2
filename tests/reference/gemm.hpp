// The matrix product by its definition.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

namespace reference {

/// What errors are measured against: a value, and the sum of the magnitudes that went into it.
template <class S>
struct sum {
  S value;
  S magnitude;
};

template <class S>
S magnitude(S x) {
  if constexpr (std::is_floating_point_v<S>)
    return x < 0 ? -x : x;
  else
    return x;
}

/// start + sum over l of a(i, l) * b(l, j), in S, in the order of l.
template <class S, class A, class B>
sum<S> dot(std::int64_t k, S start, A a, B b) {
  sum<S> r{start, magnitude(start)};
  for (std::int64_t l = 0; l < k; ++l) {
    const S p = static_cast<S>(a(l)) * static_cast<S>(b(l));
    r.value = r.value + p;
    r.magnitude = r.magnitude + magnitude(p);
  }
  return r;
}

/// y after what comes behind a product: something added, unless null, and a clamp of floats to [0, 6].
template <class S, class T>
sum<S> finished(sum<S> y, const T* residual, bool clamp) {
  if (residual != nullptr) {
    const S r = static_cast<S>(*residual);
    y = {y.value + r, y.magnitude + magnitude(r)};
  }
  if (clamp && std::is_floating_point_v<T>) y.value = y.value < S(0) ? S(0) : y.value > S(6) ? S(6) : y.value;
  return y;
}

}  // namespace reference
