#include "doctest.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tenon/simd/convert.hpp"

namespace {

using namespace tenon;

template <class H>
void all_patterns() {
  std::vector<H> from(65536), back(65536);
  std::vector<float> wide(65536);
  for (unsigned i = 0; i < 65536; ++i) from[i] = H::from_bits(static_cast<std::uint16_t>(i));
  simd::load_tile(from.data(), wide.data(), 65536);
  simd::store_tile(wide.data(), back.data(), 65536);
  int wrong = 0;
  for (unsigned i = 0; i < 65536; ++i) {
    const float x = wide[i];
    wrong += std::bit_cast<std::uint32_t>(x) != std::bit_cast<std::uint32_t>(float(from[i]));
    wrong += back[i].bits != H(x).bits;
    wrong += !std::isnan(x) && back[i].bits != i;
  }
  CHECK(wrong == 0);
}

// Every float between, at and around the halfway points of neighbours: the three patterns next to each
// point where rounding turns, for all neighbours; and a coarse walk over all floats.
template <class H>
void rounding() {
  std::vector<float> in;
  for (unsigned i = 0; i < 65536; ++i) {
    const H low = H::from_bits(static_cast<std::uint16_t>(i));
    const auto next = static_cast<std::uint16_t>(i + 1);
    const double middle = (double{float(low)} + double{float(H::from_bits(next))}) / 2;
    if (!std::isfinite(middle)) continue;
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(middle));
    for (std::uint32_t d = 0; d < 3; ++d) in.push_back(std::bit_cast<float>(bits + d - 1));
  }
  for (std::uint64_t b = 0; b < 1ull << 32; b += 65521) in.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(b)));
  for (float x : {65519.99f, 65520.0f, 65536.0f, 3.3961775e38f, 3.4028235e38f}) {
    in.push_back(x);
    in.push_back(-x);
  }
  std::vector<H> out(in.size());
  simd::store_tile(in.data(), out.data(), static_cast<std::int64_t>(in.size()));
  int wrong = 0;
  for (std::size_t i = 0; i < in.size(); ++i) wrong += out[i].bits != H(in[i]).bits;
  CHECK(wrong == 0);
}

// A tile against conversions one by one, for every length with a tail; what is behind stays.
template <class S, class C>
void tile() {
  constexpr int most = 70;
  S from[most + 1], back[most + 1];
  C wide[most + 1];
  int wrong = 0;
  for (int n = 0; n <= most; ++n) {
    for (int i = 0; i <= most; ++i) {
      from[i] = simd::narrow<S>(i * 37 - 1000), back[i] = simd::narrow<S>(1), wide[i] = C(99);
    }
    simd::load_tile(from, wide, n);
    simd::store_tile(wide, back, n);
    for (int i = 0; i < n; ++i) wrong += wide[i] != simd::widen<C>(from[i]) || !(back[i] == from[i]);
    wrong += wide[n] != C(99) || !(back[n] == simd::narrow<S>(1));
  }
  CHECK(wrong == 0);
}

TEST_CASE("f16 converts as its scalar, all patterns and all ties") {
  all_patterns<f16>();
  rounding<f16>();
}

TEST_CASE("bf16 converts as its scalar, all patterns and all ties") {
  all_patterns<bf16>();
  rounding<bf16>();
}

TEST_CASE("tiles of every storage type have their elements and no more") {
  tile<f16, float>();
  tile<bf16, float>();
  tile<float, double>();
  tile<float, float>();
  tile<std::int8_t, std::int32_t>();
  tile<std::int16_t, std::int32_t>();
  tile<std::uint8_t, std::uint32_t>();
  tile<std::uint16_t, std::uint32_t>();
  tile<bool, std::uint32_t>();
  tile<std::uint8_t, float>();
  tile<std::int8_t, float>();
  tile<std::int16_t, float>();
  tile<std::int64_t, std::int64_t>();
  tile<f8e4m3fn, float>();
  tile<f8e5m2, float>();
  tile<i4, std::int32_t>();
  tile<u4, std::uint32_t>();
}

TEST_CASE("narrowing integers wraps, doubles round, anything but zero is true") {
  const std::int32_t wide[3] = {300, -129, 65536 + 7};
  std::int8_t bytes[3];
  simd::store_tile(wide, bytes, 3);
  CHECK(int{bytes[0]} == 44);
  CHECK(int{bytes[1]} == 127);
  CHECK(int{bytes[2]} == 7);

  const double doubles[4] = {1.0 + 0x1p-24, 1.0 + 0x1.8p-23, 1e300, -1e-300};
  float floats[4];
  simd::store_tile(doubles, floats, 4);
  CHECK(floats[0] == 1.0f);
  CHECK(floats[1] == 1.0f + 0x1p-22f);
  CHECK(floats[2] == std::numeric_limits<float>::infinity());
  CHECK(std::bit_cast<std::uint32_t>(floats[3]) == 0x80000000u);

  const float values[4] = {0.0f, -0.0f, 0.25f, std::numeric_limits<float>::quiet_NaN()};
  bool truth[4];
  simd::store_tile(values, truth, 4);
  CHECK((!truth[0] && !truth[1] && truth[2] && truth[3]));
}

}  // namespace
