// Which dtypes flow through a graph, as far as the file says: nodes that nothing here can run are told with the
// dtypes they would have run on, all of them and before anything runs.
#pragma once

#include "context.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

/// The nodes of a sorted graph that there is no operator for, or none of their dtypes.
class type_check {
 public:
  type_check(const graph& g, import_model& m) : graph_(g), model_(m) {}

  void run() {
    flows_.resize(graph_.values.size());
    for (std::size_t i = 0; i < flows_.size(); ++i)
      if (const value_info& v = graph_.values[i]; v.producer < 0) flows_[i] = v.type;
    for (const node& n : graph_.nodes) {
      const op_info& info = n.op.info();
      if (info.since == 0) no_operator(n);
      else check(n, info);
      for (std::size_t i = 0; i < n.outputs.size(); ++i)
        if (n.outputs[i] >= 0) flows_[static_cast<unsigned>(n.outputs[i])] = result_of(n, info, static_cast<int>(i));
    }
  }

  /// The dtypes of the values, none where the file does not say them.
  std::span<const dtype> found() const { return flows_; }

 private:
  dtype at(int v) const { return v < 0 ? dtype::none : flows_[static_cast<unsigned>(v)]; }

  void check(const node& n, const op_info& info) {
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      const formal& f = info.inputs.at(static_cast<int>(i));
      const dtype d = at(n.inputs[i]);
      if (d == dtype::none || info.bound(f, d) != dtype::none) continue;
      model_.in.found.add(code::unsupported, {n.title(), " (", version_of(info), "): input ", f.name, " cannot be ", full_name(d)});
      return;
    }
  }
  std::string version_of(const op_info& info) const {
    return join({info.domain.empty() ? "opset " : "version ", model_.imports.version_of(info.domain)});
  }

  /// The dtype of an output, where its variable says it.
  dtype result_of(const node& n, const op_info& info, int output) const {
    if (info.outputs.size == 0) return graph_.at(n.outputs[static_cast<unsigned>(output)]).type;
    const char letter = info.outputs.at(output).type;
    const bool sequence = info.outputs.at(output).forms != 0;
    for (std::size_t i = 0; i < n.inputs.size() && letter != '*'; ++i)
      if (const formal& f = info.inputs.at(static_cast<int>(i)); f.type == letter && n.inputs[i] >= 0) {
        const dtype own = info.bound(f, at(n.inputs[i]));
        return sequence && own != dtype::none ? in_form(form::sequence, own) : own;
      }
    if (sequence) return dtype::none;
    const dtype_set set = info.set_of(letter);
    for (int d = 1; d < dtype_count; ++d)
      if (set == dtype_set{static_cast<dtype>(d)}) return static_cast<dtype>(d);
    return dtype::none;
  }

  void no_operator(const node& n) {
    const op_info* row = &n.op.info();
    auto u = std::ranges::find(model_.missing, row, &import_model::unsupported::row);
    if (u == model_.missing.end()) {
      if (model_.missing.size() == faults::most) return void(++model_.beyond);
      u = model_.missing.insert(u, {row});
    }
    for (int v : n.inputs)
      if (const dtype d = at(v); d != dtype::none && !u->told.has(d)) {
        u->told = u->told | dtype_set{d};
        u->types += join({u->types.empty() ? "" : " ", full_name(d)});
      }
    constexpr int listed = 10;
    if (u->count++ < listed && !n.name.empty()) u->nodes += join({u->nodes.empty() ? "" : ", ", in_quotes(n.name)});
  }

  const graph& graph_;
  import_model& model_;
  std::vector<dtype> flows_;
};

/// What is missing, a sentence per operator with the dtypes and the names of the first nodes that want it.
[[gnu::noinline]] inline void tell_missing(import_model& m) {
  for (const import_model::unsupported& u : m.missing) {
    std::string more;
    if (u.count > 1) more = join({"; ", u.count, " nodes want it", u.nodes.empty() ? "" : ": ", u.nodes, u.count > 10 ? ", ..." : ""});
    const std::string_view domain = u.row->domain;
    const std::size_t first = u.nodes.find(", ");
    m.in.found.add(code::unsupported,
                   {shown(u.row->name), u.nodes.empty() ? "" : " ", std::string_view(u.nodes).substr(0, first), ": there is no operator ",
                    in_quotes(u.row->name), domain.empty() ? std::string() : join({" of domain ", in_quotes(domain)}), " (",
                    domain.empty() ? "opset " : "version ", m.imports.version_of(domain), u.types.empty() ? "" : ", ", u.types, more, ")"});
  }
  for (i64 i = 0; i < m.beyond; ++i) m.in.found.add(code::unsupported, {});
}

}  // namespace tenon
TENON_COLD_END
