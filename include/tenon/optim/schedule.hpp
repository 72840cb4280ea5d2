// Learning rates as functions of the step, counted from 0: a run that is taken up again needs no more than its step.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/math.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace optim {

struct ConstantRate {
  double rate = 1e-3;
  double operator()(i64) const { return rate; }
};

/// Multiplied by `factor` after every `every` steps.
struct StepRate {
  double rate = 1e-3;
  i64 every = 1000;
  double factor = 0.1;

  double operator()(i64 step) const {
    double r = rate;
    for (i64 n = every > 0 ? step / every : 0; n > 0 && r != 0; --n) r *= factor;
    return r;
  }
};

/// Half a cosine from `rate` down to `least` over `steps` steps (Loshchilov and Hutter, 2016), and `least` from there
/// on; over `warmup` steps before it rises to `rate` in equal parts.
struct CosineRate {
  double rate = 1e-3;
  i64 steps = 1000;
  double least = 0;
  i64 warmup = 0;

  double operator()(i64 step) const {
    if (step < warmup) return rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
    if (step >= warmup + steps) return least;
    const double done = static_cast<double>(step - warmup) / static_cast<double>(steps);
    return least + (rate - least) * (1 + simd::cos(3.14159265358979323846 * done)) / 2;
  }
};

}  // namespace optim
}  // namespace tenon
TENON_COLD_END
