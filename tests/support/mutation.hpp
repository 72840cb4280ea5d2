// Files with a few bytes changed, for readers that must stand anything.
#pragma once

#include <cstdint>
#include <string>

namespace tests {

/// The same numbers everywhere.
struct seeded {
  std::uint64_t state;
  std::size_t operator()(std::size_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % n;
  }
};

/// `bytes` with one or two changes; never empty.
inline std::string mutated(std::string bytes, seeded& random) {
  const bool gentle = random(2) == 0;  // lengths stay as they are
  for (std::size_t k = 0, n = 1 + random(2); k < n; ++k) {
    const std::size_t at = random(bytes.size());
    switch (random(gentle ? 3 : 7)) {
      case 0: bytes[at] = static_cast<char>(random(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random(8))); break;
      case 2: bytes[at] = static_cast<char>(random(4)); break;  // small numbers are counts, axes and dtypes
      case 3: bytes.erase(at, 1 + random(8)); break;
      case 4: bytes.insert(at, 1 + random(3), static_cast<char>(random(256))); break;
      case 5: bytes.insert(at, bytes.substr(random(bytes.size()), random(40))); break;
      case 6: bytes.replace(at, 1, "\xff\xff\xff\xff\xff\x7f"); break;
    }
    if (bytes.empty()) bytes = "x";
  }
  return bytes;
}

}  // namespace tests
