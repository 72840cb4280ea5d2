#include "doctest.hpp"

#include "rows.hpp"
#include "tenon/onnx/import.hpp"
#include "writer.hpp"

namespace {

using namespace tests::onnx;
using tenon::dtype;
using tenon::onnx::import;

/// The only node of a model, or what is wrong with it.
struct imported {
  message bytes;
  tenon::result<tenon::graph> graph;

  imported(const message& n, int opset = 28)
      : bytes(parts{.nodes = {n}, .initializers = {}, .inputs = {value("x", dtype::f32, {2})},
                    .outputs = {value("y", dtype::f32, {2})}, .opset = opset, .ir = 14, .domains = {{"tenon", 1}}}
                  .model()),
        graph(import(bytes.span(), all)) {}
  std::string why() const { return graph.has_value() ? "imported" : graph.error().message; }
  template <class Op>
  const Op& op() const {
    return *static_cast<const Op*>((*graph).nodes[0].op.get());
  }
};
std::string everything(std::initializer_list<message> attributes) {
  return imported(node("Everything", "e", {"x"}, {"y"}, attributes, "tenon")).why();
}

TEST_CASE("every kind of attribute arrives in its member") {
  const imported r(node("Everything", "e", {"x"}, {"y"},
                        {real("real", 1.5f), integer("integer", -9), integer("boolean", 1), text("text", "a text"),
                         reals("reals", {1, 2}), integers("integers", {3, -4, 5}), texts("texts", {"p", "q"}),
                         tensor("tensor", floats("", {2}, {6, 7})), integer("type", 10), real("maybe", 8),
                         integers("maybe_list", {9})},
                        "tenon"));
  REQUIRE(r.why() == "imported");
  const auto& e = r.op<ops::Everything>();
  CHECK(e.real == 1.5f);
  CHECK(e.integer == -9);
  CHECK(e.boolean);
  CHECK(e.text == "a text");
  CHECK(e.reals == tenon::floats{1, 2});
  CHECK(e.integers == tenon::ints{3, -4, 5});
  CHECK(e.texts == tenon::strings{"p", "q"});
  CHECK(e.tensor.dims() == tenon::shape{2});
  CHECK(e.tensor.as<float>()[1] == 7);
  CHECK(e.type == dtype::f16);
  CHECK(e.maybe == 8.0f);
  CHECK(e.maybe_list == tenon::ints{9});
}

TEST_CASE("attributes that are left out keep their defaults") {
  const imported r(node("Everything", "e", {"x"}, {"y"}, {}, "tenon"));
  REQUIRE(r.why() == "imported");
  const auto& e = r.op<ops::Everything>();
  CHECK(e.real == 0.5f);
  CHECK(e.text == "default");
  CHECK(!e.maybe);
  CHECK(!e.maybe_list);
  CHECK(!e.tensor);
}

TEST_CASE("lists may come packed, and empty, and old files leave the type out") {
  const imported r(node("Everything", "e", {"x"}, {"y"},
                        {attribute("integers", 7).packed(8, {1, -2}), attribute("reals", 6).packed_fixed<float>(7, {1, 2}),
                         attribute("maybe_list", 7), message().text(1, "integer").number(3, 4)},
                        "tenon"));
  REQUIRE(r.why() == "imported");
  const auto& e = r.op<ops::Everything>();
  CHECK(e.integers == tenon::ints{1, -2});
  CHECK(e.reals == tenon::floats{1, 2});
  CHECK(e.maybe_list == tenon::ints{});
  CHECK(e.integer == 4);
}

TEST_CASE("faulty attributes are named with their node") {
  CHECK(everything({real("integer", 1)}) == "Everything 'e': attribute integer is a float where an int is expected");
  CHECK(everything({integers("real", {1})}) == "Everything 'e': attribute real is a list of ints where a float is expected");
  CHECK(everything({integer("maybe_list", 1)}) ==
        "Everything 'e': attribute maybe_list is an int where a list of ints is expected");
  CHECK(everything({integer("integer", 1), integer("integer", 1)}) == "Everything 'e': attribute integer is given twice");
  CHECK(everything({integer("colour", 1)}) == "Everything 'e': unknown attribute colour");
  CHECK(everything({integer("hidden", 1)}) == "Everything 'e': unknown attribute hidden");
  CHECK(everything({integer("type", 29)}) == "Everything 'e': attribute type is 29, which is no element type");
  CHECK(everything({integer("type", 0)}) == "imported");
  CHECK(everything({subgraph("body", {})}) ==
        "Everything 'e': unknown attribute body");
  CHECK(everything({message().text(1, "integer").number(20, 2).text(21, "outer")}) ==
        "Everything 'e': attribute integer refers to one of a function, and this is none");
  CHECK(everything({tensor("tensor", floats("", {3}, {6, 7}))}) ==
        "Everything 'e': attribute tensor: raw_data has 8 bytes, but shape [3] of float32 needs 12");
  CHECK(everything({attribute("integers", 7).text(8, "\x80")}).starts_with("a list of numbers is damaged at byte "));
  CHECK(imported(node("Concat", "c", {"x"}, {"y"})).why() == "Concat 'c': attribute axis is missing");
  CHECK(imported(node("Concat", "c", {"x"}, {"y"}, {real("axis", 1)})).why() ==
        "Concat 'c': attribute axis is a float where an int is expected");
  CHECK(everything({integer("a", 1), real("text", 1), integer("b", 1)}) ==
        "3 faults in the model:\n"
        "Everything 'e': attribute text is a float where a string is expected\n"
        "Everything 'e': unknown attribute a\n"
        "Everything 'e': unknown attribute b");
  message many = node("Everything", "e", {"x"}, {"y"}, {}, "tenon");
  for (int i = 0; i < 100; ++i) many.add(5, integer(std::to_string(i), i));
  CHECK(imported(many).why().find("Everything 'e': has 100 attributes, and at most 64 are supported") != std::string::npos);
}

TEST_CASE("nodes of older opsets are upgraded") {
  const auto clip = node("Clip", "c", {"x"}, {"y"}, {real("min", -1), real("max", 6)});
  const imported old(clip, 6);
  REQUIRE(old.why() == "imported");
  const tenon::graph& g = *old.graph;
  REQUIRE(g.nodes[0].inputs.size() == 3);
  const tenon::value_info& max = g.at(g.nodes[0].inputs[2]);
  CHECK(max.name == "max of Clip 'c'");
  CHECK(max.dims == tenon::shape{});
  CHECK(*max.constant().as<float>() == 6);
  CHECK(imported(clip, 13).why() ==
        "2 faults in the model:\nClip 'c': unknown attribute min\nClip 'c': unknown attribute max");
  const imported half(node("Clip", "c", {"x"}, {"y"}, {real("max", 6)}), 6);
  REQUIRE(half.why() == "imported");
  CHECK((*half.graph).nodes[0].inputs[1] == -1);
  CHECK(imported(node("Clip", "c", {"x"}, {"y"}, {real("max", 6), integer("colour", 6)}), 6).why() ==
        "Clip 'c': unknown attribute colour");

  // An operator may come between: the nodes are in order then.
  const imported sum(node("Add", "a", {"x", "x"}, {"y"}, {integer("axis", 1)}), 6);
  REQUIRE(sum.why() == "imported");
  const std::vector<tenon::node>& nodes = (*sum.graph).nodes;
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[0].title() == "Relu 'a'");
  CHECK(nodes[0].inputs == std::vector{nodes[1].inputs[0], nodes[1].inputs[0]});
  CHECK(nodes[0].outputs == std::vector{nodes[1].inputs[1]});
  CHECK((*sum.graph).at(nodes[1].inputs[1]).name == "B of Add 'a'");
  CHECK((*sum.graph).at(nodes[1].inputs[1]).producer == 0);
  CHECK((*sum.graph).at(nodes[1].outputs[0]).producer == 1);

  // Opset 1 hinted at memory.
  const auto hint = node("Relu", "r", {"x"}, {"y"}, {integers("consumed_inputs", {0})});
  CHECK(imported(hint, 1).why() == "imported");
  CHECK(imported(hint, 6).why() == "Relu 'r': unknown attribute consumed_inputs");

  const imported cast(node("Cast", "t", {"x"}, {"y"}, {text("to", "DOUBLE")}), 1);
  REQUIRE(cast.why() == "imported");
  CHECK(cast.op<ops::Cast>().to == dtype::f64);
  CHECK(imported(node("Cast", "t", {"x"}, {"y"}, {text("to", "QUAD")}), 1).why() == "Cast 't': there is no type QUAD");
  CHECK(imported(node("Cast", "t", {"x"}, {"y"}), 1).why() == "Cast 't': attribute to is missing");
  CHECK(imported(node("Cast", "t", {"x"}, {"y"}, {text("to", "DOUBLE")}), 28).why() ==
        "Cast 't': attribute to is a string where an int is expected");
}

}  // namespace
