// Functions of a model: a node that calls one becomes the nodes of its body, in the caller's graph. Names in a body
// are its own; its attributes are those of the call, or their defaults.
#pragma once

#include "nodes.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

/// The functions of a file; false at the end of the import.
inline bool read_functions(wire_reader file, int count, import_model& m) {
  if (count == 0) return true;
  if (count > import_model::most_functions)
    return m.in.end(code::limit, {"the model has ", count, " functions, and at most ", import_model::most_functions, " are supported"});
  m.in.left.widen(import_model::room_to_unfold);
  if (!m.in.take(count, sizeof(function))) return false;
  m.functions.reserve(static_cast<std::size_t>(count));
  while (file.next(bytes_key(25))) {
    function f;
    if (!m.in.sound(f.read(file.payload()), "a function") || !m.in.take(f.opsets, sizeof(opset_proto))) return false;
    for (const function& g : m.functions)
      if (g.name == f.name && g.domain == f.domain && g.overload == f.overload)
        m.in.found.add(code::invalid, {"function ", f.title(), " is defined twice"});
    f.imports.all.reserve(static_cast<std::size_t>(f.opsets));
    for (wire_reader r = f.fields(); r.next(function_proto::opset);)
      if (!m.in.sound(f.imports.all.emplace_back().read(r.inside()), "an opset import")) return false;
    m.functions.push_back(std::move(f));
  }
  return true;
}

inline bool node_importer::unfold(const node_proto& n, std::span<const int> inputs, std::span<const int> outputs,
                                  function& f) {
  if (f.broken) return true;  // told with another call of it
  const auto refused = [&](code what, std::initializer_list<piece> why) {
    fault(n, what, {"function ", f.title(), " ", join(why)});
    f.broken = true;
    return true;
  };
  for (const call* c = model_.within; c != nullptr; c = c->from)
    if (&c->of == &f) return refused(code::invalid, {"calls itself"});
  if (model_.depth == import_model::deepest)
    return refused(code::limit, {"is called more than ", import_model::deepest, " deep"});
  if (static_cast<int>(inputs.size()) > f.inputs || static_cast<int>(outputs.size()) > f.outputs)
    return refused(code::invalid, {"takes ", f.inputs, " inputs and gives ", f.outputs, " outputs, not ", inputs.size(),
                                   " and ", outputs.size()});
  model_.unfolded += 1 + i64{f.nodes};
  if (model_.unfolded > import_model::most_unfolded)
    return in_.end(code::limit, {"the functions of the model unfold to more than ", import_model::most_unfolded,
                                 " nodes, the most that is allowed"});

  call here{f, model_.within, model_.named(n.name.empty() ? n.op_type : n.name)};
  const std::size_t faults_before = in_.found.count();
  if (!in_.take_text(here.name) || !bind_attributes(n, here)) return false;
  model_.within = &here;
  ++model_.depth;
  const bool going = unfold_body(inputs, outputs, here);
  --model_.depth;
  model_.within = here.from;
  f.broken = in_.found.count() != faults_before;
  return going;
}

/// What a call gives, and the defaults of what it leaves out.
[[gnu::noinline]] inline bool node_importer::bind_attributes(const node_proto& n, call& to) {
  attribute_importer attributes(n, in_, model_.referred());
  if (!attributes.read()) return false;
  const auto given = attributes.given();
  if (!in_.take(static_cast<i64>(given.size()) + to.of.defaults, sizeof(attribute_proto))) return false;
  to.attributes.reserve(given.size() + static_cast<std::size_t>(to.of.defaults));
  const auto has = [&](std::string_view name) {
    return std::ranges::find(to.attributes, name, &attribute_proto::name) != to.attributes.end();
  };
  for (wire_reader r = to.of.fields(); r.next();) {
    if (r.key() == function_proto::attribute)
      if (const auto at = std::ranges::find(given, r.text(), &attribute_proto::name); at != given.end() && !has(at->name))
        to.attributes.push_back(*at);
    if (r.key() != function_proto::default_value) continue;
    attribute_proto a;
    if (!in_.sound(a.read(r.payload()), "an attribute")) return false;
    const auto at = std::ranges::find(given, a.name, &attribute_proto::name);
    if (!has(a.name)) to.attributes.push_back(at != given.end() ? *at : a);
  }
  for (const attribute_proto& a : given)
    if (!has(a.name)) fault(n, code::invalid, {"unknown attribute ", shown(a.name)});
  for (const attribute_proto& a : to.attributes)
    if (a.kind == attribute_kind::graph || a.kind == attribute_kind::graphs)
      fault(n, code::unsupported, {"attribute ", shown(a.name), " is a graph, which a function cannot take"});
  return true;
}

inline bool node_importer::unfold_body(std::span<const int> inputs, std::span<const int> outputs, const call& here) {
  const function& f = here.of;
  scope names(model_, graph_, nullptr);
  node_importer body(f.message, function_proto::node, model_, names);
  if (!body.reserve(f.inputs)) return false;
  std::size_t at = 0;
  for (wire_reader r = f.fields(); r.next(function_proto::input); ++at)
    names.bind(r.text(), at < inputs.size() && inputs[at] >= 0 ? inputs[at] : scope::absent);
  if (!body.define()) return false;
  // Where the body writes an output, it writes the caller's value; what else is one is copied into it.
  at = 0;
  for (wire_reader r = f.fields(); r.next(function_proto::output); ++at) {
    const int to = at < outputs.size() ? outputs[at] : -1;
    const int from = to < 0 ? names.find(r.text()) : names.rebind(r.text(), to);
    if (from == scope::unknown || (from < 0 && to >= 0))
      in_.found.add(code::invalid, {"output ", in_quotes(r.text()), " of function ", f.title(), " is produced by nothing"});
    else if (to >= 0 && names.find(r.text()) != to && !body.copy(from, to, here)) return false;
  }
  return body.read();
}

inline bool node_importer::copy(int from, int to, const call& here) {
  const op_info* row = model_.ops.find("", "Identity");
  if (row == nullptr) {
    in_.found.add(code::unsupported, {"function ", here.of.title(), " returns an input: that takes operator 'Identity', which there is not"});
    return true;
  }
  if (!in_.take(1, sizeof(node) + 64) || !in_.take_text(here.name)) return false;
  node& n = graph_.nodes.emplace_back();
  n.op = any_op(*row);
  n.name = here.name;
  n.inputs = {from};
  n.outputs = {to};
  return true;
}

}  // namespace tenon
TENON_COLD_END
