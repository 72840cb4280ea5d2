// Places in the arena: blocks that live at the same time never overlap, and the arena is small.
#include "doctest.hpp"

#include "tenon/graph/arena.hpp"

using tenon::block;

namespace {

bool disjoint(std::span<const block> blocks, tenon::i64 size) {
  for (const block& a : blocks) {
    if (a.offset % 64 != 0 || a.offset < 0 || a.offset + a.bytes > size) return false;
    for (const block& b : blocks)
      if (&a != &b && a.first <= b.last && b.first <= a.last && a.bytes > 0 && b.bytes > 0 &&
          a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
        return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a chain needs two places") {
  block blocks[] = {{1000, 0, 1, 0}, {1000, 1, 2, 0}, {1000, 2, 3, 0}, {1000, 3, 4, 0}};
  const auto size = tenon::assign_places(blocks);
  CHECK(size == 2048);
  CHECK(disjoint(blocks, size));
}

TEST_CASE("random lifetimes do not overlap, and cost at most twice what lives at once") {
  std::uint64_t seed = 7;
  const auto next = [&](std::uint64_t n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int>((seed >> 33) % n);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<block> blocks;
    for (int i = 0; i < 40; ++i) {
      const int first = next(30);
      blocks.push_back({next(10000), first, first + next(6), 0});
    }
    const auto size = tenon::assign_places(blocks);
    REQUIRE(disjoint(blocks, size));
    tenon::i64 most = 0;
    for (int t = 0; t < 40; ++t) {
      tenon::i64 now = 0;
      for (const block& b : blocks)
        if (b.first <= t && t <= b.last) now += (b.bytes + 63) / 64 * 64;
      most = std::max(most, now);
    }
    CHECK(size <= 2 * most);
  }
}

TEST_CASE("sizes that leave 64 bits are refused") {
  block blocks[] = {{INT64_MAX / 2, 0, 3, 0}, {INT64_MAX / 2, 1, 2, 0}, {100, 0, 3, 0}};
  CHECK(tenon::assign_places(blocks) == -1);
  CHECK(tenon::assign_places(std::span<block>()) == 0);
}
