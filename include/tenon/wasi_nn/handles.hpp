// Handles that guests hold: numbers that rise and are never used again, so that a dead one can only be refused, and
// never means somebody else's.
#pragma once

#include <memory>

#include "abi.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::wasi_nn {

/// Things by handle. What holds a thing beside the table keeps it alive when its handle dies.
template <class T>
class handle_table {
 public:
  explicit handle_table(std::size_t most, u32 next = 1) : most_(most), next_(next) {}

  result<u32> insert(std::shared_ptr<T> thing) {
    if (things_.size() >= most_) return fail(code::limit, {"there are ", things_.size(), " already, the most there may be"});
    if (next_ == 0) return fail(code::limit, {"all handles are used up"});
    things_.push_back({next_, std::move(thing)});
    return next_++;  // 0, which no thing has, after the last one
  }
  /// Null for a handle that is dead or never was.
  std::shared_ptr<T> find(u32 handle) const {
    const auto at = place(handle);
    return at == things_.end() ? nullptr : at->thing;
  }
  /// Ends the life of a handle; the thing, or null.
  std::shared_ptr<T> remove(u32 handle) {
    const auto at = place(handle);
    if (at == things_.end()) return nullptr;
    std::shared_ptr<T> thing = at->thing;
    things_.erase(at);
    return thing;
  }
  /// The handle of the first thing for which f is true, or 0.
  u32 find_if(auto f) const {
    for (const entry& e : things_)
      if (f(*e.thing)) return e.handle;
    return 0;
  }
  std::size_t size() const { return things_.size(); }

 private:
  struct entry {
    u32 handle;
    std::shared_ptr<T> thing;
  };
  /// They lie in rising order.
  auto place(u32 handle) const {
    const auto at = std::ranges::lower_bound(things_, handle, {}, &entry::handle);
    return at != things_.end() && at->handle == handle ? at : things_.end();
  }
  std::vector<entry> things_;
  std::size_t most_;
  u32 next_;
};

}  // namespace tenon
TENON_COLD_END
