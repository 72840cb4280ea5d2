// MatMulInteger and QLinearMatMul: cases against sums over indices, and what they say about wrong inputs.
#include "tenon/ops/integer_product.hpp"

#include <cmath>

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::MatMulInteger;
using tenon::ops::QLinearMatMul;

namespace {

/// The value that belongs to a row (or column) of a matrix.
const number& along(table& t, const shape& at, bool row) {
  static const number zero = number::of(0);
  if (t.type == dtype::none) return zero;
  if (t.dims.rank() == 0 || count(t.dims) == 1) return t.all[8];
  if (t.dims.rank() == 1) return t.all[static_cast<std::size_t>(8 + at[at.rank() - (row ? 2 : 1)])];
  shape own = at.from(at.rank() - t.dims.rank());
  for (int i = 0; i < own.rank(); ++i)
    if (t.dims[i] == 1) own[i] = 0;
  return t[own];
}
/// (A - a_zero) (B - b_zero) of two or more dimensions each, batches broadcast.
table product(table& a, table& a_zero, table& b, table& b_zero, const shape& out) {
  const bool real = !a.kind().whole;
  table y(real ? dtype::f32 : dtype::i32, out);
  const int r = out.rank();
  each(out, [&](const shape& i) {
    number sum = y.kind();
    for (i64 l = 0; l < a.dims.back(); ++l) {
      shape ia, ib;
      for (int d = 0; d < a.dims.rank(); ++d) ia.push_back(d == a.dims.rank() - 1 ? l : a.dims[d] == 1 ? 0 : i[r - a.dims.rank() + d]);
      for (int d = 0; d < b.dims.rank(); ++d) ib.push_back(d == b.dims.rank() - 2 ? l : b.dims[d] == 1 ? 0 : i[r - b.dims.rank() + d]);
      sum = sum + (a[ia] - along(a_zero, ia, true)) * (b[ib] - along(b_zero, ib, false));
    }
    y[i] = sum;
  });
  return y;
}

struct sides {
  shape a, b, out, a_zero, b_zero;
};
const sides all_sides[] = {
    {{3, 4}, {4, 5}, {3, 5}, {}, {}},
    {{3, 4}, {4, 17}, {3, 17}, {3}, {17}},
    {{1, 40}, {40, 9}, {1, 9}, {1}, {9}},
    {{2, 3, 4}, {4, 5}, {2, 3, 5}, {}, {5}},
    {{2, 3, 4}, {2, 4, 5}, {2, 3, 5}, {2, 3, 1}, {2, 1, 5}},
    {{2, 1, 3, 4}, {3, 4, 2}, {2, 3, 3, 2}, {}, {3, 1, 2}},
    {{3, 0}, {0, 5}, {3, 5}, {}, {}},
    {{0, 4}, {4, 5}, {0, 5}, {}, {}},
};

const by_reference matmul_integer_reference(cases{"MatMulInteger", [](trial& t) {
  for (dtype other : {dtype::u8, dtype::i8})
    for (const sides& s : all_sides) {
      table a = t.draw(s.a, -100, 100), b = t.draw(other, s.b, -100, 100);
      table a_zero = t.draw(s.a_zero, -10, 10), b_zero = t.draw(other, s.b_zero, -10, 10), none;
      const MatMulInteger o;
      table plain = product(a, none, b, none, s.out), left = product(a, a_zero, b, none, s.out), both = product(a, a_zero, b, b_zero, s.out);
      t.expect(&o, {&a, &b}, {&plain}), t.expect(&o, {&a, &b, &a_zero}, {&left}), t.expect(&o, {&a, &b, &a_zero, &b_zero}, {&both});
    }
  table a = t.draw({5}, -9, 9), b = t.draw({5}, -9, 9), y(dtype::i32, {});
  y.all[8] = number::of(0);
  for (i64 i = 0; i < 5; ++i) y.all[8] = y.all[8] + a[{i}] * b[{i}];
  const MatMulInteger o;
  t.expect(&o, {&a, &b}, {&y});
}});

const by_reference qlinear_matmul_reference(cases{"QLinearMatMul", [](trial& t) {
  // 8-bit floats are calculated with as what they are; these have a few bits, and sums of their products are exact.
  const bool floats = dtypes::float8.has(t.type);
  const dtype other = floats ? dtype::f8e5m2 : dtype::i8;
  const i64 most = floats ? 2 : 100;
  for (dtype real : {dtype::f32, dtype::f16})
    for (dtype to : {dtype::u8, dtype::i8, dtype::f8e4m3fn})
      for (const sides& s : all_sides) {
        table a = t.draw(s.a, -most, most), b = t.draw(other, s.b, -most, most);
        table a_zero = t.draw(s.a_zero, -most / 2, most / 10), b_zero = t.draw(other, s.b_zero, -most / 10, most / 2), y_zero = t.draw(to, {}, -2, 2);
        const auto power = [&](const shape& dims) {
          table x(real, dims);
          return t.fill(x, [&] { return number(std::ldexp(1.0, static_cast<int>(t.random.between(-4, 0)))); });
        };
        table a_scale = power(s.a_zero), b_scale = power(s.b_zero), y_scale = power({});
        table sums = product(a, a_zero, b, b_zero, s.out), y(to, s.out);
        each(s.out, [&](const shape& i) {
          const double x = static_cast<double>(sums[i]) * along(a_scale, i, true).real * along(b_scale, i, false).real / y_scale.all[8].real;
          const double q = (to == dtype::f8e4m3fn ? x : std::nearbyint(x)) + static_cast<double>(y_zero.all[8]);
          if (to == dtype::f8e4m3fn) y[i] = q;
          else y[i] = number::of(static_cast<i64>(std::min(std::max(q, to == dtype::i8 ? -128.0 : 0.0), to == dtype::i8 ? 127.0 : 255.0)));
        });
        const QLinearMatMul o;
        t.expect(&o, {&a, &a_scale, &a_zero, &b, &b_scale, &b_zero, &y_scale, &y_zero}, {&y});
      }
}});

}  // namespace

TEST_CASE("MatMulInteger says which zero points do not fit") {
  const auto says = [](const shape& a, const shape& b, const shape& a_zero, const shape& b_zero) {
    return complaint("MatMulInteger", nullptr, {zeros(dtype::u8, a), zeros(dtype::i8, b), zeros(dtype::u8, a_zero), zeros(dtype::i8, b_zero)});
  };
  CHECK(says({2, 3}, {3, 4}, {2}, {4}) == "");
  CHECK(says({2, 3}, {3, 4}, {3}, {}) == "MatMulInteger: a_zero_point of shape [3] does not fit [2,3]");
  CHECK(says({2, 3}, {3, 4}, {}, {3}) == "MatMulInteger: b_zero_point of shape [3] does not fit [3,4]");
  CHECK(says({2, 3}, {4, 5}, {}, {}) == "MatMulInteger: inner dimensions differ: [2,3] x [4,5]");
  CHECK(complaint("MatMulInteger", nullptr, {zeros(dtype::u8, {2, 2}), zeros(dtype::f32, {2, 2})}) == "MatMulInteger: input B cannot be float32");
}

TEST_CASE("packed right sides of integer products lose their zero points when they are packed") {
  trial t(row("MatMulInteger"), dtype::u8, layout::contiguous, 3);
  table a = t.draw({3, 5}, 0, 200), b = t.draw({5, 17}, 0, 200), zero = t.draw({17}, 0, 100);
  const laid_out as(a, layout::contiguous), bs(b, layout::contiguous), zs(zero, layout::contiguous);
  const any_view in[] = {as.view, bs.view, {}, zs.view}, weights[] = {{}, bs.view, {}, zs.view};
  const any_op op(row("MatMulInteger"));
  std::vector<known> k;
  for (const any_view& v : in) k.push_back({v.type, v.dims, v});
  auto packed = buffer::make(row("MatMulInteger").packed_bytes(op.get(), k));
  REQUIRE(packed.has_value());
  if (!packed.has_value()) return;
  row("MatMulInteger").pack(op.get(), weights, (*packed).data());
  const any_view gone[] = {as.view, {dtype::u8, b.dims, nullptr}, {}, {dtype::u8, zero.dims, nullptr}};
  const auto one = try_apply(row("MatMulInteger"), op.get(), in), other = try_apply(row("MatMulInteger"), op.get(), gone, {.packed = (*packed).data()});
  REQUIRE((one.has_value() && other.has_value()));
  if (!one.has_value() || !other.has_value()) return;
  CHECK(std::memcmp((*one)[0].data(), (*other)[0].data(), 3 * 17 * 4) == 0);
}

TEST_CASE("QLinearMatMul takes integers or 8-bit floats on both sides") {
  const any_tensor m = zeros(dtype::i8, {2, 2}), f = zeros(dtype::f8e5m2, {2, 2}), zero = zeros(dtype::i8, {}), none = zeros(dtype::f8e5m2, {}), scale = tensor<float>(shape{}, {1.0f});
  CHECK(complaint("QLinearMatMul", nullptr, {f, scale, none, f, scale, none, scale, zero}) == "");
  CHECK(complaint("QLinearMatMul", nullptr, {m, scale, zero, f, scale, none, scale, zero}) == "QLinearMatMul: the product of int8 and float8e5m2 is not supported");
}

}  // namespace tests::ops
