// Functions of one input, against the C library's in double and exact integers.
#include "tenon/ops/math.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference abs_reference(elementwise{"Abs", [](const number* x) {
  return x[0] < x[0].like(0) ? x[0].like(0) - x[0] : x[0].whole ? x[0] : number(std::abs(x[0].real));
}});
const by_reference neg_reference(elementwise{"Neg", [](const number* x) {
  return x[0].whole ? x[0].like(0) - x[0] : number(-x[0].real);
}});
const by_reference sign_reference(elementwise{"Sign", [](const number* x) {
  return x[0].is_nan() ? x[0] : x[0].like(x[0] > x[0].like(0) ? 1 : x[0] < x[0].like(0) ? -1 : 0);
}});
const by_reference floor_reference(elementwise{"Floor", [](const number* x) { return number(std::floor(x[0].real)); }});
const by_reference ceil_reference(elementwise{"Ceil", [](const number* x) { return number(std::ceil(x[0].real)); }});
const by_reference round_reference(elementwise{"Round", [](const number* x) {
  return number(std::nearbyint(x[0].real));
}});
const by_reference sqrt_reference(elementwise{"Sqrt", [](const number* x) { return number(std::sqrt(x[0].real)); }});
const by_reference reciprocal_reference(elementwise{"Reciprocal", [](const number* x) {
  return number(1 / x[0].real);
}});
const by_reference log_reference(elementwise{"Log", [](const number* x) {
  return number(std::log(x[0].real));
}, 2, -2, 100});
const by_reference erf_reference(elementwise{"Erf", [](const number* x) {
  const double y = std::erf(static_cast<double>(x[0]));
  return x[0].whole ? number::of(static_cast<reference::wide>(y)) : number(y);
}, 2, -6, 6});
const by_reference tanh_reference(elementwise{"Tanh", [](const number* x) {
  return number(std::tanh(x[0].real));
}, 2, -20, 20});

TEST_CASE("zeros keep their signs where the functions are odd") {
  const tensor<float> x({1}, {-0.0f});
  const auto negative = [](const any_tensor& y) { return std::signbit(y.as<float>()[0]); };
  CHECK((negative(floor(x)) && negative(ceil(x)) && negative(round(x)) && negative(sqrt(x)) && negative(erf(x)) && negative(tanh(x))));
  CHECK((!negative(abs(x)) && !negative(tenon::negative(x)) && !negative(sign(x))));
  CHECK(reciprocal(x).as<float>()[0] == -__builtin_inff());
}

TEST_CASE("the least integer has no opposite") {
  const tensor<i8> x({2}, {-128, 127});
  CHECK(abs(x).as<i8>()[0] == -128);
  CHECK(tenon::negative(x).as<i8>()[0] == -128);
  CHECK(tenon::negative(x).as<i8>()[1] == -127);
}

}  // namespace tests::ops
