// Small floating-point formats by their definition: a table of all values, searched.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace reference::small_float {

struct format {
  int exponent, mantissa, bias;
  unsigned last;  // the pattern of the largest finite number
};

struct entry {
  double value;
  unsigned bits;
};

/// The finite values without a sign, in order.
inline std::vector<entry> table(const format& f) {
  std::vector<entry> t;
  for (unsigned bits = 0; bits <= f.last; ++bits) {
    const int e = static_cast<int>(bits >> f.mantissa);
    const double m = bits & ((1u << f.mantissa) - 1);
    const double one = std::ldexp(1.0, f.mantissa);
    const double v = e == 0 ? std::ldexp(m / one, 1 - f.bias) : std::ldexp(1 + m / one, e - f.bias);
    t.push_back({v, bits});
  }
  return t;
}

/// The pattern nearest to x >= 0, ties to the even one; last + 1 when it rounds to beyond the
/// largest.
inline unsigned nearest(const std::vector<entry>& t, double x) {
  const auto at =
      std::lower_bound(t.begin(), t.end(), x, [](const entry& e, double v) { return e.value < v; });
  if (at == t.begin()) return at->bits;
  const entry below = *(at - 1);
  const double step = t.back().value - (t.end() - 2)->value;
  const entry above = at == t.end() ? entry{below.value + step, below.bits + 1} : *at;
  const double middle = below.value + (above.value - below.value) / 2;
  if (x < middle) return below.bits;
  if (x > middle) return above.bits;
  return below.bits % 2 == 0 ? below.bits : above.bits;
}

}  // namespace reference::small_float
