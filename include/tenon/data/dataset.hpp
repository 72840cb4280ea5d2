// Datasets: examples that are asked for by number, a batch at a time. Any struct with `size` and `batch` is one:
//
//   struct Photographs {
//     i64 size() const;                                            // examples, numbered from 0
//     data::batch batch(std::span<const i64> which) const;         // these, in this order
//   };
#pragma once

#include "../autodiff/variable.hpp"
#include "../ops/gather.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::data {

/// Some examples: what a model is given and what it should answer; the first dimension of both counts them.
struct batch {
  variable inputs;
  variable targets;
  i64 size() const { return inputs.dims()[0]; }
};

template <class D>
concept dataset = requires(const D& d, std::span<const i64> which) {
  { d.size() } -> std::convertible_to<i64>;
  { d.batch(which) } -> std::same_as<batch>;
};

/// The rows of a tensor with these numbers, each below its first dimension.
inline variable rows(const variable& of, std::span<const i64> which) {
  return gather(of.value(), tensor<i64>({static_cast<i64>(which.size())}, which));
}

/// Tensors whose rows are the examples. Copies are handles to the same tensors.
class tensor_dataset {
 public:
  tensor_dataset(variable inputs, variable targets) : inputs_(std::move(inputs)), targets_(std::move(targets)) {
    if (inputs_.rank() < 1 || targets_.rank() < 1 || inputs_.dims()[0] != targets_.dims()[0])
      raise({code::invalid, join({"tensor_dataset: inputs of ", inputs_.dims(), " and targets of ", targets_.dims(),
                                  " are not as many examples"})});
  }
  i64 size() const { return inputs_.dims()[0]; }
  data::batch batch(std::span<const i64> which) const { return {rows(inputs_, which), rows(targets_, which)}; }

 private:
  variable inputs_, targets_;
};

/// Some of the examples of a dataset, in an order of their own.
template <dataset D>
class subset {
 public:
  /// Each number is one of the dataset's.
  subset(D all, std::vector<i64> which) : all_(std::move(all)), which_(std::move(which)) {
    for (i64 i : which_)
      if (i < 0 || i >= all_.size())
        raise({code::invalid, join({"subset: there is no example ", i, " in a dataset of ", all_.size()})});
  }
  i64 size() const { return static_cast<i64>(which_.size()); }
  data::batch batch(std::span<const i64> which) const {
    std::vector<i64> of_all;
    for (i64 i : which) of_all.push_back(which_[static_cast<std::size_t>(i)]);
    return all_.batch(of_all);
  }

 private:
  D all_;
  std::vector<i64> which_;
};

}  // namespace tenon::data
TENON_COLD_END
