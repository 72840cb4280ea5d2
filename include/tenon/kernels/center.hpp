// Normalisation over any axes in any layout: values less their mean, and the variance. The variance is
// that of the differences, so that a large mean costs no digits.
#pragma once

#include "map.hpp"
#include "reduce.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

struct mean_of {
  using monoid = plus;
  auto finish(auto sum, auto count) const { return sum / count; }
};
struct mean_of_squares {
  using monoid = plus;
  auto term(auto x) const { return x * x; }
  auto finish(auto sum, auto count) const { return sum / count; }
};
struct difference {
  auto operator()(auto x, auto mean) const { return x - mean; }
};
struct scale_and_shift {
  auto operator()(auto x, auto factor, auto scale, auto bias) const { return x * factor * scale + bias; }
};
struct times_factor {
  auto operator()(auto x, auto factor) const { return x * factor; }
};

}  // namespace detail

/// Strides of row-major statistics of dims reduced over `axes`, 0 along those.
inline shape statistics_strides(const shape& dims, u32 axes) {
  shape kept = dims;
  for (int i = 0; i < dims.rank(); ++i)
    if (axes >> i & 1) kept[i] = 1;
  shape strides = contiguous_strides(kept);
  for (int i = 0; i < dims.rank(); ++i)
    if (axes >> i & 1) strides[i] = 0;
  return strides;
}

/// y = x - mean over the axes whose bits are set; mean and variance with statistics_strides.
template <class T>
void center(const T* x, const shape& x_strides, T* y, const shape& y_strides, const shape& dims, u32 axes, T* mean,
            T* variance) {
  constexpr dtype d = dtype_of<T>;
  const shape steps = statistics_strides(dims, axes);
  reduce(fold_of<detail::mean_of, T>, nullptr, {x, d, d, x_strides}, {mean, d, d, steps}, dims, axes);
  const operand in[] = {{x, d, d, x_strides}, {mean, d, d, steps}};
  map(binary_tile<detail::difference, T>, nullptr, in, {y, d, d, y_strides}, dims);
  reduce(fold_of<detail::mean_of_squares, T>, nullptr, {y, d, d, y_strides}, {variance, d, d, steps}, dims, axes);
}

/// y = y * factor * scale + bias in place, each with strides of its own.
template <class T>
void rescale(T* y, const shape& strides, const shape& dims, const T* factor, const shape& factor_strides,
             const T* scale, const T* bias, const shape& scale_strides) {
  constexpr dtype d = dtype_of<T>;
  const operand in[] = {{y, d, d, strides}, {factor, d, d, factor_strides}, {scale, d, d, scale_strides}, {bias, d, d, scale_strides}};
  map(&body_tile<detail::scale_and_shift, T, T, T, T, T>, nullptr, in, {y, d, d, strides}, dims);
}
/// y = y * factor in place.
template <class T>
void rescale(T* y, const shape& strides, const shape& dims, const T* factor, const shape& factor_strides) {
  constexpr dtype d = dtype_of<T>;
  const operand in[] = {{y, d, d, strides}, {factor, d, d, factor_strides}};
  map(binary_tile<detail::times_factor, T>, nullptr, in, {y, d, d, strides}, dims);
}

}  // namespace tenon::inline TENON_BUILD::kernels
