// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: how far predictions are from labels.
#pragma once

#include "../kernels/softmax.hpp"
#include "cast.hpp"
#include "reduce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What the losses share: input 1 holds labels, input 2 may hold a weight for each class.
struct class_loss {
  std::string_view reduction;
  std::optional<i64> ignored;

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &labels = c.dims(1);
    if (reduction != "none" && reduction != "sum" && reduction != "mean") return c.invalid({"reduction '", reduction, "' is unknown"});
    if (x.rank() < 2) return c.invalid({"needs [N, C, ...], not ", x});
    shape want = x;
    want.erase(1);
    if (labels != want) return c.invalid({"labels of shape ", labels, " do not fit ", x});
    if (c.has(2) && c.dims(2) != shape{x[1]}) return c.invalid({"weights of shape ", c.dims(2), " do not fit ", x[1], " classes"});
    return c.output(0, reduction == "none" ? labels : shape{});
  }
  /// From logarithms of probabilities.
  status run(run_context& c, const std::byte* log_p) const {
    status s;
    dispatch<dtype_set{dtype::f32, dtype::f64}>(c.input(0).type, [&]<class T>() { s = add<T>(c, reinterpret_cast<const T*>(log_p)); });
    return s;
  }
  /// Of the logarithms: minus the weight of its label at each.
  auto gradient(const auto& c) const {
    const shape x = c.input(0).dims();
    shape column = shape::filled(x.rank() - 1, 1), labels = x;
    column[0] = x[1], labels[1] = 1;
    const auto target = reshape(cast(c.input(1), dtype::i64), labels, {.allowzero = true});
    auto weight = cast(target == c.numbers(column), c.dy().type());
    if (c.has(2)) weight = weight * reshape(c.input(2), column, {.allowzero = true});
    if (ignored) weight = select(target == static_cast<double>(*ignored), 0, weight);
    if (reduction == "none") return -weight * reshape(c.dy(), labels, {.allowzero = true});
    return -weight * (reduction == "sum" ? c.dy() : c.dy() / apply(ReduceSum{.keepdims = false}, weight));
  }

 private:
  template <class T>
  status add(run_context& c, const T* log_p) const {
    const any_view& labels = c.input(1);
    const shape& x = c.input(0).dims;
    const i64 classes = x[1], inner = count(x.from(2)), n = labels.size();
    const T* const weights = c.has(2) ? c.input(2).as<T>() : nullptr;
    T* const y = c.output(0).as<T>();
    const bool each = reduction == "none";
    double sum = 0, total = 0;
    for (i64 i = 0; i < n; ++i) {
      const i64 label = labels.type == dtype::i64 ? labels.as<i64>()[i] : labels.as<i32>()[i];
      T loss = 0;
      if (!ignored || label != *ignored) {
        if (label < 0 || label >= classes) return fail(code::invalid, {"label ", label, " is not one of ", classes, " classes"});
        const T weight = weights == nullptr ? T(1) : weights[label];
        loss = -log_p[(i / inner * classes + label) * inner + i % inner] * weight;
        sum += static_cast<double>(loss);
        total += static_cast<double>(weight);
      }
      if (each) y[i] = loss;
    }
    if (!each) *y = static_cast<T>(reduction == "sum" ? sum : sum / total);
    return {};
  }
};

/// -input[n, target[n]] * weight[target[n]], for each, summed, or divided by the sum of weights.
struct NegativeLogLikelihoodLoss {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T target:L weight?:T", outputs = "loss:T";
  static constexpr type_variable types[] = {{'L', dtypes::index}};
  static constexpr bool widen = true;

  std::string reduction = "mean";
  std::optional<i64> ignore_index{};

  status infer(infer_context& c) const { return class_loss{reduction, ignore_index}.infer(c); }
  status run(run_context& c) const { return class_loss{reduction, ignore_index}.run(c, c.input(0).bytes); }
  auto gradient(int i, const auto& c) const { return i == 0 ? class_loss{reduction, ignore_index}.gradient(c) : c.none(); }
};

/// The same of log(Softmax(scores)) along axis 1, which is the second output.
struct SoftmaxCrossEntropyLoss {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "scores:T labels:L weights?:T", outputs = "output:T log_prob?:T";
  static constexpr type_variable types[] = {{'L', dtypes::index}};
  static constexpr bool widen = true;

  std::string reduction = "mean";
  std::optional<i64> ignore_index{};

  status infer(infer_context& c) const {
    if (status s = class_loss{reduction, ignore_index}.infer(c); !s.has_value()) return s;
    return c.output(1, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return detail::bytes_of(in[0].dims, size_of(compute_dtype(in[0].type))); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    std::byte* const log_p = c.outputs() > 1 && c.output(1) ? c.output(1).bytes : c.scratch();
    kernels::softmax({x.bytes, x.type, x.type, x.strides}, {log_p, x.type, x.type, contiguous_strides(x.dims)}, x.dims, 1, true);
    return class_loss{reduction, ignore_index}.run(c, log_p);
  }
  auto gradient(int i, const auto& c) const {
    if (i != 0) return c.none();
    auto d = class_loss{reduction, ignore_index}.gradient(c);
    if (c.used(1)) d = d + c.dy(1);
    return d - exp(c.output(1)) * apply(ReduceSum{}, d, tensor<i64>({1}, {1}));
  }
};

using losses = list<NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss>;

}  // namespace ops

auto softmax_cross_entropy_loss(const operand auto& scores, const operand auto& labels,
                                      const ops::SoftmaxCrossEntropyLoss& o = {}) {
  return apply(o, scores, labels);
}
auto negative_log_likelihood_loss(const operand auto& x, const operand auto& target,
                                        const ops::NegativeLogLikelihoodLoss& o = {}) {
  return apply(o, x, target);
}

}  // namespace tenon
TENON_COLD_END
