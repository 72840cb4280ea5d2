// Linear functions against plain sums, the classes that they choose, and what they say about attributes and inputs that
// do not fit. Transforms of scores, and what onnxruntime makes of all this: tests/onnx/reference_cases.
#include "tenon/ops/ml_linear.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::LinearClassifier;
using tenon::ops::LinearRegressor;

const floats weights = {0.5f, -1, 2, 1, 0.25f, -0.5f, -2, 1, 1}, shifts = {1, -2, 0.5f};

double linear(table& x, i64 row, std::size_t set) {
  double s = static_cast<double>(shifts[set]);
  for (i64 i = 0; i < 3; ++i) s += static_cast<double>(x[{row, i}]) * static_cast<double>(weights[3 * set + static_cast<std::size_t>(i)]);
  return s;
}

}  // namespace

void linear_regressor_cases(trial& t) {
  for (const i64 n : {0, 1, 6}) {
    table x = t.draw({n, 3});
    table y(dtype::f32, {n, 3});
    each(y.dims, [&](const shape& i) { y[i] = linear(x, i[0], static_cast<std::size_t>(i[1])); });
    const LinearRegressor o{.coefficients = weights, .intercepts = shifts, .targets = 3};
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference linear_regressor_reference(cases{"ai.onnx.ml.LinearRegressor", linear_regressor_cases});

void linear_classifier_cases(trial& t) {
  for (const i64 n : {0, 1, 6}) {
    table x = t.draw({n, 3});
    table y(dtype::i64, {n}), z(dtype::f32, {n, 3});
    each(z.dims, [&](const shape& i) { z[i] = linear(x, i[0], static_cast<std::size_t>(i[1])); });
    each(y.dims, [&](const shape& i) {
      i64 best = 0;
      for (i64 k = 1; k < 3; ++k)
        if (z[{i[0], k}] > z[{i[0], best}]) best = k;
      y[i] = number::of(10 - best);
    });
    const LinearClassifier o{.classlabels_ints = {10, 9, 8}, .coefficients = weights, .intercepts = shifts};
    t.expect(&o, {&x}, {&y, &z});
  }
}
const by_reference linear_classifier_reference(cases{"ai.onnx.ml.LinearClassifier", linear_classifier_cases});

TEST_CASE("one label is for scores that are not below 0") {
  const LinearClassifier o{.classlabels_strings = {"yes"}, .coefficients = floats{1}, .intercepts = {-1}};
  const any_tensor x = tensor<float>(shape{3, 1}, {0, 1, 2});
  const any_view in[] = {x};
  const auto r = try_apply(row("ai.onnx.ml.LinearClassifier"), &o, in);
  REQUIRE(r.has_value());
  if (r.has_value()) CHECK(((*r)[0].as<std::string>()[0].empty() && (*r)[0].as<std::string>()[1] == "yes" && (*r)[1].as<float>()[2] == 1.0f));
}

TEST_CASE("linear models say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), wide = zeros(dtype::f32, {2, 4}), cube = zeros(dtype::f32, {1, 2, 3}), none = zeros(dtype::f32, {2, 0});
  const LinearClassifier o{.classlabels_ints = {1, 2, 3}, .coefficients = weights}, bare{.coefficients = weights},
      odd{.classlabels_ints = {1, 2}, .coefficients = weights}, curved{.classlabels_ints = {1, 2, 3}, .coefficients = weights, .post_transform = "CUBE"};
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &o, {x}) == "");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &o, {wide}) == "LinearClassifier: 9 coefficients are no sets for 4 features");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &o, {none}) == "LinearClassifier: 9 coefficients are no sets for 0 features");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &o, {cube}) == "LinearClassifier: X of shape [1,2,3] is neither a row of features nor rows of them");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &bare, {x}) == "LinearClassifier: has 0 int64 and 0 string labels where one kind is expected");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &odd, {x}) == "LinearClassifier: coefficients for 3 classes, and 2 labels");
  CHECK(complaint("ai.onnx.ml.LinearClassifier", &curved, {x}) == "LinearClassifier: post_transform 'CUBE' is unknown");
  const LinearRegressor one{.coefficients = weights}, two{.coefficients = weights, .intercepts = {1, 2}, .targets = 3};
  CHECK(complaint("ai.onnx.ml.LinearRegressor", &one, {x}) == "LinearRegressor: coefficients for 3 targets, and targets is 1");
  CHECK(complaint("ai.onnx.ml.LinearRegressor", &two, {x}) == "LinearRegressor: 2 intercepts for 3 sets of coefficients");
}

}  // namespace tests::ops
