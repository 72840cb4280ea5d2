// steady MODEL RUNS: after the first run of a session nothing is allocated any more. Counts every call
// of the C library's allocator and of operator new, and looks at the guest's memory.size; a planted
// allocation is seen first.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

#include <tenon/onnx/load.hpp>
#include <tenon/ops/vision.hpp>

namespace {

struct counts {
  std::int64_t allocator, operator_new, pages;
  friend bool operator==(const counts&, const counts&) = default;
} now{};

counts look() {
#if defined(__wasm__)
  now.pages = static_cast<std::int64_t>(__builtin_wasm_memory_size(0));
#endif
  return now;
}

}  // namespace

// What the linker calls instead of NAME (--wrap=NAME), and how it calls NAME itself.
extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
int __real_posix_memalign(void**, std::size_t, std::size_t);
void* __wrap_malloc(std::size_t n) { return ++now.allocator, __real_malloc(n); }
void* __wrap_calloc(std::size_t n, std::size_t m) { return ++now.allocator, __real_calloc(n, m); }
void* __wrap_realloc(void* p, std::size_t n) { return ++now.allocator, __real_realloc(p, n); }
void* __wrap_aligned_alloc(std::size_t a, std::size_t n) { return ++now.allocator, __real_aligned_alloc(a, n); }
int __wrap_posix_memalign(void** p, std::size_t a, std::size_t n) {
  return ++now.allocator, __real_posix_memalign(p, a, n);
}
}

void* operator new(std::size_t n) {
  ++now.operator_new;
  void* p = __real_malloc(n);
  if (p == nullptr) std::abort();
  return p;
}
void* operator new[](std::size_t n) { return operator new(n); }
void* operator new(std::size_t n, std::align_val_t a) {
  ++now.operator_new;
  const auto step = static_cast<std::size_t>(a);
  void* p = __real_aligned_alloc(step, (n + step - 1) / step * step);
  if (p == nullptr) std::abort();
  return p;
}
void* operator new[](std::size_t n, std::align_val_t a) { return operator new(n, a); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

std::vector<std::byte> read(const char* path) {
  std::vector<std::byte> bytes;
  if (std::FILE* f = std::fopen(path, "rb")) {
    std::fseek(f, 0, SEEK_END);
    bytes.resize(static_cast<std::size_t>(std::ftell(f)));
    std::rewind(f);
    if (std::fread(bytes.data(), 1, bytes.size(), f) != bytes.size()) bytes.clear();
    std::fclose(f);
  }
  return bytes;
}

/// What is counted must be seen when it happens, or nothing is proved below.
bool sees_allocations() {
  const counts before = look();
  void* volatile a = std::malloc(1);
  void* volatile b = std::aligned_alloc(64, 64);
  int* volatile c = new int[100];
  std::free(a);
  std::free(b);
  delete[] c;
  const counts after = look();
  return after.allocator - before.allocator == 2 && after.operator_new - before.operator_new == 1;
}

void print(const char* when, const counts& c) {
  std::printf("%-16s memory.size %lld, allocator %lld, operator new %lld\n", when, static_cast<long long>(c.pages),
              static_cast<long long>(c.allocator), static_cast<long long>(c.operator_new));
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc == 3 ? std::atoi(argv[2]) : 0;
  if (runs < 1) return std::fputs("usage: steady MODEL RUNS\n", stderr), 2;
  if (!sees_allocations()) return std::fputs("steady: allocations are not seen\n", stderr), 1;
  const auto model = tenon::onnx::try_load<tenon::ops::vision>(read(argv[1]));
  if (!model.has_value()) return std::fprintf(stderr, "steady: %s\n", model.error().message.c_str()), 1;

  tenon::session session(*model);
  tenon::shape dims = (*model).input(0).dims;
  for (tenon::i64& d : dims) d = d < 0 ? 1 : d;
  const tenon::tensor<float> input(dims);
  const tenon::any_view in[] = {input.look()};
  print("before", look());  // also: what printing takes is taken
  counts first{};
  for (int i = 0; i < runs; ++i) {
    if (auto out = session.try_run(in); !out.has_value())
      return std::fprintf(stderr, "steady: %s\n", out.error().message.c_str()), 1;
    if (i == 0) print("after one run", first = look());
    else if (const counts c = look(); c != first) {
      print("then", c);
      return std::fprintf(stderr, "steady: run %d allocated\n", i + 1), 1;
    }
  }
  std::printf("after %d runs the same\n", runs);
}
