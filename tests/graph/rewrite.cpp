// What loading does to a graph: constants folded, batch normalisation into filters, weights packed.
#include "builder.hpp"
#include "doctest.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/batch_normalization.hpp"
#include "tenon/ops/conv.hpp"
#include "tenon/ops/matmul.hpp"
#include "tenon/ops/move.hpp"

using namespace tenon;
using tests::graph_builder;
using tests::numbers;

TEST_CASE("nodes of constants become constants") {
  graph_builder b;
  b.input("x", dtype::f32, {2}).constant("a", numbers({2})).constant("b", numbers({2}, 2));
  b.node(ops::Add{}, {"a", "b"}, {"c"}, "sum").node(ops::Mul{}, {"x", "c"}, {"y"}).output("y");
  const model m = b.model();
  CHECK(m.notes().folded == std::vector<std::string>{"Add 'sum'"});
  CHECK(m.nodes().nodes.size() == 1);
}

TEST_CASE("a small file does not grow by folding") {
  graph_builder b;
  b.input("x", dtype::f32, {1}).constant("row", numbers({1, 4000})).constant("column", numbers({4000, 1}));
  b.node(ops::Add{}, {"row", "column"}, {"big"}, "outer").node(ops::Add{}, {"x", "big"}, {"y"}).output("y");
  limited_memory at_load(1 << 20);
  const auto m = model::make(std::move(b.g), &at_load);
  REQUIRE(m.has_value());
  CHECK((*m).notes().folded.empty());  // 32 KB would become 64 MB
  CHECK((*m).nodes().nodes.size() == 2);
}

TEST_CASE("what would take long is not folded") {
  for (const i64 macs : {63, 64}) {
    graph_builder b;
    b.input("x", dtype::f32, {4, 4}).constant("a", numbers({4, 4})).constant("b", numbers({4, 4}, 2));
    b.node(ops::MatMul{}, {"a", "b"}, {"c"}).node(ops::Add{}, {"x", "c"}, {"y"}).output("y");
    folding allowed{.macs = macs};
    const auto m = model::make(std::move(b.g), allowed, false);
    REQUIRE(m.has_value());
    CHECK((*m).notes().folded.size() == (macs == 64 ? 1 : 0));
    const auto x = numbers({4, 4}, 3);
    const any_view in[] = {x.look()};
    CHECK(!session(*m, {.max_macs = 63}).try_run(in).has_value() == (macs == 63));
  }
}

TEST_CASE("weights that a small file generates are made and packed once, where there is memory for it") {
  for (const i64 bytes : {i64{1} << 20, i64{1} << 30}) {
    graph_builder b;
    b.input("x", dtype::f32, {1, 1000}).constant("row", numbers({1, 1000})).constant("column", numbers({1000, 1}));
    b.node(ops::Add{}, {"row", "column"}, {"w"}, "outer").node(ops::MatMul{}, {"x", "w"}, {"y"}).output("y");
    limited_memory at_load(bytes);
    const auto m = model::make(std::move(b.g), &at_load);
    REQUIRE(m.has_value());
    const bool enough = bytes > 4'000'000;
    CHECK((*m).notes().folded.size() == (enough ? 1 : 0));
    CHECK(((*m).nodes().nodes.back().packed.size() >= 4'000'000) == enough);
  }
}

TEST_CASE("packed weights replace the ones they were made of, which are let go") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 64}).constant("w", numbers({64, 64})).node(ops::MatMul{}, {"x", "w"}, {"y"}).output("y");
  limited_memory from(1 << 20);
  const auto m = model::make(std::move(b.g), &from);
  REQUIRE(m.has_value());
  const node& n = (*m).nodes().nodes[0];
  CHECK(n.packed.size() >= 64 * 64 * 4);
  CHECK((*m).nodes().at(n.inputs[1]).constant().bytes == nullptr);
  CHECK((*m).nodes().at(n.inputs[1]).constant().dims == shape{64, 64});
  CHECK((*m).bytes() == static_cast<i64>(n.packed.size()));
  session s(*m);
  const auto x = numbers({1, 64}, 3);
  const auto w = numbers({64, 64});
  const any_view in[] = {x.look()};
  const auto y = s.try_run(in);
  REQUIRE(y.has_value());
  const auto want = matmul(x, w);
  for (i64 i = 0; i < 64; ++i) CHECK((*y)[0].as<float>()[i] == want.as<float>()[i]);
}

TEST_CASE("elements at odd addresses move out of the file") {
  std::vector<std::byte> file(1 + 4 * sizeof(float));
  const float values[] = {1, 2, 3, 4};
  std::memcpy(file.data() + 1, values, sizeof values);
  graph_builder b;
  b.input("x", dtype::f32, {4});
  value_info v;
  v.name = "odd";
  v.borrow(any_view(dtype::f32, {4}, file.data() + 1));
  b.g.add(std::move(v));
  b.node(ops::Add{}, {"x", "odd"}, {"y"}).output("y");
  const model m = b.model();
  session s(m);
  const tensor<float> x({4}, {10, 20, 30, 40});
  const any_view in[] = {x.look()};
  const auto y = s.try_run(in);
  REQUIRE(y.has_value());
  CHECK((*y)[0].as<float>()[3] == 44);
}

TEST_CASE("out of memory while packing is an error") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 64}).constant("w", numbers({64, 64})).node(ops::MatMul{}, {"x", "w"}, {"y"}, "fc").output("y");
  limited_memory little(1000);
  const auto m = model::make(std::move(b.g), &little);
  REQUIRE(!m.has_value());
  CHECK(m.error().what == code::out_of_memory);
}

TEST_CASE("constants per channel become part of the convolution or normalisation before them") {
  for (const bool image : {true, false}) {
    const shape x_dims = image ? shape{1, 2, 3, 3} : shape{1, 2, 3};
    const shape w_dims = image ? shape{2, 2, 1, 1} : shape{2, 2, 1};
    graph_builder b;
    b.input("x", dtype::f32, x_dims).constant("w", numbers(w_dims)).constant("scale", numbers({2, 1, 1}, 2));
    b.constant("shift", numbers({1, 2, 1, 1}, 3)).constant("one", numbers({2}, 4)).constant("var", tensor<float>({2}, {1.f, 2.f}));
    b.node(ops::Conv{}, {"x", "w"}, {"a"}, "conv").node(ops::Mul{}, {"a", "scale"}, {"b"}, "mul").node(ops::Add{}, {"b", "shift"}, {"c"}, "add");
    b.node(ops::Concat{.axis = i64{1}}, {"c", "c"}, {"d"}).node(ops::Relu{}, {"c"}, {"e"});
    b.node(ops::BatchNormalization{}, {"e", "one", "one", "one", "var"}, {"f"}, "norm").node(ops::Mul{}, {"f", "scale"}, {"g"}, "again");
    b.output("d").output("g");
    const model m = b.model();
    if (!image) {  // there a constant [2, 1, 1] is one per image of the batch
      CHECK(m.notes().fused.empty());
      continue;
    }
    CHECK(m.notes().fused == std::vector<std::string>{"Mul 'mul' into Conv 'conv'", "Add 'add' into Conv 'conv'",
                                                      "Mul 'again' into BatchNormalization 'norm'"});
    session s(m);
    const auto x = numbers(x_dims, 5);
    const any_view in[] = {x.look()};
    const auto y = s.try_run(in);
    REQUIRE(y.has_value());
    const auto c = add(mul(conv(x, numbers(w_dims)), numbers({2, 1, 1}, 2)), numbers({1, 2, 1, 1}, 3));
    const any_tensor one(numbers({2}, 4)), var(tensor<float>({2}, {1.f, 2.f})), e = relu(c);
    const any_tensor g = mul(apply(ops::BatchNormalization{}, e, one, one, one, var), numbers({2, 1, 1}, 2));
    for (i64 i = 0; i < 18; ++i) {
      CHECK(std::abs((*y)[0].as<float>()[i] - c.as<float>()[i]) < 1e-6f);
      CHECK(std::abs((*y)[1].as<float>()[i] - g.as<float>()[i]) < 1e-5f);
    }
  }
}
