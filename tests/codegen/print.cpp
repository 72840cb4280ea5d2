// Headers as text: what is printed, what is refused, and that no name of a model gets out of its place.
#include "tenon/codegen/print.hpp"

#include "../doctest.hpp"
#include "../graph/builder.hpp"
#include "tenon/codegen/sizes.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/cast.hpp"
#include "tenon/ops/conv.hpp"
#include "tenon/ops/matmul.hpp"
#include "tenon/ops/move.hpp"
#include "tenon/ops/shape.hpp"
#include "tenon/ops/softmax.hpp"

using namespace tenon;
using tests::graph_builder;
using tests::numbers;

namespace {

result<codegen::printed> print(const model& m, const codegen::header_options& options = {.weights = "m.bin"}) {
  const auto inputs = codegen::set_sizes(m, {});
  if (!inputs.has_value()) return std::unexpected(inputs.error());
  return codegen::print(m, *inputs, options);
}
std::string text_of(const model& m, const codegen::header_options& options = {.weights = "m.bin"}) {
  const auto r = print(m, options);
  return r.has_value() ? (*r).header : "error: " + r.error().message;
}
std::string error_of(const model& m, const codegen::header_options& options = {.weights = "m.bin"}) {
  const auto r = print(m, options);
  return r.has_value() ? "nothing" : r.error().message;
}

}  // namespace

TEST_CASE("one line per step, with what the plan knows") {
  graph_builder b;
  b.input("x", dtype::f32, {1, 2, 5, 5}).constant("w", numbers({4, 2, 3, 3})).constant("t", numbers({4, 1, 1}));
  b.node(ops::Conv{.pads = {1, 1, 1, 1}}, {"x", "w"}, {"a"}, "stem").node(ops::Clip{}, {"a", "", ""}, {"b"});
  b.node(ops::Mul{}, {"a", "t"}, {"c"}).node(ops::LeakyRelu{.alpha = 0.1f}, {"c"}, {"y"}, "last").output("y");
  const std::string s = text_of(b.model());
  CHECK(s.contains("inline constexpr place x = caller<float>(0, {1, 2, 5, 5});\n"));
  CHECK(s.contains("inline constexpr place stem_W_packed = packed<float>({4, 2, 3, 3});\n"));
  CHECK(s.contains("  ops::Conv conv{.pads = {1, 1, 1, 1}};\n"));
  CHECK(s.contains("  run.step(\"Conv 'stem'\", with.conv, {x, stem_W_packed}, {a}, {.scratch = "));
  CHECK(s.contains("ops::LeakyRelu{.alpha = 0x1.99999ap-4f}, {c}, {"));
  CHECK(s.contains("#embed \"m.bin\""));
  CHECK(s.contains("by their FNV-1a: "));
  CHECK(s.contains("using x_dims = tenon::extents<1, 2, 5, 5>;"));
  CHECK(s.contains("using y_view = tenon::view<const float, tenon::extents<1, 4, 5, 5>>;"));
  CHECK(s.contains("#include <tenon/ops/all.hpp>"));
  CHECK(!s.contains("graph"));
  CHECK(!s.contains("onnx"));
}

TEST_CASE("headers are included by family, and weights kept once") {
  graph_builder b;
  b.input("x", dtype::f32, {3, 4}).constant("u", numbers({4, 4})).constant("v", numbers({4, 4}));
  b.node(ops::MatMul{}, {"x", "u"}, {"a"}).node(ops::MatMul{}, {"a", "v"}, {"y"}).output("y");
  std::vector<codegen::family> families;
  for (const operator_family& f : operator_families()) families.push_back({f.header, f.operators});
  const auto r = print(b.model(), {.name = "two", .weights = "w", .families = families});
  REQUIRE(r.has_value());
  CHECK((*r).weights.size() == 4 * 8 * sizeof(float));
  CHECK((*r).header.contains("#include <tenon/ops/matmul.hpp>\n\n"));
  CHECK((*r).header.contains("namespace two::inline TENON_BUILD {"));
  CHECK((*r).summary.starts_with("2 steps, arena "));
}

TEST_CASE("every attribute of every operator is spelled, defaults are not") {
  codegen::weights w;
  for (const op_info* row : all_operators().rows) {
    any_op op(*row);
    const auto usual = codegen::spell_operator(*row, op.get(), w);
    for (const attribute& a : row->attributes) {
      if (a.type == attribute_type::body || a.images) CHECK(!usual.unknown.empty());
      else  // a tensor that is needed is empty here, which no loaded model's is
        CHECK_MESSAGE((a.name != usual.unknown && usual.text.contains("." + std::string(a.name) + " = ") ==
                                                      (a.needed && a.type != attribute_type::tensor)), row->name);
    }
  }
  const auto spelled = [&](const auto& op) {
    return codegen::spell_operator(info_of<std::remove_cvref_t<decltype(op)>>, &op, w).text;
  };
  CHECK(spelled(ops::Gemm{.alpha = -0.0f, .transB = true}) == "ops::Gemm{.alpha = -0x0p+0f, .transB = true}");
  CHECK(spelled(ops::LeakyRelu{.alpha = __builtin_inff()}) == "ops::LeakyRelu{.alpha = __builtin_inff()}");
  CHECK(spelled(ops::LeakyRelu{.alpha = 1234567.f}) == "ops::LeakyRelu{.alpha = 0x1.2d687p+20f}");
  CHECK(spelled(ops::Cast{.to = dtype::bf16}) == "ops::Cast{.to = tenon::dtype::bf16}");
  CHECK(spelled(ops::Softmax{.axis = 1, .flattens = {true}}) == "ops::Softmax{.axis = 1, .flattens = {true}}");
  CHECK(spelled(ops::Conv{.auto_pad = "a\"\\\n\xff", .strides = {2, INT64_MIN}}) ==
        "ops::Conv{.auto_pad = \"a\\\"\\\\\\012\\377\", .strides = {2, INT64_MIN}}");
}

TEST_CASE("identifiers, whatever a model calls its values") {
  codegen::identifiers names{"run"};
  CHECK(names.give("conv/stem:0") == "conv_stem_0");
  CHECK(names.give("conv.stem.0") == "conv_stem_0_2");
  CHECK(names.give("12") == "v12");
  CHECK(names.give("__a__b__") == "a_b");
  CHECK(names.give("class") == "class_2");
  CHECK(names.give("run") == "run_2");
  CHECK(names.give("EOF") == "EOF_");
  CHECK(names.give("X") == "X");
  CHECK(names.give("") == "value");
  CHECK(names.give("\xc3\xa9") == "value_2");
  CHECK(names.give(std::string(500, 'x')).size() == 60);
  CHECK(names.give(std::string(50, 'a') + "/Dense_0/add:0") == "Dense_0_add_0");
  CHECK(names.give(std::string(50, 'a') + "/") == std::string(50, 'a'));
}

TEST_CASE("names of a model stay inside literals and comments") {
  graph_builder b;
  b.input("x\n}; int evil;\\", dtype::f32, {2});
  b.node(ops::Relu{}, {"x\n}; int evil;\\"}, {"y */ \""}, "\"); evil(); //\n").output("y */ \"");
  const std::string s = text_of(b.model(), {.source = "a\nevil", .weights = "w"});
  CHECK(s.starts_with("// a?evil as C++"));
  CHECK(s.contains("run.step(\"Relu '\\\"); evil(); //?'\", ops::Relu{}, {x_int_evil}, {y});"));
  for (std::size_t at = s.find("evil"); at != s.npos; at = s.find("evil", at + 1)) {
    const std::string line = s.substr(s.rfind('\n', at) + 1, at - s.rfind('\n', at) - 1);
    CHECK_MESSAGE((line.contains("//") || line.contains('"') || line.contains("x_int_")), line);
  }
}

TEST_CASE("what has no generated form is named, all at once") {
  graph_builder b;
  b.input("x", dtype::f32, {6}).input("dims", dtype::i64, {2});
  b.node(ops::Reshape{}, {"x", "dims"}, {"y"}, "one").node(ops::Relu{}, {"y"}, {"z"}, "two").output("z");
  CHECK(error_of(b.model()) == "2 faults in the model:\n"
                               "Reshape 'one': the shape of its result is only known when it runs\n"
                               "Relu 'two': the shape of its result is only known when it runs");
  graph_builder t;
  t.input("s", dtype::string, {2}).node(ops::Concat{.axis = 0}, {"s", "s"}, {"y"}).output("y");
  CHECK(error_of(t.model()) == "2 faults in the model:\nConcat: strings have no generated form\n"
                               "input 's': strings have no generated form");
  graph_builder l;
  l.input("x", dtype::f32, {1000}).node(ops::Exp{}, {"x"}, {"y"}).output("y");
  CHECK(error_of(l.model(), {.max_memory = 100}) == "a run needs 4544 bytes for its values, more than the limit of 100");
  graph_builder w;
  w.input("x", dtype::f32, {2}).constant("c", numbers({2})).node(ops::Add{}, {"x", "c"}, {"y"}).output("y");
  CHECK(error_of(w.model(), {}) == "the header has weights to embed, and no file is named for them");
}
