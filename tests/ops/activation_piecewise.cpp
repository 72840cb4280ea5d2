// HardSigmoid, HardSwish, ThresholdedRelu, Shrink and PRelu: their lines, and their bends.
#include "tenon/ops/activation_piecewise.hpp"

#include "old_node.hpp"

namespace tests::ops {

const by_reference hard_sigmoid_reference(elementwise{"HardSigmoid", [](const number* x) {
  return x[0].is_nan() ? x[0] : number(std::fmin(1, std::fmax(0, static_cast<double>(0.2f) * x[0].real + 0.5)));
}, 9, -9, 9});
const by_reference hard_swish_reference(elementwise{"HardSwish", [](const number* x) {
  return x[0].is_nan() ? x[0] : number(x[0].real * (std::fmin(6, std::fmax(0, x[0].real + 3)) / 6));
}, 3, -9, 9});
const by_reference thresholded_relu_reference(elementwise{"ThresholdedRelu", [](const number* x) {
  return x[0] > number(1.0) ? x[0] : number(0.0);
}});
const by_reference shrink_reference(elementwise{"Shrink", [](const number* x) {
  return x[0].whole ? x[0] : std::abs(x[0].real) > 0.5 ? x[0] : number(0.0);
}});

void prelu_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  const bool natural = dtypes::unsigned_integers.has(t.type);
  const auto run = [&](const shape& dims, const shape& slopes) {
    table x = t.draw(dims, -9, 9), slope = t.draw(slopes, -4, 4), y(t.type, dims);
    each(dims, [&](const shape& i) {
      shape own = shape::filled(slopes.rank(), 0);
      for (int a = 0; a < own.rank(); ++a)
        if (slopes[a] != 1) own[a] = i[a + dims.rank() - own.rank()];
      y[i] = !natural && x[i] < x[i].like(0) ? x[i] * slope[own] : x[i];
    });
    t.expect(static_cast<const tenon::ops::PRelu*>(any_op(t.info).get()), {&x, &slope}, {&y});
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, {size}), run({2, size}, {}), run({2, 3, size}, {3, 1});
}
const by_reference prelu_reference(cases{"PRelu", prelu_cases});

TEST_CASE("Shrink moves what is outside towards zero") {
  const tensor<float> x({5}, {-2, -1.5f, 0, 1.5f, 2});
  const any_tensor y = shrink(x, {.lambd = 1.5f, .bias = 1});
  CHECK((y.as<float>()[0] == -1 && y.as<float>()[1] == 0 && y.as<float>()[3] == 0 && y.as<float>()[4] == 1));
  // As sums of floats taken towards zero.
  const tensor<i32> whole({6}, {-3, -2, -1, 1, 2, 3});
  const any_tensor half = shrink(whole, {.lambd = 1.5f, .bias = 0.5f}), up = shrink(whole, {.lambd = -9, .bias = 0.5f}), all = shrink(whole, {.lambd = 1e30f});
  const i32 halves[] = {-2, -1, 0, 0, 1, 2}, ups[] = {-2, -1, 0, 1, 2, 3};
  for (i64 i = 0; i < 6; ++i) {
    CHECK(half.as<i32>()[i] == halves[i]);
    CHECK(up.as<i32>()[i] == ups[i]);
    CHECK(all.as<i32>()[i] == 0);
  }
  const tensor<u8> bytes({3}, {0, 1, 200});
  CHECK(shrink(bytes, {.lambd = 1, .bias = 3}).as<u8>()[2] == 197);
  CHECK(shrink(bytes, {.lambd = -1, .bias = 3}).as<u8>()[0] == 3);
}

TEST_CASE("attributes of piecewise activations are used") {
  const tensor<float> x({2}, {0.5f, 2});
  CHECK(hard_sigmoid(x, {.alpha = 0.5f, .beta = 0.25f}).as<float>()[0] == 0.5f);
  CHECK(thresholded_relu(x, {.alpha = 0.25f}).as<float>()[0] == 0.5f);
  CHECK(thresholded_relu(x, {.alpha = 2}).as<float>()[1] == 0);
}

TEST_CASE("PRelu says when the slope does not broadcast to its input") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), two = zeros(dtype::f32, {2}), large = zeros(dtype::f32, {4, 2, 3});
  CHECK(complaint("PRelu", nullptr, {x, two}) == "PRelu: slope [2] does not broadcast to [2,3]");
  CHECK(complaint("PRelu", nullptr, {x, large}) == "PRelu: slope [4,2,3] does not broadcast to [2,3]");
}

TEST_CASE("PRelu of opset 6 has a slope per channel") {
  tenon::ops::PRelu o;
  fake_node old(6, 2), since(7, 2);
  CHECK(row("PRelu").upgrade(&o, old).has_value());
  CHECK(row("PRelu").upgrade(&o, since).has_value());
  REQUIRE(old.inserted.contains(1));
  CHECK(old.inserted[1].info().name == "LegacyBroadcast");
  CHECK(static_cast<const tenon::ops::LegacyBroadcast*>(old.inserted[1].get())->axis == 1);
  CHECK(since.inserted.empty());
}

}  // namespace tests::ops
