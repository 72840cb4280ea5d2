// Comparisons, logic, IsNaN, IsInf and Where, of every type that they take.
#include "tenon/ops/logic.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference less_reference(elementwise{"Less", [](const number* x) { return number::of(x[0] < x[1]); }});
const by_reference greater_reference(elementwise{"Greater", [](const number* x) { return number::of(x[1] < x[0]); }});
const by_reference less_or_equal_reference(elementwise{"LessOrEqual", [](const number* x) {
  return number::of(x[0] < x[1] || x[0] == x[1]);
}});
const by_reference greater_or_equal_reference(elementwise{"GreaterOrEqual", [](const number* x) {
  return number::of(x[1] < x[0] || x[0] == x[1]);
}});
const by_reference and_reference(elementwise{"And", [](const number* x) {
  return number::of(x[0].integer & x[1].integer);
}});
const by_reference or_reference(elementwise{"Or", [](const number* x) {
  return number::of(x[0].integer | x[1].integer);
}});
const by_reference xor_reference(elementwise{"Xor", [](const number* x) {
  return number::of(x[0].integer ^ x[1].integer);
}});
const by_reference not_reference(elementwise{"Not", [](const number* x) { return number::of(x[0].integer == 0); }});
const by_reference is_na_n_reference(elementwise{"IsNaN", [](const number* x) { return number::of(x[0].is_nan()); }});
const by_reference is_inf_reference(elementwise{"IsInf", [](const number* x) {
  return number::of(std::isinf(x[0].real));
}});

/// Small numbers, so that there are equal ones; of strings, too.
table few(trial& t, const shape& dims) {
  if (t.type != dtype::string) return t.draw(dims, 0, 1);
  return t.fill(table(t.type, dims), [&] { return number::of(t.random.between(0, 2)); });
}
/// The index of an operand that broadcasts to where `i` is.
shape own_index(const shape& dims, const shape& i) {
  shape own = shape::filled(dims.rank(), 0);
  for (int a = 0; a < own.rank(); ++a)
    if (dims[a] != 1) own[a] = i[a + i.rank() - own.rank()];
  return own;
}

void equal_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  const auto run = [&](const shape& a, const shape& b) {
    table x = few(t, a), y = few(t, b), z(dtype::boolean, *broadcast(a, b));
    each(z.dims, [&](const shape& i) { z[i] = number::of(x[own_index(a, i)] == y[own_index(b, i)]); });
    t.expect(any_op(t.info).get(), {&x, &y}, {&z});
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    run({size}, {size}), run({2, size}, {size}), run({size, 1}, {1, 3}), run({}, {size, 2}), run({2, 1, size}, {1, 3, 1});
  }
}
const by_reference equal_reference(cases{"Equal", equal_cases});

void where_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(size_of(t.type), 16);
  const auto run = [&](const shape& condition, const shape& a, const shape& b) {
    table c = t.draw(dtype::boolean, condition, 0, 1), x = t.patterns(a), y = t.patterns(b);
    table z(t.type, *broadcast(*broadcast(a, b), condition));
    z.bits = x.bits;
    each(z.dims, [&](const shape& i) {
      z[i] = c[own_index(condition, i)].integer != 0 ? x[own_index(a, i)] : y[own_index(b, i)];
    });
    t.expect(any_op(t.info).get(), {&c, &x, &y}, {&z});
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    run({size}, {size}, {size}), run({2, size}, {size}, {}), run({size, 1}, {1, 3}, {size, 3}), run({}, {size, 2}, {2}), run({2, 1, size}, {1, 3, 1}, {size});
  }
}
const by_reference where_reference(cases{"Where", where_cases});

TEST_CASE("IsInf looks for the signs that it is asked for") {
  const tensor<double> x({4}, {__builtin_inf(), -__builtin_inf(), 1, __builtin_nan("")});
  const auto found = [&](const tenon::ops::IsInf& o) {
    const any_tensor y = isinf(x, o);
    std::string s;
    for (i64 i = 0; i < 4; ++i) s += y.as<bool>()[i] ? '1' : '0';
    return s;
  };
  CHECK(found({}) == "1100");
  CHECK(found({.detect_negative = false}) == "1000");
  CHECK(found({.detect_positive = false}) == "0100");
  CHECK(found({.detect_negative = false, .detect_positive = false}) == "0000");
}

TEST_CASE("NaN is not equal to itself, and both zeros are equal") {
  const tensor<float> x({3}, {__builtin_nanf(""), 0.0f, 1}), y({3}, {__builtin_nanf(""), -0.0f, 1});
  const any_tensor same = equal(x, y), less = tenon::less_equal(x, y), more = greater_equal(x, y);
  CHECK((!same.as<bool>()[0] && same.as<bool>()[1] && same.as<bool>()[2]));
  CHECK((!less.as<bool>()[0] && less.as<bool>()[1] && !more.as<bool>()[0]));
}

TEST_CASE("strings are compared and chosen by functions, too") {
  const tensor<std::string> a({2}, {"one", "two"}), b({2}, {"one", "another one"});
  const any_tensor same = equal(a, b);
  CHECK((same.as<bool>()[0] && !same.as<bool>()[1]));
  CHECK(where(same, a, b).as<std::string>()[1] == "another one");
  CHECK(where(logical_not(same), a, b).as<std::string>()[1] == "two");
}

TEST_CASE("comparisons say which types they do not take") {
  const any_tensor b = zeros(dtype::boolean, {2}), f = zeros(dtype::f32, {2}), d = zeros(dtype::f64, {2}), s = zeros(dtype::string, {2});
  CHECK(complaint("Less", nullptr, {b, b}) == "Less: input A cannot be bool");
  CHECK(complaint("Greater", nullptr, {s, s}) == "Greater: input A cannot be string");
  CHECK(complaint("Equal", nullptr, {f, d}) == "Equal: input B is float64 where float32 is expected");
  CHECK(complaint("And", nullptr, {f, f}) == "And: input A cannot be float32");
  CHECK(complaint("Where", nullptr, {f, f, f}) == "Where: input condition cannot be float32");
  CHECK(complaint("Where", nullptr, {b, f, d}) == "Where: input Y is float64 where float32 is expected");
  CHECK(complaint("Where", nullptr, {b, f, zeros(dtype::f32, {3})}) == "Where: shapes do not broadcast: [2] and [3]");
}

}  // namespace tests::ops
