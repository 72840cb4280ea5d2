// Plans: element orders, fused neighbours, places shared by reshapes and results in place.
#include "builder.hpp"
#include "doctest.hpp"

using namespace tenon;
using tests::graph_builder;
using tests::numbers;

namespace {

result<plan> plan_for(const graph& g, const shape& dims) {
  const known in[] = {{dtype::f32, dims, {}}};
  return make_plan(g, in);
}

const planned& value_of(const plan& p, int v) { return p.values[static_cast<unsigned>(v)]; }

}  // namespace

TEST_CASE("a clamp and a sum of equal shapes become part of the convolution before them") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 4, 6, 6}).constant("w", numbers({4, 4, 1, 1})).constant("v", numbers({4, 4, 3, 3}));
  b.node(ops::Conv{}, {"x", "w"}, {"a"}, "one").node(ops::Relu{}, {"a"}, {"b"});
  b.node(ops::Conv{.pads = {1, 1, 1, 1}}, {"b", "v"}, {"c"}, "two").node(ops::Add{}, {"b", "c"}, {"d"});
  b.node(ops::Relu{}, {"d"}, {"e"}).output("e");
  const auto p = plan_for(b.g, {1, 4, 6, 6});
  REQUIRE(p.has_value());
  // x is stored anew channels last? It has four channels: the first convolution reads it in place.
  std::vector<int> nodes;
  for (const step& s : (*p).steps) nodes.push_back(s.node);
  CHECK(nodes == std::vector<int>{0, 2, -1});  // and the output is brought into plain order
  CHECK((*p).fused == std::vector<std::pair<int, int>>{{1, 0}, {3, 2}, {4, 2}});
  CHECK((*p).steps[0].clamp.lo == 0);
  CHECK((*p).steps[1].inputs == std::vector<int>{b.value("b"), b.value("v"), -1, b.value("b")});
  CHECK((*p).steps[1].clamp.lo == 0);
  CHECK((*p).steps[1].outputs == std::vector<int>{b.value("e")});
}

TEST_CASE("a value that somebody else reads is not fused away") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 4, 2, 2}).constant("w", numbers({4, 4, 1, 1}));
  b.node(ops::Conv{}, {"x", "w"}, {"a"}).node(ops::Relu{}, {"a"}, {"b"}).output("a").output("b");
  const auto p = plan_for(b.g, {1, 4, 2, 2});
  REQUIRE(p.has_value());
  CHECK((*p).steps[0].clamp.everything());
  CHECK((*p).steps.size() >= 2);
}

TEST_CASE("a sum that broadcasts, or comes after a clamp, stays a sum") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 4, 2, 2}).constant("w", numbers({4, 4, 1, 1})).constant("k", numbers({4, 1, 1}));
  b.node(ops::Conv{}, {"x", "w"}, {"a"}).node(ops::Relu{}, {"a"}, {"b"}).node(ops::Add{}, {"b", "x"}, {"c"});
  b.node(ops::Conv{}, {"c", "w"}, {"d"}).node(ops::Add{}, {"d", "k"}, {"e"}).output("e");
  const auto p = plan_for(b.g, {1, 4, 2, 2});
  REQUIRE(p.has_value());
  int sums = 0;
  for (const step& s : (*p).steps) sums += s.node == 2 || s.node == 4;
  CHECK(sums == 2);
}

TEST_CASE("convolutions keep images channels last, and nothing is stored anew between them") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 3, 8, 8}).constant("w", numbers({8, 3, 3, 3})).constant("v", numbers({8, 8, 1, 1}));
  b.node(ops::Conv{}, {"x", "w"}, {"a"}).node(ops::Sigmoid{}, {"a"}, {"b"}).node(ops::Conv{}, {"b", "v"}, {"c"});
  b.node(ops::Concat{.axis = i64{1}}, {"c", "b"}, {"k"});
  b.node(ops::MaxPool{.kernel_shape = ints{2, 2}}, {"k"}, {"d"}).node(ops::GlobalAveragePool{}, {"d"}, {"e"});
  b.node(ops::Flatten{}, {"e"}, {"f"}).output("f");
  const auto p = plan_for(b.g, {1, 3, 8, 8});
  REQUIRE(p.has_value());
  for (const step& s : (*p).steps) CHECK(s.node >= 0);
  CHECK(value_of(*p, b.value("c")).stored == order::channels_last);
  // The sigmoid works in place, and flattening moves nothing.
  CHECK(value_of(*p, b.value("a")).offset == value_of(*p, b.value("b")).offset);
  CHECK(value_of(*p, b.value("f")).offset == value_of(*p, b.value("e")).offset);
  CHECK((*p).steps.size() == 6);
}

TEST_CASE("a value that is read once more is not overwritten in place") {
  graph_builder b;
  b.input("x", dtype::f32, {64});
  b.node(ops::Exp{}, {"x"}, {"a"}).node(ops::Relu{}, {"a"}, {"b"}).node(ops::Add{}, {"a", "b"}, {"c"}).output("c");
  const auto p = plan_for(b.g, {64});
  REQUIRE(p.has_value());
  CHECK(value_of(*p, b.value("a")).offset != value_of(*p, b.value("b")).offset);
}
