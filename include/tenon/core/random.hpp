// Random numbers that are a function of where they are used: Philox4x32-10 (Salmon et al.,
// "Parallel random numbers: as easy as 1, 2, 3", 2011) keyed by a seed, counted by a stream and an
// element's index. No state, so any order, any tile size and any host gives the same numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "config.hpp"

namespace tenon::inline TENON_BUILD {

/// FNV-1a, 64 bits: streams are hashes of names.
constexpr std::uint64_t fnv1a(std::string_view s, std::uint64_t basis = 0xcbf29ce484222325u) {
  for (char c : s) basis = (basis ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return basis;
}

/// Four random words for a counter.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xd2511f53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xcd9e8d57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9e3779b9u, key[1] + 0xbb67ae85u};
  }
  return counter;
}

/// One stream of random numbers under a seed; the same index gives the same number.
struct random {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;

  /// A stream of its own for a part with a name: random{seed}.at("encoder").at("dropout").
  constexpr random at(std::string_view name) const {
    return {seed, fnv1a(name, fnv1a("/", stream ^ 0xcbf29ce484222325u))};
  }
  /// Words 4 * index to 4 * index + 3.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t index) const {
    return philox4x32({low(index), high(index), low(stream), high(stream)},
                      {low(seed), high(seed)});
  }
  constexpr std::uint32_t word(std::uint64_t index) const { return block(index / 4)[index % 4]; }
  constexpr std::uint64_t word64(std::uint64_t index) const {
    const auto b = block(index / 2);
    const std::size_t i = 2 * (index % 2);
    return b[i + 1] | std::uint64_t{b[i]} << 32;
  }

  /// In [0, 1): a multiple of 2^-24.
  constexpr float uniform(std::uint64_t index) const { return unit(word(index)); }
  /// In [0, 1): a multiple of 2^-53.
  constexpr double uniform64(std::uint64_t index) const {
    return static_cast<double>(word64(index) >> 11) * 0x1p-53;
  }
  /// In [0, n), n at least 1; each with the same probability to within 2^-32 of it.
  constexpr std::uint32_t below(std::uint32_t n, std::uint64_t index) const {
    const std::uint64_t r = word64(index);
    return static_cast<std::uint32_t>(((r >> 32) * n + ((r & 0xffffffffu) * n >> 32)) >> 32);
  }
  /// uniform(first), uniform(first + 1), ...
  constexpr void fill_uniform(std::span<float> out, std::uint64_t first = 0) const {
    std::size_t i = 0;
    for (; i < out.size() && (first + i) % 4 != 0; ++i) out[i] = uniform(first + i);
    for (; i < out.size(); i += 4) {
      const auto b = block((first + i) / 4);
      for (std::size_t j = 0; j < 4 && i + j < out.size(); ++j) out[i + j] = unit(b[j]);
    }
  }
  /// A random order: Fisher and Yates's, from the back. At most 2^32 elements.
  template <class T>
  constexpr void shuffle(std::span<T> s) const {
    for (std::size_t i = s.size(); i > 1; --i)
      std::swap(s[i - 1], s[below(static_cast<std::uint32_t>(i), i)]);
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) {
    return static_cast<std::uint32_t>(x >> 32);
  }
  static constexpr float unit(std::uint32_t w) { return static_cast<float>(w >> 8) * 0x1p-24f; }
};

}  // namespace tenon::inline TENON_BUILD
