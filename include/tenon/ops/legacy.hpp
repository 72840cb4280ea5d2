// What element-wise operators of opset 6 and older did to their second operand.
#pragma once

#include "shape.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// B as the second operand of such a node beside A: its first dimension is dimension `axis` of A, and dimensions
/// of 1 follow. One element, or a B without room there, stays as it is.
struct LegacyBroadcast {
  using kind = kinds::general;
  static constexpr std::string_view domain = "tenon";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "B:T A:*", outputs = "C:T";
  static constexpr bool reshapes = true;

  i64 axis = 0;

  status infer(infer_context& c) const {
    shape dims = c.dims(0);
    const int more = c.rank(1) - dims.rank();
    if (count(dims) != 1 && axis >= 0 && axis < more)
      for (i64 i = axis; i < more; ++i) dims.push_back(1);
    return c.output(0, dims);
  }
  status run(run_context& c) const { return copy_bytes(c); }
  auto gradient(int i, const auto& c) const { return i == 0 ? reshape(c.dy(), c.input(0).dims(), {.allowzero = true}) : c.none(); }
};

inline status align_second(old_node& n, i64 axis) {
  any_op op(info_of<LegacyBroadcast>);
  static_cast<LegacyBroadcast*>(op.get())->axis = axis;
  n.set_input(1, std::move(op));
  return {};
}
/// Attributes `broadcast` and `axis` of opset 6 and older.
[[gnu::noinline]] inline status upgrade_broadcast(old_node& n) {
  if (n.opset() >= 7) return {};
  const auto broadcasts = n.take_int("broadcast"), axis = n.take_int("axis");
  // Without an axis the last dimensions match, as they do since.
  return broadcasts.value_or(0) != 0 && axis.value_or(-1) >= 0 ? align_second(n, *axis) : status();
}

using legacy = list<LegacyBroadcast>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
