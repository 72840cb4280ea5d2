// Values that are no tensors: what files say of their types, their own files, and models that take and give them.
#include "tenon/onnx/data.hpp"

#include "doctest.hpp"
#include "operators.hpp"
#include "tenon/core/print.hpp"
#include "tenon/ops/image_decoder.hpp"
#include "load.hpp"

namespace {

using namespace tests::onnx;
using tenon::any_tensor, tenon::any_view, tenon::dtype, tenon::form, tenon::i64, tenon::in_form;

// TypeProtos.
message type_of(dtype d) { return message().add(1, message().number(1, static_cast<int>(d))); }
message sequence_of(const message& t) { return message().add(4, message().add(1, t)); }
message optional_of(const message& t) { return message().add(9, message().add(1, t)); }
message map_of(dtype key, const message& t) { return message().add(5, message().number(1, static_cast<int>(key)).add(2, t)); }
message typed(std::string_view name, const message& type) { return message().text(1, name).add(2, type); }

const message f32 = type_of(dtype::f32), floats_sequence = sequence_of(f32);
constexpr dtype sequence_type = in_form(form::sequence, dtype::f32);

parts identity(const message& type) {
  parts p;
  p.nodes = {node("Identity", "", {"x"}, {"y"})};
  p.inputs = {typed("x", type)};
  p.outputs = {typed("y", type)};
  return p;
}
/// What the first output is, or what is wrong.
std::string run(const parts& p, const std::vector<any_tensor>& inputs, const tenon::session_options& options = {}) {
  const message bytes = p.model();
  const auto m = load(bytes);
  if (!m.has_value()) return m.error().message;
  tenon::session s(*m, options);
  const std::vector<any_view> in(inputs.begin(), inputs.end());
  std::string first;
  for (int twice = 0; twice < 2; ++twice) {
    const auto out = s.try_run(in);
    const std::string text = out.has_value() ? to_string((*out)[0]) : out.error().message;
    if (twice == 0) first = text;
    CHECK(text == first);
  }
  return first;
}
any_tensor vector(std::initializer_list<float> v) { return tenon::tensor<float>({static_cast<i64>(v.size())}, v); }

message tensors(std::initializer_list<message> all) {
  message m;
  m.text(1, "s").number(2, 1);
  for (const message& t : all) m.add(3, t);
  return m;
}
std::string read(const message& m, dtype type) {
  tenon::onnx::import_state state{m.span().data(), nullptr, tenon::onnx::budget(100'000)};
  any_tensor v;
  if (!read_value(m.span(), type, state, "v", v)) return state.stop.message;
  return state.found.none() ? to_string(v) : state.found.all().message;
}

}  // namespace

TEST_CASE("types of files") {
  const message deep = sequence_of(floats_sequence);
  const std::pair<message, const char*> types[] = {
      {f32, "float32"}, {floats_sequence, "sequence of float32"}, {optional_of(f32), "optional float32"},
      {optional_of(floats_sequence), "optional sequence of float32"}, {map_of(dtype::i64, f32), "map of int64 to float32"},
      {map_of(dtype::string, f32), "map of string to float32"}, {sequence_of(map_of(dtype::i64, f32)), "sequence of maps of int64 to float32"},
      {deep, "input 'x' is a sequence, an optional or a map around another one, which no operator takes"},
      {sequence_of(optional_of(f32)), "input 'x' is a sequence, an optional or a map around another one, which no operator takes"},
      {optional_of(optional_of(f32)), "input 'x' is a sequence, an optional or a map around another one, which no operator takes"},
      {map_of(dtype::i64, floats_sequence), "input 'x' is a sequence, an optional or a map around another one, which no operator takes"},
      {map_of(dtype::i32, f32), "input 'x' is a map whose keys are neither int64 nor string, which no operator takes"},
      {message().add(8, message().number(1, 1)), "input 'x' is a sparse tensor, which no operator takes"},
      {message().add(7, message()), "input 'x' is opaque, which no operator takes"},
      {message().add(4, message()), "input 'x' has no element type"},
      {sequence_of(message()), "input 'x' has no element type"},
      {sequence_of(type_of(static_cast<dtype>(200))), "input 'x' has the unknown element type 200"}};
  for (const auto& [type, want] : types) {
    parts p = identity(type);
    p.outputs = {message().text(1, "y")};
    const message bytes = p.model();
    const auto m = load(bytes);
    CHECK((m.has_value() ? full_name((*m).input(0).type) : m.error().message) == want);
  }
  message bottomless = f32;
  for (int i = 0; i < 100; ++i) bottomless = sequence_of(bottomless);
  CHECK(run(identity(bottomless), {}).contains("input 'x' is a sequence, an optional or a map around another one, which no operator takes"));
}

TEST_CASE("values of files") {
  const dtype s = sequence_type, o = in_form(form::optional, dtype::f32), os = in_form(form::optional_sequence, dtype::f32),
              m = in_form(form::text_map, dtype::f32), ms = in_form(form::text_maps, dtype::f32), im = in_form(form::integer_map, dtype::string);
  const message one = floats("", {2}, {1, 2}), two = floats("", {}, {3}), whole = tensors({two, two});
  const message map = message().number(2, 8).text(4, "a").text(4, "b").add(5, whole);
  CHECK(read(tensors({one, two}), s) == "{[1. 2.],\n 3.0}");
  CHECK(read(tensors({}), s) == "{}");
  CHECK(read(message(), s) == "{}");
  CHECK(read(one, dtype::f32) == "[1. 2.]");
  CHECK(read(one, dtype::i64) == "v: it is float32 where int64 is expected");
  CHECK(read(tensors({one, tensor("", dtype::i64, {0})}), s) == "element 1 of v: it is int64 where float32 is expected");
  CHECK(read(tensors({tensor("", dtype::f32, {2})}), s).starts_with("element 0 of v: float_data has 0 entries"));
  CHECK(read(tensors({one}), o) == "{[1. 2.]}");
  CHECK(read(message().number(2, 0), o) == "{}");
  CHECK(read(tensors({two, one}), o) == "{[1. 2.]}");
  CHECK(read(message().number(2, 3).add(5, tensors({one})), os) == "{{[1. 2.]}}");
  CHECK(read(map, m) == "{['a' 'b'],\n [3. 3.]}");
  CHECK(read(message().add(6, map).add(6, map), ms) == "{{['a' 'b'],\n [3. 3.]},\n {['a' 'b'],\n [3. 3.]}}");
  CHECK(read(message().packed(3, {7, -1}).add(5, tensors({tensor("", dtype::string, {}).text(6, "x"), tensor("", dtype::string, {1}).text(6, "y")})), im) ==
        "{[ 7 -1],\n ['x' 'y']}");
  CHECK(read(message().text(4, "a").add(5, whole), m) == "v: it has 1 keys, and its values are not as many numbers or texts");
  CHECK(read(message().text(4, "a").add(5, tensors({one})), m) == "v: it has 1 keys, and its values are not as many numbers or texts");
  message many;
  for (int i = 0; i < 10'000; ++i) many.text(3, "");
  CHECK(read(many, s) == "the model unfolds to more than 100000 bytes, the most that is allowed");
}

TEST_CASE("a session takes and gives values that are no tensors") {
  const any_tensor x = vector({1, 2}), s = tenon::sequence({x, vector({})});
  any_tensor held[] = {s};
  const any_tensor o = tenon::value_or_raise(tenon::try_contain(in_form(form::optional_sequence, dtype::f32), held));
  const parts p = identity(floats_sequence);
  CHECK(run(p, {s}) == to_string(s));
  CHECK(run(p, {x}) == "input 'x' is sequence of float32 [], not float32 [2]");
  CHECK(run(p, {any_tensor(sequence_type, {2})}) == "input 'x': element 0 of sequence of float32 is missing");
  CHECK(run(p, {any_tensor(sequence_type, {1, 1})}) == "input 'x': sequence of float32 cannot have shape [1,1]");
  CHECK(run(p, {o}).starts_with("input 'x' is sequence of float32 [], not optional sequence of float32"));
  CHECK(run(identity(optional_of(floats_sequence)), {o}) == to_string(o));
  CHECK(run(identity(optional_of(floats_sequence)), {s}) == to_string(s));  // an optional that is there
  // What comes out of one node goes into others, tensors among them.
  parts q;
  q.nodes = {node("SequenceInsert", "", {"s", "x"}, {"t"}), node("SequenceAt", "", {"t", "i"}, {"u"}), node("Add", "", {"u", "u"}, {"y"})};
  q.inputs = {typed("s", floats_sequence), typed("x", f32), typed("i", type_of(dtype::i64))};
  q.outputs = {typed("y", f32)};
  CHECK(run(q, {s, x, tenon::tensor<i64>({}, {-1})}) == "[2. 4.]");
  CHECK(run(q, {s, x, tenon::tensor<i64>({}, {5})}) == "SequenceAt: position 5 is out of range for a sequence of 3");
  // Operators of tensors refuse them.
  parts r = identity(floats_sequence);
  r.nodes = {node("Relu", "r", {"x"}, {"y"})};
  CHECK(run(r, {s}) == "Relu 'r' (opset 28): input X cannot be sequence of float32");
  r.nodes = {node("Shape", "r", {"x"}, {"y"})};
  CHECK(run(r, {s}) == "Shape 'r' (opset 28): input data cannot be sequence of float32");
}

TEST_CASE("SequenceMap runs its body for every element") {
  parts body, p;
  body.nodes = {node("Add", "", {"a", "b"}, {"c"}), node("Shape", "", {"a"}, {"d"})};
  body.inputs = {value("a", dtype::f32, {-1}), value("b", dtype::f32, {-1})};
  body.outputs = {value("c", dtype::f32, {-1}), value("d", dtype::i64, {1})};
  p.nodes = {node("SequenceMap", "map", {"x", "z"}, {"", "y"}, {subgraph("body", body.graph())})};
  p.inputs = {typed("x", floats_sequence), typed("z", floats_sequence)};
  p.outputs = {typed("y", sequence_of(type_of(dtype::i64)))};
  const any_tensor s = tenon::sequence({vector({1, 2}), vector({3})}), none = tenon::sequence({});
  CHECK(run(p, {s, s}) == "{[2],\n [1]}");
  CHECK(run(p, {none, none}) == "{}");
  CHECK(run(p, {s, none}) == "SequenceMap 'map': input 1 has 0 elements, and input 0 has 2");
  p.nodes = {node("SequenceMap", "map", {"x", "z"}, {"y"}, {subgraph("body", body.graph())})};
  p.inputs[1] = typed("z", f32);
  CHECK(run(p, {s, vector({10})}) == "{[11. 12.],\n [13.]}");
  p.nodes = {node("SequenceMap", "map", {"x"}, {"y"}, {subgraph("body", body.graph())})};
  CHECK(run(p, {s, vector({10})}) == "SequenceMap 'map': a body of 2 inputs and 2 outputs does not fit 1 inputs and 1 outputs");
}

TEST_CASE("a loop that collects ends at the limit of memory") {
  parts body, p;
  body.nodes = {node("SequenceInsert", "", {"s", "x"}, {"t"}), node("Identity", "", {"c"}, {"d"})};
  body.inputs = {value("i", dtype::i64, {}), value("c", dtype::boolean, {}), typed("s", floats_sequence)};
  body.outputs = {value("d", dtype::boolean, {}), typed("t", floats_sequence)};
  p.nodes = {node("Loop", "collect", {"m", "", "x0"}, {"y"}, {subgraph("body", body.graph())})};
  p.inputs = {value("m", dtype::i64, {}), typed("x0", floats_sequence), value("x", dtype::f32, {100})};
  p.outputs = {typed("y", floats_sequence)};
  const any_tensor none = tenon::sequence({}), x(dtype::f32, {100});
  const auto with = [&](i64 trips) { return run(p, {tenon::tensor<i64>({}, {trips}), none, x}, {.max_memory = 100'000}); };
  CHECK(with(3).starts_with("{[0. 0. "));
  CHECK(with(0) == "{}");
  CHECK(with(INT64_MAX).starts_with("Loop 'collect': "));
  CHECK(with(INT64_MAX).contains("does not fit the "));
}

TEST_CASE("pictures are read by what the load options name, or not at all") {
  struct grey final : tenon::image_reader {
    tenon::result<tenon::tensor<tenon::u8>> read(std::span<const std::byte> file, tenon::memory* from) override {
      auto t = tenon::tensor<tenon::u8>::try_make({1, static_cast<i64>(file.size()), 3}, from);
      for (i64 i = 0; t.has_value() && i < (*t).size(); ++i) (*t).data()[i] = std::to_integer<tenon::u8>(file[static_cast<std::size_t>(i / 3)]);
      return t;
    }
  } reader;
  parts p;
  p.nodes = {node("ImageDecoder", "d", {"x"}, {"y"})};
  p.inputs = {value("x", dtype::u8, {-1})};
  p.outputs = {value("y", dtype::u8, {1, -1, 3})};
  const message bytes = p.model();
  CHECK(run(p, {}).starts_with("ImageDecoder 'd': there is nothing that reads pictures: "));
  const auto m = tenon::onnx::try_load(bytes.span(), all_operators(), {.images = &reader});
  REQUIRE(m.has_value());
  tenon::session s(*m);
  const any_tensor x = tenon::tensor<tenon::u8>({2}, {7, 9});
  const any_view in[] = {x};
  CHECK(to_string((*s.try_run(in))[0]) == "[[[7 7 7]\n  [9 9 9]]]");
}
