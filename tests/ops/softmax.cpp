// Softmax, LogSoftmax, Hardmax: cases against exponentials in double and searches, for every axis, and
// what they say about wrong ones.
#include "tenon/ops/softmax.hpp"

#include "../reference/reduce.hpp"
#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Hardmax;
using tenon::ops::LogSoftmax;
using tenon::ops::Softmax;

namespace {

/// y along an axis of x as `of` gives it for the elements of a line.
template <class F>
table by_lines(trial& t, table& x, i64 axis, F of) {
  table y(t.type, x.dims);
  const int at = x.dims.empty() ? 0 : static_cast<int>(axis < 0 ? axis + x.dims.rank() : axis);
  reference::groups(x, x.dims.empty() ? 0 : u32{1} << at, [&](const shape& k, const std::vector<number>& all) {
    std::vector<double> reals;
    for (const number& v : all) reals.push_back(v.real);
    shape i = k;
    for (double v : of(reals)) {
      y[i] = v;
      if (!x.dims.empty()) ++i[at];
    }
  });
  return y;
}
/// Calls f(dims, axis, low, high) for lines of all kinds.
template <class F>
void each_line(const trial& t, F f) {
  const i64 n = 64 / size_of(t.type);
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1})
    for (i64 axis : {0, 1, -1}) f(shape{2, size}, axis, -9, 9), f(shape{size, 3}, axis, -9, 9);
  for (i64 axis : {0, 1, 2, 3, -1, -2, -3, -4}) f(shape{2, 3, 4, 5}, axis, -9, 9);
  f(shape{1000}, 0, -80, 80), f(shape{3, 17}, 1, 500, 510), f(shape{}, 0, 0, 1), f(shape{}, -1, 0, 1);
}

}  // namespace

void softmax_cases(trial& t) {
  each_line(t, [&](const shape& dims, i64 axis, i64 low, i64 high) {
    table x = t.draw(dims, low, high);
    const table y = by_lines(t, x, axis, [](const std::vector<double>& v) { return reference::softmax(v, false); });
    const Softmax o{.axis = axis};
    t.expect(&o, {&x}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 12 : 3);
  });
}
void log_softmax_cases(trial& t) {
  each_line(t, [&](const shape& dims, i64 axis, i64 low, i64) {
    // Close to each other: a result near 0 is the difference of numbers that are not.
    const i64 near = low > 0 ? low : 0;
    table x = t.draw(dims, near - 1, near + 1);
    const table y = by_lines(t, x, axis, [](const std::vector<double>& v) { return reference::softmax(v, true); });
    const LogSoftmax o{.axis = axis};
    t.expect(&o, {&x}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 1);
  });
}
void hardmax_cases(trial& t) {
  each_line(t, [&](const shape& dims, i64 axis, i64 low, i64 high) {
    table x = t.draw(dims, low, high);
    const table y = by_lines(t, x, axis, [](std::vector<double> v) {
      const auto top = static_cast<std::size_t>(reference::extreme(v, false, false));
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = i == top ? 1 : 0;
      return v;
    });
    const Hardmax o{.axis = axis};
    t.expect(&o, {&x}, {&y});
  });
}
const by_reference softmax_reference(cases{"Softmax", softmax_cases});
const by_reference log_softmax_reference(cases{"LogSoftmax", log_softmax_cases});
const by_reference hardmax_reference(cases{"Hardmax", hardmax_cases});

TEST_CASE("Softmax says which axis is out of range") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), scalar = zeros(dtype::f32, {}), whole = zeros(dtype::i64, {2});
  const auto says = [](i64 axis, const any_view& in) {
    const Softmax o{.axis = axis};
    return complaint("Softmax", &o, {in});
  };
  CHECK(says(-2, x) == "");
  CHECK(says(2, x) == "Softmax: axis 2 is out of range for [2,3]");
  CHECK(says(-3, x) == "Softmax: axis -3 is out of range for [2,3]");
  CHECK(says(INT64_MIN, x) == "Softmax: axis -9223372036854775808 is out of range for [2,3]");
  CHECK(says(1, scalar) == "Softmax: axis 1 is out of range for []");
  CHECK(says(0, whole) == "Softmax: input input cannot be int64");
}

TEST_CASE("Softmax of 16 bits has a sum of 16 bits, but for one beyond them") {
  const auto first = [](const shape& dims, i64 axis) {
    const any_tensor x = zeros(dtype::f16, dims);
    const any_view in[] = {x};
    const Softmax o{.axis = axis};
    const auto y = try_apply(row("Softmax"), &o, in);
    return y.has_value() ? static_cast<float>((*y)[0].as<f16>()[0]) : -1.0f;
  };
  for (i64 axis : {0, 1}) {
    const auto of = [&](i64 n) { return first(axis == 0 ? shape{n, 40} : shape{2, n}, axis); };
    CHECK(of(2047) == 0x1.004p-11f);
    CHECK(of(2049) == 0x1p-11f);  // 2049 is 2048 there
    CHECK(of(70000) == 0x1.ep-17f);
  }
}

TEST_CASE("LogSoftmax is finite where Softmax is 0") {
  const any_tensor x = tensor<float>(shape{3}, {-1000, 0, 1000});
  const any_view in[] = {x};
  const LogSoftmax o;
  const auto r = try_apply(row("LogSoftmax"), &o, in);
  REQUIRE(r.has_value());
  if (!r.has_value()) return;
  CHECK(((*r)[0].as<float>()[0] == -2000.0f && (*r)[0].as<float>()[1] == -1000.0f && (*r)[0].as<float>()[2] == 0.0f));
}

TEST_CASE("Softmax of opset 11 takes all dimensions from the axis on as one") {
  Softmax old, named{.axis = 2}, newest;
  fake_node n(11), with_axis(11), thirteen(13);
  with_axis.attributes["axis"] = i64{2};
  CHECK(row("Softmax").upgrade(&old, n).has_value());
  CHECK(row("Softmax").upgrade(&named, with_axis).has_value());
  CHECK(row("Softmax").upgrade(&newest, thirteen).has_value());
  CHECK((old.axis == 1 && old.flattens.value));
  CHECK((named.axis == 2 && named.flattens.value));
  CHECK((newest.axis == -1 && !newest.flattens.value));

  trial t(row("Softmax"), dtype::f64, layout::contiguous, 9);
  table x = t.draw({2, 3, 4}), y(dtype::f64, {2, 3, 4});
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<double> all;
    for (std::size_t j = 0; j < 12; ++j) all.push_back(x.all[8 + 12 * i + j].real);
    const auto p = reference::softmax(all, false);
    for (std::size_t j = 0; j < 12; ++j) y.all[8 + 12 * i + j] = p[j];
  }
  t.expect(&old, {&x}, {&y}, 12);
  const i64 big = i64{1} << 40;
  CHECK(complaint("Softmax", &named, {zeros(dtype::f32, {big, big, 0})}) == "");
}

}  // namespace tests::ops
