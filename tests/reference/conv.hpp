// Convolution by its definition: one output element, by loops over the window and the channels.
#pragma once

#include <cstdint>

#include "gemm.hpp"

namespace reference {

struct window {
  std::int64_t in_h, in_w, channels;  // channels of the group
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
};

/// start + sum over (ky, kx, c), or (c, ky, kx), of in(y, x, c) * weight(c, ky, kx), in S; outside the
/// image is zero.
template <class S, class In, class Weight>
sum<S> convolve(const window& w, std::int64_t out_y, std::int64_t out_x, S start, In in,
                Weight weight, bool channels_outside = false) {
  sum<S> r{start, magnitude(start)};
  const std::int64_t outer = channels_outside ? w.channels : 1, inner = w.channels / outer;
  for (std::int64_t first = 0; first < outer; ++first)
    for (std::int64_t tap = 0; tap < w.kernel_h * w.kernel_w; ++tap) {
      const std::int64_t ky = tap / w.kernel_w, kx = tap % w.kernel_w;
      const std::int64_t y = out_y * w.stride_h - w.pad_top + ky * w.dilation_h;
      const std::int64_t x = out_x * w.stride_w - w.pad_left + kx * w.dilation_w;
      if (y < 0 || y >= w.in_h || x < 0 || x >= w.in_w) continue;
      for (std::int64_t c = first; c < first + inner; ++c) {
        const S p = static_cast<S>(in(y, x, c)) * static_cast<S>(weight(c, ky, kx));
        r.value = r.value + p;
        r.magnitude = r.magnitude + magnitude(p);
      }
    }
  return r;
}

}  // namespace reference
