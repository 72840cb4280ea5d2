// The whole interface, called as a guest calls it: what works, and for every mistake the number that says so.
#include "tenon/wasi_nn/engine.hpp"

#include "doctest.hpp"
#include "fake_guest.hpp"
#include "onnx/writer.hpp"
#include "operators.hpp"

namespace wasi_nn = tenon::wasi_nn;
using enum wasi_nn::nn_errno;
using tenon::code, tenon::dtype, tenon::i64, tenon::u32, tenon::u8;
using tests::fake_guest;
using tests::onnx::node, tests::onnx::parts, tests::onnx::value;

namespace {

constexpr u32 f32 = 1, u8_ = 3, i32_ = 4, i64_ = 5, outside = 0xfffffff0;

/// y = x x x^T, of any two dimensions; z = x itself.
std::string square() {
  parts p;
  p.nodes = {node("Transpose", "t", {"x"}, {"xt"}), node("MatMul", "m", {"x", "xt"}, {"y"}), node("Identity", "i", {"x"}, {"z"})};
  p.inputs = {value("x", dtype::f32, {-1, -1})};
  p.outputs = {value("y", dtype::f32, {-1, -1}), value("z", dtype::f32, {-1, -1})};
  return p.model().bytes;
}

/// Inputs of types that guests say in other words, and one of two fixed dimensions.
std::string types() {
  parts p;
  p.nodes = {node("Not", "n", {"b"}, {"nb"}), node("Identity", "", {"i"}, {"ni"}), node("Identity", "", {"l"}, {"nl"})};
  p.inputs = {value("b", dtype::boolean, {3}), value("i", dtype::i8, {-1}), value("l", dtype::i64, {2, 2})};
  p.outputs = {value("nb", dtype::boolean, {3}), value("ni", dtype::i8, {-1}), value("nl", dtype::i64, {2, 2})};
  return p.model().bytes;
}

struct shelf final : wasi_nn::named_models {
  int opened = 0;
  tenon::result<tenon::buffer> find(std::string_view name, tenon::memory* from) override {
    if (name != "square") return tenon::fail(code::not_found, {"no model is called ", name});
    ++opened;
    const std::string bytes = square();
    auto b = tenon::buffer::make(static_cast<i64>(bytes.size()), from);
    if (b.has_value()) std::memcpy((*b).data(), bytes.data(), bytes.size());
    return b;
  }
};

/// An engine and a guest that calls it.
struct calls {
  shelf named;
  wasi_nn::engine nn;
  fake_guest guest;
  u32 out = guest.room(4), size = guest.room(4), buffer = guest.room(64);

  explicit calls(wasi_nn::engine_options o = {}) : nn(all_operators(), (o.named = &named, o)) {}
  wasi_nn::nn_errno load(const std::string& bytes, u32 encoding = 1, u32 target = 0) {
    const u32 at = guest.put(bytes);
    return nn.load(guest, guest.put({at, static_cast<u32>(bytes.size())}), 1, encoding, target, out);
  }
  wasi_nn::nn_errno by_name(std::string_view name) {
    return nn.load_by_name(guest, guest.put(name), static_cast<u32>(name.size()), out);
  }
  u32 handle() const { return guest.at(out); }
  u32 graph(const std::string& bytes = square()) { return load(bytes) == success ? handle() : 0; }
  u32 context(u32 of) { return nn.init_execution_context(guest, of, out) == success ? handle() : 0; }
  wasi_nn::nn_errno output(u32 c, u32 index, u32 room = 64) { return nn.get_output(guest, c, index, buffer, room, size); }
  bool says(std::string_view s) const {
    if (nn.last_error() == s) return true;
    MESSAGE(nn.last_error());
    return false;
  }
};

}  // namespace

TEST_CASE("a guest loads, sets, computes and gets, for every shape it likes") {
  calls a;
  const u32 c = a.context(a.graph());
  REQUIRE(a.nn.set_input(a.guest, c, 0, a.guest.put_tensor<float>({2, 3}, f32, {1, 2, 3, 4, 5, 6})) == success);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.output(c, 0) == success);
  CHECK(a.guest.at(a.size) == 16);
  CHECK(a.guest.at<float>(a.buffer + 4) == 32);
  CHECK(a.nn.set_input(a.guest, c, 0, a.guest.put_tensor<float>({1, 2}, f32, {3, 4})) == success);
  CHECK(a.output(c, 1) == success);  // still of the run before
  CHECK(a.guest.at(a.size) == 24);
  CHECK(a.guest.at<float>(a.buffer) == 1);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.output(c, 0) == success);
  CHECK(a.guest.at(a.size) == 4);
  CHECK(a.guest.at<float>(a.buffer) == 25);
  CHECK(a.nn.set_input(a.guest, c, 0, a.guest.put_tensor<float>({0, 2}, f32, {})) == success);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.output(c, 0, 0) == success);
  CHECK(a.guest.at(a.size) == 0);
}

TEST_CASE("types that WASI-NN has no name for go by their width") {
  calls a;
  const u32 c = a.context(a.graph(types()));
  CHECK(a.nn.set_input(a.guest, c, 0, a.guest.put_tensor<u8>({3}, u8_, {0, 1, 200})) == success);
  CHECK(a.nn.set_input(a.guest, c, 1, a.guest.put_tensor<u8>({2}, u8_, {255, 7})) == success);
  CHECK(a.nn.compute(c) == invalid_argument);
  CHECK(a.says("compute: input 'l' is missing"));
  CHECK(a.nn.set_input(a.guest, c, 2, a.guest.put_tensor<i64>({2, 2}, i64_, {1, 2, 3, -4})) == success);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.output(c, 0) == success);
  CHECK((a.guest.at(a.buffer) & 0xffffff) == 1);
  CHECK(a.output(c, 2) == success);
  CHECK(a.guest.at<i64>(a.buffer + 24) == -4);
}

TEST_CASE("names: one graph each, until it is unloaded") {
  calls a;
  CHECK(a.by_name("square") == success);
  const u32 first = a.handle();
  CHECK(a.by_name("square") == success);
  CHECK(a.handle() == first);
  CHECK(a.named.opened == 1);
  CHECK(a.nn.unload(first) == success);
  const std::string_view name = "square", nothing = " {} ";
  CHECK(a.nn.load_by_name_with_config(a.guest, a.guest.put(name), 6, a.guest.put(nothing), 4, a.out) == success);
  CHECK(a.handle() == first + 1);
  CHECK(a.named.opened == 2);
  CHECK(a.nn.load_by_name_with_config(a.guest, a.guest.put(name), 6, a.guest.put("{\"threads\": 4}"), 14, a.out) == unsupported_operation);
  CHECK(a.by_name("circle") == not_found);
  CHECK(a.says("load_by_name: no model is called circle"));
  CHECK(a.by_name("") == not_found);
  CHECK(a.nn.load_by_name(a.guest, outside, 6, a.out) == invalid_argument);
  CHECK(a.nn.load_by_name(a.guest, 0, 65535, outside) == invalid_argument);
  CHECK(a.nn.load_by_name(a.guest, 0, 0xffffffff, a.out) == invalid_argument);
  CHECK(a.handle() == first + 1);
}

TEST_CASE("handles that are dead or never were") {
  calls a;
  const u32 g = a.graph(), c = a.context(g), tensor = a.guest.put_tensor<float>({1, 1}, f32, {2});
  CHECK(a.nn.init_execution_context(a.guest, g + 1, a.out) == invalid_argument);
  CHECK(a.says("init_execution_context: there is no graph 2"));
  CHECK(a.nn.set_input(a.guest, 0, 0, tensor) == invalid_argument);
  CHECK(a.nn.compute(c + 7) == invalid_argument);
  CHECK(a.output(0xffffffff, 0) == invalid_argument);
  CHECK(a.nn.unload(99) == invalid_argument);
  CHECK(a.nn.finalize_execution_context(c) == success);
  CHECK(a.nn.finalize_execution_context(c) == invalid_argument);
  CHECK(a.says("finalize_execution_context: there is no context 1"));
  CHECK(a.nn.compute(c) == invalid_argument);
  CHECK(a.context(g) == c + 1);
}

TEST_CASE("a context outlives its graph, to be emptied and no more") {
  calls a;
  const u32 g = a.graph(), c = a.context(g), tensor = a.guest.put_tensor<float>({1, 1}, f32, {2});
  CHECK(a.nn.set_input(a.guest, c, 0, tensor) == success);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.nn.unload(g) == success);
  CHECK(a.nn.unload(g) == invalid_argument);
  CHECK(a.nn.init_execution_context(a.guest, g, a.out) == invalid_argument);
  CHECK(a.nn.set_input(a.guest, c, 0, tensor) == invalid_argument);
  CHECK(a.nn.compute(c) == invalid_argument);
  CHECK(a.says("compute: the graph of context 1 has been unloaded"));
  CHECK(a.output(c, 0) == success);
  CHECK(a.guest.at<float>(a.buffer) == 4);
  CHECK(a.nn.finalize_execution_context(c) == success);
}

TEST_CASE("models that are none, or not for here") {
  calls a;
  CHECK(a.load("this is no model") == invalid_encoding);
  CHECK(a.says("load: not an ONNX model: byte 0 of the file begins no field of one"));
  CHECK(a.load("") == invalid_encoding);
  CHECK(a.load(square().substr(0, 60)) == invalid_encoding);
  for (u32 encoding : {0u, 2u, 4u, 6u, 8u, 0xffffffffu}) CHECK(a.load(square(), encoding) == invalid_encoding);
  CHECK(a.says("load: encoding 4294967295: only 1 (ONNX) and 5 (autodetect) are known"));
  CHECK(a.load(square(), 5, 3) == success);
  CHECK(a.load(square(), 1, 4) == invalid_argument);
  parts p;
  p.nodes = {node("Telepathy", "", {"x"}, {"y"})};
  p.inputs = {value("x", dtype::f32, {1})};
  p.outputs = {value("y", dtype::f32, {1})};
  CHECK(a.load(p.model().bytes) == unsupported_operation);
  const u32 model = a.guest.put(square()), pair = a.guest.put({model, static_cast<u32>(square().size()), model, 1});
  CHECK(a.nn.load(a.guest, pair, 0, 1, 0, a.out) == invalid_argument);
  CHECK(a.nn.load(a.guest, pair, 2, 1, 0, a.out) == invalid_argument);
  CHECK(a.nn.load(a.guest, outside, 1, 1, 0, a.out) == invalid_argument);
  CHECK(a.nn.load(a.guest, pair, 1, 1, 0, outside) == invalid_argument);
  CHECK(a.nn.load(a.guest, a.guest.put({model, 0xffffffff}), 1, 1, 0, a.out) == invalid_argument);
  CHECK(a.nn.load(a.guest, a.guest.put({outside, 100}), 1, 1, 0, a.out) == invalid_argument);
  CHECK(a.says("load: the model (100 bytes at 4294967280) is outside of the guest's memory of 65536 bytes"));
}

TEST_CASE("tensors that are none, or not for this model") {
  calls a;
  const u32 c = a.context(a.graph()), t = a.context(a.graph(types())), data = a.guest.room(64);
  fake_guest& g = a.guest;
  const auto set = [&](u32 tensor, u32 index = 0) { return a.nn.set_input(g, c, index, tensor); };
  CHECK(set(g.put_tensor({1, 1}, f32, data, 4), 1) == invalid_argument);
  CHECK(a.says("set_input: there is no input 1: the model has 1"));
  CHECK(set(outside) == invalid_argument);
  CHECK(set(65536 - 19) == invalid_argument);
  for (u32 type : {6u, 7u, 255u}) CHECK(set(g.put_tensor({1, 1}, type, data, 4)) == invalid_argument);
  CHECK(set(g.put_tensor({1, 1}, i32_, data, 4)) == invalid_argument);
  CHECK(a.says("set_input: input 'x' is float32 [?,?], not int32 [1,1]"));
  CHECK(set(g.put_tensor({4}, f32, data, 16)) == invalid_argument);
  CHECK(set(g.put_tensor({2, 2}, f32, data, 15)) == invalid_argument);
  CHECK(a.says("set_input: a tensor of float32 [2,2] does not have 15 bytes"));
  CHECK(set(g.put_tensor({2, 2}, f32, data, 20)) == invalid_argument);
  CHECK(set(g.put_tensor({0x10000, 0x10000}, f32, data, 0)) == invalid_argument);
  CHECK(set(g.put_tensor({0xffffffff, 0xffffffff}, f32, data, 4)) == invalid_argument);
  CHECK(set(g.put_tensor({1, 1}, f32, outside, 4)) == invalid_argument);
  CHECK(set(g.put_tensor({0x4000, 0x4000}, f32, data, 0x40000000)) == invalid_argument);
  CHECK(set(g.put({outside, 2, f32, data, 4})) == invalid_argument);
  CHECK(set(g.put({data, 13, f32, data, 4})) == invalid_argument);
  CHECK(set(g.put({data, 0xffffffff, f32, data, 4})) == invalid_argument);
  CHECK(a.nn.set_input(g, t, 2, g.put_tensor({2, 3}, i64_, data, 48)) == invalid_argument);
  CHECK(a.says("set_input: input 'l' is int64 [2,2], not int64 [2,3]"));
  CHECK(a.nn.compute(c) == invalid_argument);
  CHECK(a.says("compute: input 'x' is missing"));
}

TEST_CASE("outputs that are not there, and buffers that are too small") {
  calls a;
  const u32 c = a.context(a.graph());
  CHECK(a.output(c, 0) == invalid_argument);
  CHECK(a.says("get_output: nothing has been computed"));
  CHECK(a.nn.set_input(a.guest, c, 0, a.guest.put_tensor<float>({2, 2}, f32, {1, 2, 3, 4})) == success);
  CHECK(a.nn.compute(c) == success);
  CHECK(a.output(c, 2) == invalid_argument);
  CHECK(a.output(c, 0xffffffff) == invalid_argument);
  CHECK(a.output(c, 0, 15) == too_large);
  CHECK(a.says("get_output: output 0 has 16 bytes, the buffer 15"));
  CHECK(a.guest.at(a.size) == 16);
  CHECK(a.guest.at(a.buffer) == 0xeeeeeeee);
  CHECK(a.nn.get_output(a.guest, c, 0, outside, 16, a.size) == invalid_argument);
  CHECK(a.nn.get_output(a.guest, c, 0, 65521, 16, a.size) == invalid_argument);
  CHECK(a.nn.get_output(a.guest, c, 0, a.buffer, 0xffffffff, a.size) == invalid_argument);
  CHECK(a.nn.get_output(a.guest, c, 0, a.buffer, 64, 65533) == invalid_argument);
  CHECK(a.guest.at(a.buffer) == 0xeeeeeeee);
  CHECK(a.output(c, 0, 16) == success);
  CHECK(a.guest.at<float>(a.buffer + 12) == 25);
}

TEST_CASE("what language models have is refused") {
  calls a;
  CHECK(a.nn.token_by_token("compute_single") == unsupported_operation);
  CHECK(a.says("compute_single: an ONNX model does not run token by token"));
}

TEST_CASE("limits: of handles, of a model, of a run; and a memory that says no") {
  calls few({.max_handles = 1});
  const u32 g = few.graph();
  CHECK(few.load(square()) == too_large);
  CHECK(few.context(g) == 1);
  CHECK(few.nn.init_execution_context(few.guest, g, few.out) == too_large);
  CHECK(few.nn.unload(g) == success);
  CHECK(few.graph() == 2);

  calls small({.max_memory = 100});
  CHECK(small.load(square()) == too_large);
  CHECK(small.by_name("square") == too_large);

  tenon::limited_memory memory(32000);
  calls tight({.from = &memory, .max_memory = 1 << 15});
  const u32 c = tight.context(tight.graph());
  const u32 data = tight.guest.room(32768);
  CHECK(tight.nn.set_input(tight.guest, c, 0, tight.guest.put_tensor({64, 128}, f32, data, 32768)) == too_large);
  CHECK(tight.says("set_input: no memory"));
  CHECK(tight.nn.set_input(tight.guest, c, 0, tight.guest.put_tensor({64, 1}, f32, data, 256)) == success);
  CHECK(tight.nn.compute(c) == too_large);
  CHECK(tight.output(c, 0) == invalid_argument);
  CHECK(tight.nn.set_input(tight.guest, c, 0, tight.guest.put_tensor<float>({1, 2}, f32, {3, 4})) == success);
  CHECK_MESSAGE(tight.nn.compute(c) == success, tight.nn.last_error());
}
