// Sums and products with what their rounding dropped, for float and double, scalars and vectors: the error-free
// transformations of Dekker (1971) and Knuth, in plain operations.
#pragma once

#include "vec.hpp"

namespace tenon::inline TENON_BUILD::simd {

/// a + b and what rounding dropped, for any a and b.
template <float_like X>
TENON_INLINE X two_sum(X a, X b, X& error) {
  const X s = a + b;
  const X v = s - a;
  error = (a - (s - v)) + (b - v);
  return s;
}
/// a + b and what rounding dropped, for |a| >= |b| or a = 0.
template <float_like X>
TENON_INLINE X fast_two_sum(X a, X b, X& error) {
  const X s = a + b;
  error = b - (s - a);
  return s;
}
/// a b and what rounding dropped; both are split into halves (26 and 27 bits, of float 12 and 12).
template <float_like X>
TENON_INLINE X two_product(X a, X b, X& error) {
  using U = scalar_t<uint_lanes<X>>;
  constexpr U upper = static_cast<U>(~U{0} << (sizeof(U) == 4 ? 12 : 27));
  const X ah = bit_cast<X>(bit_cast<uint_lanes<X>>(a) & upper), al = a - ah;
  const X bh = bit_cast<X>(bit_cast<uint_lanes<X>>(b) & upper), bl = b - bh;
  const X p = a * b;
  error = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
  return p;
}

}  // namespace tenon::inline TENON_BUILD::simd
