// What variables may cost, and where their errors go, when neither operators nor shapes are the programmer's: those of a
// file's graph, whose gradients are an operator's results.
#pragma once

#include "../ops/run.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The memory of variables. Whatever is applied to one of them is one of them, too; what would be `raise` elsewhere is kept
/// here, the first time, and from then on nothing is computed: results are placeholders that nobody should look at.
/// It must outlive the variables.
class guard final : public memory {
 public:
  explicit guard(const produce_context& c) : from_(c.from()), left_(c.left()), bodies_(c.bodies()), macs_(c.macs()) {}
  guard(const guard&) = delete;

  void* allocate(std::size_t bytes) override {
    const std::size_t n = allocation_size(bytes);
    if (n == 0 || left_ < 0 || static_cast<std::uint64_t>(left_) < n) return nullptr;
    void* p = from_ != nullptr ? from_->allocate(bytes) : system_allocate(bytes);
    if (p != nullptr) left_ -= static_cast<i64>(n);
    return p;
  }
  void release(void* p, std::size_t bytes) override {
    if (from_ != nullptr) from_->release(p, bytes);
    else std::free(p);
    left_ += static_cast<i64>(allocation_size(bytes));
  }

  i64 left() const { return left_; }
  body_runner* bodies() const { return bodies_; }
  i64* macs() const { return macs_; }
  const status& so_far() const { return so_far_; }
  bool sound() const { return so_far_.has_value(); }
  void fail(error e) {
    if (sound()) so_far_ = std::unexpected(std::move(e));
  }
  /// Before something is computed; false where it must not be.
  bool begin() {
    if (sound() && bodies_ != nullptr) so_far_ = bodies_->spend(1);
    return sound();
  }
  std::string_view title{};  ///< in messages, instead of the name of the operator that is applied

 private:
  memory* from_;
  i64 left_;
  body_runner* bodies_;
  i64* macs_;
  status so_far_;
};

}  // namespace tenon
TENON_COLD_END
