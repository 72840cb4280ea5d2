// What a module names in its one line `void fields(this auto& self, auto&& f) { f("weight", self.weight); }`:
// a walk over its parts, and over all variables below them by dotted path ("encoder.0.weight"). Parameters,
// buffers, records and optimisers all come through it.
#pragma once

#include "variable.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A struct that names its parts: variables, other modules, and vectors, arrays or optionals of these.
template <class M>
concept has_fields = requires(M& m) { m.fields([](std::string_view, auto&) {}); };

namespace detail {

template <class T>
concept part_list = requires(T& t) { t.begin(); t.end(); t.size(); };
template <class T>
concept part_or_none = requires(T& t) { *t; t.has_value(); };

}  // namespace detail

/// Calls f(name, part) for each direct part. Elements of a list are called "0", "1", ...
template <class M, class F>
void each_part(M& m, F&& f) {
  if constexpr (has_fields<M>) {
    m.fields(f);
  } else if constexpr (detail::part_list<M>) {
    i64 i = 0;
    for (auto& part : m) f(join({i++}), part);
  } else {
    static_assert(has_fields<M>, "has no fields: a module names its parts in `void fields(this auto& self, auto&& f)`");
  }
}

/// Calls f(path, variable&) for every variable: parameters (`wants_gradient()`) and buffers, in the order in which
/// fields name them. Variables that were never given a value (a bias that is off) are left out.
template <class M, class F>
void each_variable(M& m, F&& f, const std::string& path = {}) {
  using T = std::remove_const_t<M>;
  if constexpr (std::same_as<T, variable>) {
    if (m) f(path, m);
  } else if constexpr (!has_fields<M> && detail::part_or_none<M>) {
    if (m.has_value()) each_variable(*m, f, path);
  } else {
    each_part(m, [&](std::string_view name, auto& part) {
      each_variable(part, f, path.empty() ? std::string(name) : join({path, ".", name}));
    });
  }
}

/// A number that counts, as a part of a module, which names its `value`. A copy counts for itself.
struct counter {
  variable value = tensor<i64>(shape{}, {0});

  counter() = default;
  counter(const counter& o) : value(o.value.detached()) {}
  counter& operator=(const counter& o) { return *this = i64{o}; }
  counter& operator=(i64 n) {
    value.assign(tensor<i64>(shape{}, {n}));
    return *this;
  }
  operator i64() const { return *value.value().as<i64>(); }
};

/// A parameter with its path. The variable is a handle: assigning it changes the module.
struct named_variable {
  std::string path;
  variable value;
};
/// What training changes: every parameter once, also one that lies at several paths.
template <class M>
std::vector<named_variable> parameters(const M& m) {
  std::vector<named_variable> all;
  each_variable(m, [&](const std::string& path, const variable& v) {
    const auto same = [&](const named_variable& p) { return p.value.node() == v.node(); };
    if (v.wants_gradient() && std::ranges::none_of(all, same)) all.push_back({path, v});
  });
  return all;
}
/// How many numbers these are.
template <class M>
i64 parameter_count(const M& m) {
  i64 n = 0;
  for (const named_variable& p : parameters(m)) n += p.value.size();
  return n;
}

}  // namespace tenon
TENON_COLD_END
