// A guest without WebAssembly: bytes, of which the first are what tests put there.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "tenon/wasi_nn/guest_memory.hpp"

namespace tests {

class fake_guest final : public tenon::wasi_nn::guest_memory {
 public:
  using u32 = tenon::u32;
  explicit fake_guest(std::size_t bytes = 65536) : bytes_(bytes, std::byte{0xa5}) {}

  tenon::u64 size() const override { return bytes_.size(); }
  /// Puts bytes there, at the next multiple of 4; their address.
  u32 put(const void* p, std::size_t n) {
    top_ = (top_ + 3) / 4 * 4;
    std::copy_n(static_cast<const std::byte*>(p), n, bytes_.data() + top_); // of no bytes, perhaps
    top_ += n;
    return static_cast<u32>(top_ - n);
  }
  u32 put(std::string_view s) { return put(s.data(), s.size()); }
  u32 put(std::initializer_list<u32> v) { return put(v.begin(), v.size() * 4); }
  /// A record `tensor`, with whatever lies in its padding.
  u32 put_tensor(std::initializer_list<u32> dims, u32 type, u32 data, u32 bytes) {
    return put({put(dims), static_cast<u32>(dims.size()), type | 0xbad00u << 8, data, bytes});
  }
  template <class T>
  u32 put_tensor(std::initializer_list<u32> dims, u32 type, std::initializer_list<T> data) {
    const auto bytes = static_cast<u32>(data.size() * sizeof(T));
    return put_tensor(dims, type, put(data.begin(), bytes), bytes);
  }
  u32 room(std::size_t n) { return put(std::string(n, '\xee')); }
  template <class T = u32>
  T at(u32 address) const {
    T v;
    std::memcpy(&v, bytes_.data() + address, sizeof v);
    return v;
  }

 private:
  void copy_in(std::byte* to, u32 at, std::size_t n) const override { std::memcpy(to, bytes_.data() + at, n); }
  void copy_out(u32 at, const std::byte* from, std::size_t n) override { std::memcpy(bytes_.data() + at, from, n); }
  std::vector<std::byte> bytes_;
  std::size_t top_ = 16;
};

}  // namespace tests
