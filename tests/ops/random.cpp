// Bernoulli, Multinomial and the Random operators: their formulas on Philox's numbers, the statistics of many,
// and what they say about wrong inputs.
#include "tenon/ops/random.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::Bernoulli;
using tenon::ops::Multinomial;
using tenon::ops::RandomNormal;
using tenon::ops::RandomNormalLike;
using tenon::ops::RandomUniform;
using tenon::ops::RandomUniformLike;

const std::initializer_list<shape> shapes{{}, {1}, {0, 3}, {3, 5}, {257}, {4, 129}};

/// Both Random operators of one distribution: `of(random, i)` is element i.
template <class Plain, class Like>
void draw_cases(trial& t, Plain plain, Like like, number (*of)(const tenon::random&, u64)) {
  t.near = t.type == dtype::f64 ? 1e-14 : 1e-6;  // next to zero a sine's last digits count
  const auto expected = [&](dtype d, const shape& dims, const tenon::random& from) {
    table y(d, dims);
    u64 i = 0;
    each(dims, [&](const shape& at) { y[at] = of(from, i++); });
    return y;
  };
  const dtype to = dtypes::floating.has(t.type) ? t.type : dtype::f32;
  for (const shape& dims : shapes)
    for (const bool seeded : {false, true}) {
      const std::optional<float> seed = seeded ? std::optional(2.5f) : std::nullopt;
      const tenon::random from = seeded ? tenon::random{0x40200000, 0} : tenon::random{0, 77};
      const table y = expected(to, dims, from);
      if (t.info.inputs.size == 0) {
        plain.dtype = t.type, plain.seed = seed, plain.own.value = 77;
        plain.shape.value.assign(dims.begin(), dims.end());
        t.expect(&plain, {}, {&y}, 2);
      } else {
        const table x = t.patterns(dims);
        like.seed = seed, like.own.value = 77;
        if (to != t.type) like.dtype = to;
        t.expect(&like, {&x}, {&y}, 2);
      }
    }
}
void uniform_cases(trial& t) {
  draw_cases(t, RandomUniform{.high = 6, .low = -2}, RandomUniformLike{.high = 6, .low = -2},
             [](const tenon::random& r, u64 i) { return number(8 * r.uniform64(i) - 2); });
}
void normal_cases(trial& t) {
  draw_cases(t, RandomNormal{.mean = 1, .scale = 2}, RandomNormalLike{.mean = 1, .scale = 2}, [](const tenon::random& r, u64 i) {
    const double radius = std::sqrt(-2 * std::log(1 - r.uniform64(i & ~u64{1}))), angle = 2 * 3.141592653589793 * r.uniform64(i | 1);
    return number(1 + 2 * radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)));
  });
}
const by_reference uniform_reference(cases{"RandomUniform", uniform_cases}), uniform_like_reference(cases{"RandomUniformLike", uniform_cases}),
    normal_reference(cases{"RandomNormal", normal_cases}), normal_like_reference(cases{"RandomNormalLike", normal_cases});

const by_reference bernoulli_reference(cases{"Bernoulli", [](trial& t) {
  for (const shape& dims : shapes)
    for (const dtype to : {t.type, dtype::boolean, dtype::i8}) {
      table x = t.fill(table(t.type, dims), [&] { return number(static_cast<double>(t.random.between(0, 8)) / 8); });
      table y(to, dims);
      u64 i = 0;
      each(dims, [&](const shape& at) { y[at] = y.kind().like(tenon::random{0x3f800000, 0}.uniform64(i++) < x[at].real ? 1 : 0); });
      const Bernoulli o{.dtype = to, .seed = 1};
      t.expect(&o, {&x}, {&y});
    }
}});

const by_reference multinomial_reference(cases{"Multinomial", [](trial& t) {
  for (const i64 classes : {1, 5})
    for (const i64 rows : {0, 3})
      for (const dtype to : {dtype::i32, dtype::i64}) {
        const Multinomial o{.dtype = to, .sample_size = 7, .own = {5}};
        table x = t.draw({rows, classes});
        table y(to, {rows, 7});
        each(y.dims, [&](const shape& at) {
          double total = 0, sum = 0;
          for (i64 k = 0; k < classes; ++k) total += std::exp(x[{at[0], k}].real);
          const double drawn = total * tenon::random{0, 5}.uniform64(static_cast<u64>(at[0] * 7 + at[1]));
          i64 k = 0;
          while (k + 1 < classes && (sum += std::exp(x[{at[0], k}].real)) <= drawn) ++k;
          y[at] = number::of(k);
        });
        t.expect(&o, {&x}, {&y});
      }
}});

struct statistics {
  double mean = 0, variance = 0, least = HUGE_VAL, most = -HUGE_VAL;
};
template <class Op>
statistics of_many(const Op& o, std::span<const any_view> in) {
  const auto made = try_apply(row(type_name<Op>), &o, in);
  REQUIRE(made.has_value());
  const any_tensor& t = (*made)[0];
  REQUIRE((t.type() == dtype::f32 && t.size() == 40000));
  statistics m;
  for (i64 i = 0; i < t.size(); ++i) {
    const double x = static_cast<double>(t.as<float>()[i]);
    m.mean += x / 40000, m.variance += x * x / 40000;
    m.least = std::min(m.least, x), m.most = std::max(m.most, x);
  }
  m.variance -= m.mean * m.mean;
  return m;
}

}  // namespace

TEST_CASE("random numbers have the range and the statistics that they should have") {
  const statistics u = of_many(RandomUniform{.high = 3, .low = -1, .shape = ints{200, 200}}, {});
  CHECK((u.least >= -1 && u.least < -0.99 && u.most <= 3 && u.most > 2.99));
  CHECK((std::abs(u.mean - 1) < 0.02 && std::abs(u.variance - 16.0 / 12) < 0.02));
  const statistics n = of_many(RandomNormal{.mean = 5, .scale = 2, .seed = 3, .shape = ints{40000}}, {});
  CHECK((std::abs(n.mean - 5) < 0.03 && std::abs(n.variance - 4) < 0.1 && n.least < -2 && n.most > 12));
  tensor<float> p({40000});
  std::fill_n(p.data(), 40000, 0.25f);
  const any_view in[] = {p.look()};
  const statistics b = of_many(Bernoulli{.seed = 1}, in);
  CHECK((b.least == 0 && b.most == 1 && std::abs(b.mean - 0.25) < 0.01));
}

TEST_CASE("random operators say what cannot be drawn") {
  const RandomUniform whole{.dtype = dtype::i32, .shape = ints{2}}, negative{.shape = ints{2, -1}};
  CHECK(complaint("RandomUniform", &whole, {}) == "RandomUniform: dtype int32 is not floating");
  CHECK(complaint("RandomUniform", &negative, {}) == "RandomUniform: dimension -1 is negative");
  const RandomNormalLike like;
  CHECK(complaint("RandomNormalLike", &like, {zeros(dtype::i64, {2})}) == "RandomNormalLike: an output of int64 is not supported");
  CHECK(complaint("Bernoulli", nullptr, {tensor<float>({2}, {1, 1.5f})}) == "Bernoulli: the input has 1.5, which is no probability");
  CHECK(complaint("Bernoulli", nullptr, {tensor<float>({1}, {__builtin_nanf("")})}) == "Bernoulli: the input has nan, which is no probability");
  const float never = -__builtin_inff();
  CHECK(complaint("Multinomial", nullptr, {tensor<float>({1, 2}, {never, never})}) == "Multinomial: row 0 of [1,2] has no class that could be drawn");
  CHECK(complaint("Multinomial", nullptr, {zeros(dtype::f32, {1, 0})}) == "Multinomial: row 0 of [1,0] has no class that could be drawn");
  CHECK(complaint("Multinomial", nullptr, {zeros(dtype::f32, {3})}) == "Multinomial: an input of shape [3] with sample_size 1 is not possible");
}

}  // namespace tests::ops
