// Reshape, Flatten, Squeeze, Unsqueeze and Identity: the same elements in the shape that was asked for, and
// what the operators say when it cannot be had. Shape and Size.
#include "tenon/ops/shape.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Flatten;
using tenon::ops::Identity;
using tenon::ops::Reshape;
using tenon::ops::Shape;
using tenon::ops::Size;
using tenon::ops::Squeeze;
using tenon::ops::Unsqueeze;

namespace {

table reshaped(const table& x, const shape& dims) {
  table y(x.type, dims);
  y.bits = x.bits;
  y.all = x.all;
  return y;
}

}  // namespace

void reshape_cases(trial& t) {
  const auto run = [&](const shape& from, std::initializer_list<i64> wanted, const shape& to, bool zero = false) {
    table x = t.patterns(from);
    const table y = reshaped(x, to), dims = list_of(wanted);
    const Reshape o{.allowzero = zero};
    t.expect(&o, {&x, &dims}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({2, size}, {size, 2}, {size, 2}, true), run({2, size}, {-1}, {2 * size});
  run({2, 3, 4}, {0, -1}, {2, 12}), run({2, 3, 4}, {4, 3, 2}, {4, 3, 2}), run({2, 3, 4}, {-1, 0, 2}, {4, 3, 2});
  run({1}, {}, {}), run({}, {1, 1}, {1, 1}), run({0, 3}, {3, 0}, {3, 0}, true), run({0, 3}, {0, 5}, {0, 5}), run({6}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6});
}
const by_reference reshape_reference(cases{"Reshape", reshape_cases});

void flatten_cases(trial& t) {
  const auto run = [&](const shape& from, i64 axis, const shape& to) {
    table x = t.patterns(from);
    const table y = reshaped(x, to);
    const Flatten o{.axis = axis};
    t.expect(&o, {&x}, {&y});
  };
  run({2, 3, 4}, 1, {2, 12}), run({2, 3, 4}, 0, {1, 24}), run({2, 3, 4}, 3, {24, 1}), run({2, 3, 4}, -1, {6, 4}), run({}, 0, {1, 1});
  run({5}, 1, {5, 1}), run({2, 0, 3}, 1, {2, 0}), run({2, 0, 3}, 2, {0, 3}), run({2, 3, 4}, -3, {1, 24});
}
const by_reference flatten_reference(cases{"Flatten", flatten_cases});

void identity_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (const shape& s : {shape{}, {0}, {1}, {n - 1}, {n}, {n + 1}, {3, 3 * n + 1}, {2, 3, 4}}) {
    table x = t.patterns(s);
    const Identity o;
    t.expect(&o, {&x}, {&x});
  }
}
const by_reference identity_reference(cases{"Identity", identity_cases});

void squeeze_cases(trial& t) {
  const auto run = [&](const shape& from, std::optional<ints> axes, const shape& to) {
    const table x = t.patterns(from), y = reshaped(x, to);
    const Squeeze o;
    if (!axes) return t.expect(&o, {&x}, {&y});
    const table list(shape{static_cast<i64>(axes->size())}, *axes);
    t.expect(&o, {&x, &list}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, n - 1, n, n + 1, 3 * n + 1}) run({1, size}, {}, {size}), run({size, 1, 2}, ints{1}, {size, 2});
  run({1, 2, 1, 3}, {}, {2, 3}), run({1, 2, 1, 3}, ints{-2}, {1, 2, 3}), run({1, 2, 1, 3}, ints{2, -4}, {2, 3}), run({1, 2}, ints{}, {1, 2}), run({1, 1}, {}, {}), run({}, {}, {});
}
const by_reference squeeze_reference(cases{"Squeeze", squeeze_cases});

void unsqueeze_cases(trial& t) {
  const auto run = [&](const shape& from, const ints& axes, const shape& to) {
    const table x = t.patterns(from), y = reshaped(x, to), list(shape{static_cast<i64>(axes.size())}, axes);
    const Unsqueeze o;
    t.expect(&o, {&x, &list}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, n - 1, n, n + 1, 3 * n + 1}) run({size, 2}, {1}, {size, 1, 2}), run({size}, {-1}, {size, 1});
  run({2, 3}, {0, -1}, {1, 2, 3, 1}), run({2, 3}, {3, 1, 2}, {2, 1, 1, 1, 3}), run({}, {0}, {1}), run({2}, {}, {2});
  run({2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2});
}
const by_reference unsqueeze_reference(cases{"Unsqueeze", unsqueeze_cases});

void shape_cases(trial& t) {
  const auto run = [&](const shape& from, i64 start, std::optional<i64> end, std::initializer_list<i64> dims) {
    const table x = t.patterns(from), y = list_of(dims);
    const Shape o{.start = start, .end = end};
    t.expect(&o, {&x}, {&y});
  };
  run({2, 3, 4}, 0, {}, {2, 3, 4}), run({2, 3, 4}, -1, {}, {4}), run({2, 3, 4}, 1, -1, {3}), run({2, 3, 4}, 2, 1, {}), run({}, 0, {}, {});
  run({2, 0, 4}, -100, 100, {2, 0, 4}), run({2, 3}, INT64_MIN, INT64_MAX, {2, 3}), run({2, 3}, INT64_MAX, INT64_MIN, {});
}
const by_reference shape_reference(cases{"Shape", shape_cases});

void size_cases(trial& t) {
  for (const shape& s : {shape{}, shape{0}, shape{2, 3, 4}, shape{5, 0}, shape{17}}) {
    const table x = t.patterns(s), y(dtype::i64, {}, {static_cast<double>(count(s))});
    const Size o;
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference size_reference(cases{"Size", size_cases});

TEST_CASE("Squeeze and Unsqueeze say which axis is wrong") {
  const any_tensor x = zeros(dtype::f32, {1, 3});
  const auto says = [&](const char* name, std::initializer_list<i64> axes) {
    const tensor<i64> list(shape{static_cast<i64>(axes.size())}, axes);
    return complaint(name, nullptr, {x, list.look()});
  };
  CHECK(says("Squeeze", {0}) == "");
  CHECK(says("Squeeze", {1}) == "Squeeze: axis 1 of [1,3] has 3 elements, not 1");
  CHECK(says("Squeeze", {2}) == "Squeeze: axis 2 is out of range for [1,3]");
  CHECK(says("Squeeze", {0, -2}) == "Squeeze: axis -2 is named twice");
  CHECK(says("Unsqueeze", {0, 3}) == "");
  CHECK(says("Unsqueeze", {3}) == "Unsqueeze: axis 3 is out of range for [1,1,1]");
  CHECK(says("Unsqueeze", {INT64_MIN}) == "Unsqueeze: axis -9223372036854775808 is out of range for [1,1,1]");
  CHECK(says("Unsqueeze", {1, 1}) == "Unsqueeze: axis 1 is named twice");
  CHECK(complaint("Unsqueeze", nullptr, {x, zeros(dtype::i64, {11})}) == "Unsqueeze: the result would have 13 dimensions, more than 12");
  CHECK(complaint("Unsqueeze", nullptr, {x, zeros(dtype::i64, {1, 1})}) == "Unsqueeze: axes of shape [1,1] are not a list");
}

TEST_CASE("Squeeze and Unsqueeze of opset 11 have axes as an attribute") {
  for (const char* name : {"Squeeze", "Unsqueeze"}) {
    any_op o(row(name));
    fake_node n(11), none(11);
    n.attributes["axes"] = ints{0, -2};
    CHECK(row(name).upgrade(o.get(), n).has_value());
    CHECK(row(name).upgrade(o.get(), none).has_value());
    CHECK(set_input(n, 1) == "int64 0 -2 [2]");
    CHECK(set_input(none, 1) == "absent");
  }
}

TEST_CASE("Reshape says why a shape does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const auto says = [&](const any_view& data, const std::vector<i64>& wanted, bool zero = false) {
    const Reshape o{.allowzero = zero};
    const tensor<i64> dims(shape{static_cast<i64>(wanted.size())}, wanted);
    return complaint("Reshape", &o, {data, dims.look()});
  };
  CHECK(says(x, {3, 2}) == "");
  CHECK(says(x, {4}) == "Reshape: shape [4] does not fit the 6 elements of [2,3]");
  CHECK(says(x, {4, -1}) == "Reshape: shape [4,?] does not fit the 6 elements of [2,3]");
  CHECK(says(x, {-1, -1}) == "Reshape: shape [?,?] leaves more than one dimension open");
  CHECK(says(x, {1, 1, 0}) == "Reshape: entry 2 of shape [1,1,0] copies a dimension that [2,3] has not");
  CHECK(says(x, {-2, 3}) == "Reshape: shape [?,3] is not one");
  CHECK(says(x, {INT64_MIN}) == "Reshape: shape [?] is not one");
  CHECK(says(x, {INT64_MAX, 2}) == "Reshape: shape [9223372036854775807,2] is not one");
  CHECK(says(x, {i64{1} << 32, i64{1} << 32}) == "Reshape: shape [4294967296,4294967296] is not one");
  CHECK(says(x, {0, -1}, true) == "Reshape: shape [0,?] does not fit the 6 elements of [2,3]");
  CHECK(says(x, {}) == "Reshape: shape [] does not fit the 6 elements of [2,3]");
  CHECK(says(x, std::vector<i64>(13, 1)) == "Reshape: a shape of [13] entries; at most 12 are supported");
  CHECK(says(x, std::vector<i64>(1000, 1)) == "Reshape: a shape of [1000] entries; at most 12 are supported");
  const any_tensor none = zeros(dtype::f32, {0, 3});
  CHECK(says(none, {0, -1}) == "Reshape: shape [0,?] does not fit the 0 elements of [0,3]");
  CHECK(says(none, {i64{1} << 40, i64{1} << 40, 0}, true) != "trap");
  const Reshape o;
  const tensor<i64> square({1, 2}, {3, 2});
  const tensor<i32> narrow({2}, {3, 2});
  CHECK(complaint("Reshape", &o, {x, square.look()}) == "Reshape: a shape of [1,2] entries; at most 12 are supported");
  CHECK(complaint("Reshape", &o, {x, narrow.look()}) == "Reshape: input shape cannot be int32");
  CHECK(complaint("Reshape", &o, {x}) == "Reshape: takes 2 inputs, not 1");
}

TEST_CASE("Reshape waits for a shape that is not known yet") {
  const known in[] = {{dtype::f32, shape{2, 3}, {}}, {dtype::i64, shape{2}, {}}};
  known out[1];
  infer_context c(row("Reshape"), in, out);
  const Reshape o;
  CHECK(row("Reshape").infer(&o, c).has_value());
  CHECK(c.is_later());
  // What is known to be too long need not be waited for.
  const known scalar[] = {{dtype::f32, shape{2, 3}, {}}, {dtype::i64, shape{}, {}}};
  infer_context d(row("Reshape"), scalar, out);
  CHECK(row("Reshape").infer(&o, d).has_value());
}

TEST_CASE("Flatten says which axis is out of range") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const auto says = [&](i64 axis, const any_view& in) {
    const Flatten o{.axis = axis};
    return complaint("Flatten", &o, {in});
  };
  CHECK(says(2, x) == "");
  CHECK(says(3, x) == "Flatten: axis 3 is out of range for [2,3]");
  CHECK(says(-3, x) == "Flatten: axis -3 is out of range for [2,3]");
  CHECK(says(INT64_MIN, x) == "Flatten: axis -9223372036854775808 is out of range for [2,3]");
  const i64 big = i64{1} << 40;
  const any_tensor none = zeros(dtype::f32, {big, big, 0});
  CHECK(says(2, none) == "Flatten: [1099511627776,1099511627776,0] has rows that 64 bits do not count");
  CHECK(says(1, none) == "");
  const any_tensor first = zeros(dtype::f32, {0, big, big});
  CHECK(says(1, first) == "Flatten: [0,1099511627776,1099511627776] has rows that 64 bits do not count");
}

TEST_CASE("strings that lie apart are an error where bytes are copied") {
  const tensor<std::string> x({2, 2}, {"a", "b", "c", "a string that is too long for its object"});
  const any_view turned(dtype::string, shape{2, 2}, shape{1, 2}, reinterpret_cast<const std::byte*>(x.data()));
  const Identity o;
  CHECK(complaint("Identity", &o, {x.look()}) == "");
  CHECK(complaint("Identity", &o, {turned}) == "Identity: input input has strings that do not lie one after the other");
}

TEST_CASE("Reshape of opset 1 has its shape as an attribute") {
  Reshape o;
  fake_node n(1);
  n.attributes["shape"] = ints{0, -1};
  n.attributes["consumed_inputs"] = ints{0};
  CHECK(row("Reshape").upgrade(&o, n).has_value());
  CHECK(set_input(n, 1) == "int64 0 -1 [2]");
  CHECK(n.attributes.empty());
}

}  // namespace tests::ops
