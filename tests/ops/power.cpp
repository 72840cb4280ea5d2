// Pow: bases and exponents of every pair of types, and exponents that are cheaper than a power.
#include "tenon/ops/power.hpp"

#include "trial.hpp"

namespace tests::ops {

using reference::unsigned_wide;
using reference::wide;

/// Modulo 2^128.
wide whole_power(wide x, wide y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 != 0 ? -1 : 1) : 0;
  unsigned_wide r = 1;
  for (auto b = static_cast<unsigned_wide>(x); y > 0; y >>= 1, b *= b)
    if (y & 1) r *= b;
  return static_cast<wide>(r);
}

void pow_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  const bool whole = dtypes::integers.has(t.type);
  const auto run = [&](dtype e, const shape& a, const shape& b) {
    table x = t.draw(a, whole ? -4 : 0, whole ? 4 : 6), y = t.draw(e, b, -3, 5), z(t.type, *broadcast(a, b));
    if (whole && y.kind().whole == false) y = t.fill(y, [&] { return number(static_cast<double>(t.random.between(0, 9))); });
    each(z.dims, [&](const shape& i) {
      const auto at = [&](table& v) -> const number& {
        shape own = shape::filled(v.dims.rank(), 0);
        for (int k = 0; k < own.rank(); ++k)
          if (v.dims[k] != 1) own[k] = i[k + i.rank() - own.rank()];
        return v[own];
      };
      const number &base = at(x), &exponent = at(y);
      if (!whole) z[i] = number(std::pow(base.real, static_cast<double>(exponent)));
      else if (exponent.whole) z[i] = number::of(whole_power(base.integer, exponent.integer));
      else z[i] = number::of(static_cast<wide>(std::pow(static_cast<double>(base.integer), exponent.real)));
    });
    t.expect(any_op(t.info).get(), {&x, &y}, {&z}, t.type == dtype::f32 || t.type == dtype::f64 ? 2 : whole ? 0 : 1, name(e));
  };
  for (int d = 1; d < dtype_count; ++d) {
    const auto e = static_cast<dtype>(d);
    if (!dtypes::numeric.has(e)) continue;
    run(e, {2, 3}, {3}), run(e, {n + 1}, {}), run(e, {3, 1}, {1, 2 * n});
  }
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run(t.type, {size}, {size}), run(t.type, {2, size}, {size});
}
const by_reference pow_reference(cases{"Pow", pow_cases});

TEST_CASE_TEMPLATE("constant exponents give what powers give", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const tensor<T> x({9}, {0, T(-0.0), 1, -3, T(2.5), inf, -inf, nan, T(1e-30)});
  for (double e : {2.0, 3.0, 0.5}) {
    const any_tensor quick = pow(x, tensor<double>({1}, {e}));
    for (i64 i = 0; i < 9; ++i) {
      const double want = static_cast<double>(static_cast<T>(std::pow(static_cast<double>(x[i]), e)));
      const double is = static_cast<double>(quick.as<T>()[i]);
      CHECK((std::isnan(want) ? std::isnan(is) : std::signbit(is) == std::signbit(want) && (is == want || std::abs(is / want - 1) < 1e-6)));
    }
  }
}

TEST_CASE("powers of integers wrap, and whole powers by floats are whole") {
  const tensor<i32> x({4}, {3, -2, 10, -1}), big({1}, {40});
  const i32 wrapped[] = {static_cast<i32>(12157665459056928801u), 0, static_cast<i32>(0x0f0000000000u), 1};
  const any_tensor y = pow(x, big);
  CHECK((y.as<i32>()[0] == wrapped[0] && y.as<i32>()[1] == wrapped[1] && y.as<i32>()[3] == wrapped[3]));
  for (i64 base = 2; base < 40; ++base)
    for (int e = 0; e < 8; ++e) {
      const tensor<i64> b({1}, {base});
      i64 want = 1;
      for (int i = 0; i < e; ++i) want *= base;
      CHECK(pow(b, tensor<float>({1}, {static_cast<float>(e)})).as<i64>()[0] == want);
    }
  // An exponent that only an unsigned type holds is no negative one.
  CHECK(pow(tensor<i64>({1}, {-1}), tensor<u64>({1}, {~u64{0}})).as<i64>()[0] == -1);
  CHECK(pow(tensor<i64>({1}, {2}), tensor<u64>({1}, {~u64{0}})).as<i64>()[0] == 0);
  CHECK(pow(tensor<i64>({1}, {0}), tensor<i64>({1}, {-1})).as<i64>()[0] == 0);
}

TEST_CASE("Pow says which types it does not take") {
  const any_tensor f = zeros(dtype::f32, {2}), u = zeros(dtype::u8, {2}), b = zeros(dtype::boolean, {2});
  CHECK(complaint("Pow", nullptr, {u, f}) == "Pow: input X cannot be uint8");
  CHECK(complaint("Pow", nullptr, {f, b}) == "Pow: input Y cannot be bool");
  CHECK(complaint("Pow", nullptr, {f, u}) == "");
  CHECK(complaint("Pow", nullptr, {f, zeros(dtype::i64, {3})}) == "Pow: shapes do not broadcast: [2] and [3]");
}

}  // namespace tests::ops
