// Local response normalisation: each element divided by a power of the mean square of its neighbours
// along the channels. Lanes are channels where these are contiguous (a pixel's values go through a
// buffer with zeros around them), else neighbouring pixels.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/math.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// y = x / (bias + factor * sum of squares)^beta; the window is `before` channels, the element's own
/// and `after` ones. Channels are `channel_step` elements apart, pixels `pixel_step`: one of them is 1.
struct lrn_shape {
  i64 channels, pixels, channel_step, pixel_step, before, after;
  double factor, beta, bias;
};

namespace detail {

// `taps` neighbours from `first` on, `step` elements apart, for n lanes.
template <class T>
[[gnu::noinline]] void lrn_lanes(const lrn_shape& s, const T* x, const T* first, i64 taps, i64 step, T* y, i64 n) {
  constexpr int N = 16 / sizeof(T) * 2;
  using V = simd::vec<T, N>;
  const V factor(static_cast<T>(s.factor)), bias(static_cast<T>(s.bias)), beta(static_cast<T>(s.beta));
  const auto by = static_cast<std::ptrdiff_t>(step);
  // Powers of a half and of a quarter are square roots; the networks that have this have 0.75.
  const int roots = s.beta == 0.5 ? 1 : s.beta == 0.75 ? 2 : s.beta == 1 ? 3 : 0;
  const auto at = [&](i64 i, auto load, auto store) __attribute__((always_inline)) {
    V sum(T(0));
    const T* p = first + i;
    for (i64 k = taps; k > 0; --k, p += by) {
      const V v = load(p);
      sum = sum + v * v;
    }
    const V base = bias + factor * sum, v = load(x + i);
    if (roots == 3) return store(v / base, y + i);
    if (roots == 0) return store(v / simd::pow(base, beta), y + i);
    const V root = simd::sqrt(base);
    store(v / (roots == 1 ? root : root * simd::sqrt(root)), y + i);
  };
  i64 i = 0;
  for (; i + N <= n; i += N)
    at(i, [](const T* p) __attribute__((always_inline)) { return V::load(p); },
       [](V v, T* p) __attribute__((always_inline)) { v.store(p); });
  if (i < n)
    at(i, [&](const T* p) { return V::load(p, n - i); }, [&](V v, T* p) { v.store(p, n - i); });
}

}  // namespace detail

/// Elements of scratch for one picture.
constexpr i64 lrn_scratch(const lrn_shape& s) { return s.channels + s.before + s.after; }

/// One picture.
template <class T>
void lrn(const lrn_shape& s, const T* x, T* y, T* scratch) {
  if (s.channel_step == 1) {
    const i64 all = lrn_scratch(s);
    for (i64 i = 0; i < all; ++i) scratch[i] = T(0);
    for (i64 i = 0; i < s.pixels; ++i, x += s.pixel_step, y += s.pixel_step) {
      std::memcpy(scratch + s.before, x, static_cast<std::size_t>(s.channels) * sizeof(T));
      detail::lrn_lanes<T>(s, x, scratch, s.before + 1 + s.after, 1, y, s.channels);
    }
    return;
  }
  for (i64 c = 0; c < s.channels; ++c) {
    const i64 first = c > s.before ? c - s.before : 0, last = s.channels - 1 - c > s.after ? c + s.after : s.channels - 1;
    detail::lrn_lanes<T>(s, x + c * s.channel_step, x + first * s.channel_step, last - first + 1, s.channel_step,
                         y + c * s.channel_step, s.pixels);
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
