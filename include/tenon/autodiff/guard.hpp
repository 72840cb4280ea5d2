// What variables may cost, and where their errors go, when neither operators nor shapes are the programmer's: those of a
// file's graph, whose gradients are an operator's results.
#pragma once

#include "../ops/run.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The memory of variables. Whatever is applied to one of them is one of them, too; what would be `raise` elsewhere is kept
/// here, the first time, and from then on nothing is computed: results are placeholders that nobody should look at.
/// It must outlive the variables.
class guard final : public limited_memory {
 public:
  explicit guard(const produce_context& c) : limited_memory(c.left(), c.from()), bodies_(c.bodies()), macs_(c.macs()) {}

  i64 left() const { return limit() - used(); }
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
  body_runner* bodies_;
  i64* macs_;
  status so_far_;
};

}  // namespace tenon
TENON_COLD_END
