// Aligned memory that is never given back: a benchmark needs it until it ends.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace bench {

template <class T>
T* buffer(std::int64_t count, T value) {
  const auto size = static_cast<std::size_t>((count * static_cast<std::int64_t>(sizeof(T)) + 127) / 64 * 64);
  auto* p = static_cast<T*>(std::aligned_alloc(64, size));
  std::fill(p, p + size / sizeof(T), value);
  return p;
}

}  // namespace bench
