// LinearClassifier, LinearRegressor.
#pragma once

#include "ml_scores.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// One set of coefficients after the other, each with an intercept.
struct linear_function {
  const floats &coefficients, &intercepts;

  /// How many sets there are for so many features.
  result<i64> sets(i64 features) const {
    const auto n = static_cast<i64>(coefficients.size());
    if (features == 0 || n == 0 || n % features != 0)
      return fail(code::invalid, {n, " coefficients are no sets for ", features, " features"});
    if (!intercepts.empty() && static_cast<i64>(intercepts.size()) != n / features)
      return fail(code::invalid, {intercepts.size(), " intercepts for ", n / features, " sets of coefficients"});
    return n / features;
  }
  double macs(const shape& x) const { return x.empty() ? 0 : static_cast<double>(count(x.first(x.rank() - 1))) * static_cast<double>(coefficients.size()); }
  void operator()(std::span<const double> x, std::span<double> to) const {
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] = weighted_sum(x, coefficients.data() + i * x.size()) + (intercepts.empty() ? 0 : static_cast<double>(intercepts[i]));
  }
};

/// The class whose linear function is the greatest, and what all of them are.
struct LinearClassifier {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:L Z:F";
  static constexpr type_variable types[] = {{'L', {dtype::string, dtype::i64}}, {'F', {dtype::f32}}};

  ints classlabels_ints{};
  strings classlabels_strings{};
  required<floats> coefficients{};
  floats intercepts{};
  bool multi_class = false;
  std::string post_transform = "NONE";

  status validate() const {
    return first_of({labels().check(), told(transform_of(post_transform))});
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    const auto sets = function().sets((*rows).columns);
    if (!sets.has_value()) return std::unexpected(sets.error());
    const i64 n = labels().size();
    if (*sets != n && !(*sets == 1 && n == 2)) return c.invalid({"coefficients for ", *sets, " classes, and ", n, " labels"});
    if (status s = c.output(0, labels().type(), {(*rows).rows}); !s.has_value()) return s;
    return c.output(1, dtype::f32, {(*rows).rows, n});
  }
  i64 scratch(std::span<const known> in, bool) const { return score_scratch(in, labels().size()); }
  double macs(std::span<const known> in, std::span<const known>) const { return function().macs(in[0].dims); }
  status run(run_context& c) const {
    const score_transform t = *transform_of(post_transform);
    score_rows(c, 1, labels().size(), [&](std::span<double> x, std::span<double> scores, i64 r) {
      const bool single = coefficients.value.size() == x.size();
      function()(x, single ? scores.first(1) : scores);
      const double s = scores[0];
      if (single && scores.size() == 2) {
        transform_pair(t, s, false, scores);
        labels().store(s > 0, c.output(0), r);
      } else {
        const i64 best = greatest(scores);
        if (single && t == score_transform::logistic) scores[0] = sigmoid(s);
        else transform_scores(t, scores);
        const bool there = !single || scores[0] >= (t == score_transform::none ? 0 : 0.5);
        labels().store(there ? best : -1, c.output(0), r);
      }
    });
    return {};
  }

 private:
  class_labels labels() const { return {classlabels_ints, classlabels_strings}; }
  linear_function function() const { return {coefficients.value, intercepts}; }
};

/// One linear function per target.
struct LinearRegressor {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  floats coefficients{}, intercepts{};
  std::string post_transform = "NONE";
  i64 targets = 1;

  status validate() const { return told(transform_of(post_transform)); }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    const auto sets = function().sets((*rows).columns);
    if (!sets.has_value()) return std::unexpected(sets.error());
    if (*sets != targets) return c.invalid({"coefficients for ", *sets, " targets, and targets is ", targets});
    return c.output(0, dtype::f32, {(*rows).rows, targets});
  }
  i64 scratch(std::span<const known> in, bool) const { return score_scratch(in, targets); }
  double macs(std::span<const known> in, std::span<const known>) const { return function().macs(in[0].dims); }
  status run(run_context& c) const {
    score_rows(c, 0, targets, [&](std::span<double> x, std::span<double> scores, i64) {
      function()(x, scores);
      transform_scores(*transform_of(post_transform), scores);
    });
    return {};
  }

 private:
  linear_function function() const { return {coefficients, intercepts}; }
};

using ml_linear = list<LinearClassifier, LinearRegressor>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
