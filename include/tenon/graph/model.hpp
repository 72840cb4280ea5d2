// A loaded model: immutable after loading, shareable by any number of sessions.
#pragma once

#include "rewrite.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// An input or output of a model as its file declares it; -1 for dimensions chosen at run time.
struct port {
  std::string_view name;
  dtype type;
  shape dims;
};

class model {
 public:
  model() = default;
  /// Folds constants, fuses neighbours and packs weights. Constants may point into bytes that outlive
  /// the model; with `detach` what is still needed of them is copied, and they may go.
  static result<model> make(graph g, memory* from = nullptr, bool detach = false) {
    model m;
    m.graph_ = std::move(g);
    auto notes = rewrite(m.graph_, from, detach);
    if (!notes.has_value()) return std::unexpected(notes.error());
    m.notes_ = std::move(*notes);
    return m;
  }

  int inputs() const { return static_cast<int>(graph_.inputs.size()); }
  int outputs() const { return static_cast<int>(graph_.outputs.size()); }
  port input(int i) const { return port_of(graph_.inputs[static_cast<unsigned>(i)]); }
  port output(int i) const { return port_of(graph_.outputs[static_cast<unsigned>(i)]); }
  /// Bytes held by packed weights and by constants that are not the caller's.
  i64 bytes() const {
    i64 n = 0;
    for (const value_info& v : graph_.values)
      if (v.owned) n += v.constant().byte_size();
    for (const tenon::node& x : graph_.nodes) n += static_cast<i64>(x.packed.size());
    return n;
  }
  const tenon::graph& nodes() const { return graph_; }
  const rewrite_notes& notes() const { return notes_; }

 private:
  port port_of(int v) const {
    const value_info& i = graph_.at(v);
    return {i.name, i.type, i.dims};
  }
  tenon::graph graph_;
  rewrite_notes notes_;
};

}  // namespace tenon
TENON_COLD_END
