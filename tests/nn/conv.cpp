// Conv2d and pooling: values, shapes, and the gradient of a small network of both.
#include "tenon/nn/conv.hpp"

#include "../doctest.hpp"
#include "tenon/autodiff/backward.hpp"
#include "tenon/nn/pool.hpp"
#include "values.hpp"

namespace tests::nn {

using namespace tenon;
namespace nn = tenon::nn;

namespace {

variable counting(const shape& dims) {
  any_tensor t(dtype::f32, dims);
  for (i64 i = 0; i < t.size(); ++i) t.as<float>()[i] = static_cast<float>(i);
  return t;
}

struct pictures {
  nn::Conv2d first{1, 2, {.kernel = 3, .padding = 1}}, second{2, 4, {.kernel = {2, 3}, .stride = {2, 1}, .groups = 2, .bias = false}};
  variable operator()(const variable& x) const { return nn::avg_pool2d(second(nn::max_pool2d(relu(first(x)), 2)), {1, 2}); }
  void fields(this auto& self, auto&& f) { f("first", self.first), f("second", self.second); }
};

}  // namespace

TEST_CASE("Conv2d has PyTorch's shapes and sums what its window covers") {
  nn::Conv2d c(1, 2, {.kernel = {1, 2}});
  CHECK(c.weight.dims() == shape{2, 1, 1, 2});
  c.weight.assign(tensor<float>({2, 1, 1, 2}, {1, 1, -1, 2}));
  c.bias.assign(tensor<float>({2}, {0, 100}));
  const variable y = c(counting({1, 1, 2, 3}));
  CHECK(y.dims() == shape{1, 2, 2, 2});
  CHECK(values(y) == std::vector<float>{1, 3, 7, 9, 102, 103, 105, 106});
  CHECK(nn::Conv2d(4, 6, {.kernel = 5, .stride = 2, .padding = {2, 1}, .dilation = 2, .groups = 2})(counting({3, 4, 20, 21})).dims() ==
        shape{3, 6, 8, 8});
  nn::initialize(c, {.seed = 1});
  for (const float w : values(c.weight)) CHECK((w < 0.7072f && w > -0.7072f));  // sqrt(1 / 2)
}

TEST_CASE("pools take the greatest and the mean") {
  const variable x = counting({1, 1, 4, 4});
  CHECK(values(nn::max_pool2d(x, 2)) == std::vector<float>{5, 7, 13, 15});
  CHECK(values(nn::max_pool2d(x, 3, {.stride = 1})) == std::vector<float>{10, 11, 14, 15});
  CHECK(values(nn::max_pool2d(x, 2, {.padding = 1})) == std::vector<float>{0, 2, 3, 8, 10, 11, 12, 14, 15});
  CHECK(values(nn::avg_pool2d(x, {4, 2})) == std::vector<float>{6.5f, 8.5f});
  CHECK(values(nn::avg_pool2d(x, 2, {.padding = 1}))[0] == 0);
  CHECK(values(nn::avg_pool2d(x, 2, {.padding = 1}))[1] == 0.75f);
}

TEST_CASE("the gradient of convolutions and pools is how the result changes") {
  pictures net;
  nn::initialize(net, {.seed = 2});
  const auto wide = [](const variable& v) { return cast(v.value(), dtype::f64); };
  each_variable(net, [&](const std::string&, variable& v) { v = parameter(wide(v)); });
  const variable x = variable(wide(counting({2, 1, 8, 9}))) / 72;
  const auto result = [&] { return reduce_sum(net(x) * net(x)); };
  const gradients g = backward(result());
  CHECK(g.size() == 3);
  for (const named_variable& p : parameters(net)) {
    variable v = p.value;
    const variable was = v.detached(), along = g[v];
    constexpr double h = 1e-5;
    const auto at = [&](double by) {
      v.assign(was + along * by);
      return result().value().as<double>()[0];
    };
    const double slope = (at(h) - at(-h)) / (2 * h), wanted = reduce_sum(along * along).value().as<double>()[0];
    v.assign(was);
    CHECK_MESSAGE(slope == doctest::Approx(wanted).epsilon(1e-6), p.path);
    CHECK(wanted > 0);
  }
}

}  // namespace tests::nn
