#include <tenon/kernels/depthwise.hpp>

#include "doctest.hpp"
#include "kernels/conv_cases.hpp"

namespace {

// Outputs of all cases; the same in every strict build and natively.
template <class T>
constexpr std::uint64_t expected_digest = 0;
template <>
constexpr std::uint64_t expected_digest<float> = 0x6899336a4ae27a38u;
template <>
constexpr std::uint64_t expected_digest<double> = 0x34cd3c834606733cu;
template <>
constexpr std::uint64_t expected_digest<std::uint32_t> = 0xf6f4778b9a52d3bau;

TEST_CASE_TEMPLATE("depthwise convolutions match the loops, inside and at the edges", T, float,
                   double, std::uint32_t) {
  reference::congruential g{7};
  reference::digest digest;
  for (int i = 0; i < 400; ++i) {
    k::conv_shape s = random_window(g);
    if (i % 2 == 0) s.dilation_w = 1, s.stride_w = 1 + g.below(2), s.kernel_w = 1 + g.below(5);
    s.groups = s.in_channels = 2 + g.below(20);
    s.out_channels = s.groups * (g.below(5) == 0 ? 2 : 1);
    check_conv<T>(s, g, digest);
  }
  MESSAGE("digest ", sizeof(T), " bytes ", digest.value);
  if (strict) CHECK(digest.value == expected_digest<T>);
}

TEST_CASE("windows of nothing but padding give the bias") {
  // A row and a column of the output lie wholly outside of the image.
  k::conv_shape s{.in_h = 5,
                  .in_w = 9,
                  .in_channels = 4,
                  .out_h = 7,
                  .out_w = 11,
                  .out_channels = 4,
                  .groups = 4,
                  .kernel_h = 3,
                  .kernel_w = 3,
                  .pad_top = 3,
                  .pad_left = 3};
  reference::congruential g{3};
  const auto in = g.list<float>(5 * 9 * 4), weights = g.list<float>(4 * 9);
  const float bias[] = {1, 2, 3, 4};
  alignas(16) float packed[64], scratch[256];
  std::vector<float> out(7 * 11 * 4);
  k::pack_weights<float>(s, weights.data(), packed);
  k::conv<float>(s, k::channels_last(in.data(), s), packed, out.data(), 4, {.bias = bias}, scratch);
  for (unsigned x = 0; x < 11; ++x)
    for (unsigned c = 0; c < 4; ++c) CHECK(out[x * 4 + c] == bias[c]);
}

}  // namespace
