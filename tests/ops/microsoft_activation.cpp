// Gelu, BiasGelu, FastGelu and QuickGelu of com.microsoft against their formulas in double.
#include "tenon/ops/microsoft_activation.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

/// f(x + bias) in sizes around whole vectors.
template <class Op>
void bent(trial& t, const Op& o, bool biased, double (*f)(double)) {
  const i64 n = 64 / size_of(t.type);
  for (i64 size : {i64{0}, i64{1}, n - 1, n + 1, 3 * n + 1})
    for (const shape& dims : {shape{size}, {2, size}, {2, 1, size}}) {
      table x = t.draw(dims, -6, 6), bias = t.draw({size}, -2, 2), y(t.type, dims);
      each(dims, [&](const shape& i) { y[i] = f(x[i].real + (biased ? bias[{i.back()}].real : 0)); });
      t.near = t.type == dtype::f64 ? 1e-14 : 1e-6;
      if (biased) t.expect(&o, {&x, &bias}, {&y}, t.type == dtype::f16 || t.type == dtype::bf16 ? 1 : 8);
      else t.expect(&o, {&x}, {&y}, t.type == dtype::f16 || t.type == dtype::bf16 ? 1 : 8);
    }
}
double by_erf(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2))); }
double by_tanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

const by_reference gelu_reference(cases{"com.microsoft.Gelu", [](trial& t) { bent(t, tenon::ops::MicrosoftGelu{}, false, by_erf); }});
const by_reference bias_gelu_reference(cases{"com.microsoft.BiasGelu", [](trial& t) { bent(t, tenon::ops::BiasGelu{}, true, by_erf); }});
const by_reference fast_gelu_reference(cases{"com.microsoft.FastGelu", [](trial& t) {
  for (bool biased : {false, true}) bent(t, tenon::ops::FastGelu{}, biased, by_tanh);
}});
const by_reference quick_gelu_reference(cases{"com.microsoft.QuickGelu", [](trial& t) {
  bent(t, tenon::ops::QuickGelu{.alpha = 0.5f}, false, [](double x) { return x / (1 + std::exp(-0.5 * x)); });
}});

}  // namespace

TEST_CASE("a bias lies along the last dimension") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  CHECK(complaint("com.microsoft.BiasGelu", nullptr, {x, zeros(dtype::f32, {3})}) == "");
  CHECK(complaint("com.microsoft.BiasGelu", nullptr, {x, zeros(dtype::f32, {2})}) == "BiasGelu: a bias of shape [2] does not fit [2,3]");
  CHECK(complaint("com.microsoft.FastGelu", nullptr, {x, x}) == "FastGelu: a bias of shape [2,3] does not fit [2,3]");
}

}  // namespace tests::ops
