// Transpose, Concat and Split: elements of every type where indices say they go, and what the
// operators say about wrong inputs.
#include "tenon/ops/move.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Concat;
using tenon::ops::Split;
using tenon::ops::Transpose;

void transpose_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  const auto run = [&](const shape& dims, const ints& perm) {
    table x = t.patterns(dims);
    ints order = perm;
    for (int i = dims.rank(); perm.empty() && i-- > 0;) order.push_back(i);
    shape out;
    for (i64 p : order) out.push_back(dims[static_cast<int>(p)]);
    table y(t.type, out);
    y.bits = x.bits;
    each(out, [&](const shape& i) {
      shape from = i;
      for (std::size_t k = 0; k < order.size(); ++k) from[static_cast<int>(order[k])] = i[static_cast<int>(k)];
      y[i] = x[from];
    });
    const Transpose o{.perm = perm};
    t.expect(&o, {&x}, {&y});
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, {}), run({3, size}, {}), run({2, size, 3}, {2, 0, 1});
  run({}, {}), run({2, 3, 4}, {}), run({2, 3, 4}, {0, 2, 1}), run({2, 3, 4}, {1, 0, 2}), run({2, 3, 4, 5}, {0, 2, 3, 1});
  run({2, 3, 4, 5}, {3, 1, 0, 2}), run({2, 1, 3, 1, 2}, {4, 3, 2, 1, 0}), run({17, 19}, {1, 0});
  run({1, 1, 1, 1, 1, 1, 2, 1, 3, 1, 1, 2}, {});
}
const by_reference transpose_reference(cases{"Transpose", transpose_cases});

void concat_cases(trial& t) {
  const auto run = [&](std::initializer_list<shape> dims, i64 axis) {
    std::vector<table> in;
    for (const shape& s : dims) in.push_back(t.patterns(s));
    shape out = in[0].dims;
    const int at = static_cast<int>(axis < 0 ? axis + out.rank() : axis);
    out[at] = 0;
    for (const table& x : in) out[at] += x.dims[at];
    table y(t.type, out);
    y.bits = in[0].bits;
    i64 start = 0;
    for (table& x : in) {
      each(x.dims, [&](const shape& i) {
        shape to = i;
        to[at] += start;
        y[to] = x[i];
      });
      start += x.dims[at];
    }
    std::vector<const table*> given;
    for (const table& x : in) given.push_back(&x);
    const table* wanted[] = {&y};
    const Concat o{.axis = axis};
    t.expect(&o, given, wanted);
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({{size}, {3}}, 0), run({{2, size}, {2, 1}, {2, size}}, 1);
  run({{2, 3, 4}}, 1), run({{2, 3, 4}, {1, 3, 4}}, 0), run({{2, 3, 4}, {2, 5, 4}, {2, 0, 4}}, -2), run({{2, 3, 4}, {2, 3, 1}}, -1);
  run({{0, 3}, {0, 2}}, 1);
}
const by_reference concat_reference(cases{"Concat", concat_cases});

void split_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 axis, const ints& lengths, std::optional<i64> num, bool given) {
    table x = t.patterns(dims);
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    std::vector<table> pieces;
    i64 start = 0;
    for (i64 length : lengths) {
      shape out = dims;
      out[at] = length;
      table y(t.type, out);
      y.bits = x.bits;
      each(out, [&](const shape& i) {
        shape from = i;
        from[at] += start;
        y[i] = x[from];
      });
      start += length;
      pieces.push_back(std::move(y));
    }
    std::vector<const table*> wanted;
    for (const table& y : pieces) wanted.push_back(&y);
    const table split(shape{static_cast<i64>(lengths.size())}, lengths);
    const table* in[] = {&x, &split};
    const Split o{.axis = axis, .num_outputs = num};
    t.expect(&o, std::span(in).first(given ? 2 : 1), wanted);
  };
  run({6}, 0, {2, 2, 2}, 3, false), run({7, 2}, 0, {3, 3, 1}, 3, false), run({2, 5}, -1, {2, 2, 1, 0}, 4, false);
  run({4, 6}, 1, {1, 0, 5}, {}, true), run({4, 6, 3}, 1, {6}, {}, true), run({2, 3, 33}, 2, {16, 17}, {}, true);
  run({0, 3}, 0, {0, 0}, 2, false), run({3, 0}, 0, {1, 2}, 2, true), run({5, 3}, 0, {2, 3}, {}, true), run({4}, 0, {2, 2}, {}, false);
}
const by_reference split_reference(cases{"Split", split_cases});

TEST_CASE("Transpose says which perm does not reorder") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const auto says = [&](const ints& perm) {
    const Transpose o{.perm = perm};
    return complaint("Transpose", &o, {x});
  };
  CHECK(says({1, 0}) == "");
  CHECK(says({0}) == "Transpose: perm [0] does not reorder [2,3]");
  CHECK(says({0, 0}) == "Transpose: perm [0,0] does not reorder [2,3]");
  CHECK(says({0, 2}) == "Transpose: perm [0,2] does not reorder [2,3]");
  CHECK(says({-1, 0}) == "Transpose: perm [?,0] does not reorder [2,3]");
  CHECK(says({0, INT64_MAX}) == "Transpose: perm [0,9223372036854775807] does not reorder [2,3]");
  CHECK(says(ints(20, 0)).starts_with("Transpose: perm [0,0,0,"));
}

TEST_CASE("Concat says which inputs do not fit") {
  const any_tensor a = zeros(dtype::f32, {2, 3}), b = zeros(dtype::f32, {3, 3}), c = zeros(dtype::f32, {2}), d = zeros(dtype::f64, {2, 3}),
                   scalar = zeros(dtype::f32, {}), e = zeros(dtype::f32, {0, INT64_MAX});
  const auto says = [&](i64 axis, std::initializer_list<any_view> in) {
    const Concat o{.axis = axis};
    return complaint("Concat", &o, in);
  };
  CHECK(says(0, {a, b}) == "");
  CHECK(says(1, {a, b}) == "Concat: inputs 0 and 1 do not fit along axis 1: [2,3] and [3,3]");
  CHECK(says(0, {a, a, c}) == "Concat: inputs 0 and 2 do not fit along axis 0: [2,3] and [2]");
  CHECK(says(2, {a, b}) == "Concat: axis 2 is out of range for [2,3]");
  CHECK(says(-3, {a, b}) == "Concat: axis -3 is out of range for [2,3]");
  CHECK(says(INT64_MIN, {a, b}) == "Concat: axis -9223372036854775808 is out of range for [2,3]");
  CHECK(says(0, {scalar, scalar}) == "Concat: axis 0 is out of range for []");
  CHECK(says(0, {a, d}) == "Concat: input inputs is float64 where float32 is expected");
  CHECK(says(0, {}) == "Concat: takes 1 or more inputs, not 0");
  CHECK(says(0, {a, {}}) == "Concat: input inputs is missing");
  CHECK(says(1, {e, e}) == "Concat: inputs 0 and 1 do not fit along axis 1: [0,9223372036854775807] and [0,9223372036854775807]");
}

TEST_CASE("Split says what does not add up") {
  const any_tensor x = zeros(dtype::f32, {4, 6}), scalar = zeros(dtype::f32, {}), huge = zeros(dtype::f32, {0, INT64_MAX}), wrong = zeros(dtype::i32, {2});
  const auto says = [&](i64 axis, std::initializer_list<i64> lengths, int outputs, std::optional<i64> num = {}) {
    const Split o{.axis = axis, .num_outputs = num};
    const tensor<i64> split(shape{static_cast<i64>(lengths.size())}, lengths);
    return lengths.size() == 0 ? complaint("Split", &o, {x}, outputs) : complaint("Split", &o, {x, split.look()}, outputs);
  };
  CHECK(says(0, {1, 3}, 2) == "");
  CHECK(says(2, {}, 2) == "Split: axis 2 is out of range for [4,6]");
  CHECK(says(0, {1, 3}, 3) == "Split: split has 2 entries for 3 outputs");
  CHECK(says(0, {1, 2}, 2) == "Split: split adds up to 3, not 4");
  CHECK(says(0, {1, 4}, 2) == "Split: entry 1 of split is 4, of 4 along axis 0");
  CHECK(says(0, {5, -1}, 2) == "Split: entry 0 of split is 5, of 4 along axis 0");
  CHECK(says(0, {-1, 5}, 2) == "Split: entry 0 of split is -1, of 4 along axis 0");
  CHECK(says(0, {INT64_MAX, INT64_MAX}, 2) == "Split: entry 0 of split is 9223372036854775807, of 4 along axis 0");
  CHECK(says(0, {}, 3, 2) == "Split: num_outputs is 2 for 3 outputs");
  CHECK(says(0, {}, 1, 0) == "Split: num_outputs is 0 for 1 outputs");
  CHECK(says(0, {}, 1, INT64_MIN) == "Split: num_outputs is -9223372036854775808 for 1 outputs");
  const Split o, second{.axis = 1};
  CHECK(complaint("Split", &o, {scalar}, 2) == "Split: axis 0 is out of range for []");
  CHECK(complaint("Split", &o, {x, wrong}, 2) == "Split: input split cannot be int32");
  CHECK(complaint("Split", &second, {huge}, 3) == "");
}

TEST_CASE("lengths and axes are read as they lie in memory") {
  const tensor<i64> backwards({3}, {3, 2, 1});
  const tensor<float> x({6});
  const any_view lengths(dtype::i64, shape{3}, shape{-1}, reinterpret_cast<const std::byte*>(backwards.data() + 2));
  const Split o;
  const any_view in[] = {x.look(), lengths};
  const auto r = try_apply(row("Split"), &o, in, {.outputs = 3});
  REQUIRE(r.has_value());
  if (r.has_value()) CHECK(join({(*r)[0].dims(), (*r)[1].dims(), (*r)[2].dims()}) == "[1][2][3]");
}

TEST_CASE("strings move as strings") {
  const tensor<std::string> x({2, 2}, {"the first of four strings", "b", "c", "the last of them, and it is long"});
  const any_view turned(dtype::string, shape{2, 2}, shape{1, 2}, reinterpret_cast<const std::byte*>(x.data()));
  const Concat o{.axis = i64{1}};
  const any_view in[] = {x.look(), turned};
  const auto r = try_apply(row("Concat"), &o, in);
  REQUIRE(r.has_value());
  if (!r.has_value()) return;
  CHECK((*r)[0].as<std::string>()[2] == "the first of four strings");
  CHECK((*r)[0].as<std::string>()[3] == "c");
  CHECK((*r)[0].as<std::string>()[7] == "the last of them, and it is long");
}

TEST_CASE("Concat of opset 1 joins along axis 1 when none is named") {
  const op_info& info = row("Concat");
  Concat plain, named{.axis = i64{2}}, later;
  fake_node one(1, 2), also(1, 2), four(4, 2);
  also.attributes["axis"] = i64{2};
  CHECK(info.upgrade(&plain, one).has_value());
  CHECK(info.upgrade(&named, also).has_value());
  CHECK(info.upgrade(&later, four).has_value());
  CHECK(plain.axis.value == 1);
  CHECK(named.axis.value == 2);
  CHECK(later.axis.value == 0);
}

TEST_CASE("Split of opset 11 has its lengths as an attribute") {
  Split o;
  fake_node n(11), equal(11);
  n.attributes["split"] = ints{2, 4};
  CHECK(row("Split").upgrade(&o, n).has_value());
  CHECK(set_input(n, 1) == "int64 2 4 [2]");
  CHECK(!n.has_attribute("split"));
  CHECK(row("Split").upgrade(&o, equal).has_value());
  CHECK(set_input(equal, 1) == "absent");
}

}  // namespace tests::ops
