// Ordinary least squares with an intercept, by the normal equations and Cholesky's factors of them.
#pragma once

#include <cmath>
#include <vector>

#include <tenon/core/tensor.hpp>

/// The coefficients, the intercept first; none where the columns depend on each other.
inline std::vector<double> least_squares(const tenon::tensor<double>& x, const tenon::tensor<double>& y) {
  using tenon::i64;
  const i64 n = x.dim(0), p = x.dim(1) + 1;
  const auto at = [&](i64 i, i64 j) { return j == 0 ? 1.0 : x[i, j - 1]; };
  tenon::tensor<double> a({p, p});
  std::vector<double> b(static_cast<std::size_t>(p));
  for (i64 j = 0; j < p; ++j) {
    double& right = b[static_cast<std::size_t>(j)];
    for (i64 i = 0; i < n; ++i) right += at(i, j) * y[i];
    for (i64 k = 0; k <= j; ++k)
      for (i64 i = 0; i < n; ++i) a[j, k] += at(i, j) * at(i, k);
  }
  // A = L L', L in the place of A; then L z = b, and L' c = z.
  for (i64 j = 0; j < p; ++j) {
    const double whole = a[j, j];
    for (i64 k = 0; k < j; ++k) a[j, j] -= a[j, k] * a[j, k];
    if (!(a[j, j] > 1e-10 * whole)) return {};
    a[j, j] = std::sqrt(a[j, j]);
    for (i64 i = j + 1; i < p; ++i) {
      for (i64 k = 0; k < j; ++k) a[i, j] -= a[i, k] * a[j, k];
      a[i, j] /= a[j, j];
    }
  }
  const auto c = [&](i64 i) -> double& { return b[static_cast<std::size_t>(i)]; };
  for (i64 i = 0; i < p; ++i) {
    for (i64 k = 0; k < i; ++k) c(i) -= a[i, k] * c(k);
    c(i) /= a[i, i];
  }
  for (i64 i = p; i-- > 0;) {
    for (i64 k = i + 1; k < p; ++k) c(i) -= a[k, i] * c(k);
    c(i) /= a[i, i];
  }
  return b;
}

/// What the coefficients say of row i.
inline double predict(const std::vector<double>& coefficients, const tenon::tensor<double>& x, tenon::i64 i) {
  double y = coefficients[0];
  for (tenon::i64 j = 0; j < x.dim(1); ++j) y += coefficients[static_cast<std::size_t>(j) + 1] * x[i, j];
  return y;
}
