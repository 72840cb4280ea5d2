// Relu, Sigmoid, Exp and Clip: cases for Clip's bounds, what the four say about wrong inputs, and what
// they tell about themselves to those who fuse.
#include "tenon/ops/activation.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Clip;

const by_reference relu_reference(elementwise{"Relu", [](const number* x) {
  return x[0] < x[0].like(0) ? x[0].like(0) : x[0];
}});
const by_reference leaky_relu_reference(elementwise{"LeakyRelu", [](const number* x) {
  return x[0] < number(0.0) ? x[0] * number(0.01f) : x[0];
}, 1});
const by_reference sigmoid_reference(elementwise{"Sigmoid", [](const number* x) {
  return number(1 / (1 + std::exp(-x[0].real)));
}, 3, -20, 20});
const by_reference exp_reference(elementwise{"Exp", [](const number* x) { return number(std::exp(x[0].real)); }, 3, -12, 12});

void clip_cases(trial& t) {
  const Clip o;
  const i64 n = 64 / size_of(t.type);
  const bool natural = dtypes::unsigned_integers.has(t.type);
  const auto run = [&](const shape& dims, bool low, bool high, bool swapped = false, const shape& scalar = {}) {
    table x = t.draw(dims, -9, 9), y(t.type, dims);
    if (!x.kind().whole && count(dims) > 2)
      x = t.fill(x, [&] {
        const i64 which = t.random.between(0, 12);
        return which == 0 ? number(__builtin_nan("")) : which == 1 ? number(-__builtin_inf()) : number(static_cast<double>(t.random.between(-72, 72)) / 8);
      });
    table lo(t.type, scalar, {natural ? 2.0 : -3.0}), hi(t.type, scalar, {swapped ? (natural ? 1.0 : -5.0) : 5.0});
    each(dims, [&](const shape& i) {
      number v = x[i];
      if (low && v < lo.all[8]) v = lo.all[8];
      if (high && v > hi.all[8]) v = hi.all[8];
      y[i] = v;
    });
    t.expect(&o, {&x, low ? &lo : nullptr, high ? &hi : nullptr}, {&y});
    if (!high && low) t.expect(&o, {&x, &lo}, {&y});
    if (!high && !low) t.expect(&o, {&x}, {&y});
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, true, true), run({3, size}, true, true);
  for (bool low : {false, true})
    for (bool high : {false, true}) run({4, 7}, low, high), run({2, 3, 17}, low, high, false, {1});
  run({4, 7}, true, true, true), run({}, true, true);
}
const by_reference clip_reference(cases{"Clip", clip_cases});

TEST_CASE("Clip says which bound is no scalar") {
  const Clip o;
  const any_tensor x = zeros(dtype::f32, {4}), one = zeros(dtype::f32, {1}), two = zeros(dtype::f32, {2}), none = zeros(dtype::f32, {0}), whole = zeros(dtype::i32, {});
  CHECK(complaint("Clip", &o, {x, one, one}) == "");
  CHECK(complaint("Clip", &o, {x, {}, one}) == "");
  CHECK(complaint("Clip", &o, {x, two}) == "Clip: min must be a scalar, not [2]");
  CHECK(complaint("Clip", &o, {x, one, none}) == "Clip: max must be a scalar, not [0]");
  CHECK(complaint("Clip", &o, {x, whole}) == "Clip: input min is int32 where float32 is expected");
  CHECK(complaint("Clip", &o, {}) == "Clip: takes 1 to 3 inputs, not 0");
  CHECK(complaint("Clip", &o, {x, one, one, one}) == "Clip: takes 1 to 3 inputs, not 4");
  CHECK(complaint("Clip", &o, {{}, one, one}) == "Clip: input input is missing");
  CHECK(complaint("Clip", &o, {zeros(dtype::boolean, {2})}) == "Clip: input input cannot be bool");
}

TEST_CASE("activations name the dtypes that they do not take") {
  const any_tensor x = zeros(dtype::u8, {4}), s = zeros(dtype::string, {4}), i = zeros(dtype::i64, {4});
  CHECK(complaint("Relu", nullptr, {x}) == "Relu: input X cannot be uint8");
  CHECK(complaint("Relu", nullptr, {s}) == "Relu: input X cannot be string");
  CHECK(complaint("Sigmoid", nullptr, {i}) == "Sigmoid: input X cannot be int64");
  CHECK(complaint("Exp", nullptr, {i}) == "Exp: input X cannot be int64");
  CHECK(complaint("Exp", nullptr, {i, i}) == "Exp: takes 1 input, not 2");
}

TEST_CASE("Relu and Clip say which interval they clamp to") {
  const float low = -1, high = 6, nan = __builtin_nanf("");
  const double wide = 6;
  const auto scalar = [](const auto& x) { return any_view(dtype_of<std::remove_cvref_t<decltype(x)>>, shape{}, reinterpret_cast<const std::byte*>(&x)); };
  const any_view relu_in[] = {{}}, both[] = {{}, scalar(low), scalar(high)}, upper[] = {{}, {}, scalar(high)},
                 bad[] = {{}, scalar(nan), scalar(high)}, doubles[] = {{}, {}, scalar(wide)};
  const tenon::ops::Relu r;
  const Clip c;
  const auto relu = row("Relu").fuse.as_clamp(&r, relu_in);
  REQUIRE(relu.has_value());
  if (relu) CHECK((relu->lo == 0 && relu->hi == __builtin_inf()));
  const auto six = row("Clip").fuse.as_clamp(&c, both), open = row("Clip").fuse.as_clamp(&c, upper), free = row("Clip").fuse.as_clamp(&c, std::span(both).first(1));
  REQUIRE((six && open && free));
  if (six && open && free) {
    CHECK((six->lo == -1 && six->hi == 6));
    CHECK((open->lo == -__builtin_inf() && open->hi == 6));
    CHECK(free->everything());
  }
  CHECK(!row("Clip").fuse.as_clamp(&c, bad));
  CHECK(!row("Clip").fuse.as_clamp(&c, doubles));
  CHECK((row("Exp").fuse.as_clamp == nullptr));
}

TEST_CASE("Clip of opset 6 has its bounds as attributes") {
  Clip of_both, of_upper, of_newer;
  fake_node both(6), upper(6), newer(11);
  both.attributes["min"] = 0.5f, both.attributes["max"] = 6.0f;
  upper.attributes["max"] = 6.0f;
  newer.attributes["max"] = 6.0f;
  CHECK(row("Clip").upgrade(&of_both, both).has_value());
  CHECK(row("Clip").upgrade(&of_upper, upper).has_value());
  CHECK(row("Clip").upgrade(&of_newer, newer).has_value());
  // Of any type.
  const auto clipped = []<class T>(const Clip& o, T x) { return static_cast<double>(apply(o, tensor<T>({1}, {x})).template as<T>()[0]); };
  CHECK(clipped(of_both, 0.0f) == 0.5);
  CHECK(clipped(of_both, 7.0) == 6);
  CHECK(clipped(of_upper, 7.0) == 6);
  CHECK(clipped(of_upper, -1e300) == -1e300);
  CHECK(static_cast<float>(apply(of_both, tensor<f16>({1}, {f16(9.0f)})).as<f16>()[0]) == 6);
  const any_view none[] = {{}};
  const auto range = row("Clip").fuse.as_clamp(&of_both, none);
  REQUIRE(range.has_value());
  if (range) CHECK((range->lo == 0.5 && range->hi == 6));
  // What is left is reported as an attribute that Clip does not have.
  CHECK(newer.has_attribute("max"));
}

}  // namespace tests::ops
