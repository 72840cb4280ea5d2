// Variables and the backward pass: what is recorded, what errors say, and that memory comes back.
#include "tenon/autodiff/backward.hpp"

#include "../support/allocations.hpp"
#include "difference.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/search.hpp"
#include "tenon/ops/matmul.hpp"

namespace tests::autodiff {

/// x * sigmoid(x): no gradient of its own.
struct Swish {
  using kind = kinds::unary;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f64};
  auto operator()(auto x) const {
    using ops::sigmoid;
    return x * sigmoid(x);
  }
};
/// The same, with a gradient that forgets a term.
struct Forgetful {
  using kind = kinds::unary;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f64};
  auto operator()(auto x) const { return Swish{}(x); }
  auto gradient(auto x, auto, auto dy) const {
    using ops::sigmoid;
    return dy * sigmoid(x);
  }
};
/// A body that is the operator itself.
struct Circle {
  using kind = kinds::unary;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f64};
  auto operator()(auto x) const {
    if constexpr (std::same_as<decltype(x), variable>) return apply(Circle{}, x);
    else return x;
  }
};
/// Without any rule.
struct Rounded {
  using kind = kinds::unary;
  using gradient = no_gradient;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f64};
  auto operator()(auto x) const { return simd::floor(x); }
};
/// A binary one, of which only the first input has a gradient.
struct Half {
  using kind = kinds::binary;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f64};
  auto operator()(auto x, auto y) const { return x + y; }
  auto gradient(int i, auto, auto, auto, auto dy) const { return i == 0 ? dy : decltype(dy)(); }
};

namespace {

template <class Op>
subject of(const Op& op) {
  return {&info_of<Op>, tenon::detail::rule_of<Op>(), &op, [](const void* o) -> std::shared_ptr<const void> {
            return std::make_shared<const Op>(*static_cast<const Op*>(o));
          }};
}
variable numbers(std::initializer_list<double> x) { return parameter(tensor<double>(shape{static_cast<i64>(x.size())}, x)); }
std::vector<double> list(const variable& v) { return {v.value().as<double>(), v.value().as<double>() + v.size()}; }
std::string complaint(const variable& y, const backward_options& o = {}) {
  const auto g = try_backward(y, o);
  return g.has_value() ? "" : g.error().message;
}

}  // namespace

TEST_CASE("an element-wise operator without a gradient is differentiated through its body") {
  difference d(1);
  const any_tensor x[] = {d.draw({7})};
  d.check(of(Swish{}), x);
  CHECK_MESSAGE(d.faults == 0, d.first_fault);
  CHECK(d.compared == 14);
}

TEST_CASE("a wrong gradient is found") {
  difference d(1);
  const any_tensor x[] = {d.draw({7})};
  d.check(of(Forgetful{}), x);
  CHECK(d.faults == 7);  // its own derivative is right
  CHECK(d.first_fault.starts_with("Forgetful: the gradient of input 0 of shape [7] at 0 is "));
}

TEST_CASE("gradients add up over all ways from a parameter to the result") {
  const variable x = numbers({1, 2}), w = numbers({3, 5});
  const variable y = x * w, z = y + y * x;  // x w (1 + x)
  const gradients g = backward(reduce_sum(z));
  CHECK(list(g[x]) == std::vector<double>{9, 25});
  CHECK(list(g[w]) == std::vector<double>{2, 6});
  CHECK(g.size() == 2);
  // Of results on the way, too, and of no others.
  const variable of[] = {y, x};
  const gradients some = backward(reduce_sum(z), {.of = of});
  CHECK(list(some[y]) == std::vector<double>{2, 3});
  CHECK(list(some[x]) == std::vector<double>{9, 25});
  CHECK(some.find(w) == nullptr);
  CHECK(list(backward(z, {.dy = tensor<double>({2}, {1, 10})})[w]) == std::vector<double>{2, 60});
}

TEST_CASE("variables are concatenated, and each has its part of the gradient") {
  const variable a = numbers({1, 2}), b = numbers({3, 4, 5}), y = concat({a, b}, {.axis = i64{0}});
  CHECK(list(y) == std::vector<double>{1, 2, 3, 4, 5});
  const gradients g = backward(reduce_sum(y * y));
  CHECK(list(g[a]) == std::vector<double>{2, 4});
  CHECK(list(g[b]) == std::vector<double>{6, 8, 10});
}

TEST_CASE("gradients are summed over what was broadcast") {
  const variable row = numbers({1, 2, 3}), one = numbers({2}), scalar = parameter(tensor<double>(shape{}, {4}));
  const variable table = parameter(tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const gradients g = backward(reduce_sum(table * row + one * scalar));
  CHECK(list(g[row]) == std::vector<double>{5, 7, 9});
  CHECK(list(g[one]) == std::vector<double>{24});
  CHECK(list(g[scalar]) == std::vector<double>{12});
  CHECK(g[table].dims() == shape{2, 3});
}

TEST_CASE("gradients have the dtype of their parameter") {
  const variable x = numbers({1, 2}), small = parameter(tensor<float>({2}, {3, 4}));
  const gradients g = backward(reduce_sum(cast(x, dtype::f32) * small));
  CHECK(list(g[x]) == std::vector<double>{3, 4});
  CHECK(g[small].type() == dtype::f32);
  const variable half = parameter(cast(small.value(), dtype::f16));
  const variable h = backward(reduce_sum(half * 2))[half];
  CHECK(h.type() == dtype::f16);
  CHECK(*cast(h, dtype::f64).value().as<double>() == 2);
}

TEST_CASE("a recorded pass is differentiated again, as often as wanted") {
  const variable x = numbers({2});
  variable y = x * x * x * x;
  for (const double want : {32.0, 48.0, 48.0, 24.0}) {
    y = reduce_sum(backward(reduce_sum(y), {.record = true})[x]);
    CHECK(list(y)[0] == want);
  }
}

TEST_CASE("what is not recorded: constants, detached values, results without a gradient") {
  const variable x = numbers({1, 4, 2}), c = tensor<double>({3}, {1, 1, 1});
  CHECK_FALSE((c * c).wants_gradient());
  CHECK((c * x).wants_gradient());
  CHECK_FALSE((c * x.detached()).wants_gradient());
  CHECK_FALSE(arg_max(x).wants_gradient());
  CHECK(backward(reduce_sum(c * x)).find(c) == nullptr);
  CHECK(complaint(arg_max(x)) == "backward: ArgMax gives int64, which has no gradient");
  CHECK(complaint(reduce_sum(c)) == "backward: the result does not depend on a parameter");
}

TEST_CASE("errors name the operator that has no gradient") {
  const variable x = numbers({1.5, 2.5});
  CHECK(complaint(reduce_sum(apply(Rounded{}, x))) == "Rounded: has no gradient");
  CHECK(complaint(reduce_sum(apply(Circle{}, x))) == "Circle: has no gradient");
  CHECK(complaint(reduce_sum(apply(Half{}, x, x))) == "Half: has no gradient for input B");
  CHECK(complaint(x * x) == "backward: a result of shape [2] needs dy, the gradient of each element");
  CHECK(complaint(x * x, {.dy = tensor<double>({3})}) == "backward: dy is float64 [3] for a result of float64 [2]");
  CHECK(complaint(x * x, {.dy = tensor<float>({2})}) == "backward: dy is float32 [2] for a result of float64 [2]");
  CHECK(list(backward(reduce_sum(apply(Half{}, x, x.detached())))[x]) == std::vector<double>{1, 1});
}

TEST_CASE("the tape keeps the values that parameters had") {
  variable x = numbers({3});
  const variable y = reduce_sum(x * x), same = x;
  x.assign(numbers({5}));
  CHECK(list(same)[0] == 5);
  CHECK(list(backward(y)[x])[0] == 6);
  CHECK(complaint(y, {.record = true}) == "Mul: an operand was assigned after it was recorded");
}

TEST_CASE("a long chain is walked and freed without deep recursion") {
  const variable x = numbers({1});
  variable y = x;
  for (int i = 0; i < 50'000; ++i) y = y + x;
  CHECK(list(backward(reduce_sum(y))[x])[0] == 50'001);
}

TEST_CASE("a tape gives back all its memory") {
  variable w = parameter(tensor<float>({8, 8}));
  const variable x = tensor<float>({4, 8});
  const auto step = [&] {
    const variable loss = reduce_mean(sigmoid(matmul(x, w)));
    const gradients g = backward(loss);
    w.assign(w - g[w] * 0.1);
  };
  step();
  const long before = live_allocations();
  for (int i = 0; i < 10; ++i) step();
  CHECK(live_allocations() == before);
}

}  // namespace tests::autodiff
