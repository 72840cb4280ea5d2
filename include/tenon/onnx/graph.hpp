// One graph of a file: its values, its nodes, and the graphs inside of those. A graph inside of a node
// reads values from around it; such values become inputs of the node and of the graph inside.
#pragma once

#include "attributes.hpp"
#include "order.hpp"
#include "../graph/model.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

namespace detail {

/// What all graphs of a file share.
struct import_model {
  const op_list& ops;
  import_state& in;
  std::vector<opset_proto> opsets{};
  int opset = 0;  ///< of the default domain
  int depth = 0;  ///< of the graph that is being read
  struct unknown {
    std::string_view domain, op_type;
    std::size_t fault;
    int nodes;
  };
  std::vector<unknown> missing{};

  static constexpr int deepest = 64;

  /// The version of a domain that the model imports, or 0.
  int opset_of(std::string_view domain) const {
    for (const opset_proto& o : opsets)
      if (o.domain == domain) return static_cast<int>(std::clamp<i64>(o.version, 1, INT32_MAX));
    return 0;
  }
  void tell_counts() {
    for (const unknown& u : missing)
      if (u.nodes > 1) in.found.extend(u.fault, {" (", u.nodes, " nodes want it)"});
  }
};

class graph_importer final : body_reader {
 public:
  /// `around`: the graph whose node holds this one, or null.
  graph_importer(byte_span bytes, import_model& m, graph_importer* around)
      : model_(m), in_(m.in), around_(around), bytes_(bytes) {
    graph_.opset = m.opset;
  }

  /// False at the end of the import; other faults are collected.
  bool read() {
    if (!(read_graph() && define_values() && read_inputs_and_outputs() && read_nodes())) return false;
    sort();
    return true;
  }
  graph take() { return std::move(graph_); }

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
      const op_info* row = model_.ops.find(n.domain, n.op_type);
      upgrades += row != nullptr && row->upgrade != nullptr && model_.opset_of(n.domain) < row->since;
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
    if (at != names_.end() && at->name == name) return at->value;
    for (const definition& d : captured_)
      if (d.name == name) return d.value;
    return -1;
  }
  /// The same, also among the values around this graph: such a one becomes an input here. -2 is the end
  /// of the import.
  [[gnu::noinline]] int find_or_capture(std::string_view name) {
    const int own = find(name);
    if (own >= 0 || around_ == nullptr) return own;
    const int outer = around_->find_or_capture(name);
    if (outer < 0) return outer;
    if (!in_.take_text(name) || !in_.take(1, sizeof(value_info) + sizeof(definition) + 8)) return -2;
    const value_info& from = around_->graph_.at(outer);
    value_info v;
    v.name = name;
    const bool small = from.owned && from.constant().byte_size() <= 1024 && from.type != dtype::string;
    if (from.is_constant() && !from.owned) {
      v.borrow(from.constant());
    } else if (small) {  // what decides shapes should be known where it is read
      any_tensor copy;
      if (!in_.make(copy, from.type, from.dims, in_quotes(name))) return -2;
      std::memcpy(copy.data(), from.elements, static_cast<std::size_t>(from.constant().byte_size()));
      v.hold(std::move(copy));
    } else {
      v.type = from.type;
      outer_.push_back(outer);
      graph_.inputs.push_back(static_cast<int>(graph_.values.size()));
    }
    captured_.push_back({name, graph_.add(std::move(v)), by_input});
    return captured_.back().value;
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
    if (v.element_type == 0) return !is_input || around_ != nullptr || wrong(code::invalid, {"has no element type"});
    if (v.element_type < 0 || v.element_type >= dtype_count)
      return wrong(code::unsupported, {"has the unknown element type ", v.element_type});
    to.type = static_cast<dtype>(v.element_type);
    // What a body carries may change its shape from run to run, whatever the file says.
    if (!v.ranked || (is_input && around_ != nullptr)) return true;
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
      const int id = key == bytes_key(12) ? find_or_capture(v.name) : find(v.name);
      if (key == bytes_key(12)) {
        if (id == -2) return false;
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
    auto& all = graph_.nodes;
    if (added_.empty()) return true;
    if (!in_.take(static_cast<i64>(all.size() + added_.size()), sizeof(node))) return false;
    all.reserve(all.size() + added_.size());
    for (node& n : added_) {
      graph_.at(n.outputs[0]).producer = static_cast<int>(all.size());
      all.push_back(std::move(n));
    }
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
    const op_info* row = model_.ops.find(n.domain, n.op_type);
    for (wire_reader r = n.fields(); r.next(node_proto::input);) {
      const int id = r.text().empty() ? -1 : find_or_capture(r.text());
      if (id == -2) return false;
      if (id < 0 && !r.text().empty())
        fault(n, code::invalid,
              {"input ", to.inputs.size(), " is ", in_quotes(r.text()), ", which nothing defines"});
      to.inputs.push_back(id);
    }
    for (wire_reader r = n.fields(); r.next(node_proto::output);)
      to.outputs.push_back(r.text().empty() ? -1 : find(r.text()));
    const int opset = model_.opset_of(n.domain);
    if (row == nullptr) {
      no_row(n);
      return true;
    }
    if (opset == 0 && !model_.opsets.empty()) {
      fault(n, code::invalid, {"the model imports no opset of domain ", in_quotes(n.domain)});
      model_.opsets.push_back({n.domain, INT32_MAX});  // told once
    }
    to.op = any_op(*row);
    reading_.clear();
    {  // gone before graphs inside of this node want as much stack again
      attribute_importer attributes(n, in_, this);
      if (!attributes.read() || !attributes.fill(graph_, to, opset)) return false;
      std::ranges::move(attributes.added, std::back_inserter(added_));
    }
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
    return read_bodies(n, to);
  }

  void want_body(byte_span bytes, std::unique_ptr<subgraph>& to) override { reading_.push_back({bytes, &to}); }

  /// What the graphs inside read from around them follows the node's formal inputs.
  bool read_bodies(const node_proto& n, node& to) {
    for (const wanted_body& b : reading_) {
      if (model_.depth == import_model::deepest) {
        fault(n, code::limit, {"graphs inside of nodes are nested more than ", import_model::deepest, " deep"});
        return true;
      }
      ++model_.depth;
      graph_importer inside(b.bytes, model_, this);
      const bool going = inside.read() && in_.take(1, sizeof(body)) &&
                         in_.take(static_cast<i64>(inside.outer_.size()), 3 * sizeof(int));
      --model_.depth;
      if (!going) return false;
      to.inputs.resize(std::max(to.inputs.size(), static_cast<std::size_t>(to.op.info().inputs.size - 1)), -1);
      std::vector<int> captures;
      for (int v : inside.outer_) {
        captures.push_back(static_cast<int>(to.inputs.size()));
        to.inputs.push_back(v);
      }
      *b.to = std::make_unique<body>(inside.take(), std::move(captures));
    }
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
    const int least = s.least(), most = s.variadic() ? INT32_MAX : size;
    if (given >= least && given <= most) return;
    const bool one = s.variadic() ? least == 1 : most == 1;
    const std::string range = s.variadic() ? join({"at least ", least})
                              : least == most ? join({most}) : join({least, " to ", most});
    fault(n, code::invalid, {verb, range, noun, one ? "" : "s", ", not ", given});
  }

  /// One fault per operator, however many nodes want it.
  void no_row(const node_proto& n) {
    for (import_model::unknown& u : model_.missing)
      if (u.op_type == n.op_type && u.domain == n.domain) {
        ++u.nodes;
        return;
      }
    const std::string of = n.domain.empty() ? std::string() : join({" of domain ", in_quotes(n.domain)});
    const std::size_t at = fault(n, code::unsupported, {"there is no operator ", in_quotes(n.op_type), of});
    if (model_.missing.size() < faults::most) model_.missing.push_back({n.domain, n.op_type, at, 1});
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

  import_model& model_;
  import_state& in_;
  graph_importer* const around_;
  const byte_span bytes_;
  graph graph_;
  graph_proto proto_;
  std::vector<definition> names_;     // sorted once all are known
  std::vector<definition> captured_;  // of the graph around
  std::vector<int> outer_;            // the captured inputs, as that one numbers them
  std::vector<byte_span> nodes_;      // those of the file, Constant among them
  struct wanted_body {
    byte_span bytes;
    std::unique_ptr<subgraph>* to;
  };
  std::vector<wanted_body> reading_;  // of the node that is being read
  std::vector<node> added_;           // by upgrades; they get their places when all nodes have theirs
};

}  // namespace detail

}  // namespace tenon
TENON_COLD_END
