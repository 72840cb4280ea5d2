// Reductions, softmax and positions of extremes, in double or in the type itself, over indices.
#pragma once

#include <cmath>

#include "walk.hpp"

namespace reference {

/// Calls f(index of a result, the elements that make it) for dims reduced over `axes`.
template <class T, class F>
void groups(array<T>& x, std::uint32_t axes, F f) {
  shape kept = x.dims, reduced = x.dims;
  for (int i = 0; i < x.dims.rank(); ++i) (axes >> i & 1 ? kept : reduced)[i] = 1;
  each(kept, [&](const shape& k) {
    std::vector<T> all;
    each(reduced, [&](const shape& r) {
      shape at = k;
      for (int i = 0; i < at.rank(); ++i) at[i] += r[i];
      all.push_back(x[at]);
    });
    f(k, all);
  });
}

/// The position of the greatest or least element; NaN before all.
template <class T>
i64 extreme(const std::vector<T>& v, bool least, bool last) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < v.size(); ++i) {
    const bool nan = v[i] != v[i], known_nan = v[best] != v[best];
    const bool better = least ? v[i] < v[best] : v[i] > v[best];
    if (nan ? (last || !known_nan) : !known_nan && (better || (last && v[i] == v[best]))) best = i;
  }
  return static_cast<i64>(best);
}

template <class T>
std::vector<double> softmax(const std::vector<T>& v, bool log) {
  double top = -HUGE_VAL, sum = 0;
  for (T x : v) top = std::fmax(top, static_cast<double>(x));
  for (T x : v) sum += std::exp(static_cast<double>(x) - top);
  std::vector<double> out;
  for (T x : v) {
    const double shifted = static_cast<double>(x) - top;
    out.push_back(log ? shifted - std::log(sum) : std::exp(shifted) / sum);
  }
  return out;
}

}  // namespace reference
