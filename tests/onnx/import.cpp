#include "doctest.hpp"

#include "rows.hpp"
#include "support/mutation.hpp"
#include "tenon/onnx/import.hpp"
#include "writer.hpp"

namespace {

using namespace tests::onnx;
using tenon::dtype;
using tenon::i64;
using tenon::limited_memory;
using tenon::onnx::import;

message wholes(std::string_view name, std::initializer_list<i64> dims, std::initializer_list<i64> values) {
  return tensor(name, dtype::i64, dims).packed(7, values);
}
/// A SparseTensorProto.
message sparse(const message& values, const message& indices, std::initializer_list<i64> dims) {
  return message().add(1, values).add(2, indices).packed(3, dims);
}

/// y = Relu(x + w) with three floats.
parts small() {
  parts p;
  p.nodes = {node("Add", "sum", {"x", "w"}, {"s"}), node("Relu", "act", {"s"}, {"y"})};
  p.initializers = {floats("w", {3}, {1, 2, 3})};
  p.inputs = {value("x", dtype::f32, {-1, 3})};
  p.outputs = {value("y", dtype::f32, {-1, 3})};
  return p;
}

/// What import says, and that it asks `memory` for no more than it may.
std::string why(std::string_view bytes) {
  const i64 bound = tenon::onnx::budget::of_file(bytes.size());
  limited_memory counted(INT64_MAX);
  auto g = import(std::as_bytes(std::span(bytes)), all, {.from = &counted});
  CHECK(counted.peak() <= bound);
  return g.has_value() ? "imported" : g.error().message;
}
std::string why(const message& m) { return why(m.bytes); }
std::string why(const parts& p) { return why(p.model()); }

TEST_CASE("a small model becomes a graph that looks into the file") {
  const message m = small().model();
  auto r = import(m.span(), all);
  REQUIRE(r.has_value());
  const tenon::graph& g = *r;
  CHECK(g.name == "small");
  CHECK(g.opset == 28);
  REQUIRE(g.nodes.size() == 2);
  CHECK(g.nodes[0].title() == "Add 'sum'");
  CHECK(g.nodes[1].title() == "Relu 'act'");
  REQUIRE(g.inputs.size() == 1);
  REQUIRE(g.outputs.size() == 1);
  const tenon::value_info& x = g.at(g.inputs[0]);
  CHECK(x.name == "x");
  CHECK(x.type == dtype::f32);
  CHECK(x.ranked);
  CHECK(x.dims == tenon::shape{-1, 3});
  CHECK(x.symbols == tenon::strings{"N", ""});
  CHECK(x.producer == -1);
  const tenon::value_info& y = g.at(g.outputs[0]);
  CHECK(y.name == "y");
  CHECK(y.producer == 1);
  CHECK(g.nodes[1].outputs == std::vector{g.outputs[0]});
  const tenon::value_info& w = g.at(g.nodes[0].inputs[1]);
  REQUIRE(w.is_constant());
  CHECK(w.dims == tenon::shape{3});
  CHECK(w.constant().bytes >= m.span().data());
  CHECK(w.constant().bytes + 12 <= m.span().data() + m.span().size());
  CHECK(!w.owned);
  const float expected[] = {1, 2, 3};
  CHECK(std::memcmp(w.constant().bytes, expected, sizeof expected) == 0);
}

TEST_CASE("initializers among the inputs are constants, as models of IR version 3 have them") {
  parts p = small();
  p.ir = 3, p.opset = 9;
  p.inputs.push_back(value("w", dtype::f32, {3}));
  auto r = import(p.model().span(), all);
  REQUIRE(r.has_value());
  CHECK((*r).inputs.size() == 1);
  CHECK((*r).opset == 9);
}

TEST_CASE("the domain ai.onnx is the default one") {
  parts p = small();
  p.opset = 0;
  p.domains = {{"ai.onnx", 21}};
  p.nodes[0] = node("Add", "sum", {"x", "w"}, {"s"}, {}, "ai.onnx");
  auto r = import(p.model().span(), all);
  REQUIRE(r.has_value());
  CHECK((*r).opset == 21);
}

TEST_CASE("nodes in any order are sorted, and a sorted file stays as it is") {
  parts p = small();
  p.nodes = {node("Relu", "c", {"b"}, {"y"}), node("Relu", "a", {"x"}, {"a"}), node("Relu", "z", {"x"}, {"z"}),
             node("Add", "b", {"a", "z"}, {"b"})};
  auto r = import(p.model().span(), all);
  REQUIRE(r.has_value());
  std::string order;
  for (const tenon::node& n : (*r).nodes) order += n.name;
  CHECK(order == "azbc");
  for (const tenon::node& n : (*r).nodes)
    for (int v : n.outputs) CHECK(&(*r).nodes[static_cast<unsigned>((*r).at(v).producer)] == &n);

  p.nodes = {node("Relu", "z", {"x"}, {"z"}), node("Relu", "a", {"x"}, {"a"}), node("Add", "b", {"a", "z"}, {"b"}),
             node("Relu", "c", {"b"}, {"y"})};
  r = import(p.model().span(), all);
  REQUIRE(r.has_value());
  order.clear();
  for (const tenon::node& n : (*r).nodes) order += n.name;
  CHECK(order == "zabc");
}

TEST_CASE("a chain of 100,000 nodes, listed backwards, needs no stack") {
  parts p = small();
  p.nodes.clear();
  const auto at = [](int i) { return "v" + std::to_string(i); };
  const int n = 100'000;
  for (int i = n; i-- > 0;) p.nodes.push_back(node("Relu", "", {i == 0 ? "x" : at(i - 1)}, {i == n - 1 ? "y" : at(i)}));
  auto r = import(p.model().span(), all, {.limit = i64{1} << 30});
  REQUIRE(r.has_value());
  CHECK((*r).nodes.front().inputs == (*r).inputs);
  CHECK((*r).nodes.back().outputs == (*r).outputs);
}

TEST_CASE("Constant nodes are values") {
  parts p = small();
  p.initializers.clear();
  const auto with = [&](const message& attribute) {
    p.nodes = {node("Constant", "k", {}, {"w"}, {attribute}), node("Add", "sum", {"x", "w"}, {"y"})};
    return import(p.model().span(), all);
  };
  const auto constant = [](const tenon::graph& g) -> const tenon::value_info& { return g.at(g.nodes[0].inputs[1]); };
  auto r = with(tensor("value", floats("", {2}, {1, 2})));
  REQUIRE(r.has_value());
  CHECK((*r).nodes.size() == 1);
  CHECK((*r).nodes[0].outputs == (*r).outputs);
  CHECK(constant(*r).dims == tenon::shape{2});
  r = with(real("value_float", 2.5f));
  REQUIRE(r.has_value());
  CHECK(constant(*r).dims == tenon::shape{});
  CHECK(*constant(*r).constant().as<float>() == 2.5f);
  r = with(reals("value_floats", {1, 2, 3}));
  REQUIRE(r.has_value());
  CHECK(constant(*r).constant().as<float>()[2] == 3);
  r = with(integer("value_int", -5));
  REQUIRE(r.has_value());
  CHECK(*constant(*r).constant().as<i64>() == -5);
  r = with(integers("value_ints", {7, -8}));
  REQUIRE(r.has_value());
  CHECK(constant(*r).constant().as<i64>()[1] == -8);
  r = with(text("value_string", "a longer string than fits inside"));
  REQUIRE(r.has_value());
  CHECK(*constant(*r).constant().as<std::string>() == "a longer string than fits inside");
  r = with(texts("value_strings", {"a", "b"}));
  REQUIRE(r.has_value());
  CHECK(constant(*r).constant().as<std::string>()[1] == "b");

  r = with(attribute("sparse_value", 11).add(22, sparse(floats("", {2}, {7, 9}), wholes("", {2}, {1, 3}), {4})));
  REQUIRE(r.has_value());
  CHECK(constant(*r).dims == tenon::shape{4});
  CHECK(constant(*r).constant().as<float>()[0] == 0);
  CHECK(constant(*r).constant().as<float>()[3] == 9);

  p.nodes[0] = node("Constant", "k", {}, {"w"});
  CHECK(why(p) == "Constant 'k': has 0 attributes where one value is expected");
  p.nodes[0] = node("Constant", "k", {}, {"w"}, {integer("value_float", 1)});
  CHECK(why(p) == "Constant 'k': attribute value_float is an int, which is no value for a constant");
  p.nodes[0] = node("Constant", "k", {"x"}, {"w"}, {integer("value_int", 1)});
  CHECK(why(p) == "Constant 'k': has 1 inputs and 1 outputs where 0 and 1 are expected");
}

TEST_CASE("bytes that are no model: the message says what they are") {
  CHECK(why("") == "the file is empty");
  CHECK(why("\xff\xd8\xff\xe0\x10JFIF") == "not an ONNX model: the file is a JPEG picture");
  CHECK(why("\x89PNG\r\n\x1a\n") == "not an ONNX model: the file is a PNG picture");
  CHECK(why("PK\x03\x04\x14") == "not an ONNX model: the file is a ZIP archive (PyTorch and Keras write such models)");
  CHECK(why("\n<!DOCTYPE html><html>404") == "not an ONNX model: the file is an HTML page");
  CHECK(why("<?xml version='1.0'?><net/>") == "not an ONNX model: the file is an XML document");
  CHECK(why("version https://git-lfs.github.com/spec/v1\noid sha256:00") ==
        "not an ONNX model: the file is a Git LFS pointer, not the model that it stands for");
  CHECK(why({"\x1c\0\0\0TFL3\x14", 9}) == "not an ONNX model: the file is a TensorFlow Lite model");
  CHECK(why({"GGUF\x03\0\0\0", 8}) == "not an ONNX model: the file is a GGUF model");
  CHECK(why({"\x80\0\0\0\0\0\0\0{\"w\":", 14}) ==
        "not an ONNX model: the file is a safetensors file: weights without a graph");
  CHECK(why({"\0asm\1\0\0\0", 8}) == "not an ONNX model: the file is a WebAssembly module");
  CHECK(why("{\"a\": 1}") == "not an ONNX model: the file is a JSON document");
  CHECK(why("hello, world") == "not an ONNX model: byte 2 of the file begins no field of one");
  CHECK(why({"\xf3\x01\x9c\xff\x00\x17\x88", 7}) ==
        "not an ONNX model: byte 0 of the file begins no field of one");
  CHECK(why("\x08\x0e\x0f") ==
        "the model is damaged at byte 2 of the file: a field has a number or a type that does not exist");
  CHECK(why(message().number(1, 8).text(2, "pytorch")) == "not an ONNX model: there is no graph in it");
  CHECK(why(message().number(1, 8).add(7, {}).add(7, {})) == "the model has 2 graphs");
}

TEST_CASE("random bytes are never a model") {
  std::uint64_t state = 1;
  for (int n = 0; n < 2000; ++n) {
    std::string bytes(static_cast<std::size_t>(n % 500), '\0');
    for (char& c : bytes) state = state * 6364136223846793005u + 1442695040888963407u, c = static_cast<char>(state >> 56);
    CHECK(why(bytes) != "imported");
  }
}

TEST_CASE("a file that is cut short is an error or, after the last thing that matters, a model") {
  const std::string bytes = small().model().bytes;
  const std::size_t graph = 2 + 7 + small().graph().bytes.size() + 2;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::string message = why(std::string_view(bytes).substr(0, n));
    CAPTURE(n);
    CHECK(message != "imported");
    if (n > 12 && n < graph) CHECK(message.starts_with("the file ends inside the graph"));
  }
  CHECK(why(bytes) == "imported");
  CHECK(why(bytes.substr(0, 40)) ==
        "the file ends inside the graph, " + std::to_string(graph - 40) + " bytes too early");
  CHECK(why(bytes.substr(0, bytes.size() - 4)) == "the model imports no opset");
  CHECK(why(bytes.substr(0, bytes.size() - 1)) == "the file ends inside an opset import, 1 bytes too early");
}

TEST_CASE("versions that nobody knows are named") {
  parts p = small();
  p.opset = 29;
  CHECK(why(p) == "opset 29 is unknown (1 to 28 are known)");
  p.opset = -1;
  CHECK(why(p) == "opset -1 is unknown (1 to 28 are known)");
  p.opset = 0;
  CHECK(why(p) == "the model imports no opset");
  p.opset = 28, p.ir = 15;
  CHECK(why(p) == "IR version 15 is unknown (3 to 14 are known)");
  p.ir = 2;
  CHECK(why(p) == "IR version 2 is unknown (3 to 14 are known)");
  p.ir = 14;
  p.domains = {{"com.microsoft", 0}};
  CHECK(why(p) == "opset 0 of domain 'com.microsoft' is unknown");
  p.domains = {{"com.microsoft.nchwc", 1}};  // exporters name domains that they do not use
  CHECK(why(p) == "imported");
  p.opset = 0;
  p.domains = {{"tenon", 1}};
  CHECK(why(p) == "Add 'sum': the model imports no opset of domain ''");
}

TEST_CASE("what is not built is named") {
  const auto with = [](std::uint32_t field, const message& m) { return small().model().add(field, m); };
  CHECK(why(with(20, {})) == "training information in a model is not supported");
  parts p = small();
  p.initializers[0] = tensor("w", dtype::f32, {3}).number(14, 1).add(13, message().text(1, "location").text(2, "w.bin"));
  CHECK(why(p) == "initializer 'w': external data is refused");
  p = small();
  p.inputs[0] = message().text(1, "x").add(2, message().add(8, {}));
  CHECK(why(p) == "input 'x' is a sparse tensor, which no operator takes");
}

TEST_CASE("nodes that nothing here can run are told with version and dtype, and by name") {
  parts p = small();
  p.domains = {{"com.acme", 3}};
  p.inputs.push_back(value("h", dtype::f16, {3}));
  p.nodes = {node("Erf", "a", {"x"}, {"a"}), node("Relu", "", {"x"}, {"r"}), node("Erf", "b", {"r", "r"}, {"b"}),
             node("Erf", "c", {"h"}, {"c"}), node("Gelu", "d", {"a", "w"}, {"y"}, {}, "com.acme")};
  CHECK(why(p) ==
        "2 faults in the model:\n"
        "Erf 'a': there is no operator 'Erf' (opset 28, float32 float16; 3 nodes want it: 'a', 'b', 'c')\n"
        "Gelu 'd': there is no operator 'Gelu' of domain 'com.acme' (version 3, float32)");
  for (int i = 0; i < 200; ++i) p.nodes.push_back(node("Erf" + std::to_string(i), "", {"x"}, {"o" + std::to_string(i)}));
  const std::string many = why(p);
  CHECK(many.starts_with("202 faults in the model:\nErf 'a': "));
  CHECK(many.ends_with("\nErf97: there is no operator 'Erf97' (opset 28, float32)\n... and 102 more"));
  p = small();
  p.nodes = {node("Cast", "c", {"x"}, {"s"}, {integer("to", 7)}), node("Half", "h", {"x"}, {"y"}, {}, "tenon")};
  p.domains = {{"tenon", 1}};
  CHECK(why(p) == "Half 'h' (version 1): input X cannot be float32");
}

TEST_CASE("the values of a graph fit together") {
  parts p = small();
  p.nodes[1] = node("Relu", "act", {"nothing"}, {"y"});
  CHECK(why(p) == "Relu 'act': input 0 is 'nothing', which nothing defines");
  p = small();
  p.nodes[1] = node("Relu", "act", {"s"}, {"s"});
  p.outputs = {value("s", dtype::f32, {3})};
  CHECK(why(p) == "value 's' is defined twice, by Add 'sum' and by Relu 'act'");
  p = small();
  p.nodes.push_back(node("Relu", "again", {"x"}, {"s"}));
  CHECK(why(p) == "value 's' is defined twice, by Add 'sum' and by Relu 'again'");
  p.nodes.back() = node("Relu", "again", {"x"}, {"w"});
  CHECK(why(p) == "value 'w' is defined twice, by an initializer and by Relu 'again'");
  p.nodes.back() = node("Relu", "again", {"s"}, {"x"});
  CHECK(why(p) == "value 'x' is defined twice, by an input and by Relu 'again'");
  p = small();
  p.initializers.push_back(p.initializers[0]);
  CHECK(why(p) == "value 'w' is defined twice, by an initializer and by an initializer");
  p = small();
  p.outputs.push_back(value("probabilities", dtype::f32, {1}));
  CHECK(why(p) == "output 'probabilities' of the graph is produced by nothing");
  p.outputs.clear();
  CHECK(why(p) == "the graph has no outputs");
  p = small();
  p.inputs[0] = message().text(1, "x");
  CHECK(why(p) == "input 'x' has no element type");
  p.inputs[0] = value("x", static_cast<dtype>(99), {1});
  CHECK(why(p) == "input 'x' has the unknown element type 99");
  p.inputs[0] = value("x", dtype::f32, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(why(p) == "input 'x' has 13 dimensions, and at most 12 are supported");
  p.inputs[0] = value("x", dtype::f32, {-1, i64{1} << 32, i64{1} << 31});
  CHECK(why(p) == "input 'x' has shape [?,4294967296,2147483648], more elements than 64 bits count");
  p.inputs[0] = value("", dtype::f32, {1});
  CHECK(why(p) ==
        "2 faults in the model:\n"
        "an input of the graph has no name\n"
        "Add 'sum': input 0 is 'x', which nothing defines");
}

TEST_CASE("cycles are named") {
  parts p = small();
  p.nodes = {node("Add", "a", {"x", "r"}, {"s"}), node("Relu", "b", {"s"}, {"t"}), node("Relu", "c", {"t"}, {"r"}),
             node("Relu", "d", {"r"}, {"y"})};
  CHECK(why(p) == "the graph has a cycle: Add 'a' -> Relu 'b' -> Relu 'c' -> Add 'a'");
  p.nodes = {node("Add", "a", {"x", "y"}, {"y"})};
  CHECK(why(p) == "the graph has a cycle: Add 'a' -> Add 'a'");
  p.nodes.clear();
  for (int i = 0; i < 50; ++i)
    p.nodes.push_back(node("Relu", std::to_string(i), {"v" + std::to_string((i + 49) % 50)}, {"v" + std::to_string(i)}));
  p.outputs = {value("v0", dtype::f32, {1})};
  CHECK(why(p) ==
        "the graph has a cycle: Relu '0' -> Relu '1' -> Relu '2' -> Relu '3' -> Relu '4' -> Relu '5' -> ... (50 nodes) "
        "-> Relu '0'");
}

TEST_CASE("the number of inputs and outputs fits the signature") {
  parts p = small();
  p.nodes[0] = node("Add", "sum", {"x"}, {"s"});
  CHECK(why(p) == "Add 'sum': takes 2 inputs, not 1");
  p.nodes[0] = node("Add", "sum", {"x", "w", "w"}, {"s"});
  CHECK(why(p) == "Add 'sum': takes 2 inputs, not 3");
  p.nodes[0] = node("Add", "sum", {"x", ""}, {"s"});
  CHECK(why(p) == "Add 'sum': input B is left out");
  p.nodes[0] = node("Add", "sum", {"x", "w"}, {"s", "t"});
  CHECK(why(p) == "Add 'sum': gives 1 output, not 2");
  p.nodes[0] = node("Clip", "sum", {"x", "", "w", "w"}, {"s"});
  CHECK(why(p) == "Clip 'sum': takes 1 to 3 inputs, not 4");
  p.nodes[0] = node("Clip", "sum", {"x", "", "w", ""}, {"s"});
  CHECK(why(p) == "imported");  // what is absent at the end is not given
  p.nodes[0] = node("Clip", "sum", {"x", "", ""}, {"s"});
  CHECK(why(p) == "imported");
  p.nodes[0] = node("Concat", "sum", {}, {"s"}, {integer("axis", 0)});
  CHECK(why(p) == "Concat 'sum': takes at least 1 input, not 0");
  p.nodes[0] = node("Concat", "sum", {"x", "w", "x", "w"}, {"s"}, {integer("axis", 0)});
  CHECK(why(p) == "imported");
  p.nodes[0] = node("Add", "sum", {"x", "w"}, {});
  CHECK(why(p) ==
        "2 faults in the model:\n"
        "Add 'sum': gives 1 output, not 0\n"
        "Relu 'act': input 0 is 's', which nothing defines");
}

TEST_CASE("data that does not fit its shape is refused before anything is allocated") {
  parts p = small();
  const auto with = [&](const message& initializer) {
    p.initializers[0] = initializer;
    const message m = p.model();
    CHECK(m.bytes.size() < 1024);
    limited_memory none(0);
    auto g = import(m.span(), all, {.from = &none});
    return g.has_value() ? std::string("imported") : g.error().message;
  };
  CHECK(with(floats("w", {2, 3}, {1, 2, 3})) ==
        "initializer 'w': raw_data has 12 bytes, but shape [2,3] of float32 needs 24");
  CHECK(with(floats("w", {2}, {1, 2, 3})) == "initializer 'w': raw_data has 12 bytes, but shape [2] of float32 needs 8");
  CHECK(with(floats("w", {i64{1} << 40}, {1, 2, 3})) ==
        "initializer 'w': raw_data has 12 bytes, but shape [1099511627776] of float32 needs 4398046511104");
  CHECK(with(tensor("w", dtype::i64, {i64{1} << 40}).packed(7, {1, 2, 3})) ==
        "initializer 'w': int64_data has 3 entries, but shape [1099511627776] of int64 needs 1099511627776");
  CHECK(with(tensor("w", dtype::string, {i64{1} << 40})) ==
        "initializer 'w': string_data has 0 entries, but shape [1099511627776] of string needs 1099511627776");
  CHECK(with(tensor("w", dtype::f32, {i64{1} << 32, i64{1} << 31})) ==
        "initializer 'w': a tensor of shape [4294967296,2147483648] has more bytes than 64 bits count");
  CHECK(with(tensor("w", dtype::f32, {i64{1} << 62})) ==
        "initializer 'w': a tensor of shape [4611686018427387904] has more bytes than 64 bits count");
  CHECK(with(tensor("w", dtype::f32, {-3})) == "initializer 'w': shape [?] has the negative dimension -3");
  CHECK(with(tensor("w", dtype::f32, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})) ==
        "initializer 'w': it has 13 dimensions, and at most 12 are supported");
  CHECK(with(tensor("w", static_cast<dtype>(99), {3})) == "initializer 'w': element type 99 is unknown");
  CHECK(with(tensor("", dtype::f32, {0})) ==
        "2 faults in the model:\ninitializer 0 has no name\nAdd 'sum': input 1 is 'w', which nothing defines");
  CHECK(with(tensor("w", dtype::f32, {0, i64{1} << 62, i64{1} << 62})) == "imported");
  CHECK(with(tensor("w", dtype::i64, {1}).packed(7, {1})) == "initializer 'w': no memory");
}

TEST_CASE("all faults of a model are told at once") {
  parts p = small();
  p.opset = 99;
  p.initializers[0] = floats("w", {4}, {1, 2, 3});
  p.nodes[0] = node("Erf", "sum", {"x"}, {"s"});
  CHECK(why(p) ==
        "3 faults in the model:\n"
        "opset 99 is unknown (1 to 28 are known)\n"
        "initializer 'w': raw_data has 12 bytes, but shape [4] of float32 needs 16\n"
        "Erf 'sum': there is no operator 'Erf' (opset 99, float32)");
  p = small();
  for (int i = 0; i < 200; ++i) p.nodes.push_back(node("Relu", std::to_string(i), {"no"}, {"o" + std::to_string(i)}));
  const std::string many = why(p);
  CHECK(many.starts_with("200 faults in the model:\nRelu '0': input 0 is 'no', which nothing defines\n"));
  CHECK(many.ends_with("\nRelu '99': input 0 is 'no', which nothing defines\n... and 100 more"));
}

TEST_CASE("sparse initializers are written out, and every index of theirs is checked") {
  parts p = small();
  p.initializers.clear();
  const auto with = [&](const message& s) {
    return message().number(1, 14).add(7, p.graph().add(15, s)).add(8, message().number(2, 28));
  };
  const message flat = with(sparse(floats("w", {2}, {7, 9}), wholes("", {2}, {1, 5}), {2, 3}));
  const message placed = with(sparse(floats("w", {2}, {7, 9}), wholes("", {2, 2}, {0, 1, 1, 2}), {2, 3}));
  for (const message* m : {&flat, &placed}) {
    auto r = import(m->span(), all);
    REQUIRE(r.has_value());
    const tenon::value_info& w = (*r).at((*r).nodes[0].inputs[1]);
    CHECK(w.dims == tenon::shape{2, 3});
    const float* at = w.constant().as<float>();
    CHECK(std::vector<float>(at, at + 6) == std::vector<float>{0, 7, 0, 0, 0, 9});
  }
  const auto said = [&](const message& values, const message& indices, std::initializer_list<i64> dims) {
    const std::string s = why(with(sparse(values, indices, dims))), start = "sparse initializer 'w': ";
    return s.starts_with(start) ? s.substr(start.size()) : s;
  };
  const message two = floats("w", {2}, {7, 9});
  const std::string order = ", which is outside of shape [2,3] or not behind the one before it";
  CHECK(said(two, wholes("", {2}, {1, 6}), {2, 3}) == "index 1 is [6]" + order);
  CHECK(said(two, wholes("", {2}, {-1, 3}), {2, 3}) == "index 0 is [-1]" + order);
  CHECK(said(two, wholes("", {2}, {3, 3}), {2, 3}) == "index 1 is [3]" + order);
  CHECK(said(two, wholes("", {2, 2}, {0, 1, 0, 3}), {2, 3}) == "index 1 is [0,3]" + order);
  CHECK(said(two, wholes("", {2, 2}, {1, 1, 0, 2}), {2, 3}) == "index 1 is [0,2]" + order);
  CHECK(said(two, wholes("", {3}, {0, 1, 2}), {2, 3}) == "its indices are int64 [3] where int64 [2] or [2,2] is expected");
  CHECK(said(two, wholes("", {2, 1}, {0, 1}), {2, 3}) == "its indices are int64 [2,1] where int64 [2] or [2,2] is expected");
  CHECK(said(two, floats("", {2}, {0, 1}), {2, 3}) == "its indices are float32 [2] where int64 [2] or [2,2] is expected");
  CHECK(said(floats("w", {2, 1}, {7, 9}), wholes("", {2}, {0, 1}), {2, 3}) == "its values have shape [2,1], and a list is expected");
  CHECK(said(two, wholes("", {2}, {0, 1}), {-2, 3}) == "shape [?,3] has the negative dimension -2");
  CHECK(said(two, wholes("", {2}, {0, 1}), {i64{1} << 40, i64{1} << 40}) ==
        "a tensor of shape [1099511627776,1099511627776] has more bytes than 64 bits count");
  CHECK(said(two, wholes("", {2}, {0, 1}), {i64{1} << 40}) ==
        "sparse tensors of the model unfold to more than 268435456 bytes, the most that is allowed");
  CHECK(said(floats("w", {3}, {7, 9}), wholes("", {2}, {0, 1}), {2, 3}) == "its values: raw_data has 8 bytes, but shape [3] of float32 needs 12");
  CHECK(said(floats("", {1}, {7}), wholes("", {1}, {0}), {2}).starts_with("2 faults in the model:\nsparse initializer 0 has no name\n"));
}

TEST_CASE("names from a file are cut and cleaned in messages") {
  parts p = small();
  p.nodes[1] = node("Relu", "\x1b[2J\n", {std::string(1'000'000, 'n')}, {"y"});
  CHECK(why(p) == "Relu '?[2J?': input 0 is '" + std::string(80, 'n') + "...', which nothing defines");
}

TEST_CASE("1,000 nested messages are an error") {
  message graph = small().graph();
  for (int i = 0; i < 1000; ++i) graph = message().add(1, node("Everything", "n", {}, {"y"}, {subgraph("body", graph)}, "tenon"));
  CHECK(why(message().number(1, 14).add(7, graph).add(8, message().text(1, "tenon").number(2, 1))) ==
        "2 faults in the model:\n"
        "the graph has no outputs\n"
        "Everything 'n': unknown attribute body");
  message type = message().add(1, {});
  for (int i = 0; i < 1000; ++i) type = message().add(4, message().add(1, type));
  parts p = small();
  p.inputs[0] = message().text(1, "x").add(2, type);
  CHECK(why(p) == "input 'x' is a sequence, an optional or a map around another one, which no operator takes");
  const message groups = message{std::string(1000, '\x0b')};
  CHECK(why(message().number(1, 14).add(7, groups)) ==
        "the graph is damaged at byte 5 of the file: messages are nested more than 64 deep");
}

TEST_CASE("damage inside of a message is told with its place in the file") {
  parts p = small();
  p.nodes[1].bytes += '\x0a';
  const std::string bytes = p.model().bytes;
  CHECK(why(bytes) == "a node is damaged at byte " + std::to_string(bytes.find("Relu") + 4) +
                          " of the file: a field reaches beyond the end");
}

TEST_CASE("what a file unfolds to is bounded by its size") {
  // Three bytes of file are a value of some hundred bytes in memory; strings and varints unfold too.
  parts p = small();
  message wide;
  for (int i = 0; i < 200'000; ++i) wide.text(2, std::to_string(i));
  wide.text(4, "Relu").text(1, "x");
  p.nodes.push_back(wide);
  std::size_t size = p.model().bytes.size();
  const auto sentence = [&] {
    return "the model unfolds to more than " + std::to_string(4 * size + (1 << 20)) + " bytes, the most that is allowed";
  };
  CHECK(why(p) == sentence());
  p = small();
  message zeros = tensor("w", dtype::i64, {1'000'000});
  p.initializers[0] = zeros.text(7, std::string(1'000'000, '\0'));
  size = p.model().bytes.size();
  CHECK(why(p) == sentence());
  p.initializers[0] = tensor("w", dtype::string, {1'000'000});
  for (int i = 0; i < 1'000'000; ++i) p.initializers[0].text(6, "");
  size = p.model().bytes.size();
  CHECK(why(p) == sentence());
  p = small();
  p.nodes[0] = node("Everything", "e", {}, {"s"}, {attribute("integers", 7).text(8, std::string(1'000'000, '\0'))}, "tenon");
  p.domains = {{"tenon", 1}};
  size = p.model().bytes.size();
  CHECK(why(p) == sentence());
  CHECK(import(p.model().span(), all, {.limit = 1 << 30}).has_value());
}

TEST_CASE("10,000 mutations of a model: an error or a graph, never a crash") {
  parts p = small();
  p.opset = 9;
  p.domains = {{"tenon", 1}};
  p.initializers.push_back(tensor("q", dtype::i4, {5}).packed(5, {0x21, 0x43, 0x05}));
  p.initializers.push_back(tensor("names", dtype::string, {2}).text(6, "a").text(6, "b"));
  p.nodes.push_back(node("Constant", "", {}, {"k"}, {integers("value_ints", {1, 2})}));
  p.nodes.push_back(node("Clip", "clip", {"s"}, {"c"}, {real("min", 0), real("max", 6)}));
  p.nodes.push_back(node("Concat", "", {"c", "s", "w"}, {"d"}, {integer("axis", 1)}));
  p.nodes.push_back(node("Everything", "all", {}, {"e", ""},
                         {real("real", 1), integers("integers", {1, 2, 3}), texts("texts", {"x", "y"}),
                          tensor("tensor", floats("", {2}, {1, 2})), text("text", "t"), reals("reals", {1, 2})},
                         "tenon"));
  const std::string model = p.model().bytes;
  REQUIRE(why(model) == "imported");
  tests::seeded random{2024};
  int imported = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string message = why(tests::mutated(model, random));
    CHECK(!message.empty());
    imported += message == "imported";
  }
  MESSAGE(imported, " of 10,000 mutations still import");
  CHECK(imported > 100);
  CHECK(imported < 9'000);
}

/// What a graph holds, by the capacities of its containers (operators not counted).
i64 footprint(const tenon::graph& g) {
  const auto text = [](const std::string& s) { return s.capacity() < sizeof s ? 0 : s.capacity() + 1; };
  std::size_t n = g.values.capacity() * sizeof(tenon::value_info) + g.nodes.capacity() * sizeof(tenon::node);
  for (const tenon::value_info& v : g.values) {
    n += text(v.name) + v.symbols.capacity() * sizeof(std::string);
    if (v.owned) n += static_cast<std::size_t>(v.constant().byte_size());
  }
  for (const tenon::node& x : g.nodes) n += text(x.name) + (x.inputs.capacity() + x.outputs.capacity()) * sizeof(int);
  return static_cast<i64>(n);
}

TEST_CASE("the largest graphs that import are within the bound") {
  const auto with = [](int n) {
    parts p = small();
    p.opset = 6;
    for (int i = 0; i < n; ++i) {
      const std::string name = "a value with a name " + std::to_string(i);
      p.nodes.push_back(i % 3 == 0 ? node("Clip", "", {"x"}, {name}, {real("max", 6)})
                        : i % 3 == 1 ? node("Constant", "", {}, {name}, {integers("value_ints", {1, 2, 3})})
                                     : node("Relu", std::string(30, 'n'), {"x"}, {name}));
    }
    return p.model();
  };
  int least = 1, most = 100'000;
  while (most - least > 1) {
    const int n = (least + most) / 2;
    (import(with(n).span(), all).has_value() ? least : most) = n;
  }
  const message m = with(least);
  const auto r = import(m.span(), all);
  REQUIRE(r.has_value());
  const i64 bound = tenon::onnx::budget::of_file(m.bytes.size());
  CHECK(footprint(*r) < bound);
  CHECK(footprint(*r) > bound / 2);
}

}  // namespace
