// EqualCount: cases against indices walked one by one, and what it says about wrong inputs.
#include "tenon/ops/compare.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::EqualCount;

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
const by_reference equal_count_reference(cases{"tenon.EqualCount", equal_count_cases});

TEST_CASE("EqualCount says which shapes differ") {
  const EqualCount o;
  const any_tensor a = zeros(dtype::f32, {2, 3}), b = zeros(dtype::f32, {3, 2}), c = zeros(dtype::i32, {2, 3}), s = zeros(dtype::string, {2, 3});
  CHECK(complaint("tenon.EqualCount", &o, {a, b}) == "EqualCount: shapes differ: [2,3] and [3,2]");
  CHECK(complaint("tenon.EqualCount", &o, {a, c}) == "EqualCount: input B is int32 where float32 is expected");
  CHECK(complaint("tenon.EqualCount", &o, {s, s}) == "EqualCount: input A cannot be string");
  const float one = 1;
  const any_view many(dtype::f32, shape{i64{1} << 31}, shape{0}, reinterpret_cast<const std::byte*>(&one));
  CHECK(complaint("tenon.EqualCount", &o, {many, many}) == "EqualCount: more pairs than int32 counts: [2147483648]");
  CHECK(operators().find("", "EqualCount") == nullptr);
  CHECK(operators().find("tenon", "EqualCount") != nullptr);
}

}  // namespace tests::ops
