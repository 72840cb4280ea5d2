// The first k of a line, by keys: every dtype is mapped to unsigned integers in the same order, so one
// selection serves them all. Equal elements stay in the order of their indices.
#pragma once

#include <algorithm>

#include "../core/dtype.hpp"
#include "copy.hpp"

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

/// How patterns of a dtype become keys.
struct key_rule {
  u64 sign;      ///< the sign bit, 0 for unsigned integers
  u64 infinity;  ///< its pattern, 0 for integers
  u64 turn;      ///< all bits to sort from the least on
};
inline key_rule key_rule_of(dtype d, bool least) {
  key_rule r{0, 0, least ? ~u64{0} : 0};
  if (!dtypes::unsigned_integers.has(d) && d != dtype::boolean) r.sign = u64{1} << (8 * size_of(d) - 1);
  if (d == dtype::f16) r.infinity = 0x7c00;
  if (d == dtype::bf16) r.infinity = 0x7f80;
  if (d == dtype::f32) r.infinity = 0x7f800000;
  if (d == dtype::f64) r.infinity = u64{0x7ff} << 52;
  return r;
}

/// The keys of n elements, `step` apart. NaN is the greatest, both zeros are one.
template <class U>
[[gnu::noinline]] void load_keys(const void* x, i64 step, i64 n, const key_rule& rule, u64* keys) {
  const auto* p = static_cast<const char*>(x);
  for (i64 i = 0; i < n; ++i, p += step * static_cast<i64>(sizeof(U))) {
    U pattern;
    std::memcpy(&pattern, p, sizeof(U));
    u64 key = pattern;
    if (rule.infinity == 0) {
      key ^= rule.sign;
    } else {
      const u64 magnitude = key & (rule.sign - 1);
      if (magnitude > rule.infinity) key = static_cast<U>(-1);
      else key = key == magnitude || magnitude == 0 ? magnitude + rule.sign : rule.sign - magnitude;
    }
    keys[i] = key ^ rule.turn;
  }
}

}  // namespace detail

/// first[0..k) = the first k of n elements `step` apart, sorted; k <= n.
inline void top_k(dtype d, const void* x, i64 step, i64 n, i64 k, bool least, candidate* first) {
  constexpr i64 chunk = 256;
  u64 keys[chunk];
  const detail::key_rule rule = detail::key_rule_of(d, least);
  const i64 width = size_of(d);
  const auto load = width == 1   ? detail::load_keys<u8>
                    : width == 2 ? detail::load_keys<u16>
                    : width == 4 ? detail::load_keys<u32>
                                 : detail::load_keys<u64>;
  if (k == 0) return;
  i64 known = 0;
  for (i64 i = 0; i < n; i += chunk) {
    const i64 m = std::min(chunk, n - i);
    load(static_cast<const char*>(x) + i * step * width, step, m, rule, keys);
    for (i64 j = 0; j < m; ++j) {
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
