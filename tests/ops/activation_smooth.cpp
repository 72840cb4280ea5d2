// Elu, Selu, Celu, Gelu, Mish, Softplus, Softsign, Swish and SwiGLU against their formulas in double.
#include "tenon/ops/activation_smooth.hpp"

#include "old_node.hpp"

namespace tests::ops {

const by_reference elu_reference(elementwise{"Elu", [](const number* x) {
  return x[0].real < 0 ? number(std::expm1(x[0].real)) : x[0];
}, 3, -9, 9});
const by_reference selu_reference(elementwise{"Selu", [](const number* x) {
  const double gamma = static_cast<double>(1.0507009873554805f), alpha = static_cast<double>(1.6732632423543772f);
  return number(gamma * (x[0].real > 0 ? x[0].real : alpha * std::expm1(x[0].real)));
}, 4, -9, 9});
const by_reference celu_reference(elementwise{"Celu", [](const number* x) {
  return x[0].real < 0 ? number(std::expm1(x[0].real)) : x[0];
}, 3, -9, 9});
const by_reference mish_reference(elementwise{"Mish", [](const number* x) {
  return number(x[0].real * std::tanh(std::log1p(std::exp(x[0].real))));
}, 6, -9, 30});
const by_reference softplus_reference(elementwise{"Softplus", [](const number* x) {
  return number(x[0].real > 0 ? x[0].real + std::log1p(std::exp(-x[0].real)) : std::log1p(std::exp(x[0].real)));
}, 4, -9, 30});
const by_reference softsign_reference(elementwise{"Softsign", [](const number* x) {
  return number(x[0].real / (1 + std::abs(x[0].real)));
}, 2});
const by_reference swish_reference(elementwise{"Swish", [](const number* x) {
  return number(x[0].real / (1 + std::exp(-x[0].real)));
}, 4, -20, 20});

double gelu(double x, bool by_tanh) {
  if (by_tanh) return 0.5 * x * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
  return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
}
void gelu_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (const char* how : {"none", "tanh"}) {
    const tenon::ops::Gelu o{.approximate = how};
    for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1})
      for (const shape& dims : {shape{size}, {3, size}}) {
        // Below 0 the two terms cancel; there the sum of their errors is looked at elsewhere.
        table x = t.draw(dims, 0, 6), y(t.type, dims);
        each(dims, [&](const shape& i) { y[i] = number(gelu(x[i].real, how[0] == 't')); });
        t.expect(&o, {&x}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 4 : 1);
      }
  }
}
const by_reference gelu_reference(cases{"Gelu", gelu_cases});

void swiglu_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  const tenon::ops::SwiGLU o{.alpha = 0.5f};
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1})
    for (const shape& dims : {shape{size}, {3, size}}) {
      table a = t.draw(dims, -9, 9), b = t.draw(dims, -9, 9), y(t.type, dims);
      each(dims, [&](const shape& i) { y[i] = number(a[i].real / (1 + std::exp(-0.5 * a[i].real)) * b[i].real); });
      t.expect(&o, {&a, &b}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 5 : 1);
    }
}
const by_reference swiglu_reference(cases{"SwiGLU", swiglu_cases});

TEST_CASE("Gelu of negative numbers is right to a few units of one") {
  for (const char* how : {"none", "tanh"}) {
    tensor<float> x({97});
    for (i64 i = 0; i < 97; ++i) x[i] = static_cast<float>(i - 96) / 8;
    const any_tensor y = tenon::gelu(x, {.approximate = how});
    for (i64 i = 0; i < 97; ++i)
      CHECK(std::abs(static_cast<double>(y.as<float>()[i]) - gelu(static_cast<double>(x[i]), how[0] == 't')) < 1e-6);
  }
}

TEST_CASE("attributes of smooth activations are used") {
  const tensor<float> x({1}, {-2});
  const auto at = [](const any_tensor& y) { return static_cast<double>(y.as<float>()[0]); };
  CHECK(at(elu(x, {.alpha = 3})) == doctest::Approx(3 * std::expm1(-2)));
  CHECK(at(celu(x, {.alpha = 4})) == doctest::Approx(4 * std::expm1(-0.5)));
  CHECK(at(selu(x, {.alpha = 2, .gamma = 5})) == doctest::Approx(10 * std::expm1(-2)));
  CHECK(at(swish(x, {.alpha = 2})) == doctest::Approx(-2 / (1 + std::exp(4.0))));
}

TEST_CASE("what smooth activations do not take is named") {
  const tenon::ops::Gelu o{.approximate = "often"};
  const any_tensor a = zeros(dtype::f32, {2}), b = zeros(dtype::f32, {1});
  CHECK(complaint("Gelu", &o, {a}) == "Gelu: approximate 'often' is unknown");
  CHECK(complaint("SwiGLU", nullptr, {a, b}) == "SwiGLU: shapes differ: [2] and [1]");
  CHECK(complaint("Elu", nullptr, {zeros(dtype::i32, {2})}) == "Elu: input X cannot be int32");
}

TEST_CASE("Selu of opset 1 had rounded defaults") {
  tenon::ops::Selu o, given;
  fake_node n(1), with(1);
  with.attributes["alpha"] = 2.0f;
  CHECK(row("Selu").upgrade(&o, n).has_value());
  CHECK(o.alpha == 1.6732f);
  CHECK(o.gamma == 1.0507f);
  CHECK(row("Selu").upgrade(&given, with).has_value());
  CHECK(given.alpha == tenon::ops::Selu().alpha);
}

}  // namespace tests::ops
