// Rows gemm/TYPE/MxNxK: the product with packed B, a bias, and nothing else.
#include <cstdlib>
#include <string>
#include <tenon/kernels/gemm.hpp>

#include "bench/rows.hpp"

namespace {

namespace k = tenon::kernels;
using k::i64;

struct size {
  i64 m, n, k;
};

template <class T>
void product(benchmark::State& state, size s) {
  const auto count = [](i64 n) { return static_cast<std::size_t>(n); };
  std::vector<T> a(count(s.m * s.k), T(1)), b(count(s.k * s.n), T(2)), c(count(s.m * s.n)),
      bias(count(s.n));
  auto aligned = [&](i64 bytes) { return std::aligned_alloc(64, count((bytes + 63) / 64 * 64)); };
  T* const packed = static_cast<T*>(aligned(k::packed_b_bytes<T>(s.k, s.n)));
  void* const scratch = aligned(k::gemm_scratch_bytes<T>());
  k::pack_b<T>(s.k, s.n, {b.data(), s.n, 1}, packed);
  k::epilogue<T> e;
  e.bias = bias.data();
  const k::strided_rows<T> rows{a.data(), s.k};
  const double work =
      static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  bench::measure<T>(state, work,
                    [&] { k::gemm<T>(s.m, s.n, s.k, rows, packed, c.data(), s.n, e, scratch); });
  benchmark::DoNotOptimize(c.data());
  std::free(packed);
  std::free(scratch);
}

template <class T>
void rows(const std::string& type, const std::vector<size>& sizes) {
  for (const size& s : sizes) {
    const std::string name = "gemm/" + type + "/" + std::to_string(s.m) + "x" +
                             std::to_string(s.n) + "x" + std::to_string(s.k);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [s](benchmark::State& state) { product<T>(state, s); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  rows<float>("f32", {{32, 32, 32},
                      {64, 64, 64},
                      {128, 128, 128},
                      {256, 256, 256},
                      {512, 512, 512},
                      {1024, 1024, 1024},
                      {3136, 64, 64},
                      {784, 128, 1152},
                      {196, 256, 2304},
                      {49, 512, 4608},
                      {12544, 32, 27},
                      {128, 1536, 384},
                      {1, 1000, 2048}});
  rows<double>("f64", {{256, 256, 256}});
  rows<std::uint32_t>("u32", {{256, 256, 256}});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
