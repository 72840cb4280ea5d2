// Where bytes come from. A `memory` can refuse; a `buffer` owns 64-byte aligned bytes and says in
// a result when there are none.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "shape.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A source of memory. `allocate` returns null when it is exhausted or the limit is reached.
class memory {
 public:
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* p, std::size_t bytes) = 0;

 protected:
  ~memory() = default;
};

inline constexpr std::size_t alignment = 64;

/// Whole alignment units, at least one: what an allocation of so many bytes takes, or 0 when that is
/// more than a size_t holds.
constexpr std::size_t allocation_size(std::size_t bytes) {
  if (bytes == 0) return alignment;
  return (bytes + alignment - 1) / alignment * alignment;
}

/// The C library's memory; what a null `memory*` stands for.
inline void* system_allocate(std::size_t bytes) {
  const std::size_t n = allocation_size(bytes);
  return n == 0 ? nullptr : std::aligned_alloc(alignment, n);
}

/// The C library's memory, or another one's, up to a limit, with the peak on record; allocations count in
/// whole alignment units, so that many empty ones reach the limit, too.
class limited_memory : public memory {
 public:
  explicit limited_memory(i64 limit, memory* from = nullptr) : limit_(std::max(limit, i64{0})), from_(from) {}
  limited_memory(const limited_memory&) = delete;
  void* allocate(std::size_t bytes) override {
    const std::size_t n = allocation_size(bytes);
    if (n == 0 || static_cast<std::uint64_t>(limit_ - used_) < n) return nullptr;
    void* p = from_ != nullptr ? from_->allocate(bytes) : system_allocate(bytes);
    if (p == nullptr) return nullptr;
    used_ += static_cast<i64>(n);
    peak_ = std::max(peak_, used_);
    return p;
  }
  void release(void* p, std::size_t bytes) override {
    if (from_ != nullptr) from_->release(p, bytes);
    else std::free(p);
    used_ -= static_cast<i64>(allocation_size(bytes));
  }
  i64 limit() const { return limit_; }
  i64 used() const { return used_; }
  i64 peak() const { return peak_; }

 private:
  i64 limit_, used_ = 0, peak_ = 0;
  memory* from_;
};

/// Bytes as the text that they are.
inline std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Owned bytes, 64-byte aligned, not initialised. Moves, never copies by itself.
class buffer {
 public:
  buffer() = default;
  static result<buffer> make(i64 bytes, memory* from = nullptr) {
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) > PTRDIFF_MAX)
      return fail(code::out_of_memory, {bytes, " bytes do not fit into this machine's memory"});
    const auto n = static_cast<std::size_t>(bytes);
    void* p = from != nullptr ? from->allocate(n) : system_allocate(n);
    if (p == nullptr)  // "no memory" is short enough for the string to need none, even on wasm32
      return std::unexpected<error>(error{code::out_of_memory, "no memory"});
    return buffer(static_cast<std::byte*>(p), n, from);
  }
  buffer(buffer&& o) noexcept
      : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)), from_(o.from_) {}
  buffer& operator=(buffer&& o) noexcept {
    if (this != &o) {
      reset();
      data_ = std::exchange(o.data_, nullptr), size_ = std::exchange(o.size_, 0), from_ = o.from_;
    }
    return *this;
  }
  ~buffer() { reset(); }

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<const std::byte> look() const { return {data_, size_}; }
  memory* source() const { return from_; }
  void reset() {
    if (data_ == nullptr) return;
    if (from_ != nullptr) from_->release(data_, size_);
    else std::free(data_);
    data_ = nullptr, size_ = 0;
  }

 private:
  buffer(std::byte* data, std::size_t size, memory* from) : data_(data), size_(size), from_(from) {}
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  memory* from_ = nullptr;
};

}  // namespace tenon
TENON_COLD_END
