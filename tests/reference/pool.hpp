// Pooling over indices: windows as ONNX writes them down, one tap at a time.
#pragma once

#include "walk.hpp"

namespace reference {

struct pooled {
  double greatest = 0, sum = 0;
  i64 inside = 0, padded = 0;
  i64 at[3] = {};  ///< where the greatest is
};

/// The window of output `o` (N C D H W) over x.
template <class T, class W>
pooled pool(array<T>& x, const shape& o, const W& w) {
  pooled r;
  for (i64 i = 0; i < w.kernel[0]; ++i)
    for (i64 j = 0; j < w.kernel[1]; ++j)
      for (i64 k = 0; k < w.kernel[2]; ++k) {
        const i64 tap[3] = {i, j, k};
        shape at = o;
        bool inside = true, padded = true;
        for (int d = 0; d < 3; ++d) {
          const i64 p = o[d + 2] * w.stride[d] - w.pad_begin[d] + tap[d] * w.dilation[d];
          inside &= p >= 0 && p < x.dims[d + 2];
          padded &= p >= -w.pad_begin[d] && p < x.dims[d + 2] + w.pad_end[d];
          at[d + 2] = p;
        }
        r.padded += padded;
        if (!inside) continue;
        const auto v = static_cast<double>(x[at]);
        if (r.inside++ == 0 || v > r.greatest) {
          r.greatest = v;
          for (int d = 0; d < 3; ++d) r.at[d] = at[d + 2];
        }
        r.sum += v;
      }
  return r;
}

}  // namespace reference
