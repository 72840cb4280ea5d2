// CumSum, CumProd and Det: cases against sums, products and expansions over indices, and what they say
// about wrong inputs.
#include "tenon/ops/cumulative.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::CumProd;
using tenon::ops::CumSum;
using tenon::ops::Det;

namespace {

template <class Op>
void scan(trial& t, const shape& dims, i64 axis, bool exclusive, bool reverse, bool product) {
  table x = t.draw(dims, product ? -2 : -4, product ? 2 : 4), y(t.type, dims);
  const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
  each(dims, [&](const shape& i) {
    number r = y.kind().like(product ? 1 : 0);
    // In the order of the scan.
    const i64 n = dims[at], place = reverse ? n - 1 - i[at] : i[at];
    for (i64 j = 0; j < place + !exclusive; ++j) {
      shape from = i;
      from[at] = reverse ? n - 1 - j : j;
      r = product ? r * x[from] : r + x[from];
    }
    y[i] = r;
  });
  const Op o{.exclusive = exclusive, .reverse = reverse};
  const table where = axis < 0 ? list_of({axis}) : table(dtype::i32, {}, {static_cast<double>(axis)});
  t.expect(&o, {&x, &where}, {&y}, product ? t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 1 : 0);
}
template <class Op>
void scan_cases(trial& t) {
  constexpr bool product = std::is_same_v<Op, CumProd>;
  for (bool exclusive : {false, true})
    for (bool reverse : {false, true}) {
      for (i64 size : {0, 1, 2, 3, 4, 5, 17}) {
        scan<Op>(t, {size}, 0, exclusive, reverse, product), scan<Op>(t, {3, size}, 1, exclusive, reverse, product);
        scan<Op>(t, {size, 3}, 0, exclusive, reverse, product), scan<Op>(t, {4, size}, 0, exclusive, reverse, product);
      }
      scan<Op>(t, {2, 3, 5}, -2, exclusive, reverse, product), scan<Op>(t, {2, 3, 5}, -3, exclusive, reverse, product);
    }
}
const by_reference cum_sum_reference(cases{"CumSum", scan_cases<CumSum>});
const by_reference cum_prod_reference(cases{"CumProd", scan_cases<CumProd>});

/// Laplace's expansion along the first row.
double expand(const std::vector<double>& a, std::size_t n) {
  if (n == 0) return 1;
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) {
    std::vector<double> minor;
    for (std::size_t r = 1; r < n; ++r)
      for (std::size_t c = 0; c < n; ++c)
        if (c != j) minor.push_back(a[r * n + c]);
    sum += (j % 2 == 0 ? a[j] : -a[j]) * expand(minor, n - 1);
  }
  return sum;
}
const by_reference det_reference(cases{"Det", [](trial& t) {
  for (const shape& dims : {shape{0, 0}, {1, 1}, {2, 2}, {3, 3}, {2, 4, 4}, {2, 3, 2, 2}, {0, 3, 3}, {5, 5}}) {
    table x = t.draw(dims, -2, 2), y(t.type, dims.first(dims.rank() - 2));
    const auto n = static_cast<std::size_t>(dims.back());
    const auto size = static_cast<std::size_t>(y.all.size() - 17);
    for (std::size_t b = 0; b < size; ++b) {
      std::vector<double> a;
      for (std::size_t i = 0; i < n * n; ++i) a.push_back(x.all[8 + b * n * n + i].real);
      y.all[8 + b] = expand(a, n);
    }
    const Det o;
    t.near = t.type == dtype::f64 ? 1e-12 : 0;
    t.expect(&o, {&x}, {&y}, 1);
  }
}});

}  // namespace

TEST_CASE("scans say which axis is out of range") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), whole = zeros(dtype::i8, {2});
  const CumSum sum;
  const CumProd product;
  CHECK(complaint("CumSum", &sum, {x, tensor<i64>({}, {-2})}) == "");
  CHECK(complaint("CumSum", &sum, {x, tensor<i32>({}, {2})}) == "CumSum: axis 2 is out of range for [2,3]");
  CHECK(complaint("CumProd", &product, {x, tensor<i64>({}, {INT64_MIN})}) == "CumProd: axis -9223372036854775808 is out of range for [2,3]");
  CHECK(complaint("CumProd", &product, {x, tensor<i64>({2}, {0, 1})}) == "CumProd: axis must be one number, not [2]");
  CHECK(complaint("CumSum", &sum, {x, tensor<float>({}, {0})}) == "CumSum: input axis cannot be float32");
  CHECK(complaint("CumSum", &sum, {whole, tensor<i64>({}, {0})}) == "CumSum: input x cannot be int8");
}

TEST_CASE("Det takes square matrices, singular ones too") {
  const Det o;
  CHECK(complaint("Det", &o, {zeros(dtype::f32, {2, 3})}) == "Det: needs square matrices, not [2,3]");
  CHECK(complaint("Det", &o, {zeros(dtype::f32, {3})}) == "Det: needs square matrices, not [3]");
  CHECK(det(tensor<float>({2, 2}, {1, 2, 2, 4})).as<float>()[0] == 0);
  CHECK(det(tensor<float>({3, 3}, {0, 1, 0, 1, 0, 0, 0, 0, 5})).as<float>()[0] == -5);
}

}  // namespace tests::ops
