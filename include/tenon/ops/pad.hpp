// Pad and CenterCropPad: an input within a larger or smaller frame. Each axis is cut into stretches that
// are read forwards, backwards or over and over, and every combination of stretches is one box to copy.
#pragma once

#include "../kernels/cast.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What lies outside of the input.
enum class surroundings : u8 { constant, reflect, edge, wrap };

/// How the output's axes lie over the input's: `kept` elements from `crop` on, after `lead` others.
struct frame {
  shape crop, kept, lead, dims;

  explicit frame(const shape& x) : crop(shape::filled(x.rank(), 0)), kept(x), lead(crop), dims(x) {}

  /// Puts elements before and behind an axis; takes them off where negative.
  status pad(int axis, i64 before, i64 behind, surroundings how) {
    i64 inside = kept[axis], all = 0;
    const bool fits = !__builtin_add_overflow(inside, std::min<i64>(before, 0), &inside) &&
                      !__builtin_add_overflow(inside, std::min<i64>(behind, 0), &inside) && inside >= 0;
    if (!fits || __builtin_add_overflow(inside, std::max<i64>(before, 0), &all) ||
        __builtin_add_overflow(all, std::max<i64>(behind, 0), &all))
      return fail(code::invalid, {"pads ", before, " and ", behind, " do not fit the ", kept[axis], " elements of axis ", axis});
    if (inside == 0 && all > 0 && how != surroundings::constant)
      return fail(code::invalid, {"axis ", axis, " has no elements to pad with"});
    crop[axis] = std::max<i64>(-before, 0), lead[axis] = std::max<i64>(before, 0);
    kept[axis] = inside, dims[axis] = all;
    return {};
  }
};

/// The output of a frame.
class framed {
 public:
  framed(const frame& f, surroundings how, const any_view& x, const any_view& filling, const mutable_any_view& y)
      : f_(f), how_(how), x_(x), filling_(filling), y_(y), dims_(f.dims), strides_(x.strides) {}

  void write() {
    if (count(f_.dims) > 0) from(0, 0, 0);
  }

 private:
  struct stretch {
    i64 length, start, step;
    bool filled = false;
  };
  /// The stretch that begins `at` elements behind the first that is kept of n.
  stretch next(i64 at, i64 n) const {
    if (at >= 0 && at < n) return {n - at, at, 1};
    const i64 most = at < 0 ? -at : INT64_MAX;  // until the kept ones begin
    if (how_ == surroundings::constant) return {most, 0, 0, true};
    if (how_ == surroundings::edge || (how_ == surroundings::reflect && n == 1)) return {most, at < 0 ? 0 : n - 1, 0};
    const i64 period = how_ == surroundings::wrap ? n : 2 * (n - 1);
    const i64 m = at % period < 0 ? at % period + period : at % period;
    if (how_ == surroundings::wrap) return {n - m, m, 1};
    if (m < n - 1) return {std::min(most, n - 1 - m), m, 1};
    return {std::min(most, period - m), period - m, -1};
  }

  void from(int axis, i64 source, i64 target) {
    if (axis == f_.dims.rank()) return move_elements(shifted(x_, source), strides_, y_, target, y_.strides, dims_);
    const i64 size = f_.dims[axis], stride = x_.strides[axis];
    for (i64 i = 0, n = 0; i < size; i += n) {
      const stretch s = next(i - f_.lead[axis], f_.kept[axis]);
      n = std::min(s.length, size - i);
      dims_[axis] = n;
      const i64 to = target + i * y_.strides[axis];
      if (s.filled) {
        move_elements(filling_, shape::filled(dims_.rank(), 0), y_, to, y_.strides, dims_);
      } else {
        strides_[axis] = stride * s.step;
        from(axis + 1, source + (f_.crop[axis] + s.start) * stride, to);
      }
    }
    dims_[axis] = size;
  }

  const frame& f_;
  const surroundings how_;
  const any_view x_, filling_;
  const mutable_any_view y_;
  shape dims_, strides_;  // of the box that is being put together
};

/// Room for one element of any type but string.
struct alignas(16) any_element {
  std::byte bytes[16] = {};
};

/// `data` with elements put before and behind each axis, or taken off where `pads` is negative: a constant,
/// or `data` mirrored (reflect), its outermost elements (edge) or its other end (wrap).
struct Pad {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T pads:I constant_value?:V axes?:X", outputs = "output:T";
  static constexpr type_variable types[] = {{'V', dtypes::all}, {'X', dtypes::index}};
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  std::string mode = "constant";

  status infer(infer_context& c) const {
    if (!c.constant(1) || (c.has(3) && !c.constant(3))) return c.later();
    if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
      return c.invalid({"mode '", mode, "' is unknown"});
    if (c.has(2)) {
      if (count(c.dims(2)) != 1) return c.invalid({"constant_value of shape ", c.dims(2), " is not one value"});
      // Of older opsets it comes from an attribute, whatever the data are.
      if (c.type(2) != c.type(0) && !(c.type(2) == dtype::f32 && tenon::dtypes::numeric.has(c.type(0))))
        return c.invalid({"constant_value is ", name(c.type(2)), " where ", name(c.type(0)), " is expected"});
    }
    frame f(c.dims(0));
    if (status s = lay(f, c.constant(1), c.has(3) ? c.constant(3) : any_view()); !s.has_value()) return s;
    return c.output(0, f.dims);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    frame f(x.dims);
    if (status s = lay(f, c.input(1), c.has(3) ? c.input(3) : any_view()); !s.has_value()) return s;
    const std::string empty;
    any_element value;
    any_view filling(x.type, shape{}, x.type == dtype::string ? reinterpret_cast<const std::byte*>(&empty) : value.bytes);
    if (c.has(2) && c.input(2).type == x.type) filling.bytes = c.input(2).bytes;
    else if (c.has(2)) kernels::cast(c.input(2).type, c.input(2).bytes, x.type, value.bytes, 1);
    framed(f, how(), x, filling, c.output(0)).write();
    return {};
  }
  /// Before opset 11 pads (in opset 1 paddings) and value were attributes.
  status upgrade(old_node& n) {
    if (n.opset() >= 11) return {};
    to_input(n, n.opset() < 2 ? "paddings" : "pads", 1);
    const float value = n.take_float("value").value_or(0);
    if (value != 0) n.set_input(2, tensor<float>(shape{}, {value}));
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }

 private:
  surroundings how() const {
    using enum surroundings;
    return mode == "reflect" ? reflect : mode == "edge" ? edge : mode == "wrap" ? wrap : constant;
  }
  status lay(frame& f, const any_view& pads, const any_view& axes) const {
    const shape x = f.dims;
    shape named;
    for (int i = 0; i < x.rank() && !axes; ++i) named.push_back(i);
    if (axes)
      if (const auto bits = axes_of(axes, x, &named); !bits.has_value()) return std::unexpected(bits.error());
    const int n = named.rank();
    if (status s = check_list("pads", pads, 2 * n); !s.has_value()) return s;
    for (int i = 0; i < n; ++i)
      if (status s = f.pad(static_cast<int>(named[i]), entry(pads, i), entry(pads, n + i), how()); !s.has_value()) return s;
    return {};
  }
};

/// The middle of `input_data`, or zeros around it, so that the axes have the lengths that `shape` says.
struct CenterCropPad {
  using kind = kinds::general;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_data:T shape:X", outputs = "output_data:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  std::optional<ints> axes{};

  status infer(infer_context& c) const {
    if (!c.constant(1)) return c.later();
    frame f(c.dims(0));
    if (status s = lay(f, c.constant(1)); !s.has_value()) return s;
    return c.output(0, f.dims);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    frame f(x.dims);
    if (status s = lay(f, c.input(1)); !s.has_value()) return s;
    const std::string empty;
    const any_element zero;
    const any_view filling(x.type, shape{}, x.type == dtype::string ? reinterpret_cast<const std::byte*>(&empty) : zero.bytes);
    framed(f, surroundings::constant, x, filling, c.output(0)).write();
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }

 private:
  status lay(frame& f, const any_view& lengths) const {
    const shape x = f.dims;
    const i64 n = axes ? static_cast<i64>(axes->size()) : x.rank();
    if (status s = check_list("shape", lengths, n); !s.has_value()) return s;
    u32 named = 0;
    for (i64 i = 0; i < n; ++i) {
      const auto at = axis_of(axes ? (*axes)[static_cast<std::size_t>(i)] : i, x);
      if (!at.has_value()) return std::unexpected(at.error());
      if (named >> *at & 1) return fail(code::invalid, {"axis ", *at, " is named twice"});
      named |= u32{1} << *at;
      const i64 length = entry(lengths, i), size = x[*at];
      if (length < 0) return fail(code::invalid, {"axis ", *at, " cannot have ", length, " elements"});
      // What is odd goes behind.
      const i64 before = length < size ? -((size - length) / 2) : (length - size) / 2;
      if (status s = f.pad(*at, before, length - size - before, surroundings::constant); !s.has_value()) return s;
    }
    return {};
  }
};

using padding = list<Pad, CenterCropPad>;

}  // namespace ops

/// pad(x, {0, 1, 0, 1}): as many elements before each axis, then as many behind each.
auto pad(const operand auto& x, std::initializer_list<i64> pads, const ops::Pad& o = {}) {
  return apply(o, x, as_tensor(pads));
}

}  // namespace tenon
TENON_COLD_END
