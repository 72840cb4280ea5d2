// Byte movers by element width: strided N-d copies, transposition and fill. Axes are sorted by the
// destination's strides and merged first, so a permutation of any rank ends as rows, as planes to
// transpose, or as single strided elements.
#pragma once

#include <cstring>

#include "../simd/lanes.hpp"
#include "nest.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

struct sixteen {
  std::uint64_t lo, hi;
};

/// memcpy for rows: a call (in a guest, memory.copy leaves compiled code) pays only when they are
/// long.
inline void copy_row(void* to, const void* from, std::size_t n) {
  if (n > 512) {
    std::memcpy(to, from, n);
    return;
  }
  auto* d = static_cast<char*>(to);
  const auto* s = static_cast<const char*>(from);
  if (n >= 16) {
    const char* const last = s + (n - 16);
    char* const last_d = d + (n - 16);
    for (; s < last; s += 16, d += 16) std::memcpy(d, s, 16);
    std::memcpy(last_d, last, 16);
    return;
  }
  if (n & 8) std::memcpy(d, s, 8), d += 8, s += 8;
  if (n & 4) std::memcpy(d, s, 4), d += 4, s += 4;
  if (n & 2) std::memcpy(d, s, 2), d += 2, s += 2;
  if (n & 1) *d = *s;
}

template <class U>
[[gnu::noinline]] void copy_strided(const void* from, i64 from_step, void* to, i64 to_step, i64 n) {
  const char* s = static_cast<const char*>(from);
  char* d = static_cast<char*>(to);
  const auto ss = static_cast<std::ptrdiff_t>(from_step) * static_cast<std::ptrdiff_t>(sizeof(U));
  const auto ds = static_cast<std::ptrdiff_t>(to_step) * static_cast<std::ptrdiff_t>(sizeof(U));
  for (; n > 0; --n, s += ss, d += ds) std::memcpy(d, s, sizeof(U));
}

/// One square of a transposition: R rows of R lanes, by log2(R) rounds of interleaving.
template <class U>
TENON_INLINE void transpose_square(const char* s, std::ptrdiff_t ss, char* d, std::ptrdiff_t ds) {
  constexpr int R = 16 / sizeof(U);
  using row = simd::vec<U, R>;
  row v[R], t[R];
  for (int r = 0; r < R; ++r) v[r] = row::load(reinterpret_cast<const U*>(s + r * ss));
  for (int round = 1; round < R; round *= 2) {
    for (int r = 0; r < R / 2; ++r) {
      t[2 * r] = simd::interleave_low(v[r], v[r + R / 2]);
      t[2 * r + 1] = simd::interleave_high(v[r], v[r + R / 2]);
    }
    for (int r = 0; r < R; ++r) v[r] = t[r];
  }
  for (int r = 0; r < R; ++r) v[r].store(reinterpret_cast<U*>(d + r * ds));
}

/// to[i * to_row + j] = from[j * from_row + i] for i < rows, j < columns; strides in elements.
template <class U>
void transpose(const void* from, i64 from_row, void* to, i64 to_row, i64 rows, i64 columns) {
  constexpr i64 w = sizeof(U), R = w < 16 ? 16 / w : 1;
  // Blocks that write four cache lines in a row; measured best of 8 to 64 by 16 to all.
  constexpr i64 block_rows = 16, block_columns = 64;
  const auto* s = static_cast<const char*>(from);
  auto* d = static_cast<char*>(to);
  const auto ss = static_cast<std::ptrdiff_t>(from_row * w),
             ds = static_cast<std::ptrdiff_t>(to_row * w);
  const i64 whole_rows = R > 1 ? rows - rows % R : 0,
            whole_columns = R > 1 ? columns - columns % R : 0;
  if constexpr (R > 1) {
    for (i64 j0 = 0; j0 < whole_columns; j0 += block_columns)
      for (i64 i0 = 0; i0 < whole_rows; i0 += block_rows)
        for (i64 i = i0; i < std::min(i0 + block_rows, whole_rows); i += R)
          for (i64 j = j0; j < std::min(j0 + block_columns, whole_columns); j += R)
            transpose_square<U>(s + j * ss + i * w, ss, d + i * ds + j * w, ds);
  }
  // What is left is narrow in one direction: walk along the other.
  if (whole_rows > 0)
    for (i64 j = whole_columns; j < columns; ++j)
      copy_strided<U>(s + j * ss, 1, d + j * w, to_row, whole_rows);
  for (i64 i = whole_rows; i < rows; ++i)
    copy_strided<U>(s + i * w, from_row, d + i * ds, 1, columns);
}

struct by_width {
  void (*strided)(const void*, i64, void*, i64, i64);
  void (*transpose)(const void*, i64, void*, i64, i64, i64);
};
template <class U>
inline constexpr by_width movers{&copy_strided<U>, &detail::transpose<U>};

inline const by_width& mover(i64 width) {
  switch (width) {
    case 1:
      return movers<std::uint8_t>;
    case 2:
      return movers<std::uint16_t>;
    case 4:
      return movers<std::uint32_t>;
    case 8:
      return movers<std::uint64_t>;
    default:
      return movers<sixteen>;
  }
}

}  // namespace detail

/// dst[...] = *one, n times; width is 1, 2, 4, 8 or 16 bytes.
[[gnu::noinline]] inline void fill(void* dst, const void* one, i64 n, i64 width) {
  std::uint64_t pattern[2] = {};
  detail::copy_row(pattern, one, static_cast<std::size_t>(width));
  if (width == 1)
    pattern[0] *= 0x0101010101010101;
  else if (width == 2)
    pattern[0] *= 0x0001000100010001;
  else if (width == 4)
    pattern[0] *= 0x0000000100000001;
  if (width <= 8) pattern[1] = pattern[0];
  using two = simd::vec<std::uint64_t, 2>;
  const two v = two::load(pattern);
  auto* d = static_cast<char*>(dst);
  const auto store = [&v](char* to) { v.store(reinterpret_cast<std::uint64_t*>(to)); };
  auto left = static_cast<std::size_t>(n * width);
  for (; left >= 64; left -= 64, d += 64)
    for (int i = 0; i < 64; i += 16) store(d + i);
  for (; left >= 16; left -= 16, d += 16) store(d);
  detail::copy_row(d, pattern, left);
}

/// Copies `dims` elements of `width` (1, 2, 4, 8, 16) bytes; strides in elements, any sign, 0 in
/// the source. Source and destination must not overlap.
inline void copy(const void* src, const shape& src_strides, void* dst, const shape& dst_strides,
                 const shape& dims, i64 width) {
  nest n;
  for (i64 d : dims) n.push(d);
  n.add(dst_strides);
  n.add(src_strides);
  if (!n.normalize()) return;
  const detail::by_width& move = detail::mover(width);
  auto* const to = static_cast<char*>(dst);
  const auto* const from = static_cast<const char*>(src);

  enum { row, splat, strided, plane } how = strided;
  if (n.inner().step[0] == 1) {
    if (n.inner().step[1] == 1) {
      how = row;
    } else if (n.inner().step[1] == 0) {
      how = splat;
    } else {
      for (int i = n.rank - 2; i >= 0 && how == strided; --i)
        if (n.axes[i].step[1] == 1) {
          how = plane;
          nest::axis moved;
          moved.assign(n.axes[i], 2);
          for (int j = i; j < n.rank - 2; ++j) n.axes[j].assign(n.axes[j + 1], 2);
          n.axes[n.rank - 2].assign(moved, 2);
        }
    }
  }
  const nest::axis& in = n.inner();
  const i64 size = in.size;
  cursor c(n);
  if (how == plane) {
    const nest::axis& rows = n.axes[n.rank - 2];
    do {
      move.transpose(from + c.at[1] * width, in.step[1], to + c.at[0] * width, rows.step[0],
                     rows.size, size);
    } while (c.next(n, n.rank - 2));
    return;
  }
  // The two innermost loops do without the cursor: rows may be short.
  static constexpr nest::axis once{1, {}};
  const nest::axis& rows = n.rank > 1 ? n.axes[n.rank - 2] : once;
  const i64 to_step = rows.step[0] * width, from_step = rows.step[1] * width;
  do {
    char* d = to + c.at[0] * width;
    const char* s = from + c.at[1] * width;
    for (i64 i = 0; i < rows.size; ++i, d += to_step, s += from_step) {
      if (how == row)
        detail::copy_row(d, s, static_cast<std::size_t>(size * width));
      else if (how == splat)
        fill(d, s, size, width);
      else
        move.strided(s, in.step[1], d, in.step[0], size);
    }
  } while (c.next(n, n.rank - 2));
}

}  // namespace tenon::inline TENON_BUILD::kernels
