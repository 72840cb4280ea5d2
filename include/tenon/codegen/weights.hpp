// The bytes that a generated header embeds: constants and packed weights, one after the other.
#pragma once

#include <map>
#include <vector>

#include "../core/memory.hpp"
#include "../core/random.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

/// Arrays of bytes, each at a multiple of 64; equal ones are kept once.
class weights {
 public:
  i64 add(std::span<const std::byte> bytes) {
    const std::uint64_t key = hash(bytes);
    for (auto [i, end] = kept_.equal_range(key); i != end; ++i)
      if (const auto [at, size] = i->second; size == bytes.size() && std::equal(bytes.begin(), bytes.end(), all_.begin() + at))
        return at;
    all_.resize((all_.size() + alignment - 1) / alignment * alignment);
    const auto at = static_cast<std::ptrdiff_t>(all_.size());
    all_.insert(all_.end(), bytes.begin(), bytes.end());
    kept_.insert({key, {at, bytes.size()}});
    return at;
  }
  const std::vector<std::byte>& bytes() const { return all_; }
  /// What tells these weights from others.
  std::uint64_t digest() const { return hash(all_); }
  std::vector<std::byte> take() { return std::move(all_); }

 private:
  static std::uint64_t hash(std::span<const std::byte> bytes) { return fnv1a(as_text(bytes)); }
  struct span_of {
    std::ptrdiff_t at;
    std::size_t size;
  };
  std::vector<std::byte> all_;
  std::multimap<std::uint64_t, span_of> kept_;
};

}  // namespace tenon
TENON_COLD_END
