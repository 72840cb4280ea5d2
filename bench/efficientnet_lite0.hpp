// The convolutions of EfficientNet-Lite0 at 224 x 224, batch 1, in order (Tan and Le 2019; "Lite"
// leaves out squeeze-and-excitation and clamps to 6).
#pragma once

#include <algorithm>
#include <string>
#include <tenon/kernels/conv_shape.hpp>
#include <vector>

namespace bench {

struct layer {
  std::string name;
  tenon::kernels::conv_shape shape;
  bool clamps = false, adds = false, plain_input = false;
};

inline std::vector<layer> efficientnet_lite0() {
  using tenon::kernels::i64;
  std::vector<layer> layers;
  i64 size = 224, channels = 3;
  const auto conv = [&](std::string name, i64 out, i64 kernel, i64 stride, i64 groups,
                        bool clamps) {
    tenon::kernels::conv_shape s;
    s.in_h = s.in_w = size;
    s.in_channels = channels, s.out_channels = out, s.groups = groups;
    s.kernel_h = s.kernel_w = kernel, s.stride_h = s.stride_w = stride;
    s.out_h = s.out_w = (size + stride - 1) / stride;
    s.pad_top = s.pad_left = std::max<i64>(0, (s.out_h - 1) * stride + kernel - size) / 2;
    layers.push_back({std::move(name), s, clamps});
    size = s.out_h;
    channels = out;
  };
  conv("stem", 32, 3, 2, 1, true);
  layers.back().plain_input = true;
  struct stage {
    i64 kernel, stride, expand, out;
    int repeats;
  };
  int block = 0;
  for (const stage& s :
       {stage{3, 1, 1, 16, 1}, stage{3, 2, 6, 24, 2}, stage{5, 2, 6, 40, 2}, stage{3, 2, 6, 80, 3},
        stage{5, 1, 6, 112, 3}, stage{5, 2, 6, 192, 4}, stage{3, 1, 6, 320, 1}})
    for (int r = 0; r < s.repeats; ++r, ++block) {
      const std::string name = std::to_string(block);
      if (s.expand != 1) conv(name + ".expand", channels * s.expand, 1, 1, 1, true);
      conv(name + ".depthwise", channels, s.kernel, r == 0 ? s.stride : 1, channels, true);
      conv(name + ".project", s.out, 1, 1, 1, false);
      layers.back().adds = r > 0;
    }
  conv("head", 1280, 1, 1, 1, true);
  size = 1;
  conv("classifier", 1000, 1, 1, 1, false);
  return layers;
}

}  // namespace bench
