// Add, Sub, Mul, Div and Mod at the ends of the integers, and what they say about wrong inputs.
#include "tenon/ops/arithmetic.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference add_reference(elementwise{"Add", [](const number* x) { return x[0] + x[1]; }});
const by_reference sub_reference(elementwise{"Sub", [](const number* x) { return x[0] - x[1]; }});
const by_reference mul_reference(elementwise{"Mul", [](const number* x) { return x[0] * x[1]; }});
const by_reference div_reference(elementwise{"Div", [](const number* x) { return x[0] / x[1]; }});
const by_reference mod_reference(elementwise{"Mod", [](const number* x) {
  if (x[0].whole) {
    const auto r = x[0].integer % x[1].integer;
    return number::of(r != 0 && (r < 0) != (x[1].integer < 0) ? r + x[1].integer : r);
  }
  const double r = std::fmod(x[0].real, x[1].real);
  return number(r == 0 ? std::copysign(0.0, x[1].real) : (r < 0) != (x[1].real < 0) ? r + x[1].real : r);
}});

TEST_CASE_TEMPLATE("Mod of floats has the sign of the divisor, or with fmod of the dividend", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> values = {0, T(-0.0), 1, -1, T(5.25), T(-5.25), 3, -3, inf, -inf, nan, T(1e30)};
  for (T a : values)
    for (T b : values) {
      const tensor<T> x({1}, {a}), y({1}, {b});
      const auto at = [](const any_tensor& t) { return t.as<T>()[0]; };
      const T floor = at(mod(x, y)), trunc = at(mod(x, y, {.fmod = true})), want = std::fmod(a, b);
      CHECK((std::isnan(want) ? std::isnan(trunc) : trunc == want && std::signbit(trunc) == std::signbit(a)));
      if (std::isnan(want)) CHECK(std::isnan(floor));
      else if (want == 0) CHECK((floor == 0 && std::signbit(floor) == std::signbit(b)));
      else CHECK(floor == ((want < 0) == (b < 0) ? want : want + b));
    }
}

TEST_CASE_TEMPLATE("Mod of integers takes all ends", T, i8, i16, i32, i64) {
  const T least = std::numeric_limits<T>::min();
  const tensor<T> x({4}, {least, least, 7, -7}), y({4}, {-1, 3, -3, 3});
  const any_tensor floor = mod(x, y), trunc = mod(x, y, {.fmod = true});
  CHECK((floor.as<T>()[0] == 0 && trunc.as<T>()[0] == 0));
  CHECK((trunc.as<T>()[1] == least % 3 && floor.as<T>()[1] == (least % 3 + 3) % 3));
  CHECK((floor.as<T>()[2] == -2 && trunc.as<T>()[2] == 1 && floor.as<T>()[3] == 2 && trunc.as<T>()[3] == -1));
  CHECK(complaint("Mod", nullptr, {x, tensor<T>({4}, {1, 2, 0, 3})}) == "Mod: integer division by zero at [2]");
}

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

TEST_CASE("of the operators Add and Sum alone are sums") {
  for (const op_info* info : operators().rows) CHECK(info->fuse.is_sum == (info->name == "Add" || info->name == "Sum"));
}

}  // namespace tests::ops
