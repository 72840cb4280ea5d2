// The operator Gradient in models: at which values, of what, how often, and what it says where there is no derivative.
#include "tenon/autodiff/gradient.hpp"

#include "doctest.hpp"
#include "onnx/writer.hpp"
#include "operators.hpp"
#include "tenon/onnx/load.hpp"
#include "tenon/ops/cast.hpp"
#include "tenon/ops/control.hpp"
#include "tenon/ops/softmax.hpp"

namespace tests::onnx {

namespace {

using tenon::dtype;
using nodes = std::vector<message>;
using names = std::initializer_list<std::string_view>;
using operators = tenon::differentiable<tenon::list<tenon::ops::Add, tenon::ops::Mul, tenon::ops::Exp, tenon::ops::Gather, tenon::ops::Cast,
                                                    tenon::ops::Identity, tenon::ops::Hardmax, tenon::ops::Floor, tenon::ops::If>>;

message gradient(names inputs, names outputs, names xs, std::string_view y, names zs = {}) {
  const message all[] = {texts("xs", xs), text("y", y), texts("zs", zs)};
  return node("Gradient", "g", inputs, outputs, {all[0], all[1], all[2]}, "ai.onnx.preview.training");
}
message mul(std::string_view a, std::string_view b, std::string_view c) { return node("Mul", "", {a, b}, {c}); }
message cast(std::string_view from, std::string_view to, dtype d) { return node("Cast", "cast", {from}, {to}, {integer("to", static_cast<int>(d))}); }

message model(const nodes& all, names outputs) {
  parts p;
  p.nodes = all;
  p.inputs = {value("a", dtype::f32, {2}), value("b", dtype::f32, {2}), value("m", dtype::f32, {2, 2}), value("k", dtype::i64, {2}),
              value("yes", dtype::boolean, {})};
  p.initializers = {floats("w", {2}, {10, 20})};
  p.domains = {{"ai.onnx.preview.training", 1}, {"local", 1}};
  for (auto o : outputs) p.outputs.push_back(message().text(1, o));
  return p.model();
}
/// The elements of the outputs, or what is said instead.
std::string run(const message& m, tenon::session_options options = {}) {
  auto loaded = tenon::onnx::try_load<operators>(std::vector<std::byte>(m.span().begin(), m.span().end()));  // which do not outlive it
  if (!loaded.has_value()) return loaded.error().message;
  tenon::session s(*loaded, options);
  const tenon::tensor<float> a({2}, {1, 2}), b({2}, {3, 5}), square({2, 2}, {1, 2, 3, 4});
  const tenon::tensor<tenon::i64> k({2}, {1, 0});
  const tenon::tensor<bool> yes(tenon::shape{}, {true});
  const tenon::any_view in[] = {a, b, square, k, yes};
  std::string text;
  for (int again = 0; again < 2; ++again) {  // the second run finds what the first one left
    text.clear();
    auto out = s.try_run(in);
    if (!out.has_value()) return out.error().message;
    for (const tenon::any_view& v : *out) {
      text += text.empty() ? "" : "; ";
      for (tenon::i64 i = 0; i < v.size(); ++i) text += tenon::join({i == 0 ? "" : " ", static_cast<double>(v.as<float>()[i])});
    }
  }
  return text;
}
std::string run(const nodes& all, names outputs) { return run(model(all, outputs)); }

const message sum = node("Add", "", {"a", "b"}, {"c"}), product = mul("c", "a", "d");  // d = (a + b) * a
const message cube[] = {mul("a", "a", "q"), mul("q", "a", "r")};

}  // namespace

TEST_CASE("derivatives at the values that the node is given") {
  CHECK(run({sum, gradient({"a", "b"}, {"x", "y"}, {"a", "b"}, "c")}, {"x", "y"}) == "1 1; 1 1");
  CHECK(run({sum, product, gradient({"a", "b"}, {"x", "y"}, {"a", "b"}, "d")}, {"d", "x", "y"}) == "4 14; 5 9; 1 2");
  CHECK(run({sum, product, gradient({"b", "a"}, {"x", "y"}, {"a", "b"}, "d")}, {"x", "y"}) == "7 12; 3 5");
  CHECK(run({sum, product, gradient({"a", "b"}, {"", "y"}, {"a", "b"}, "d")}, {"y"}) == "1 2");
  CHECK(run({sum, product, gradient({"a", "b"}, {"x"}, {"a", "b"}, "d")}, {"x"}) == "5 9");
  // Files may list nodes in any order.
  CHECK(run({gradient({"a", "b"}, {"x"}, {"a", "b"}, "d"), product, sum}, {"x"}) == "5 9");
}

TEST_CASE("what is named stands for what is given, and what is not named for what the graph has") {
  CHECK(run({sum, product, gradient({"c", "a"}, {"x", "y"}, {"c", "a"}, "d")}, {"x", "y"}) == "1 2; 4 7");  // c made of a is not looked at
  CHECK(run({sum, product, gradient({"a"}, {"x"}, {"a"}, "d")}, {"x"}) == "5 9");
  CHECK(run({sum, product, gradient({"a", "a"}, {"x"}, {"a"}, "d", {"b"})}, {"x"}) == "3 6");
  CHECK(run({mul("a", "w", "t"), mul("t", "b", "y"), gradient({"a", "w"}, {"x", "v"}, {"a", "w"}, "y")}, {"x", "v"}) == "30 100; 3 10");
  CHECK(run({mul("w", "w", "t"), mul("t", "b", "y"), gradient({"b"}, {"x"}, {"w"}, "y")}, {"x"}) == "18 50");  // a constant, folded elsewhere
}

TEST_CASE("a y that is no scalar is summed, what was broadcast too, and what it does not depend on has zeros") {
  CHECK(run({mul("m", "a", "y"), gradient({"m", "a"}, {"x", "v"}, {"m", "a"}, "y")}, {"x", "v"}) == "1 2 1 2; 4 6");
  CHECK(run({mul("a", "a", "y"), gradient({"b"}, {"x"}, {"b"}, "y")}, {"x"}) == "0 0");
  CHECK(run({mul("a", "a", "y"), gradient({"a", "m"}, {"x", "v"}, {"a", "m"}, "y")}, {"x", "v"}) == "2 4; 0 0 0 0");
  CHECK(run({gradient({"a"}, {"x"}, {"a"}, "a")}, {"x"}) == "1 1");
}

TEST_CASE("derivatives of derivatives") {
  const message first = gradient({"a"}, {"e"}, {"a"}, "r"), second = gradient({"a"}, {"f"}, {"a"}, "e"), third = gradient({"a"}, {"h"}, {"a"}, "f");
  CHECK(run({cube[0], cube[1], first, second, third}, {"e", "f", "h"}) == "3 12; 6 12; 6 6");
  CHECK(run({cube[0], mul("q", "b", "r"), gradient({"a"}, {"e"}, {"a"}, "r"), gradient({"a", "b"}, {"f", "h"}, {"a", "b"}, "e")}, {"f", "h"}) == "6 10; 2 4");
  // At other values than the first: e is 2ab at a = b, so that it is 2b^2, and of its own a nothing is left.
  CHECK(run({cube[0], mul("q", "b", "r"), gradient({"b"}, {"e"}, {"a"}, "r"), gradient({"a", "b"}, {"f", "h"}, {"a", "b"}, "e")}, {"e", "f", "h"}) ==
        "18 50; 0 0; 12 20");
  nodes many{node("Exp", "", {"a"}, {"e0"})};
  for (int i = 0; i < 9; ++i) {
    const std::string from = tenon::join({"e", i}), to = tenon::join({"e", i + 1});
    many.push_back(gradient({"a"}, {to}, {"a"}, from));
  }
  CHECK(run(many, {"e9"}) == "Gradient 'g': is a derivative of order 9, and at most 8 are supported");
}

TEST_CASE("integers end a way back, and operators without a gradient are told together when the model is loaded") {
  CHECK(run({node("Gather", "", {"a", "k"}, {"t"}), mul("t", "b", "y"), gradient({"a", "b"}, {"x", "v"}, {"a", "b"}, "y")}, {"x", "v"}) == "5 3; 2 1");
  CHECK(run({cast("a", "n", dtype::i64), cast("n", "t", dtype::f32), mul("t", "b", "y"), gradient({"a", "b"}, {"x", "v"}, {"a", "b"}, "y")}, {"x", "v"}) ==
        "0 0; 1 2");
  const message floor = node("Floor", "down", {"a"}, {"t"}), hard = node("Hardmax", "hard", {"t"}, {"y"});
  CHECK(run({floor, hard, gradient({"a"}, {"x"}, {"a"}, "y")}, {"x"}) ==
        "Gradient 'g': Floor 'down', Hardmax 'hard' have no gradient, by way of which 'y' depends on what xs names");
  CHECK(run({floor, hard, mul("y", "b", "z"), gradient({"b"}, {"x"}, {"b"}, "z", {})}, {"x"}) == "0 1");
  CHECK(run({floor, hard, mul("y", "b", "z"), gradient({"b", "a"}, {"x"}, {"b"}, "z", {"a"})}, {"x"}) == "0 1");
  CHECK(run({cast("a", "n", dtype::f8e4m3fn), cast("n", "y", dtype::f32), gradient({"a"}, {"x"}, {"a"}, "y")}, {"x"}) ==
        "Gradient 'g': Cast 'cast' makes float8e4m3fn, which has no gradient");
  CHECK(run({gradient({"k"}, {"x"}, {"k"}, "k")}, {"x"}) == "Gradient 'g': xs names 'k', which is int64 and has no gradient");
  CHECK(run({cast("a", "n", dtype::i64), gradient({"a"}, {"x"}, {"a"}, "n")}, {"x"}) == "Gradient 'g': y names 'n', which is int64 and has no gradient");
}

TEST_CASE("names that are wrong") {
  CHECK(run({sum, gradient({"a", "b"}, {"x"}, {"a", "u"}, "v", {})}, {"x"}) ==
        "2 faults in the model:\nGradient 'g': attribute xs names 'u', which nothing defines\nGradient 'g': attribute y names 'v', which nothing defines");
  CHECK(run({sum, gradient({"a"}, {"x"}, {"a", "b"}, "c")}, {"x"}) == "Gradient 'g': takes 2 inputs, one for each of xs and zs, not 1");
  CHECK(run({sum, gradient({"a", ""}, {"x"}, {"a", "b"}, "c")}, {"x"}) == "Gradient 'g': takes 2 inputs, one for each of xs and zs, not 1");
  CHECK(run({sum, gradient({"a"}, {"x", "v"}, {"a"}, "c")}, {"x"}) == "Gradient 'g': gives 1 outputs, one for each of xs, not 2");
  CHECK(run({sum, gradient({"a", "b"}, {"x"}, {"a"}, "c", {"a"})}, {"x"}) == "Gradient 'g': xs and zs name one value twice: 'a'");
  CHECK(run({sum, node("Gradient", "g", {"a"}, {"x"}, {texts("xs", {"a"})}, "ai.onnx.preview.training")}, {"x"}) == "Gradient 'g': attribute y is missing");
  CHECK(run({sum, gradient({"a"}, {"x"}, {"a"}, "")}, {"x"}) == "Gradient 'g': attribute y names '', which nothing defines");
  CHECK(run({sum, gradient({"a"}, {"x"}, {}, "c")}, {"x"}) == "Gradient 'g': attribute xs names nothing");
  CHECK(run({mul("a", "x", "y"), gradient({"a"}, {"x"}, {"a"}, "y")}, {"x"}).starts_with("the graph has a cycle: "));
}

TEST_CASE("without a model there is nothing to differentiate") {
  const tenon::op_info& row = tenon::differentiable<tenon::list<tenon::ops::Add>>::gradient;
  const tenon::any_op op(row);
  const tenon::tensor<float> a({2}, {1, 2});
  const tenon::any_view in[] = {a};
  const auto out = tenon::try_apply(row, op.get(), in, {.outputs = 1});
  REQUIRE(!out.has_value());
  if (!out.has_value()) CHECK(out.error().message == "Gradient: is of a model's graph, and was cut out of none");
}

TEST_CASE("names of a function, and of the graph around a body") {
  message f;  // of p and q: the derivative of p * q at p and 2q, for q
  f.text(1, "F").text(4, "p").text(4, "q").text(5, "r");
  f.add(7, mul("p", "q", "t")).add(7, node("Add", "", {"q", "q"}, {"u"})).add(7, gradient({"p", "u"}, {"v", "r"}, {"p", "q"}, "t"));
  f.add(9, message().number(2, 28)).add(9, message().text(1, "ai.onnx.preview.training").number(2, 1)).text(10, "local");
  message m = model({node("F", "", {"a", "b"}, {"x"}, {}, "local")}, {"x"});
  CHECK(run(m.add(25, f)) == "1 2");

  const auto inside = [](const nodes& some) {
    parts then_graph, else_graph;
    then_graph.nodes = some;
    else_graph.nodes = {node("Identity", "", {"a"}, {"o"})};
    then_graph.outputs = else_graph.outputs = {message().text(1, "o")};
    return run({mul("a", "b", "t"), node("If", "if", {"yes"}, {"x"}, {subgraph("then_branch", then_graph.graph()), subgraph("else_branch", else_graph.graph())})}, {"x"});
  };
  CHECK(inside({mul("a", "b", "s"), gradient({"a", "b"}, {"o"}, {"a"}, "s", {"b"})}) == "3 5");
  CHECK(inside({mul("a", "w", "s"), gradient({"a"}, {"o"}, {"a"}, "s")}) == "10 20");
  CHECK(inside({mul("a", "t", "s"), gradient({"a"}, {"o"}, {"a"}, "s")}) ==
        "Gradient 'g': y depends on 't', which comes from around the graph that the node is in and may depend there on what is given: it has to be named in zs");
}

TEST_CASE("limits hold for what happens inside, and graphs inside run") {
  const message m = model({sum, product, gradient({"a", "b"}, {"x", "y"}, {"a", "b"}, "d")}, {"x", "y"});
  CHECK(run(m, {.max_memory = 2000}).starts_with("Gradient 'g': "));
  CHECK(run(m, {.max_nodes = 8}) == "Gradient 'g': more than 8 nodes would have run, the most that one run may: a loop without end?");
  CHECK(run(m, {.max_nodes = 100}) == "5 9; 1 2");
  // Until it is enough, every limit is an error and none is a trap.
  int refused = 0;
  for (tenon::i64 limit = 0; limit < 20000; limit += 64) refused += !run(m, {.max_memory = limit}).starts_with("5 9");
  CHECK(refused > 10);
  CHECK(refused < 200);
}

}  // namespace tests::onnx
