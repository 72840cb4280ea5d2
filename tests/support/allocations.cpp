// The linker hands malloc and its kin to the functions below (--wrap in tests/CMakeLists.txt).
#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
tests::allocation_counts counts;
}

tests::allocation_counts tests::allocations() { return counts; }

extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
void* __wrap_malloc(std::size_t n) { return ++counts.mallocs, __real_malloc(n); }
void* __wrap_calloc(std::size_t n, std::size_t size) { return ++counts.mallocs, __real_calloc(n, size); }
void* __wrap_realloc(void* p, std::size_t n) { return ++counts.mallocs, __real_realloc(p, n); }
void* __wrap_aligned_alloc(std::size_t a, std::size_t n) { return ++counts.mallocs, __real_aligned_alloc(a, n); }
}

void* operator new(std::size_t n) {
  ++counts.news;
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
