// What all graphs of a file share while it is imported: the operators that there are, the functions that the model
// brings, and which of them is being read.
#pragma once

#include "attributes.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

/// The operator sets that a model or a function imports.
struct opset_imports {
  std::vector<opset_proto> all{};

  /// The version of a domain, or 0.
  int version_of(std::string_view domain) const {
    for (const opset_proto& o : all)
      if (o.domain == domain) return static_cast<int>(std::clamp<i64>(o.version, 1, INT32_MAX));
    return 0;
  }
};

/// A function of the model.
struct function : function_proto {
  opset_imports imports{};
  bool broken = false;  ///< what is wrong with it is told once
};

/// A function that is being read, for one of the nodes that call it.
struct call {
  function& of;
  const call* from;  ///< within which it is called, or null
  std::string name;  ///< of values and nodes in it, before their own
  std::vector<attribute_proto> attributes{};
};

struct import_model {
  const op_list& ops;
  import_state& in;
  opset_imports imports{};
  std::vector<function> functions{};
  const call* within = nullptr;
  int opset = 0;  ///< of the default domain
  int depth = 0;  ///< of graphs inside of nodes, and of calls
  i64 unfolded = 0;  ///< nodes of functions, as often as they are called
  std::vector<std::unique_ptr<op_info>> unknown{};  ///< stand in for operators that there are not
  /// Nodes that nothing here can run, by operator.
  struct unsupported {
    const op_info* row;
    std::string types{}, nodes{};
    int count = 0;
    dtype_set told{};  ///< in `types`
  };
  std::vector<unsupported> missing{};
  i64 beyond = 0;  ///< those for which there was no room

  static constexpr int deepest = 64;
  static constexpr int most_functions = 1000;  // they are searched one by one
  static constexpr i64 most_unfolded = 100'000, room_to_unfold = i64{64} << 20;

  /// The version of a domain where nodes are being read; a function may leave it to the model. 0: nobody says it.
  int version_of(std::string_view domain) const {
    const int own = within == nullptr ? 0 : within->of.imports.version_of(domain);
    return own != 0 ? own : imports.version_of(domain);
  }
  /// A node of the graph or function that is being read.
  node_proto node_of(byte_span message) const {
    node_proto n;
    n.read(message);
    if (within != nullptr) n.within = within->of.name;
    return n;
  }
  /// The name of a value or a node of it.
  std::string named(std::string_view name) const {
    if (within == nullptr) return std::string(name);
    return name.empty() ? within->name : join({within->name, "/", name});
  }
  const std::vector<attribute_proto>* referred() const { return within == nullptr ? nullptr : &within->attributes; }

  /// The function that a node calls, or null.
  function* find(const node_proto& n) {
    for (function& f : functions)
      if (f.name == n.op_type && f.domain == n.domain && f.overload == n.overload) return &f;
    return nullptr;
  }

  /// A row with nothing but a name, for a node that must be known when all that is wrong is told.
  const op_info& stand_in(const node_proto& n) {
    for (const auto& row : unknown)
      if (row->name == n.op_type && row->domain == n.domain) return *row;
    if (unknown.size() == 2 * faults::most) return *unknown.back();
    op_info& row = *unknown.emplace_back(std::make_unique<op_info>());
    row.name = n.op_type, row.domain = n.domain;
    row.make = []() -> void* { return nullptr; };
    return row;
  }
};

}  // namespace tenon
TENON_COLD_END
