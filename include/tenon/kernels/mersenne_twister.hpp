// MT19937 (Matsumoto and Nishimura 1998) as NumPy's RandomState seeds and reads it: what ONNX's
// reference draws masks with.
#pragma once

#include <cstdint>

#include "../core/config.hpp"

namespace tenon::inline TENON_BUILD::kernels {

class mersenne_twister {
 public:
  explicit mersenne_twister(std::uint32_t seed) {
    for (std::uint32_t i = 0; i < size; ++i) {
      state_[i] = seed;
      seed = 1812433253u * (seed ^ seed >> 30) + i + 1;
    }
  }
  std::uint32_t next() {
    if (at_ == size) refill();
    std::uint32_t y = state_[at_++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
  }
  /// In [0, 1), with 53 random bits.
  double uniform() {
    const std::uint32_t a = next() >> 5, b = next() >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
  }

 private:
  static constexpr std::uint32_t size = 624, middle = 397;

  void refill() {
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % size] & 0x7fffffffu);
      state_[i] = state_[(i + middle) % size] ^ y >> 1 ^ ((y & 1) != 0 ? 0x9908b0dfu : 0u);
    }
    at_ = 0;
  }

  std::uint32_t state_[size];
  std::uint32_t at_ = size;
};

}  // namespace tenon::inline TENON_BUILD::kernels
