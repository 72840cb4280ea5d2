// ArgMax and ArgMin along one axis. Rows look for the extreme of a chunk first and for its place
// only when the chunk improves on what is known; columns keep a value and an index per lane. ArgMin
// runs on keys in reversed order: sign flipped for floats, all bits for integers.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/vec.hpp"
#include "reduce.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

/// One compute type's searches; `best` points to a key, n is a multiple of the step.
struct seeker {
  /// x[0..n) at axis positions from `first` on, of which `real` are not padding.
  void (*row)(const void* x, i64 n, i64 real, i64 first, bool least, bool last, void* best,
              i64* index);
  /// x[0..n) at axis position i: n lanes of keys and of indices as wide.
  void (*column)(const void* x, i64 n, i64 i, bool least, bool last, void* best, void* index);
};

template <class T>
struct seeking {
  using V = simd::full_vec<T>;
  using I = simd::sized_int<sizeof(T)>;
  using U = std::make_unsigned_t<I>;
  static constexpr int N = V::lanes;

  template <int L>
  TENON_INLINE static simd::vec<T, L> key(const T* p, simd::vec<U, L> turn) {
    using X = simd::vec<T, L>;
    return simd::bit_cast<X>(simd::bit_cast<simd::vec<U, L>>(X::load(p)) ^ turn);
  }
  template <int L>
  TENON_INLINE static simd::vec<U, L> flip(bool least) {
    const U bits =
        std::is_integral_v<T> ? static_cast<U>(-1) : static_cast<U>(U{1} << (8 * sizeof(U) - 1));
    return simd::vec<U, L>(least ? bits : U{0});
  }

  static void row(const void* x, i64 n, i64 real, i64 first, bool least, bool last, void* best,
                  i64* index) {
    const auto* p = static_cast<const T*>(x);
    const auto turn = flip<N>(least);
    V top = key<N>(p, turn);
#pragma clang loop unroll(disable)
    for (i64 i = N; i < n; i += N) top = simd::max(top, key<N>(p + i, turn));
    const T extreme = gather_lanes<kernels::most>(top);
    T& known = *static_cast<T*>(best);
    const bool nan = extreme != extreme, known_nan = known != known;
    const bool better = last ? extreme >= known || nan : extreme > known || (nan && !known_nan);
    if (*index >= 0 && !better) return;
    known = extreme;
    for (i64 block = 0; block < n; block += N) {
      const i64 at = last ? n - N - block : block;
      const V k = key<N>(p + at, turn);
      const auto hit = nan ? k != k : k == V(extreme);
      if (!simd::any(hit)) continue;
      for (int lane = 0; lane < N; ++lane) {
        const int i = last ? N - 1 - lane : lane;
        if (hit[i] && at + i < real) {
          *index = first + at + i;
          return;
        }
      }
    }
  }

  static void column(const void* x, i64 n, i64 i, bool least, bool last, void* best, void* index) {
    // One register at a time: there are many values.
    constexpr int M = 16 / sizeof(T);
    using R = simd::vec<T, M>;
    using W = simd::vec<I, M>;
    const auto* p = static_cast<const T*>(x);
    auto* const keys = static_cast<T*>(best);
    auto* const places = static_cast<I*>(index);
    const auto turn = flip<M>(least);
    const W here(static_cast<I>(i));
    const simd::mask<T, M> ties(last), first(i == 0);
#pragma clang loop unroll(disable)
    for (i64 j = 0; j < n; j += M) {
      const R k = key<M>(p + j, turn), known = R::load(keys + j);
      auto better = (k > known) | (ties & (k == known)) | first;
      if constexpr (std::is_floating_point_v<T>) {
        const auto nan = k != k;
        better = better | (nan & (ties | (known == known)));
      }
      R(simd::select(better, k, known)).store(keys + j);
      W(simd::select(simd::mask<I, M>(better), here, W::load(places + j))).store(places + j);
    }
  }
};
template <class T>
inline constexpr seeker seeker_of{&seeking<T>::row, &seeking<T>::column};

inline const seeker* find_seeker(dtype compute) {
  const seeker* s = nullptr;
  dispatch<dtype_set{dtype::f32, dtype::f64, dtype::i32, dtype::u32, dtype::i64, dtype::u64}>(
      compute, [&]<class T>() { s = &seeker_of<T>; });
  return s;
}

}  // namespace detail

/// out = the position of the greatest (or least) element along `axis`: the first of equals, or the
/// last; NaN counts as the extreme. dims are the input's and both have a stride for each of them
/// (the output's along the axis is ignored). The axis is not empty and the compute type has 4 or 8
/// bytes.
inline void argmax(const operand& in, i64* out, const shape& out_strides, const shape& dims,
                   int axis, bool least, bool last) {
  constexpr i64 bytes = 2048;
  alignas(64) char tile[bytes], staging[bytes], keys[bytes], places[bytes];
  const detail::seeker* const seek = detail::find_seeker(in.compute);
  const i64 width = size_of(in.compute), in_width = size_of(in.storage), lanes = 64 / width;
  const bool converts = in.storage != in.compute;
  const i64 capacity = std::min(bytes / width, converts ? bytes / in_width : bytes);
  const i64 size = dims[axis], step = in.strides[axis];
  nest n;
  shape steps, out_steps;
  for (int i = 0; i < dims.rank(); ++i) {
    if (i == axis) continue;
    n.push(dims[i]);
    steps.push_back(in.strides[i]);
    out_steps.push_back(out_strides[i]);
  }
  n.add(steps);
  n.add(out_steps);
  if (!seek || size == 0 || !n.normalize()) return;
  const nest::axis& k = n.inner();

  const auto source = [&](i64 at) { return static_cast<const char*>(in.data) + at * in_width; };
  // `count` elements, padded with the first to whole steps: in place or in the tile.
  const auto line = [&](i64 at, i64 by, i64 count) -> const char* {
    if (!converts && by == 1 && count % lanes == 0) return source(at);
    if (!converts && by == 1)
      detail::copy_row(tile, source(at), static_cast<std::size_t>(count * width));
    else
      copy(source(at), {by}, converts ? staging : tile, {1}, {count}, in_width);
    if (converts) load_elements(in.storage, staging, tile, count);
    fill(tile + count * width, tile, (lanes - count % lanes) % lanes, width);
    return tile;
  };
  const auto magnitude = [](i64 x) { return x < 0 ? -x : x; };
  const bool by_rows = size > 0x7fffffff || n.count() == 1 ||
                       (size >= 16 && (magnitude(step) < magnitude(k.step[0]) || k.size < 8));
  cursor c(n);
  do {
    if (by_rows) {
      for (i64 j = 0; j < k.size; ++j) {
        i64 index = -1;
        for (i64 i = 0; i < size;) {
          i64 count = std::min(capacity, size - i);
          if (count > 8 * lanes && count < capacity) count -= count % lanes;
          const char* x = line(c.at[0] + j * k.step[0] + i * step, step, count);
          seek->row(x, (count + lanes - 1) / lanes * lanes, count, i, least, last, keys, &index);
          i += count;
        }
        out[c.at[1] + j * k.step[1]] = index;
      }
      continue;
    }
    for (i64 j = 0; j < k.size;) {
      i64 w = std::min(capacity, k.size - j);
      if (w > lanes) w -= w % lanes;
      for (i64 i = 0; i < size; ++i)
        seek->column(line(c.at[0] + j * k.step[0] + i * step, k.step[0], w),
                     (w + lanes - 1) / lanes * lanes, i, least, last, keys, places);
      for (i64 i = 0; i < w; ++i) {
        i64 place = 0;
        detail::copy_row(&place, places + i * width, static_cast<std::size_t>(width));
        out[c.at[1] + (j + i) * k.step[1]] = place;
      }
      j += w;
    }
  } while (c.next(n, n.rank - 1));
}

}  // namespace tenon::inline TENON_BUILD::kernels
