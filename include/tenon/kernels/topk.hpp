// The first k of a line, by keys, so that one selection serves all dtypes. Equal elements stay in the
// order of their indices.
#pragma once

#include <algorithm>

#include "../core/dtype.hpp"
#include "keys.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::kernels {

/// An element on its way to be sorted.
struct candidate {
  u64 key;
  i64 index;
};

namespace detail {

/// True for the one that comes out first.
inline bool comes_before(const candidate& a, const candidate& b) {
  return a.key > b.key || (a.key == b.key && a.index < b.index);
}

}  // namespace detail

/// first[0..k) = the first k of n elements `step` apart, sorted; k <= n.
inline void top_k(dtype d, const void* x, i64 step, i64 n, i64 k, bool least, candidate* first) {
  constexpr i64 chunk = 256;
  u64 keys[chunk];
  const u64 turn = least ? ~u64{0} : 0;
  if (k == 0) return;
  i64 known = 0;
  for (i64 i = 0; i < n; i += chunk) {
    const i64 m = std::min(chunk, n - i);
    load_keys(d, static_cast<const char*>(x) + i * step * size_of(d), step, m, keys);
    for (i64 j = 0; j < m; ++j) {
      keys[j] ^= turn;
      // A heap with the last of the best on top.
      if (known < k) {
        first[known++] = {keys[j], i + j};
        if (known == k) std::make_heap(first, first + k, detail::comes_before);
      } else if (keys[j] > first->key) {
        std::pop_heap(first, first + k, detail::comes_before);
        first[k - 1] = {keys[j], i + j};
        std::push_heap(first, first + k, detail::comes_before);
      }
    }
  }
  std::sort_heap(first, first + k, detail::comes_before);
}

}  // namespace tenon
TENON_COLD_END
