// Plans: element orders, fused neighbours, places shared by reshapes and results in place.
#include "builder.hpp"
#include "doctest.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/conv.hpp"
#include "tenon/ops/gather.hpp"
#include "tenon/ops/generate.hpp"
#include "tenon/ops/move.hpp"
#include "tenon/ops/pad.hpp"
#include "tenon/ops/pool.hpp"
#include "tenon/ops/select.hpp"
#include "tenon/ops/shape.hpp"
#include "tenon/ops/slice.hpp"

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

TEST_CASE("a shape put together from shapes is known before the run") {
  // What exporters write for x.reshape(x.shape[0], -1), and for x.expand and x[:, :n].
  graph_builder b;
  b.input("x", dtype::f32, {-1, 3, 4}).constant("i", tensor<i64>(shape{}, {0})).constant("zero", tensor<i64>({1}, {0}));
  b.constant("rest", tensor<i64>({1}, {-1})).constant("two", tensor<i64>({1}, {2})).constant("one", tensor<i64>({1}, {1}));
  b.node(ops::Shape{}, {"x"}, {"shape"}).node(ops::Gather{}, {"shape", "i"}, {"rows"}).node(ops::Unsqueeze{}, {"rows", "zero"}, {"n"});
  b.node(ops::Concat{.axis = i64{0}}, {"n", "rest"}, {"wanted"}).node(ops::Reshape{}, {"x", "wanted"}, {"y"});
  b.node(ops::Shape{}, {"y"}, {"flat"}).node(ops::Slice{}, {"flat", "one", "two"}, {"columns"}).node(ops::Div{}, {"columns", "two"}, {"half"});
  b.node(ops::Slice{}, {"y", "zero", "half", "one"}, {"z"}).node(ops::ConstantOfShape{}, {"half"}, {"w"}).node(ops::Add{}, {"z", "w"}, {"v"});
  b.output("v");
  const auto p = plan_for(b.g, {5, 3, 4});
  REQUIRE(p.has_value());
  std::vector<int> nodes;
  for (const step& s : (*p).steps) {
    CHECK(!s.deferred);
    nodes.push_back(s.node);
  }
  CHECK(nodes == std::vector<int>{8, 10});  // Slice and Add
  CHECK(value_of(*p, b.value("v")).what.dims == shape{5, 6});
  const model m = b.model();
  session s(m);
  const tensor<float> x = numbers({5, 3, 4});
  const any_view v = s.run({x.look()})[0];
  CHECK(v.as<float>()[7] == x.data()[13]);
}

TEST_CASE("slices and pads of images stay as the convolutions around them have them") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 8, 6, 6}).constant("w", numbers({8, 8, 1, 1})).constant("v", numbers({8, 4, 1, 1}));
  b.constant("s", tensor<i64>({1}, {2})).constant("e", tensor<i64>({1}, {6})).constant("a", tensor<i64>({1}, {1}));
  b.constant("p", tensor<i64>({8}, {0, 0, 1, 1, 0, 0, 1, 1}));
  b.node(ops::Conv{}, {"x", "w"}, {"c"}).node(ops::Slice{}, {"c", "s", "e", "a"}, {"d"}).node(ops::Pad{}, {"d", "p"}, {"f"});
  b.node(ops::Split{.axis = 1, .num_outputs = 1}, {"f"}, {"h"}).node(ops::Conv{}, {"h", "v"}, {"g"}).output("g");
  const auto p = plan_for(b.g, {1, 8, 6, 6});
  REQUIRE(p.has_value());
  std::vector<int> nodes;
  for (const step& s : (*p).steps) nodes.push_back(s.node);
  CHECK(nodes == std::vector<int>{-1, 0, 1, 2, 3, 4, -1});
  CHECK(value_of(*p, b.value("d")).stored == order::channels_last);
  CHECK(value_of(*p, b.value("f")).stored == order::channels_last);
  // The numbers are those of the same operators one by one.
  const tensor<float> x = numbers({1, 8, 6, 6}), w = numbers({8, 8, 1, 1}), v = numbers({8, 4, 1, 1});
  const any_tensor c = apply(ops::Conv{}, x, w);
  const any_tensor d = apply(ops::Slice{}, c, tensor<i64>({1}, {2}), tensor<i64>({1}, {6}), tensor<i64>({1}, {1}));
  const any_tensor g = apply(ops::Conv{}, pad(d, {0, 0, 1, 1, 0, 0, 1, 1}), v);
  const model m = b.model();
  session s(m);
  const any_view r = s.run({x.look()})[0];
  REQUIRE(r.dims == g.dims());
  CHECK(std::equal(r.as<float>(), r.as<float>() + r.size(), g.as<float>()));
}

TEST_CASE("what depends on elements, and all behind it, is planned when it runs") {
  graph_builder b;
  b.input("x", dtype::f32, {2, 3});
  b.node(ops::NonZero{}, {"x"}, {"at"}).node(ops::Transpose{}, {"at"}, {"pairs"}).node(ops::GatherND{}, {"x", "pairs"}, {"y"}).output("y");
  const model m = b.model();
  session s(m);
  const tensor<float> x({2, 3}, {0, 1, 0, 2, 0, 3}), none({2, 3});
  const any_view y = s.run({x.look()})[0];
  REQUIRE(y.dims == shape{3});
  CHECK(y.as<float>()[2] == 3);
  CHECK(s.run({none.look()})[0].dims == shape{0});
}

TEST_CASE("what moves elements reads images as they are stored") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 8, 3, 3}).constant("w", numbers({8, 8, 1, 1}));
  b.node(ops::Conv{}, {"x", "w"}, {"c"}).node(ops::Concat{.axis = i64{1}}, {"c", "x"}, {"d"}).node(ops::Transpose{.perm = {0, 2, 3, 1}}, {"d"}, {"y"}).output("y");
  const auto p = plan_for(b.g, {1, 8, 3, 3});
  REQUIRE(p.has_value());
  std::vector<int> nodes;
  for (const step& s : (*p).steps) nodes.push_back(s.node);
  CHECK(nodes == std::vector<int>{-1, 0, 1, 2});
  const tensor<float> x = numbers({1, 8, 3, 3}), w = numbers({8, 8, 1, 1});
  const any_tensor c = apply(ops::Conv{}, x, w), y = transpose(concat({c, x}, {.axis = i64{1}}), {.perm = {0, 2, 3, 1}});
  const model m = b.model();
  session s(m);
  const any_view r = s.run({x.look()})[0];
  REQUIRE(r.dims == y.dims());
  CHECK(std::equal(r.as<float>(), r.as<float>() + r.size(), y.as<float>()));
}

TEST_CASE("strings are moved outside of the arena") {
  graph_builder b;
  b.input("x", dtype::string, {2}).constant("two", tensor<i64>({1}, {2}));
  b.node(ops::Concat{.axis = i64{0}}, {"x", "x"}, {"y"}).node(ops::Identity{}, {"y"}, {"z"}).node(ops::Tile{}, {"z", "two"}, {"w"}).output("w");
  const model m = b.model();
  session s(m);
  const tensor<std::string> x({2}, {"a string that is too long for its object", "b"});
  for (int i = 0; i < 2; ++i) {
    const any_view w = s.run({x.look()})[0];
    REQUIRE(w.dims == shape{8});
    CHECK(w.as<std::string>()[6] == "a string that is too long for its object");
    CHECK(w.as<std::string>()[7] == "b");
  }
}
