// The bound on what parsing allocates, which no count in a file can talk its way around.
#pragma once

#include "../core/faults.hpp"
#include "../core/value.hpp"
#include "external.hpp"
#include "wire.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
class image_reader;
}
namespace tenon::inline TENON_BUILD::onnx {

/// Bytes that parsing may still allocate. Everything is taken from it before it is allocated; what
/// containers and the allocator add is estimated.
class budget {
 public:
  explicit budget(i64 bytes) : all_(bytes), left_(bytes) {}
  /// The design's bound: four times the file plus 1 MB.
  static i64 of_file(std::size_t bytes) {
    constexpr i64 extra = 1 << 20;
    const auto n = static_cast<std::uint64_t>(bytes);
    return n > static_cast<std::uint64_t>(INT64_MAX / 8) ? INT64_MAX : static_cast<i64>(n) * 4 + extra;
  }
  bool take(i64 count, i64 each) {
    const auto n = checked_product(count, each);
    if (!n || *n > left_) return false;
    left_ -= *n;
    return true;
  }
  void give_back(i64 bytes) { left_ += bytes; }
  void widen(i64 bytes) { all_ += bytes, left_ += bytes; }
  i64 all() const { return all_; }

 private:
  i64 all_, left_;
};

/// What all steps of an import share. A step returns false when the import cannot go on (damaged
/// bytes, no memory, the bound), with the error here; what else is wrong is collected.
struct import_state {
  const std::byte* file;  ///< where the file begins
  memory* from;
  budget left;
  faults found{};
  error stop{};
  external_data* files = nullptr;
  image_reader* images = nullptr;
  i64 sparse = 0;  ///< bytes that sparse tensors have unfolded to

  [[gnu::noinline]] bool end(code what, std::initializer_list<piece> why) { return end({what, join(why)}); }
  [[gnu::noinline]] bool end(error e) {
    stop = std::move(e);
    return false;
  }
  /// True when the reader met no fault; else says where it did.
  [[gnu::noinline]] bool sound(wire_fault f, const std::byte* at, std::string_view what) {
    return f == wire_fault::none ||
           end(code::malformed, {what, " is damaged at byte ", at == nullptr ? 0 : at - file, " of the file: ", reason(f)});
  }
  bool sound(const wire_reader& r, std::string_view what) { return sound(r.fault(), r.position(), what); }

  [[gnu::noinline]] bool take(i64 count, i64 each = 1) {
    return left.take(count, each) ||
           end(code::limit, {"the model unfolds to more than ", left.all(), " bytes, the most that is allowed"});
  }
  bool take_text(std::string_view s) { return take(static_cast<i64>(s.size()) + 24); }
  /// An owned tensor's memory. Its buffer is aligned, which costs allocators up to twice the alignment.
  [[gnu::noinline]] bool make(any_tensor& t, dtype d, const shape& dims, std::string_view whose) {
    if (!take(count(dims) * size_of(d)) || !take(2 * i64{alignment})) return false;
    auto made = any_tensor::try_make_uninitialized(d, dims, from);
    if (!made.has_value()) return end(made.error().what, {whose, ": ", made.error().message});
    t = std::move(*made);
    return true;
  }
};

}  // namespace tenon
TENON_COLD_END
