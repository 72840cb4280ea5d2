// Elements found by an index: indices become offsets, checked in 64 bits, and rows are moved or combined
// where the offsets point, by element width.
#pragma once

#include "copy.hpp"
#include "storage.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

template <class I>
[[gnu::noinline]] i64 add_offsets(const I* from, i64 step, i64 n, i64 size, i64 stride, i64* offsets) {
  bool wrong = false;
  for (i64 i = 0; i < n; ++i) {
    const i64 index = from[i * step], counted = index + (index < 0 ? size : 0);
    wrong |= static_cast<u64>(counted) >= static_cast<u64>(size);
    // A wrong index may lead anywhere, as nobody will follow it.
    offsets[i] = static_cast<i64>(static_cast<u64>(offsets[i]) + static_cast<u64>(counted) * static_cast<u64>(stride));
  }
  if (!wrong) return -1;
  for (i64 i = 0;; ++i)
    if (from[i * step] < -size || from[i * step] >= size) return i;
}

template <class U>
[[gnu::noinline]] void gather(const void* from, const i64* offsets, i64 n, void* to) {
  for (i64 i = 0; i < n; ++i)
    std::memcpy(static_cast<U*>(to) + i, static_cast<const U*>(from) + offsets[i], sizeof(U));
}
template <class U>
[[gnu::noinline]] void scatter(const void* from, i64 step, const i64* offsets, i64 n, void* to) {
  for (i64 i = 0; i < n; ++i)
    std::memcpy(static_cast<U*>(to) + offsets[i], static_cast<const U*>(from) + i * step, sizeof(U));
}

struct by_index {
  void (*gather)(const void*, const i64*, i64, void*);
  void (*scatter)(const void*, i64, const i64*, i64, void*);
};
template <class U>
inline constexpr by_index index_movers{&detail::gather<U>, &detail::scatter<U>};

inline const by_index& index_mover(i64 width) {
  switch (width) {
    case 1: return index_movers<u8>;
    case 2: return index_movers<u16>;
    case 4: return index_movers<u32>;
    case 8: return index_movers<u64>;
    default: return index_movers<sixteen>;
  }
}

}  // namespace detail

/// offsets[i] += stride * the i-th of n indices, `step` apart, of int32 or int64 (`wide`). Negative ones count
/// from the end of `size`. The position of the first that is out of range, or -1: offsets are only good then.
inline i64 add_offsets(const void* from, bool wide, i64 step, i64 n, i64 size, i64 stride, i64* offsets) {
  return wide ? detail::add_offsets(static_cast<const i64*>(from), step, n, size, stride, offsets)
              : detail::add_offsets(static_cast<const i32*>(from), step, n, size, stride, offsets);
}

/// Row i of `to` = the `run` elements at from[offsets[i]]; rows of `to` lie one after the other.
inline void gather(const void* from, const i64* offsets, i64 n, i64 run, void* to, i64 width) {
  if (run == 1) return detail::index_mover(width).gather(from, offsets, n, to);
  auto* d = static_cast<char*>(to);
  for (i64 i = 0; i < n; ++i, d += run * width)
    detail::copy_row(d, static_cast<const char*>(from) + offsets[i] * width, static_cast<std::size_t>(run * width));
}

/// The `run` elements at to[offsets[i]] = row i of `from`, whose rows begin `step` elements apart.
inline void scatter(const void* from, i64 step, const i64* offsets, i64 n, i64 run, void* to, i64 width) {
  if (run == 1) return detail::index_mover(width).scatter(from, step, offsets, n, to);
  const auto* s = static_cast<const char*>(from);
  for (i64 i = 0; i < n; ++i, s += step * width)
    detail::copy_row(static_cast<char*>(to) + offsets[i] * width, s, static_cast<std::size_t>(run * width));
}

/// What becomes of an element that is there and one that comes.
enum class combining : u8 { add, mul, max, min };

namespace detail {

template <class T>
[[gnu::noinline]] void combine(combining how, const void* from, const i64* offsets, i64 n, i64 run, void* to) {
  const auto rows = [&](auto f) {
    const T* s = static_cast<const T*>(from);
    for (i64 i = 0; i < n; ++i, s += run) {
      T* const d = static_cast<T*>(to) + offsets[i];
      for (i64 j = 0; j < run; ++j) d[j] = f(d[j], s[j]);
    }
  };
  switch (how) {
    case combining::add: return rows([](T a, T b) { return a + b; });
    case combining::mul: return rows([](T a, T b) { return a * b; });
    // NaN wins.
    case combining::max: return rows([](T a, T b) { return b > a || b != b ? b : a; });
    case combining::min: return rows([](T a, T b) { return b < a || b != b ? b : a; });
  }
}

/// For compute types. Integers wrap, so that sums and products are those of unsigned ones.
inline void combine(dtype d, combining how, const void* from, const i64* offsets, i64 n, i64 run, void* to) {
  const bool order = how == combining::max || how == combining::min;
  switch (d) {
    case dtype::f32: return combine<float>(how, from, offsets, n, run, to);
    case dtype::f64: return combine<double>(how, from, offsets, n, run, to);
    case dtype::i32: if (order) return combine<i32>(how, from, offsets, n, run, to); [[fallthrough]];
    case dtype::u32: return combine<u32>(how, from, offsets, n, run, to);
    case dtype::i64: if (order) return combine<i64>(how, from, offsets, n, run, to); [[fallthrough]];
    default: return combine<u64>(how, from, offsets, n, run, to);
  }
}

}  // namespace detail

/// The `run` elements at to[offsets[i]] combined with row i of `from`, one row after the other: an offset may
/// come more than once. Of numeric types and bool; narrow ones are rounded after each row.
inline void scatter_combined(dtype d, combining how, const void* from, const i64* offsets, i64 n, i64 run, void* to) {
  const dtype compute = compute_dtype(d);
  if (compute == d) return detail::combine(d, how, from, offsets, n, run, to);
  constexpr i64 chunk = 128;
  alignas(64) u32 there[chunk], comes[chunk];  // f32, i32 or u32
  const i64 width = size_of(d), zero = 0;
  const auto* s = static_cast<const char*>(from);
  for (i64 i = 0; i < n; ++i)
    for (i64 j = 0; j < run; j += chunk) {
      const i64 m = std::min(chunk, run - j);
      char* const at = static_cast<char*>(to) + (offsets[i] + j) * width;
      load_elements(d, at, there, m);
      load_elements(d, s + (i * run + j) * width, comes, m);
      detail::combine(compute, how, comes, &zero, 1, m, there);
      store_elements(d, there, at, m);
    }
}

namespace detail {

template <class U>
[[gnu::noinline]] void nonzero(const void* from, u64 counts, i64 n, u8* flags) {
  const auto* p = static_cast<const U*>(from);
  const U mask = static_cast<U>(counts);
  for (i64 i = 0; i < n; ++i) flags[i] = (p[i] & mask) != 0;
}

}  // namespace detail

/// flags[i] = 1 where element i is not zero; -0 is zero, and of complex numbers both parts count.
inline void nonzero(dtype d, const void* from, i64 n, u8* flags) {
  u64 counts = ~u64{0};
  if (dtypes::floating.has(d)) counts >>= 65 - 8 * size_of(d);
  switch (size_of(d)) {
    case 1: return detail::nonzero<u8>(from, counts, n, flags);
    case 2: return detail::nonzero<u16>(from, counts, n, flags);
    case 4: return detail::nonzero<u32>(from, counts, n, flags);
    case 8: return detail::nonzero<u64>(from, d == dtype::c64 ? 0x7fffffff7fffffff : counts, n, flags);
    default:
      for (i64 i = 0; i < n; ++i) {
        u8 parts[2];
        detail::nonzero<u64>(static_cast<const u64*>(from) + 2 * i, ~u64{0} >> 1, 2, parts);
        flags[i] = parts[0] | parts[1];
      }
  }
}

}  // namespace tenon
