// What optimisers remember of each parameter, and the loop over parameters that they share.
#pragma once

#include <map>

#include "../autodiff/backward.hpp"
#include "../autodiff/fields.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace optim {

/// One tensor for each parameter, by its path: a module of which records take "momentum.fc1.weight". A copy remembers
/// for itself.
class memory_of_parameters {
 public:
  memory_of_parameters() = default;
  memory_of_parameters(memory_of_parameters&&) = default;
  memory_of_parameters(const memory_of_parameters& o) {
    for (const auto& [path, v] : o.all_) all_.emplace(path, v.detached());
  }
  memory_of_parameters& operator=(memory_of_parameters o) noexcept {
    all_.swap(o.all_);
    return *this;
  }
  /// What is remembered of a parameter; zeros of its dtype and shape at first.
  variable& of(const named_variable& p) {
    variable& v = all_[p.path];
    if (!v) v = any_tensor(p.value.type(), p.value.dims());
    else if (v.type() != p.value.type() || v.dims() != p.value.dims())
      raise({code::invalid, join({"optimizer: what it remembers of ", p.path, " is ", name(v.type()), " ", v.dims(),
                                  ", the parameter ", name(p.value.type()), " ", p.value.dims()})});
    return v;
  }
  void fields(this auto& self, auto&& f) {
    for (auto& [path, v] : self.all_) f(path, v);
  }

 private:
  std::map<std::string, variable> all_;
};

/// Calls f(parameter, gradient) for each parameter that the result depended on; others stay as they are.
template <class M, class F>
void each_gradient(const M& net, const gradients& g, F&& f) {
  for (const named_variable& p : parameters(net))
    if (const variable* dy = g.find(p.value)) f(p, *dy);
}

/// Calls f(dy, x, m...) for each element, as T: dy by value, the parameter and what is remembered of it by reference.
template <class T, class F, std::size_t... I>
void update_elements(const any_tensor& dy, std::array<any_tensor, sizeof...(I)>& to, F& f, std::index_sequence<I...>) {
  const T* const d = dy.as<T>();
  T* const out[] = {to[I].template as<T>()...};
  for (i64 i = 0; i < dy.size(); ++i) f(d[i], out[I][i]...);
}
/// Gives a parameter and what is remembered of it the elements that f(dy, x, m...) makes of theirs. Those who
/// recorded the old ones keep them.
template <class F, class... M>
void update(std::string_view who, const named_variable& p, const variable& dy, F f, M&... remembered) {
  std::array<any_tensor, 1 + sizeof...(M)> to{p.value.value(), remembered.value()...};
  constexpr auto all = std::make_index_sequence<1 + sizeof...(M)>();
  if (p.value.type() == dtype::f32) update_elements<float>(dy.value(), to, f, all);
  else if (p.value.type() == dtype::f64) update_elements<double>(dy.value(), to, f, all);
  else raise({code::unsupported, join({who, ": ", p.path, " is ", name(p.value.type()), ", not float32 or float64"})});
  std::size_t i = 0;
  variable(p.value).assign(std::move(to[i]));
  (remembered.assign(std::move(to[++i])), ...);
}

}  // namespace optim
}  // namespace tenon
TENON_COLD_END
