// LayerNorm and BatchNorm: a mean of 0 and a variance of 1, then scaled and shifted by what is learned.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/batch_normalization.hpp"
#include "../ops/row_normalization.hpp"
#include "module.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

namespace detail {
inline tensor<float> constant(i64 n, float x) {
  tensor<float> t({n});
  std::fill(t.begin(), t.end(), x);
  return t;
}
}  // namespace detail

/// Over the last dimension of x [..., width], each row by itself.
struct LayerNorm {
  variable weight, bias;  ///< [width]
  float epsilon = 1e-5f;

  explicit LayerNorm(i64 width) : weight(parameter(detail::constant(width, 1))), bias(parameter(detail::constant(width, 0))) {}

  variable operator()(const variable& x) const { return layer_norm(x, weight, bias, {.epsilon = epsilon}); }
  void reset(const random&) {
    weight.assign(detail::constant(weight.size(), 1));
    bias.assign(detail::constant(bias.size(), 0));
  }
  void fields(this auto& self, auto&& f) { f("weight", self.weight), f("bias", self.bias); }
};

/// Each channel of x [n, channels, ...] over all of the batch: in training by the batch's own mean and variance, of
/// which it keeps running ones; in evaluation by these.
struct BatchNorm {
  variable weight, bias;               ///< [channels]
  variable running_mean, running_var;  ///< [channels]: buffers, not parameters
  float epsilon = 1e-5f;
  float momentum = 0.1f;  ///< how much of the running values a batch replaces

  explicit BatchNorm(i64 channels)
      : weight(parameter(detail::constant(channels, 1))),
        bias(parameter(detail::constant(channels, 0))),
        running_mean(detail::constant(channels, 0)),
        running_var(detail::constant(channels, 1)) {}

  variable operator()(const variable& x, const mode& m) const {
    const ops::BatchNormalization op{.epsilon = epsilon, .momentum = 1 - momentum, .training_mode = m.trains()};
    if (!m.trains()) return std::move(apply_for(1, op, x, weight, bias, running_mean, running_var)[0]);
    const i64 n = x.rank() < 2 || x.dims()[1] == 0 ? 0 : x.size() / x.dims()[1];
    if (n < 2) raise({code::invalid, join({"BatchNorm: a batch ", x.dims(), " has no two values for each channel to learn from"})});
    auto made = apply_for(3, op, x, weight, bias, running_mean, running_var);
    // The operator's running variance takes that of the batch itself; PyTorch's an estimate of that of all data.
    const double more = static_cast<double>(n) / static_cast<double>(n - 1);
    const variable kept = running_var * static_cast<double>(1 - momentum);
    variable(running_var).assign(kept + (made[2].detached() - kept) * more);
    variable(running_mean).assign(made[1]);
    return std::move(made[0]);
  }
  void reset(const random&) {
    const i64 channels = weight.size();
    weight.assign(detail::constant(channels, 1)), bias.assign(detail::constant(channels, 0));
    running_mean.assign(detail::constant(channels, 0)), running_var.assign(detail::constant(channels, 1));
  }
  void fields(this auto& self, auto&& f) {
    f("weight", self.weight), f("bias", self.bias), f("running_mean", self.running_mean), f("running_var", self.running_var);
  }
};

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
