// How the matrix product wants its operands: B packed once into panels of a few columns, A packed
// panel by panel while it runs, by a row source. A row source is the seam through which strided
// matrices, convolution windows and others share the product.
#pragma once

#include <type_traits>

#include "gemm_tile.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// The type in which the product of T is computed: wrapping integers are unsigned ones.
template <class T>
using gemm_element =
    std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;

/// Elements of B[k, n], wherever they are. A row index may be split in two, k = outer * inner_size
/// + inner, which is how convolution weights OIHW are read in the order HWI.
template <class T>
struct b_source {
  const T* data;
  i64 row_stride;
  i64 column_stride;
  i64 inner_size = 0;  ///< 0: rows are not split, row_stride holds for all
  i64 outer_stride = 0;
};

/// Size of a packed B[k, n].
template <class T>
constexpr i64 packed_b_bytes(i64 k, i64 n) {
  const i64 panels = (n + tile<T>::columns - 1) / tile<T>::columns;
  return panels * tile<T>::columns * k * static_cast<i64>(sizeof(T));
}

/// Packs scale * B into [panel][k][column], the last panel filled up with zeros. 16-byte aligned
/// `out`.
template <class T>
[[gnu::noinline]] void pack_b(i64 k, i64 n, const b_source<T>& b, T* out, T scale = T(1)) {
  constexpr i64 nr = tile<T>::columns;
  if (k <= 0) return;
  const i64 inner_size = b.inner_size > 0 ? b.inner_size : k;
  for (i64 j0 = 0; j0 < n; j0 += nr) {
    const i64 columns = n - j0 < nr ? n - j0 : nr;
    const T* outer = b.data + j0 * b.column_stride;
    for (i64 i = 0; i < k; outer += b.outer_stride) {
      const T* row = outer;
      const i64 stop = k - i < inner_size ? k : i + inner_size;
      for (; i < stop; ++i, row += b.row_stride) {
        for (i64 j = 0; j < columns; ++j) *out++ = row[j * b.column_stride] * scale;
        for (i64 j = columns; j < nr; ++j) *out++ = T(0);
      }
    }
  }
}

/// Packs rows of A for the inner loops, in two ways; `panel` is 16-byte aligned.
template <class T>
struct row_source {
  const void* self;
  /// Writes columns [k, k + depth) of rows [row, row + rows) as [k][row][lane], each element
  /// repeated in all lanes; rows is at most tile<T>::rows, and unless it is 1 the missing ones are
  /// written as well, with anything.
  void (*splat)(const void* self, T* panel, i64 row, int rows, i64 k, i64 depth);
  /// The same as [k][row], with always tile<T>::columns rows.
  void (*interleave)(const void* self, T* panel, i64 row, int rows, i64 k, i64 depth);
};

namespace detail {

// Splats `count` columns of `Rows` rows into a panel and returns its end. `contiguous`: each row
// pointer goes on in steps of 1, or stays (step 0) on at least `lanes` equal elements.
template <class T, int Rows>
[[gnu::noinline]] T* splat_rows(T* panel, const T* const* from, const std::ptrdiff_t* step,
                                i64 count, bool contiguous) {
  using V = tile_vec<T>;
  constexpr int lanes = tile<T>::lanes;
  const T* p[Rows];
  std::ptrdiff_t s[Rows];
  for (int r = 0; r < Rows; ++r) p[r] = from[r], s[r] = step[r];
  if (contiguous && lanes > 1) {
    for (; count >= lanes; count -= lanes) {
      for (int r = 0; r < Rows; ++r) {
        const V x = V::load(p[r]);
        p[r] += s[r] * lanes;
        [&]<int... J>(std::integer_sequence<int, J...>) {
          (V(x[J]).store(panel + (J * Rows + r) * lanes), ...);
        }(std::make_integer_sequence<int, lanes>{});
      }
      panel += Rows * lanes * lanes;
    }
  }
  for (; count > 0; --count) {
    for (int r = 0; r < Rows; ++r) {
      V(*p[r]).store(panel + r * lanes);
      p[r] += s[r];
    }
    panel += Rows * lanes;
  }
  return panel;
}

// Transposes `count` columns of tile<T>::columns rows; otherwise the same.
template <class T>
[[gnu::noinline]] T* interleave_rows(T* panel, const T* const* from, const std::ptrdiff_t* step,
                                     i64 count, bool contiguous) {
  constexpr int rows = tile<T>::columns;
  const T* p[rows];
  for (int r = 0; r < rows; ++r) p[r] = from[r];
  if constexpr (sizeof(T) == 4 && tile<T>::lanes == 4) {
    using V = tile_vec<T>;
    for (; contiguous && count >= 4; count -= 4, panel += 4 * rows) {
      for (int r = 0; r < rows; r += 4) {
        V a = V::load(p[r]), b = V::load(p[r + 1]), c = V::load(p[r + 2]), d = V::load(p[r + 3]);
        simd::transpose(a, b, c, d);
        a.store(panel + r), b.store(panel + rows + r);
        c.store(panel + 2 * rows + r), d.store(panel + 3 * rows + r);
      }
      for (int r = 0; r < rows; ++r) p[r] += 4 * step[r];
    }
  }
  for (; count > 0; --count, panel += rows)
    for (int r = 0; r < rows; ++r) panel[r] = *p[r], p[r] += step[r];
  return panel;
}

// How many rows a way of packing writes.
enum class packing { splat_one, splat, interleave };
template <class T>
constexpr int packed_rows(packing way) {
  return way == packing::splat_one ? 1 : way == packing::splat ? tile<T>::rows : tile<T>::columns;
}
template <class T, packing Way>
T* pack_rows(T* panel, const T* const* from, const std::ptrdiff_t* step, i64 count,
             bool contiguous) {
  if constexpr (Way == packing::interleave)
    return interleave_rows<T>(panel, from, step, count, contiguous);
  else
    return splat_rows<T, packed_rows<T>(Way)>(panel, from, step, count, contiguous);
}

// The row source of an object with `template <packing> void pack(...)`.
template <class T, class Rows>
constexpr row_source<T> source_of(const Rows& rows) {
  return {&rows,
          [](const void* self, T* panel, i64 row, int count, i64 k, i64 depth) {
            const auto& r = *static_cast<const Rows*>(self);
            if (count == 1)
              r.template pack<packing::splat_one>(panel, row, count, k, depth);
            else
              r.template pack<packing::splat>(panel, row, count, k, depth);
          },
          [](const void* self, T* panel, i64 row, int count, i64 k, i64 depth) {
            const auto& r = *static_cast<const Rows*>(self);
            r.template pack<packing::interleave>(panel, row, count, k, depth);
          }};
}

}  // namespace detail

/// A matrix in memory, any strides.
template <class T>
struct strided_rows {
  const T* data;
  i64 row_stride;
  i64 column_stride = 1;

  operator row_source<T>() const { return detail::source_of<T>(*this); }

  template <detail::packing Way>
  void pack(T* panel, i64 row, int rows, i64 k, i64 depth) const {
    constexpr int all = detail::packed_rows<T>(Way);
    const T* p[all];
    std::ptrdiff_t step[all];
    for (int r = 0; r < all; ++r) {
      const int from = r < rows ? r : rows - 1;
      p[r] = data + (row + from) * row_stride + k * column_stride;
      step[r] = static_cast<std::ptrdiff_t>(column_stride);
    }
    detail::pack_rows<T, Way>(panel, p, step, depth, column_stride == 1);
  }
};

}  // namespace tenon::inline TENON_BUILD::kernels
