// Modules: plain structs of variables and other modules, with a line `fields` that names them (autodiff/fields.hpp)
// and an operator() that applies them. A copy of a module is a handle to the same parameters.
//
//   struct Net {
//     nn::Linear hidden{64, 32}, out{32, 10};
//     variable operator()(const variable& x) const { return out(relu(hidden(x))); }
//     void fields(this auto& self, auto&& f) { f("hidden", self.hidden), f("out", self.out); }
//   };
//   Net net;
//   nn::initialize(net, {.seed = 1});                                   // zeros until then
//   optim::Sgd sgd{.momentum = 0.9};
//   sgd.step(net, backward(nn::cross_entropy(net(x), labels)), 0.1);    // 0.1: the learning rate
//
// Names, shapes and first values of parameters are PyTorch's: weights of one load into the other.
#pragma once

#include "../autodiff/fields.hpp"
#include "../core/random.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Whether a forward pass is one of training: for modules that do something else then (Dropout, BatchNorm), and so
/// for those that have such parts. Others are called without it.
class mode {
 public:
  /// Evaluation.
  constexpr mode() = default;
  /// Training; `noise` is another stream for every step: mode::training(seed.at("step 17")).
  static constexpr mode training(const random& noise) { return mode(noise); }

  constexpr bool trains() const { return trains_; }
  /// A stream of random numbers for whoever asks next; another one each time.
  constexpr random draw() const { return {noise_.seed, noise_.stream + 0x9e3779b97f4a7c15u * ++drawn_}; }

 private:
  constexpr explicit mode(const random& noise) : trains_(true), noise_(noise) {}
  bool trains_ = false;
  random noise_{};
  mutable std::uint64_t drawn_ = 0;
};

/// Gives all parameters of a module their first values, each from the stream of its path: the same seed gives the
/// same values wherever a module is built. A module says what its own values are in `void reset(const random& r)`,
/// where r is the stream of the module's path; it is called after that of its parts.
template <class M>
void initialize(M& m, const random& r) {
  using T = std::remove_const_t<M>;
  if constexpr (!std::same_as<T, variable>) {
    if constexpr (!has_fields<M> && detail::part_or_none<M>) {
      if (m.has_value()) initialize(*m, r);
    } else {
      each_part(m, [&](std::string_view name, auto& part) { initialize(part, r.at(name)); });
    }
    if constexpr (requires { m.reset(r); }) m.reset(r);
  }
}

/// A copy with the values of now and without gradients: for evaluation, where nothing is to be recorded.
template <class M>
M frozen(M m) {
  each_variable(m, [](const std::string&, variable& v) { v = v.detached(); });
  return m;
}

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
