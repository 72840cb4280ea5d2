// The network: two convolutions and two linear layers.
#pragma once

#include <tenon/nn/conv.hpp>
#include <tenon/nn/dropout.hpp>
#include <tenon/nn/linear.hpp>

#include "config.hpp"

struct Model {
  tenon::nn::Conv2d conv1, conv2;
  tenon::nn::Linear hidden, out;
  tenon::nn::Dropout dropout;

  explicit Model(const ModelConfig& c);
  /// Pictures [n,1,28,28] to scores [n,10].
  tenon::variable operator()(const tenon::variable& x, const tenon::nn::mode& m = {}) const;
  void fields(this auto& self, auto&& f) {
    f("conv1", self.conv1), f("conv2", self.conv2), f("hidden", self.hidden), f("out", self.out);
  }
};
