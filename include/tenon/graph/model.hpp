// A loaded model: immutable after loading, shareable by any number of sessions.
#pragma once

#include "../core/container.hpp"
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
    folding allowed{from};
    return make(std::move(g), allowed, detach);
  }
  /// The same, with a limit on the work.
  static result<model> make(graph g, folding& allowed, bool detach) {
    model m;
    m.graph_ = std::move(g);
    if (status s = make_bodies(m.graph_, allowed, detach); !s.has_value()) return std::unexpected(s.error());
    auto notes = rewrite(m.graph_, allowed, detach);
    if (!notes.has_value()) return std::unexpected(notes.error());
    m.notes_ = std::move(*notes);
    return m;
  }

  int inputs() const { return static_cast<int>(graph_.inputs.size()); }
  int outputs() const { return static_cast<int>(graph_.outputs.size()); }
  port input(int i) const { return port_of(graph_.inputs[static_cast<unsigned>(i)]); }
  port output(int i) const { return port_of(graph_.outputs[static_cast<unsigned>(i)]); }
  /// Whether a tensor is what the file declares of input i; its elements are not looked at.
  status check_input(int i, const any_view& v) const {
    const port p = input(i);
    if (!v) return fail(code::invalid, {"input ", in_quotes(p.name), " is missing"});
    bool fits = p.dims.rank() == v.rank() || !graph_.at(graph_.inputs[static_cast<unsigned>(i)]).ranked;
    for (int a = 0; fits && a < p.dims.rank(); ++a) fits = p.dims[a] < 0 || p.dims[a] == v.dims[a];
    // What is declared optional may as well be there.
    const bool there = form_of(p.type) == form::optional || form_of(p.type) == form::optional_sequence;
    const bool typed = p.type == dtype::none || p.type == v.type || (there && contained(p.type, 0) == v.type);
    if (!(typed && fits))
      return fail(code::invalid, {"input '", p.name, "' is ", full_name(p.type), " ", p.dims, ", not ", full_name(v.type), " ", v.dims});
    if (status s = check_container(v); !s.has_value()) return wrap(s.error(), {"input '", p.name, "': "});
    return {};
  }
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
  static inline status make_bodies(tenon::graph& g, folding& allowed, bool detach);
  tenon::graph graph_;
  rewrite_notes notes_;
};

/// The graph of an If, a Loop or a Scan. Its inputs are the formal ones, then the values of the graph
/// around it that it reads: inputs `captures` of its node.
class body final : public subgraph {
 public:
  body(graph g, std::vector<int> captures) : raw_(std::move(g)), captures_(std::move(captures)) {}
  int inputs() const override { return model_.inputs() - static_cast<int>(captures_.size()); }
  int outputs() const override { return model_.outputs(); }
  dtype output_type(int i) const override { return model_.output(i).type; }
  shape output_dims(int i) const override { return model_.output(i).dims; }

  const std::vector<int>& captures() const { return captures_; }
  const tenon::model& model() const { return model_; }
  status make(folding& allowed, bool detach) {
    auto m = model::make(std::move(raw_), allowed, detach);
    if (!m.has_value()) return std::unexpected(m.error());
    model_ = std::move(*m);
    return {};
  }

 private:
  graph raw_;  ///< until it is a model
  std::vector<int> captures_;
  tenon::model model_;
};

/// Calls f for each body that the node's operator holds.
template <class F>
void for_each_body(const node& n, F&& f) {
  struct walker final : attribute_sink {
    explicit walker(F& g) : visit(g) {}
    void member(const attribute& a, void* at) override {
      if (a.type != attribute_type::body) return;
      if (auto& b = *static_cast<std::unique_ptr<subgraph>*>(at)) visit(static_cast<body&>(*b));
    }
    F& visit;
  } w(f);
  for (const attribute& a : n.op.info().attributes)
    if (a.type == attribute_type::body) return n.op.info().walk(const_cast<void*>(n.op.get()), w);
}

inline status model::make_bodies(tenon::graph& g, folding& allowed, bool detach) {
  status s;
  for (tenon::node& n : g.nodes)
    for_each_body(n, [&](body& b) {
      if (!s.has_value()) return;
      if (s = b.make(allowed, detach); !s.has_value()) s = wrap(s.error(), {n.title(), ": "});
    });
  return s;
}

}  // namespace tenon
TENON_COLD_END
