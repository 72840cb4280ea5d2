// Cast and CastLike: every numeric type, small ones included, to every other. BitCast: the same bits.
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
    using enum tenon::round_mode;
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    if (x.type == y.type) std::memcpy(y.bytes, x.bytes, static_cast<std::size_t>(x.byte_size()));
    else kernels::cast(x.type, x.bytes, y.type, y.bytes, x.size(),
                       {saturate, round_mode == "up" ? up : round_mode == "down" ? down : nearest});
    return {};
  }
  /// Before opset 6 the type was named.
  status upgrade(old_node& n) {
    static constexpr std::string_view names[] = {"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64",
                                                 "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
    if (n.opset() >= 6) return {};
    const auto name = n.take_text("to");
    const auto at = name ? std::ranges::find(names, std::string_view(*name)) : std::begin(names);
    if (at == std::end(names)) return fail(code::invalid, {"attribute to names no type: '", *name, "'"});
    to = static_cast<dtype>(at - names);
    return {};
  }
  auto gradient(int, const auto& c) const { return cast(c.dy(), c.input(0).type()); }
};

/// The elements of `input` as Cast makes them, in the dtype of `target_type`.
struct CastLike {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = kernels::detail::castable;
  static constexpr auto inputs = "input:T target_type:U", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', kernels::detail::castable}};

  bool saturate = true;
  std::string round_mode = "up";

  status infer(infer_context& c) const { return as_cast(c.type(1)).infer(c); }
  status run(run_context& c) const { return as_cast(c.output(0).type).run(c); }
  auto gradient(int i, const auto& c) const { return i == 0 ? cast(c.dy(), c.input(0).type()) : c.none(); }

 private:
  Cast as_cast(dtype to) const { return {.to = to, .saturate = saturate, .round_mode = round_mode}; }
};

/// The bits of `input` as elements of another type of the same width.
struct BitCast {
  using kind = kinds::general;
  static constexpr int since = 26;
  static constexpr dtype_set dtypes = dtypes::fixed_size;
  static constexpr auto inputs = "input:T", outputs = "output:U";

  required<dtype> to{};

  status infer(infer_context& c) const {
    if (!dtypes.has(to) || wire_bits(to) != wire_bits(c.type(0)))
      return c.invalid({"to ", name(to), " from ", name(c.type(0)), ": the widths differ"});
    return c.output(0, to, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const auto n = static_cast<std::size_t>(x.byte_size());
    std::memcpy(c.output(0).bytes, x.bytes, n);
    // Those of 4 and 2 bits lie in bytes, with their sign where they have one.
    const int above = 8 - wire_bits(to);
    const bool has_sign = to.value == dtype::i4 || to.value == dtype::i2;
    auto* const bytes = reinterpret_cast<u8*>(c.output(0).bytes);
    for (std::size_t i = 0; above > 0 && i < n; ++i) {
      const auto up = static_cast<u8>(bytes[i] << above);
      bytes[i] = has_sign ? static_cast<u8>(static_cast<i8>(up) >> above) : static_cast<u8>(up >> above);
    }
    return {};
  }
};

using conversion = list<Cast, CastLike, BitCast>;

}  // namespace ops

auto cast(const operand auto& x, dtype to) { return apply(ops::Cast{.to = to}, x); }
auto cast_like(const operand auto& x, const operand auto& target_type) { return apply(ops::CastLike{}, x, target_type); }
auto bit_cast(const operand auto& x, dtype to) { return apply(ops::BitCast{.to = to}, x); }

}  // namespace tenon
TENON_COLD_END
