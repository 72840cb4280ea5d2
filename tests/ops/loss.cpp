// Losses: cases against logarithms of probabilities over indices, and what they say about wrong labels.
#include "tenon/ops/loss.hpp"

#include "../reference/reduce.hpp"
#include "trial.hpp"

namespace tests::ops {

using tenon::ops::NegativeLogLikelihoodLoss;
using tenon::ops::SoftmaxCrossEntropyLoss;

namespace {

template <class Op>
void lose(trial& t, const shape& dims, const std::string& reduction, bool weighted, std::optional<i64> ignored) {
  constexpr bool crossed = std::is_same_v<Op, SoftmaxCrossEntropyLoss>;
  shape label_dims = dims;
  label_dims.erase(1);
  table x = t.draw(dims), log_p(t.type, dims), weights = t.draw({dims[1]}, 1, 4);
  table labels(t.runs % 2 == 0 ? dtype::i64 : dtype::i32, label_dims);
  for (i64 i = 0; i < count(label_dims); ++i)
    labels.all[static_cast<std::size_t>(8 + i)] =
        number::of(ignored && t.random.between(0, 2) == 0 ? *ignored : t.random.between(0, dims[1] - 1));
  if (crossed)
    reference::groups(x, 2, [&](const shape& k, const std::vector<number>& all) {
      std::vector<double> reals;
      for (const number& v : all) reals.push_back(v.real);
      shape i = k;
      for (double v : reference::softmax(reals, true)) log_p[i] = v, ++i[1];
    });
  table y(t.type, reduction == "none" ? label_dims : shape{});
  double sum = 0, total = 0;
  each(label_dims, [&](const shape& i) {
    const i64 label = static_cast<i64>(labels[i].integer);
    shape at = i;
    at.insert(1, label);
    double loss = 0;
    if (!ignored || label != *ignored) {
      const double w = weighted ? weights[{label}].real : 1;
      loss = -(crossed ? log_p[at] : x[at]).real * w;
      sum += loss, total += w;
    }
    if (reduction == "none") y[i] = loss;
  });
  if (reduction != "none") y.all[8] = reduction == "sum" ? sum : sum / total;
  const Op o{.reduction = reduction, .ignore_index = ignored};
  const int ulps = t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 1;
  t.near = t.type == dtype::f64 ? 1e-14 : 1e-6;
  const table* in[] = {&x, &labels, &weights};
  const table* out[] = {&y, &log_p};
  t.expect(&o, std::span(in).first(weighted ? 3 : 2), std::span(out).first(crossed && t.runs % 3 != 0 ? 2 : 1), ulps);
}
template <class Op>
void loss_cases(trial& t) {
  for (const char* reduction : {"none", "sum", "mean"})
    for (bool weighted : {false, true})
      for (std::optional<i64> ignored : {std::optional<i64>{}, std::optional<i64>{-100}, std::optional<i64>{1}}) {
        lose<Op>(t, {3, 5}, reduction, weighted, ignored);
        lose<Op>(t, {2, 3, 4}, reduction, weighted, ignored);
        lose<Op>(t, {2, 4, 3, 2}, reduction, weighted, ignored);
      }
  lose<Op>(t, {0, 3}, "sum", false, {}), lose<Op>(t, {1, 1}, "none", false, {});
}
const by_reference nll_reference(cases{"NegativeLogLikelihoodLoss", loss_cases<NegativeLogLikelihoodLoss>});
const by_reference cross_entropy_reference(cases{"SoftmaxCrossEntropyLoss", loss_cases<SoftmaxCrossEntropyLoss>});

}  // namespace

TEST_CASE("losses say which label is no class") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  for (const char* op : {"NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"}) {
    const auto says = [&](const any_view& labels, const any_view& weights = {}) {
      const std::string all = complaint(op, nullptr, {x, labels, weights});
      return all.empty() ? all : all.substr(std::string_view(op).size() + 2);
    };
    CHECK(says(tensor<i64>({2}, {0, 2})) == "");
    CHECK(says(tensor<i64>({2}, {0, 3})) == "label 3 is not one of 3 classes");
    CHECK(says(tensor<i32>({2}, {-1, 0})) == "label -1 is not one of 3 classes");
    CHECK(says(tensor<i64>({3}, {0, 0, 0})) == "labels of shape [3] do not fit [2,3]");
    CHECK(says(tensor<i64>({2}, {0, 0}), tensor<float>({2}, {1, 1})) == "weights of shape [2] do not fit 3 classes");
  }
  const NegativeLogLikelihoodLoss o{.reduction = "median"};
  CHECK(complaint("NegativeLogLikelihoodLoss", &o, {x, tensor<i64>({2}, {0, 0})}) ==
        "NegativeLogLikelihoodLoss: reduction 'median' is unknown");
}

}  // namespace tests::ops
