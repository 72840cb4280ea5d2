// What is done to features, against loops; what is said about lengths that do not fit.
#include "tenon/ops/ml_features.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::ArrayFeatureExtractor;
using tenon::ops::Binarizer;
using tenon::ops::FeatureVectorizer;
using tenon::ops::Imputer;
using tenon::ops::Normalizer;
using tenon::ops::Scaler;

}  // namespace

const by_reference binarizer_reference(elementwise{"ai.onnx.ml.Binarizer", [](const number* x) { return x[0].like(x[0] > x[0].like(0) ? 1 : 0); }});

void array_feature_extractor_cases(trial& t) {
  const ArrayFeatureExtractor o;
  table at = list_of({2, 0, 2, 1});
  for (const shape& dims : {shape{3}, shape{0, 3}, shape{5, 3}, shape{2, 2, 3}}) {
    table x = t.patterns(dims);
    shape out = dims.rank() == 1 ? shape{1, 4} : dims;
    out[out.rank() - 1] = 4;
    table z(t.type, out);
    z.bits = x.bits;
    each(out, [&](const shape& i) {
      shape from = dims.rank() == 1 ? shape{i[1]} : i;
      from[from.rank() - 1] = static_cast<i64>(static_cast<double>(at[{i[i.rank() - 1]}]));
      z[i] = x[from];
    });
    t.expect(&o, {&x, &at}, {&z});
  }
}
const by_reference array_feature_extractor_reference(cases{"ai.onnx.ml.ArrayFeatureExtractor", array_feature_extractor_cases});

void feature_vectorizer_cases(trial& t) {
  const FeatureVectorizer o{.inputdimensions = {2, 4, 0}}, whole;
  for (const i64 n : {0, 1, 5}) {
    table a = t.draw({n, 3}), b = t.draw({n, 2}), c = t.draw({n, 1});
    table y(dtype::f32, {n, 6}), all(dtype::f32, {n, 6});
    each(y.dims, [&](const shape& i) {
      y[i] = i[1] < 2 ? static_cast<double>(a[i]) : i[1] < 4 ? static_cast<double>(b[{i[0], i[1] - 2}]) : 0;
      all[i] = i[1] < 3 ? static_cast<double>(a[i]) : i[1] < 5 ? static_cast<double>(b[{i[0], i[1] - 3}]) : static_cast<double>(c[{i[0], 0}]);
    });
    t.expect(&o, {&a, &b, &c}, {&y});
    t.expect(&whole, {&a, &b, &c}, {&all});
  }
}
const by_reference feature_vectorizer_reference(cases{"ai.onnx.ml.FeatureVectorizer", feature_vectorizer_cases});

void imputer_cases(trial& t) {
  const bool real = dtypes::floating.has(t.type);
  for (const std::size_t several : {1u, 3u}) {
    Imputer o{.replaced_value_float = 1, .replaced_value_int64 = 1};
    if (real) o.imputed_value_floats = floats(several, 7), o.imputed_value_floats[0] = 5;
    else o.imputed_value_int64s = ints(several, 7), o.imputed_value_int64s[0] = 5;
    for (const shape& dims : {shape{3}, shape{0, 3}, shape{5, 3}}) {
      table x = t.draw(dims, 0, 2);
      table y(t.type, dims);
      each(dims, [&](const shape& i) {
        const bool first = several == 1 || i[i.rank() - 1] == 0;
        y[i] = x[i] == x[i].like(1) ? x[i].like(first ? 5 : 7) : x[i];
      });
      t.expect(&o, {&x}, {&y});
    }
  }
}
const by_reference imputer_reference(cases{"ai.onnx.ml.Imputer", imputer_cases});

void normalizer_cases(trial& t) {
  for (const char* norm : {"MAX", "L1", "L2"})
    for (const shape& dims : {shape{4}, shape{3, 0}, shape{5, 4}}) {
      const Normalizer o{.norm = norm};
      table x = t.draw(dims);
      table y(dtype::f32, dims);
      each(dims, [&](const shape& i) {
        double most = -100, sum = 0, squares = 0;
        for (i64 k = 0; k < dims.back(); ++k) {
          shape at = i;
          at[at.rank() - 1] = k;
          const double v = static_cast<double>(x[at]);
          most = std::max(most, v), sum += std::abs(v), squares += v * v;
        }
        const double by = o.norm == "MAX" ? most : o.norm == "L1" ? sum : std::sqrt(squares);
        y[i] = static_cast<double>(x[i]) / (by == 0 ? 1 : by);
      });
      t.expect(&o, {&x}, {&y}, 1);
    }
}
const by_reference normalizer_reference(cases{"ai.onnx.ml.Normalizer", normalizer_cases});

void scaler_cases(trial& t) {
  const floats shifts = {1, -2, 0.5f}, factors = {2, 0.5f, -1};
  const Scaler o{.offset = shifts, .scale = factors}, one{.offset = {1}, .scale = {0.25f}}, plain;
  for (const shape& dims : {shape{3}, shape{0, 3}, shape{5, 3}, shape{2, 2, 3}}) {
    table x = t.draw(dims);
    table y(dtype::f32, dims), z(dtype::f32, dims), same(dtype::f32, dims);
    each(dims, [&](const shape& i) {
      const auto k = static_cast<std::size_t>(i[i.rank() - 1]);
      const double v = static_cast<double>(x[i]);
      y[i] = (v - static_cast<double>(shifts[k])) * static_cast<double>(factors[k]);
      z[i] = (v - 1) * 0.25;
      same[i] = v;
    });
    t.expect(&o, {&x}, {&y});
    t.expect(&one, {&x}, {&z});
    t.expect(&plain, {&x}, {&same});
  }
}
const by_reference scaler_reference(cases{"ai.onnx.ml.Scaler", scaler_cases});

TEST_CASE("integers are compared with the whole part of a threshold, NaN is above none") {
  const any_tensor x = tensor<i32>(shape{4}, {-1, 0, 1, INT32_MAX}), y = tensor<float>(shape{2}, {__builtin_nanf(""), 1});
  const auto ones = [](float threshold, const any_tensor& in) {
    const Binarizer o{.threshold = threshold};
    const any_view given[] = {in};
    const auto r = try_apply(row("ai.onnx.ml.Binarizer"), &o, given);
    REQUIRE(r.has_value());
    i64 n = 0;
    for (i64 i = 0; r.has_value() && i < in.size(); ++i) n += in.type() == dtype::i32 ? (*r)[0].as<i32>()[i] : (*r)[0].as<float>()[i] > 0;
    return n;
  };
  CHECK(ones(-0.5f, x) == 3);
  CHECK(ones(0.5f, x) == 2);
  CHECK(ones(-1e30f, x) == 4);
  CHECK(ones(1e30f, x) == 0);
  CHECK(ones(__builtin_nanf(""), x) == 0);
  CHECK(ones(0, y) == 1);
}

TEST_CASE("operators on features say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), i = zeros(dtype::i64, {2, 3}), two = tensor<i64>(shape{1}, {3}), none = zeros(dtype::i64, {0}), rows = zeros(dtype::f32, {3, 3});
  CHECK(complaint("ai.onnx.ml.ArrayFeatureExtractor", nullptr, {x, two}) == "ArrayFeatureExtractor: index 3 at [0] is out of range for axis 1 of [2,3]");
  CHECK(complaint("ai.onnx.ml.ArrayFeatureExtractor", nullptr, {x, none}) == "ArrayFeatureExtractor: Y of shape [0] names no feature");
  CHECK(complaint("ai.onnx.ml.ArrayFeatureExtractor", nullptr, {zeros(dtype::f32, {}), two}) == "ArrayFeatureExtractor: X is a scalar, which has no features");
  const FeatureVectorizer few{.inputdimensions = {3}}, less{.inputdimensions = {3, -1}};
  CHECK(complaint("ai.onnx.ml.FeatureVectorizer", &few, {x, x}) == "FeatureVectorizer: inputdimensions has 1 lengths for 2 inputs");
  CHECK(complaint("ai.onnx.ml.FeatureVectorizer", &less, {x, x}) == "FeatureVectorizer: inputdimensions has -1 in it");
  CHECK(complaint("ai.onnx.ml.FeatureVectorizer", nullptr, {x, rows}) == "FeatureVectorizer: X of shapes [2,3] and [3,3] have no rows in common");
  const Imputer both{.imputed_value_floats = {1}, .imputed_value_int64s = {1}}, odd{.imputed_value_floats = {1, 2}};
  CHECK(complaint("ai.onnx.ml.Imputer", &both, {x}) == "Imputer: 1 imputed floats and 1 imputed integers where one kind is expected");
  CHECK(complaint("ai.onnx.ml.Imputer", &odd, {x}) == "Imputer: 2 imputed values for X of shape [2,3]");
  CHECK(complaint("ai.onnx.ml.Imputer", &odd, {i}) == "Imputer: X is int64, and the imputed values are floats");
  const Normalizer third{.norm = "L3"};
  CHECK(complaint("ai.onnx.ml.Normalizer", &third, {x}) == "Normalizer: norm 'L3' is unknown");
  const Scaler short_of{.scale = {1, 2}};
  CHECK(complaint("ai.onnx.ml.Scaler", &short_of, {x}) == "Scaler: scale has 2 numbers for X of shape [2,3]");
}

}  // namespace tests::ops
