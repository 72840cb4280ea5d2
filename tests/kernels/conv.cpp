#include <tenon/kernels/conv.hpp>

#include "doctest.hpp"
#include "kernels/conv_cases.hpp"

namespace {

// Outputs of all cases; the same in every strict build and natively.
template <class T>
constexpr std::uint64_t expected_digest = 0;
template <>
constexpr std::uint64_t expected_digest<float> = 0xbf22917098a0f7ecu;
template <>
constexpr std::uint64_t expected_digest<double> = 0x60a77fb46008854bu;
template <>
constexpr std::uint64_t expected_digest<std::uint32_t> = 0x52cdcda6dd9ad424u;
template <>
constexpr std::uint64_t expected_digest<std::uint64_t> = 0x7b593b360b44df25u;

TEST_CASE_TEMPLATE("convolutions with any groups, strides, dilations and pads match the loops", T,
                   float, double, std::uint32_t, std::uint64_t) {
  reference::congruential g{5};
  reference::digest digest;
  for (int i = 0; i < 300; ++i) {
    k::conv_shape s = random_window(g);
    s.groups = g.below(3) == 0 ? 1 + g.below(3) : 1;
    s.in_channels = s.groups * (s.groups == 1 ? 1 + g.below(9) : 2 + g.below(4));
    s.out_channels = s.groups * (1 + g.below(12));
    if (g.below(4) == 0) {
      s.kernel_h = s.kernel_w = s.stride_h = s.stride_w = 1;
      s.pad_top = s.pad_left = 0;
    }
    check_conv<T>(s, g, digest);
  }
  MESSAGE("digest ", sizeof(T), " bytes ", digest.value);
  if (strict) CHECK(digest.value == expected_digest<T>);
}

TEST_CASE("the algorithm follows from the shape") {
  k::conv_shape s{
      .in_h = 4, .in_w = 4, .in_channels = 8, .out_h = 4, .out_w = 4, .out_channels = 8};
  CHECK(k::algorithm_of(s) == k::conv_algorithm::pointwise);
  s.groups = 8;
  CHECK(k::algorithm_of(s) == k::conv_algorithm::depthwise);
  s.groups = 1;
  s.stride_h = s.stride_w = 2, s.out_h = s.out_w = 2;
  CHECK(k::algorithm_of(s) == k::conv_algorithm::windows);
}

}  // namespace
