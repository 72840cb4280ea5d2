// Elements as unsigned integers in the same order, so that what sorts or compares is compiled once for
// all dtypes.
#pragma once

#include <cstring>

#include "../core/dtype.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

template <class U>
[[gnu::noinline]] void widen_patterns(const void* from, i64 step, i64 n, u64* to) {
  for (i64 i = 0; i < n; ++i) {
    U pattern;
    std::memcpy(&pattern, static_cast<const U*>(from) + i * step, sizeof(U));
    to[i] = pattern;
  }
}

}  // namespace detail

/// keys[i] < keys[j] where x[i] < x[j], of n elements `step` apart. Both zeros are one, NaN are one and the
/// greatest. Of numeric types and bool.
inline void load_keys(dtype d, const void* x, i64 step, i64 n, u64* keys) {
  const i64 width = size_of(d);
  switch (width) {
    case 1: detail::widen_patterns<u8>(x, step, n, keys); break;
    case 2: detail::widen_patterns<u16>(x, step, n, keys); break;
    case 4: detail::widen_patterns<u32>(x, step, n, keys); break;
    default: detail::widen_patterns<u64>(x, step, n, keys);
  }
  if (dtypes::unsigned_integers.has(d) || d == dtype::boolean) return;
  const u64 sign = u64{1} << (8 * width - 1);
  const u64 infinity = d == dtype::f16   ? 0x7c00
                       : d == dtype::bf16 ? 0x7f80
                       : d == dtype::f32  ? 0x7f800000
                       : d == dtype::f64  ? u64{0x7ff} << 52
                                          : sign;
  for (i64 i = 0; i < n; ++i) {
    const u64 magnitude = keys[i] & (sign - 1);
    if (infinity == sign) keys[i] ^= sign;
    else if (magnitude > infinity) keys[i] = ~u64{0};
    else keys[i] = (keys[i] & sign) != 0 ? sign - magnitude : sign + magnitude;
  }
}

}  // namespace tenon
