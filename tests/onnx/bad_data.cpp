// Elements that an operator cannot take: indices, axes, lengths and divisors that are inputs of the
// model. Each is an error that names the node and the value, and the session runs on.
#include "doctest.hpp"

#include "operators.hpp"
#include "tenon/onnx/load.hpp"
#include "writer.hpp"

using namespace tests::onnx;
using tenon::any_tensor, tenon::any_view, tenon::dtype, tenon::i64;

namespace {

any_tensor wholes(std::initializer_list<i64> dims, std::initializer_list<i64> values, dtype type = dtype::i64) {
  any_tensor t(type, tenon::shape(dims));
  i64 i = 0;
  for (i64 v : values) type == dtype::i64 ? (t.as<i64>()[i++] = v, 0) : (t.as<tenon::i32>()[i++] = static_cast<tenon::i32>(v), 0);
  return t;
}
/// As floats of this shape: 0, 1, 2, ...
any_tensor count_up(std::initializer_list<i64> dims) {
  any_tensor t(dtype::f32, tenon::shape(dims));
  for (i64 i = 0; i < t.size(); ++i) t.as<float>()[i] = static_cast<float>(i);
  return t;
}

/// One node called 'node' over the inputs a, b, c, ..., then with another last input. An empty `sentence` is
/// for what looks bad and is allowed; else it is in the error.
void check(std::string_view op, std::vector<any_tensor> inputs, any_tensor bad, std::string_view sentence,
           int outputs = 1) {
  CAPTURE(op);
  CAPTURE(sentence);
  parts p;
  message n;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    n.text(1, name);
    message dims;  // of a known rank
    for (int axis = 0; axis < inputs[i].rank(); ++axis) dims.add(1, message());
    p.inputs.push_back(message().text(1, name).add(2, message().add(1, message().number(1, static_cast<int>(inputs[i].type())).add(2, dims))));
  }
  for (int i = 0; i < outputs; ++i) {
    const std::string name(1, static_cast<char>('y' - i));
    n.text(2, name);
    p.outputs.push_back(message().text(1, name));
  }
  n.text(3, "node").text(4, op);
  p.nodes = {n};
  const message file = p.model();
  const auto m = tenon::onnx::try_load(file.span(), all_operators());
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  if (!m.has_value()) return;

  tenon::session s(*m);
  std::vector<any_view> in(inputs.begin(), inputs.end());
  const auto first = s.try_run(in);
  REQUIRE_MESSAGE(first.has_value(), (first.has_value() ? "" : first.error().message));
  if (!first.has_value()) return;
  std::vector<std::byte> wanted;
  const auto bytes = [](const any_view& v) { return std::span(v.bytes, static_cast<std::size_t>(v.byte_size())); };
  for (const any_view& v : *first) wanted.insert(wanted.end(), bytes(v).begin(), bytes(v).end());

  in.back() = bad;
  const auto second = s.try_run(in);
  CHECK(second.has_value() == sentence.empty());
  if (!second.has_value()) {
    const std::string found = second.error().message, start = std::string(op) + " 'node': ";
    CHECK_MESSAGE(found.starts_with(start), found);
    CHECK_MESSAGE(found.find(sentence, start.size()) != found.npos, found);
  }

  in.back() = inputs.back();
  const auto third = s.try_run(in);
  REQUIRE_MESSAGE(third.has_value(), (third.has_value() ? "" : third.error().message));
  if (!third.has_value()) return;
  std::vector<std::byte> again;
  for (const any_view& v : *third) again.insert(again.end(), bytes(v).begin(), bytes(v).end());
  CHECK(again == wanted);
}

constexpr i64 vast = INT64_MAX;

}  // namespace

TEST_CASE("indices out of range") {
  for (const i64 bad : {i64{4}, i64{-5}, vast, -vast - 1}) {
    const std::string value = tenon::join({bad});
    check("Gather", {count_up({4, 2}), wholes({2}, {0, -4})}, wholes({2}, {0, bad}), value);
    check("GatherElements", {count_up({4, 2}), wholes({1, 2}, {0, 3})}, wholes({1, 2}, {0, bad}), value);
    check("GatherND", {count_up({4, 2}), wholes({1, 1}, {3})}, wholes({1, 1}, {bad}), value);
  }
}

TEST_CASE("axes out of range") {
  check("Slice", {count_up({4, 2}), wholes({1}, {0}), wholes({1}, {2}), wholes({1}, {1})}, wholes({1}, {2}), "2");
  check("Unsqueeze", {count_up({4, 2}), wholes({1}, {2})}, wholes({1}, {3}), "3");
  check("Squeeze", {count_up({1, 2}), wholes({1}, {0})}, wholes({1}, {1}), "1");
  check("ReduceSum", {count_up({4, 2}), wholes({1}, {-2})}, wholes({1}, {-3}), "-3");
}

TEST_CASE("lengths that do not fit") {
  check("Slice", {count_up({4, 2}), wholes({1}, {0}), wholes({1}, {2}), wholes({1}, {0}), wholes({1}, {1})}, wholes({1}, {0}), "0");
  check("Slice", {count_up({4, 2}), wholes({1}, {0}), wholes({1}, {2})}, wholes({1}, {vast}), "");
  check("TopK", {count_up({4}), wholes({1}, {4})}, wholes({1}, {5}), "5", 2);
  check("TopK", {count_up({4}), wholes({1}, {0})}, wholes({1}, {-1}), "-1", 2);
  check("Split", {count_up({4}), wholes({2}, {1, 3})}, wholes({2}, {2, 3}), "3", 2);
  check("Split", {count_up({4}), wholes({2}, {1, 3})}, wholes({2}, {-1, 5}), "-1", 2);
  check("Reshape", {count_up({4, 2}), wholes({1}, {8})}, wholes({1}, {7}), "[7]");
  check("Reshape", {count_up({4, 2}), wholes({2}, {4, -1})}, wholes({2}, {3, -1}), "[3,");
  check("Expand", {count_up({4, 1}), wholes({2}, {4, 3})}, wholes({2}, {3, 3}), "[3,3]");
}

TEST_CASE("sizes that no machine has") {
  const std::string value = tenon::join({vast});
  check("Expand", {count_up({1}), wholes({2}, {4, 3})}, wholes({2}, {vast, vast}), value);
  check("Tile", {count_up({2}), wholes({1}, {3})}, wholes({1}, {vast}), value);
  check("ConstantOfShape", {wholes({2}, {2, 3})}, wholes({2}, {vast, vast}), value);
  check("ConstantOfShape", {wholes({2}, {2, 3})}, wholes({2}, {2, -1}), "-1");
  check("Range", {wholes({}, {0}), wholes({}, {9}), wholes({}, {2})}, wholes({}, {0}), "0");
}

TEST_CASE("integer division by zero") {
  for (const char* op : {"Div", "Mod"}) {
    check(op, {wholes({3}, {7, 8, 9}), wholes({3}, {1, 2, -3})}, wholes({3}, {1, 0, 3}), "zero");
    check(op, {wholes({3}, {7, 8, 9}, dtype::i32), wholes({1}, {2}, dtype::i32)}, wholes({1}, {0}, dtype::i32), "zero");
  }
}
