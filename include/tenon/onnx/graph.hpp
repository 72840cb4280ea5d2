// One graph of a file, with the graphs inside of its nodes.
#pragma once

#include "../graph/model.hpp"
#include "functions.hpp"
#include "order.hpp"
#include "types.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

class graph_importer {
 public:
  /// `around`: the scope of the node that holds this graph, or null.
  graph_importer(byte_span bytes, import_model& m, scope* around)
      : model_(m), in_(m.in), names_(m, graph_, around), bytes_(bytes) {
    graph_.opset = m.opset;
  }

  /// False at the end of the import; other faults are collected.
  bool read() {
    graph_proto g;
    g.message = bytes_;
    if (!in_.sound(g.read(g.fields()), "the graph") || !in_.take_text(g.name)) return false;
    graph_.name = g.name;
    value_importer values(g, in_, names_);
    node_importer nodes(bytes_, bytes_key(1), model_, names_);
    if (!nodes.reserve(i64{g.initializers} + g.sparse + g.inputs) || !in_.take(i64{g.inputs} + g.outputs, 8)) return false;
    graph_.inputs.reserve(static_cast<std::size_t>(g.inputs));
    graph_.outputs.reserve(static_cast<std::size_t>(g.outputs));
    if (!(values.define() && nodes.define() && values.annotate() && nodes.read())) return false;
    find_producers();
    const bool sorted = sort();
    type_check types(graph_, model_);
    types.run();
    return !sorted || slice(types.found());
  }
  graph take() { return std::move(graph_); }
  /// The values of the graph around that this one reads: its last inputs.
  std::span<const int> outer() const { return names_.outer(); }

 private:
  /// What nodes want of the graph around them.
  bool slice(std::span<const dtype> types) {
    for (node& n : graph_.nodes) {
      const op_info& info = n.op.info();
      if (info.slice == nullptr) continue;
      // Each looks at the whole graph: a file of nothing else must not take the square of its size.
      if (!in_.take(static_cast<i64>(graph_.nodes.size() + graph_.values.size()) / 8)) return false;
      const auto taken = info.slice(n.op.get(), graph_, n, types, static_cast<int>(outer().size()));
      if (!taken.has_value()) in_.found.add(wrap(taken.error(), {n.title(), ": "}).error());
      else if (!in_.take(*taken)) return false;
    }
    return true;
  }
  /// The first node that writes a value; none writes an input or a constant, whatever the file says.
  void find_producers() {
    constexpr int taken = -2;
    for (int v : graph_.inputs) graph_.at(v).producer = taken;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      for (int v : graph_.nodes[i].outputs)
        if (v >= 0 && graph_.at(v).producer == -1 && !graph_.at(v).is_constant()) graph_.at(v).producer = static_cast<int>(i);
    for (int v : graph_.inputs) graph_.at(v).producer = -1;
  }
  bool sort() {
    const std::vector<int> cycle = sort_nodes(graph_);
    if (cycle.empty()) return true;
    const auto title = [&](std::size_t i) { return graph_.nodes[static_cast<unsigned>(cycle[i])].title(); };
    std::string path;
    for (std::size_t i = 0; i < cycle.size() && i < 6; ++i) path += title(i) + " -> ";
    if (cycle.size() > 6) path += join({"... (", cycle.size(), " nodes) -> "});
    in_.found.add(code::invalid, {"the graph has a cycle: ", path, title(0)});
    return false;
  }

  import_model& model_;
  import_state& in_;
  graph graph_;
  scope names_;
  const byte_span bytes_;
};

/// What the graphs inside read from around them follows the node's formal inputs.
inline bool node_importer::read_bodies(const node_proto& n, node& to) {
  for (const wanted_body& b : reading_) {
    if (model_.depth == import_model::deepest) {
      fault(n, code::limit, {"graphs inside of nodes are nested more than ", import_model::deepest, " deep"});
      return true;
    }
    ++model_.depth;
    graph_importer inside(b.bytes, model_, &names_);
    const bool going = inside.read() && in_.take(1, sizeof(body)) &&
                       in_.take(static_cast<i64>(inside.outer().size()), 3 * sizeof(int));
    --model_.depth;
    if (!going) return false;
    to.inputs.resize(std::max(to.inputs.size(), static_cast<std::size_t>(to.op.info().inputs.size - 1)), -1);
    std::vector<int> captures;
    for (int v : inside.outer()) {
      captures.push_back(static_cast<int>(to.inputs.size()));
      to.inputs.push_back(v);
    }
    *b.to = std::make_unique<body>(inside.take(), std::move(captures));
  }
  return true;
}

}  // namespace tenon
TENON_COLD_END
