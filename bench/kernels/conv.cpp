// Rows conv/f32/SHAPE: one convolution each, activations channels-last unless it is the first of a
// network; conv/f32/efficientnet_lite0/LAYER: each of the network, and /all one after the other.
#include <tenon/kernels/conv.hpp>

#include "bench/buffer.hpp"
#include "bench/efficientnet_lite0.hpp"
#include "bench/rows.hpp"

namespace {

namespace k = tenon::kernels;
using k::i64;

// Layers read one buffer and write the other, like a planned arena.
struct network {
  static constexpr i64 largest = 112 * 112 * 96;
  float* buffers[2] = {bench::buffer(largest, 0.5f), bench::buffer(largest, 0.5f)};
  float* added = bench::buffer(largest, 0.5f);
  float* scratch = nullptr;
  i64 scratch_bytes = 0;
  int turn = 0;
  struct node {
    bench::layer layer;
    float *weights, *bias;
    double work;
  };
  std::vector<node> nodes;

  void add(const bench::layer& l) {
    const k::conv_shape& s = l.shape;
    const i64 count = s.out_channels * s.group_in() * s.taps();
    const std::vector<float> oihw(static_cast<std::size_t>(count), 0.01f);
    float* weights = bench::buffer(k::packed_weights_bytes<float>(s) / 4, 0.0f);
    k::pack_weights<float>(s, oihw.data(), weights);
    nodes.push_back({l, weights, bench::buffer(s.out_channels, 0.5f), static_cast<double>(s.out_h * s.out_w * count)});
    if (const i64 bytes = k::conv_scratch_bytes<float>(s); bytes > scratch_bytes)
      scratch_bytes = bytes, scratch = bench::buffer(bytes / 4 + 16, 0.0f);
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

bench::layer single(std::string name, i64 size, i64 in, i64 out, i64 kernel, i64 stride, i64 pad, i64 groups = 1) {
  k::conv_shape s;
  s.in_h = s.in_w = size;
  s.in_channels = in, s.out_channels = out, s.groups = groups;
  s.kernel_h = s.kernel_w = kernel, s.stride_h = s.stride_w = stride;
  s.pad_top = s.pad_left = pad;
  s.out_h = s.out_w = (size + 2 * pad - kernel) / stride + 1;
  return {std::move(name), s, true, false, in == 3};
}

}  // namespace

int main(int argc, char** argv) {
  static network net, lone;
  double work = 0;
  for (const bench::layer& l : {single("stem 7x7 s2 224x224x3-64", 224, 3, 64, 7, 2, 3),
                                single("stem 11x11 s4 224x224x3-96", 224, 3, 96, 11, 4, 0),
                                single("stem 3x3 s2 224x224x3-32", 224, 3, 32, 3, 2, 1),
                                single("3x3 56x56x64-64", 56, 64, 64, 3, 1, 1),
                                single("3x3 28x28x128-128", 28, 128, 128, 3, 1, 1),
                                single("3x3 14x14x256-256", 14, 256, 256, 3, 1, 1),
                                single("3x3 7x7x512-512", 7, 512, 512, 3, 1, 1),
                                single("3x3 s2 56x56x128-128", 56, 128, 128, 3, 2, 1),
                                single("3x3 14x14x128-32", 14, 128, 32, 3, 1, 1),
                                single("5x5 27x27x96-256 groups 2", 27, 96, 256, 5, 1, 2, 2),
                                single("5x5 14x14x32-128", 14, 32, 128, 5, 1, 2),
                                single("1x1 56x56x64-256", 56, 64, 256, 1, 1, 0),
                                single("1x1 14x14x1024-256", 14, 1024, 256, 1, 1, 0),
                                single("1x1 7x7x512-2048", 7, 512, 2048, 1, 1, 0),
                                single("depthwise 3x3 56x56x128", 56, 128, 128, 3, 1, 1, 128),
                                single("depthwise 3x3 s2 56x56x128", 56, 128, 128, 3, 2, 1, 128),
                                single("depthwise 5x5 14x14x480", 14, 480, 480, 5, 1, 2, 480),
                                single("depthwise 5x5 s2 28x28x240", 28, 240, 240, 5, 2, 2, 240)})
    lone.add(l);
  for (const auto& n : lone.nodes)
    bench::add_row("conv/f32/" + n.layer.name,
                   [&n](benchmark::State& state) { bench::measure<float>(state, n.work, [&n] { lone.run(n); }); });
  const std::string base = "conv/f32/efficientnet_lite0/";
  for (const bench::layer& l : bench::efficientnet_lite0()) net.add(l);
  for (const auto& n : net.nodes) {
    work += n.work;
    bench::add_row(base + n.layer.name,
                   [&n](benchmark::State& state) { bench::measure<float>(state, n.work, [&n] { net.run(n); }); });
  }
  bench::add_row(base + "all", [work](benchmark::State& state) {
    bench::measure<float>(state, work, [] {
      for (const auto& n : net.nodes) net.run(n);
    });
  });
  return bench::run_rows(argc, argv);
}
