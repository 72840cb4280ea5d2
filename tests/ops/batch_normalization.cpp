// BatchNormalization: cases with given statistics and with those of the input, wrong inputs, older opsets.
#include "tenon/ops/batch_normalization.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::BatchNormalization;

namespace {

/// One value per channel, as floats have them to a few ulps, from the values of x in it.
void train(trial& t, const shape& dims) {
  const BatchNormalization o{.epsilon = 0.0625f, .momentum = 0.75f, .training_mode = true};
  const i64 n = dims[1];
  table x = t.draw(dims), scale = t.draw({n}), b = t.draw({n}), mean = t.draw({n}), var = t.draw({n}, 0, 4), y(t.type, dims),
        running_mean(t.type, {n}), running_var(t.type, {n});
  for (i64 c = 0; c < n; ++c) {
    double sum = 0, squares = 0, count = 0;
    each(dims, [&](const shape& i) { if (i[1] == c) sum += x[i].real, ++count; });
    each(dims, [&](const shape& i) { if (i[1] == c) squares += (x[i].real - sum / count) * (x[i].real - sum / count); });
    const double m = sum / count, v = squares / count;
    running_mean[{c}] = mean[{c}].real * 0.75 + m * 0.25, running_var[{c}] = var[{c}].real * 0.75 + v * 0.25;
    each(dims, [&](const shape& i) { if (i[1] == c) y[i] = (x[i].real - m) / std::sqrt(v + 0.0625) * scale[{c}].real + b[{c}].real; });
  }
  // Sums of terms that cancel have the error of the terms.
  t.expect(&o, {&x, &scale, &b, &mean, &var}, {&y, &running_mean, &running_var}, t.type == dtype::f32 || t.type == dtype::f64 ? 1 << 14 : 1 << 6, "training");
}

}  // namespace

void batch_normalization_cases(trial& t) {
  train(t, {3, 4, 5, 2}), train(t, {6, 3});
  const BatchNormalization o{.epsilon = 0.0625f};
  for (const shape& dims : {shape{2, 5, 3, 4}, {3, 17}, {1, 4, 9}, {2, 3, 2, 3, 2}, {4}, {0, 3, 2}, {2, 0, 2}}) {
    const i64 n = dims.rank() > 1 ? dims[1] : 1;
    table x = t.draw(dims), scale = t.draw({n}), b = t.draw({n}), mean = t.draw({n}), var = t.draw({n}, 0, 4), y(t.type, dims);
    each(dims, [&](const shape& i) {
      const shape c{dims.rank() > 1 ? i[1] : 0};
      const double s = scale[c].real / std::sqrt(var[c].real + 0.0625);
      // Scale and shift are rounded once each, so the error is that of the larger term.
      y[i] = x[i].real * s + (b[c].real - mean[c].real * s);
    });
    // Cancellation costs digits: compare what is large against its terms.
    t.expect(&o, {&x, &scale, &b, &mean, &var}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 1 << 14 : 1 << 6);
    // With terms of one sign the result is good to a few ulps.
    for (table* p : {&x, &scale, &b, &mean})
      each(p->dims, [&](const shape& i) { (*p)[i] = std::abs((*p)[i].real); });
    each(mean.dims, [&](const shape& i) { mean[i] = -mean[i].real; });
    each(dims, [&](const shape& i) {
      const shape c{dims.rank() > 1 ? i[1] : 0};
      const double s = scale[c].real / std::sqrt(var[c].real + 0.0625);
      y[i] = x[i].real * s + (b[c].real - mean[c].real * s);
    });
    t.expect(&o, {&x, &scale, &b, &mean, &var}, {&y}, 2, "one sign");
  }
}
const by_reference batch_normalization_reference(cases{"BatchNormalization", batch_normalization_cases});

TEST_CASE("BatchNormalization says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3, 4}), c = zeros(dtype::f32, {3}), wrong = zeros(dtype::f32, {4}),
                   square = zeros(dtype::f32, {3, 1}), none = zeros(dtype::f32, {});
  const BatchNormalization o, training{.training_mode = true};
  CHECK(complaint("BatchNormalization", &o, {x, c, c, c, c}) == "");
  CHECK(complaint("BatchNormalization", &o, {x, c, c, c}) == "BatchNormalization: takes 5 inputs, not 4");
  CHECK(complaint("BatchNormalization", &o, {x, c, wrong, c, c}) == "BatchNormalization: input 2 of shape [4] for 3 channels");
  CHECK(complaint("BatchNormalization", &o, {x, c, c, c, square}) == "BatchNormalization: input 4 of shape [3,1] for 3 channels");
  CHECK(complaint("BatchNormalization", &o, {none, c, c, c, c}) == "BatchNormalization: input of shape [] has no channels");
  CHECK(complaint("BatchNormalization", &training, {x, c, c, c, c}) == "");
  CHECK(complaint("BatchNormalization", &training, {c, zeros(dtype::f32, {1}), zeros(dtype::f32, {1}), zeros(dtype::f32, {1}), zeros(dtype::f32, {1})}) ==
        "BatchNormalization: training on an input of shape [3] is not supported");
  BatchNormalization pixels;
  pixels.per_element.value = true;
  CHECK(complaint("BatchNormalization", &pixels, {x, c, c, c, c}) == "BatchNormalization: input 1 of shape [3] for 12 elements");
}

TEST_CASE("BatchNormalization of older opsets is upgraded ") {
  const op_info& info = row("BatchNormalization");
  BatchNormalization o;
  BatchNormalization pixels, trained, counted;
  fake_node seven(7, 5), six(6, 5), one(1, 5), each_pixel(7, 5), training(6, 5), five(13, 5, 5);
  seven.attributes["spatial"] = i64{1};
  six.attributes["is_test"] = i64{1};
  one.attributes["is_test"] = i64{1}, one.attributes["consumed_inputs"] = ints{0, 0, 0, 1, 1};
  each_pixel.attributes["spatial"] = i64{0};
  for (fake_node* n : {&seven, &six, &one}) {
    CHECK(info.upgrade(&o, *n).has_value());
    CHECK(n->attributes.empty());
  }
  CHECK((!o.training_mode && !o.per_element.value));
  CHECK((info.upgrade(&pixels, each_pixel).has_value() && pixels.per_element.value));
  CHECK((info.upgrade(&trained, training).has_value() && trained.training_mode));
  CHECK((info.upgrade(&counted, five).has_value() && counted.training_mode));
  // The running statistics, and those of x: means 2 and 5, variances 1 and 4.
  const any_tensor x = tensor<float>(shape{2, 2}, {1, 3, 3, 7}), ones = tensor<float>(shape{2}, {1, 1}), mean = tensor<float>(shape{2}, {4, 7});
  counted.momentum = 0.5f, counted.epsilon = 0;
  const any_view in[] = {x, ones, mean, mean, ones};
  const auto made = try_apply(info, &counted, in);
  REQUIRE(made.has_value());
  if (!made.has_value()) return;
  const float expected[][4] = {{3, 6, 5, 8}, {3, 6}, {1, 2.5f}, {2, 5}, {1, 4}};
  for (std::size_t i = 0; i < 5; ++i)
    for (i64 k = 0; k < (*made)[i].size(); ++k) CHECK((*made)[i].as<float>()[k] == expected[i][k]);
}

TEST_CASE("BatchNormalization with spatial = 0 has statistics of every element") {
  trial t(row("BatchNormalization"), dtype::f32, layout::contiguous, 5);
  BatchNormalization o{.epsilon = 0};
  o.per_element.value = true;
  table x = t.draw({3, 2, 4}), scale = t.draw({2, 4}), b = t.draw({2, 4}), mean = t.draw({2, 4}), var(dtype::f32, {2, 4}), y(dtype::f32, {3, 2, 4});
  each(var.dims, [&](const shape& i) { var[i] = 4.0; });
  each(y.dims, [&](const shape& i) {
    const shape at{i[1], i[2]};
    y[i] = x[i].real * (scale[at].real / 2) + (b[at].real - mean[at].real * (scale[at].real / 2));
  });
  t.expect(&o, {&x, &scale, &b, &mean, &var}, {&y}, 1);
}

}  // namespace tests::ops
