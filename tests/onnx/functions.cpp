// Functions of a model: what a call becomes, with which attributes and versions, and where unfolding ends.
#include "tenon/onnx/functions.hpp"

#include "doctest.hpp"

#include "rows.hpp"
#include "support/mutation.hpp"
#include "tenon/onnx/import.hpp"
#include "writer.hpp"

namespace {

using namespace tests::onnx;
using tenon::dtype;
using tenon::onnx::import;

/// A FunctionProto of the domain "local".
message function(std::string_view name, std::initializer_list<std::string_view> inputs, std::initializer_list<std::string_view> outputs,
                 std::initializer_list<message> nodes, std::initializer_list<std::string_view> attributes = {},
                 std::initializer_list<message> defaults = {}) {
  message m;
  m.text(1, name);
  for (auto s : inputs) m.text(4, s);
  for (auto s : outputs) m.text(5, s);
  for (auto s : attributes) m.text(6, s);
  for (const message& n : nodes) m.add(7, n);
  m.add(9, message().number(2, 28)).add(9, message().text(1, "tenon").number(2, 1)).text(10, "local");
  for (const message& d : defaults) m.add(11, d);
  return m;
}
/// An attribute whose value is one of the function's.
message refers(std::string_view name, int type, std::string_view to) { return attribute(name, type).text(21, to); }
message calls(std::string_view f, std::string_view name, std::initializer_list<std::string_view> inputs,
              std::initializer_list<std::string_view> outputs, std::initializer_list<message> attributes = {}) {
  return node(f, name, inputs, outputs, attributes, "local");
}

struct made {
  std::vector<message> functions, nodes, outputs{value("y", dtype::f32, {3})};
  message model() const {
    parts p;
    p.nodes = nodes;
    p.initializers = {floats("w", {3}, {1, 2, 3})};
    p.inputs = {value("x", dtype::f32, {-1, 3})};
    p.outputs = outputs;
    p.domains = {{"local", 1}, {"tenon", 1}};
    message m = p.model();
    for (const message& f : functions) m.add(25, f);
    return m;
  }
};

/// "Add call/sum(x,w) -> y" for each node.
std::vector<std::string> lines(const tenon::graph& g) {
  std::vector<std::string> all;
  const auto names = [&](const std::vector<int>& values) {
    std::string s;
    for (int v : values) s += tenon::join({s.empty() ? "" : ",", v < 0 ? "-" : g.at(v).name});
    return s;
  };
  for (const tenon::node& n : g.nodes)
    all.push_back(tenon::join({n.op.info().name, " ", n.name, "(", names(n.inputs), ") -> ", names(n.outputs)}));
  return all;
}
std::vector<std::string> lines(const made& m) {
  const message bytes = m.model();
  auto g = import(bytes.span(), all);
  if (!g.has_value()) return {g.error().message};
  for (const tenon::node& n : (*g).nodes)
    for (int v : n.outputs)
      if (v >= 0) CHECK(&(*g).nodes[static_cast<unsigned>((*g).at(v).producer)] == &n);
  return lines(*g);
}
using those = std::vector<std::string>;

const message twice = function("Twice", {"a", "b"}, {"r"}, {node("Add", "one", {"a", "b"}, {"t"}), node("Add", "", {"t", "b"}, {"r"})});

}  // namespace

TEST_CASE("a call becomes the nodes of the function, with names of its own") {
  CHECK(lines({.functions = {twice}, .nodes = {calls("Twice", "c", {"x", "w"}, {"m"}), calls("Twice", "", {"m", "w"}, {"y"})}}) ==
        those{"Add c/one(x,w) -> c/t", "Add c(c/t,w) -> m", "Add Twice/one(m,w) -> Twice/t", "Add Twice(Twice/t,w) -> y"});
  // One inside of another, listed in any order, and one that nobody calls.
  const message outer = function("Outer", {"a"}, {"r", "s"}, {calls("Twice", "in", {"a", "k"}, {"r"}), node("Constant", "", {}, {"k"}, {real("value_float", 2)}),
                                                         node("Relu", "u", {"r"}, {"s"})});
  const message idle = function("Idle", {}, {"r"}, {node("Nothing", "", {}, {"r"})});
  CHECK(lines({.functions = {outer, idle, twice}, .nodes = {calls("Outer", "o", {"x"}, {"", "y"})}}) ==
        those{"Add o/in/one(x,o/k) -> o/in/t", "Add o/in(o/in/t,o/k) -> o/r", "Relu o/u(o/r) -> y"});
}

TEST_CASE("attributes of a call, their defaults, and those that are left out") {
  const message f = function("F", {"a"}, {"r"},
                             {node("Concat", "c", {"a", "a"}, {"t"}, {refers("axis", 2, "along")}),
                              node("Everything", "e", {"t"}, {"r"}, {refers("real", 1, "scale"), refers("maybe", 1, "open"), integer("integer", 5)}, "tenon")},
                             {"along", "open"}, {real("scale", 0.25f)});
  const auto with = [&](std::initializer_list<message> given) { return made{.functions = {f}, .nodes = {calls("F", "c", {"x"}, {"y"}, given)}}; };
  const auto check = [&](std::initializer_list<message> given, tenon::i64 axis, float real, std::optional<float> maybe) {
    const message bytes = with(given).model();
    auto g = import(bytes.span(), all);
    REQUIRE_MESSAGE(g.has_value(), (g.has_value() ? "" : g.error().message));
    if (!g.has_value()) return;
    CHECK(static_cast<const ops::Concat*>((*g).nodes[0].op.get())->axis.value == axis);
    const auto& e = *static_cast<const ops::Everything*>((*g).nodes[1].op.get());
    CHECK(e.real == real);
    CHECK(e.maybe == maybe);
    CHECK(e.integer == 5);
  };
  check({integer("along", 1)}, 1, 0.25f, std::nullopt);
  check({integer("along", 0), real("scale", 3), real("open", 4)}, 0, 3, 4.f);
  CHECK(lines(with({})) == those{"Concat 'c' of function 'F': attribute axis is missing"});
  CHECK(lines(with({real("along", 1)})) == those{"Concat 'c' of function 'F': attribute axis is a float where an int is expected"});
  CHECK(lines(with({integer("along", 1), integer("across", 1)})) == those{"F 'c': unknown attribute across"});
  CHECK(lines(with({subgraph("along", message())}))[0].find("attribute along is a graph, which a function cannot take") != std::string::npos);
  CHECK(lines({.functions = {}, .nodes = {node("Concat", "c", {"x"}, {"y"}, {refers("axis", 2, "along")})}})[0] ==
        "2 faults in the model:\nConcat 'c': attribute axis refers to one of a function, and this is none\nConcat 'c': attribute axis is missing");
}

TEST_CASE("inputs that a call leaves out, outputs that it does not want, and inputs that come back") {
  const message clip = function("Bound", {"a", "low", "high"}, {"r", "a", "r"}, {node("Clip", "c", {"a", "low", "high"}, {"r"})});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"x", "", "w"}, {"y"})}}) == those{"Clip b/c(x,-,w) -> y"});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"x"}, {"y"})}}) == those{"Clip b/c(x) -> y"});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"x"}, {"", "p", "q"}), node("Add", "s", {"p", "q"}, {"y"})}}) ==
        those{"Identity b(x) -> p", "Clip b/c(x) -> q", "Add s(p,q) -> y"});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"x"}, {"p", "", "q"}), node("Add", "s", {"p", "q"}, {"y"})}}) ==
        those{"Clip b/c(x) -> p", "Identity b(p) -> q", "Add s(p,q) -> y"});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"", "w"}, {"", "y"})}}) ==
        those{"output 'a' of function 'local.Bound' is produced by nothing"});
  CHECK(lines({.functions = {clip}, .nodes = {calls("Bound", "b", {"x", "w", "w", "w"}, {"y"})}}) ==
        those{"Bound 'b': function 'local.Bound' takes 3 inputs and gives 3 outputs, not 4 and 1"});
}

TEST_CASE("overloads, and versions that a function imports") {
  message one = function("F", {"a"}, {"r"}, {node("Relu", "one", {"a"}, {"r"})});
  message two = function("F", {"a"}, {"r"}, {node("Clip", "two", {"a"}, {"r"}, {real("max", 6)})}).text(13, "old");
  two.add(9, message().number(2, 6));  // the first one counts
  message old = message().text(1, "G").text(4, "a").text(5, "r").add(7, node("Clip", "g", {"a"}, {"r"}, {real("max", 6)})).add(9, message().number(2, 6)).text(10, "local");
  CHECK(lines({.functions = {two, one}, .nodes = {calls("F", "c", {"x"}, {"y"})}}) == those{"Relu c/one(x) -> y"});
  CHECK(lines({.functions = {two, one}, .nodes = {calls("F", "c", {"x"}, {"y"}).text(8, "old")}}) ==
        those{"Clip 'two' of function 'F': unknown attribute max"});
  CHECK(lines({.functions = {two}, .nodes = {calls("F", "c", {"x"}, {"y"}).text(8, "older")}}) ==
        those{"F 'c': there is no operator 'F' of domain 'local' (version 1, float32)"});
  CHECK(lines({.functions = {old}, .nodes = {calls("G", "c", {"x"}, {"y"})}}) == those{"Clip c/g(x,-,max of Clip 'g' of function 'G') -> y"});
  CHECK(lines({.functions = {one, one}, .nodes = {calls("F", "c", {"x"}, {"y"})}}) == those{"function 'local.F' is defined twice"});
}

TEST_CASE("what is wrong in a function is told once, with its name") {
  const message bad = function("Bad", {"a"}, {"r", "s"}, {node("Add", "n", {"a", "nowhere"}, {"r"}), node("Erf", "e", {"a"}, {"r"})});
  CHECK(lines({.functions = {bad}, .nodes = {calls("Bad", "c", {"x"}, {"m"}), calls("Bad", "d", {"m"}, {"y"})}}) ==
        those{"4 faults in the model:\n"
             "value 'r' is defined twice, by Add 'n' of function 'Bad' and by Erf 'e' of function 'Bad'\n"
             "output 's' of function 'local.Bad' is produced by nothing\n"
             "Add 'n' of function 'Bad': input 1 is 'nowhere', which nothing defines\n"
             "Erf 'c/e': there is no operator 'Erf' (opset 28, float32)"});
}

TEST_CASE("functions that call themselves, and those that unfold without end") {
  const message self = function("Self", {"a"}, {"r"}, {calls("Other", "o", {"a"}, {"r"})});
  const message other = function("Other", {"a"}, {"r"}, {calls("Self", "s", {"a"}, {"r"})});
  CHECK(lines({.functions = {self, other}, .nodes = {calls("Self", "c", {"x"}, {"y"})}}) ==
        those{"Self 's' of function 'Other': function 'local.Self' calls itself"});
  const auto name = [](int i) { return "F" + std::to_string(i); };
  made chain, tree;
  for (int i = 0; i < 70; ++i) chain.functions.push_back(function(name(i), {"a"}, {"r"}, {calls(name(i + 1), "", {"a"}, {"r"})}));
  chain.functions.push_back(function(name(70), {"a"}, {"r"}, {node("Relu", "", {"a"}, {"r"})}));
  chain.nodes = {calls("F0", "c", {"x"}, {"y"})};
  CHECK(lines(chain) == those{"F64 of function 'F63': function 'local.F64' is called more than 64 deep"});
  chain.nodes = {calls("F10", "c", {"x"}, {"y"})};
  CHECK(lines(chain).size() == 1);
  for (int i = 0; i < 40; ++i)
    tree.functions.push_back(function(name(i), {"a"}, {"r"}, {calls(name(i + 1), "", {"a"}, {"t"}), calls(name(i + 1), "", {"t"}, {"r"})}));
  tree.functions.push_back(function(name(40), {"a"}, {"r"}, {}));
  tree.functions.back() = function(name(40), {"a"}, {"a"}, {});
  tree.nodes = {calls("F0", "c", {"x"}, {"y"})};
  CHECK(lines(tree)[0].find(" more than ") != std::string::npos);
  tree.nodes = {calls("F33", "c", {"x"}, {"y"})};
  CHECK(lines(tree).size() == 128);
}

TEST_CASE("4,000 mutations of a model with functions: an error or a graph") {
  const message f = function("F", {"a", "b"}, {"r"}, {node("Concat", "c", {"a", "b"}, {"t"}, {refers("axis", 2, "along")}), calls("Twice", "in", {"t", "b"}, {"r"})},
                             {}, {integer("along", 1)});
  const std::string model = made{.functions = {f, twice}, .nodes = {calls("F", "c", {"x", "w"}, {"m"}, {integer("along", 0)}), calls("F", "", {"m", "w"}, {"y"})}}.model().bytes;
  REQUIRE(import(std::as_bytes(std::span(model)), all).has_value());
  tests::seeded random{5};
  int imported = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string bytes = tests::mutated(model, random);
    const auto g = import(std::as_bytes(std::span(bytes)), all);
    imported += g.has_value();
    CHECK((g.has_value() || !g.error().message.empty()));
  }
  CHECK(imported > 40);
}
