// Adagrad, Adam and Momentum: their formulas in double, for one tensor and for two, and wrong inputs.
#include "tenon/ops/training.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::Adagrad;
using tenon::ops::Adam;
using tenon::ops::Momentum;

/// `step(in, out)` with one element of every part, for steps 0 and 3 of one tensor and of two.
template <class Op, class F>
void train(trial& t, const Op& o, std::size_t parts, F step) {
  for (const i64 count : {0, 3})
    for (const std::vector<shape>& dims : {std::vector<shape>{{}}, {{3, 5}, {33}}, {{0}}}) {
      const table rate(t.type == dtype::f32 ? dtype::f64 : dtype::f32, {}, {0.125}), times(dtype::i64, {}, {static_cast<double>(count)});
      std::vector<table> in, out;
      for (std::size_t p = 0; p < parts; ++p)
        for (const shape& d : dims) {
          in.push_back(t.draw(d, p < 2 ? -4 : 0, 4));
          if (p > 0) out.emplace_back(t.type, d);
        }
      for (std::size_t k = 0; k < dims.size(); ++k)
        each(dims[k], [&](const shape& i) {
          double x[4] = {}, y[3] = {};
          for (std::size_t p = 0; p < parts; ++p) x[p] = in[p * dims.size() + k][i].real;
          step(count, x, y);
          for (std::size_t p = 0; p + 1 < parts; ++p) out[p * dims.size() + k][i] = y[p];
        });
      std::vector<const table*> all{&rate, &times}, results;
      for (const table& x : in) all.push_back(&x);
      for (const table& y : out) results.push_back(&y);
      t.expect(&o, all, results, 4);
    }
}
const by_reference adagrad_reference(cases{"ai.onnx.preview.training.Adagrad", [](trial& t) {
  t.near = t.type == dtype::f64 ? 1e-15 : 1e-6;
  train(t, Adagrad{.decay_factor = 0.5f, .epsilon = 0.25f, .norm_coefficient = 0.125f}, 3, [](i64 n, const double* x, double* y) {
    const double g = 0.125 * x[0] + x[1];
    y[1] = x[2] + g * g;
    y[0] = x[0] - 0.125 / (1 + static_cast<double>(n) * 0.5) * g / (std::sqrt(y[1]) + 0.25);
  });
}});
const by_reference adam_reference(cases{"ai.onnx.preview.training.Adam", [](trial& t) {
  t.near = t.type == dtype::f64 ? 1e-15 : 1e-6;
  train(t, Adam{.alpha = 0.75f, .beta = 0.5f, .epsilon = 0.25f, .norm_coefficient = 0.125f, .norm_coefficient_post = 0.25f}, 4, [](i64 n, const double* x, double* y) {
    const double g = 0.125 * x[0] + x[1], steps = static_cast<double>(n);
    y[1] = 0.75 * x[2] + 0.25 * g;
    y[2] = 0.5 * x[3] + 0.5 * g * g;
    const double rate = n > 0 ? 0.125 * std::sqrt(1 - std::pow(0.5, steps)) / (1 - std::pow(0.75, steps)) : 0.125;
    y[0] = 0.75 * (x[0] - rate * y[1] / (std::sqrt(y[2]) + 0.25));
  });
}});
const by_reference momentum_reference(cases{"ai.onnx.preview.training.Momentum", [](trial& t) {
  t.near = t.type == dtype::f64 ? 1e-15 : 1e-6;
  for (const bool nesterov : {false, true})
    train(t, Momentum{.alpha = 0.75f, .beta = 0.5f, .mode = std::string(nesterov ? "nesterov" : "standard"), .norm_coefficient = 0.125f}, 3, [&](i64 n, const double* x, double* y) {
      const double g = 0.125 * x[0] + x[1];
      y[1] = 0.75 * x[2] + (n > 0 ? 0.5 : 1) * g;
      y[0] = x[0] - 0.125 * (nesterov ? g + 0.75 * y[1] : y[1]);
    });
}});

}  // namespace

TEST_CASE("optimisers say what does not fit") {
  const any_tensor r = zeros(dtype::f32, {}), n = zeros(dtype::i64, {}), x = zeros(dtype::f32, {3}), y = zeros(dtype::f64, {3}), z = zeros(dtype::f32, {2}), w = zeros(dtype::i64, {3});
  const auto says = [&](std::initializer_list<any_view> in, int outputs = 2) { return complaint("ai.onnx.preview.training.Adagrad", nullptr, in, outputs); };
  CHECK(says({r, n, x, x, x}) == "");
  CHECK(says({x, n, x, x, x}) == "Adagrad: R of shape [3] is no scalar");
  CHECK(says({r, n, x, x}) == "Adagrad: 2 tensors are not 3 for each that is trained");
  CHECK(says({r, n, x, x, x}, 3) == "Adagrad: 3 outputs where there are 2");
  CHECK(says({r, n, x, z, x}) == "Adagrad: input 3, float32 [2], does not fit input 2, float32 [3]");
  CHECK(says({r, n, x, x, y}) == "Adagrad: input 4, float64 [3], does not fit input 2, float32 [3]");
  CHECK(says({r, n, w, w, w}) == "Adagrad: input 2 cannot be int64");
  const Momentum o;
  CHECK(complaint("ai.onnx.preview.training.Momentum", &o, {r, n, x, x, x}, 2) == "Momentum: mode '' is unknown");
}

}  // namespace tests::ops
