// Graphs inside of nodes: what they capture, what If, Loop and Scan make of them, and where they end.
#include "doctest.hpp"

#include "operators.hpp"
#include "support/allocations.hpp"
#include "tenon/ops/body.hpp"
#include "load.hpp"

namespace {

using namespace tests::onnx;
using tenon::any_view;
using tenon::dtype;
using tenon::i64;

message number(std::string_view name, float v) { return floats(name, {}, {v}); }

std::string load_error(const message& m) {
  const auto r = load(m);
  return r.has_value() ? "loaded" : r.error().message;
}
std::vector<float> floats_of(const any_view& v) {
  CHECK(v.type == dtype::f32);
  return v.type == dtype::f32 ? std::vector<float>(v.as<float>(), v.as<float>() + v.size()) : std::vector<float>();
}
bool* flag(bool v) {
  static bool flags[2] = {false, true};
  return &flags[v];
}
any_view truth(bool v) { return {dtype::boolean, tenon::shape{}, reinterpret_cast<const std::byte*>(flag(v))}; }

/// y = cond ? x + w : x * k, where x and w are values of the graph around, and k of the branch.
parts choice() {
  parts then_graph, else_graph, p;
  then_graph.nodes = {node("Add", "more", {"x", "w"}, {"t"})};
  then_graph.outputs = {value("t", dtype::f32, {3})};
  else_graph.nodes = {node("Mul", "less", {"x", "k"}, {"e"})};
  else_graph.initializers = {number("k", 0.5f)};
  else_graph.outputs = {value("e", dtype::f32, {3})};
  p.nodes = {node("Relu", "first", {"a"}, {"x"}),
             node("If", "choice", {"c"}, {"s"}, {subgraph("then_branch", then_graph.graph()), subgraph("else_branch", else_graph.graph())}),
             node("Relu", "last", {"s"}, {"y"})};
  p.initializers = {floats("w", {3}, {10, 20, 30})};
  p.inputs = {value("a", dtype::f32, {3}), value("c", dtype::boolean, {})};
  p.outputs = {value("y", dtype::f32, {3})};
  return p;
}

}  // namespace

TEST_CASE("If runs the branch that is wanted, which reads what lies around it") {
  const message bytes = choice().model();
  auto m = load(bytes);
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  if (!m.has_value()) return;
  tenon::session s(*m);
  const tenon::tensor<float> a({3}, {1, 2, -3});
  for (bool c : {true, false, true}) {
    const any_view in[] = {a, truth(c)};
    auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    if (y.has_value()) CHECK(floats_of((*y)[0]) == (c ? std::vector<float>{11, 22, 30} : std::vector<float>{0.5f, 1, 0}));
  }
  const tenon::tensor<bool> two({2}, {true, false});
  parts p = choice();
  p.inputs[1] = value("c", dtype::boolean, {-1});
  const message loose = p.model();
  auto n = load(loose);
  if (!n.has_value()) return;
  tenon::session t(*n);
  const any_view in[] = {a, two};
  const auto y = t.try_run(in);
  CHECK((!y.has_value() && y.error().message == "If 'choice': cond is bool [2] where one bool is expected"));
}

TEST_CASE("a model that owns its weights lets go of the file's bytes, also those that branches read") {
  std::string bytes = choice().model().bytes;
  const auto raw = std::as_bytes(std::span(bytes));
  auto m = tenon::onnx::try_load(raw, all_operators(), {.detach = true});
  REQUIRE(m.has_value());
  if (!m.has_value()) return;
  std::memset(bytes.data(), 0xee, bytes.size());
  tenon::session s(*m);
  const tenon::tensor<float> a({3}, {1, 2, 3});
  const any_view yes[] = {a, truth(true)}, no[] = {a, truth(false)};
  if (auto y = s.try_run(yes); y.has_value()) CHECK(floats_of((*y)[0]) == std::vector<float>{11, 22, 33});
  if (auto y = s.try_run(no); y.has_value()) CHECK(floats_of((*y)[0]) == std::vector<float>{0.5f, 1, 1.5f});
}

TEST_CASE("Loop carries values, stacks others, and stops by number or by condition") {
  // v, i -> v * 2; scans v + i; goes on while i < stop, which is there as a float that counts down.
  parts body, p;
  body.nodes = {node("Mul", "double", {"v", "two"}, {"w"}), node("Cast", "index", {"i"}, {"f"}, {integer("to", 1)}),
                node("Add", "seen", {"v", "f"}, {"z"}), node("Sub", "down", {"left", "one"}, {"rest"}),
                node("Cast", "more", {"rest"}, {"go"}, {integer("to", 9)})};
  body.initializers = {number("one", 1)};
  body.inputs = {value("i", dtype::i64, {}), value("c", dtype::boolean, {}), value("v", dtype::f32, {2}), value("left", dtype::f32, {})};
  body.outputs = {value("go", dtype::boolean, {}), value("w", dtype::f32, {2}), value("rest", dtype::f32, {}), value("z", dtype::f32, {2})};
  p.initializers = {number("two", 2)};
  p.nodes = {node("Loop", "steps", {"m", "", "x", "n"}, {"y", "r", "zs"}, {subgraph("body", body.graph())})};
  p.inputs = {value("m", dtype::i64, {}), value("x", dtype::f32, {2}), value("n", dtype::f32, {})};
  p.outputs = {value("y", dtype::f32, {2}), value("zs", dtype::f32, {-1, 2})};
  const message bytes = p.model();
  auto m = load(bytes);
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  if (!m.has_value()) return;
  tenon::session s(*m);
  const auto run = [&](i64 most, float stop) {
    const tenon::tensor<i64> trips(tenon::shape{}, {most});
    const tenon::tensor<float> x({2}, {1, 3}), n(tenon::shape{}, {stop});
    const any_view in[] = {trips, x, n};
    auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    return std::pair(floats_of((*y)[0]), (*y)[1]);
  };
  auto [y, zs] = run(3, 100);
  CHECK(y == std::vector<float>{8, 24});
  CHECK(zs.dims == tenon::shape{3, 2});
  CHECK(floats_of(zs) == std::vector<float>{1, 3, 3, 7, 6, 14});
  auto [once, one] = run(100, 1);
  CHECK(once == std::vector<float>{2, 6});
  CHECK(floats_of(one) == std::vector<float>{1, 3});
  auto [none, nothing] = run(0, 1);
  CHECK(none == std::vector<float>{1, 3});
  CHECK(nothing.dims == tenon::shape{0, 2});
}

TEST_CASE("IR versions 3 to 14 are read, and older and newer ones refused") {
  for (int ir = 2; ir <= 15; ++ir) {
    parts p;
    p.ir = ir, p.opset = 7;
    p.nodes = {node("Add", "sum", {"x", "w"}, {"y"})};
    p.initializers = {floats("w", {3}, {10, 20, 30})};
    p.inputs = {value("x", dtype::f32, {3})};
    if (ir < 4) p.inputs.push_back(value("w", dtype::f32, {3}));  // all initializers were inputs then
    p.outputs = {value("y", dtype::f32, {3})};
    const message bytes = p.model();
    const auto m = load(bytes);
    if (ir < 3 || ir > 14) {
      CHECK(load_error(bytes) == "IR version " + std::to_string(ir) + " is unknown (3 to 14 are known)");
      continue;
    }
    REQUIRE_MESSAGE(m.has_value(), ir);
    const tenon::tensor<float> x({3}, {1, 2, 3});
    const any_view in[] = {x.look()};
    tenon::session s(*m);
    const auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), ir);
    CHECK(floats_of((*y)[0]) == std::vector<float>{11, 22, 33});
  }
}

TEST_CASE("a loop without end is stopped by the number of nodes it runs, and the session goes on") {
  parts body, p;
  body.nodes = {node("Identity", "same", {"c"}, {"go"}), node("Add", "grow", {"v", "v"}, {"w"})};
  body.inputs = {value("i", dtype::i64, {}), value("c", dtype::boolean, {}), value("v", dtype::f32, {})};
  body.outputs = {value("go", dtype::boolean, {}), value("w", dtype::f32, {})};
  p.nodes = {node("Loop", "forever", {"", "c", "x"}, {"y"}, {subgraph("body", body.graph())})};
  p.inputs = {value("c", dtype::boolean, {}), value("x", dtype::f32, {})};
  p.outputs = {value("y", dtype::f32, {})};
  const message bytes = p.model();
  auto m = load(bytes);
  REQUIRE(m.has_value());
  if (!m.has_value()) return;
  tenon::session s(*m, {.max_nodes = 10'000});
  const tenon::tensor<float> x(tenon::shape{}, {1});
  const any_view in[] = {truth(true), x}, out[] = {truth(false), x};
  auto y = s.try_run(in);
  REQUIRE(!y.has_value());
  if (!y.has_value()) CHECK(y.error().message == "Loop 'forever': more than 10000 nodes would have run, the most that one run may: a loop without end?");
  CHECK(s.try_run(out).has_value());
  tenon::session few(*m, {.max_macs = 1000});  // 2 for the loop, 5 for each body and 2 for what it gives
  y = few.try_run(in);
  REQUIRE(!y.has_value());
  if (!y.has_value()) CHECK(y.error().message == "Loop 'forever': a run takes 5 multiply-adds, 3 of them for Add 'grow', more than the 4 that are left of 1000");
  CHECK(few.try_run(out).has_value());
  // Nothing to run inside does not make it endless either.
  body.nodes.clear();
  body.outputs = {value("c", dtype::boolean, {}), value("v", dtype::f32, {})};
  p.nodes = {node("Loop", "forever", {"", "c", "x"}, {"y"}, {subgraph("body", body.graph())})};
  const message empty = p.model();
  auto n = load(empty);
  REQUIRE(n.has_value());
  if (!n.has_value()) return;
  tenon::session t(*n, {.max_nodes = 10'000});
  CHECK(!t.try_run(in).has_value());
  // Stacked outputs end at the limit of memory.
  body.outputs.push_back(value("v", dtype::f32, {}));
  p.nodes = {node("Loop", "forever", {"", "c", "x"}, {"y", "all"}, {subgraph("body", body.graph())})};
  const message wide = p.model();
  auto o = load(wide);
  REQUIRE(o.has_value());
  if (!o.has_value()) return;
  tenon::session u(*o, {.max_memory = 4000});
  y = u.try_run(in);
  REQUIRE(!y.has_value());
  if (!y.has_value()) CHECK(y.error().message.starts_with("Loop 'forever': a tensor of shape [] does not fit the "));
}

TEST_CASE("Scan walks slices, forwards or backwards, along any axis") {
  parts body, p;
  body.nodes = {node("Add", "sum", {"state", "slice"}, {"next"}), node("Identity", "copy", {"next"}, {"out"})};
  body.inputs = {value("state", dtype::f32, {2}), value("slice", dtype::f32, {2})};
  body.outputs = {value("next", dtype::f32, {2}), value("out", dtype::f32, {2})};
  const auto with = [&](std::initializer_list<message> more) {
    std::vector<message> all{subgraph("body", body.graph()), integer("num_scan_inputs", 1)};
    all.insert(all.end(), more);
    message n = node("Scan", "sums", {"s", "x"}, {"y", "ys"});
    for (const message& a : all) n.add(5, a);
    p.nodes = {n};
    p.inputs = {value("s", dtype::f32, {2}), value("x", dtype::f32, {-1, -1})};
    p.outputs = {value("y", dtype::f32, {2}), value("ys", dtype::f32, {-1, -1})};
    return p.model();
  };
  const auto run = [&](const message& bytes, const tenon::shape& dims) {
    auto m = load(bytes);
    REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
    tenon::session s(*m);
    const tenon::tensor<float> state({2}, {0, 0}), x(dims, {1, 2, 3, 4, 5, 6});
    const any_view in[] = {state, x};
    auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    return std::pair(floats_of((*y)[0]), floats_of((*y)[1]));
  };
  using v = std::vector<float>;
  CHECK(run(with({}), {3, 2}) == std::pair(v{9, 12}, v{1, 2, 4, 6, 9, 12}));
  CHECK(run(with({integers("scan_input_axes", {1})}), {2, 3}) == std::pair(v{6, 15}, v{1, 4, 3, 9, 6, 15}));
  CHECK(run(with({integers("scan_input_directions", {1})}), {3, 2}) == std::pair(v{9, 12}, v{5, 6, 8, 10, 9, 12}));
  CHECK(run(with({integers("scan_output_axes", {1}), integers("scan_output_directions", {1})}), {3, 2}) ==
        std::pair(v{9, 12}, v{9, 4, 1, 12, 6, 2}));
}

TEST_CASE("graphs inside of graphs: values of all levels are seen, 64 levels are read, and no more") {
  const auto nested = [](int levels) {
    message inner = parts{.nodes = {node("Add", "deep", {"x", "w"}, {"o"})}, .outputs = {value("o", dtype::f32, {})}}.graph();
    for (int i = 1; i < levels; ++i)
      inner = parts{.nodes = {node("If", "", {"c"}, {"o"}, {subgraph("then_branch", inner), subgraph("else_branch",
                                   parts{.outputs = {value("x", dtype::f32, {})}}.graph())})},
                    .outputs = {value("o", dtype::f32, {})}}.graph();
    parts p;
    p.nodes = {node("If", "top", {"c"}, {"y"}, {subgraph("then_branch", inner), subgraph("else_branch", inner)})};
    p.initializers = {number("w", 41)};
    p.inputs = {value("x", dtype::f32, {}), value("c", dtype::boolean, {})};
    p.outputs = {value("y", dtype::f32, {})};
    return p.model();
  };
  const tenon::tensor<float> x(tenon::shape{}, {1});
  const any_view yes[] = {x, truth(true)};
  for (int levels : {1, 2, 7}) {
    const message bytes = nested(levels);
    auto m = load(bytes);
    REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
    if (!m.has_value()) return;
    tenon::session s(*m);
    auto y = s.try_run(yes);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    if (y.has_value()) CHECK(floats_of((*y)[0]) == std::vector<float>{42});
  }
}

TEST_CASE("what is wrong inside of graphs is told with everything else") {
  parts p = choice();
  parts broken;
  broken.nodes = {node("Nothing", "odd", {"x"}, {"t"}), node("Add", "lost", {"x", "nowhere"}, {"u"})};
  broken.outputs = {value("t", dtype::f32, {3})};
  p.nodes[1] = node("If", "choice", {"c"}, {"s"}, {subgraph("then_branch", broken.graph()), integer("else_branch", 3)});
  CHECK(load_error(p.model()) ==
        "3 faults in the model:\n"
        "If 'choice': attribute else_branch is an int where a graph is expected\n"
        "Add 'lost': input 1 is 'nowhere', which nothing defines\n"
        "Nothing 'odd': there is no operator 'Nothing' (opset 28)");
  message deep = parts{.nodes = {node("Relu", "", {"x"}, {"o"})}, .outputs = {value("o", dtype::f32, {})}}.graph();
  for (int i = 0; i < 65; ++i)
    deep = parts{.nodes = {node("Loop", "", {}, {"o"}, {subgraph("body", deep)})}, .outputs = {value("o", dtype::f32, {})}}.graph();
  const message m = message().number(1, 14).add(7, deep).add(8, message().number(2, 28));
  CHECK(load_error(m).find("Loop: graphs inside of nodes are nested more than 64 deep") != std::string::npos);
}

TEST_CASE("a state goes from an output of one run into an input of the next") {
  parts p;
  p.nodes = {node("Add", "sum", {"x", "state"}, {"next"}), node("Mul", "", {"next", "two"}, {"y"})};
  p.initializers = {number("two", 2)};
  p.inputs = {value("x", dtype::f32, {2}), value("state", dtype::f32, {2})};
  p.outputs = {value("y", dtype::f32, {2}), value("next", dtype::f32, {2})};
  const message bytes = p.model();
  auto m = load(bytes);
  REQUIRE(m.has_value());
  if (!m.has_value()) return;
  tenon::session s(*m);
  CHECK(s.try_carry("next", "stat").error().message == "the model has no input 'stat'");
  CHECK(s.try_carry("y2", "state").error().message == "the model has no output 'y2'");
  REQUIRE(s.try_carry("next", "state").has_value());
  const tenon::tensor<float> x({2}, {1, 10}), other({2}, {100, 100});
  const auto run = [&](const any_view& state) {
    const any_view in[] = {x, state};
    auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    return floats_of((*y)[0]);
  };
  using v = std::vector<float>;
  CHECK(run({}) == v{2, 20});
  CHECK(run({}) == v{4, 40});
  const auto before = tests::allocations();
  const any_view in[] = {x, {}};
  for (int i = 0; i < 10; ++i) CHECK(s.try_run(in).has_value());
  CHECK(tests::allocations() == before);
  CHECK(run(other) == v{202, 220});
  CHECK(run({}) == v{204, 240});
  REQUIRE(s.restart().has_value());
  CHECK(run({}) == v{2, 20});
}

TEST_CASE("FlexAttention runs its graphs, either or both, which see what lies around them") {
  const auto run = [](bool scores, bool weights) {
    parts score, weight, p;
    score.nodes = {node("Mul", "", {"s", "zero"}, {"even"})};  // all keys count the same
    score.inputs = {value("s", dtype::f32, {1, 2, 1, 2})}, score.outputs = {value("even", dtype::f32, {1, 2, 1, 2})};
    weight.nodes = {node("Mul", "", {"w", "two"}, {"twice"})};
    weight.initializers = {number("two", 2)};
    weight.inputs = {value("w", dtype::f32, {1, 2, 1, 2})}, weight.outputs = {value("twice", dtype::f32, {1, 2, 1, 2})};
    p.nodes = {node("FlexAttention", "f", {"q", "k", "v"}, {"y"}, {}, "ai.onnx.preview")};
    if (scores && weights)
      p.nodes = {node("FlexAttention", "f", {"q", "k", "v"}, {"y"}, {subgraph("prob_mod", weight.graph()), subgraph("score_mod", score.graph())}, "ai.onnx.preview")};
    else if (scores) p.nodes = {node("FlexAttention", "f", {"q", "k", "v"}, {"y"}, {subgraph("score_mod", score.graph())}, "ai.onnx.preview")};
    p.initializers = {number("zero", 0), floats("q", {1, 2, 1, 1}, {1, 1}), floats("k", {1, 1, 2, 1}, {0, 1000})};
    p.inputs = {value("v", dtype::f32, {1, 1, 2, 1})}, p.outputs = {value("y", dtype::f32, {1, 2, 1, 1})};
    p.domains = {{"ai.onnx.preview", 1}};
    const message bytes = p.model();
    auto m = load(bytes);
    REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
    tenon::session s(*m);
    const tenon::tensor<float> v({1, 1, 2, 1}, {3, 5});
    const any_view in[] = {v.look()};
    auto y = s.try_run(in);
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    return floats_of((*y)[0]);
  };
  using v = std::vector<float>;
  CHECK(run(false, false) == v{5, 5});
  CHECK(run(true, false) == v{4, 4});
  CHECK(run(true, true) == v{8, 8});
}

TEST_CASE("nodes draw numbers of their own, the same in every run, and those of a seed the same ones") {
  parts p;
  p.nodes = {node("RandomUniform", "", {}, {"a"}, {integers("shape", {8})}), node("RandomUniform", "", {}, {"b"}, {integers("shape", {8})}),
             node("RandomUniform", "", {}, {"c"}, {integers("shape", {8}), real("seed", 1)}), node("RandomUniform", "", {}, {"d"}, {integers("shape", {8}), real("seed", 1)})};
  for (const char* name : {"a", "b", "c", "d"}) p.outputs.push_back(value(name, dtype::f32, {8}));
  const message bytes = p.model();
  auto m = load(bytes);
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  std::vector<float> first;
  for (int again = 0; again < 2; ++again) {
    tenon::session s(*m);
    auto y = s.try_run({});
    REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
    const auto a = floats_of((*y)[0]);
    CHECK((a != floats_of((*y)[1]) && a != floats_of((*y)[2])));
    CHECK(floats_of((*y)[2]) == floats_of((*y)[3]));
    if (again == 0) first = a;
    CHECK(first == a);
  }
}

TEST_CASE("Scan of opset 8 runs every entry of its batch by itself, as long as it is") {
  parts body, p;
  body.nodes = {node("Add", "", {"s", "e"}, {"sum"}), node("Mul", "", {"sum", "k"}, {"out"})};
  body.inputs = {value("s", dtype::f32, {}), value("e", dtype::f32, {})};
  body.outputs = {value("sum", dtype::f32, {}), value("out", dtype::f32, {})};
  p.nodes = {node("Scan", "scan", {"lengths", "start", "x"}, {"last", "all"}, {subgraph("body", body.graph()), integer("num_scan_inputs", 1), integers("directions", {1})})};
  p.initializers = {floats("start", {2}, {10, 20})};
  p.inputs = {value("lengths", dtype::i64, {2}), value("x", dtype::f32, {2, 3}), value("k", dtype::f32, {})};
  p.outputs = {value("last", dtype::f32, {2}), value("all", dtype::f32, {2, 3})};
  p.opset = 8;
  const message bytes = p.model();
  auto m = load(bytes);
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  tenon::session s(*m);
  const tenon::tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6}), k({}, {2});
  const auto run = [&](std::initializer_list<i64> lengths) {
    const tenon::tensor<i64> n({2}, lengths);
    const any_view in[] = {n.look(), x.look(), k.look()};
    auto y = s.try_run(in);
    return y.has_value() ? std::pair(floats_of((*y)[0]), floats_of((*y)[1])) : std::pair(std::vector<float>(), std::vector<float>());
  };
  using v = std::vector<float>;
  CHECK(run({3, 2}) == std::pair(v{16, 29}, v{26, 30, 32, 50, 58, 0}));
  CHECK(run({3, 4}) == std::pair(v(), v()));
  CHECK(run({-1, 1}) == std::pair(v(), v()));
  CHECK(run({0, 3}) == std::pair(v{10, 35}, v{0, 0, 0, 52, 62, 70}));
}
