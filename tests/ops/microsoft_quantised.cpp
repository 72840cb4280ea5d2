// com.microsoft's operators on 8-bit integers against their formulas in double.
#include "tenon/ops/microsoft_quantised.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

/// Scales are powers of two, so that no rounding is close.
struct bytes {
  table x, scale, zero;
  double at(const shape& i) { return static_cast<double>(static_cast<i64>(x[i].integer - zero.all[8].integer)) * scale.all[8].real; }
  double at_broadcast(const shape& i) {
    shape own = i.from(i.rank() - x.dims.rank());
    for (int d = 0; d < own.rank(); ++d)
      if (x.dims[d] == 1) own[d] = 0;
    return at(own);
  }
};
bytes draw(trial& t, dtype d, const shape& dims, double scale) {
  const bool natural = d == dtype::u8;
  bytes b{t.draw(d, dims, natural ? 0 : -128, natural ? 255 : 127), table(dtype::f32, {}), table(d, {})};
  b.scale.all[8] = scale;
  b.zero.all[8] = number::of(natural ? 128 : 3);
  return b;
}
number quantised(dtype d, double x, bytes& like) {
  const double q = std::nearbyint(x / like.scale.all[8].real) + static_cast<double>(static_cast<i64>(like.zero.all[8].integer));
  return number::of(static_cast<i64>(std::clamp(q, d == dtype::u8 ? 0.0 : -128.0, d == dtype::u8 ? 255.0 : 127.0)));
}

template <class Op>
void combined(trial& t, double (*f)(double, double), double scale) {
  for (i64 n : {0, 1, 5, 33})
    for (const auto& [left, right] : {std::pair<shape, shape>{{2, n}, {2, n}}, {{2, n}, {n}}, {{n, 1}, {1, 3}}, {{2, n}, {}}}) {
      bytes a = draw(t, t.type, left, 0.25), b = draw(t, t.type, right, 0.5), like = draw(t, t.type, {}, scale);
      table y(t.type, *broadcast(left, right));
      each(y.dims, [&](const shape& i) { y[i] = quantised(t.type, f(a.at_broadcast(i), b.at_broadcast(i)), like); });
      const Op o;
      t.expect(&o, {&a.x, &a.scale, &a.zero, &b.x, &b.scale, &b.zero, &like.scale, &like.zero}, {&y});
    }
}
const by_reference add_reference(cases{"com.microsoft.QLinearAdd", [](trial& t) { combined<tenon::ops::QLinearAdd>(t, [](double a, double b) { return a + b; }, 0.5); }});
const by_reference mul_reference(cases{"com.microsoft.QLinearMul", [](trial& t) { combined<tenon::ops::QLinearMul>(t, [](double a, double b) { return a * b; }, 16); }});

template <class Op>
void mapped(trial& t, const Op& o, double (*f)(double), double scale) {
  for (i64 n : {0, 1, 33, 300}) {
    bytes x = draw(t, t.type, {n, 2}, 1.0 / 16), like = draw(t, t.type, {}, scale);
    table y(t.type, {n, 2});
    each(y.dims, [&](const shape& i) { y[i] = quantised(t.type, f(x.at(i)), like); });
    t.expect(&o, {&x.x, &x.scale, &x.zero, &like.scale, &like.zero}, {&y});
  }
}
const by_reference leaky_reference(cases{"com.microsoft.QLinearLeakyRelu", [](trial& t) {
  mapped(t, tenon::ops::QLinearLeakyRelu{.alpha = 0.25f}, [](double x) { return x < 0 ? x / 4 : x; }, 0.125);
}});
const by_reference sigmoid_reference(cases{"com.microsoft.QLinearSigmoid", [](trial& t) {
  mapped(t, tenon::ops::QLinearSigmoid{}, [](double x) { return 1 / (1 + std::exp(-x)); }, 1.0 / 128);
}});

void concatenated(trial& t) {
  for (i64 axis : {0, 1, -1}) {
    const auto at = static_cast<int>(axis < 0 ? axis + 3 : axis);
    shape first{2, 3, 4}, second = first, all = first;
    second[at] = 5, all[at] += 5;
    bytes a = draw(t, t.type, first, 0.25), b = draw(t, t.type, second, 0.5), like = draw(t, t.type, {}, 0.5);
    table y(t.type, all);
    each(all, [&](const shape& i) {
      shape own = i;
      if (i[at] >= first[at]) own[at] -= first[at];
      y[i] = quantised(t.type, i[at] < first[at] ? a.at(i) : b.at(own), like);
    });
    const tenon::ops::QLinearConcat o{.axis = axis};
    t.expect(&o, {&like.scale, &like.zero, &a.x, &a.scale, &a.zero, &b.x, &b.scale, &b.zero}, {&y});
  }
}
const by_reference concat_reference(cases{"com.microsoft.QLinearConcat", concatenated});

void averaged(trial& t) {
  for (bool last : {false, true}) {
    bytes x = draw(t, t.type, last ? shape{2, 3, 4, 5} : shape{2, 5, 3, 4}, 0.25), like = draw(t, t.type, {}, 0.25);
    table y(t.type, last ? shape{2, 1, 1, 5} : shape{2, 5, 1, 1});
    each(y.dims, [&](const shape& i) {
      double sum = 0;
      for (i64 p = 0; p < 12; ++p) sum += x.at(last ? shape{i[0], p / 4, p % 4, i[3]} : shape{i[0], i[1], p / 4, p % 4});
      y[i] = quantised(t.type, sum / 12, like);
    });
    const tenon::ops::QLinearGlobalAveragePool o{.channels_last = last};
    t.expect(&o, {&x.x, &x.scale, &x.zero, &like.scale, &like.zero}, {&y});
  }
}
const by_reference average_reference(cases{"com.microsoft.QLinearGlobalAveragePool", averaged});

void integer_to_float(trial& t) {
  for (const auto& [left, right] : {std::pair<shape, shape>{{3, 4}, {4, 5}}, {{2, 3, 4}, {4, 5}}, {{2, 3, 4}, {2, 4, 5}}})
    for (bool columns : {false, true}) {
      bytes a = draw(t, t.type, left, 0.25), b = draw(t, dtype::i8, right, 0.5);
      table scales = t.draw(dtype::f32, columns ? shape{5} : shape{}, 1, 2), zeros = t.draw(dtype::i8, columns ? shape{5} : shape{}, -3, 3), bias = t.draw(dtype::f32, {5}, -4, 4);
      shape out = left;
      out[out.rank() - 1] = 5;
      table y(dtype::f32, out);
      each(out, [&](const shape& i) {
        double sum = 0;
        const i64 j = i.back(), own = columns ? j : 0;
        for (i64 l = 0; l < 4; ++l) {
          shape p = i, q = right.rank() == 3 ? shape{i[0], l, j} : shape{l, j};
          p[p.rank() - 1] = l;
          sum += a.at(p) * static_cast<double>(static_cast<i64>(b.x[q].integer - zeros.all[static_cast<std::size_t>(8 + own)].integer));
        }
        y[i] = sum * scales.all[static_cast<std::size_t>(8 + own)].real + bias[{j}].real;
      });
      const tenon::ops::MatMulIntegerToFloat o;
      t.expect(&o, {&a.x, &b.x, &a.scale, &scales, &a.zero, &zeros, &bias}, {&y}, 2);
    }
}
const by_reference to_float_reference(cases{"com.microsoft.MatMulIntegerToFloat", integer_to_float});

void dynamic(trial& t) {
  for (i64 m : {1, 3})
    for (bool biased : {false, true})
      for (dtype d : {dtype::i8, dtype::u8}) {
        table a = t.draw({m, 4}, -3, 3), b = t.draw(d, {4, 5}, -100, 100), scale(dtype::f32, {}, {0.5}), zero(d, {}, {3}), bias = t.draw({5}), y(t.type, {m, 5});
        double low = 0, high = 0;
        each(a.dims, [&](const shape& i) { low = std::min(low, a[i].real), high = std::max(high, a[i].real); });
        const auto step = low == high ? 1.0f : static_cast<float>(high - low) / 255;
        const float centre = std::nearbyint(static_cast<float>(-low) / step);
        each(y.dims, [&](const shape& i) {
          double sum = 0;
          for (i64 l = 0; l < 4; ++l)
            sum += (std::clamp(std::nearbyint(static_cast<float>(a[{i[0], l}].real) / step) + centre, 0.0f, 255.0f) - centre) * static_cast<double>(static_cast<i64>(b[{l, i[1]}].integer) - 3);
          y[i] = sum * static_cast<double>(step) * 0.5 + (biased ? bias[{i[1]}].real : 0);
        });
        const tenon::ops::DynamicQuantizeMatMul o;
        t.near = 1e-3;
        t.expect(&o, {&a, &b, &scale, &zero, biased ? &bias : nullptr}, {&y}, 4);
      }
}
const by_reference dynamic_product_reference(cases{"com.microsoft.DynamicQuantizeMatMul", dynamic});

}  // namespace

TEST_CASE("com.microsoft's quantised operators say what does not fit") {
  const any_tensor x = zeros(dtype::u8, {2, 3}), one = zeros(dtype::f32, {}), two = zeros(dtype::f32, {2});
  const any_view none;
  CHECK(complaint("com.microsoft.QLinearAdd", nullptr, {x, two, none, x, one, none, one}) == "QLinearAdd: input 1 must be a scalar, not [2]");
  CHECK(complaint("com.microsoft.QLinearConcat", nullptr, {one, zeros(dtype::u8, {}), x, one}) ==
        "QLinearConcat: takes a tensor, its scale and its zero point, again and again: 2 inputs are too many or too few");
  CHECK(complaint("com.microsoft.MatMulIntegerToFloat", nullptr, {x, zeros(dtype::u8, {3, 4}), one, two}) ==
        "MatMulIntegerToFloat: scales [2] of B [3,4] are neither one nor one per column");
}

}  // namespace tests::ops
