// ArrayFeatureExtractor, Binarizer, FeatureVectorizer, Imputer, Normalizer, Scaler: what is done to features before a
// model sees them.
#pragma once

#include <limits>

#include "elements.hpp"
#include "ml_scores.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The elements of the last axis that Y names. Of one dimension comes one row.
struct ArrayFeatureExtractor {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types | dtype_set{dtype::string};
  static constexpr auto inputs = "X:T Y:I", outputs = "Z:T";

  status infer(infer_context& c) const {
    shape z = c.dims(0);
    if (z.empty()) return c.invalid({"X is a scalar, which has no features"});
    if (count(c.dims(1)) == 0) return c.invalid({"Y of shape ", c.dims(1), " names no feature"});
    if (z.rank() == 1) z.insert(0, 1);
    z[z.rank() - 1] = count(c.dims(1));
    return c.output(0, z);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &y = c.input(1);
    const i64 features = x.dims.back(), n = y.size(), rows = c.output(0).dims.back() == 0 ? 0 : count(c.output(0).dims) / n;
    for (i64 i = 0; i < n; ++i)
      if (const i64 at = y.as<i64>()[i]; at < 0 || at >= features) return bad_index(y, i, x.rank() - 1, x.dims);
    for (i64 r = 0; r < rows; ++r) gather_rows(shifted(x, r * features), y.as<i64>(), n, 1, c.output(0), r * n);
    return {};
  }
};

/// 1 where X is above the threshold, else 0.
struct Binarizer {
  using kind = kinds::unary;
  using gradient = no_gradient;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  float threshold = 0;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x > limit<T>(), T(1), decltype(x)(T(0)));
  }

 private:
  /// For integers the next one below, which makes the same difference; NaN is above all.
  template <class T>
  T limit() const {
    if constexpr (std::is_floating_point_v<T>) return T(threshold);
    const double whole = floor(static_cast<double>(threshold));
    constexpr T most = std::numeric_limits<T>::max();
    if (whole < -static_cast<double>(most)) return std::numeric_limits<T>::min();
    return whole < static_cast<double>(most) ? static_cast<T>(whole) : most;
  }
};

/// Rows of several inputs behind each other, each cut or filled up with zeros to the length that is said.
struct FeatureVectorizer {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T*", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  ints inputdimensions{};

  status infer(infer_context& c) const {
    if (!inputdimensions.empty() && static_cast<int>(inputdimensions.size()) != c.inputs())
      return c.invalid({"inputdimensions has ", inputdimensions.size(), " lengths for ", c.inputs(), " inputs"});
    i64 columns = 0;
    for (int i = 0; i < c.inputs(); ++i) {
      const i64 n = length(i, c.dims(i));
      if (c.rank(i) == 0 || rows_in(c.dims(i)) != rows_in(c.dims(0)))
        return c.invalid({"X of shapes ", c.dims(0), " and ", c.dims(i), " have no rows in common"});
      if (n < 0 || __builtin_add_overflow(columns, n, &columns)) return c.invalid({"inputdimensions has ", n, " in it"});
    }
    return c.output(0, dtype::f32, {rows_in(c.dims(0)), columns});
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    std::fill_n(y.as<float>(), y.size(), 0.0f);
    i64 to = 0;
    for (int i = 0; i < c.inputs(); ++i) {
      const any_view& x = c.input(i);
      const i64 have = columns_in(x.dims), n = length(i, x.dims);
      for (i64 r = 0; r < y.dims[0]; ++r)
        kernels::cast(x.type, x.bytes + r * have * size_of(x.type), dtype::f32, y.as<float>() + r * y.dims[1] + to, std::min(have, n));
      to += n;
    }
    return {};
  }

 private:
  static i64 rows_in(const shape& s) { return s.rank() < 2 ? 1 : s[0]; }
  static i64 columns_in(const shape& s) { return count(s.rank() < 2 ? s : s.from(1)); }
  i64 length(int i, const shape& s) const { return inputdimensions.empty() ? columns_in(s) : inputdimensions[static_cast<unsigned>(i)]; }
};

/// A value for another, which may be NaN: one for all features, or one for each.
struct Imputer {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:T";

  floats imputed_value_floats{};
  ints imputed_value_int64s{};
  float replaced_value_float = 0;
  i64 replaced_value_int64 = 0;

  status validate() const {
    if (imputed_value_floats.empty() != imputed_value_int64s.empty()) return {};
    return fail(code::invalid, {imputed_value_floats.size(), " imputed floats and ", imputed_value_int64s.size(), " imputed integers where one kind is expected"});
  }
  status infer(infer_context& c) const {
    const bool real = dtypes::floating.has(c.type(0));
    const std::size_t n = real ? imputed_value_floats.size() : imputed_value_int64s.size();
    if (n == 0) return c.invalid({"X is ", name(c.type(0)), ", and the imputed values are ", real ? "integers" : "floats"});
    if (n != 1 && (c.rank(0) == 0 || static_cast<i64>(n) != c.dims(0).back()))
      return c.invalid({n, " imputed values for X of shape ", c.dims(0)});
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    dispatch<feature_types>(x.type, [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>) replace<T>(c, imputed_value_floats, replaced_value_float);
      else replace<T>(c, imputed_value_int64s, replaced_value_int64);
    });
    return {};
  }

 private:
  template <class T, class A>
  static void replace(run_context& c, const std::vector<A>& by, A wanted) {
    const T* const x = c.input(0).as<T>();
    for (i64 i = 0; i < c.input(0).size(); ++i) {
      const bool same = static_cast<A>(x[i]) == wanted || (x[i] != x[i] && wanted != wanted);
      c.output(0).as<T>()[i] = same ? static_cast<T>(by[static_cast<std::size_t>(i) % by.size()]) : x[i];
    }
  }
};

/// Rows divided by their greatest element, the sum of their absolute elements, or their length; by 0 nothing is divided.
struct Normalizer {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  std::string norm = "MAX";

  status validate() const {
    if (norm == "MAX" || norm == "L1" || norm == "L2") return {};
    return fail(code::invalid, {"norm '", norm, "' is unknown"});
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    return rows.has_value() ? c.output(0, dtype::f32, c.dims(0)) : std::unexpected(rows.error());
  }
  i64 scratch(std::span<const known> in, bool) const { return score_scratch(in, in[0].dims.empty() ? 0 : in[0].dims.back()); }
  status run(run_context& c) const {
    score_rows(c, 0, c.output(0).dims.back(), [&](std::span<double> x, std::span<double> to, i64) {
      double by = norm == "MAX" ? x[0] : 0;
      for (double v : x) by = norm == "MAX" ? std::max(by, v) : by + (norm == "L1" ? abs(v) : v * v);
      if (norm == "L2") by = sqrt(by);
      for (std::size_t i = 0; i < x.size(); ++i) to[i] = by == 0 ? x[i] : x[i] / by;
    });
    return {};
  }
};

/// (X - offset) * scale, each one for all features or one for each.
struct Scaler {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  floats offset{}, scale{};

  status infer(infer_context& c) const {
    const i64 features = c.rank(0) == 0 ? 1 : c.dims(0).back();
    for (const floats* a : {&offset, &scale})
      if (a->size() > 1 && static_cast<i64>(a->size()) != features)
        return c.invalid({a == &scale ? "scale" : "offset", " has ", a->size(), " numbers for X of shape ", c.dims(0)});
    return c.output(0, dtype::f32, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return in[0].dims.empty() ? doubles(1) : doubles(in[0].dims.back()); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const i64 features = x.rank() == 0 ? 1 : x.dims.back();
    const std::span row(reinterpret_cast<double*>(c.scratch()), static_cast<std::size_t>(features));
    const auto of = [](const floats& a, std::size_t i, double otherwise) { return a.empty() ? otherwise : static_cast<double>(a[a.size() == 1 ? 0 : i]); };
    for (i64 r = 0; features > 0 && r < x.size() / features; ++r) {
      load_row(x, r, row);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = (row[i] - of(offset, i, 0)) * of(scale, i, 1);
      store_row(row, c.output(0), r);
    }
    return {};
  }
};

using ml_features = list<ArrayFeatureExtractor, Binarizer, FeatureVectorizer, Imputer, Normalizer, Scaler>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
