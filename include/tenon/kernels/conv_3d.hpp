// Convolution of volumes: windows over depth, height and width are rows of a matrix product, as in
// conv.hpp, read where the product wants them. One channel per group takes the same way.
#pragma once

#include "conv_shape.hpp"
#include "gemm.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// What depth adds to a convolution of images; `plane` says the rest.
struct volume_shape {
  conv_shape plane;
  i64 in_d = 1, out_d = 1, kernel_d = 1, stride_d = 1, dilation_d = 1, pad_front = 0;

  constexpr i64 taps() const { return kernel_d * plane.taps(); }
};

/// An input with its strides in elements.
template <class T>
struct volume {
  const T* data;
  i64 n, z, y, x, c;
};

namespace detail {

// Row i is the window of output voxel i, its columns in the order z, y, x, channel.
template <class T>
struct volume_rows {
  const volume_shape& s;
  const volume<T>& in;
  const T* data;  // first channel of the group

  template <packing Way>
  void pack(T* panel, i64 row, int rows, i64 k, i64 depth) const {
    constexpr int mr = packed_rows<T>(Way);
    static constexpr T zeros[tile<T>::lanes] = {};
    const conv_shape& p = s.plane;
    const i64 channels = p.group_in();
    const T* voxel[mr];
    i64 front[mr], top[mr], left[mr];
    for (int r = 0; r < mr; ++r) {
      i64 at = row + (r < rows ? r : rows - 1);
      left[r] = at % p.out_w * p.stride_w - p.pad_left, at /= p.out_w;
      top[r] = at % p.out_h * p.stride_h - p.pad_top, at /= p.out_h;
      front[r] = at % s.out_d * s.stride_d - s.pad_front;
      voxel[r] = data + at / s.out_d * in.n;
    }
    const T* from[mr];
    std::ptrdiff_t step[mr];
    i64 channel = k % channels, tap = k / channels;
    while (depth > 0) {
      const i64 run = channels - channel < depth ? channels - channel : depth;
      const i64 kx = tap % p.kernel_w, ky = tap / p.kernel_w % p.kernel_h, kz = tap / p.taps();
      for (int r = 0; r < mr; ++r) {
        const i64 z = front[r] + kz * s.dilation_d, y = top[r] + ky * p.dilation_h, x = left[r] + kx * p.dilation_w;
        const bool inside = z >= 0 && z < s.in_d && y >= 0 && y < p.in_h && x >= 0 && x < p.in_w;
        from[r] = inside ? voxel[r] + z * in.z + y * in.y + x * in.x + channel * in.c : zeros;
        step[r] = inside ? static_cast<std::ptrdiff_t>(in.c) : 0;
      }
      panel = pack_rows<T, Way>(panel, from, step, run, in.c == 1);
      depth -= run;
      channel = 0;
      ++tap;
    }
  }
};

}  // namespace detail

template <class T>
constexpr i64 packed_volume_bytes(const volume_shape& s) {
  return s.plane.groups * packed_b_bytes<T>(s.plane.group_in() * s.taps(), s.plane.group_out());
}

/// Packs contiguous weights [out_channels][in_channels / groups][kernel_d][kernel_h][kernel_w].
template <class T>
void pack_volume_weights(const volume_shape& s, const T* weights, T* packed) {
  const i64 k = s.plane.group_in() * s.taps(), n = s.plane.group_out();
  for (i64 g = 0; g < s.plane.groups; ++g)
    pack_b<T>(k, n, {weights + g * n * k, s.taps(), k, s.plane.group_in(), 1},
              packed + g * (packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T))));
}

/// As `conv`: out_channels per output voxel, voxels in the order n, z, y, x. Scratch: gemm's.
template <class T>
void conv_3d(const volume_shape& s, const volume<T>& in, const T* packed, T* out, const epilogue<T>& e, void* scratch) {
  const conv_shape& p = s.plane;
  const i64 k = p.group_in() * s.taps(), n = p.group_out();
  for (i64 g = 0; g < p.groups; ++g) {
    const detail::volume_rows<T> windows{s, in, in.data + g * p.group_in() * in.c};
    epilogue<T> part = e;
    if (part.bias) part.bias += g * n;
    if (part.residual) part.residual += g * n;
    gemm<T>(p.batch * s.out_d * p.out_h * p.out_w, n, k, detail::source_of<T>(windows),
            packed + g * (packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T))), out + g * n, p.out_channels, part,
            scratch);
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
