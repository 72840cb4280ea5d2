// Losses: values, and the gradients that training goes by.
#include "tenon/nn/loss.hpp"

#include "../doctest.hpp"
#include "tenon/autodiff/backward.hpp"

namespace tests::nn {

using namespace tenon;
namespace nn = tenon::nn;

namespace {
double only(const variable& v) { return v.size() == 1 && v.rank() == 0 ? v.value().as<double>()[0] : -1; }
}  // namespace

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
