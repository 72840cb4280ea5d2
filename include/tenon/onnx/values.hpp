// The values of a graph that no node makes: initializers and inputs, and what the file says of dtypes and shapes.
#pragma once

#include "scope.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

class value_importer {
 public:
  value_importer(const graph_proto& from, import_state& in, scope& names)
      : from_(from), in_(in), names_(names), graph_(names.values()) {}

  /// The constants and then the inputs of the graph; false at the end of the import.
  bool define() { return define_initializers() && define_inputs(); }

  /// What is declared of inputs, outputs and other values, when all names are known.
  bool annotate() {
    for (wire_reader r = from_.fields(); r.next();) {
      const auto key = r.key();
      if (key != bytes_key(11) && key != bytes_key(12) && key != bytes_key(13)) continue;
      const std::string_view role = key == bytes_key(11) ? "input" : key == bytes_key(12) ? "output" : "value";
      value_proto v;
      if (!in_.sound(v.read(r.payload()), role)) return false;
      const int id = key == bytes_key(12) ? names_.find_or_capture(v.name) : names_.find(v.name);
      if (key == bytes_key(12)) {
        if (id == scope::stopped) return false;
        if (id < 0) fault(code::invalid, {"output ", in_quotes(v.name), " of the graph is produced by nothing"});
        else graph_.outputs.push_back(id);
      }
      if (id < 0) continue;
      value_info& to = graph_.at(id);
      if (!to.is_constant() && to.type == dtype::none && !annotate(to, v, role)) return false;
    }
    if (from_.outputs == 0) fault(code::invalid, {"the graph has no outputs"});
    return true;
  }

  static void keep(value_info& v, constant_data&& c) {
    if (c.owned) v.hold(std::move(c.owned));
    else if (c.view) v.borrow(c.view);
  }

 private:
  void fault(code what, std::initializer_list<piece> why) { in_.found.add(what, why); }

  bool define_initializers() {
    for (wire_reader r = from_.fields(); r.next(bytes_key(5));) {
      tensor_proto t;
      if (!t.read(r.payload(), in_)) return false;
      if (t.name.empty()) {
        fault(code::invalid, {"initializer ", graph_.values.size(), " has no name"});
        continue;
      }
      constant_data c;
      if (!names_.define(t.name, scope::by_initializer) ||
          !decode(t, in_, join({"initializer ", in_quotes(t.name)}), c))
        return false;
      keep(graph_.values.back(), std::move(c));
    }
    for (wire_reader r = from_.fields(); r.next(bytes_key(15));) {
      sparse_proto s;
      if (!s.read(r.payload(), in_)) return false;
      if (s.values.name.empty()) {
        fault(code::invalid, {"sparse initializer ", graph_.values.size(), " has no name"});
        continue;
      }
      constant_data c;
      if (!names_.define(s.values.name, scope::by_initializer) ||
          !decode(s, in_, join({"sparse initializer ", in_quotes(s.values.name)}), c))
        return false;
      keep(graph_.values.back(), std::move(c));
    }
    names_.sort();
    return true;
  }

  /// Models of IR version 3 list their initializers among the inputs; since version 4 such an input is a default
  /// that a caller could replace. Both are constants here.
  bool define_inputs() {
    const std::size_t initializers = names_.defined().size();
    for (wire_reader r = from_.fields(); r.next(bytes_key(11));) {
      value_proto v;
      if (!in_.sound(v.read(r.payload()), "an input")) return false;
      const auto known = names_.defined().first(initializers);
      const auto at = std::ranges::lower_bound(known, v.name, {}, &scope::definition::name);
      if (v.name.empty()) fault(code::invalid, {"an input of the graph has no name"});
      if (v.name.empty() || (at != known.end() && at->name == v.name)) continue;
      if (!names_.define(v.name, scope::by_input)) return false;
      graph_.inputs.push_back(names_.defined().back().value);
    }
    return true;
  }

  /// What the file says of an input or another value. The caller knows that the bytes are sound.
  bool annotate(value_info& to, const value_proto& v, std::string_view role) {
    const bool is_input = role == "input";
    const auto wrong = [&](code what, std::initializer_list<piece> why) {
      fault(what, {role, " ", in_quotes(v.name), " ", join(why)});
      return true;
    };
    if (!v.other.empty()) return wrong(code::unsupported, {"is ", v.other, ", which no operator takes"});
    if (v.element_type == 0) return !is_input || names_.is_inside() || wrong(code::invalid, {"has no element type"});
    if (v.element_type < 0 || v.element_type >= dtype_count)
      return wrong(code::unsupported, {"has the unknown element type ", v.element_type});
    to.type = v.type();
    if (is_container(to.type)) return true;
    // What a body carries may change its shape from run to run, whatever the file says.
    if (!v.ranked || (is_input && names_.is_inside())) return true;
    if (v.rank > max_rank)
      return wrong(code::unsupported, {"has ", v.rank, " dimensions, and at most ", max_rank, " are supported"});
    to.ranked = true;
    if (is_input && !in_.take(v.rank, sizeof(std::string))) return false;
    if (is_input) to.symbols.resize(static_cast<std::size_t>(v.rank));
    shape known;
    for (wire_reader r(v.shape_message, 4); r.next(bytes_key(1));) {
      i64 n = -1;
      for (wire_reader d = r.inside(); d.next();) {
        if (d.key() == number_key(1)) n = std::max<i64>(d.integer(), -1);
        if (d.key() != bytes_key(2) || !is_input) continue;
        if (!in_.take_text(d.text())) return false;
        to.symbols[to.dims.size()] = d.text();
      }
      to.dims.push_back(n);
      known.push_back(n < 0 ? 1 : n);
    }
    return checked_count(known.span()) ||
           wrong(code::limit, {"has shape ", to.dims, ", more elements than 64 bits count"});
  }

  const graph_proto& from_;
  import_state& in_;
  scope& names_;
  graph& graph_;
};

}  // namespace tenon
TENON_COLD_END
