// Convolution of images, activations channels-last, weights OIHW packed at load time. A 1x1
// convolution is the matrix product of pixels; a general one is the product of windows that are
// read where the product wants them (implicit GEMM), never copied out as a whole; one channel per
// group is depthwise.hpp's. One dimension is two with a height of 1.
#pragma once

#include "conv_lines.hpp"
#include "depthwise.hpp"
#include "gemm.hpp"
#include "winograd.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// How a convolution is computed, a function of its shape. Packed weights are for one of them.
enum class conv_algorithm : std::uint8_t {
  pointwise,  ///< 1x1, stride 1, no padding: pixels are rows of a matrix
  windows,    ///< anything: windows are rows of a matrix
  lines,      ///< few channels: the lines that an output row sees are laid side by side
  winograd,   ///< 3x3 or 5x5, steps of 1, enough channels
  depthwise,  ///< one input channel per group
};

template <class T = float>
constexpr conv_algorithm algorithm_of(const conv_shape& s) {
  if (s.groups == s.in_channels && s.groups > 1) return conv_algorithm::depthwise;
  if (s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_top == 0 &&
      s.pad_left == 0 && s.out_h == s.in_h && s.out_w == s.in_w)
    return conv_algorithm::pointwise;
  if (reads_lines(s)) return conv_algorithm::lines;
  if (filters_minimally<T>(s)) return conv_algorithm::winograd;
  return conv_algorithm::windows;
}

namespace detail {

// Row i is the window of output pixel i, its columns in the order y, x, channel.
template <class T>
struct window_rows {
  const conv_shape& s;
  const image<T>& in;
  const T* data;  // first channel of the group
  i64 channels;   // of the group

  template <packing Way>
  void pack(T* panel, i64 row, int rows, i64 k, i64 depth) const {
    constexpr int mr = packed_rows<T>(Way);
    static constexpr T zeros[tile<T>::lanes] = {};
    const T* pixel[mr];
    i64 top[mr], left[mr];
    {
      i64 x = row % s.out_w, y = row / s.out_w % s.out_h, n = row / s.out_w / s.out_h;
      for (int r = 0; r < mr; ++r) {
        top[r] = y * s.stride_h - s.pad_top;
        left[r] = x * s.stride_w - s.pad_left;
        pixel[r] = data + n * in.n;
        if (r + 1 < rows && ++x == s.out_w) {
          x = 0;
          if (++y == s.out_h) y = 0, ++n;
        }
      }
    }
    const T* p[mr];
    std::ptrdiff_t step[mr];
    i64 channel = k % channels, tap = k / channels;
    i64 ky = tap / s.kernel_w, kx = tap % s.kernel_w;
    while (depth > 0) {
      const i64 run = channels - channel < depth ? channels - channel : depth;
      for (int r = 0; r < mr; ++r) {
        const i64 y = top[r] + ky * s.dilation_h, x = left[r] + kx * s.dilation_w;
        const bool inside = y >= 0 && y < s.in_h && x >= 0 && x < s.in_w;
        p[r] = inside ? pixel[r] + y * in.y + x * in.x + channel * in.c : zeros;
        step[r] = inside ? static_cast<std::ptrdiff_t>(in.c) : 0;
      }
      panel = pack_rows<T, Way>(panel, p, step, run, in.c == 1);
      depth -= run;
      channel = 0;
      if (++kx == s.kernel_w) kx = 0, ++ky;
    }
  }
};

}  // namespace detail

/// Size of the packed weights.
template <class T>
constexpr i64 packed_weights_bytes(const conv_shape& s) {
  const conv_algorithm algorithm = algorithm_of<T>(s);
  if (algorithm == conv_algorithm::depthwise) return packed_depthwise_bytes<T>(s);
  if (algorithm == conv_algorithm::winograd) return packed_winograd_bytes<T>(s);
  return s.groups * packed_b_bytes<T>(s.group_in() * s.taps(), s.group_out());
}

/// Packs contiguous weights [out_channels][in_channels / groups][kernel_h][kernel_w].
template <class T>
void pack_weights(const conv_shape& s, const T* oihw, T* packed) {
  const conv_algorithm algorithm = algorithm_of<T>(s);
  if (algorithm == conv_algorithm::depthwise) return pack_depthwise(s, oihw, packed);
  if (algorithm == conv_algorithm::winograd) return pack_winograd(s, oihw, packed);
  const i64 k = s.group_in() * s.taps(), n = s.group_out();
  if (algorithm == conv_algorithm::lines) return pack_b<T>(k, n, {oihw, 1, k}, packed);
  for (i64 g = 0; g < s.groups; ++g)
    pack_b<T>(k, n, {oihw + g * n * k, s.taps(), k, s.group_in(), 1},
              packed + g * (packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T))));
}

/// Scratch of `conv`, 16-byte aligned.
template <class T>
constexpr i64 conv_scratch_bytes(const conv_shape& s) {
  const conv_algorithm algorithm = algorithm_of<T>(s);
  if (algorithm == conv_algorithm::depthwise) return depthwise_scratch_bytes<T>(s);
  if (algorithm == conv_algorithm::winograd) return winograd_scratch_bytes<T>(s);
  if (algorithm == conv_algorithm::lines) return lines_scratch_bytes<T>(s);
  return gemm_scratch_bytes<T>();
}

/// Writes out_channels per output pixel, pixels (in the order n, y, x) `out_stride` elements apart.
/// Bias is per output channel; the residual is laid out like the output, with its own stride.
template <class T>
void conv(const conv_shape& s, const image<T>& in, const T* packed, T* out, i64 out_stride,
          const epilogue<T>& e, void* scratch) {
  const conv_algorithm algorithm = algorithm_of<T>(s);
  if (algorithm == conv_algorithm::depthwise)
    return depthwise(s, in, packed, out, out_stride, e, scratch);
  if (algorithm == conv_algorithm::winograd)
    return winograd(s, in, packed, out, out_stride, e, scratch);
  if (algorithm == conv_algorithm::lines)
    return conv_lines(s, in, packed, out, out_stride, e, scratch);
  const i64 k = s.group_in() * s.taps(), n = s.group_out();
  // A pixel's channels may be strided as well, but pixels have to follow each other evenly.
  const bool even = in.y == in.x * s.in_w && (s.batch == 1 || in.n == in.y * s.in_h);
  for (i64 g = 0; g < s.groups; ++g) {
    const T* data = in.data + g * s.group_in() * in.c;
    const strided_rows<T> pixels{data, in.x, in.c};
    const detail::window_rows<T> windows{s, in, data, s.group_in()};
    const row_source<T> rows = algorithm == conv_algorithm::pointwise && even
                                   ? row_source<T>(pixels)
                                   : detail::source_of<T>(windows);
    epilogue<T> part = e;
    if (part.bias) part.bias += g * n;
    if (part.residual) part.residual += g * n;
    gemm<T>(s.batch * s.out_h * s.out_w, n, k, rows,
            packed + g * (packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T))), out + g * n,
            out_stride, part, scratch);
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
