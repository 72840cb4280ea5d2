// Cast and CastLike: every numeric type, small ones included, to every other, and to texts and back. BitCast: the
// same bits.
#pragma once

#include "../core/faults.hpp"
#include "../core/parse_double.hpp"
#include "../core/print.hpp"
#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// An element as text: what NumPy's str says.
[[gnu::noinline]] inline std::string text_of(dtype type, const std::byte* at) {
  using kernels::detail::carrier;
  kernels::detail::carried x;
  const carrier through = kernels::detail::carrier_of(type);
  kernels::cast(type, at, through == carrier::real ? dtype::f64 : through == carrier::natural ? dtype::u64 : dtype::i64, &x, 1);
  if (type == dtype::boolean) return x.integer != 0 ? "True" : "False";
  if (through == carrier::natural) return join({x.natural});
  return through == carrier::integer ? join({x.integer}) : float_text(x.real, format_of(type), zeros::one);
}

/// The number that a text says, as an element; false when it says none. Whole numbers of 64 bits stay exact.
[[gnu::noinline]] inline bool read_number(std::string_view s, dtype to, std::byte* at, const kernels::cast_rules& rules) {
  constexpr std::string_view spaces = " \t\n\v\f\r";
  while (!s.empty() && spaces.contains(s.front())) s.remove_prefix(1);
  while (!s.empty() && spaces.contains(s.back())) s.remove_suffix(1);
  const bool minus = s.starts_with('-');
  std::string_view digits = s;
  if (minus || s.starts_with('+')) digits.remove_prefix(1);
  const auto is = [&](std::string_view word) {
    return std::equal(digits.begin(), digits.end(), word.begin(), word.end(), [](char a, char b) { return (a | 32) == b; });
  };
  u64 whole = 0;
  bool exact = !digits.empty() && kernels::detail::carrier_of(to) != kernels::detail::carrier::real;
  for (char c : digits) exact = exact && add_digit(whole, c);
  if (exact && !(minus && whole > u64{1} << 63)) {
    if (minus) whole = 0 - whole;
    kernels::cast(minus ? dtype::i64 : dtype::u64, &whole, to, at, 1);
    return true;
  }
  std::optional<double> x = parse_double(s);
  if (is("inf") || is("infinity")) x = minus ? -__builtin_inf() : __builtin_inf();
  if (is("nan")) x = __builtin_nan("");
  if (to == dtype::boolean && s == digits && (is("true") || is("false"))) x = is("true");
  if (x) kernels::cast(dtype::f64, &*x, to, at, 1, rules);
  return x.has_value();
}

}  // namespace detail

namespace ops {

/// What Cast takes and gives.
inline constexpr dtype_set cast_types = kernels::detail::castable | dtype_set{dtype::string};

/// The elements of `input` as dtype `to`. Floats truncate towards zero to integers, integers wrap;
/// `saturate` and `round_mode` are for 8-bit floats. Texts are numbers in decimals, with an exponent or not, "INF", "NaN".
struct Cast {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = cast_types;
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
    const kernels::cast_rules rules{saturate, round_mode == "up" ? up : round_mode == "down" ? down : nearest};
    if (x.type == y.type) copy_elements(x, y);
    else if (x.type != dtype::string && y.type != dtype::string) kernels::cast(x.type, x.bytes, y.type, y.bytes, x.size(), rules);
    else if constexpr (compiled.has(dtype::string)) return cast_texts(x, y, rules);
    return {};
  }
  /// Before opset 6 the type was named.
  status upgrade(old_node& n) {
    static constexpr std::string_view names[] = {"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64",
                                                 "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
    if (n.opset() >= 6) return {};
    const auto name = n.take_text("to");
    const auto at = name ? std::find(std::begin(names), std::end(names), *name) : std::begin(names);
    if (at == std::end(names)) return fail(code::invalid, {"attribute to names no type: '", *name, "'"});
    to = static_cast<dtype>(at - names);
    return {};
  }
  auto gradient(int, const auto& c) const { return cast(c.dy(), c.input(0).type()); }

 private:
  static status cast_texts(const any_view& x, const mutable_any_view& y, const kernels::cast_rules& rules) {
    for (i64 i = 0; i < x.size(); ++i) {
      if (y.type == dtype::string) y.as<std::string>()[i] = detail::text_of(x.type, x.bytes + i * size_of(x.type));
      else if (const std::string& s = x.as<std::string>()[i]; !detail::read_number(s, y.type, y.bytes + i * size_of(y.type), rules))
        return fail(code::invalid, {"element ", i, " is ", in_quotes(s), ", which is no ", name(y.type)});
    }
    return {};
  }
};

/// The elements of `input` as Cast makes them, in the dtype of `target_type`.
struct CastLike {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = cast_types;
  static constexpr auto inputs = "input:T target_type:U", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', cast_types}};

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
