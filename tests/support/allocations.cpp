// The linker hands malloc and its kin to the functions below (--wrap in tests/CMakeLists.txt).
#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
tests::allocation_counts counts;
long live = 0;

void* counted(void* p) {
  live += p != nullptr;
  return p;
}
}

tests::allocation_counts tests::allocations() { return counts; }
long tests::live_allocations() { return live; }

extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
void __real_free(void*);
void* __wrap_malloc(std::size_t n) { return ++counts.mallocs, counted(__real_malloc(n)); }
void* __wrap_calloc(std::size_t n, std::size_t size) { return ++counts.mallocs, counted(__real_calloc(n, size)); }
void* __wrap_realloc(void* p, std::size_t n) { return ++counts.mallocs, p == nullptr ? counted(__real_realloc(p, n)) : __real_realloc(p, n); }
void* __wrap_aligned_alloc(std::size_t a, std::size_t n) { return ++counts.mallocs, counted(__real_aligned_alloc(a, n)); }
void __wrap_free(void* p) {
  live -= p != nullptr;
  __real_free(p);
}
}

void* operator new(std::size_t n) {
  ++counts.news;
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
