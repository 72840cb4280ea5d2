// Which examples are for training and which for the test.
#pragma once

#include <numeric>

#include "../core/random.hpp"
#include "../core/value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::data {

/// Numbers of examples, each in one of the lists.
struct split {
  std::vector<i64> train, test;
};

/// A split with `test` examples for the test, drawn within each class, so that both lists have a class as often
/// as its share of all (largest remainders: none is off by a whole example). Classes may be any numbers.
inline result<split> stratified_split(std::span<const i64> classes, i64 test, const random& r) {
  const i64 n = static_cast<i64>(classes.size());
  if (test < 0 || test > n) return fail(code::invalid, {"stratified_split: ", test, " of ", n, " examples for the test"});
  std::vector<i64> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  const auto label = [&](i64 i) { return classes[static_cast<std::size_t>(i)]; };
  std::ranges::sort(order, {}, [&](i64 i) { return std::pair(label(i), i); });

  struct group {
    std::span<i64> members;
    i64 taken, remainder;
  };
  std::vector<group> groups;
  i64 left = test;
  for (std::size_t start = 0, stop = 0; start < order.size(); start = stop) {
    while (stop < order.size() && label(order[stop]) == label(order[start])) ++stop;
    const i64 size = static_cast<i64>(stop - start);
    const auto share = static_cast<unsigned __int128>(size) * static_cast<u64>(test);
    groups.push_back({std::span(order).subspan(start, stop - start), static_cast<i64>(share / static_cast<u64>(n)),
                      static_cast<i64>(share % static_cast<u64>(n))});
    left -= groups.back().taken;
  }
  std::vector<group*> by_remainder;
  for (group& g : groups) by_remainder.push_back(&g);
  std::ranges::sort(by_remainder, {}, [](const group* g) { return std::pair(-g->remainder, g); });
  for (std::size_t i = 0; left > 0; ++i, --left) ++by_remainder[i]->taken;

  split s;
  for (const group& g : groups) {
    r.at(join({"class ", label(g.members[0])})).shuffle(g.members);
    const auto taken = static_cast<std::size_t>(g.taken);
    s.test.insert(s.test.end(), g.members.begin(), g.members.begin() + static_cast<std::ptrdiff_t>(taken));
    s.train.insert(s.train.end(), g.members.begin() + static_cast<std::ptrdiff_t>(taken), g.members.end());
  }
  return s;
}

/// That no example is in both lists, and none that has the same content as one of the other: the bytes of its row.
inline status check_disjoint(const split& s, const any_view& examples) {
  struct row {
    const std::byte* bytes;
    i64 number;
    bool test;
  };
  if (examples.rank() < 1 || !examples.contiguous() || examples.type == dtype::string)
    return fail(code::invalid, {"check_disjoint: takes rows of numbers, not ", name(examples.type), " ", examples.dims});
  const i64 n = examples.dims[0];
  const auto size = static_cast<std::size_t>(n == 0 ? 0 : examples.byte_size() / n);
  std::vector<row> rows;
  for (const auto* list : {&s.train, &s.test})
    for (i64 i : *list) {
      if (i < 0 || i >= n) return fail(code::invalid, {"check_disjoint: there is no example ", i, " of ", n});
      rows.push_back({examples.bytes + static_cast<std::size_t>(i) * size, i, list == &s.test});
    }
  const auto order = [size](const row& a, const row& b) { return size == 0 ? 0 : std::memcmp(a.bytes, b.bytes, size); };
  std::ranges::sort(rows, [&](const row& a, const row& b) { return order(a, b) < 0; });
  for (std::size_t i = 1, start = 0; i < rows.size(); ++i) {
    if (order(rows[start], rows[i]) != 0) start = i;
    else if (rows[start].test != rows[i].test)
      return fail(code::invalid, {"examples ", rows[start].number, " and ", rows[i].number,
                                  " have the same content, and only one of them is for the test"});
  }
  return {};
}

}  // namespace tenon::data
TENON_COLD_END
