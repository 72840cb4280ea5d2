// Rows conv/f32/efficientnet_lite0/LAYER: each convolution of the network, activations
// channels-last, and conv/f32/efficientnet_lite0/all for all of them one after the other.
#include <cstdlib>
#include <tenon/kernels/conv.hpp>

#include "bench/efficientnet_lite0.hpp"
#include "bench/rows.hpp"

namespace {

namespace k = tenon::kernels;
using k::i64;

float* aligned(i64 bytes) {
  const auto size = static_cast<std::size_t>((bytes + 63) / 64 * 64);
  auto* p = static_cast<float*>(std::aligned_alloc(64, size));
  std::fill(p, p + size / sizeof(float), 0.5f);
  return p;
}

// Layers read one buffer and write the other, like a planned arena.
struct network {
  static constexpr i64 largest = 112 * 112 * 96 * 4;
  float* buffers[2] = {aligned(largest), aligned(largest)};
  float* added = aligned(largest);
  void* scratch = aligned(1 << 16);
  int turn = 0;
  struct node {
    bench::layer layer;
    float *weights, *bias;
    double work;
  };
  std::vector<node> nodes;

  network() {
    for (const bench::layer& l : bench::efficientnet_lite0()) {
      const k::conv_shape& s = l.shape;
      const i64 count = s.out_channels * s.group_in() * s.taps();
      const std::vector<float> oihw(static_cast<std::size_t>(count), 0.01f);
      float* weights = aligned(k::packed_weights_bytes<float>(s));
      k::pack_weights<float>(s, oihw.data(), weights);
      nodes.push_back({l, weights, aligned(s.out_channels * 4),
                       static_cast<double>(s.out_h * s.out_w * count)});
    }
  }
  void run(const node& n) {
    const k::conv_shape& s = n.layer.shape;
    const float* in = buffers[turn];
    turn = 1 - turn;
    k::epilogue<float> e;
    e.bias = n.bias;
    if (n.layer.clamps) e.low = 0, e.high = 6;
    if (n.layer.adds) e.residual = added, e.residual_stride = s.out_channels;
    const auto image = n.layer.plain_input ? k::channels_first(in, s) : k::channels_last(in, s);
    k::conv<float>(s, image, n.weights, buffers[turn], s.out_channels, e, scratch);
  }
};

}  // namespace

int main(int argc, char** argv) {
  static network net;
  double work = 0;
  const std::string base = "conv/f32/efficientnet_lite0";
  for (const auto& n : net.nodes) {
    work += n.work;
    benchmark::RegisterBenchmark((base + "/" + n.layer.name).c_str(),
                                 [&n](benchmark::State& state) {
                                   bench::measure<float>(state, n.work, [&n] { net.run(n); });
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark((base + "/all").c_str(),
                               [work](benchmark::State& state) {
                                 bench::measure<float>(state, work, [] {
                                   for (const auto& n : net.nodes) net.run(n);
                                 });
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
