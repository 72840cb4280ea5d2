// What classical models share: rows of numbers, the transform of scores that ai.onnx.ml calls post_transform, and labels.
#pragma once

#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// What classical models take; all of them calculate in double, whatever the rows are.
inline constexpr dtype_set feature_types{dtype::f32, dtype::f64, dtype::i64, dtype::i32};

/// [N,C] is rows of features, and [C] is one row.
struct row_frame {
  i64 rows = 0, columns = 0;
};
inline result<row_frame> rows_of(const shape& dims) {
  if (dims.rank() == 1) return row_frame{1, dims[0]};
  if (dims.rank() == 2) return row_frame{dims[0], dims[1]};
  return fail(code::invalid, {"X of shape ", dims, " is neither a row of features nor rows of them"});
}
inline void load_row(const any_view& x, i64 row, std::span<double> to) {
  const i64 n = static_cast<i64>(to.size());
  kernels::cast(x.type, x.bytes + row * n * size_of(x.type), dtype::f64, to.data(), n);
}
inline void store_row(std::span<const double> from, const mutable_any_view& y, i64 row) {
  const i64 n = static_cast<i64>(from.size());
  kernels::cast(dtype::f64, from.data(), y.type, y.bytes + row * n * size_of(y.type), n);
}
/// Bytes for so many doubles.
inline i64 doubles(i64 n) { return detail::bytes_of({n}, sizeof(double)); }

/// The rows of an output are n scores of those of input 0: f(row, scores, which) makes them.
template <class F>
void score_rows(run_context& c, int output, i64 n, F&& f) {
  const row_frame rows = *rows_of(c.input(0).dims);
  auto* const at = reinterpret_cast<double*>(c.scratch());
  const std::span x(at, static_cast<std::size_t>(rows.columns)), scores(at + rows.columns, static_cast<std::size_t>(n));
  for (i64 r = 0; r < rows.rows; ++r) {
    load_row(c.input(0), r, x);
    f(x, scores, r);
    store_row(scores, c.output(output), r);
  }
}
/// The memory that it needs.
inline i64 score_scratch(std::span<const known> in, i64 n) { return in[0].dims.empty() ? 0 : doubles(in[0].dims.back()) + doubles(n); }

/// The sum of products, in four parts, so that compilers may take two or four at a time and get the same bits.
[[gnu::noinline]] inline double weighted_sum(std::span<const double> x, const float* w) {
  double part[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= x.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) part[k] += x[i + k] * static_cast<double>(w[i + k]);
  for (; i < x.size(); ++i) part[0] += x[i] * static_cast<double>(w[i]);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

// ---- What is wrong ----

/// The error of a result, if it is one.
template <class T>
status told(const result<T>& r) {
  return r.has_value() ? status() : std::unexpected(r.error());
}
/// The first error among several.
inline status first_of(std::initializer_list<status> all) {
  for (const status& s : all)
    if (!s.has_value()) return s;
  return {};
}

// ---- Transforms ----

/// In the order of TreeEnsemble's numbers.
enum class score_transform : u8 { none, softmax, logistic, softmax_zero, probit };

inline result<score_transform> transform_of(i64 number) {
  if (number >= 0 && number <= 4) return static_cast<score_transform>(number);
  return fail(code::invalid, {"post_transform ", number, " is unknown"});
}
inline result<score_transform> transform_of(std::string_view name) {
  constexpr std::string_view names[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
  for (i64 i = 0; i < 5; ++i)
    if (name == names[i]) return transform_of(i);
  return fail(code::invalid, {"post_transform '", name, "' is unknown"});
}

/// The quantile of the normal distribution, by S. Winitzki's approximation of the inverse error function (2008), which
/// is what other runtimes give.
inline double probit(double p) {
  const double x = 2 * p - 1, l = log((1 - x) * (1 + x)), v = 2 / (3.14159265358979323846 * 0.147) + 0.5 * l;
  const double root = sqrt(sqrt(v * v - l / 0.147) - v);
  return 1.41421356237309505 * (x < 0 ? -root : root);
}
/// exp(s) / sum(exp(s)); `keep_zero`: a score of zero stays one.
inline void soften(std::span<double> s, bool keep_zero) {
  double most = s[0], sum = 0;
  for (double v : s) most = std::max(most, v);
  for (double& v : s) {
    v = keep_zero && v < 1e-7 && v > -1e-7 ? v * exp(-most) : exp(v - most);
    sum += v;
  }
  for (double& v : s) v = sum == 0 ? 0.5 : v / sum;
}
/// The scores of one row. A single one is left as it is but for PROBIT, as onnxruntime leaves it.
[[gnu::noinline]] inline void transform_scores(score_transform t, std::span<double> s) {
  if (s.empty() || (s.size() == 1 && t != score_transform::probit)) return;
  switch (t) {
    case score_transform::none: return;
    case score_transform::softmax: return soften(s, false);
    case score_transform::softmax_zero: return soften(s, true);
    case score_transform::logistic:
      for (double& v : s) v = sigmoid(v);
      return;
    case score_transform::probit:
      for (double& v : s) v = probit(v);
  }
}
/// The scores of two classes from the one score s of the second; `mirrored`: that of the first is -s, else 1 - s. What
/// SOFTMAX would make of both is left out, as onnxruntime leaves it.
inline void transform_pair(score_transform t, double s, bool mirrored, std::span<double> to) {
  const bool curved = t == score_transform::logistic;
  to[0] = mirrored || curved ? -s : 1 - s;
  to[1] = s;
  if (curved || t == score_transform::probit) transform_scores(t, to);
}

// ---- Labels ----

/// The labels of classes, which are one list of two.
struct class_labels {
  const ints& numbers;
  const strings& texts;

  status check() const {
    if (numbers.empty() != texts.empty()) return {};
    return fail(code::invalid, {"has ", numbers.size(), " int64 and ", texts.size(), " string labels where one kind is expected"});
  }
  i64 size() const { return static_cast<i64>(numbers.size() + texts.size()); }
  dtype type() const { return texts.empty() ? dtype::i64 : dtype::string; }
  /// Label `which`; -1 is none of them, 0 or "".
  void store(i64 which, const mutable_any_view& y, i64 row) const {
    const auto i = static_cast<std::size_t>(which);
    if (texts.empty()) y.as<i64>()[row] = which < 0 ? 0 : numbers[i];
    else y.as<std::string>()[row] = which < 0 ? std::string() : texts[i];
  }
};

/// The first of the greatest.
inline i64 greatest(std::span<const double> s) { return std::max_element(s.begin(), s.end()) - s.begin(); }

}  // namespace tenon
TENON_COLD_END
