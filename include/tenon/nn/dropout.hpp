// Dropout: forgets some of what it is given, in training.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/cast.hpp"
#include "module.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Each element is 0 with this probability and else scaled up, so that the mean stays; what it is given where the
/// mode does not train.
struct Dropout {
  double probability = 0.5;

  variable operator()(const variable& x, const mode& m) const {
    if (!(probability >= 0 && probability < 1))
      raise({code::invalid, join({"Dropout: a probability of ", probability, " is not in [0, 1)"})});
    if (!m.trains() || probability == 0) return x;
    tensor<float> kept(x.dims());
    m.draw().fill_uniform({kept.begin(), kept.end()});
    const auto limit = static_cast<float>(probability), scale = static_cast<float>(1 / (1 - probability));
    for (float& k : kept) k = k < limit ? 0 : scale;
    return x * (x.type() == dtype::f32 ? any_tensor(kept) : cast(kept, x.type()));
  }
  void fields(this auto&, auto&&) {}
};

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
