// Transposed convolution, activations channels-last: a matrix product of pixels and weights, one for
// each row of the kernel, whose results are added into the output. Where windows do not overlap (the
// stride is the kernel's size, without padding) the product writes the output itself.
#pragma once

#include "epilogue.hpp"
#include "gemm.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// Sizes as in conv_shape, in the order depth, height, width; unused dimensions keep the defaults. The
/// output's sizes may leave rows that no window reaches.
struct conv_transpose_shape {
  i64 batch = 1, in_channels = 1, out_channels = 1, groups = 1;
  i64 in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
  i64 stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pad[3] = {};

  constexpr i64 group_in() const { return in_channels / groups; }
  constexpr i64 group_out() const { return out_channels / groups; }
  constexpr i64 taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  /// Columns of one product: a row of the kernel.
  constexpr i64 columns() const { return kernel[2] * group_out(); }
  /// Every output element belongs to one window.
  constexpr bool direct() const {
    for (int d = 0; d < 3; ++d)
      if (stride[d] != kernel[d] || pad[d] != 0 || out[d] != in[d] * kernel[d] || (dilation[d] != 1 && kernel[d] != 1))
        return false;
    return groups == 1;
  }
};

/// An input with its strides in elements.
template <class T>
struct pixels_of {
  const T* data;
  i64 n, z, y, x, c;
};

namespace detail {

inline constexpr i64 transposed_block = 64;  // pixels whose results wait to be added

template <class T>
constexpr i64 packed_kernel_row(const conv_transpose_shape& s) {
  return packed_b_bytes<T>(s.group_in(), s.columns()) / static_cast<i64>(sizeof(T));
}

template <class T>
[[gnu::noinline]] void add_row(T* to, const T* from, i64 n) {
  using V = tile_vec<T>;
  constexpr i64 lanes = tile<T>::lanes;
  i64 j = 0;
  for (; j + lanes <= n; j += lanes) (V::load(to + j) + V::load(from + j)).store(to + j);
  for (; j < n; ++j) to[j] += from[j];
}

}  // namespace detail

/// Size of the packed weights.
template <class T>
constexpr i64 packed_transposed_bytes(const conv_transpose_shape& s) {
  return s.groups * s.kernel[0] * s.kernel[1] * detail::packed_kernel_row<T>(s) * static_cast<i64>(sizeof(T));
}

/// Packs contiguous weights [in_channels][out_channels / groups][kernel...] as one matrix per group and
/// row of the kernel, its columns in the order (x, output channel).
template <class T>
[[gnu::noinline]] void pack_transposed_weights(const conv_transpose_shape& s, const T* from, T* packed) {
  constexpr i64 nr = tile<T>::columns;
  const i64 k = s.group_in(), m = s.group_out(), taps = s.taps(), columns = s.columns();
  for (i64 g = 0; g < s.groups; ++g)
    for (i64 row = 0; row < s.kernel[0] * s.kernel[1]; ++row)
      for (i64 j0 = 0; j0 < columns; j0 += nr)
        for (i64 c = 0; c < k; ++c)
          for (i64 j = j0; j < j0 + nr; ++j)
            *packed++ = j < columns ? from[((g * k + c) * m + j % m) * taps + row * s.kernel[2] + j / m] : T(0);
}

/// Scratch of `conv_transpose`, 16-byte aligned.
template <class T>
constexpr i64 conv_transpose_scratch_bytes(const conv_transpose_shape& s) {
  const i64 kept = s.direct() ? s.columns() : detail::transposed_block * s.columns();
  return gemm_scratch_bytes<T>() + kept * static_cast<i64>(sizeof(T));
}

/// Writes the whole output, channels last. The clamp of `e` holds; it has no residual.
template <class T>
[[gnu::noinline]] void conv_transpose(const conv_transpose_shape& s, const pixels_of<T>& in, const T* packed, T* out,
                                      const epilogue<T>& e, void* scratch) {
  const i64 m = s.group_out(), k = s.group_in(), columns = s.columns(), row_of = detail::packed_kernel_row<T>(s);
  T* const kept = reinterpret_cast<T*>(static_cast<char*>(scratch) + gemm_scratch_bytes<T>());
  const i64 out_row = s.out[2] * s.out_channels, out_plane = s.out[1] * out_row, out_volume = s.out[0] * out_plane;
  const i64 kernel_rows = s.kernel[0] * s.kernel[1];
  const bool direct = s.direct();
  epilogue<T> plain;
  if (direct) {
    plain = e;
    if (e.bias) {
      for (i64 j = 0; j < columns; ++j) kept[j] = e.bias[j % m];
      plain.bias = kept;
    }
  } else {
    // Every element starts with its bias: those that no window reaches keep it.
    for (i64 i = 0, pixels = s.batch * s.out[0] * s.out[1] * s.out[2]; i < pixels; ++i)
      for (i64 j = 0; j < s.out_channels; ++j) out[i * s.out_channels + j] = e.bias ? e.bias[j] : T(0);
  }
  for (i64 n = 0; n < s.batch; ++n)
    for (i64 g = 0; g < s.groups; ++g)
      for (i64 z = 0; z < s.in[0]; ++z)
        for (i64 y = 0; y < s.in[1]; ++y) {
          const T* const row = in.data + n * in.n + z * in.z + y * in.y + g * k * in.c;
          for (i64 r = 0; r < kernel_rows; ++r) {
            const i64 to_z = z * s.stride[0] - s.pad[0] + r / s.kernel[1] * s.dilation[0],
                      to_y = y * s.stride[1] - s.pad[1] + r % s.kernel[1] * s.dilation[1];
            if (to_z < 0 || to_z >= s.out[0] || to_y < 0 || to_y >= s.out[1]) continue;
            const T* const weights = packed + (g * kernel_rows + r) * row_of;
            T* const to = out + n * out_volume + to_z * out_plane + to_y * out_row + g * m;
            if (direct) {
              gemm<T>(s.in[2], columns, k, strided_rows<T>{row, in.x, in.c}, weights, to, columns, plain, scratch);
              continue;
            }
            for (i64 x0 = 0; x0 < s.in[2]; x0 += detail::transposed_block) {
              const i64 count = s.in[2] - x0 < detail::transposed_block ? s.in[2] - x0 : detail::transposed_block;
              gemm<T>(count, columns, k, strided_rows<T>{row + x0 * in.x, in.x, in.c}, weights, kept, columns, plain, scratch);
              for (i64 x = 0; x < count; ++x)
                for (i64 t = 0; t < s.kernel[2]; ++t) {
                  const i64 to_x = (x0 + x) * s.stride[2] - s.pad[2] + t * s.dilation[2];
                  if (to_x >= 0 && to_x < s.out[2]) detail::add_row(to + to_x * s.out_channels, kept + x * columns + t * m, m);
                }
            }
          }
        }
  if (!direct && e.clamps())
    detail::finish_rows<T>(out, s.out_channels, nullptr, 0, T(1), e.low, e.high, s.batch * s.out[0] * s.out[1] * s.out[2],
                           s.out_channels);
}

}  // namespace tenon::inline TENON_BUILD::kernels
