// Adam and AdamW: steps measured by running means of gradients and of their squares.
#pragma once

#include "../simd/math.hpp"
#include "state.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace optim {

namespace detail {

/// x^n by repeated squaring.
constexpr double power(double x, i64 n) {
  double y = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2 != 0) y *= x;
  return y;
}

/// What both share. `Decoupled`: weight decay shrinks the parameter itself and does not pass through the means.
template <bool Decoupled>
struct adam {
  double beta1 = 0.9, beta2 = 0.999;  ///< how much of the means a step keeps
  double epsilon = 1e-8;
  double weight_decay = Decoupled ? 0.01 : 0;
  memory_of_parameters first{}, second{};
  counter steps{};

  template <class M>
  void prepare(const M& net) {
    for (const named_variable& p : parameters(net)) first.of(p), second.of(p);
  }
  template <class M>
  void step(M& net, const gradients& g, double rate) {
    const i64 t = steps + 1;
    steps = t;
    each_gradient(net, g, [&](const named_variable& p, const variable& dy) { change(p, dy, rate, t); });
  }
  void fields(this auto& self, auto&& f) { f("first", self.first), f("second", self.second), f("steps", self.steps.value); }

 private:
  void change(const named_variable& p, const variable& dy, double rate, i64 t) {
    // The means start at 0, and are scaled up by what that takes from them.
    const double by1 = 1 / (1 - power(beta1, t)), by2 = 1 / (1 - power(beta2, t));
    update(Decoupled ? "AdamW" : "Adam", p, dy, [&]<class T>(T d, T& x, T& m, T& v) {
      if constexpr (Decoupled) x -= static_cast<T>(rate * weight_decay) * x;
      else d += static_cast<T>(weight_decay) * x;
      m = static_cast<T>(beta1) * m + static_cast<T>(1 - beta1) * d;
      v = static_cast<T>(beta2) * v + static_cast<T>(1 - beta2) * d * d;
      x -= static_cast<T>(rate * by1) * m / (simd::sqrt(v * static_cast<T>(by2)) + static_cast<T>(epsilon));
    }, first.of(p), second.of(p));
  }
};

}  // namespace detail

/// Adam (Kingma and Ba, 2014); PyTorch's rule and defaults. weight_decay adds to gradients.
using Adam = detail::adam<false>;
/// AdamW (Loshchilov and Hutter, 2017): weight_decay shrinks parameters by that fraction of the rate in each step.
using AdamW = detail::adam<true>;

}  // namespace optim
}  // namespace tenon
TENON_COLD_END
