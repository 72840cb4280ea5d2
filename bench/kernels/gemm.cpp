// Rows gemm/TYPE/MxNxK: the product with packed B, a bias, and nothing else. With one row it reads
// B from memory, so its rows, gemv/TYPE/NxK, have bytes.
#include <tenon/kernels/gemm.hpp>

#include "bench/buffer.hpp"
#include "bench/rows.hpp"

namespace {

namespace k = tenon::kernels;
using k::i64;

struct size {
  i64 m, n, k;
};

template <class T>
void product(benchmark::State& state, size s) {
  const std::vector<T> a(static_cast<std::size_t>(s.m * s.k), T(1)), bias(static_cast<std::size_t>(s.n));
  std::vector<T> c(static_cast<std::size_t>(s.m * s.n));
  T* const packed = bench::buffer(k::packed_b_bytes<T>(s.k, s.n) / static_cast<i64>(sizeof(T)), T(2));
  T* const scratch = bench::buffer(k::gemm_scratch_bytes<T>() / static_cast<i64>(sizeof(T)), T(0));
  k::epilogue<T> e;
  e.bias = bias.data();
  const k::strided_rows<T> rows{a.data(), s.k};
  const auto run = [&] { k::gemm<T>(s.m, s.n, s.k, rows, packed, c.data(), s.n, e, scratch); };
  const auto elements = static_cast<double>(s.n) * static_cast<double>(s.k);
  if (s.m == 1)
    bench::measure_bytes(state, elements * sizeof(T), run);
  else
    bench::measure<T>(state, static_cast<double>(s.m) * elements, run);
  benchmark::DoNotOptimize(c.data());
  std::free(packed);
  std::free(scratch);
}

template <class T>
void rows(const std::string& type, const std::vector<size>& sizes) {
  for (const size& s : sizes) {
    const std::string nk = std::to_string(s.n) + "x" + std::to_string(s.k);
    const std::string name = s.m == 1 ? "gemv/" + type + "/" + nk : "gemm/" + type + "/" + std::to_string(s.m) + "x" + nk;
    bench::add_row(name, [s](benchmark::State& state) { product<T>(state, s); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  rows<float>("f32", {{64, 64, 64},
                      {128, 128, 128},
                      {256, 256, 256},
                      {512, 512, 512},
                      {1024, 1024, 1024},
                      {12, 128, 32},
                      {128, 32, 128},
                      {128, 1536, 384},
                      {128, 384, 1536},
                      {1, 1000, 2048},
                      {1, 4096, 4096}});
  rows<double>("f64", {{256, 256, 256}});
  rows<std::uint32_t>("u32", {{256, 256, 256}});
  return bench::run_rows(argc, argv);
}
