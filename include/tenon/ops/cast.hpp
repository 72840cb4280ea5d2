// Cast: every numeric type, small ones included, to every other.
#pragma once

#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The elements of `input` as dtype `to`. Floats truncate towards zero to integers, integers wrap;
/// `saturate` and `round_mode` are for 8-bit floats.
struct Cast {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = kernels::detail::castable;
  static constexpr auto inputs = "input:T", outputs = "output:U";

  required<dtype> to{};
  bool saturate = true;
  std::string round_mode = "up";

  status infer(infer_context& c) const {
    if (!dtypes.has(to)) return fail(code::unsupported, {"to ", name(to), " is not supported"});
    if (round_mode != "up" && round_mode != "down" && round_mode != "nearest")
      return c.invalid({"round_mode '", round_mode, "' is unknown"});
    return c.output(0, to, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    if (x.type == to.value) std::memcpy(c.output(0).bytes, x.bytes, static_cast<std::size_t>(x.byte_size()));
    else kernels::cast(x.type, x.bytes, to, c.output(0).bytes, x.size(), {saturate, rounding()});
    return {};
  }

 private:
  tenon::round_mode rounding() const {
    using enum tenon::round_mode;
    return round_mode == "up" ? up : round_mode == "down" ? down : nearest;
  }
};

using conversion = list<Cast>;

}  // namespace ops

any_tensor cast(const value auto& x, dtype to) { return apply(ops::Cast{.to = to}, x); }

}  // namespace tenon
TENON_COLD_END
