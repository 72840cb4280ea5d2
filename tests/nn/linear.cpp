// Linear, how modules get their first values, and which mode draws what.
#include "tenon/nn/linear.hpp"

#include "../doctest.hpp"

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

}  // namespace tests::nn
