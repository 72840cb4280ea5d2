// ArgMax, ArgMin and TopK: cases against indices walked one by one, and what they say about wrong inputs.
#include "tenon/ops/search.hpp"

#include <algorithm>

#include "../reference/reduce.hpp"
#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::ArgMax;
using tenon::ops::ArgMin;
using tenon::ops::TopK;

template <class Op, bool Least>
void extreme_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 axis, bool keep, bool last, bool nan = false) {
    // Few different numbers, so that there are equal ones.
    table x = t.draw(dims, -2, 2);
    if (nan && !x.kind().whole && t.how != layout::constant && count(dims) > 3) {
      const table clean = x;
      x = t.fill(x, [&] { return t.random.between(0, 9) == 0 ? number(__builtin_nan("")) : number(static_cast<double>(t.random.between(-2, 2))); });
    }
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    shape out = dims;
    if (keep) out[at] = 1;
    else out.erase(at);
    table y(dtype::i64, out);
    std::size_t i = 8;
    reference::groups(x, u32{1} << at, [&](const shape&, const std::vector<number>& all) {
      std::vector<double> reals;
      for (const number& v : all) reals.push_back(static_cast<double>(v));
      y.all[i++] = number::of(reference::extreme(reals, Least, last));
    });
    const Op o{.axis = axis, .keepdims = keep, .select_last_index = last};
    t.expect(&o, {&x}, {&y});
  };
  const i64 n = 64 / size_of(t.type);
  for (i64 size : {i64{1}, n - 1, n, n + 1, 3 * n + 1})
    for (bool last : {false, true}) {
      run({size}, 0, true, last), run({3, size}, 1, false, last, true), run({size, 3}, 0, true, last, true);
      run({2, 3, size}, 1, false, last), run({2, size, 2}, -2, true, last);
    }
  run({2, 3, 4, 5}, 0, true, false), run({2, 3, 4, 5}, -1, false, true), run({0, 3}, 1, true, false), run({3, 0}, 0, false, false);
}
const by_reference argmax_reference(cases{"ArgMax", extreme_cases<ArgMax, false>});
const by_reference argmin_reference(cases{"ArgMin", extreme_cases<ArgMin, true>});

void topk_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 axis, i64 k, bool largest) {
    // Few different numbers, so that there are equal ones, and NaN.
    table x = t.draw(dims, -3, 3);
    if (!x.kind().whole)
      x = t.fill(x, [&] {
        const i64 choice = t.random.between(0, 9);
        return choice == 0 ? number(__builtin_nan("")) : choice == 1 ? number(-0.0) : number(static_cast<double>(t.random.between(-3, 3)));
      });
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    shape out = dims;
    out[at] = k;
    table values(t.type, out), indices(dtype::i64, out);
    reference::groups(x, u32{1} << at, [&](const shape& first, const std::vector<number>& all) {
      std::vector<i64> order(all.size());
      for (std::size_t i = 0; i < all.size(); ++i) order[i] = static_cast<i64>(i);
      std::ranges::sort(order, [&](i64 i, i64 j) {
        const number &a = all[static_cast<std::size_t>(i)], &b = all[static_cast<std::size_t>(j)];
        const auto less = [](const number& x, const number& y) { return !x.is_nan() && (y.is_nan() || x < y); };
        if (less(a, b) || less(b, a)) return largest ? less(b, a) : less(a, b);
        return i < j;
      });
      shape place = first;
      for (i64 i = 0; i < k; ++i, ++place[at]) {
        values[place] = all[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
        indices[place] = number::of(order[static_cast<std::size_t>(i)]);
      }
    });
    const TopK o{.axis = axis, .largest = largest};
    const table number_of = list_of({k});
    t.expect(&o, {&x, &number_of}, {&values, &indices});
  };
  for (i64 size : {i64{1}, i64{7}, i64{63}, i64{64}, i64{65}, i64{300}})
    for (bool largest : {true, false}) {
      run({size}, 0, size, largest), run({3, size}, 1, (size + 1) / 2, largest), run({size, 3}, 0, 1, largest);
      run({2, size, 2}, -2, (size + 2) / 3, largest);
    }
  run({5}, 0, 0, true), run({0, 4}, 1, 2, true), run({3, 0}, 1, 0, false), run({2, 3, 4}, -1, 4, true);
}
const by_reference topk_reference(cases{"TopK", topk_cases});

TEST_CASE("ArgMax and ArgMin say what has no extreme") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), none = zeros(dtype::f32, {2, 0}), scalar = zeros(dtype::f32, {}), truth = zeros(dtype::boolean, {2});
  const auto says = [](i64 axis, const any_view& in) {
    const ArgMax o{.axis = axis};
    return complaint("ArgMax", &o, {in});
  };
  CHECK(says(1, x) == "");
  CHECK(says(2, x) == "ArgMax: axis 2 is out of range for [2,3]");
  CHECK(says(INT64_MIN, x) == "ArgMax: axis -9223372036854775808 is out of range for [2,3]");
  CHECK(says(0, scalar) == "ArgMax: axis 0 is out of range for []");
  CHECK(says(-1, none) == "ArgMax: axis -1 of [2,0] has no elements");
  CHECK(says(0, none) == "");
  CHECK(says(0, truth) == "ArgMax: input data cannot be bool");
  const ArgMin least{.axis = 3};
  CHECK(complaint("ArgMin", &least, {x}) == "ArgMin: axis 3 is out of range for [2,3]");
}

TEST_CASE("TopK says what there is not") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), scalar = zeros(dtype::f32, {});
  const auto says = [](i64 axis, const any_view& in, const any_view& k) {
    const TopK o{.axis = axis};
    return complaint("TopK", &o, {in, k});
  };
  CHECK(says(1, x, tensor<i64>({1}, {3})) == "");
  CHECK(says(0, x, tensor<i64>({}, {2})) == "");
  CHECK(says(1, x, tensor<i64>({1}, {4})) == "TopK: K is 4, but axis 1 of [2,3] has 3 elements");
  CHECK(says(-1, x, tensor<i64>({1}, {-1})) == "TopK: K is -1, but axis -1 of [2,3] has 3 elements");
  CHECK(says(2, x, tensor<i64>({1}, {1})) == "TopK: axis 2 is out of range for [2,3]");
  CHECK(says(0, scalar, tensor<i64>({1}, {1})) == "TopK: axis 0 is out of range for []");
  CHECK(says(0, x, tensor<i64>({2}, {1, 1})) == "TopK: K must be one number, not [2]");
  CHECK(says(0, x, tensor<i32>({1}, {1})) == "TopK: input K cannot be int32");
}

TEST_CASE("TopK waits for K") {
  const known in[] = {{dtype::f32, shape{2, 3}, {}}, {dtype::i64, shape{1}, {}}};
  known out[2];
  infer_context c(row("TopK"), in, out);
  const TopK o;
  CHECK(row("TopK").infer(&o, c).has_value());
  CHECK(c.is_later());
}

TEST_CASE("TopK of opset 1 has K as an attribute") {
  TopK o;
  fake_node n(1), without(1);
  n.attributes["k"] = i64{5};
  CHECK(row("TopK").upgrade(&o, n).has_value());
  CHECK(set_input(n, 1) == "int64 5 [1]");
  CHECK(!row("TopK").upgrade(&o, without).has_value());
}

}  // namespace tests::ops
