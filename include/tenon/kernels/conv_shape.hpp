// The plain parameters of a convolution: sizes, steps, and where the elements of its input are.
#pragma once

#include "gemm_tile.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// Sizes in pixels and channels, already checked: the output's agree with the rest, none is
/// negative, steps are at least 1, channels divide by groups. Padding at the end follows from the
/// output's size.
struct conv_shape {
  i64 batch = 1;
  i64 in_h = 1, in_w = 1, in_channels = 1;
  i64 out_h = 1, out_w = 1, out_channels = 1;
  i64 groups = 1;
  i64 kernel_h = 1, kernel_w = 1;
  i64 stride_h = 1, stride_w = 1;
  i64 dilation_h = 1, dilation_w = 1;
  i64 pad_top = 0, pad_left = 0;

  constexpr i64 taps() const { return kernel_h * kernel_w; }
  constexpr i64 group_in() const { return in_channels / groups; }
  constexpr i64 group_out() const { return out_channels / groups; }
};

/// An input with its strides in elements: channels-last has c == 1, a plain NCHW image x == 1.
template <class T>
struct image {
  const T* data;
  i64 n, y, x, c;
};

template <class T>
constexpr image<T> channels_last(const T* data, const conv_shape& s) {
  return {data, s.in_h * s.in_w * s.in_channels, s.in_w * s.in_channels, s.in_channels, 1};
}
template <class T>
constexpr image<T> channels_first(const T* data, const conv_shape& s) {
  return {data, s.in_channels * s.in_h * s.in_w, s.in_w, 1, s.in_h * s.in_w};
}

}  // namespace tenon::inline TENON_BUILD::kernels
