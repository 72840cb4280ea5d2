// FlexAttention without graphs against sums over keys in double (tests/onnx/own.cpp has graphs), and wrong inputs.
#include "tenon/ops/flex_attention.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::FlexAttention;

void attend(trial& t, i64 heads, i64 shared, std::optional<float> scale, dtype precision) {
  const i64 batch = 2, length = 3, total = 5, width = 4, v_width = 6;
  table q = t.draw({batch, heads, length, width}, -1, 1), k = t.draw({batch, shared, total, width}, -1, 1), v = t.draw({batch, shared, total, v_width}, -1, 1);
  table y(t.type, {batch, heads, length, v_width});
  each({batch, heads, length}, [&](const shape& i) {
    const i64 g = i[1] / (heads / shared);
    std::vector<double> weights;
    double all = 0;
    for (i64 j = 0; j < total; ++j) {
      double s = 0;
      for (i64 e = 0; e < width; ++e) s += q[{i[0], i[1], i[2], e}].real * k[{i[0], g, j, e}].real;
      weights.push_back(std::exp(s * (scale ? static_cast<double>(*scale) : 0.5)));
      all += weights.back();
    }
    for (i64 e = 0; e < v_width; ++e) {
      double sum = 0;
      for (i64 j = 0; j < total; ++j) sum += weights[static_cast<std::size_t>(j)] / all * v[{i[0], g, j, e}].real;
      y[{i[0], i[1], i[2], e}] = sum;
    }
  });
  const FlexAttention o{.scale = scale, .softmax_precision = precision};
  t.expect(&o, {&q, &k, &v}, {&y}, 4);
}
const by_reference flex_reference(cases{"ai.onnx.preview.FlexAttention", [](trial& t) {
  t.near = t.type == dtype::f64 ? 1e-14 : 1e-5;
  attend(t, 2, 2, {}, dtype::none), attend(t, 6, 2, 0.25f, dtype::none), attend(t, 2, 1, {}, dtype::f64);
}});

}  // namespace

TEST_CASE("FlexAttention says what does not fit") {
  const any_tensor q = zeros(dtype::f32, {1, 4, 2, 8}), k = zeros(dtype::f32, {1, 2, 3, 8}), three = zeros(dtype::f32, {1, 3, 3, 8}), flat = zeros(dtype::f32, {1, 2, 8});
  const FlexAttention o{.softmax_precision = dtype::i32};
  const auto says = [](const void* op, std::initializer_list<any_view> in) { return complaint("ai.onnx.preview.FlexAttention", op, in); };
  CHECK(says(nullptr, {q, k, k}) == "");
  CHECK(says(nullptr, {q, k, three}) == "FlexAttention: Q [1,4,2,8], K [1,2,3,8] and V [1,3,3,8] do not fit");
  CHECK(says(nullptr, {q, three, three}) == "FlexAttention: Q [1,4,2,8] and K [1,3,3,8] have 4 heads for 3");
  CHECK(says(nullptr, {flat, k, k}) == "FlexAttention: Q [1,2,8], K [1,2,3,8] and V [1,2,3,8] do not fit");
  CHECK(says(&o, {q, k, k}) == "FlexAttention: softmax_precision int32 is not supported");
}

}  // namespace tests::ops
