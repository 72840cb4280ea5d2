// Files should list nodes after those they read from; not all do. The order found here is the file's
// wherever that is possible, so that a sorted file stays as it is.
#pragma once

#include "../graph/ir.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// Sorts the nodes by value_info::producer. Returns the nodes of a cycle if there is one (each reads
/// from the one before it, and the first from the last) and leaves the graph as it is.
[[gnu::noinline]] inline std::vector<int> sort_nodes(graph& g) {
  struct step {
    int node, input;
  };
  enum : u8 { fresh, open, done };
  const auto index = [](int i) { return static_cast<unsigned>(i); };
  std::vector<u8> state(g.nodes.size(), fresh);
  std::vector<int> order;
  std::vector<step> path;  // depth first without recursion: files can chain a million nodes
  order.reserve(g.nodes.size());
  for (int root = 0; root < static_cast<int>(g.nodes.size()); ++root) {
    if (state[index(root)] != fresh) continue;
    state[index(root)] = open;
    path.push_back({root, 0});
    while (!path.empty()) {
      step& at = path.back();
      const std::vector<int>& in = g.nodes[index(at.node)].inputs;
      if (at.input == static_cast<int>(in.size())) {
        state[index(at.node)] = done;
        order.push_back(at.node);
        path.pop_back();
        continue;
      }
      const int v = in[index(at.input++)];
      const int p = v < 0 ? -1 : g.at(v).producer;
      if (p < 0 || state[index(p)] == done) continue;
      if (state[index(p)] == open) {
        std::vector<int> cycle{p};
        for (std::size_t i = path.size(); path[--i].node != p;) cycle.push_back(path[i].node);
        return cycle;
      }
      state[index(p)] = open;
      path.push_back({p, 0});
    }
  }
  if (std::ranges::is_sorted(order)) return {};
  // order[i] is the node that comes i-th: follow the rotations in place, a node is no small thing.
  std::vector<int> where(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) where[index(order[i])] = static_cast<int>(i);
  for (value_info& v : g.values)
    if (v.producer >= 0) v.producer = where[index(v.producer)];
  for (std::size_t i = 0; i < where.size(); ++i)
    while (where[i] != static_cast<int>(i)) {
      const auto j = index(where[i]);
      std::swap(g.nodes[i], g.nodes[j]);
      std::swap(where[i], where[j]);
    }
  return {};
}

}  // namespace tenon
TENON_COLD_END
