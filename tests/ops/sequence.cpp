// Sequences: what their operators make of good and of bad inputs. A body runs in a session only: SequenceMap is in
// tests/onnx/data.cpp.
#include "containers.hpp"

namespace tests::ops {
namespace {

using namespace tenon::ops;

any_tensor vector(std::initializer_list<float> v) { return tensor<float>({static_cast<i64>(v.size())}, v); }
any_tensor position(i64 at) { return tensor<i64>({}, {at}); }
any_tensor three() { return tenon::sequence({vector({1, 2}), vector({3}), vector({})}); }

TEST_CASE("a sequence is made, read, changed and put together") {
  const any_tensor s = three(), none = tenon::sequence({}), x = vector({5}), minus = tensor<i32>({1}, {-1});
  CHECK(made("SequenceConstruct", SequenceConstruct{}, {vector({1, 2}), vector({3}), vector({})}) == to_string(s));
  CHECK(made("SequenceEmpty", SequenceEmpty{.dtype = dtype::i64}, {}) == "{}");
  const std::pair<i64, const char*> at[] = {{0, "[1. 2.]"}, {1, "[3.]"}, {-1, "[]"}, {-3, "[1. 2.]"},
      {3, "SequenceAt: position 3 is out of range for a sequence of 3"}, {-4, "SequenceAt: position -4 is out of range for a sequence of 3"}};
  for (const auto& [i, want] : at) CHECK(made("SequenceAt", SequenceAt{}, {s, position(i)}) == want);
  CHECK(made("SequenceAt", SequenceAt{}, {s, minus}) == "[]");
  CHECK(made("SequenceErase", SequenceErase{}, {s}) == "{[1. 2.],\n [3.]}");
  CHECK(made("SequenceErase", SequenceErase{}, {s, position(0)}) == "{[3.],\n []}");
  CHECK(made("SequenceErase", SequenceErase{}, {none}) == "SequenceErase: position -1 is out of range for a sequence of 0");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, x}) == "{[1. 2.],\n [3.],\n [],\n [5.]}");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, x, position(-3)}) == "{[5.],\n [1. 2.],\n [3.],\n []}");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, x, position(3)}) == "{[1. 2.],\n [3.],\n [],\n [5.]}");
  CHECK(made("SequenceInsert", SequenceInsert{}, {none, x, position(0)}) == "{[5.]}");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, x, position(4)}) == "SequenceInsert: position 4 is out of range for a sequence of 3");
  CHECK(made("SequenceLength", SequenceLength{}, {s}) == "3");
  CHECK(to_string(s) == "{[1. 2.],\n [3.],\n []}");
}

TEST_CASE("a tensor becomes a sequence and a sequence a tensor") {
  const any_tensor x = tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const any_tensor two = position(2), list = tensor<i32>({3}, {1, 0, 2}), zero = position(0), square = tensor<i64>({1, 1}, {1}),
                   minus = tensor<i64>({2}, {4, -1}), few = tensor<i64>({1}, {2});
  CHECK(made("SplitToSequence", SplitToSequence{}, {x}) == "{[[1. 2. 3.]],\n [[4. 5. 6.]]}");
  CHECK(made("SplitToSequence", SplitToSequence{.keepdims = false}, {x}) == "{[1. 2. 3.],\n [4. 5. 6.]}");
  CHECK(made("SplitToSequence", SplitToSequence{.axis = -1, .keepdims = false}, {x, two}) == "{[[1. 2.]\n [4. 5.]],\n [[3.]\n [6.]]}");
  CHECK(made("SplitToSequence", SplitToSequence{.axis = 1}, {x, list}) == "{[[1.]\n [4.]],\n [],\n [[2. 3.]\n [5. 6.]]}");
  CHECK(made("SplitToSequence", SplitToSequence{.axis = 2}, {x}) == "SplitToSequence: axis 2 is out of range for [2,3]");
  CHECK(made("SplitToSequence", SplitToSequence{}, {x, zero}) == "SplitToSequence: split is 0, and pieces have 1 element at least");
  CHECK(made("SplitToSequence", SplitToSequence{}, {x, square}) == "SplitToSequence: split has shape [1,1] where a number or a list is expected");
  CHECK(made("SplitToSequence", SplitToSequence{.axis = 1}, {x, minus}) == "SplitToSequence: entry 0 of split is 4, of 3 along axis 1");
  CHECK(made("SplitToSequence", SplitToSequence{.axis = 1}, {x, few}) == "SplitToSequence: split adds up to 2, not 3");
  // What lies apart is gathered, strings are strings.
  const tensor<std::string> words({2, 2}, {"a", "b", "c", "d"});
  CHECK(made("SplitToSequence", SplitToSequence{.axis = 1, .keepdims = false}, {words}) == "{['a' 'c'],\n ['b' 'd']}");

  const any_tensor parts = tenon::sequence({x, tensor<float>({2, 1}, {7, 8})}), same = tenon::sequence({x, x});
  CHECK(made("ConcatFromSequence", ConcatFromSequence{.axis = 1}, {parts}) == "[[1. 2. 3. 7.]\n [4. 5. 6. 8.]]");
  CHECK(made("ConcatFromSequence", ConcatFromSequence{.axis = -1, .new_axis = true}, {same}) ==
        "[[[1. 1.]\n  [2. 2.]\n  [3. 3.]]\n\n [[4. 4.]\n  [5. 5.]\n  [6. 6.]]]");
  CHECK(made("ConcatFromSequence", ConcatFromSequence{.axis = 0}, {parts}) ==
        "ConcatFromSequence: slices of one output differ: float32 [2,3] and float32 [2,1]");
  CHECK(made("ConcatFromSequence", ConcatFromSequence{.axis = 2}, {parts}) == "ConcatFromSequence: axis 2 is out of range for slices of [2,3]");
  CHECK(made("ConcatFromSequence", ConcatFromSequence{.axis = 0}, {tenon::sequence({})}) == "ConcatFromSequence: the sequence is empty");
}

TEST_CASE("values of other types and forms are refused") {
  const any_tensor s = three(), x = vector({1}), i = position(0), flags = tensor<bool>({1}, {true});
  CHECK(made("SequenceAt", SequenceAt{}, {x, i}) == "SequenceAt: input input_sequence cannot be float32");
  CHECK(made("SequenceAt", SequenceAt{}, {s, x}) == "SequenceAt: input position cannot be float32");
  CHECK(made("SequenceAt", SequenceAt{}, {s, tensor<i64>({2}, {0, 0})}) == "SequenceAt: position has shape [2] where one number is expected");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, flags}) == "SequenceInsert: input tensor is bool where float32 is expected");
  CHECK(made("SequenceInsert", SequenceInsert{}, {s, s}) == "SequenceInsert: input tensor cannot be sequence of float32");
  CHECK(made("SequenceConstruct", SequenceConstruct{}, {x, flags}) == "SequenceConstruct: input inputs is bool where float32 is expected");
  CHECK(made("SequenceConstruct", SequenceConstruct{}, {s}) == "SequenceConstruct: input inputs cannot be sequence of float32");
  CHECK(made("SequenceMap", SequenceMap{}, {x}) == "SequenceMap: input input_sequence cannot be float32");
}

TEST_CASE("what a sequence shares counts against the limit as well") {
  const any_tensor x = zeros(dtype::f32, {1000}), s = tenon::sequence({x, x});
  const any_view in[] = {s, x};
  const SequenceInsert insert;
  const auto r = try_apply(*operators().find("", "SequenceInsert"), &insert, in, {.limit = 4000});
  REQUIRE(!r.has_value());
  if (!r.has_value()) CHECK(r.error().message.starts_with("SequenceInsert: a tensor of shape [1000] does not fit the "));
  CHECK(held_bytes(s) > 8000);
}

}  // namespace
}  // namespace tests::ops
