// A dataset in batches, in an order that is a function of the seed and the epoch alone: whoever knows both and a
// step's number can go on from there.
#pragma once

#include <numeric>

#include "../core/random.hpp"
#include "dataset.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::data {

struct data_loader_options {
  i64 batch_size = 32;
  bool shuffle = false;     ///< another order in every epoch, else the dataset's
  random seed{};            ///< of the orders
  bool drop_last = false;   ///< leaves out the batch that would be smaller than the others
};

/// The batches of one epoch; the dataset must outlive it.
template <dataset D>
class epoch_batches {
 public:
  epoch_batches(const D& from, std::vector<i64> order, i64 batch_size, i64 count)
      : from_(from), order_(std::move(order)), batch_size_(batch_size), count_(count) {}
  i64 size() const { return count_; }
  /// Batch i, 0 <= i < size().
  data::batch operator[](i64 i) const { return from_.batch(numbers(i)); }
  /// The numbers of its examples.
  std::span<const i64> numbers(i64 i) const {
    const i64 start = i * batch_size_, n = std::min(batch_size_, static_cast<i64>(order_.size()) - start);
    return std::span(order_).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(n));
  }

 private:
  const D& from_;
  std::vector<i64> order_;
  i64 batch_size_, count_;
};

template <dataset D>
class data_loader {
 public:
  explicit data_loader(D from, data_loader_options options = {}) : from_(std::move(from)), options_(options) {
    if (options_.batch_size < 1)
      raise({code::invalid, join({"data_loader: batches of ", options_.batch_size, " examples; at least 1 is needed"})});
  }
  const D& all() const { return from_; }
  const data_loader_options& options() const { return options_; }
  /// Batches of an epoch.
  i64 size() const {
    const i64 n = from_.size(), whole = n / options_.batch_size;
    return whole + (!options_.drop_last && n % options_.batch_size != 0);
  }
  epoch_batches<D> epoch(i64 number) const {
    std::vector<i64> order(static_cast<std::size_t>(from_.size()));
    std::iota(order.begin(), order.end(), 0);
    if (options_.shuffle) options_.seed.at(join({"epoch ", number})).shuffle(std::span(order));
    return {from_, std::move(order), options_.batch_size, size()};
  }

 private:
  D from_;
  data_loader_options options_;
};

}  // namespace tenon::data
TENON_COLD_END
