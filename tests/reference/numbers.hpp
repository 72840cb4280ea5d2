// Numbers for tests: reproducible inputs that are the same on every host, and a digest of outputs.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace reference {

/// A linear congruential generator (Numerical Recipes).
struct generator {
  std::uint32_t state = 1;

  std::uint32_t bits() { return (state = state * 1664525u + 1013904223u) >> 8; }
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(bits()) % n; }
  /// Floats in +-4 that fill a mantissa of 24 bits, so that products round; integers of all sizes.
  template <class T>
  T next() {
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(static_cast<std::int32_t>(bits()) - (1 << 23)) / T(1 << 21);
    else
      return static_cast<T>(static_cast<std::uint64_t>(bits()) * 0x9E3779B97F4A7C15u >> 3);
  }
  template <class T>
  std::vector<T> list(std::int64_t n) {
    std::vector<T> v(static_cast<std::size_t>(n));
    for (T& x : v) x = next<T>();
    return v;
  }
};

/// FNV-1a, 64 bits, over bytes.
struct digest {
  std::uint64_t value = 0xcbf29ce484222325u;

  template <class T>
  void add(const std::vector<T>& v) {
    for (const T& x : v) {
      unsigned char bytes[sizeof(T)];
      std::memcpy(bytes, &x, sizeof(T));
      for (unsigned char b : bytes) value = (value ^ b) * 0x100000001b3u;
    }
  }
};

}  // namespace reference
