// Indices, strides and layouts for reference loops: slow, obvious, and independent of the kernels.
#pragma once

#include <cstdint>
#include <vector>

#include "tenon/core/shape.hpp"
#include "numbers.hpp"

namespace reference {

using tenon::i64;
using tenon::shape;

// In walk.cpp, which is optimised wherever tests are not: they take every element of every test.
/// To the next index of dims, the last axis fastest; false behind the last.
bool step(shape& index, const shape& dims);
i64 offset(const shape& index, const shape& strides);

/// Calls f(index) for every index of dims, the last axis fastest.
template <class F>
void each(const shape& dims, F f) {
  if (tenon::count(dims) == 0) return;
  shape index = shape::filled(dims.rank(), 0);
  do f(static_cast<const shape&>(index));
  while (step(index, dims));
}

enum class layout {
  contiguous,
  shifted,
  gaps,
  transposed,
  negative,
  first_repeated,
  last_repeated,
  constant
};
inline constexpr layout layouts[] = {
    layout::contiguous, layout::shifted,        layout::gaps,          layout::transposed,
    layout::negative,   layout::first_repeated, layout::last_repeated, layout::constant};
/// The layouts in which every element has a place of its own.
inline constexpr int writable_layouts = 5;

/// Where the elements of an array lie in some layout, with a margin on both sides, to see what is written beside them.
struct places {
  shape dims, strides;
  i64 start = 0, size = 0;

  places(const shape& d, layout how) : dims(d), strides(tenon::contiguous_strides(d)) {
    const int r = d.rank();
    start = how == layout::shifted ? 7 : 8;
    if (how == layout::gaps)
      for (i64& s : strides) s *= 3;
    if (how == layout::transposed) {
      i64 step = 1;
      for (int i = 0; i < r; ++i) strides[i] = step, step *= d[i];
    }
    if ((how == layout::first_repeated || how == layout::constant) && r > 0) strides[0] = 0;
    if ((how == layout::last_repeated || how == layout::constant) && r > 0) strides[r - 1] = 0;
    if (how == layout::constant) strides = shape::filled(r, 0);
    if (how == layout::negative)
      for (int i = 0; i < r; ++i) {
        start += d[i] > 0 ? (d[i] - 1) * strides[i] : 0;
        strides[i] = -strides[i];
      }
    size = tenon::count(d) * (how == layout::gaps ? 3 : 1) + 17;
  }
};

/// An array of T in such places.
template <class T>
struct array : places {
  std::vector<T> all;

  array(const shape& d, layout how) : places(d, how), all(static_cast<std::size_t>(size)) {}
  T* data() { return all.data() + start; }
  T& operator[](const shape& index) { return data()[offset(index, strides)]; }
};

/// Numbers that repeat on every machine.
struct generator {
  std::uint64_t state;
  explicit generator(std::uint64_t seed) : state(seed * 2862933555777941757u + 1) {}
  std::uint64_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
  }
  /// An integer from low to high.
  i64 between(i64 low, i64 high) {
    return low + static_cast<i64>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// Multiples of 1/64 in [-4, 4]: sums and products of a few are exact.
  double real() { return static_cast<double>(between(-256, 256)) / 64; }
};

}  // namespace reference
