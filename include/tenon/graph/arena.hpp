// Places in one arena: blocks that are needed at the same time do not overlap.
#pragma once

#include <numeric>
#include <vector>

#include "../core/memory.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// So many bytes, needed from step `first` to step `last`.
struct block {
  i64 bytes;
  int first, last;
  i64 offset;
};

/// Chooses offsets, 64-byte aligned, and returns the size of the arena, or -1 where it leaves int64.
/// Largest first into the lowest gap: "greedy by size" of Pisarchyk and Lee, "Efficient Memory
/// Management for Deep Neural Net Inference" (2020).
[[gnu::noinline]] inline i64 assign_places(std::span<block> blocks) {
  std::vector<std::uint32_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return blocks[a].bytes != blocks[b].bytes ? blocks[a].bytes > blocks[b].bytes : a < b;
  };
  std::make_heap(order.begin(), order.end(), before);  // a fifth of std::sort's code
  std::sort_heap(order.begin(), order.end(), before);
  std::vector<std::uint32_t> placed;  // sorted by offset
  i64 end = 0;
  for (std::uint32_t i : order) {
    block& b = blocks[i];
    if (b.bytes > INT64_MAX / 2 - end) return -1;
    const i64 bytes = (b.bytes + 63) / 64 * 64;
    i64 at = 0;
    for (std::uint32_t j : placed) {
      const block& other = blocks[j];
      if (other.last < b.first || b.last < other.first) continue;
      if (other.offset - at >= bytes) break;
      at = std::max(at, other.offset + (other.bytes + 63) / 64 * 64);
    }
    b.offset = at;
    end = std::max(end, at + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](std::uint32_t x, std::uint32_t y) { return blocks[x].offset < blocks[y].offset; }),
                  i);
  }
  return end;
}

}  // namespace tenon
TENON_COLD_END
