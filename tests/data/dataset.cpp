#include "tenon/data/data_loader.hpp"

#include "doctest.hpp"

using tenon::i64;
using tenon::tensor;
namespace data = tenon::data;

namespace {

/// Example i is the number i, and its target -i.
data::tensor_dataset numbers(i64 n) {
  tensor<float> x({n, 1}), y({n});
  for (i64 i = 0; i < n; ++i) x[i, 0] = static_cast<float>(i), y[i] = -static_cast<float>(i);
  return {x, y};
}
template <class D>
std::vector<i64> seen(const data::epoch_batches<D>& epoch) {
  std::vector<i64> all;
  for (i64 i = 0; i < epoch.size(); ++i) {
    const data::batch b = epoch[i];
    for (i64 k = 0; k < b.size(); ++k) {
      all.push_back(static_cast<i64>(b.inputs.value().template as<float>()[k]));
      CHECK(b.targets.value().template as<float>()[k] == -static_cast<float>(all.back()));
    }
  }
  return all;
}
std::vector<i64> sorted(std::vector<i64> v) {
  std::ranges::sort(v);
  return v;
}

}  // namespace

TEST_CASE("an epoch has every example once, in an order of seed and epoch alone") {
  const data::data_loader plain(numbers(7), {.batch_size = 3});
  CHECK(plain.size() == 3);
  CHECK(seen(plain.epoch(0)) == std::vector<i64>{0, 1, 2, 3, 4, 5, 6});
  CHECK(plain.epoch(0)[2].size() == 1);
  const data::data_loader short_of(numbers(7), {.batch_size = 3, .drop_last = true});
  CHECK(seen(short_of.epoch(0)) == std::vector<i64>{0, 1, 2, 3, 4, 5});

  const tenon::random seed{.seed = 5};
  const data::data_loader shuffled(numbers(100), {.batch_size = 8, .shuffle = true, .seed = seed});
  const std::vector<i64> first = seen(shuffled.epoch(0)), second = seen(shuffled.epoch(1));
  CHECK(sorted(first) == seen(data::data_loader(numbers(100)).epoch(0)));
  CHECK(sorted(second) == sorted(first));
  CHECK(first != second);
  CHECK(first != sorted(first));
  CHECK(first == seen(data::data_loader(numbers(100), {.batch_size = 30, .shuffle = true, .seed = seed}).epoch(0)));
  CHECK(first != seen(data::data_loader(numbers(100), {.batch_size = 8, .shuffle = true, .seed = {.seed = 6}}).epoch(0)));
  CHECK(shuffled.epoch(1).numbers(12).size() == 4);
  const data::data_loader none(numbers(0), {.batch_size = 8});
  CHECK(none.size() == 0);
}

TEST_CASE("a subset has its examples only, and may be one of a subset") {
  const data::subset some(numbers(10), {9, 3, 5});
  CHECK(some.size() == 3);
  CHECK(seen(data::data_loader(some).epoch(0)) == std::vector<i64>{9, 3, 5});
  const data::subset fewer(some, {2, 0});
  CHECK(seen(data::data_loader(fewer).epoch(0)) == std::vector<i64>{5, 9});
}
