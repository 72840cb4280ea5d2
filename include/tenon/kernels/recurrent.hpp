// What recurrent cells do between matrix products, on rows of contiguous elements: the activations of
// gates, and products of gates and states.
#pragma once

#include <utility>

#include "../simd/math.hpp"

namespace tenon::inline TENON_BUILD::kernels {

using i64 = std::int64_t;

/// ONNX's activations for LSTM, GRU and RNN.
enum class gate : std::uint8_t {
  affine, relu, leaky_relu, thresholded_relu, tanh, scaled_tanh, sigmoid, hard_sigmoid, elu, softsign, softplus,
};
struct gate_function {
  gate what;
  float alpha, beta;
};

namespace detail {

/// y[i] = f(y[i], a[i], b[i]) a register at a time.
template <class T, class F>
TENON_INLINE void each_lane(T* y, const T* a, const T* b, i64 n, F f) {
  using V = simd::vec<T>;
#pragma clang loop unroll(disable)
  for (i64 i = 0; i < n; i += V::lanes)
    V(f(V::load(y + i, n - i), V::load(a + i, n - i), V::load(b + i, n - i))).store(y + i, n - i);
}

}  // namespace detail

/// x = f(x), x first cut to [-limit, limit].
template <class T>
[[gnu::noinline]] void activate(const gate_function& f, T* x, i64 n, T limit) {
  using V = simd::vec<T>;
  const T alpha = f.alpha, beta = f.beta, one = 1, zero = 0;
  const auto map = [&](auto body) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < n; i += V::lanes) V(body(simd::clamp(V::load(x + i, n - i), -limit, limit))).store(x + i, n - i);
  };
  using namespace simd;
  switch (f.what) {
    case gate::affine: return map([&](V v) { return v * alpha + beta; });
    case gate::relu: return map([&](V v) { return max(v, zero); });
    case gate::leaky_relu: return map([&](V v) { return select(v >= zero, v, v * alpha); });
    case gate::thresholded_relu: return map([&](V v) { return select(v > alpha, v, zero); });
    case gate::tanh: return map([&](V v) { return simd::tanh(v); });
    case gate::scaled_tanh: return map([&](V v) { return simd::tanh(v * beta) * alpha; });
    case gate::sigmoid: return map([&](V v) { return simd::sigmoid(v); });
    case gate::hard_sigmoid: return map([&](V v) { return clamp(v * alpha + beta, zero, one); });
    case gate::elu: return map([&](V v) { return select(v >= zero, v, simd::expm1(v) * alpha); });
    case gate::softsign: return map([&](V v) { return v / (abs(v) + one); });
    case gate::softplus: return map([&](V v) { return max(v, zero) + simd::log1p(simd::exp(-abs(v))); });
  }
}

/// y += a * b
template <class T>
[[gnu::noinline]] void add_products(T* y, const T* a, const T* b, i64 n) {
  detail::each_lane(y, a, b, n, [](auto v, auto p, auto q) { return v + p * q; });
}
/// y = a * b
template <class T>
[[gnu::noinline]] void set_products(T* y, const T* a, const T* b, i64 n) {
  detail::each_lane(y, a, b, n, [](auto, auto p, auto q) { return p * q; });
}
/// y = 1 - a
template <class T>
[[gnu::noinline]] void set_complement(T* y, const T* a, i64 n) {
  detail::each_lane(y, a, a, n, [](auto, auto p, auto) { return decltype(p)(T(1)) - p; });
}
/// y = (1 - keep) * fresh + keep * y
template <class T>
[[gnu::noinline]] void blend(T* y, const T* keep, const T* fresh, i64 n) {
  detail::each_lane(y, keep, fresh, n, [](auto v, auto k, auto f) { return (decltype(v)(T(1)) - k) * f + k * v; });
}
/// y *= a
template <class T>
[[gnu::noinline]] void multiply_by(T* y, const T* a, i64 n) {
  detail::each_lane(y, a, a, n, [](auto v, auto p, auto) { return v * p; });
}

}  // namespace tenon
