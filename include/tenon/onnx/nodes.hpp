// The nodes of a graph: operators by their rows, with attributes and bodies, and Constant nodes as values.
#pragma once

#include <iterator>

#include "values.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

class node_importer final : body_reader {
 public:
  /// `from`: the message whose nodes are fields of this key.
  node_importer(byte_span from, std::uint32_t key, import_model& m, scope& names)
      : from_(from), key_(key), model_(m), in_(m.in), names_(names), graph_(names.values()) {}

  /// Asks for the memory that the nodes and `values` other values will take. Counts first: one allocation of the
  /// right size each, and asked for before it is made.
  bool reserve(i64 values) {
    i64 operands = 0, kept = 0, upgrades = 0, count = 0;
    for (wire_reader r(from_, 1); r.next(key_); ++count) {
      node_proto n;
      if (!in_.sound(n.read(r.payload()), "a node")) return false;
      values += n.outputs;
      if (is_constant(n)) continue;
      if (row_of(n) == nullptr && model_.find(n) != nullptr) continue;  // counted when it is unfolded
      ++kept;
      operands += i64{n.inputs} + n.outputs;
      const op_info* row = row_of(n);
      upgrades += row != nullptr && row->upgrade != nullptr && model_.version_of(n.domain) < row->since;
      if (!in_.take_text(n.name) || (row != nullptr && !in_.take(size_of(*row)))) return false;
    }
    // Beside itself a node has two lists of operands, and the sort takes 13 bytes.
    constexpr i64 per_node = sizeof(node) + 2 * 28 + 16, per_value = sizeof(value_info) + scope::bytes_per_name;
    if (!(in_.take(values + upgrades, per_value) && in_.take(kept, per_node) && in_.take(operands, 4) &&
          in_.take(count, sizeof(byte_span))))
      return false;
    grow(graph_.values, values + upgrades);
    grow(graph_.nodes, kept);
    names_.reserve(static_cast<std::size_t>(values));
    nodes_.reserve(static_cast<std::size_t>(count));
    return true;
  }

  /// The names of all outputs.
  bool define() {
    for (wire_reader r(from_, 1); r.next(key_);) {
      node_proto n;
      n.read(r.payload());
      for (wire_reader o = n.fields(); o.next(node_proto::output);) {
        if (o.text().empty()) continue;  // an output that nobody wants
        if (!names_.define(o.text(), static_cast<int>(nodes_.size()))) return false;
      }
      nodes_.push_back(r.payload());
    }
    names_.sort();
    find_duplicates();
    return true;
  }

  bool read() {
    for (const byte_span message : nodes_) {
      const node_proto n = model_.node_of(message);
      if (!(is_constant(n) ? read_constant(n) : read_node(n))) return false;
    }
    if (added_.empty()) return true;
    const auto more = static_cast<i64>(added_.size());
    if (!in_.take(static_cast<i64>(graph_.nodes.size()) + more, sizeof(node))) return false;
    grow(graph_.nodes, more);
    std::ranges::move(added_, std::back_inserter(graph_.nodes));
    return true;
  }

 private:
  /// Room for more elements; the first time for no others.
  template <class T>
  static void grow(std::vector<T>& v, i64 more) {
    const std::size_t wanted = v.size() + static_cast<std::size_t>(more);
    if (wanted > v.capacity()) v.reserve(std::max(wanted, v.capacity() + v.capacity() / 2));
  }
  const op_info* row_of(const node_proto& n) const { return model_.ops.find(n.domain, n.op_type); }
  void fault(code what, std::initializer_list<piece> why) { in_.found.add(what, why); }
  [[gnu::noinline]] void fault(const node_proto& n, code what, std::initializer_list<piece> why) {
    fault(what, {n.title(), ": ", join(why)});
  }
  static bool is_constant(const node_proto& n) { return n.op_type == "Constant" && n.domain.empty(); }

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

  std::string definer(int by) const {
    if (by == scope::by_input) return "an input";
    if (by == scope::by_initializer) return "an initializer";
    return model_.node_of(nodes_[static_cast<unsigned>(by)]).title();
  }
  void find_duplicates() {
    const auto all = names_.defined();
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].name == all[i - 1].name)
        fault(code::invalid, {"value ", in_quotes(all[i].name), " is defined twice, by ", definer(all[i - 1].by),
                              " and by ", definer(all[i].by)});
  }

  bool read_constant(const node_proto& n) {
    if (n.outputs != 1 || n.inputs != 0) {
      fault(n, code::invalid,
            {"has ", n.inputs, " inputs and ", n.outputs, " outputs where 0 and 1 are expected"});
      return true;
    }
    wire_reader r = n.fields();
    r.next(node_proto::output);
    const int id = names_.find(r.text());
    if (id < 0) return true;
    attribute_importer attributes(n, in_, model_.referred());
    constant_data c;
    if (!attributes.read() || !attributes.constant(c)) return false;
    value_importer::keep(graph_.at(id), std::move(c));
    return true;
  }

  bool read_node(const node_proto& n) {
    std::vector<int> inputs, outputs;
    inputs.reserve(static_cast<std::size_t>(n.inputs));
    outputs.reserve(static_cast<std::size_t>(n.outputs));
    for (wire_reader r = n.fields(); r.next(node_proto::input);) {
      const int id = r.text().empty() ? scope::absent : names_.find_or_capture(r.text());
      if (id == scope::stopped) return false;
      if (id == scope::unknown)
        fault(n, code::invalid,
              {"input ", inputs.size(), " is ", in_quotes(r.text()), ", which nothing defines"});
      inputs.push_back(std::max(id, -1));
    }
    for (wire_reader r = n.fields(); r.next(node_proto::output);)
      outputs.push_back(r.text().empty() ? -1 : names_.find(r.text()));
    const op_info* row = row_of(n);
    if (row == nullptr)
      if (function* f = model_.find(n); f != nullptr) return unfold(n, inputs, outputs, *f);
    node& to = graph_.nodes.emplace_back();
    to.name = model_.named(n.name);
    to.inputs = std::move(inputs);
    to.outputs = std::move(outputs);
    if (row == nullptr) {
      to.op = any_op(model_.stand_in(n));
      return true;
    }
    to.op = any_op(*row);
    const int opset = model_.version_of(n.domain);
    if (opset == 0 && !model_.imports.all.empty()) {
      fault(n, code::invalid, {"the model imports no opset of domain ", in_quotes(n.domain)});
      model_.imports.all.push_back({n.domain, INT32_MAX});  // told once
      return true;
    }
    if (!fill(n, to, opset)) return false;
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
    to.inputs.insert(to.inputs.end(), named_.begin(), named_.end());
    return read_bodies(n, to);
  }

  /// Apart, as the graphs inside of a node will want much stack again.
  [[gnu::noinline]] bool fill(const node_proto& n, node& to, int opset) {
    reading_.clear();
    attribute_importer attributes(n, in_, model_.referred(), this);
    if (!attributes.read() || !attributes.fill(graph_, to, opset)) return false;
    std::ranges::move(attributes.added, std::back_inserter(added_));
    named_ = std::move(attributes.named);
    return true;
  }
  int find_value(std::string_view name) override { return names_.find_or_capture(name); }
  void want_body(byte_span bytes, std::unique_ptr<subgraph>& to) override { reading_.push_back({bytes, &to}); }
  /// The graphs inside of a node: graph.hpp knows how.
  bool read_bodies(const node_proto& n, node& to);
  /// The nodes of a function for one that calls it: functions.hpp knows how.
  bool unfold(const node_proto& n, std::span<const int> inputs, std::span<const int> outputs, function& f);
  bool bind_attributes(const node_proto& n, call& to);
  bool unfold_body(std::span<const int> inputs, std::span<const int> outputs, const call& here);
  bool copy(int from, int to, const call& here);

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

  const byte_span from_;
  const std::uint32_t key_;
  import_model& model_;
  import_state& in_;
  scope& names_;
  graph& graph_;
  std::vector<byte_span> nodes_;  // those of the file, Constant among them
  struct wanted_body {
    byte_span bytes;
    std::unique_ptr<subgraph>* to;
  };
  std::vector<wanted_body> reading_;  // of the node that is being read
  std::vector<int> named_;            // by its attributes
  std::vector<node> added_;           // by upgrades; they get their places when all nodes have theirs
};

}  // namespace tenon
TENON_COLD_END
