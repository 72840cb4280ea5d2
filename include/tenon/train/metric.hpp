// Metrics: what is measured of a model's answers beside what it is trained for. A metric is a struct with a name
// that says how much of it a batch has; the means are the learner's.
#pragma once

#include "../ops/search.hpp"
#include "../ops/logic.hpp"
#include "../data/dataset.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

/// A batch and what the model made of it.
struct outcome {
  const data::batch& given;
  const variable& answer;
  double loss;  ///< mean of the batch
};
/// A sum over so many things; the metric's value is their mean.
struct part_sum {
  double sum = 0;
  i64 count = 0;
  part_sum& operator+=(const part_sum& o) {
    sum += o.sum, count += o.count;
    return *this;
  }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

template <class M>
concept metric = requires(const M& m, const outcome& o) {
  { M::name } -> std::convertible_to<std::string_view>;
  { m(o) } -> std::same_as<part_sum>;
};

/// What training makes small: the mean over the examples.
struct Loss {
  static constexpr std::string_view name = "loss";
  part_sum operator()(const outcome& o) const {
    const i64 n = o.given.size();
    return {o.loss * static_cast<double>(n), n};
  }
};

/// How often the class with the highest score is the target: scores [n, classes, ...], targets [n, ...] of integers.
struct Accuracy {
  static constexpr std::string_view name = "accuracy";
  part_sum operator()(const outcome& o) const {
    const any_tensor best = arg_max(o.answer.value(), {.axis = 1, .keepdims = false});
    const any_tensor right = equal(best, cast(o.given.targets.value(), best.type()));
    const bool* hit = right.as<bool>();
    return {static_cast<double>(std::count(hit, hit + right.size(), true)), right.size()};
  }
};

}  // namespace tenon::train
TENON_COLD_END
