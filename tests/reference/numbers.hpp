// Numbers for tests: reproducible inputs that are the same on every host, and a digest of outputs.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace reference {

/// A linear congruential generator (Numerical Recipes).
struct congruential {
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

/// FNV-1a over bytes, to compare bits between targets.
struct digest {
  std::uint64_t value = 14695981039346656037u;
  void add(const void* p, std::size_t n) {
    const auto* b = static_cast<const unsigned char*>(p);
    for (std::size_t i = 0; i < n; ++i) value = (value ^ b[i]) * 1099511628211u;
  }
  template <class T>
  void add(const std::vector<T>& v) {
    add(v.data(), v.size() * sizeof(T));
  }
};

}  // namespace reference
