// Convolution of few channels, as networks begin with: the lines of the image that one row of the
// output sees are copied with their padding, so that each window is runs of neighbours. The sum runs
// over (channel, y, x) from the bias on, which is also the order of the weights.
#pragma once

#include "conv_shape.hpp"
#include "copy.hpp"
#include "gemm.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

// Row i is the window of output column i, its columns in the order channel, y, x.
template <class T>
struct line_windows {
  const T* lines;
  i64 line;  // elements of one
  i64 kernel, stride;

  template <packing Way>
  void pack(T* panel, i64 row, int rows, i64 k, i64 depth) const {
    constexpr int all = packed_rows<T>(Way);
    const T* run = lines + k / kernel * line + row * stride;
    for (i64 from = k % kernel; depth > 0; from = 0, run += line) {
      const i64 to = kernel - from < depth ? kernel : from + depth;
      depth -= to - from;
      const T* p[all];
      for (int r = 0; r < all; ++r) p[r] = run + (r < rows ? r : rows - 1) * stride;
      for (i64 i = from; i < to; ++i)
        for (int r = 0; r < all; ++r) {
          if constexpr (Way == packing::interleave) {
            *panel++ = p[r][i];
          } else {
            tile_vec<T>(p[r][i]).store(panel);
            panel += tile<T>::lanes;
          }
        }
    }
  }
};

constexpr i64 line_size(const conv_shape& s) {
  return s.out_w > 0 ? (s.out_w - 1) * s.stride_w + s.kernel_w : 0;
}

}  // namespace detail

/// Whether a convolution is computed line by line.
constexpr bool reads_lines(const conv_shape& s) {
  return s.groups == 1 && s.in_channels <= 4 && s.kernel_w > 1 && s.dilation_w == 1;
}

/// Scratch of `conv_lines`, 16-byte aligned: that of `gemm`, and the lines.
template <class T>
constexpr i64 lines_scratch_bytes(const conv_shape& s) {
  return gemm_scratch_bytes<T>() +
         s.in_channels * s.kernel_h * detail::line_size(s) * static_cast<i64>(sizeof(T));
}

/// Convolution for which reads_lines() holds; arguments as `conv` has them, weights packed in the
/// order channel, y, x.
template <class T>
[[gnu::noinline]] void conv_lines(const conv_shape& s, const image<T>& in, const T* packed, T* out,
                                  i64 out_stride, epilogue<T> e, void* scratch) {
  T* const lines = reinterpret_cast<T*>(static_cast<char*>(scratch) + gemm_scratch_bytes<T>());
  const i64 line = detail::line_size(s);
  const detail::line_windows<T> windows{lines, line, s.kernel_w, s.stride_w};
  const i64 left = s.pad_left < line ? s.pad_left : line;
  const i64 inside = s.in_w < line - left ? s.in_w : line - left;
  for (i64 n = 0; n < s.batch; ++n)
    for (i64 y = 0; y < s.out_h; ++y) {
      T* to = lines;
      for (i64 c = 0; c < s.in_channels; ++c)
        for (i64 ky = 0; ky < s.kernel_h; ++ky, to += line) {
          const i64 iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
          const bool there = iy >= 0 && iy < s.in_h;
          for (i64 i = 0; i < (there ? left : line); ++i) to[i] = T(0);
          if (!there) continue;
          const T* from = in.data + n * in.n + iy * in.y + c * in.c;
          if (in.x == 1) detail::copy_row(to + left, from, static_cast<std::size_t>(inside) * sizeof(T));
          else
            for (i64 i = 0; i < inside; ++i) to[left + i] = from[i * in.x];
          for (i64 i = left + inside; i < line; ++i) to[i] = T(0);
        }
      gemm<T>(s.out_w, s.out_channels, s.in_channels * s.taps(), detail::source_of<T>(windows), packed, out,
              out_stride, e, scratch);
      out += s.out_w * out_stride;
      if (e.residual) e.residual += s.out_w * e.residual_stride;
    }
}

}  // namespace tenon::inline TENON_BUILD::kernels
