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

/// `same_order` is the sum in T in the documented order, `exact` the one in wide<T>; `terms` counts
/// the roundings.
template <class T>
bool close(T x, T same_order, sum<wide<T>> exact, std::int64_t terms, bool strict) {
  if constexpr (std::is_floating_point_v<T>) {
    if (strict && !(x == same_order)) return false;
    const wide<T> ulp = std::numeric_limits<T>::epsilon() / 2;
    return std::abs(static_cast<wide<T>>(x) - exact.value) <=
           static_cast<wide<T>>(terms + 3) * ulp * exact.magnitude;
  } else {
    return x == exact.value && x == same_order;
  }
}

}  // namespace reference
