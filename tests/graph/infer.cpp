// Shape inference over a graph: every fault at once, elements where they follow from shapes.
#include "builder.hpp"
#include "doctest.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/conv.hpp"
#include "tenon/ops/matmul.hpp"
#include "tenon/ops/shape.hpp"

using namespace tenon;
using tests::graph_builder;
using tests::numbers;

TEST_CASE("shapes follow from the inputs through all nodes") {
  graph_builder b;
  b.input("x", dtype::f32, {-1, 3, 8, 8}).constant("w", numbers({4, 3, 3, 3})).constant("s", tensor<i64>({2}, {0, -1}));
  b.node(ops::Conv{.pads = {1, 1, 1, 1}, .strides = {2, 2}}, {"x", "w"}, {"y"}, "stem");
  b.node(ops::Reshape{}, {"y", "s"}, {"z"}).output("z");
  const known in[] = {{dtype::f32, {5, 3, 8, 8}, {}}};
  const auto r = infer_shapes(b.g, in);
  REQUIRE(r.has_value());
  CHECK((*r).at[static_cast<unsigned>(b.value("y"))].dims == shape{5, 4, 4, 4});
  CHECK((*r).at[static_cast<unsigned>(b.value("z"))].dims == shape{5, 64});
  CHECK((*r).nodes[0] == inferred::runs);
}

TEST_CASE("three faults in one model are reported together, and what depends on them is not") {
  graph_builder b;
  b.input("x", dtype::f32, {2, 3}).constant("k", tensor<i64>({2}, {4, 5}));
  b.node(ops::MatMul{}, {"x", "x"}, {"a"}, "fc1");
  b.node(ops::Reshape{}, {"x", "k"}, {"b"}, "fold");
  b.node(ops::Add{}, {"x", "k"}, {"c"}, "sum");
  b.node(ops::Relu{}, {"a"}, {"d"}, "after").output("d");
  const known in[] = {{dtype::f32, {2, 3}, {}}};
  const auto r = infer_shapes(b.g, in);
  REQUIRE(!r.has_value());
  CHECK(r.error().message ==
        "3 faults in the model:\n"
        "MatMul 'fc1': inner dimensions differ: [2,3] x [2,3]\n"
        "Reshape 'fold': shape [4,5] does not fit the 6 elements of [2,3]\n"
        "Add 'sum': input B is int64 where float32 is expected");
}

TEST_CASE("elements that follow from constants are known ahead, up to a size") {
  graph_builder b;
  b.input("x", dtype::f32, {1}).constant("k", tensor<i64>({2}, {2, 3})).constant("one", tensor<i64>({1}, {1}));
  b.node(ops::Add{}, {"k", "one"}, {"shape"}).node(ops::Reshape{}, {"x", "shape"}, {"y"}).output("y");
  const known in[] = {{dtype::f32, {12}, {}}};
  const auto r = infer_shapes(b.g, in);
  REQUIRE(r.has_value());
  CHECK((*r).nodes[0] == inferred::folded);
  CHECK((*r).at[static_cast<unsigned>(b.value("y"))].dims == shape{3, 4});
  CHECK(worth_folding(100, 1 << 20));
  CHECK(!worth_folding(100, (1 << 20) + 1));
  CHECK(worth_folding(1 << 20, 4 << 20));
}

TEST_CASE("a shape that is only known when the model runs is inferred later") {
  graph_builder b;
  b.input("x", dtype::f32, {-1}).input("s", dtype::i64, {2});
  b.node(ops::Reshape{}, {"x", "s"}, {"y"}).node(ops::Relu{}, {"y"}, {"z"}).output("z");
  const known in[] = {{dtype::f32, {6}, {}}, {dtype::i64, {2}, {}}};
  const auto r = infer_shapes(b.g, in);
  REQUIRE(r.has_value());
  CHECK((*r).nodes[0] == inferred::later);
  CHECK((*r).nodes[1] == inferred::later);
}
