// Normalisations as onnxruntime fuses them: of a sum with what skipped a layer, and of embeddings.
#pragma once

#include "row_normalization.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// RMSNormalization, before ONNX had it.
struct SimplifiedLayerNormalization {
  using kind = kinds::general;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T scale:T", outputs = "Y:T inv_std_var?:U";
  static constexpr type_variable types[] = {{'U', {dtype::f32}}};
  static constexpr bool widen = true;

  i64 axis = -1;
  float epsilon = 1e-5f;
  i64 stash_type = 1;

  status infer(infer_context& c) const {
    if (status s = normalized_rows::check(axis, c); !s.has_value()) return s;
    shape kept = c.dims(0);
    for (int i = *normalized_axis(axis, kept.rank()); i < kept.rank(); ++i) kept[i] = 1;
    if (status s = c.output(0, c.dims(0)); !s.has_value()) return s;
    return c.output(1, dtype::f32, kept);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    if (x.size() == 0) return {};
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      normalized_rows(x.dims, axis).run(c, x.as<T>(), c.output(0), c.input(1), {}, false, epsilon, -1, 1);
    });
    return {};
  }
};

/// What SkipLayerNormalization and SkipSimplifiedLayerNormalization share: the rows of input + skip + bias,
/// which are an output too.
struct skipped_rows {
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};

  static status infer(infer_context& c) {
    const shape &x = c.dims(0), &skip = c.dims(1);
    if (x.rank() != 2 && x.rank() != 3) return c.invalid({"input must have two or three dimensions, not ", x});
    if (skip.rank() < 2 || skip.back() != x.back() || broadcast(skip, x) != x) return c.invalid({"skip of shape ", skip, " does not fit ", x});
    for (int i = 2; i < c.inputs(); ++i)
      if (c.has(i) && c.dims(i) != shape{x.back()})
        return c.invalid({"input ", i, " must be ", shape{x.back()}, ", not ", c.dims(i)});
    shape kept = x;
    kept[x.rank() - 1] = 1;
    if (status s = c.output(0, x); !s.has_value()) return s;
    for (int i : {1, 2})
      if (status s = c.output(i, dtype::f32, kept); !s.has_value()) return s;
    return c.output(3, x);
  }
  static status run(run_context& c, int beta, int bias, bool centred, float epsilon) {
    const any_view &x = c.input(0), &skip = c.input(1);
    const mutable_any_view& y = c.output(0);
    if (y.size() == 0) return {};
    const normalized_rows r(x.dims, -1);
    const auto given = [&](int i) { return i >= 0 && c.has(i) ? c.input(i) : any_view(); };
    // A skip that repeats does so as a whole: only its first dimensions are missing, or 1.
    if (skip.size() % r.size != 0 || x.size() % skip.size() != 0 || (x.rank() == 3 && skip.dims[skip.rank() - 2] != x.dims[1]))
      return fail(code::unsupported, {"skip of shape ", skip.dims, " repeats within a sequence of ", x.dims});
    const i64 skips = skip.size() / r.size;
    const float* const add = given(bias) ? c.input(bias).as<float>() : nullptr;
    float* const sum = c.outputs() > 3 && c.output(3) ? c.output(3).as<float>() : y.as<float>();
    for (i64 i = 0; i < r.rows; ++i)
      kernels::add_row(x.as<float>() + i * r.size, skip.as<float>() + i % skips * r.size, add, sum + i * r.size, r.size);
    r.run<float>(c, sum, y, c.input(2), given(beta), centred, epsilon, 1, 2);
    return {};
  }
};

/// output = LayerNormalization(input + skip + bias), along the last dimension.
struct SkipLayerNormalization {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = skipped_rows::dtypes;
  static constexpr auto inputs = "input:T skip:T gamma:T beta?:T bias?:T";
  static constexpr auto outputs = "output:T mean?:U inv_std_var?:U input_skip_bias_sum?:T";
  static constexpr type_variable types[] = {{'U', {dtype::f32}}};
  static constexpr bool widen = true;

  float epsilon = 1e-12f;

  status infer(infer_context& c) const { return skipped_rows::infer(c); }
  status run(run_context& c) const { return skipped_rows::run(c, 3, 4, true, epsilon); }
};

/// output = RMSNormalization(input + skip + bias), along the last dimension.
struct SkipSimplifiedLayerNormalization {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = skipped_rows::dtypes;
  static constexpr auto inputs = "input:T skip:T gamma:T bias?:T";
  static constexpr auto outputs = "output:T mean?:U inv_std_var?:U input_skip_bias_sum?:T";
  static constexpr type_variable types[] = {{'U', {dtype::f32}}};
  static constexpr bool widen = true;

  float epsilon = 1e-12f;

  status infer(infer_context& c) const { return skipped_rows::infer(c); }
  status run(run_context& c) const { return skipped_rows::run(c, -1, 3, false, epsilon); }
};

/// The embeddings of words, positions and segments, summed and normalised; how many words the mask leaves.
struct EmbedLayerNormalization {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16};
  static constexpr auto inputs = "input_ids:M segment_ids?:M word_embedding:T position_embedding:T segment_embedding?:T gamma:T beta:T "
                                 "mask?:M position_ids?:M";
  static constexpr auto outputs = "output:T mask_index?:M embedding_sum?:T";
  static constexpr type_variable types[] = {{'M', {dtype::i32}}};
  static constexpr bool widen = true;

  float epsilon = 1e-12f;
  std::optional<i64> mask_index_type{};

  status infer(infer_context& c) const {
    const shape& ids = c.dims(0);
    if (ids.rank() != 2) return c.invalid({"input_ids must have two dimensions, not ", ids});
    if (c.has(1) != c.has(4)) return c.invalid({"segment_ids and segment_embedding come together"});
    if (c.rank(2) != 2) return c.invalid({"word_embedding must have two dimensions, not ", c.dims(2)});
    const i64 width = c.dims(2)[1];
    for (int i : {3, 4})
      if (c.has(i) && (c.rank(i) != 2 || c.dims(i)[1] != width))
        return c.invalid({"embeddings ", c.dims(i), " do not fit ", c.dims(2)});
    for (int i : {5, 6})
      if (c.dims(i) != shape{width}) return c.invalid({"gamma and beta must be ", shape{width}, ", not ", c.dims(i)});
    for (int i : {1, 7, 8})
      if (c.has(i) && c.dims(i) != ids && !(i == 8 && c.dims(i) == shape{1, ids[1]}))
        return c.invalid({"input ", i, " of shape ", c.dims(i), " does not fit input_ids ", ids});
    const shape out{ids[0], ids[1], width};
    if (status s = c.output(0, out); !s.has_value()) return s;
    if (status s = c.output(1, shape{ids[0]}); !s.has_value()) return s;
    return c.output(2, out);
  }
  status run(run_context& c) const {
    const any_view& ids = c.input(0);
    const mutable_any_view& y = c.output(0);
    const i64 length = ids.dims[1], width = c.input(2).dims[1];
    if (c.outputs() > 1 && c.output(1))
      for (i64 b = 0; b < ids.dims[0]; ++b)
        c.output(1).as<i32>()[b] = c.has(7) ? static_cast<i32>(std::count(c.input(7).as<i32>() + b * length, c.input(7).as<i32>() + (b + 1) * length, 1)) : 0;
    float* const sums = c.outputs() > 2 && c.output(2) ? c.output(2).as<float>() : y.as<float>();
    for (i64 i = 0; i < ids.size(); ++i) {
      const float* rows[3] = {};
      const auto find = [&](int table, i64 at) -> status {
        const i64 size = c.input(table).dims[0];
        if (at < 0 || at >= size) return fail(code::invalid, {"row ", at, " of ", EmbedLayerNormalization::title(table), ", which has ", size});
        rows[table - 2] = c.input(table).as<float>() + at * width;
        return {};
      };
      const i64 place = c.has(8) ? c.input(8).as<i32>()[i % c.input(8).size()] : i % length;
      if (status s = find(2, ids.as<i32>()[i]); !s.has_value()) return s;
      if (status s = find(3, place); !s.has_value()) return s;
      if (c.has(4))
        if (status s = find(4, c.input(1).as<i32>()[i]); !s.has_value()) return s;
      kernels::add_row(rows[0], rows[1], rows[2], sums + i * width, width);
    }
    if (y.size() > 0) normalized_rows(y.dims, -1).run<float>(c, sums, y, c.input(5), c.input(6), true, epsilon);
    return {};
  }

 private:
  static constexpr std::string_view title(int input) { return input == 2 ? "word_embedding" : input == 3 ? "position_embedding" : "segment_embedding"; }
};

using microsoft_normalization = list<SimplifiedLayerNormalization, SkipLayerNormalization, SkipSimplifiedLayerNormalization, EmbedLayerNormalization>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
