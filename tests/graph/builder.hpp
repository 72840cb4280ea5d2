// Graphs made by hand: values by name, nodes by their operator's struct.
#pragma once

#include "operators.hpp"
#include "tenon/graph/session.hpp"

namespace tests {

class graph_builder {
 public:
  tenon::graph g;

  int value(const std::string& name) {
    for (std::size_t i = 0; i < g.values.size(); ++i)
      if (g.values[i].name == name) return static_cast<int>(i);
    tenon::value_info v;
    v.name = name;
    return g.add(std::move(v));
  }
  graph_builder& input(const std::string& name, tenon::dtype type, const tenon::shape& dims) {
    const int v = value(name);
    g.at(v).type = type, g.at(v).dims = dims, g.at(v).ranked = true;
    g.inputs.push_back(v);
    return *this;
  }
  graph_builder& constant(const std::string& name, tenon::any_tensor t) {
    g.add_constant(name, std::move(t));
    return *this;
  }
  template <tenon::described Op>
  graph_builder& node(const Op& op, std::initializer_list<const char*> in, std::initializer_list<const char*> out,
                      const char* name = "") {
    tenon::node n;
    n.op = tenon::any_op(*all_operators().find("", tenon::type_name<Op>));
    *static_cast<Op*>(n.op.get()) = op;
    n.name = name;
    for (const char* i : in) n.inputs.push_back(*i == 0 ? -1 : value(i));
    for (const char* o : out) {
      n.outputs.push_back(value(o));
      g.at(n.outputs.back()).producer = static_cast<int>(g.nodes.size());
    }
    g.nodes.push_back(std::move(n));
    return *this;
  }
  graph_builder& output(const std::string& name) {
    g.outputs.push_back(value(name));
    return *this;
  }
  tenon::model model() { return tenon::value_or_raise(tenon::model::make(std::move(g))); }
};

/// Numbers that differ, in +-1.
inline tenon::tensor<float> numbers(const tenon::shape& dims, int seed = 1) {
  tenon::tensor<float> t(dims);
  unsigned x = static_cast<unsigned>(seed) * 2654435761u;
  for (float& f : t) {
    x = x * 1664525u + 1013904223u;
    f = static_cast<float>(static_cast<int>(x >> 8) - (1 << 23)) / static_cast<float>(1 << 23);
  }
  return t;
}

}  // namespace tests
