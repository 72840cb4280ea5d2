#include "tenon/data/split.hpp"

#include <map>
#include <set>

#include "doctest.hpp"

using tenon::i64;
namespace data = tenon::data;

TEST_CASE("a stratified split has as many of each class as its share") {
  std::vector<i64> classes;  // 1001, 1127, ... as MNIST's first digits, mixed
  const i64 counts[] = {101, 113, 99, 103, 98, 3};
  for (i64 i = 0; i < 113; ++i)
    for (i64 c = 0; c < 6; ++c)
      if (i < counts[c]) classes.push_back(c - 2);
  const i64 n = static_cast<i64>(classes.size());
  const auto s = data::stratified_split(classes, 51, {.seed = 1});
  REQUIRE(s.has_value());
  if (!s.has_value()) return;
  CHECK((*s).test.size() == 51);
  CHECK(static_cast<i64>((*s).train.size()) == n - 51);
  std::set<i64> all((*s).train.begin(), (*s).train.end());
  all.insert((*s).test.begin(), (*s).test.end());
  CHECK(static_cast<i64>(all.size()) == n);
  std::map<i64, i64> taken;
  for (i64 i : (*s).test) ++taken[classes[static_cast<std::size_t>(i)]];
  for (i64 c = 0; c < 6; ++c) {
    const double share = 51.0 * static_cast<double>(counts[c]) / static_cast<double>(n);
    CHECK(static_cast<double>(taken[c - 2]) > share - 1);
    CHECK(static_cast<double>(taken[c - 2]) < share + 1);
  }
  const auto again = data::stratified_split(classes, 51, {.seed = 1}), other = data::stratified_split(classes, 51, {.seed = 2});
  CHECK((*again).test == (*s).test);
  CHECK((*other).test != (*s).test);
  CHECK((*data::stratified_split(classes, n, {})).train.empty());
  CHECK((*data::stratified_split({}, 0, {})).test.empty());
  CHECK(data::stratified_split(classes, n + 1, {}).error().message == tenon::join({"stratified_split: ", n + 1, " of ", n, " examples for the test"}));
}

TEST_CASE("what is on both sides is found, by number and by content") {
  const tenon::tensor<tenon::u8> rows({4, 2}, {1, 2, 3, 4, 1, 2, 5, 6});
  CHECK(data::check_disjoint({{0, 2}, {1, 3}}, rows).has_value());
  const auto same = data::check_disjoint({{0, 1}, {2, 3}}, rows);
  REQUIRE(!same.has_value());
  CHECK(same.error().message.ends_with("have the same content, and only one of them is for the test"));
  CHECK(!data::check_disjoint({{0, 1}, {1}}, rows).has_value());
  CHECK(data::check_disjoint({{4}, {}}, rows).error().message == "check_disjoint: there is no example 4 of 4");
}
