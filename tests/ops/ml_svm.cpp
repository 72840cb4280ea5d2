// Support vector machines against sums over all vectors, with kernels that are exact, and what they say about attributes
// and inputs that do not fit. Other kernels and probabilities: tests/onnx/reference_cases.
#include "tenon/ops/ml_svm.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::SVMClassifier;
using tenon::ops::SVMRegressor;

const floats vectors = {1, 0, -1, 2, 0.5f, 1, -2, 1}, rho = {0.5f, -1, 2};

/// (x v + 1)^2, or x v.
double kernel(table& x, i64 row, std::size_t v, bool square) {
  const double s = static_cast<double>(x[{row, 0}]) * static_cast<double>(vectors[2 * v]) + static_cast<double>(x[{row, 1}]) * static_cast<double>(vectors[2 * v + 1]);
  return square ? (s + 1) * (s + 1) : s;
}

}  // namespace

void svm_regressor_cases(trial& t) {
  const floats c = {1, -0.5f, 2, 0.25f};
  for (const i64 n : {0, 1, 5})
    for (const bool square : {false, true}) {
      table x = t.draw({n, 2});
      table y(dtype::f32, {n, 1});
      each(y.dims, [&](const shape& i) {
        double s = 0.5;
        for (std::size_t v = 0; v < 4; ++v) s += static_cast<double>(c[v]) * kernel(x, i[0], v, square);
        y[i] = s;
      });
      const SVMRegressor o{.coefficients = c, .kernel_params = {1, 1, 2}, .kernel_type = square ? "POLY" : "LINEAR", .n_supports = 4, .rho = {0.5f}, .support_vectors = vectors};
      t.expect(&o, {&x}, {&y}, 2);
    }
}
const by_reference svm_regressor_reference(cases{"ai.onnx.ml.SVMRegressor", svm_regressor_cases});

void svm_classifier_cases(trial& t) {
  // Vectors 0 and 1 are of class 0, 2 of class 1, 3 of class 2; a row of coefficients for each class but one.
  const floats c = {1, -0.5f, -2, 0.25f, 0.5f, 1, 3, -1};
  const i64 of[] = {0, 0, 1, 2};
  for (const i64 n : {0, 1, 5}) {
    table x = t.draw({n, 2});
    table y(dtype::i64, {n}), z(dtype::f32, {n, 3});
    for (i64 r = 0; r < n; ++r) {
      i64 votes[3] = {}, pair = 0;
      for (i64 i = 0; i < 3; ++i)
        for (i64 j = i + 1; j < 3; ++j, ++pair) {
          double s = static_cast<double>(rho[static_cast<std::size_t>(pair)]);
          for (std::size_t v = 0; v < 4; ++v) {
            if (of[v] == i) s += static_cast<double>(c[static_cast<std::size_t>(j - 1) * 4 + v]) * kernel(x, r, v, false);
            if (of[v] == j) s += static_cast<double>(c[static_cast<std::size_t>(i) * 4 + v]) * kernel(x, r, v, false);
          }
          z[{r, pair}] = s;
          ++votes[s > 0 ? i : j];
        }
      y[{r}] = number::of(std::max_element(votes, votes + 3) - votes + 5);
    }
    const SVMClassifier o{.classlabels_ints = {5, 6, 7}, .coefficients = c, .rho = rho, .support_vectors = vectors, .vectors_per_class = {2, 1, 1}};
    t.expect(&o, {&x}, {&y, &z}, 2);
  }
}
const by_reference svm_classifier_reference(cases{"ai.onnx.ml.SVMClassifier", svm_classifier_cases});

TEST_CASE("support vector machines say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {3, 2}), wide = zeros(dtype::f32, {3, 5});
  const auto told = [&](const SVMClassifier& o, const any_view& in) { return complaint("ai.onnx.ml.SVMClassifier", &o, {in}); };
  const auto made = [](floats c, floats r, ints per, floats a = {}, std::string kernel = "LINEAR") {
    return SVMClassifier{.classlabels_ints = {1, 2, 3}, .coefficients = std::move(c), .kernel_type = std::move(kernel), .prob_a = std::move(a),
                         .rho = std::move(r), .support_vectors = vectors, .vectors_per_class = std::move(per)};
  };
  const floats eight(8, 1.0f);
  CHECK(told(made(eight, rho, {2, 1, 1}), x) == "");
  CHECK(told(made(eight, rho, {2, 1, 1}), wide) == "SVMClassifier: 8 numbers are not 4 support vectors of 5 features");
  CHECK(told(made(eight, rho, {2, 1}), x) == "SVMClassifier: vectors_per_class has 2 numbers for 3 classes");
  CHECK(told(made(eight, rho, {2, -1, 1}), x) == "SVMClassifier: vectors_per_class has a -1 in it");
  CHECK(told(made(eight, rho, {INT64_MAX, INT64_MAX, 1}), x) == "SVMClassifier: vectors_per_class has a 9223372036854775807 in it");
  CHECK(told(made(eight, {1}, {2, 1, 1}), x) == "SVMClassifier: rho has 1 numbers for 3 pairs of classes");
  CHECK(told(made({1}, rho, {2, 1, 1}), x) == "SVMClassifier: 1 coefficients for 4 vectors of 3 classes");
  CHECK(told(made(eight, rho, {2, 1, 1}, {1}), x) == "SVMClassifier: prob_a and prob_b have 1 and 0 numbers for 3 pairs of classes");
  CHECK(told(made(eight, rho, {2, 1, 1}, {}, "CUBE"), x) == "SVMClassifier: kernel_type 'CUBE' is unknown");
  CHECK(told(made({1, 2, 3}, rho, {}), x) == "SVMClassifier: 3 coefficients for 3 classes and 2 features");
  const SVMRegressor many{.coefficients = {1}, .n_supports = 2, .rho = {1}}, short_of{.coefficients = {1}, .rho = {1}}, bare{.coefficients = {1, 2}};
  CHECK(complaint("ai.onnx.ml.SVMRegressor", &many, {x}) == "SVMRegressor: 1 coefficients for 2 support vectors");
  CHECK(complaint("ai.onnx.ml.SVMRegressor", &short_of, {x}) == "SVMRegressor: 1 coefficients and 0 numbers of 0 support vectors for 2 features");
  CHECK(complaint("ai.onnx.ml.SVMRegressor", &bare, {x}) == "SVMRegressor: rho is missing");
}

}  // namespace tests::ops
