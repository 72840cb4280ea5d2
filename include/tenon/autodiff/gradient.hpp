// Gradient of ai.onnx.preview.training: the derivatives of one value of a graph with respect to others of it. What lies
// between them is cut out of the graph when that is read, and runs on variables.
#pragma once

#include "../graph/ir.hpp"
#include "../ops/produce.hpp"
#include "backward.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// What a value of a graph depends on: nodes, whose operators it keeps for the graph, and values by number. The first are those
/// that the node is given for xs and zs, then those that it reads besides, in the order of its inputs.
struct graph_slice {
  struct step {
    any_op op;
    detail::gradient_rule rule;
    std::string name;
    std::vector<int> inputs, outputs;  ///< -1: left out
  };
  std::span<const row_and_rule> rules{};
  std::vector<step> steps{};
  int values = 0, y = -1;  ///< -1: y does not depend on what is given
  int order = 1;           ///< of the derivative: more where there are derivatives in it
};

namespace ops {

/// dY/dX for each X of xs, at the values that it is given for xs and zs; what else Y is made of has the values that it has in
/// the graph. The elements of a Y that is no scalar are summed, and where Y does not depend on X there are zeros. A name in xs
/// or zs stands for what is given, whatever makes it in the graph.
struct Gradient {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.preview.training";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "Inputs:**", outputs = "Outputs:**";
  static constexpr type_variable types[] = {{'*', dtypes::any}};
  static constexpr int highest_order = 8;  // each one multiplies the nodes of a run by three or four

  required<value_names> xs{};
  value_names zs{};
  required<value_name> y{};

  graph_slice cut{};

  result<i64> slice(graph& g, node& n, std::span<const dtype> known, int outer);
  status produce(produce_context& c) const {
    guard within(c);
    std::vector<variable> in;
    for (int i = 0; i < c.inputs(); ++i) {
      auto t = any_tensor::try_make_uninitialized(c.input(i).type, c.input(i).dims, &within);
      if (t.has_value()) copy_elements(c.input(i), (*t).edit());
      in.push_back(detail::constant(std::move(t), &within));
    }
    const auto out = differentiate(in, c.outputs(), false, within);
    if (!out.has_value()) return std::unexpected(out.error());
    for (int i = 0; i < c.outputs(); ++i)
      if (status s = keep(c, (*out)[static_cast<unsigned>(i)].value(), c.output(i)); !s.has_value()) return s;
    return {};
  }

 private:
  /// With `record` the derivatives can be differentiated in turn.
  result<std::vector<variable>> differentiate(std::span<const variable> in, int so_many, bool record, guard& within) const;
  /// False of discrete dtypes, through which no derivative passes.
  static bool is_smooth(dtype d) {
    return !(dtypes::integers | dtypes::tiny_integers | dtype_set{dtype::boolean, dtype::string}).has(d);
  }
  /// The dtype that Cast makes, which its formals do not say.
  static dtype cast_to(const any_op& op) {
    struct reader final : attribute_sink {
      void member(const attribute& a, void* at) override {
        if (a.type == attribute_type::element_type && a.name == "to" && !a.optional) to = *static_cast<const dtype*>(at);
      }
      dtype to = dtype::none;
    } r;
    if (op.get() != nullptr) op.info().walk(const_cast<void*>(op.get()), r);
    return r.to;
  }
  /// Operators without a gradient on the way from xs to y, as a list of titles.
  std::string without_gradient(const graph& g, std::span<const int> path, std::span<const int> named, std::span<const dtype> known) const;
};

inline result<i64> Gradient::slice(graph& g, node& n, std::span<const dtype> known, int outer) {
  const auto at = [](auto i) { return static_cast<std::size_t>(i); };
  const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
  const std::size_t wanted = xs.value.value.size(), given = wanted + zs.value.size();
  if (wanted == 0 || y.value.value.empty() || n.inputs.size() < given + 1) return 0;  // an attribute is missing, which is told
  const std::vector<int> named(n.inputs.end() - static_cast<std::ptrdiff_t>(given + 1), n.inputs.end());
  n.inputs.resize(n.inputs.size() - named.size());
  if (n.inputs.size() != given) return bad({"takes ", given, " inputs, one for each of xs and zs, not ", n.inputs.size()});
  if (n.outputs.size() > wanted) return bad({"gives ", wanted, " outputs, one for each of xs, not ", n.outputs.size()});
  for (std::size_t i = 0; i < given; ++i)
    if (n.inputs[i] < 0) return bad({"input ", i, " is left out"});
  if (std::ranges::find(named, -1) != named.end()) return 0;  // told

  std::vector<int> number(g.values.size(), -1);
  std::vector<bool> depends(g.values.size());  // on what is given
  for (std::size_t i = 0; i < given; ++i) {
    int& its = number[at(named[i])];
    if (its >= 0) return bad({"xs and zs name one value twice: ", in_quotes(g.at(named[i]).name)});
    its = static_cast<int>(i);
    depends[at(named[i])] = true;
  }
  // What y is made of, as far back as to what is given: without recursion, chains may be long.
  std::vector<bool> needed(g.nodes.size());
  std::vector<int> open{named.back()};
  while (!open.empty()) {
    const int v = open.back();
    open.pop_back();
    const int p = v < 0 || number[at(v)] >= 0 ? -1 : g.at(v).producer;
    if (p < 0 || needed[at(p)]) continue;
    needed[at(p)] = true;
    open.insert(open.end(), g.nodes[at(p)].inputs.begin(), g.nodes[at(p)].inputs.end());
  }
  // Of that what depends on what is given; the rest are values of the graph.
  std::vector<int> path;
  for (std::size_t p = 0; p < g.nodes.size(); ++p) {
    const std::vector<int>& in = g.nodes[p].inputs;
    if (!needed[p] || std::ranges::none_of(in, [&](int v) { return v >= 0 && depends[at(v)]; })) continue;
    path.push_back(static_cast<int>(p));
    for (int v : g.nodes[p].outputs)
      if (v >= 0) depends[at(v)] = true;
    for (int v : in)
      if (v >= 0 && !depends[at(v)] && number[at(v)] < 0) {
        number[at(v)] = static_cast<int>(n.inputs.size());
        n.inputs.push_back(v);
      }
  }
  // What comes from around a body may depend there on what is given here.
  std::vector<bool> outside(g.values.size());
  for (int v : std::span(g.inputs).last(at(outer))) outside[at(v)] = true;
  if (std::ranges::any_of(std::span(named).first(given), [&](int v) { return outside[at(v)]; })) {
    std::vector<int> read(n.inputs.begin() + static_cast<std::ptrdiff_t>(given), n.inputs.end());
    if (!depends[at(named.back())]) read.push_back(named.back());
    for (int v : read)
      if (outside[at(v)])
        return fail(code::unsupported, {"y depends on ", in_quotes(g.at(v).name), ", which comes from around the graph that the node is in and "
                                        "may depend there on what is given: it has to be named in zs"});
  }
  if (const std::string none = without_gradient(g, path, named, known); !none.empty())
    return fail(code::unsupported, {none, ", by way of which ", in_quotes(y.value.value), " depends on what xs names"});

  i64 bytes = static_cast<i64>(n.inputs.size()) * 8;
  cut.values = static_cast<int>(n.inputs.size());
  cut.steps.reserve(path.size());
  for (int p : path) {
    node& from = g.nodes[at(p)];
    graph_slice::step& s = cut.steps.emplace_back();
    s.op = from.op.hand_over(), s.name = from.name;  // folding and fusing remove nodes, but none that runs a slice
    for (const row_and_rule& r : cut.rules)
      if (r.row == &from.op.info()) s.rule = r.rule;
    if (from.op.info().slice != nullptr) cut.order = std::max(cut.order, 1 + static_cast<const Gradient*>(from.op.get())->cut.order);
    for (int v : from.inputs) s.inputs.push_back(v < 0 ? -1 : number[at(v)]);
    for (int v : from.outputs) s.outputs.push_back(v < 0 || number[at(v)] >= 0 ? -1 : number[at(v)] = cut.values++);
    bytes += static_cast<i64>(sizeof s + s.name.size() + 4 * (s.inputs.size() + s.outputs.size()) + 48);
  }
  if (cut.order > highest_order) return fail(code::limit, {"is a derivative of order ", cut.order, ", and at most ", highest_order, " are supported"});
  if (depends[at(named.back())]) cut.y = number[at(named.back())];
  return bytes;
}

inline std::string Gradient::without_gradient(const graph& g, std::span<const int> path, std::span<const int> named,
                                              std::span<const dtype> known) const {
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<bool> from_x(g.values.size()), to_y(g.values.size());
  const auto any = [&](const std::vector<int>& list, const std::vector<bool>& of) {
    return std::ranges::any_of(list, [&](int v) { return v >= 0 && of[at(v)]; });
  };
  for (int v : named.first(xs.value.value.size())) from_x[at(v)] = true;
  for (int p : path) {
    const node& n = g.nodes[at(p)];
    if (!any(n.inputs, from_x)) continue;
    for (int v : n.outputs)
      if (v >= 0) from_x[at(v)] = is_smooth(known[at(v)] != dtype::none ? known[at(v)] : cast_to(n.op));
  }
  to_y[at(named.back())] = true;
  std::vector<std::string> found;
  for (std::size_t i = path.size(); i-- > 0;) {
    const node& n = g.nodes[at(path[i])];
    if (!any(n.inputs, from_x) || std::ranges::none_of(n.outputs, [&](int v) { return v >= 0 && to_y[at(v)] && from_x[at(v)]; })) continue;
    for (int v : n.inputs)
      if (v >= 0 && from_x[at(v)]) to_y[at(v)] = true;
    const op_info& info = n.op.info();
    const bool differentiable = info.since == 0 || info.slice != nullptr ||  // one that there is not is told elsewhere
                                std::ranges::any_of(cut.rules, [&](const row_and_rule& r) { return r.row == &info && r.rule != nullptr; });
    if (!differentiable) found.push_back(n.title());
  }
  std::string text;
  constexpr std::size_t most = 10;
  for (std::size_t i = found.size(); i-- > 0 && found.size() - i <= most;) text += join({text.empty() ? "" : ", ", found[i]});
  if (found.empty()) return text;
  return text + (found.size() > most ? ", ... have no gradient" : found.size() > 1 ? " have no gradient" : " has no gradient");
}

inline result<std::vector<variable>> Gradient::differentiate(std::span<const variable> in, int so_many, bool record, guard& within) const {
  if (static_cast<std::size_t>(cut.values) < std::max(in.size(), xs.value.value.size()) || static_cast<std::size_t>(so_many) > xs.value.value.size())
    return fail(code::invalid, {"is of a model's graph, and was cut out of none"});
  std::vector<variable> at(in.begin(), in.end()), of;
  at.resize(static_cast<std::size_t>(cut.values));
  for (std::size_t i = 0; i < xs.value.value.size(); ++i) {
    if (within.sound() && !dtypes::floating.has(in[i].type()))
      return fail(code::unsupported, {"xs names ", in_quotes(xs.value.value[i]), ", which is ", full_name(in[i].type()), " and has no gradient"});
    at[i] = detail::joint(in[i], record);
    of.push_back(at[i]);
  }
  for (const graph_slice::step& s : cut.steps) {
    std::vector<variable> args;
    for (int v : s.inputs) args.push_back(v < 0 ? variable() : at[static_cast<unsigned>(v)]);
    const bool wanted = std::ranges::any_of(args, [](const variable& v) { return v.wants_gradient(); });
    const op_info& info = s.op.info();
    const std::string title = tenon::title(info.name, s.name);
    std::vector<variable> made;
    if (info.slice != nullptr) {
      auto inner = static_cast<const Gradient*>(s.op.get())->differentiate(args, static_cast<int>(s.outputs.size()), wanted, within);
      if (!inner.has_value()) return wrap(inner.error(), {title, ": "});
      made = std::move(*inner);
    } else {
      within.title = title;
      auto out = detail::record(info, s.op.get(), [](const void* op) { return std::shared_ptr<const void>(std::shared_ptr<void>(), op); },
                                s.rule, args, static_cast<int>(s.outputs.size()));
      within.title = {};
      if (!out.has_value()) return std::unexpected(std::move(out.error()));
      made = std::move(*out);
    }
    if (!within.sound()) break;
    for (std::size_t i = 0; i < s.outputs.size(); ++i) {
      if (wanted && is_smooth(made[i].type()) && !dtypes::floating.has(made[i].type()))
        return fail(code::unsupported, {title, " makes ", full_name(made[i].type()), ", which has no gradient"});
      if (s.outputs[i] >= 0) at[static_cast<unsigned>(s.outputs[i])] = std::move(made[i]);
    }
  }
  result<gradients> found;
  if (within.sound() && cut.y >= 0) {
    const variable& whole = at[static_cast<unsigned>(cut.y)];
    if (!dtypes::floating.has(whole.type()))
      return fail(code::unsupported, {"y names ", in_quotes(y.value.value), ", which is ", full_name(whole.type()), " and has no gradient"});
    if (whole.wants_gradient()) {
      const variable one = detail::constant(any_tensor::try_make(whole.type(), {}, &within), &within) + 1;
      const variable dy = apply(Expand{}, one, tensor<i64>(shape{whole.rank()}, whole.dims().span()));
      if (within.sound()) found = detail::backward_pass(whole, {.of = of, .dy = dy, .record = record}, true).run();
    }
  }
  if (!found.has_value()) return std::unexpected(found.error());
  std::vector<variable> derivatives;
  for (int i = 0; i < so_many; ++i) {
    const variable& x = of[static_cast<unsigned>(i)];
    const variable* const g = (*found).find(x);
    derivatives.push_back(g != nullptr ? *g : detail::constant(any_tensor::try_make(x.type(), x.dims(), &within), &within));
  }
  if (!within.sound()) return std::unexpected(within.so_far().error());
  return derivatives;
}

}  // namespace ops

namespace detail {

template <class List>
struct gradient_row;
template <class... Op>
struct gradient_row<list<Op...>> {
  static constexpr op_info value = [] {
    op_info r = make_row<ops::Gradient>();
    r.make = []() -> void* { return new ops::Gradient{.cut = {.rules = gradient_rules<list<Op...>>::all}}; };
    return r;
  }();
  static constexpr const op_info* rows[] = {&info_of<Op>..., &value};
};

}  // namespace detail

/// The operators of a list and Gradient, which knows how these are differentiated: what a loader is given instead of the list.
template <class List>
struct differentiable {
  static constexpr const op_info& gradient = detail::gradient_row<typename List::type>::value;
  constexpr operator op_list() const { return {detail::gradient_row<typename List::type>::rows}; }
};

}  // namespace tenon
TENON_COLD_END
