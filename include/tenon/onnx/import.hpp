// An ONNX file to a graph. Everything that is wrong with a model is found in one go and told in one
// message; weights stay where they are in the file's bytes. The format: onnx.proto and docs/IR.md of
// github.com/onnx/onnx, IR versions 3 to 14.
#pragma once

#include "attributes.hpp"
#include "order.hpp"
#include "sniff.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

inline constexpr int oldest_ir = 3, newest_ir = 14;

struct import_options {
  memory* from = nullptr;  ///< for decoded tensors
  i64 limit = -1;          ///< bytes that importing may allocate; -1: four times the file plus 1 MB
};

namespace detail {

class importer {
 public:
  importer(byte_span file, const op_list& ops, const import_options& options)
      : file_(file), ops_(ops),
        in_{file.data(), options.from, budget(options.limit >= 0 ? options.limit : budget::of_file(file.size()))} {}

  result<graph> run() {
    if (!(read_model() && read_graph() && define_values() && read_inputs_and_outputs() && read_nodes()))
      return std::unexpected(std::move(in_.stop));
    sort();
    if (!in_.found.none()) return std::unexpected(in_.found.all());
    return std::move(graph_);
  }

 private:
  struct definition {
    std::string_view name;
    int value;
    int node;  // in the file, or one of the two below
  };
  static constexpr int by_input = -1, by_initializer = -2;

  std::size_t fault(code what, std::initializer_list<piece> why) { return in_.found.add(what, why); }
  [[gnu::noinline]] std::size_t fault(const node_proto& n, code what, std::initializer_list<piece> why) {
    return fault(what, {n.title(), ": ", join(why)});
  }

  // ---- The model ----

  bool no_model(const wire_reader& r, const model_proto& m) {
    if (file_.empty()) return in_.end(code::malformed, {"the file is empty"});
    if (const auto what = looks_like(file_); !what.empty())
      return in_.end(code::malformed, {"not an ONNX model: the file is ", what});
    // A file cut short reads well up to the cut; other bytes soon show a field that no model has.
    const std::string_view last = model_proto::field_name(r.key());
    if (r.fault() == wire_fault::truncated && m.strange == 0 && !last.empty() && m.known > 0) {
      if (r.missing() == 0) return in_.end(code::malformed, {"the file ends inside ", last});
      return in_.end(code::malformed, {"the file ends inside ", last, ", ", static_cast<i64>(r.missing()),
                                       " bytes too early"});
    }
    if (r.fault() == wire_fault::none) return in_.end(code::malformed, {"not an ONNX model: there is no graph in it"});
    if (m.strange == 0 && m.known > 0) return in_.sound(r, "the model");
    return in_.end(code::malformed, {"not an ONNX model: byte ", r.position() - file_.data(),
                                     " of the file begins no field of one"});
  }

  bool read_model() {
    model_proto m;
    wire_reader r = m.read(wire_reader(file_));
    if (r.fault() != wire_fault::none || m.graphs == 0) return no_model(r, m);
    if (m.graphs > 1) return in_.end(code::malformed, {"the model has ", m.graphs, " graphs"});
    if (m.ir_version < oldest_ir || m.ir_version > newest_ir)
      fault(code::unsupported,
            {"IR version ", m.ir_version, " is unknown (", oldest_ir, " to ", newest_ir, " are known)"});
    if (m.trainings != 0) fault(code::unsupported, {"training information in a model is not supported"});
    if (m.functions != 0) {
      std::string_view name, domain;
      for (wire_reader f(m.function, 1); f.next();) {
        if (f.key() == bytes_key(1)) name = f.text();
        if (f.key() == bytes_key(10)) domain = f.text();
      }
      fault(code::unsupported, {"functions in a model are not supported, and it has ", m.functions,
                                     ", the first of them ", in_quotes(join({shown(domain), ".", shown(name)}))});
    }
    if (m.opsets == 0) fault(code::invalid, {"the model imports no opset"});
    if (!in_.take(m.opsets, sizeof(opset_proto))) return false;
    opsets_.reserve(static_cast<std::size_t>(m.opsets));
    for (wire_reader o(file_); o.next(bytes_key(8));) {
      opset_proto p;
      if (!in_.sound(p.read(o.inside()), "an opset import")) return false;
      const bool main = p.domain.empty();
      if (p.version < 1 || (main && p.version > newest_opset)) {
        if (main)
          fault(code::unsupported, {"opset ", p.version, " is unknown (1 to ", newest_opset, " are known)"});
        else fault(code::unsupported, {"opset ", p.version, " of domain ", in_quotes(p.domain), " is unknown"});
      }
      if (main) graph_.opset = static_cast<int>(std::clamp<i64>(p.version, 1, newest_opset));
      opsets_.push_back(p);
    }
    bytes_ = m.graph;
    return true;
  }

  /// The version of a domain that the model imports, or 0.
  int opset_of(std::string_view domain) const {
    for (const opset_proto& o : opsets_)
      if (o.domain == domain) return static_cast<int>(std::clamp<i64>(o.version, 1, INT32_MAX));
    return 0;
  }

  // ---- Values ----

  bool read_graph() {
    proto_.message = bytes_;
    if (!in_.sound(proto_.read(proto_.fields()), "the graph")) return false;
    if (!in_.take_text(proto_.name)) return false;
    graph_.name = proto_.name;
    if (proto_.sparse != 0)
      fault(code::unsupported, {"sparse initializers are not supported, and the graph has ", proto_.sparse});
    // Counts first: one allocation of the right size each, and asked for before it is made.
    i64 values = i64{proto_.initializers} + proto_.inputs, operands = 0, kept = 0, upgrades = 0;
    for (wire_reader r = proto_.fields(); r.next(bytes_key(1));) {
      node_proto n;
      if (!in_.sound(n.read(r.payload()), "a node")) return false;
      values += n.outputs;
      if (is_constant(n)) continue;
      ++kept;
      operands += i64{n.inputs} + n.outputs;
      const op_info* row = ops_.find(n.domain, n.op_type);
      upgrades += row != nullptr && row->upgrade != nullptr && opset_of(n.domain) < row->since;
      if (!in_.take_text(n.name) || (row != nullptr && !in_.take(size_of(*row)))) return false;
    }
    // Beside itself a node has two lists of operands, and the sort takes 13 bytes.
    constexpr i64 per_node = sizeof(node) + 2 * 28 + 16, per_value = sizeof(value_info) + sizeof(definition);
    if (!(in_.take(values + upgrades, per_value) && in_.take(kept, per_node) && in_.take(operands, 4) &&
          in_.take(proto_.nodes, sizeof(byte_span)) && in_.take(i64{proto_.inputs} + proto_.outputs, 8)))
      return false;
    graph_.values.reserve(static_cast<std::size_t>(values + upgrades));
    names_.reserve(static_cast<std::size_t>(values));
    nodes_.reserve(static_cast<std::size_t>(proto_.nodes));
    graph_.nodes.reserve(static_cast<std::size_t>(kept));
    graph_.inputs.reserve(static_cast<std::size_t>(proto_.inputs));
    graph_.outputs.reserve(static_cast<std::size_t>(proto_.outputs));
    return true;
  }

  /// What an operator's struct takes at most; its lists are asked for when they are read.
  static i64 size_of(const op_info& row) {
    i64 bytes = 32;
    for (const attribute& a : row.attributes) {
      switch (a.type) {
        case attribute_type::tensor: bytes += i64{sizeof(any_tensor)}; break;
        case attribute_type::text: case attribute_type::reals: case attribute_type::integers:
        case attribute_type::texts: bytes += i64{sizeof(std::string)}; break;
        case attribute_type::internal: bytes += 64; break;
        default: bytes += 8;
      }
      if (a.optional) bytes += 8;
    }
    return bytes;
  }

  static bool is_constant(const node_proto& n) { return n.op_type == "Constant" && n.domain.empty(); }

  /// A value of this name, the last one; false at the end of the import.
  [[gnu::noinline]] bool define(std::string_view name, int by, int producer = -1) {
    if (!in_.take_text(name)) return false;
    value_info& v = graph_.values.emplace_back();
    v.name = name;
    v.producer = producer;
    names_.push_back({name, static_cast<int>(graph_.values.size()) - 1, by});
    return true;
  }

  static bool before(const definition& a, const definition& b) {
    const int c = a.name.compare(b.name);
    return c != 0 ? c < 0 : a.value < b.value;
  }
  [[gnu::noinline]] void sort_names() {  // a heap: a fifth of std::sort's code, and no slow inputs
    std::make_heap(names_.begin(), names_.end(), before);
    std::sort_heap(names_.begin(), names_.end(), before);
  }
  /// The value of this name, or -1.
  int find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(names_, name, {}, &definition::name);
    return at != names_.end() && at->name == name ? at->value : -1;
  }

  void keep(value_info& v, constant_data&& c) {
    if (c.owned) v.hold(std::move(c.owned));
    else if (c.view) v.borrow(c.view);
  }

  bool define_values() {
    for (wire_reader r = proto_.fields(); r.next(bytes_key(5));) {
      tensor_proto t;
      if (!t.read(r.payload(), in_)) return false;
      if (t.name.empty()) {
        fault(code::invalid, {"initializer ", graph_.values.size(), " has no name"});
        continue;
      }
      constant_data c;
      if (!define(t.name, by_initializer) || !decode(t, in_, join({"initializer ", in_quotes(t.name)}), c)) return false;
      keep(graph_.values.back(), std::move(c));
    }
    sort_names();
    // Models of IR version 3 list their initializers among the inputs; since version 4 such an input
    // is a default that a caller could replace. Both are constants here.
    const auto initializers = names_.size();
    const auto initialized = [&](std::string_view name) {
      const auto end = names_.begin() + static_cast<std::ptrdiff_t>(initializers);
      const auto at = std::ranges::lower_bound(names_.begin(), end, name, {}, &definition::name);
      return at != end && at->name == name;
    };
    for (wire_reader r = proto_.fields(); r.next(bytes_key(11));) {
      value_proto v;
      if (!in_.sound(v.read(r.payload()), "an input")) return false;
      if (v.name.empty()) fault(code::invalid, {"an input of the graph has no name"});
      if (v.name.empty() || initialized(v.name)) continue;
      if (!define(v.name, by_input)) return false;
      graph_.inputs.push_back(names_.back().value);
    }
    int kept = 0;
    for (wire_reader r = proto_.fields(); r.next(bytes_key(1));) {
      node_proto n;
      n.read(r.payload());
      const int producer = is_constant(n) ? -1 : kept++;
      for (wire_reader o = n.fields(); o.next(node_proto::output);) {
        if (o.text().empty()) continue;  // an output that nobody wants
        if (!define(o.text(), static_cast<int>(nodes_.size()), producer)) return false;
      }
      nodes_.push_back(r.payload());
    }
    sort_names();
    find_duplicates();
    return true;
  }

  std::string definer(int by) const {
    if (by == by_input) return "an input";
    if (by == by_initializer) return "an initializer";
    node_proto n;
    n.read(nodes_[static_cast<unsigned>(by)]);
    return n.title();
  }

  void find_duplicates() {
    for (std::size_t i = 1; i < names_.size(); ++i)
      if (names_[i].name == names_[i - 1].name)
        fault(code::invalid, {"value ", in_quotes(names_[i].name), " is defined twice, by ",
                                   definer(names_[i - 1].node), " and by ", definer(names_[i].node)});
  }

  /// What the file says of an input or another value. The caller knows that the bytes are sound.
  bool annotate(value_info& to, const value_proto& v, std::string_view role) {
    const bool is_input = role == "input";
    const auto wrong = [&](code what, std::initializer_list<piece> why) {
      fault(what, {role, " ", in_quotes(v.name), " ", join(why)});
      return true;
    };
    if (!v.other.empty()) return wrong(code::unsupported, {"is ", v.other, ", and only tensors are supported"});
    if (v.element_type == 0) return !is_input || wrong(code::invalid, {"has no element type"});
    if (v.element_type < 0 || v.element_type >= dtype_count)
      return wrong(code::unsupported, {"has the unknown element type ", v.element_type});
    to.type = static_cast<dtype>(v.element_type);
    if (!v.ranked) return true;
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

  bool read_inputs_and_outputs() {
    for (wire_reader r = proto_.fields(); r.next();) {
      const auto key = r.key();
      if (key != bytes_key(11) && key != bytes_key(12) && key != bytes_key(13)) continue;
      const std::string_view role = key == bytes_key(11) ? "input" : key == bytes_key(12) ? "output" : "value";
      value_proto v;
      if (!in_.sound(v.read(r.payload()), role)) return false;
      const int id = find(v.name);
      if (key == bytes_key(12)) {
        if (id < 0) fault(code::invalid, {"output ", in_quotes(v.name), " of the graph is produced by nothing"});
        else graph_.outputs.push_back(id);
      }
      if (id < 0) continue;
      value_info& to = graph_.at(id);
      if (!to.is_constant() && to.type == dtype::none && !annotate(to, v, role)) return false;
    }
    if (proto_.outputs == 0) fault(code::invalid, {"the graph has no outputs"});
    return true;
  }

  // ---- Nodes ----

  bool read_nodes() {
    for (const byte_span message : nodes_) {
      node_proto n;
      n.read(message);
      if (!(is_constant(n) ? read_constant(n) : read_node(n))) return false;
    }
    for (const unknown& u : unknown_)
      if (u.nodes > 1) in_.found.extend(u.fault, {" (", u.nodes, " nodes want it)"});
    return true;
  }

  bool read_constant(const node_proto& n) {
    if (n.outputs != 1 || n.inputs != 0) {
      fault(n, code::invalid,
            {"has ", n.inputs, " inputs and ", n.outputs, " outputs where 0 and 1 are expected"});
      return true;
    }
    wire_reader r = n.fields();
    r.next(node_proto::output);
    const int id = find(r.text());
    if (id < 0) return true;
    attribute_importer attributes(n, in_);
    constant_data c;
    if (!attributes.read() || !attributes.constant(c)) return false;
    keep(graph_.at(id), std::move(c));
    return true;
  }

  bool read_node(const node_proto& n) {
    node& to = graph_.nodes.emplace_back();
    to.name = n.name;
    to.inputs.reserve(static_cast<std::size_t>(n.inputs));
    to.outputs.reserve(static_cast<std::size_t>(n.outputs));
    const op_info* row = ops_.find(n.domain, n.op_type);
    for (wire_reader r = n.fields(); r.next(node_proto::input);) {
      const int id = r.text().empty() ? -1 : find(r.text());
      if (id < 0 && !r.text().empty())
        fault(n, code::invalid,
              {"input ", to.inputs.size(), " is ", in_quotes(r.text()), ", which nothing defines"});
      to.inputs.push_back(id);
    }
    for (wire_reader r = n.fields(); r.next(node_proto::output);)
      to.outputs.push_back(r.text().empty() ? -1 : find(r.text()));
    const int opset = opset_of(n.domain);
    if (row == nullptr) {
      no_row(n);
      return true;
    }
    if (opset == 0 && !opsets_.empty()) {
      fault(n, code::invalid, {"the model imports no opset of domain ", in_quotes(n.domain)});
      opsets_.push_back({n.domain, INT32_MAX});  // told once
    }
    to.op = any_op(*row);
    attribute_importer attributes(n, in_);
    if (!attributes.read() || !attributes.fill(graph_, to, opset)) return false;
    const auto least = static_cast<std::size_t>(row->inputs.least());
    while (to.inputs.size() > least && to.inputs.back() < 0)
      to.inputs.pop_back();
    // What only planning fills is not for files.
    const int filled = row->fuse.residual >= 0 ? row->fuse.residual : row->inputs.size;
    check_count(n, row->inputs, filled, static_cast<int>(to.inputs.size()), "takes ", " input");
    check_count(n, row->outputs, row->outputs.size, static_cast<int>(to.outputs.size()), "gives ", " output");
    for (int i = 0; i < std::min(row->inputs.least(), static_cast<int>(to.inputs.size())); ++i)
      if (const formal& f = row->inputs.at(i); to.inputs[static_cast<unsigned>(i)] < 0 && !f.optional)
        if (left_out(n, i)) fault(n, code::invalid, {"input ", f.name, " is left out"});
    return true;
  }

  /// Input i has an empty name in the file (one that nothing defines is another fault).
  static bool left_out(const node_proto& n, int i) {
    wire_reader r = n.fields();
    while (r.next(node_proto::input))
      if (i-- == 0) return r.text().empty();
    return true;
  }

  void check_count(const node_proto& n, const signature& s, int size, int given, std::string_view verb,
                   std::string_view noun) {
    const int least = s.variadic() ? s.size : s.least(), most = s.variadic() ? INT32_MAX : size;
    if (given >= least && given <= most) return;
    const bool one = s.variadic() ? least == 1 : most == 1;
    const std::string range = s.variadic() ? join({"at least ", least})
                              : least == most ? join({most}) : join({least, " to ", most});
    fault(n, code::invalid, {verb, range, noun, one ? "" : "s", ", not ", given});
  }

  struct unknown {
    std::string_view domain, op_type;
    std::size_t fault;
    int nodes;
  };
  /// One fault per operator, however many nodes want it.
  void no_row(const node_proto& n) {
    for (unknown& u : unknown_)
      if (u.op_type == n.op_type && u.domain == n.domain) {
        ++u.nodes;
        return;
      }
    const std::string of = n.domain.empty() ? std::string() : join({" of domain ", in_quotes(n.domain)});
    const std::size_t at = fault(n, code::unsupported, {"there is no operator ", in_quotes(n.op_type), of});
    if (unknown_.size() < faults::most) unknown_.push_back({n.domain, n.op_type, at, 1});
  }

  // ---- Order ----

  void sort() {
    const std::vector<int> cycle = sort_nodes(graph_);
    if (cycle.empty()) return;
    std::string path;
    for (std::size_t i = 0; i < cycle.size() && i < 6; ++i) path += kept_title(cycle[i]) + " -> ";
    if (cycle.size() > 6) path += join({"... (", cycle.size(), " nodes) -> "});
    fault(code::invalid, {"the graph has a cycle: ", path, kept_title(cycle[0])});
  }
  /// The title of a node of the graph, which may have no operator.
  std::string kept_title(int i) const {
    for (const byte_span message : nodes_) {
      node_proto n;
      n.read(message);
      if (!is_constant(n) && i-- == 0) return n.title();
    }
    return {};
  }

  const byte_span file_;
  const op_list& ops_;
  import_state in_;
  graph graph_;
  graph_proto proto_;
  byte_span bytes_;
  std::vector<opset_proto> opsets_;
  std::vector<definition> names_;  // sorted once all are known
  std::vector<byte_span> nodes_;   // those of the file, Constant among them
  std::vector<unknown> unknown_;
};

}  // namespace detail

/// The model in `file` as a graph of operators from `ops`. Constants in the graph look into `file`,
/// whose bytes must stay where they are for as long as the graph is used.
[[gnu::noinline]] inline result<graph> import(byte_span file, const op_list& ops, const import_options& options = {}) {
  return detail::importer(file, ops, options).run();
}

}  // namespace tenon
TENON_COLD_END
