// Counts of what a test program takes from the C library and through operator new.
#pragma once

namespace tests {

struct allocation_counts {
  long mallocs = 0, news = 0;  ///< calls of malloc and its kin; calls of operator new
  friend bool operator==(const allocation_counts&, const allocation_counts&) = default;
};
/// All calls so far.
allocation_counts allocations();
/// Blocks that were taken and not given back.
long live_allocations();

}  // namespace tests
