// SHA-1, as models say it of files that lie beside them. It tells a damaged file, not a forged one. Source: FIPS 180-4.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>

#include "../core/config.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

class sha1 {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) add(static_cast<std::uint8_t>(b));
  }
  /// 40 lower-case digits; nothing can be added any more.
  std::string digest() {
    const std::uint64_t bits = count_ * 8;
    add(0x80);
    while (count_ % 64 != 56) add(0);
    for (int shift = 56; shift >= 0; shift -= 8) add(static_cast<std::uint8_t>(bits >> shift));
    std::string text;
    for (const std::uint32_t word : state_)
      for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
    return text;
  }

 private:
  void add(std::uint8_t byte) {
    std::uint32_t& word = block_[count_ % 64 / 4];
    word = word << 8 | byte;
    if (++count_ % 64 == 0) mix();
  }
  void mix() {
    std::array<std::uint32_t, 80> w{};
    for (unsigned i = 0; i < 16; ++i) w[i] = block_[i];
    for (unsigned i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state_;
    for (unsigned i = 0; i < 80; ++i) {
      const std::uint32_t f = i < 20   ? (b & c) | (~b & d)
                              : i < 40 ? b ^ c ^ d
                              : i < 60 ? (b & c) | (b & d) | (c & d)
                                       : b ^ c ^ d;
      const std::uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      const std::uint32_t t = std::rotl(a, 5) + f + e + k + w[i];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = t;
    }
    state_[0] += a, state_[1] += b, state_[2] += c, state_[3] += d, state_[4] += e;
  }

  std::array<std::uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<std::uint32_t, 16> block_{};
  std::uint64_t count_ = 0;
};

}  // namespace tenon
TENON_COLD_END
