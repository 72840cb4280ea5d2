// How modules get their first values and which mode draws what; Linear, Embedding, Dropout, norms and losses.
#include "tenon/nn/module.hpp"

#include "../doctest.hpp"
#include "tenon/autodiff/backward.hpp"
#include "tenon/nn/dropout.hpp"
#include "tenon/nn/embedding.hpp"
#include "tenon/nn/linear.hpp"
#include "tenon/nn/loss.hpp"
#include "tenon/nn/norm.hpp"
#include "values.hpp"

namespace tests::nn {

using namespace tenon;
namespace nn = tenon::nn;

namespace {

struct perceptron {
  nn::Linear hidden{3, 4}, out{4, 2, {.bias = false}};
  variable operator()(const variable& x) const { return out(hidden(x)); }
  void fields(this auto& self, auto&& f) { f("hidden", self.hidden), f("out", self.out); }
};
struct stack {
  std::vector<perceptron> layers = std::vector<perceptron>(2);
  void fields(this auto& self, auto&& f) { f("layers", self.layers); }
  void reset(const tenon::random&) { layers[1].out.weight.assign(tensor<float>({2, 4})); }
};
double only(const variable& v) { return v.size() == 1 && v.rank() == 0 ? v.value().as<double>()[0] : -1; }
bool same(const variable& a, const variable& b) {
  return a.dims() == b.dims() && std::memcmp(a.value().data(), b.value().data(), static_cast<std::size_t>(4 * a.size())) == 0;
}

}  // namespace

TEST_CASE("Linear is x W' + b over the last dimension") {
  nn::Linear l(3, 2);
  l.weight.assign(tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  l.bias.assign(tensor<float>({2}, {10, 20}));
  const variable x = tensor<float>({2, 1, 3}, {1, 0, 0, 1, 1, 1});
  const variable y = l(x);
  REQUIRE(y.dims() == shape{2, 1, 2});
  const float* const p = y.value().as<float>();
  CHECK(std::vector<float>(p, p + 4) == std::vector<float>{11, 24, 16, 35});
  const variable flat = l(tensor<float>({1, 3}, {0, 1, 0})), vector = l(tensor<float>({3}, {0, 1, 0}));
  CHECK(flat.dims() == shape{1, 2});
  CHECK(vector.dims() == shape{2});
  CHECK(vector.value().as<float>()[1] == 25);
  CHECK(l(tensor<float>({0, 3})).dims() == shape{0, 2});
  l.bias = variable();
  CHECK(l(tensor<float>({3}, {0, 1, 0})).value().as<float>()[1] == 5);
}

TEST_CASE("first values depend on the seed and the path, and on nothing else") {
  perceptron net, again, other;
  stack s;
  nn::initialize(net, {.seed = 1});
  nn::initialize(again, {.seed = 1});
  nn::initialize(other, {.seed = 2});
  nn::initialize(s, {.seed = 1});
  CHECK(same(net.hidden.weight, again.hidden.weight));
  CHECK(!same(net.hidden.weight, other.hidden.weight));
  CHECK(!same(s.layers[0].hidden.weight, s.layers[1].hidden.weight));
  CHECK(s.layers[1].out.weight.value().as<float>()[7] == 0);  // what a module says comes after its parts
  nn::Linear alone(3, 4);
  nn::initialize(alone, tenon::random{.seed = 1}.at("hidden"));
  CHECK(same(net.hidden.weight, alone.weight));
  CHECK(same(net.hidden.bias, alone.bias));
  const perceptron copy = net;  // a handle to the same
  net.hidden.bias.assign(tensor<float>({4}));
  CHECK(same(copy.hidden.bias, net.hidden.bias));
}

TEST_CASE("a frozen copy keeps its values and records nothing") {
  nn::Linear l(2, 1);
  nn::initialize(l, {.seed = 1});
  const nn::Linear before = nn::frozen(l);
  const variable x = tensor<float>({1, 2}, {1, 2}), y = l(x);
  CHECK(same(before(x), y));
  CHECK(!before(x).wants_gradient());
  CHECK(y.wants_gradient());
  l.weight.assign(tensor<float>({1, 2}));
  CHECK(same(before(x), y));
}

TEST_CASE("initialisers have the spread that they say") {
  const auto spread = [](const tensor<float>& t) {
    double sum = 0, squares = 0, most = 0;
    for (const float x : t) {
      const auto v = static_cast<double>(x);
      sum += v, squares += v * v, most = std::max(most, v < 0 ? -v : v);
    }
    const auto n = static_cast<double>(t.size());
    return std::array{sum / n, squares / n, most};
  };
  const auto [mean, square, most] = spread(nn::kaiming_uniform({.seed = 3}, {100, 25, 2, 2}));
  CHECK(mean == doctest::Approx(0).epsilon(0.002));
  CHECK(square == doctest::Approx(0.01 / 3).epsilon(0.03));
  CHECK(most <= 0.1);
  CHECK(most > 0.099);
  const auto [middle, variance, far] = spread(nn::normal({.seed = 3}, {10000}, 2));
  CHECK(middle == doctest::Approx(0).epsilon(0.05));
  CHECK(variance == doctest::Approx(4).epsilon(0.05));
  CHECK(far > 6);
  CHECK(far < 12);
}

TEST_CASE("a mode draws another stream each time, the same for the same seed") {
  CHECK(!nn::mode().trains());
  const auto m = nn::mode::training({.seed = 5, .stream = 6}), same = nn::mode::training({.seed = 5, .stream = 6});
  CHECK(m.trains());
  const tenon::random a = m.draw(), b = m.draw();
  CHECK(a.stream != b.stream);
  CHECK(a.seed == 5);
  CHECK(same.draw().stream == a.stream);
}

TEST_CASE("Embedding takes rows, and adds the gradients of one taken twice") {
  nn::Embedding e(3, 2);
  e.weight.assign(tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const variable y = e(tensor<i32>({2, 2}, {2, 0, 2, -1}));
  CHECK(y.dims() == shape{2, 2, 2});
  CHECK(values(y) == std::vector<float>{5, 6, 1, 2, 5, 6, 5, 6});
  const gradients g = backward(reduce_sum(y * y));
  CHECK(values(g[e.weight]) == std::vector<float>{2, 4, 0, 0, 30, 36});
}

TEST_CASE("Dropout drops in training only, another choice each time, and keeps the mean") {
  const nn::Dropout d{0.25};
  const variable x = parameter(tensor<float>({40, 50}));
  variable(x).assign(x + 1);
  CHECK(d(x, {}).node() == x.node());
  const auto m = nn::mode::training({.seed = 1});
  const variable y = d(x, m), z = d(x, m), again = d(x, nn::mode::training({.seed = 1}));
  CHECK(same(y, again));
  CHECK(!same(y, z));
  i64 dropped = 0;
  for (const float v : values(y)) {
    dropped += v == 0;
    CHECK((v == 0 || v == 4.0f / 3));
  }
  CHECK(dropped > 440);
  CHECK(dropped < 560);
  CHECK(same(backward(reduce_sum(y))[x], y));  // of ones, the mask itself
}

TEST_CASE("LayerNorm gives each row a mean of 0 and a variance of 1") {
  nn::LayerNorm n(4);
  n.bias.assign(tensor<float>({4}, {0, 0, 0, 10}));
  const auto y = values(n(tensor<float>({2, 4}, {1, 2, 3, 4, -100, -100, 100, 100})));
  CHECK(y[0] == doctest::Approx(-1.5 / 1.118034).epsilon(1e-4));
  CHECK(y[3] == doctest::Approx(10 + 1.5 / 1.118034).epsilon(1e-4));
  CHECK(y[5] == doctest::Approx(-1));
  CHECK(y[6] == doctest::Approx(1));
}

TEST_CASE("BatchNorm learns from the batch and evaluates by what it keeps, as PyTorch's") {
  nn::BatchNorm n(2);
  const auto m = nn::mode::training({});
  const variable x = tensor<float>({2, 2, 2}, {1, 3, 0, 0, 5, 7, 10, 10});  // means 4 and 5, variances 5 and 25
  const auto y = values(n(x, m));
  CHECK(y[0] == doctest::Approx(-3 / 2.236068).epsilon(1e-4));
  CHECK(y[2] == doctest::Approx(-1).epsilon(1e-4));
  CHECK(values(n.running_mean)[0] == doctest::Approx(0.4));
  CHECK(values(n.running_mean)[1] == doctest::Approx(0.5));
  CHECK(values(n.running_var)[0] == doctest::Approx(0.9 + 0.1 * 5 * 4 / 3));
  CHECK(values(n.running_var)[1] == doctest::Approx(0.9 + 0.1 * 25 * 4 / 3));
  CHECK(!n.running_mean.wants_gradient());
  CHECK(parameter_count(n) == 4);
  n.running_mean.assign(tensor<float>({2}, {1, 0}));
  n.running_var.assign(tensor<float>({2}, {4, 1}));
  n.bias.assign(tensor<float>({2}, {0, 10}));
  const auto z = values(n(x, {}));
  CHECK(z[1] == doctest::Approx(1).epsilon(1e-4));
  CHECK(z[7] == doctest::Approx(20).epsilon(1e-4));
  const variable loss = reduce_sum(n(parameter(x.value()), m) * n(x, m));
  CHECK(backward(loss).size() == 3);
}

TEST_CASE("cross entropy is the mean of minus the logarithms of the right classes' probabilities") {
  const double half = simd::log(2.0), quarter = simd::log(4.0);
  const variable scores = parameter(tensor<double>({2, 4}, {0, 0, 0, 0, 1000, 1000, -1000, -1000}));
  const variable loss = nn::cross_entropy(scores, tensor<i64>({2}, {3, 0}));
  CHECK(only(loss) == doctest::Approx((half + quarter) / 2));
  const gradients g = backward(loss);
  const double* const d = g[scores].value().as<double>();
  CHECK(d[3] == doctest::Approx((0.25 - 1) / 2));
  CHECK(d[0] == doctest::Approx(0.25 / 2));
  CHECK(d[4] == doctest::Approx((0.5 - 1) / 2));
  CHECK(d[6] == 0);
}

TEST_CASE("mse is the mean of squares, and its gradient 2 (y - wanted) / n") {
  const variable y = parameter(tensor<double>({2, 2}, {1, 2, 3, 4}));
  const variable loss = nn::mse(y, tensor<double>({2, 2}, {1, 1, 1, 1}));
  CHECK(only(loss) == (1.0 + 4 + 9) / 4);
  CHECK(backward(loss)[y].value().as<double>()[3] == 2 * 3 / 4.0);
}

}  // namespace tests::nn
