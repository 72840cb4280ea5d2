#include <tenon/kernels/winograd.hpp>

#include "doctest.hpp"
#include "kernels/conv_cases.hpp"

namespace {

// Outputs of all cases; the same in every strict build and natively.
constexpr std::uint64_t expected_digest = 17303147099915553012u;

TEST_CASE("3x3 and 5x5 convolutions of many channels match the loops") {
  reference::congruential g{11};
  reference::digest digest;
  for (int i = 0; i < 90; ++i) {
    k::conv_shape s = random_window(g);
    s.kernel_h = s.kernel_w = i % 3 == 2 ? 5 : 3;
    s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
    s.groups = g.below(3) == 0 ? 1 + g.below(3) : 1;
    s.in_channels = s.groups * (16 + g.below(21));
    s.out_channels = s.groups * (16 + g.below(21));
    CHECK(k::algorithm_of<float>(s) == k::conv_algorithm::winograd);
    check_conv<float>(s, g, digest);
  }
  MESSAGE("digest ", digest.value);
  if (strict) CHECK(digest.value == expected_digest);
}

TEST_CASE("more tiles than go through the products at a time") {
  k::conv_shape s;
  s.in_h = s.in_w = 61, s.pad_top = s.pad_left = 1, s.kernel_h = s.kernel_w = 3;
  s.in_channels = s.out_channels = 32;
  reference::congruential g{12};
  reference::digest digest;
  check_conv<float>(s, g, digest);
}

TEST_CASE("only single precision, steps of 1 and enough channels are filtered minimally") {
  k::conv_shape s{.in_h = 4, .in_w = 4, .in_channels = 16, .out_h = 4, .out_w = 4, .out_channels = 16,
                  .kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_left = 1};
  CHECK(k::filters_minimally<float>(s));
  CHECK(!k::filters_minimally<double>(s));
  s.kernel_h = 5;
  CHECK(!k::filters_minimally<float>(s));
  s.kernel_w = 5;
  CHECK(k::filters_minimally<float>(s));
  s.stride_w = 2;
  CHECK(!k::filters_minimally<float>(s));
  s.stride_w = 1, s.dilation_h = 2;
  CHECK(!k::filters_minimally<float>(s));
  s.dilation_h = 1, s.groups = 2;
  CHECK(!k::filters_minimally<float>(s));
}

}  // namespace
