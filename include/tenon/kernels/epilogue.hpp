// What usually follows a product or a convolution, done while its output is still in L1: bias,
// residual, clamp (Relu, Relu6 and Clip are clamps).
#pragma once

#include <limits>
#include <type_traits>

#include "gemm_tile.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// What happens to the product of a row before it is stored: clamp(bias + product + scale *
/// residual). Integers are not clamped.
template <class T>
struct epilogue {
  const T* bias = nullptr;      ///< one per column, not padded; where the sums start
  bool bias_per_row = false;    ///< one per row instead
  const T* residual = nullptr;  ///< added afterwards; must not overlap C
  i64 residual_stride = 0;      ///< from row to row; 0 adds the same row to all
  T residual_scale = T(1);
  T low = lowest();
  T high = highest();

  static constexpr T lowest() {
    if constexpr (std::is_floating_point_v<T>)
      return -std::numeric_limits<T>::infinity();
    else
      return std::numeric_limits<T>::lowest();
  }
  static constexpr T highest() {
    if constexpr (std::is_floating_point_v<T>)
      return std::numeric_limits<T>::infinity();
    else
      return std::numeric_limits<T>::max();
  }
  constexpr bool clamps() const {
    return std::is_floating_point_v<T> && (low != lowest() || high != highest());
  }
};

namespace detail {

// Residual and clamp on rows of C that are still in L1. Not in the registers of the inner loop:
// that tips register allocation, and here it is one pass per k elements of work.
template <class T>
[[gnu::noinline]] void finish_rows(T* c, i64 c_stride, const T* residual, i64 residual_stride,
                                   T residual_scale, T low, T high, i64 rows, i64 n) {
  using V = tile_vec<T>;
  constexpr i64 lanes = tile<T>::lanes;
  const V scale(residual_scale), lo(low), hi(high);
  const auto clamp = [&](V x) {
    if constexpr (std::is_floating_point_v<T>)
      return simd::clamp(x, lo, hi);
    else
      return x;
  };
  for (i64 r = 0; r < rows; ++r, c += c_stride) {
    i64 j = 0;
    if (residual) {
      for (; j + lanes <= n; j += lanes)
        clamp(mul_add(V::load(residual + j), scale, V::load(c + j))).store(c + j);
      if (j < n) {
        const int tail = static_cast<int>(n - j);
        clamp(mul_add(V::load(residual + j, tail), scale, V::load(c + j, tail))).store(c + j, tail);
      }
      residual += residual_stride;
    } else {
      for (; j + lanes <= n; j += lanes) clamp(V::load(c + j)).store(c + j);
      if (j < n) {
        const int tail = static_cast<int>(n - j);
        clamp(V::load(c + j, tail)).store(c + j, tail);
      }
    }
  }
}

}  // namespace detail

}  // namespace tenon::inline TENON_BUILD::kernels
