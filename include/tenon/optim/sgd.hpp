// Stochastic gradient descent, with momentum and weight decay.
#pragma once

#include "state.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace optim {

/// p -= rate * v, where v = momentum * v + (dp + weight_decay * p); PyTorch's rule.
///
/// What all optimisers share: `step(net, gradients, rate)` changes the parameters; `prepare(net)` makes what
/// `fields` names (else the first step does), so that a record can be loaded into it.
struct Sgd {
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;  ///< looks ahead: dp + momentum * v instead of v
  memory_of_parameters velocity{};

  template <class M>
  void prepare(const M& net) {
    if (momentum != 0)
      for (const named_variable& p : parameters(net)) velocity.of(p);
  }
  template <class M>
  void step(M& net, const gradients& g, double rate) {
    each_gradient(net, g, [&](const named_variable& p, const variable& dy) { change(p, dy, rate); });
  }
  void fields(this auto& self, auto&& f) { f("velocity", self.velocity); }

 private:
  void change(const named_variable& p, const variable& dy, double rate) {
    if (momentum == 0)
      return update("Sgd", p, dy, [&]<class T>(T d, T& x) { x -= static_cast<T>(rate) * (d + static_cast<T>(weight_decay) * x); });
    const bool ahead = nesterov;
    update("Sgd", p, dy, [&]<class T>(T d, T& x, T& v) {
      d += static_cast<T>(weight_decay) * x;
      v = static_cast<T>(momentum) * v + d;
      x -= static_cast<T>(rate) * (ahead ? d + static_cast<T>(momentum) * v : v);
    }, velocity.of(p));
  }
};

}  // namespace optim
}  // namespace tenon
TENON_COLD_END
