// When a computed sum of products is right. Integers: exactly. Floats: within the rounding of its
// terms, and where the build is strict, to the bit, since the order of the sum is documented.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "gemm.hpp"

namespace reference {

template <class T>
using wide = std::conditional_t<std::is_same_v<T, float>, double,
                                std::conditional_t<std::is_same_v<T, double>, long double, T>>;

/// `same_order()` is the sum in T in the documented order, `exact()` the one in wide<T>; `terms` counts the roundings. A strict
/// guest, where wide<double> is calculated in software, has the bits of the native run, and is not asked for the latter.
template <class T, bool strict, class Same, class Exact>
bool close(T x, Same same_order, Exact exact, std::int64_t terms) {
#if defined(__wasm__)
  constexpr bool guest = true;
#else
  constexpr bool guest = false;
#endif
  if ((strict || !std::is_floating_point_v<T>) && !(x == same_order())) return false;
  if constexpr (strict && guest) {
    return true;
  } else if constexpr (!std::is_floating_point_v<T>) {
    return x == exact().value;
  } else {
    const sum<wide<T>> wanted = exact();
    const wide<T> ulp = std::numeric_limits<T>::epsilon() / 2;
    return std::abs(static_cast<wide<T>>(x) - wanted.value) <= static_cast<wide<T>>(terms + 3) * ulp * wanted.magnitude;
  }
}

}  // namespace reference
