// A model as data: values, nodes in topological order, and operators by their rows. Nothing here
// knows where the graph came from or which operators exist.
#pragma once

#include "../core/faults.hpp"
#include "../ops/contract.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The newest opset of the default domain whose meaning the operators have.
inline constexpr int newest_opset = 28;

/// A value of a graph: an input, a constant, or the output of a node.
struct value_info {
  std::string name;
  dtype type = dtype::none;  ///< none where the file does not say
  bool ranked = false;       ///< dims is known
  shape dims;                ///< -1 where the file has a name or nothing
  std::vector<std::string> symbols;  ///< names of the dimensions of an input, "" for those without
  int producer = -1;         ///< the node that writes it, or -1
  bool fixed = false;        ///< its elements are part of the model
  const std::byte* elements = nullptr;  ///< null when only a packed form is left of them
  std::unique_ptr<any_tensor> owned;    ///< holds them, where they are not borrowed from a file's bytes

  bool is_constant() const { return fixed; }
  /// The elements, or an empty view.
  any_view constant() const { return fixed ? any_view(type, dims, elements) : any_view(); }
  /// Constants borrowed from a file lie where the file has them.
  bool aligned() const {
    return reinterpret_cast<std::uintptr_t>(elements) % static_cast<std::uintptr_t>(size_of(type)) == 0;
  }
  /// From now on a constant, with elements that outlive the graph.
  void borrow(const any_view& v) {
    type = v.type, dims = v.dims, elements = v.bytes;
    ranked = fixed = true;
  }
  /// From now on a constant, with elements of its own.
  void hold(any_tensor t) {
    owned = std::make_unique<any_tensor>(std::move(t));
    borrow(*owned);
  }
  /// Lets go of the elements; dtype and shape stay known.
  void release() {
    owned.reset();
    elements = nullptr;
  }
};

/// One operator applied. Values are indices into graph::values; -1 is an input or output left out.
struct node {
  any_op op;
  std::string name;
  std::vector<int> inputs, outputs;
  buffer packed;  ///< constant inputs in the operator's own form

  /// "Conv 'stem'": how messages call it.
  std::string title() const {
    return tenon::title(op.info().name, name);
  }
};

/// Nodes are sorted so that every value is written before it is read.
struct graph {
  std::string name;
  int opset = 0;  ///< of the default domain, as the file says
  std::vector<value_info> values;
  std::vector<node> nodes;
  std::vector<int> inputs, outputs;

  value_info& at(int v) { return values[static_cast<unsigned>(v)]; }
  const value_info& at(int v) const { return values[static_cast<unsigned>(v)]; }
  int add(value_info v) {
    values.push_back(std::move(v));
    return static_cast<int>(values.size()) - 1;
  }
  int add_constant(std::string as, any_tensor t) {
    value_info v;
    v.name = std::move(as);
    v.hold(std::move(t));
    return add(std::move(v));
  }
};

/// How often each value is read, by nodes and as an output of the graph.
inline std::vector<int> count_uses(const graph& g) {
  std::vector<int> uses(g.values.size());
  for (const node& n : g.nodes)
    for (int v : n.inputs)
      if (v >= 0) ++uses[static_cast<unsigned>(v)];
  for (int v : g.outputs) ++uses[static_cast<unsigned>(v)];
  return uses;
}

}  // namespace tenon
TENON_COLD_END
