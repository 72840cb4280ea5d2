// The memory of a guest, looked at from outside. Addresses come from the guest and may be anything: they are checked
// here, in 64 bits, before whoever implements this class sees them.
#pragma once

#include "../core/memory.hpp"
#include "abi.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::wasi_nn {

class guest_memory {
 public:
  /// Bytes of it, now: a guest's memory grows.
  virtual u64 size() const = 0;

  bool has(u32 at, u64 bytes) const { return bytes <= size() && at <= size() - bytes; }

  /// What is in the memory; `what` says in an error what lies outside of it.
  status read(u32 at, std::span<std::byte> to, piece what) const {
    if (status s = check(at, to.size(), what); !s.has_value()) return s;
    if (!to.empty()) copy_in(to.data(), at, to.size());
    return {};
  }
  result<guest_list> read_list(u32 at, piece what) const {
    std::byte b[8];
    if (status s = read(at, b, what); !s.has_value()) return std::unexpected(s.error());
    return guest_list{u32_at(b), u32_at(b + 4)};
  }
  result<buffer> read_all(guest_list l, memory* from, piece what) const {
    if (status s = check(l.at, l.length, what); !s.has_value()) return std::unexpected(s.error());  // before it is allocated
    auto b = buffer::make(l.length, from);
    if (b.has_value() && l.length != 0) copy_in((*b).data(), l.at, l.length);
    return b;
  }
  status write(u32 at, std::span<const std::byte> bytes, piece what) {
    if (status s = check(at, bytes.size(), what); !s.has_value()) return s;
    if (!bytes.empty()) copy_out(at, bytes.data(), bytes.size());
    return {};
  }
  status write(u32 at, u32 v, piece what) {
    std::byte b[4];
    for (u32 i = 0; i < 4; ++i) b[i] = static_cast<std::byte>(v >> 8 * i);
    return write(at, b, what);
  }
  status check(u32 at, u64 bytes, piece what) const {
    if (has(at, bytes)) return {};
    return fail(code::invalid, {what, " (", bytes, " bytes at ", at, ") is outside of the guest's memory of ", size(), " bytes"});
  }

 protected:
  ~guest_memory() = default;
  /// Both are only called for what is inside.
  virtual void copy_in(std::byte* to, u32 at, std::size_t bytes) const = 0;
  virtual void copy_out(u32 at, const std::byte* from, std::size_t bytes) = 0;
};

}  // namespace tenon
TENON_COLD_END
