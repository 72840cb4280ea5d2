// LayerNormalization and RMSNormalization: cases against sums in double, and what they say about wrong
// inputs.
#include "tenon/ops/row_normalization.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::LayerNormalization;
using tenon::ops::RMSNormalization;

/// The element of a table that broadcasts to `dims`.
double broadcast_at(table& v, const shape& i) {
  shape own;
  for (int d = 0; d < v.dims.rank(); ++d) own.push_back(v.dims[d] == 1 ? 0 : i[i.rank() - v.dims.rank() + d]);
  return v[own].real;
}

struct rows {
  std::vector<double> mean, factor;
  i64 size = 1;
};
rows rows_of(table& x, int axis, bool centered) {
  rows r;
  i64 n = 1;
  for (int d = 0; d < x.dims.rank(); ++d) (d < axis ? n : r.size) *= x.dims[d];
  r.mean.resize(static_cast<std::size_t>(n)), r.factor.resize(static_cast<std::size_t>(n));
  std::size_t at = 0;
  for (std::size_t i = 0; i < r.mean.size(); ++i, at += static_cast<std::size_t>(r.size)) {
    std::vector<double> v;
    for (i64 j = 0; j < r.size; ++j) v.push_back(x.data()[static_cast<i64>(at) + j].real);
    double sum = 0, squares = 0;
    for (double e : v) sum += e;
    r.mean[i] = centered && r.size > 0 ? sum / static_cast<double>(r.size) : 0;
    for (double e : v) squares += (e - r.mean[i]) * (e - r.mean[i]);
    r.factor[i] = 1 / std::sqrt(squares / static_cast<double>(r.size) + 0.0625);
  }
  return r;
}

const struct { shape dims; i64 axis; shape scale; } normalized[] = {
    {{2, 3, 4}, -1, {4}},      {{2, 3, 4}, 1, {3, 4}},  {{2, 3, 4}, 0, {2, 3, 4}}, {{3, 65}, -1, {65}}, {{2, 1030}, 1, {1030}},
    {{5, 1}, 1, {1}},          {{2, 3, 4}, 1, {4}},     {{2, 3, 4}, -1, {3, 1}},   {{2, 3, 4}, -1, {1}}, {{2, 3, 4}, 2, {1, 1, 4}},
    {{2, 33}, -1, {2, 33}},    {{0, 4}, -1, {4}},
};

}  // namespace

void layer_normalization_cases(trial& t) {
  const int ulps = t.type == dtype::f32 || t.type == dtype::f64 ? 1 << 14 : 1 << 6;
  for (const auto& c : normalized)
    for (const bool biased : {false, true}) {
      const LayerNormalization o{.axis = c.axis, .epsilon = 0.0625f};
      const int axis = static_cast<int>(c.axis < 0 ? c.axis + c.dims.rank() : c.axis);
      table x = t.draw(c.dims), scale = t.draw(c.scale), b = t.draw(c.scale), y(t.type, c.dims);
      const rows r = rows_of(x, axis, true);
      shape kept = c.dims;
      for (int d = axis; d < kept.rank(); ++d) kept[d] = 1;
      table mean(dtype::f32, kept), inverse(dtype::f32, kept);
      i64 at = 0;
      each(c.dims, [&](const shape& i) {
        const auto row = static_cast<std::size_t>(at++ / r.size);
        y[i] = (x[i].real - r.mean[row]) * r.factor[row] * broadcast_at(scale, i) + (biased ? broadcast_at(b, i) : 0);
      });
      for (std::size_t i = 0; i < r.mean.size(); ++i) mean.data()[i] = r.mean[i], inverse.data()[i] = r.factor[i];
      // A mean of almost nothing is compared with its terms, not with itself.
      if (biased) t.expect(&o, {&x, &scale, &b}, {&y, nullptr, &inverse}, ulps);
      else t.expect(&o, {&x, &scale}, {&y, nullptr, &inverse}, ulps);
    }
}
const by_reference layer_normalization_reference(cases{"LayerNormalization", layer_normalization_cases});

void rms_normalization_cases(trial& t) {
  for (const auto& c : normalized) {
    const RMSNormalization o{.axis = c.axis, .epsilon = 0.0625f};
    table x = t.draw(c.dims), scale = t.draw(c.scale), y(t.type, c.dims);
    const rows r = rows_of(x, static_cast<int>(c.axis < 0 ? c.axis + c.dims.rank() : c.axis), false);
    i64 at = 0;
    each(c.dims, [&](const shape& i) { y[i] = x[i].real * r.factor[static_cast<std::size_t>(at++ / r.size)] * broadcast_at(scale, i); });
    t.expect(&o, {&x, &scale}, {&y}, 8);
    if (t.type == dtype::f64) continue;
    // The result has the type of the scale, which may be wider.
    table wide = t.draw(dtype::f32, c.scale, -4, 4), z(dtype::f32, c.dims);
    at = 0;
    each(c.dims, [&](const shape& i) { z[i] = x[i].real * r.factor[static_cast<std::size_t>(at++ / r.size)] * broadcast_at(wide, i); });
    t.expect(&o, {&x, &wide}, {&z}, 8, "a wide scale");
  }
}
const by_reference rms_normalization_reference(cases{"RMSNormalization", rms_normalization_cases});

TEST_CASE("LayerNormalization gives means and inverse deviations, in bfloat16 when asked to") {
  const any_tensor x = tensor<float>(shape{2, 4}, {1, 2, 3, 6, 0, 0, 8, 8}), scale = tensor<float>(shape{4}, {1, 1, 1, 1});
  const any_view in[] = {x, scale};
  for (const i64 type : {1, 16}) {
    const LayerNormalization o{.epsilon = 0, .stash_type = type};
    const auto r = try_apply(row("LayerNormalization"), &o, in);
    REQUIRE(r.has_value());
    if (!r.has_value()) return;
    CHECK((*r)[1].type() == static_cast<dtype>(type));
    CHECK((*r)[1].dims() == shape{2, 1});
    const auto at = [&](std::size_t k, i64 i) {
      return type == 1 ? (*r)[k].as<float>()[i] : static_cast<float>((*r)[k].as<bf16>()[i]);
    };
    CHECK((at(1, 0) == 3.0f && at(1, 1) == 4.0f && at(2, 1) == 0.25f));
  }
}

TEST_CASE("row normalisations say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 4}), four = zeros(dtype::f32, {4}), three = zeros(dtype::f32, {3}), deep = zeros(dtype::f32, {1, 2, 4}),
                   scalar = zeros(dtype::f32, {});
  const LayerNormalization plain, beyond{.axis = 2}, odd{.stash_type = 7};
  const RMSNormalization rms;
  CHECK(complaint("LayerNormalization", &plain, {x, four, four}) == "");
  CHECK(complaint("LayerNormalization", &plain, {x, three}) == "LayerNormalization: input 1 of shape [3] does not broadcast to [2,4]");
  CHECK(complaint("LayerNormalization", &plain, {x, four, deep}) == "LayerNormalization: input 2 of shape [1,2,4] does not broadcast to [2,4]");
  CHECK(complaint("LayerNormalization", &beyond, {x, four}) == "LayerNormalization: axis 2 is out of range for [2,4]");
  CHECK(complaint("LayerNormalization", &plain, {scalar, scalar}) == "LayerNormalization: axis -1 is out of range for []");
  CHECK(complaint("LayerNormalization", &odd, {x, four}) == "LayerNormalization: stash_type 7 is neither float32 (1) nor bfloat16 (16)");
  CHECK(complaint("RMSNormalization", &rms, {x, zeros(dtype::f64, {4})}) == "RMSNormalization: X of float32 with a scale of float64 is not supported");
  CHECK(complaint("RMSNormalization", &rms, {x, three}) == "RMSNormalization: input 1 of shape [3] does not broadcast to [2,4]");
}

}  // namespace tests::ops
