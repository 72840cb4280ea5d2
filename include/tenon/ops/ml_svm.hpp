// SVMClassifier, SVMRegressor.
#pragma once

#include "ml_scores.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// How alike two rows are.
struct svm_kernel {
  enum form : u8 { linear, poly, rbf, sigmoid_of } how = linear;
  double gamma = 0, coef0 = 0, degree = 0;

  static result<svm_kernel> named(std::string_view name, const floats& params) {
    constexpr std::string_view names[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
    if (!params.empty() && params.size() != 3) return fail(code::invalid, {"kernel_params has ", params.size(), " numbers, not 3"});
    svm_kernel k;
    if (!params.empty()) k.gamma = static_cast<double>(params[0]), k.coef0 = static_cast<double>(params[1]), k.degree = static_cast<double>(params[2]);
    for (unsigned i = 0; i < 4; ++i)
      if (name == names[i]) {
        k.how = static_cast<form>(i);
        return k;
      }
    return fail(code::invalid, {"kernel_type '", name, "' is unknown"});
  }
  double operator()(std::span<const double> x, const float* v) const {
    if (how == rbf) {
      double sum = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = x[i] - static_cast<double>(v[i]);
        sum += d * d;
      }
      return exp(-gamma * sum);
    }
    const double s = weighted_sum(x, v);
    if (how == linear) return s;
    return how == poly ? pow(gamma * s + coef0, degree) : tanh(gamma * s + coef0);
  }
};

/// Support vector machines of pairs of classes, which vote; without vectors one linear function per class.
struct SVMClassifier {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:L Z:F";
  static constexpr type_variable types[] = {{'L', {dtype::string, dtype::i64}}, {'F', {dtype::f32}}};

  ints classlabels_ints{};
  strings classlabels_strings{};
  floats coefficients{}, kernel_params{};
  std::string kernel_type = "LINEAR", post_transform = "NONE";
  floats prob_a{}, prob_b{}, rho{}, support_vectors{};
  ints vectors_per_class{};

  status validate() const {
    if (status s = first_of({labels().check(), told(transform_of(post_transform)), told(svm_kernel::named(kernel_type, kernel_params))});
        !s.has_value())
      return s;
    const i64 n = labels().size();
    if (n > 1 << 15) return fail(code::limit, {n, " classes are more than ", 1 << 15});
    for (i64 v : vectors_per_class)
      if (v < 0 || v > static_cast<i64>(support_vectors.size())) return fail(code::invalid, {"vectors_per_class has a ", v, " in it"});
    if (vectors() == 0) return rho.empty() ? fail(code::invalid, {"rho is missing"}) : status();
    if (static_cast<i64>(vectors_per_class.size()) != n || n < 2)
      return fail(code::invalid, {"vectors_per_class has ", vectors_per_class.size(), " numbers for ", n, " classes"});
    const auto pairs = static_cast<std::size_t>(n * (n - 1) / 2);
    if (rho.size() < pairs) return fail(code::invalid, {"rho has ", rho.size(), " numbers for ", pairs, " pairs of classes"});
    if (prob_a.size() != prob_b.size() || (!prob_a.empty() && prob_a.size() < pairs))
      return fail(code::invalid, {"prob_a and prob_b have ", prob_a.size(), " and ", prob_b.size(), " numbers for ", pairs, " pairs of classes"});
    if (static_cast<i64>(coefficients.size()) / (n - 1) < vectors())
      return fail(code::invalid, {coefficients.size(), " coefficients for ", vectors(), " vectors of ", n, " classes"});
    return {};
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    const i64 n = labels().size(), features = (*rows).columns;
    if (vectors() > 0 && (features == 0 || static_cast<i64>(support_vectors.size()) / features < vectors()))
      return c.invalid({support_vectors.size(), " numbers are not ", vectors(), " support vectors of ", features, " features"});
    if (vectors() == 0 && (features == 0 || static_cast<i64>(coefficients.size()) / features < n))
      return c.invalid({coefficients.size(), " coefficients for ", n, " classes and ", features, " features"});
    if (status s = c.output(0, labels().type(), {(*rows).rows}); !s.has_value()) return s;
    return c.output(1, dtype::f32, {(*rows).rows, vectors() == 0 || n == 2 || probable() ? n : n * (n - 1) / 2});
  }
  /// A row, what it has to do with each vector, a score per pair, votes per class; then what probabilities need.
  i64 scratch(std::span<const known> in, bool) const {
    const i64 n = labels().size();
    return in[0].dims.empty() ? 0 : doubles(in[0].dims.back()) + doubles(vectors()) + 3 * doubles(n * n) + 3 * doubles(n);
  }
  /// Of each row: what it has to do with each vector or class, votes, and steps to probabilities.
  double macs(std::span<const known> in, std::span<const known> out) const {
    const double n = static_cast<double>(labels().size()), v = static_cast<double>(vectors());
    return static_cast<double>(count(in[0].dims)) * (v > 0 ? v : n) +
           static_cast<double>(count(out[0].dims)) * (v > 0 ? v * n + n * n * (probable() ? std::max(100.0, n) : 1) : 0);
  }
  status run(run_context& c) const {
    const row_frame rows = *rows_of(c.input(0).dims);
    const score_transform t = *transform_of(post_transform);
    const auto n = static_cast<std::size_t>(labels().size());
    auto* const at = reinterpret_cast<double*>(c.scratch());
    const std::span x(at, static_cast<std::size_t>(rows.columns)), alike(x.data() + x.size(), static_cast<std::size_t>(vectors()));
    const std::span scores(alike.data() + alike.size(), std::max(n, n * (n - 1) / 2)), votes(scores.data() + scores.size(), n);
    const std::span final_scores = scores.first(static_cast<std::size_t>(c.output(1).dims[1]));
    for (i64 r = 0; r < rows.rows; ++r) {
      load_row(c.input(0), r, x);
      if (alike.empty()) {
        for (std::size_t i = 0; i < n; ++i)
          scores[i] = weighted_sum(x, coefficients.data() + i * x.size()) + static_cast<double>(rho[0]);
        labels().store(linear_label(final_scores), c.output(0), r);
        transform_scores(t, final_scores);
      } else {
        vote(x, alike, scores, votes);
        labels().store(greatest(votes), c.output(0), r);
        if (probable()) {
          make_probable(scores, votes, votes.data() + n);
          transform_scores(t, final_scores);
        } else if (n == 2) {
          transform_pair(t, scores[0], t == score_transform::none, final_scores);
        } else {
          transform_scores(t, final_scores);
        }
      }
      store_row(final_scores, c.output(1), r);
    }
    return {};
  }

 private:
  class_labels labels() const { return {classlabels_ints, classlabels_strings}; }
  i64 vectors() const {
    i64 n = 0;
    for (i64 v : vectors_per_class) n += v;  // each is at most as many as there are numbers
    return n;
  }
  bool probable() const { return !prob_a.empty(); }

  /// Of two classes the second needs a score above 0, or of 0.5 where all coefficients are positive.
  i64 linear_label(std::span<const double> s) const {
    const i64 top = greatest(s);
    if (s.size() != 2) return top;
    const bool positive = std::ranges::all_of(coefficients, [](float w) { return w >= 0; });
    const double most = s[static_cast<std::size_t>(top)];
    return (positive ? most >= 0.5 : most > 0) ? 1 : top;
  }
  /// Every pair of classes gives a score, and by its sign a vote.
  void vote(std::span<const double> x, std::span<double> alike, std::span<double> scores, std::span<double> votes) const {
    const svm_kernel kernel = *svm_kernel::named(kernel_type, kernel_params);
    for (std::size_t i = 0; i < alike.size(); ++i) alike[i] = kernel(x, support_vectors.data() + i * x.size());
    std::ranges::fill(votes, 0.0);
    std::size_t pair = 0, first_i = 0;
    for (std::size_t i = 0; i < votes.size(); ++i) {
      const auto of_i = static_cast<std::size_t>(vectors_per_class[i]);
      std::size_t first_j = first_i + of_i;
      for (std::size_t j = i + 1; j < votes.size(); ++j) {
        const auto of_j = static_cast<std::size_t>(vectors_per_class[j]);
        const double s = weighted_sum(alike.subspan(first_i, of_i), coefficients.data() + (j - 1) * alike.size() + first_i) +
                         weighted_sum(alike.subspan(first_j, of_j), coefficients.data() + i * alike.size() + first_j) + static_cast<double>(rho[pair]);
        scores[pair++] = s;
        votes[s > 0 ? i : j] += 1;
        first_j += of_j;
      }
      first_i += of_i;
    }
  }
  /// Scores of pairs to probabilities of classes: J. Platt's sigmoid of each pair, coupled by the second method of
  /// T.-F. Wu, C.-J. Lin and R. C. Weng, "Probability estimates for multi-class classification by pairwise coupling" (2004).
  void make_probable(std::span<double> scores, std::span<double> p, double* const room) const {
    const std::size_t k = p.size();
    double *const r = room, *const q = r + k * k, *const qp = q + k * k;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = i + 1; j < k; ++j, ++pair) {
        const double s = sigmoid(-(scores[pair] * static_cast<double>(prob_a[pair]) + static_cast<double>(prob_b[pair])));
        r[i * k + j] = std::clamp(s, 1e-7, 1 - 1e-7);
        r[j * k + i] = 1 - r[i * k + j];
      }
    for (std::size_t t = 0; t < k; ++t) {
      p[t] = 1 / static_cast<double>(k);
      q[t * k + t] = 0;
      for (std::size_t j = 0; j < k; ++j) {
        if (j == t) continue;
        q[t * k + t] += r[j * k + t] * r[j * k + t];
        q[t * k + j] = -r[j * k + t] * r[t * k + j];
      }
    }
    for (std::size_t left = std::max<std::size_t>(100, k); left > 0; --left) {
      double pqp = 0, worst = 0;
      for (std::size_t t = 0; t < k; ++t) {
        qp[t] = 0;
        for (std::size_t j = 0; j < k; ++j) qp[t] += q[t * k + j] * p[j];
        pqp += p[t] * qp[t];
      }
      for (std::size_t t = 0; t < k; ++t) worst = std::max(worst, abs(qp[t] - pqp));
      if (worst < 0.005 / static_cast<double>(k)) break;
      for (std::size_t t = 0; t < k; ++t) {
        const double diff = (pqp - qp[t]) / q[t * k + t];
        p[t] += diff;
        pqp = (pqp + diff * (diff * q[t * k + t] + 2 * qp[t])) / (1 + diff) / (1 + diff);
        for (std::size_t j = 0; j < k; ++j) {
          qp[j] = (qp[j] + diff * q[t * k + j]) / (1 + diff);
          p[j] /= 1 + diff;
        }
      }
    }
    std::ranges::copy(p, scores.begin());
  }
};

/// A weighted sum over support vectors; without them a linear function. `one_class` tells its sign.
struct SVMRegressor {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  floats coefficients{}, kernel_params{};
  std::string kernel_type = "LINEAR";
  i64 n_supports = 0;
  bool one_class = false;
  std::string post_transform = "NONE";
  floats rho{}, support_vectors{};

  status validate() const {
    if (status s = first_of({told(transform_of(post_transform)), told(svm_kernel::named(kernel_type, kernel_params))}); !s.has_value()) return s;
    if (rho.empty()) return fail(code::invalid, {"rho is missing"});
    if (n_supports < 0 || n_supports > static_cast<i64>(coefficients.size()))
      return fail(code::invalid, {coefficients.size(), " coefficients for ", n_supports, " support vectors"});
    return {};
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    const i64 features = (*rows).columns;
    if (n_supports > 0 ? features == 0 || static_cast<i64>(support_vectors.size()) / features < n_supports : static_cast<i64>(coefficients.size()) < features)
      return c.invalid({coefficients.size(), " coefficients and ", support_vectors.size(), " numbers of ", n_supports, " support vectors for ", features, " features"});
    return c.output(0, dtype::f32, {(*rows).rows, 1});
  }
  i64 scratch(std::span<const known> in, bool) const { return score_scratch(in, 1); }
  double macs(std::span<const known> in, std::span<const known>) const { return multiply_adds(in[0].dims, std::max<i64>(n_supports, 1)); }
  status run(run_context& c) const {
    const svm_kernel kernel = *svm_kernel::named(kernel_type, kernel_params);
    score_rows(c, 0, 1, [&](std::span<double> x, std::span<double> scores, i64) {
      double& s = scores[0];
      s = n_supports > 0 ? 0 : weighted_sum(x, coefficients.data());
      for (std::size_t i = 0; i < static_cast<std::size_t>(n_supports); ++i)
        s += static_cast<double>(coefficients[i]) * kernel(x, support_vectors.data() + i * x.size());
      s += static_cast<double>(rho[0]);
      if (one_class) s = s > 0 ? 1 : -1;
      transform_scores(*transform_of(post_transform), scores);
    });
    return {};
  }
};

using ml_svm = list<SVMClassifier, SVMRegressor>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
