// The matrix product C[m, n] = A[m, k] * B[k, n], with what usually follows it (bias, residual,
// clamp). Blocked as by Goto and van de Geijn (2008): a block of B in L2, a splatted panel of A in
// L1, a tile of C in registers. Each element of C is summed in the order of k, from its bias on, so
// neither tile sizes nor m change a bit of it.
#pragma once

#include "epilogue.hpp"
#include "gemm_pack.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// Scratch of `gemm`, 16-byte aligned: a splatted panel and a plain one.
template <class T>
constexpr i64 gemm_scratch_bytes() {
  using G = tile<T>;
  return G::depth * (G::rows * G::lanes + G::columns) * static_cast<i64>(sizeof(T));
}

namespace detail {

// The tile rows [0, rows) x columns [0, n) of one block of columns and of k.
template <class T>
[[gnu::noinline]] void multiply_panels(const T* panel, const T* b, std::ptrdiff_t b_stride,
                                       i64 depth, T* c, i64 c_stride, const T* init,
                                       std::ptrdiff_t init_stride, std::ptrdiff_t init_step,
                                       int rows, i64 n) {
  using G = tile<T>;
  constexpr std::ptrdiff_t nr = G::columns;
  const auto k = static_cast<std::ptrdiff_t>(depth);
  const auto full = [&](T* to, std::ptrdiff_t to_stride, const T* from,
                        std::ptrdiff_t from_stride) {
    const panel_end<T> e(b, k);
    if (rows == 1)
      multiply_row<T, 1>(e.e0, panel, b, 0, to, from, 0);
    else
      multiply_tile<T>(e.e0, e.e1, e.e2, e.e3, panel, b, to, to_stride, from, from_stride);
  };
  if (rows == 1) {
    for (; n >= nr * G::row_panels; n -= nr * G::row_panels) {
      multiply_row<T, G::row_panels>(b + k * nr, panel, b, b_stride, c, init, init_step);
      b += b_stride * G::row_panels;
      c += nr * G::row_panels;
      init += init_step * G::row_panels;
    }
  }
  const bool whole = rows == 1 || rows == G::rows;
  for (; n >= nr && whole; n -= nr) {
    full(c, static_cast<std::ptrdiff_t>(c_stride), init, init_stride);
    b += b_stride;
    c += nr;
    init += init_step;
  }
  // What is smaller than a tile goes through one on the stack.
  for (; n > 0; n -= nr) {
    const std::ptrdiff_t columns = n < nr ? static_cast<std::ptrdiff_t>(n) : nr;
    alignas(16) T edge[G::rows * G::columns] = {};
    for (int r = 0; r < rows; ++r)
      for (std::ptrdiff_t j = 0; j < columns; ++j) edge[r * nr + j] = init[r * init_stride + j];
    full(edge, nr, edge, nr);
    for (int r = 0; r < rows; ++r)
      for (std::ptrdiff_t j = 0; j < columns; ++j) c[r * c_stride + j] = edge[r * nr + j];
    b += b_stride;
    c += nr;
    init += init_step;
  }
}

// Blocks of equal size, at most `most`, in multiples of `unit`.
constexpr i64 block_size(i64 size, i64 most, i64 unit) {
  const i64 blocks = (size + most - 1) / most;
  const i64 block = blocks > 1 ? (size + blocks - 1) / blocks : size;
  return (block + unit - 1) / unit * unit;
}

// Few columns: with A and B exchanged, their transposed product fills the lanes with rows.
template <class T>
[[gnu::noinline]] void multiply_narrow(i64 m, i64 n, i64 k, const row_source<T>& a,
                                       const T* packed_b, T* c, i64 c_stride, const epilogue<T>& e,
                                       T* splatted) {
  using G = tile<T>;
  constexpr i64 nr = G::columns;
  T* const panel = splatted + G::depth * G::rows * G::lanes;
  const i64 depth = block_size(k, G::depth, G::steps);
  for (i64 k0 = 0; k0 < k; k0 += depth) {
    const i64 kc = k - k0 < depth ? k - k0 : depth;
    T* to = splatted;
    for (i64 l = k0; l < k0 + kc; ++l)
      for (int j = 0; j < G::rows; ++j, to += G::lanes) tile_vec<T>(packed_b[l * nr + j]).store(to);
    const panel_end<T> end(panel, static_cast<std::ptrdiff_t>(kc));
    for (i64 i0 = 0; i0 < m; i0 += nr) {
      const int rows = m - i0 < nr ? static_cast<int>(m - i0) : G::columns;
      T* const out = c + i0 * c_stride;
      alignas(16) T sums[G::rows * G::columns] = {};
      for (int i = 0; i < rows; ++i)
        for (i64 j = 0; j < n; ++j)
          sums[j * nr + i] = k0 > 0    ? out[i * c_stride + j]
                             : !e.bias ? T(0)
                                       : e.bias[e.bias_per_row ? i0 + i : j];
      a.interleave(a.self, panel, i0, rows, k0, kc);
      multiply_tile<T>(end.e0, end.e1, end.e2, end.e3, splatted, panel, sums, nr, sums, nr);
      for (int i = 0; i < rows; ++i)
        for (i64 j = 0; j < n; ++j) out[i * c_stride + j] = sums[j * nr + i];
      if (k0 + kc >= k && (e.residual || e.clamps()))
        finish_rows<T>(out, c_stride, e.residual ? e.residual + i0 * e.residual_stride : nullptr,
                       e.residual_stride, e.residual_scale, e.low, e.high, rows, n);
    }
  }
}

}  // namespace detail

/// C = A * packed_b with epilogue; rows of C are c_stride elements apart. Sizes of 0 are fine: with
/// k == 0 the product is 0. `scratch` holds gemm_scratch_bytes<T>().
template <class T>
[[gnu::noinline]] void gemm(i64 m, i64 n, i64 k, const row_source<T>& a, const T* packed_b, T* c,
                            i64 c_stride, const epilogue<T>& e, void* scratch) {
  using G = tile<T>;
  static constexpr T zeros[G::columns] = {};
  constexpr i64 nr = G::columns;
  if (m <= 0 || n <= 0) return;
  T* const panel = static_cast<T*>(scratch);
  if (n <= G::rows && m >= nr && k > 0)
    return detail::multiply_narrow<T>(m, n, k, a, packed_b, c, c_stride, e, panel);
  // One row reads each element of B once, from memory: the longer the runs the better.
  const i64 most = m == 1 ? G::depth * G::rows : G::depth;
  const i64 depth = k > 0 ? detail::block_size(k, most, G::steps) : 1;
  const i64 width = m == 1 ? n : detail::block_size(n, G::width * G::depth / (depth < 64 ? 64 : depth), nr);
  for (i64 k0 = 0;;) {
    const i64 kc = k - k0 < depth ? k - k0 : depth;
    const bool first = k0 == 0, last = k0 + kc >= k;
    for (i64 j0 = 0; j0 < n; j0 += width) {
      const i64 nc = n - j0 < width ? n - j0 : width;
      for (i64 i0 = 0; i0 < m; i0 += G::rows) {
        const int rows = m - i0 < G::rows ? static_cast<int>(m - i0) : G::rows;
        T* const to = c + i0 * c_stride + j0;
        T row_bias[G::rows * G::columns];
        const T* init = to;
        auto init_stride = static_cast<std::ptrdiff_t>(c_stride);
        std::ptrdiff_t init_step = nr;
        if (first && e.bias && !e.bias_per_row) {
          init = e.bias + j0;
          init_stride = 0;
        } else if (first && e.bias) {
          for (int r = 0; r < rows; ++r)
            for (int j = 0; j < nr; ++j) row_bias[r * nr + j] = e.bias[i0 + r];
          init = row_bias;
          init_stride = nr;
          init_step = 0;
        } else if (first) {
          init = zeros;
          init_stride = init_step = 0;
        }
        if (kc > 0) {
          a.splat(a.self, panel, i0, rows, k0, kc);
          detail::multiply_panels<T>(panel, packed_b + j0 * k + k0 * nr,
                                     static_cast<std::ptrdiff_t>(nr * k), kc, to, c_stride, init,
                                     init_stride, init_step, rows, nc);
        } else {
          for (int r = 0; r < rows; ++r)
            for (i64 j = 0; j < nc; ++j)
              to[r * c_stride + j] = init[r * init_stride + (init_step ? j : j % nr)];
        }
        if (last && (e.residual || e.clamps()))
          detail::finish_rows<T>(to, c_stride,
                                 e.residual ? e.residual + i0 * e.residual_stride + j0 : nullptr,
                                 e.residual_stride, e.residual_scale, e.low, e.high, rows, nc);
      }
    }
    k0 += kc;
    if (last) return;
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
