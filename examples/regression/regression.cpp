// Predicts how far diabetes has come after a year, from ten measurements of 442 patients: regression DATA TARGET.
// A linear layer learns what ordinary least squares computes, a small network what is not linear.
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <tenon/core/npy.hpp>
#include <tenon/nn/linear.hpp>
#include <tenon/nn/loss.hpp>
#include <tenon/ops/trigonometry.hpp>
#include <tenon/optim/adam.hpp>
#include <tenon/optim/schedule.hpp>
#include <tenon/optim/sgd.hpp>

#include "../support/program.hpp"
#include "../support/weights.hpp"
#include "least_squares.hpp"

namespace {

constexpr char program[] = "regression";

using tenon::any_tensor, tenon::dtype, tenon::i64, tenon::tensor, tenon::variable;
namespace nn = tenon::nn;
namespace optim = tenon::optim;

constexpr tenon::random seed{.seed = 1};

struct network {
  nn::Linear hidden, out;

  explicit network(i64 inputs) : hidden(inputs, 16), out(16, 1) {}
  variable operator()(const variable& x) const { return out(tanh(hidden(x))); }
  void fields(this auto& self, auto&& f) { f("hidden", self.hidden), f("out", self.out); }
};

/// Each column with a mean of 0 and a sum of squares of 1, as scikit-learn's load_diabetes has it.
void standardise(tensor<double>& x) {
  const i64 n = x.dim(0);
  for (i64 j = 0; j < x.dim(1); ++j) {
    double mean = 0, squares = 0;
    for (i64 i = 0; i < n; ++i) mean += x[i, j];
    mean /= static_cast<double>(n);
    for (i64 i = 0; i < n; ++i) x[i, j] -= mean, squares += x[i, j] * x[i, j];
    for (i64 i = 0; i < n && squares > 0; ++i) x[i, j] /= std::sqrt(squares);
  }
}

/// Patients: what was measured, and what is to be predicted.
struct patients {
  tensor<double> x, y;

  patients(const tensor<double>& all, const tensor<double>& target, std::span<const i64> rows)
      : x({static_cast<i64>(rows.size()), all.dim(1)}), y({x.dim(0)}) {
    for (i64 i = 0; i < y.size(); ++i) {
      const i64 from = rows[static_cast<std::size_t>(i)];
      y[i] = target[from];
      for (i64 j = 0; j < x.dim(1); ++j) x[i, j] = all[from, j];
    }
  }
  double mean() const { return std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size()); }
  double deviation() const { return error([m = mean()](i64) { return m; }); }
  /// The root of the mean square of what prediction(row) is off.
  double error(auto prediction) const {
    double squares = 0;
    for (i64 i = 0; i < y.size(); ++i) squares += (prediction(i) - y[i]) * (prediction(i) - y[i]);
    return std::sqrt(squares / static_cast<double>(y.size()));
  }
};

/// Inputs and targets of about 1 are what networks learn from best: what they say is scaled back.
struct scale {
  double inputs, mean, deviation;

  any_tensor in(const tensor<double>& x) const {
    return (variable(tenon::cast(x, dtype::f32)) * inputs).value();
  }
  any_tensor target(const tensor<double>& y) const {
    const variable unit = (variable(any_tensor(y)) - mean) / deviation;
    return tenon::reshape(tenon::cast(unit.value(), dtype::f32), {y.size(), 1});
  }
};

struct plan {
  int epochs;
  i64 batch;
  optim::CosineRate rate;
};
template <class Net, class Optimizer>
void learn(const char* who, Net& net, Optimizer optimizer, const any_tensor& x, const any_tensor& y, const plan& p) {
  nn::initialize(net, seed.at(who));
  std::vector<i64> order(static_cast<std::size_t>(x.dims()[0]));
  std::iota(order.begin(), order.end(), 0);
  i64 step = 0;
  for (int epoch = 1; epoch <= p.epochs; ++epoch) {
    seed.at(who).at("epoch " + std::to_string(epoch)).shuffle(std::span(order));
    double sum = 0;
    for (std::size_t at = 0; at < order.size(); at += static_cast<std::size_t>(p.batch)) {
      const auto rows = tenon::as_tensor(std::span(order).subspan(at, std::min(order.size() - at, static_cast<std::size_t>(p.batch))));
      const variable loss = nn::mse(net(tenon::gather(x, rows)), tenon::gather(y, rows));
      optimizer.step(net, backward(loss), p.rate(step++));
      sum += static_cast<double>(*loss.value().template as<float>()) * static_cast<double>(rows.size());
    }
    if (epoch % (p.epochs / 5) == 0)
      std::printf("%-8s epoch %3d  loss %.4f\n", who, epoch, sum / static_cast<double>(order.size()));
  }
}

int compare(tensor<double> x, const tensor<double>& y) {
  standardise(x);
  std::vector<i64> order(static_cast<std::size_t>(y.size()));
  std::iota(order.begin(), order.end(), 0);
  seed.at("split").shuffle(std::span(order));
  const std::size_t known = order.size() * 4 / 5;
  const patients training(x, y, std::span(order).first(known)), test(x, y, std::span(order).subspan(known));
  std::printf("%lld patients, %lld measurements of each: %lld to learn from, %lld for the test\n", static_cast<long long>(y.size()),
              static_cast<long long>(x.dim(1)), static_cast<long long>(training.y.size()), static_cast<long long>(test.y.size()));

  const auto squares = least_squares(training.x, training.y);
  if (squares.empty()) return complain(program, "the columns depend on each other: least squares have no one solution");
  const scale s{std::sqrt(static_cast<double>(y.size())), training.mean(), training.deviation()};
  const any_tensor inputs = s.in(training.x), targets = s.target(training.y);
  nn::Linear line(x.dim(1), 1);
  learn("linear", line, optim::Sgd{.momentum = 0.9}, inputs, targets, {500, training.y.size(), {.rate = 0.2, .steps = 500}});
  network net(x.dim(1));
  learn("network", net, optim::AdamW{.weight_decay = 0.1}, inputs, targets, {60, 32, {.rate = 0.01, .steps = 60 * 12}});

  std::printf("\nroot mean square error   training    test\n");
  const auto report = [&](const char* who, auto prediction) {
    std::printf("%-23s  %8.2f %7.2f\n", who, training.error(prediction(training)), test.error(prediction(test)));
  };
  const auto by = [&](const auto& model) {
    return [&](const patients& p) {
      return [&s, y = model(s.in(p.x)).value()](i64 i) { return s.mean + s.deviation * static_cast<double>(y.template as<float>()[i]); };
    };
  };
  report("always the mean", [&](const patients&) { return [&](i64) { return s.mean; }; });
  report("ordinary least squares", [&](const patients& p) { return [&](i64 i) { return predict(squares, p.x, i); }; });
  report("linear layer", by(line));
  report("network of 16", by(net));
  std::printf("weights %s\n", digest_of_weights(line, net).c_str());
  return 0;
}

/// A file of numbers as float64, all of them finite; nothing where it is none: then it was said why.
std::optional<tensor<double>> numbers(const char* path, int rank) {
  const auto file = tenon::load_npy(path);
  if (!file.has_value()) {
    complain(program, file.error().message);
    return std::nullopt;
  }
  const any_tensor& t = *file;
  const bool fits = (t.type() == dtype::f64 || t.type() == dtype::f32) && t.rank() == rank;
  const any_tensor wide = fits ? tenon::cast(t, dtype::f64) : any_tensor();
  if (!fits || !std::all_of(wide.as<double>(), wide.as<double>() + wide.size(), [](double x) { return std::abs(x) < 1e100; })) {
    complain(program, tenon::join({path, ": takes float64 or float32 numbers below 1e100 in ", rank, " dimensions, not ",
                                   name(t.type()), " ", t.dims(), fits ? " with others among them" : ""}));
    return std::nullopt;
  }
  return tensor<double>(t.dims(), std::span(wide.as<double>(), static_cast<std::size_t>(wide.size())));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: regression DATA.npy TARGET.npy\n");
    return 2;
  }
  auto x = numbers(argv[1], 2), y = numbers(argv[2], 1);
  if (!x || !y) return 1;
  if (y->size() != x->dim(0) || x->dim(1) < 1 || x->dim(0) * 4 / 5 <= x->dim(1) + 1)
    return complain(program, tenon::join({x->dims(), " numbers for ", y->size(), " targets: needs a row for each, and more rows than columns"}));
  return finish(program, compare(std::move(*x), *y));
}
