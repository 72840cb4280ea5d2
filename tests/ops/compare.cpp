// ArgMax and EqualCount: cases against indices walked one by one, and what they say about wrong inputs.
#include "tenon/ops/compare.hpp"

#include "../reference/reduce.hpp"
#include "trial.hpp"

namespace tests::ops {

using tenon::ops::ArgMax;
using tenon::ops::EqualCount;

void argmax_cases(trial& t) {
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
      y.all[i++] = number::of(reference::extreme(reals, false, last));
    });
    const ArgMax o{.axis = axis, .keepdims = keep, .select_last_index = last};
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
const by_reference argmax_reference(cases{"ArgMax", argmax_cases});

void equal_count_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (const shape& dims : {shape{0}, {1}, {n - 1}, {n}, {n + 1}, {3 * n + 1}, {2, n}, {n, 3}, {2, 3, 4}, {}}) {
    table a = t.draw(dims, 0, 1), b = t.draw(dims, 0, 1);
    if (count(dims) > 4 && !a.kind().whole) a.all[8] = b.all[8] = number(__builtin_nan(""));
    table a2 = t.fill(a, [&, i = std::size_t{8}]() mutable { return a.all[i++]; }), y(dtype::i32, {1});
    i64 equal = 0;
    each(dims, [&](const shape& i) { equal += a2[i] == b[i]; });
    y.all[8] = number::of(equal);
    const EqualCount o;
    // NaN at one place is only what the layouts that repeat nothing can hold.
    if (static_cast<int>(t.how) >= reference::writable_layouts) {
      table c = t.draw(dims, 0, 1), d = t.draw(dims, 0, 1);
      equal = 0;
      each(dims, [&](const shape& i) { equal += c[i] == d[i]; });
      y.all[8] = number::of(equal);
      t.expect(&o, {&c, &d}, {&y});
    } else {
      t.expect(&o, {&a, &b}, {&y});
    }
  }
}
const by_reference equal_count_reference(cases{"EqualCount", equal_count_cases});

TEST_CASE("ArgMax says what has no greatest") {
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
}

TEST_CASE("EqualCount says which shapes differ") {
  const EqualCount o;
  const any_tensor a = zeros(dtype::f32, {2, 3}), b = zeros(dtype::f32, {3, 2}), c = zeros(dtype::i32, {2, 3}), s = zeros(dtype::string, {2, 3});
  CHECK(complaint("EqualCount", &o, {a, b}) == "EqualCount: shapes differ: [2,3] and [3,2]");
  CHECK(complaint("EqualCount", &o, {a, c}) == "EqualCount: input B is int32 where float32 is expected");
  CHECK(complaint("EqualCount", &o, {s, s}) == "EqualCount: input A cannot be string");
  const float one = 1;
  const any_view many(dtype::f32, shape{i64{1} << 31}, shape{0}, reinterpret_cast<const std::byte*>(&one));
  CHECK(complaint("EqualCount", &o, {many, many}) == "EqualCount: more pairs than int32 counts: [2147483648]");
  CHECK(operators().find("", "EqualCount") == nullptr);
  CHECK(operators().find("tenon", "EqualCount") != nullptr);
}

}  // namespace tests::ops
