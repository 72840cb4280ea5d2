// Values for keys, against a search from the end; what is said about lists that do not fit. NaN, tensors of keys and
// values, and version 1: tests/onnx/reference_cases.
#include "tenon/ops/ml_encoders.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::CategoryMapper;
using tenon::ops::LabelEncoder;
using tenon::ops::OneHotEncoder;

const ints keys = {3, -2, 0, 3, 7}, values = {10, 20, 30, 40, 50};

/// A number as tables of strings have it.
std::string text(i64 n) { return std::to_string(n) + " is written out as a long text"; }
strings texts(const ints& numbers) {
  strings all;
  for (i64 n : numbers) all.push_back(text(n));
  return all;
}
/// Whole numbers, whatever the type.
table whole(trial& t, const shape& dims) {
  table x(t.type, dims);
  return t.fill(x, [&] { return x.kind().like(static_cast<double>(t.random.between(-4, 8))); });
}
/// Where the last key is that is x, or -1.
i64 last(const number& x) {
  for (std::size_t i = keys.size(); i-- > 0;)
    if (static_cast<double>(x) == static_cast<double>(keys[i])) return static_cast<i64>(i);
  return -1;
}

}  // namespace

void label_encoder_cases(trial& t) {
  LabelEncoder o{.default_int64 = 99};
  if (t.type == dtype::string) {
    o.keys_strings = texts(keys);
  } else {
    o.keys_tensor = any_tensor(t.type, {static_cast<i64>(keys.size())});
    tenon::kernels::cast(dtype::i64, keys.data(), t.type, o.keys_tensor.data(), o.keys_tensor.size());
  }
  o.values_int64s = values;
  for (const shape& dims : {shape{}, shape{0}, shape{17}, shape{3, 5}}) {
    table x = whole(t, dims);
    table y(dtype::i64, dims);
    each(dims, [&](const shape& i) { y[i] = number::of(last(x[i]) < 0 ? 99 : values[static_cast<std::size_t>(last(x[i]))]); });
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference label_encoder_reference(cases{"ai.onnx.ml.LabelEncoder", label_encoder_cases});

void category_mapper_cases(trial& t) {
  const bool named = t.type == dtype::string;
  const CategoryMapper o{.cats_int64s = named ? values : keys, .cats_strings = texts(named ? keys : values), .default_int64 = 99, .default_string = text(99)};
  for (const shape& dims : {shape{}, shape{0}, shape{17}, shape{3, 5}}) {
    table x = whole(t, dims);
    table y(named ? dtype::i64 : dtype::string, dims);
    each(dims, [&](const shape& i) { y[i] = number::of(last(x[i]) < 0 ? 99 : values[static_cast<std::size_t>(last(x[i]))]); });
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference category_mapper_reference(cases{"ai.onnx.ml.CategoryMapper", category_mapper_cases});

void one_hot_encoder_cases(trial& t) {
  OneHotEncoder o;
  if (t.type == dtype::string) o.cats_strings = texts(keys);
  else o.cats_int64s = keys;
  for (const shape& dims : {shape{}, shape{0}, shape{17}, shape{3, 5}}) {
    table x = whole(t, dims);
    shape out = dims;
    out.push_back(static_cast<i64>(keys.size()));
    table y(dtype::f32, out);
    each(out, [&](const shape& i) { y[i] = last(x[i.first(dims.rank())]) == i.back() ? 1 : 0; });
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference one_hot_encoder_reference(cases{"ai.onnx.ml.OneHotEncoder", one_hot_encoder_cases});

TEST_CASE("encoders say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2}), i = zeros(dtype::i64, {2});
  const LabelEncoder bare, two{.keys_floats = {1}, .keys_int64s = {1}, .values_floats = {1}}, odd{.keys_int64s = {1, 2}, .values_floats = {1}},
      sound{.keys_int64s = {1}, .values_floats = {1}};
  LabelEncoder other{.keys_int64s = {1}, .values_floats = {1}};
  other.default_tensor = any_tensor(dtype::f64, {1});
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &sound, {i}) == "");
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &sound, {x}) == "LabelEncoder: X is float32, and keys are int64");
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &bare, {x}) == "LabelEncoder: keys and values are each one list, and there are 0 and 0");
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &two, {x}) == "LabelEncoder: keys and values are each one list, and there are 2 and 1");
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &odd, {i}) == "LabelEncoder: 2 keys for 1 values");
  CHECK(complaint("ai.onnx.ml.LabelEncoder", &other, {i}) == "LabelEncoder: default_tensor is float64 [1] for values that are float32");
  const CategoryMapper uneven{.cats_int64s = {1}};
  CHECK(complaint("ai.onnx.ml.CategoryMapper", &uneven, {i}) == "CategoryMapper: 1 integers and 0 strings are no pairs");
  const OneHotEncoder none, strict{.cats_int64s = {1}, .zeros = false}, named{.cats_strings = {"a"}};
  CHECK(complaint("ai.onnx.ml.OneHotEncoder", &none, {i}) == "OneHotEncoder: 0 int64 and 0 string categories where one kind is expected");
  CHECK(complaint("ai.onnx.ml.OneHotEncoder", &strict, {i}) == "OneHotEncoder: element 0 of X is of no category");
  CHECK(complaint("ai.onnx.ml.OneHotEncoder", &named, {i}) == "OneHotEncoder: X is int64, and categories are string");
}

}  // namespace tests::ops
