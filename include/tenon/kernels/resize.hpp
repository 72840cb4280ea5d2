// Resampling along axes: where each output position comes from, tables of weights for interpolation
// (Keys' cubic kernel among them), and the passes that use them. Nearest neighbours are copies.
#pragma once

#include <optional>

#include "../simd/vec.hpp"
#include "copy.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// From an output position to an input coordinate.
enum class resize_coordinates : std::uint8_t {
  half_pixel, half_pixel_symmetric, pytorch_half_pixel, align_corners, asymmetric, tf_crop_and_resize, tf_half_pixel_for_nn,
};
enum class resize_rounding : std::uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
struct resize_rule {
  resize_coordinates coordinates = resize_coordinates::half_pixel;
  resize_rounding rounding = resize_rounding::round_prefer_floor;
  bool cubic = false, antialias = false, exclude_outside = false;
  double a = -0.75;  ///< of the cubic kernel
};
/// One axis: sizes above 0, the scale as it was given, and the region of tf_crop_and_resize.
struct resize_axis {
  std::int64_t in = 1, out = 1;
  double scale = 1, begin = 0, end = 1;
};

namespace detail {

constexpr double within(double x, double low, double high) { return x > low ? (x < high ? x : high) : low; }

/// The coordinate that output position x has in the input, or nothing outside of a region's picture.
inline std::optional<double> resize_origin(const resize_rule& r, const resize_axis& a, double x) {
  using enum resize_coordinates;
  const double in = static_cast<double>(a.in), out = a.scale * in;
  double at = 0;
  switch (r.coordinates) {
    case half_pixel: at = (x + 0.5) / a.scale - 0.5; break;
    case pytorch_half_pixel: at = out == 1 ? -0.5 : (x + 0.5) / a.scale - 0.5; break;
    case tf_half_pixel_for_nn: at = (x + 0.5) / a.scale; break;
    case asymmetric: at = x / a.scale; break;
    case align_corners: at = out == 1 ? 0 : x * (in - 1) / (out - 1); break;
    case half_pixel_symmetric: at = in / 2 * (1 - static_cast<double>(a.out) / out) + (x + 0.5) / a.scale - 0.5; break;
    case tf_crop_and_resize:
      at = out == 1 ? (a.end - a.begin) * (in - 1) / 2 : x * (a.end - a.begin) * (in - 1) / (out - 1);
      at += a.begin * (in - 1);
      if (!(at >= 0 && at <= in - 1)) return std::nullopt;
      break;
  }
  // Far outside is outside, and every number becomes an integer safely.
  return within(at, -4 * in - 4, 5 * in + 4);
}

inline double resize_weight(const resize_rule& r, double x) {
  x = x < 0 ? -x : x;
  if (!r.cubic) return x < 1 ? 1 - x : 0;
  if (x <= 1) return ((r.a + 2) * x - (r.a + 3)) * x * x + 1;
  if (x < 2) return ((r.a * x - 5 * r.a) * x + 8 * r.a) * x - 4 * r.a;
  return 0;
}
/// Weights that one position has, before the border is folded in.
inline std::int64_t resize_window(const resize_rule& r, const resize_axis& a) {
  const double squeezed = r.antialias && a.scale < 1 ? a.scale : 1;
  const double reach = simd::ceil((r.cubic ? 2.0 : 1.0) / squeezed);
  return 2 * static_cast<std::int64_t>(within(reach, 1, 4.0 * static_cast<double>(a.in) + 4));
}

}  // namespace detail

/// Weights per output position.
inline std::int64_t resize_taps(const resize_rule& r, const resize_axis& a) { return std::min(detail::resize_window(r, a), a.in); }

/// Where each output position comes from, -1 outside of the picture.
inline void resize_nearest_places(const resize_rule& r, const resize_axis& a, std::int64_t* places) {
  for (std::int64_t x = 0; x < a.out; ++x) {
    const auto at = detail::resize_origin(r, a, static_cast<double>(x));
    if (!at) {
      places[x] = -1;
      continue;
    }
    double p = 0;
    switch (r.rounding) {
      case resize_rounding::round_prefer_floor: p = simd::ceil(*at - 0.5); break;
      case resize_rounding::round_prefer_ceil: p = simd::floor(*at + 0.5); break;
      case resize_rounding::floor: p = simd::floor(*at); break;
      case resize_rounding::ceil: p = simd::ceil(*at); break;
    }
    places[x] = static_cast<std::int64_t>(detail::within(p, 0, static_cast<double>(a.in - 1)));
  }
}

/// Each output position's first input element (-1 outside of the picture) and resize_taps weights;
/// what would lie beyond an end counts for the element there. `sums` holds resize_taps numbers.
template <class T>
void resize_table(const resize_rule& r, const resize_axis& a, std::int64_t* first, T* weights, double* sums) {
  const std::int64_t window = detail::resize_window(r, a), taps = resize_taps(r, a);
  const double squeezed = r.antialias && a.scale < 1 ? a.scale : 1;
  for (std::int64_t x = 0; x < a.out; ++x, weights += taps) {
    const auto at = detail::resize_origin(r, a, static_cast<double>(x));
    if (!at) {
      first[x] = -1;
      continue;
    }
    const std::int64_t from = static_cast<std::int64_t>(simd::floor(*at)) + 1 - window / 2;
    const std::int64_t start = std::min(std::max<std::int64_t>(from, 0), a.in - taps);
    double total = 0;
    for (std::int64_t k = 0; k < taps; ++k) sums[k] = 0;
    for (std::int64_t i = from; i < from + window; ++i) {
      const double w = detail::resize_weight(r, (static_cast<double>(i) - *at) * squeezed);
      const std::int64_t inside = std::min(std::max<std::int64_t>(i, 0), a.in - 1);
      if (r.exclude_outside && inside != i) continue;
      sums[inside - start] += w;
      total += w;
    }
    const bool normal = (r.antialias || r.exclude_outside) && total != 0;
    for (std::int64_t k = 0; k < taps; ++k) weights[k] = static_cast<T>(normal ? sums[k] / total : sums[k]);
    first[x] = start;
  }
}

/// One pass: y[outer][out][inner] from x[outer][in][inner].
template <class T>
[[gnu::noinline]] void resize_pass(const T* x, T* y, std::int64_t outer, const resize_axis& a, std::int64_t inner,
                                   const std::int64_t* first, const T* weights, std::int64_t taps, T outside) {
  constexpr int N = 32 / sizeof(T);
  using V = simd::vec<T, N>;
  const auto step = static_cast<std::ptrdiff_t>(inner);
  for (; outer > 0; --outer, x += a.in * inner) {
    const T* w = weights;
    for (std::int64_t j = 0; j < a.out; ++j, w += taps, y += inner) {
      if (first[j] < 0) {
        fill(y, &outside, inner, sizeof(T));
        continue;
      }
      const T* const from = x + first[j] * inner;
      std::int64_t i = 0;
      for (; i + N <= inner; i += N) {
        const T* p = from + i;
        V sum = V(w[0]) * V::load(p);
        for (std::int64_t k = 1; k < taps; ++k) p += step, sum = sum + V(w[k]) * V::load(p);
        sum.store(y + i);
      }
      for (; i < inner; ++i) {
        const T* p = from + i;
        T sum = w[0] * *p;
        for (std::int64_t k = 1; k < taps; ++k) p += step, sum = sum + w[k] * *p;
        y[i] = sum;
      }
    }
  }
}

/// Copies elements of `width` bytes to where `places` says: one list per axis, or null for an axis that
/// stays. Both sides are row-major.
class nearest_copy {
 public:
  nearest_copy(const shape& in, const shape& out, const std::int64_t* const* places, const void* outside, std::int64_t width)
      : outside_(outside), width_(width), run_(width) {
    rank_ = in.rank();
    while (rank_ > 0 && places[rank_ - 1] == nullptr) run_ *= in[--rank_];
    std::int64_t from = run_, to = run_;
    for (int i = rank_; i-- > 0; from *= in[i], to *= out[i]) axes_[i] = {out[i], from, to, places[i]};
    whole_ = to;
  }
  void run(const void* x, void* y) const {
    if (rank_ == 0) std::memcpy(y, x, static_cast<std::size_t>(run_));
    else if (whole_ > 0) level(0, static_cast<const char*>(x), static_cast<char*>(y));
  }

 private:
  struct axis {
    std::int64_t size, from, to;  ///< elements, and bytes between them
    const std::int64_t* places;
  };

  template <class U>
  static void gather(const axis& a, const char* x, char* y) {
    for (std::int64_t j = 0; j < a.size; ++j, y += sizeof(U)) std::memcpy(y, x + a.places[j] * static_cast<std::int64_t>(sizeof(U)), sizeof(U));
  }
  void level(int i, const char* x, char* y) const {
    const axis& a = axes_[i];
    const bool last = i + 1 == rank_;
    if (last && run_ <= 8 && outside_ == nullptr) {
      if (run_ == 4) return gather<std::uint32_t>(a, x, y);
      if (run_ == 1) return gather<std::uint8_t>(a, x, y);
      if (run_ == 2) return gather<std::uint16_t>(a, x, y);
      if (run_ == 8) return gather<std::uint64_t>(a, x, y);
    }
    std::int64_t before = -1;
    for (std::int64_t j = 0; j < a.size; ++j, y += a.to) {
      const std::int64_t at = a.places ? a.places[j] : j;
      if (at < 0) fill(y, outside_, a.to / width_, width_);
      else if (last) detail::copy_row(y, x + at * a.from, static_cast<std::size_t>(a.to));
      else if (at == before) std::memcpy(y, y - a.to, static_cast<std::size_t>(a.to));
      else level(i + 1, x + at * a.from, y);
      before = at;
    }
  }

  axis axes_[max_rank];
  const void* outside_;
  std::int64_t width_, run_, whole_ = 0;
  int rank_ = 0;
};

}  // namespace tenon::inline TENON_BUILD::kernels
