// Operators as functions on tensors of all kinds.
#include "tenon/ops/eager.hpp"

#include <cmath>

#include "../doctest.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/move.hpp"

namespace tests::ops {

using namespace tenon;

TEST_CASE("functions take tensors, views and tensors of any type alike") {
  const tensor<float> a({2, 2}, {1, -2, 3, -4});
  const tensor<float, extents<2, 2>> fixed({}, {1, 1, 1, 1});
  const any_tensor any(a);
  for (const any_tensor& y : {relu(a), relu(a.look()), relu(any), relu(any.look())}) {
    CHECK(y.type() == dtype::f32);
    CHECK(y.as<float>()[0] == 1);
    CHECK(y.as<float>()[1] == 0);
  }
  const any_tensor sum = add(any, fixed);
  CHECK(sum.as<float>()[3] == -3);
  CHECK(sum.dims() == shape{2, 2});
}

TEST_CASE("functions read views where they lie") {
  const tensor<i32> a({2, 3}, {1, 2, 3, 4, 5, 6});
  const any_tensor y = add(a.look().transposed(), a.look().transposed());
  CHECK(y.dims() == shape{3, 2});
  CHECK(y.as<i32>()[1] == 8);
}

TEST_CASE("attributes are named where the function is called") {
  const tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(transpose(x, {.perm = {1, 0}}).as<float>()[1] == 4);
  CHECK(concat({x.look(), x.look()}, {.axis = i64{1}}).dims() == shape{2, 6});
  const auto parts = split(x, {.axis = 1, .num_outputs = 3});
  REQUIRE(parts.size() == 3);
  if (parts.size() == 3) CHECK(parts[2].as<float>()[1] == 6);
}

TEST_CASE("a function is found beside the C library's of the same name") {
  using std::exp;
  const tensor<double> x({1}, {0});
  CHECK(exp(x).as<double>()[0] == 1);
  CHECK(exp(0.0) == 1);
}

}  // namespace tests::ops
