// One convolution against the loops over indices, for conv.cpp and depthwise.cpp.
#pragma once

#include <tenon/kernels/conv.hpp>

#include "reference/closeness.hpp"
#include "reference/conv.hpp"
#include "reference/numbers.hpp"

namespace {

namespace k = tenon::kernels;
using tenon::kernels::i64;
constexpr bool strict = !tenon::simd::arch::relaxed;

inline k::conv_shape random_window(reference::congruential& g) {
  k::conv_shape s;
  s.batch = 1 + g.below(2);
  s.in_h = 1 + g.below(11), s.in_w = 1 + g.below(17);
  s.kernel_h = 1 + g.below(5), s.kernel_w = 1 + g.below(6);
  s.stride_h = 1 + g.below(3), s.stride_w = 1 + g.below(3);
  s.dilation_h = 1 + g.below(2), s.dilation_w = 1 + g.below(4) / 3;
  s.pad_top = g.below(4), s.pad_left = g.below(4);
  return s;
}

// Chooses padding at the end, layout and epilogue at random, and skips windows that do not fit.
template <class T>
void check_conv(k::conv_shape s, reference::congruential& g, reference::digest& digest) {
  const i64 room_h = s.in_h + s.pad_top + g.below(4) - ((s.kernel_h - 1) * s.dilation_h + 1);
  const i64 room_w = s.in_w + s.pad_left + g.below(4) - ((s.kernel_w - 1) * s.dilation_w + 1);
  const bool plain = g.below(4) == 0, bias = g.below(2) == 0, clamp = g.below(2) == 0,
             residual = g.below(3) == 0;
  const i64 gap = g.below(3);
  if (room_h < 0 || room_w < 0) return;
  if (s.kernel_h * s.kernel_w == 1 && s.stride_h == 1 && s.pad_top == 0)
    s.out_h = s.in_h, s.out_w = s.in_w;
  else
    s.out_h = room_h / s.stride_h + 1, s.out_w = room_w / s.stride_w + 1;

  const i64 pixels = s.batch * s.out_h * s.out_w;
  const auto in = g.list<T>(s.batch * s.in_h * s.in_w * s.in_channels);
  const auto weights = g.list<T>(s.out_channels * s.group_in() * s.taps());
  const auto biases = g.list<T>(s.out_channels), added = g.list<T>(pixels * s.out_channels);
  std::vector<std::uint64_t> packed(
      static_cast<std::size_t>(k::packed_weights_bytes<T>(s) / 8 + 2));
  std::vector<std::uint64_t> scratch(static_cast<std::size_t>(k::conv_scratch_bytes<T>(s) / 8 + 2));
  T* const packed_weights = reinterpret_cast<T*>(packed.data());
  k::pack_weights<T>(s, weights.data(), packed_weights);
  const auto image = plain ? k::channels_first(in.data(), s) : k::channels_last(in.data(), s);
  k::epilogue<T> e;
  if (bias) e.bias = biases.data();
  if (residual) e.residual = added.data(), e.residual_stride = s.out_channels;
  if (clamp && std::is_floating_point_v<T>) e.low = T(0), e.high = T(6);
  const i64 stride = s.out_channels + gap;
  std::vector<T> out(static_cast<std::size_t>(pixels * stride), T(77));
  k::conv<T>(s, image, packed_weights, out.data(), stride, e, scratch.data());
  digest.add(out);

  using wide = reference::wide<T>;
  const reference::window w{s.in_h,       s.in_w,     s.group_in(), s.kernel_h,
                            s.kernel_w,   s.stride_h, s.stride_w,   s.dilation_h,
                            s.dilation_w, s.pad_top,  s.pad_left};
  const bool by_channel = k::algorithm_of<T>(s) == k::conv_algorithm::lines;
  // Minimal filtering has another order, and mixes the pixels of a tile: within two ulps of the
  // largest sum of products that there can be.
  const bool mixes = k::algorithm_of<T>(s) == k::conv_algorithm::winograd;
  int bad = 0;
  for (i64 p = 0; p < pixels; ++p)
    for (i64 o = 0; o < stride; ++o) {
      const T x = out[static_cast<std::size_t>(p * stride + o)];
      if (o >= s.out_channels) {
        bad += x != T(77);
        continue;
      }
      const i64 n = p / (s.out_h * s.out_w), group = o / s.group_out();
      const auto at_in = [&](i64 iy, i64 ix, i64 c) {
        return image
            .data[n * image.n + iy * image.y + ix * image.x + (group * s.group_in() + c) * image.c];
      };
      const auto at_weight = [&](i64 c, i64 ky, i64 kx) {
        return weights[static_cast<std::size_t>((o * s.group_in() + c) * s.taps() +
                                                ky * s.kernel_w + kx)];
      };
      const i64 oy = p / s.out_w % s.out_h, ox = p % s.out_w;
      const T start = bias ? biases[static_cast<std::size_t>(o)] : T(0);
      const T* const r = residual ? &added[static_cast<std::size_t>(p * s.out_channels + o)] : nullptr;
      const auto summed = [&]<class S>(S first, bool outside) {
        return reference::finished(reference::convolve<S>(w, oy, ox, first, at_in, at_weight, outside), r, clamp);
      };
      const auto exact = [&] { return summed(wide(start), false); };
      if (mixes)
        bad += std::abs(static_cast<double>(x) - static_cast<double>(exact().value)) >
               0x1p-19 * static_cast<double>(s.taps() * s.group_in());
      else
        bad += !reference::close<T, strict>(x, [&] { return summed(start, by_channel).value; }, exact, s.group_in() * s.taps());
    }
  INFO("batch ", s.batch, ", image ", s.in_h, " x ", s.in_w, ", channels ", s.in_channels, " to ",
       s.out_channels, ", groups ", s.groups, ", kernel ", s.kernel_h, " x ", s.kernel_w,
       ", strides ", s.stride_h, " ", s.stride_w, ", dilations ", s.dilation_h, " ", s.dilation_w,
       ", pads ", s.pad_top, " ", s.pad_left, ", plain ", plain);
  CHECK(bad == 0);
}

}  // namespace
