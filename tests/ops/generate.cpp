// ConstantOfShape, Range and EyeLike: elements said by formulas, and inputs from which nothing can be made.
#include "tenon/ops/generate.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::ConstantOfShape;
using tenon::ops::EyeLike;
using tenon::ops::Range;

void constant_cases(trial& t) {
  for (int d = 1; d < dtype_count; ++d) {
    const auto type = static_cast<dtype>(d);
    if (!dtypes::fixed_size.has(type)) continue;
    for (const shape& wanted : {shape{}, shape{0}, shape{17}, shape{3, 5}, shape{2, 0, 3}}) {
      ConstantOfShape o{.value = any_tensor(type, shape{1})};
      for (i64 i = 0; i < size_of(type); ++i) o.value.data()[i] = static_cast<std::byte>(type == dtype::boolean ? 1 : 17 * i + 3);
      const table dims(shape{wanted.rank()}, wanted.span());
      table y(type, wanted);
      y.bits = true;
      y.all.assign(y.all.size(), reference::load(type, o.value.data(), true));
      t.expect(&o, {&dims}, {&y});
    }
  }
  const table dims = list_of({2, 3}), y(dtype::f32, {2, 3});
  const ConstantOfShape o;
  t.expect(&o, {&dims}, {&y});
}
const by_reference constant_reference(cases{"ConstantOfShape", constant_cases});

void range_cases(trial& t) {
  const auto run = [&](double start, double limit, double delta, i64 n) {
    const table s(t.type, {}, {start}), l(t.type, {}, {limit}), d(t.type, {}, {delta});
    table y(t.type, {n});
    for (i64 i = 0; i < n; ++i) y.all[static_cast<std::size_t>(8 + i)] = y.kind().like(start + static_cast<double>(i) * delta);
    const Range o;
    t.expect(&o, {&s, &l, &d}, {&y});
  };
  run(0, 5, 1, 5), run(1, 10, 3, 3), run(1, 11, 3, 4), run(10, 4, -2, 3), run(10, 3, -2, 4), run(3, 3, 1, 0), run(3, 1, 1, 0), run(1, 3, -1, 0);
  run(-7, 90, 1, 97), run(0, 1, 100, 1);
  if (!table(t.type, {}).kind().whole) run(0, 1, 0.25, 4), run(-1, 1.5, 0.5, 5), run(1, -0.125, -0.125, 9);
}
const by_reference range_reference(cases{"Range", range_cases});

void eye_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 k, std::optional<dtype> to) {
    const table x = t.draw(dims);
    table y(to.value_or(t.type), dims);
    each(dims, [&](const shape& i) { y[i] = y.kind().like(i[1] - i[0] == k ? 1 : 0); });
    const EyeLike o{.dtype = to, .k = k};
    t.expect(&o, {&x}, {&y});
  };
  for (i64 k : {i64{0}, i64{1}, i64{-1}, i64{3}, i64{-4}, i64{4}, i64{-5}, INT64_MAX, INT64_MIN}) run({4, 4}, k, {}), run({2, 5}, k, {}), run({5, 2}, k, {});
  run({0, 3}, 0, {}), run({3, 0}, 1, {}), run({3, 4}, 1, dtype::f64), run({3, 4}, 1, dtype::boolean), run({3, 4}, 1, dtype::bf16), run({1, 1}, 0, dtype::u8);
}
const by_reference eye_reference(cases{"EyeLike", eye_cases});

TEST_CASE("ConstantOfShape says which shape or value cannot be") {
  const auto says = [](const ConstantOfShape& o, std::initializer_list<i64> dims) {
    const tensor<i64> list(shape{static_cast<i64>(dims.size())}, dims);
    return complaint("ConstantOfShape", &o, {list.look()});
  };
  CHECK(says({}, {2, 3}) == "");
  CHECK(says({}, {2, -3}) == "ConstantOfShape: dimension -3 is negative");
  CHECK(says({}, {INT64_MAX, 2}).starts_with("ConstantOfShape: output 0 would have shape"));
  CHECK(says({}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}) == "ConstantOfShape: a shape of [13] entries; at most 12 are supported");
  CHECK(says({.value = tensor<float>({2})}, {1}) == "ConstantOfShape: value is float32 [2], not one number");
  CHECK(says({.value = tensor<std::string>(shape{1})}, {1}) == "ConstantOfShape: value is string [1], not one number");
  CHECK(says({}, {i64{1} << 40}).ends_with("bytes, more than the 1073741824 that are left"));
}

TEST_CASE("Range counts as its type does, and says what is no range") {
  const auto length = [](const any_view& a, const any_view& b, const any_view& c) {
    const any_view in[] = {a, b, c};
    const auto r = try_apply(row("Range"), any_op(row("Range")).get(), in);
    return r.has_value() ? join({(*r)[0].size()}) : r.error().message;
  };
  const auto floats = [&](float a, float b, float c) {
    return length(tensor<float>(shape{}, {a}), tensor<float>(shape{}, {b}), tensor<float>(shape{}, {c}));
  };
  CHECK(floats(0, 0.3f, 0.1f) == "3");  // in float32 the quotient is 3
  CHECK(floats(0, 1, 0.1f) == "10");
  CHECK(floats(0, 1, 0) == "Range: there is no range from 0 to 1 by 0");
  CHECK(floats(0, 0, 0) == "Range: there is no range from 0 to 0 by 0");
  CHECK(floats(0, __builtin_inff(), 1).starts_with("Range: there is no range from 0 to inf by 1"));
  CHECK(floats(0, __builtin_nanf(""), 1).starts_with("Range: there is no range"));
  CHECK(floats(0, 1e30f, 1e-30f).starts_with("Range: there is no range"));
  const auto whole = [&](i64 a, i64 b, i64 c) {
    return length(tensor<i64>(shape{}, {a}), tensor<i64>(shape{}, {b}), tensor<i64>(shape{1}, {c}));
  };
  CHECK(whole(INT64_MIN, INT64_MAX, INT64_MAX) == "3");
  CHECK(whole(INT64_MAX, INT64_MIN, INT64_MIN) == "2");
  CHECK(whole(0, 1, 0) == "Range: there is no range from 0 to 1 by 0");
  CHECK(whole(INT64_MIN, INT64_MAX, 1).find("more bytes than 64 bits count") != std::string::npos);
  const tensor<i64> two({2}, {0, 1}), one({}, {1});
  CHECK(length(two.look(), one.look(), one.look()) == "Range: an input of shape [2] is not one number");
}

TEST_CASE("EyeLike says what is no matrix") {
  CHECK(complaint("EyeLike", nullptr, {zeros(dtype::f32, {3})}) == "EyeLike: an input of shape [3] is not a matrix");
  const EyeLike o{.dtype = dtype::string};
  CHECK(complaint("EyeLike", &o, {zeros(dtype::f32, {3, 3})}) == "EyeLike: dtype string is not supported");
}

}  // namespace tests::ops
