// Add, Sub, Mul and Div at the ends of the integers, and what they say about wrong inputs.
#include "tenon/ops/arithmetic.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference add_reference(elementwise{"Add", [](const number* x) { return x[0] + x[1]; }});
const by_reference sub_reference(elementwise{"Sub", [](const number* x) { return x[0] - x[1]; }});
const by_reference mul_reference(elementwise{"Mul", [](const number* x) { return x[0] * x[1]; }});
const by_reference div_reference(elementwise{"Div", [](const number* x) { return x[0] / x[1]; }});

TEST_CASE_TEMPLATE("the least integer divided by minus one is itself", T, i8, i16, i32, i64) {
  const T least = std::numeric_limits<T>::min();
  // Enough for whole vectors and a tail.
  tensor<T> a({67}), b({67});
  for (i64 i = 0; i < 67; ++i) a[i] = least, b[i] = static_cast<T>(i % 2 != 0 ? -1 : 1);
  const any_tensor y = div(a, b);
  for (i64 i = 0; i < 67; ++i) CHECK(y.as<T>()[i] == least);
}

TEST_CASE_TEMPLATE("integers wrap", T, i8, u8, i16, u16, i32, u32, i64, u64) {
  using limits = std::numeric_limits<T>;
  const tensor<T> most({1}, {limits::max()}), one({1}, {1}), two({1}, {2}), least({1}, {limits::min()});
  CHECK(add(most, one).template as<T>()[0] == limits::min());
  CHECK(sub(least, one).template as<T>()[0] == limits::max());
  CHECK(mul(most, two).template as<T>()[0] == static_cast<T>(-2));
}

TEST_CASE("an integer division by zero says where the zero is") {
  const auto says = [](const any_view& a, const any_view& b) { return complaint("Div", nullptr, {a, b}); };
  const tensor<i32> a({2, 3}), whole({2, 3}, {1, 2, 3, 4, 0, 0}), last({3}, {1, 2, 0}), front({3}, {0, 2, 1}), scalar(shape{}, {0}), none({0});
  CHECK(says(a, whole) == "Div: integer division by zero at [1,1]");
  CHECK(says(a, last) == "Div: integer division by zero at [2]");
  CHECK(says(a, scalar) == "Div: integer division by zero at []");
  const any_view turned(dtype::i32, shape{3, 2}, shape{1, 3}, reinterpret_cast<const std::byte*>(whole.data()));
  const tensor<i32> tall({3, 2});
  CHECK(says(tall, turned) == "Div: integer division by zero at [1,1]");
  const any_view backwards(dtype::i32, shape{3}, shape{-1}, reinterpret_cast<const std::byte*>(front.data() + 2));
  CHECK(says(a, backwards) == "Div: integer division by zero at [2]");
  CHECK(says(none, tensor<i32>({1}, {1})) == "");
  const tensor<u8> bytes({2}, {4, 6}), holes({2}, {2, 0});
  CHECK(says(bytes, holes) == "Div: integer division by zero at [1]");
  const tensor<i64> wide({2}, {4, 6}), low({2}, {i64{1} << 32, 0});
  CHECK(says(wide, low) == "Div: integer division by zero at [1]");
  const tensor<float> x({1}, {1}), zero({1}, {0});
  CHECK(div(x, zero).as<float>()[0] == __builtin_inff());
}

TEST_CASE("shapes that do not broadcast are named") {
  for (const char* name : {"Add", "Sub", "Mul", "Div"}) {
    const auto says = [&](const shape& a, const shape& b) { return complaint(name, nullptr, {zeros(dtype::f32, a), zeros(dtype::f32, b)}); };
    CHECK(says({2, 3}, {3}) == "");
    CHECK(says({0}, {1}) == "");
    CHECK(says({2, 3}, {2}) == join({name, ": shapes do not broadcast: [2,3] and [2]"}));
    CHECK(says({0}, {2}) == join({name, ": shapes do not broadcast: [0] and [2]"}));
    CHECK(says(shape::filled(12, 1), {2, 2}) == "");
  }
}

TEST_CASE("results too large for any machine are errors") {
  const float one = 1;
  const auto spread = [&](const shape& dims) { return any_view(dtype::f32, dims, shape::filled(dims.rank(), 0), reinterpret_cast<const std::byte*>(&one)); };
  const i64 big = i64{1} << 40;
  CHECK(complaint("Add", nullptr, {spread({big, 1}), spread({1, big})}) ==
        "Add: output 0 would have shape [1099511627776,1099511627776], more elements than 64 bits count");
  CHECK(complaint("Add", nullptr, {spread({i64{1} << 31, 1}), spread({1, i64{1} << 31})}) ==
        "Add: a tensor of shape [2147483648,2147483648] has more bytes than 64 bits count");
}

TEST_CASE("element-wise operators say which dtypes do not go together") {
  const any_tensor f = zeros(dtype::f32, {2}), d = zeros(dtype::f64, {2}), b = zeros(dtype::boolean, {2}), c = zeros(dtype::c64, {2});
  CHECK(complaint("Add", nullptr, {f, d}) == "Add: input B is float64 where float32 is expected");
  CHECK(complaint("Mul", nullptr, {b, b}) == "Mul: input A cannot be bool");
  CHECK(complaint("Sub", nullptr, {c, c}) == "Sub: input A cannot be complex64");
  CHECK(complaint("Div", nullptr, {f}) == "Div: takes 2 inputs, not 1");
  CHECK(complaint("Div", nullptr, {f, f, f}) == "Div: takes 2 inputs, not 3");
  CHECK(complaint("Div", nullptr, {f, {}}) == "Div: input B is missing");
}

TEST_CASE("of the operators Add alone is a sum") {
  for (const op_info* info : operators().rows) CHECK(info->fuse.is_sum == (info->name == "Add"));
}

}  // namespace tests::ops
