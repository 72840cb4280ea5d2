// FlexAttention: attention whose scores and weights graphs of the model may change.
#pragma once

#include "arithmetic.hpp"
#include "cast.hpp"
#include "matmul.hpp"
#include "softmax.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = prob_mod(softmax(score_mod(scale Q K'))) V for every head, made of other operators.
struct FlexAttention {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.preview";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "Q:T K:T V:T captured?:**", outputs = "Y:T";

  optional_body prob_mod{};
  std::optional<float> scale{};
  optional_body score_mod{};
  dtype softmax_precision = dtype::none;

  status produce(produce_context& c) const {
    const any_view &q = c.input(0), &k = c.input(1), &v = c.input(2);
    if (q.rank() != 4 || k.rank() != 4 || v.rank() != 4 || k.dims[3] != q.dims[3] || k.dims[0] != q.dims[0] || v.dims[0] != q.dims[0] ||
        v.dims[1] != k.dims[1] || v.dims[2] != k.dims[2])
      return c.invalid({"Q ", q.dims, ", K ", k.dims, " and V ", v.dims, " do not fit"});
    const i64 batch = q.dims[0], heads = q.dims[1], shared = k.dims[1], length = q.dims[2], total = k.dims[2];
    if (shared == 0 ? heads != 0 : heads % shared != 0) return c.invalid({"Q ", q.dims, " and K ", k.dims, " have ", heads, " heads for ", shared});
    const dtype precision = softmax_precision != dtype::none ? softmax_precision : q.type == dtype::f64 ? dtype::f64 : dtype::f32;
    if (!dtypes.has(precision)) return fail(code::unsupported, {"softmax_precision ", name(precision), " is not supported"});
    // Query heads that share a key head lie one after the other: they are further rows of one product.
    const i64 rows = shared == 0 ? 0 : heads / shared * length;
    const shape per_head{batch, heads, length, total}, per_group{batch, shared, rows, total};

    const double factor = scale ? static_cast<double>(*scale) : 1 / sqrt(static_cast<double>(q.dims[3]));
    any_tensor by(precision, shape{});
    kernels::cast(dtype::f64, &factor, precision, by.data(), 1);
    auto queries = apply_here(c, Cast{.to = precision}, {q});
    if (queries.has_value()) queries = apply_here(c, Mul{}, {*queries, by});
    if (!queries.has_value()) return std::unexpected(queries.error());
    auto keys = apply_here(c, Cast{.to = precision}, {k});
    if (!keys.has_value()) return std::unexpected(keys.error());
    any_view across = *keys;
    std::swap(across.dims[2], across.dims[3]);
    std::swap(across.strides[2], across.strides[3]);
    auto scores = apply_here(c, MatMul{}, {any_view(precision, {batch, shared, rows, q.dims[3]}, (*queries).data()), across});
    if (!scores.has_value()) return std::unexpected(scores.error());
    c.drop(std::move(*queries)), c.drop(std::move(*keys));

    any_view at(precision, per_head, (*scores).data());
    if (status s = change(c, score_mod, "score_mod", at); !s.has_value()) return s;
    auto weights = apply_here(c, Softmax{}, {at});
    if (!weights.has_value()) return std::unexpected(weights.error());
    at = *weights;
    if (status s = change(c, prob_mod, "prob_mod", at); !s.has_value()) return s;
    if (!at.contiguous()) {
      if (status s = bodies_copy(c, at, *scores); !s.has_value()) return s;
      at = *scores;
    }
    auto values = apply_here(c, Cast{.to = precision}, {v});
    if (!values.has_value()) return std::unexpected(values.error());
    auto y = apply_here(c, MatMul{}, {any_view(precision, per_group, at.bytes), *values});
    if (!y.has_value()) return std::unexpected(y.error());
    c.drop(std::move(*scores)), c.drop(std::move(*weights)), c.drop(std::move(*values));
    auto out = c.make(q.type, {batch, heads, length, v.dims[3]});
    if (!out.has_value()) return std::unexpected(out.error());
    kernels::cast(precision, (*y).data(), q.type, (*out).data(), (*out).size());
    c.output(0) = std::move(*out);
    c.drop(std::move(*y));
    return {};
  }

 private:
  template <described Op>
  static result<any_tensor> apply_here(produce_context& c, const Op& op, std::initializer_list<any_view> in) {
    return c.hold(try_apply(info_of<Op>, &op, std::span(in.begin(), in.size()), {.from = c.from(), .limit = c.left()}));
  }
  /// What a graph makes of `at`, which holds until its next run.
  static status change(produce_context& c, const optional_body& graph, std::string_view whose, any_view& at) {
    if (graph.value == nullptr) return {};
    if (graph.value->inputs() != 1 || graph.value->outputs() != 1)
      return c.invalid({whose, " has ", graph.value->inputs(), " inputs and ", graph.value->outputs(), " outputs where one of each is expected"});
    const auto out = c.run(*graph.value, std::span(&at, 1));
    if (!out.has_value()) return std::unexpected(out.error());
    const any_view made = (*out)[0];
    if (made.type != at.type || made.dims != at.dims)
      return c.invalid({whose, " makes ", name(made.type), " ", made.dims, " of ", name(at.type), " ", at.dims});
    at = made;
    return {};
  }
  static status bodies_copy(produce_context& c, const any_view& from, any_tensor& to) {
    auto t = c.make(from.type, from.dims);
    if (!t.has_value()) return std::unexpected(t.error());
    copy_elements(from, (*t).edit());
    c.drop(std::exchange(to, std::move(*t)));
    return {};
  }
};

using flexible_attention = list<FlexAttention>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
