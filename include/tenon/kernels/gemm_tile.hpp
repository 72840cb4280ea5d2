// The inner loops of the matrix product: a tile of C stays in registers while one packed panel of A
// and one of B stream by. The odd shape of the loops is what makes engines keep everything in
// registers; tests/house/hot_loop.py looks at the machine code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "../simd/vec.hpp"

namespace tenon::inline TENON_BUILD::kernels {

using i64 = std::int64_t;

/// Sizes of the matrix product for elements of type T: float, double, or an unsigned integer (which
/// stands for the signed one as well, see `gemm_element`).
template <class T>
struct tile {
  static constexpr int lanes = simd::arch::scalar ? 1 : 16 / sizeof(T);  ///< elements in a register
  static constexpr int rows = lanes == 1 ? 2 : 4;                        ///< rows of C in a tile
  static constexpr int vectors = lanes == 1 ? 4 : 2;  ///< registers of C in one row of a tile
  static constexpr int columns = vectors * lanes;
  static constexpr int steps =
      simd::arch::relaxed ? 2 : 4;      ///< steps along k between two back edges
  static constexpr int row_panels = 3;  ///< B panels side by side when A has one row
  static constexpr i64 depth = 256;     ///< k of one block: a panel of A in L1
  static constexpr i64 width = 512;     ///< columns of one block: depth x width of B stays in L2
};

template <class T>
using tile_vec = simd::vec<T, tile<T>::lanes>;

/// Where the loop over one panel of B ends: after the last step, and one, two, three steps earlier.
/// They are computed by the caller, since Cranelift computes a loop's invariants again in the loop.
template <class T>
struct panel_end {
  const T *e0, *e1, *e2, *e3;
  panel_end(const T* b, std::ptrdiff_t depth)
      : e0(b + depth * tile<T>::columns),
        e1(e0 - tile<T>::columns),
        e2(e1 - tile<T>::columns),
        e3(e2 - tile<T>::columns) {}
};

namespace detail {

// One step along k: C += (column of A) * (row of B). All offsets are template constants; as an
// unrolled loop variable they would cost an address computation per load.
template <class T, int Step, int... I>
TENON_INLINE void step(const T* a, const T* b, tile_vec<T>* c, std::integer_sequence<int, I...>) {
  using V = tile_vec<T>;
  using G = tile<T>;
  V bv[G::vectors];
  [&]<int... J>(std::integer_sequence<int, J...>) {
    ((bv[J] = V::load(b + (Step * G::columns + J * G::lanes))), ...);
  }(std::make_integer_sequence<int, G::vectors>{});
  const auto row = [&]<int Row>(std::integral_constant<int, Row>) {
    const V av = V::load(a + (Step * G::rows + Row) * G::lanes);
    [&]<int... J>(std::integer_sequence<int, J...>) {
      ((c[Row * G::vectors + J] = mul_add(av, bv[J], c[Row * G::vectors + J])), ...);
    }(std::make_integer_sequence<int, G::vectors>{});
  };
  (row(std::integral_constant<int, I>{}), ...);
}

}  // namespace detail

/// C tile = init tile + A panel * B panel, each element summed in the order of k. A is splatted
/// ([k][row][lane]), B is [k][column]. The ends are those of `panel_end`.
template <class T>
[[gnu::noinline]] void multiply_tile(const T* e0, const T* e1, [[maybe_unused]] const T* e2,
                                     [[maybe_unused]] const T* e3, const T* a, const T* b, T* c,
                                     std::ptrdiff_t c_stride, const T* init,
                                     std::ptrdiff_t init_stride) {
  using V = tile_vec<T>;
  using G = tile<T>;
  constexpr auto rows = std::make_integer_sequence<int, G::rows>{};
  V acc[G::rows * G::vectors];
  for (int i = 0; i < G::rows; ++i)
    for (int j = 0; j < G::vectors; ++j)
      acc[i * G::vectors + j] = V::load(init + i * init_stride + j * G::lanes);
  for (;;) {
    // Hides the pointers from loop strength reduction, so that offsets stay in the loads. The exits
    // in the middle are anchors: without them engines hoist all loads above the arithmetic.
    simd::opaque(a);
    simd::opaque(b);
    detail::step<T, 0>(a, b, acc, rows);
    if (b == e1) break;
    detail::step<T, 1>(a, b, acc, rows);
    if constexpr (G::steps == 4) {
      if (b == e2) break;
      detail::step<T, 2>(a, b, acc, rows);
      if (b == e3) break;
      detail::step<T, 3>(a, b, acc, rows);
    }
    a += G::steps * G::rows * G::lanes;
    b += G::steps * G::columns;
    if (b == e0) break;
  }
  for (int i = 0; i < G::rows; ++i)
    for (int j = 0; j < G::vectors; ++j)
      acc[i * G::vectors + j].store(c + i * c_stride + j * G::lanes);
}

/// The same for one row of A ([k][lane]) and `Panels` panels of B, `b_stride` elements apart: with
/// one row it takes several panels to have enough independent sums.
template <class T, int Panels>
[[gnu::noinline]] void multiply_row(const T* end, const T* a, const T* b, std::ptrdiff_t b_stride,
                                    T* c, const T* init, std::ptrdiff_t init_stride) {
  using V = tile_vec<T>;
  using G = tile<T>;
  constexpr auto panels = std::make_integer_sequence<int, Panels>{};
  constexpr auto vectors = std::make_integer_sequence<int, G::vectors>{};
  const T* bp[Panels];
  V acc[Panels * G::vectors];
  for (int p = 0; p < Panels; ++p) {
    bp[p] = b + p * b_stride;
    for (int j = 0; j < G::vectors; ++j)
      acc[p * G::vectors + j] = V::load(init + p * init_stride + j * G::lanes);
  }
  do {
    const V av = V::load(a);
    const auto panel = [&]<int P, int... J>(std::integral_constant<int, P>,
                                            std::integer_sequence<int, J...>) {
      simd::opaque(bp[P]);
      ((acc[P * G::vectors + J] =
            mul_add(av, V::load(bp[P] + J * G::lanes), acc[P * G::vectors + J])),
       ...);
      bp[P] += G::columns;
    };
    [&]<int... P>(std::integer_sequence<int, P...>) {
      (panel(std::integral_constant<int, P>{}, vectors), ...);
    }(panels);
    a += G::lanes;
  } while (bp[0] != end);
  for (int p = 0; p < Panels; ++p)
    for (int j = 0; j < G::vectors; ++j)
      acc[p * G::vectors + j].store(c + p * G::columns + j * G::lanes);
}

}  // namespace tenon::inline TENON_BUILD::kernels
