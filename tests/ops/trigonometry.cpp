// Trigonometric and hyperbolic functions against the C library's in double.
#include "tenon/ops/trigonometry.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference sin_reference(elementwise{"Sin", [](const number* x) {
  return number(std::sin(x[0].real));
}, 2, -100, 100});
const by_reference cos_reference(elementwise{"Cos", [](const number* x) {
  return number(std::cos(x[0].real));
}, 2, -100, 100});
const by_reference tan_reference(elementwise{"Tan", [](const number* x) {
  return number(std::tan(x[0].real));
}, 2, -100, 100});
const by_reference asin_reference(elementwise{"Asin", [](const number* x) {
  return number(std::asin(x[0].real));
}, 2, -1, 1});
const by_reference acos_reference(elementwise{"Acos", [](const number* x) {
  return number(std::acos(x[0].real));
}, 2, -1, 1});
const by_reference atan_reference(elementwise{"Atan", [](const number* x) {
  return number(std::atan(x[0].real));
}, 2, -9, 9});
const by_reference sinh_reference(elementwise{"Sinh", [](const number* x) {
  return number(std::sinh(x[0].real));
}, 2, -12, 12});
const by_reference cosh_reference(elementwise{"Cosh", [](const number* x) {
  return number(std::cosh(x[0].real));
}, 2, -12, 12});
const by_reference asinh_reference(elementwise{"Asinh", [](const number* x) {
  return number(std::asinh(x[0].real));
}, 2, -99, 99});
const by_reference acosh_reference(elementwise{"Acosh", [](const number* x) {
  return number(std::acosh(x[0].real));
}, 2, 0, 99});
const by_reference atanh_reference(elementwise{"Atanh", [](const number* x) {
  return number(std::atanh(x[0].real));
}, 2, -1, 1});

TEST_CASE("arc functions are not numbers outside of where they are defined") {
  const tensor<double> x({3}, {1.5, -1.5, 0.5});
  const auto nans = [](const any_tensor& y) {
    std::string s;
    for (i64 i = 0; i < 3; ++i) s += std::isnan(y.as<double>()[i]) ? 'n' : '.';
    return s;
  };
  CHECK(nans(asin(x)) == "nn.");
  CHECK(nans(acos(x)) == "nn.");
  CHECK(nans(atanh(x)) == "nn.");
  CHECK(nans(acosh(x)) == ".nn");
  CHECK(nans(atan(x)) == "...");
}

TEST_CASE("trigonometric functions take floating types alone") {
  const any_tensor x = zeros(dtype::i32, {2});
  for (const char* name : {"Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"})
    CHECK(complaint(name, nullptr, {x}) == join({name, ": input input cannot be int32"}));
}

}  // namespace tests::ops
