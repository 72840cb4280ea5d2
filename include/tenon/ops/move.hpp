// Transpose, Concat, Split: elements moved by their width, whatever they mean.
#pragma once

#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Dimension perm[i] of the input becomes dimension i; without perm they are reversed.
struct Transpose {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T", outputs = "transposed:T";
  static constexpr bool strided = true;

  ints perm{};

  status infer(infer_context& c) const {
    const auto p = order_for(c.rank(0));
    if (!p) return c.invalid({"perm ", std::span<const i64>(perm), " does not reorder ", c.dims(0)});
    return c.output(0, in_order(c.dims(0), *p));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    move_elements(x, in_order(x.strides, *order_for(x.rank())), y, 0, y.strides, y.dims);
    return {};
  }
  auto gradient(int, const auto& c) const {
    Transpose back{perm};
    for (std::size_t i = 0; i < perm.size(); ++i) back.perm[static_cast<std::size_t>(perm[i])] = static_cast<i64>(i);
    return transpose(c.dy(), back);
  }

 private:
  std::optional<shape> order_for(int rank) const {
    shape p;
    if (perm.empty()) {
      for (int i = rank; i-- > 0;) p.push_back(i);
      return p;
    }
    if (static_cast<int>(perm.size()) != rank) return std::nullopt;
    u32 seen = 0;
    for (i64 axis : perm) {
      if (axis < 0 || axis >= rank || (seen >> axis & 1)) return std::nullopt;
      seen |= u32{1} << axis;
      p.push_back(axis);
    }
    return p;
  }
  static shape in_order(const shape& s, const shape& p) {
    shape r;
    for (i64 axis : p) r.push_back(s[static_cast<int>(axis)]);
    return r;
  }
};

/// The inputs side by side along an axis; their other dimensions agree.
struct Concat {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "inputs:T*", outputs = "concat_result:T";
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  required<i64> axis{};

  status infer(infer_context& c) const {
    const auto at = axis_of(axis, c.dims(0));
    if (!at.has_value()) return std::unexpected(at.error());
    shape dims = c.dims(0);
    for (int i = 1; i < c.inputs(); ++i) {
      shape other = c.dims(i);
      bool fits = other.rank() == dims.rank();
      if (fits) {
        const i64 more = other[*at];
        other[*at] = dims[*at];
        fits = other == dims && !__builtin_add_overflow(dims[*at], more, &dims[*at]);
      }
      if (!fits) return c.invalid({"inputs 0 and ", i, " do not fit along axis ", axis.value, ": ", c.dims(0), " and ", c.dims(i)});
    }
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, y.rank());
    i64 start = 0;
    for (const any_view& x : c.all_inputs()) {
      move_elements(x, x.strides, y, start * y.strides[at], y.strides, x.dims);
      start += x.dims[at];
    }
    return {};
  }
  /// Before opset 4 the axis could be left out and was 1.
  status upgrade(old_node& n) {
    if (n.opset() < 4 && !n.has_attribute("axis")) axis = i64{1};
    return {};
  }
  auto gradient(int i, const auto& c) const;
};

/// Pieces along an axis: of the lengths of input 1, or num_outputs equal ones (the last may be shorter).
struct Split {
  using kind = kinds::general;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T split?:I", outputs = "outputs:T*";
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  i64 axis = 0;
  std::optional<i64> num_outputs{};

  status infer(infer_context& c) const {
    const auto at = axis_of(axis, c.dims(0));
    if (!at.has_value()) return std::unexpected(at.error());
    const i64 whole = c.dims(0)[*at];
    const i64 n = c.outputs();
    if (num_outputs && *num_outputs != n) return c.invalid({"num_outputs is ", *num_outputs, " for ", n, " outputs"});
    if (c.has(1) && !c.constant(1)) return c.later();
    i64 sum = 0;
    shape dims = c.dims(0);
    const i64 each = whole / n + (whole % n != 0);
    if (c.has(1) && count(c.dims(1)) != n) return c.invalid({"split has ", count(c.dims(1)), " entries for ", n, " outputs"});
    for (i64 i = 0; i < n; ++i) {
      const i64 length = c.has(1) ? c.constant(1).as<i64>()[i] : std::max<i64>(0, std::min(each, whole - sum));
      if (length < 0 || length > whole - sum) return c.invalid({"entry ", i, " of split is ", length, ", of ", whole, " along axis ", axis});
      sum += length;
      dims[*at] = length;
      if (status s = c.output(static_cast<int>(i), dims); !s.has_value()) return s;
    }
    if (sum != whole) return c.invalid({"split adds up to ", sum, ", not ", whole});
    return {};
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const int at = *normalized_axis(axis, x.rank());
    i64 start = 0;
    for (int i = 0; i < c.outputs(); ++i) {
      const mutable_any_view& y = c.output(i);
      any_view part = x;
      part.bytes += start * x.strides[at] * size_of(x.type);
      if (y) move_elements(part, x.strides, y, 0, y.strides, y.dims);
      start += y.dims[at];
    }
    return {};
  }
  /// Before opset 13 the lengths were an attribute.
  status upgrade(old_node& n) {
    to_input(n, "split", 1);
    return {};
  }
  auto gradient(int, const auto& c) const {
    auto parts = std::vector{c.dy(0)};
    for (int i = 1; i < c.outputs(); ++i) parts.push_back(c.dy(i));
    return std::move(apply_all(Concat{.axis = axis}, std::span(std::as_const(parts)))[0]);
  }
};

/// The piece of dy that input i became: it lies between the inputs before and after it.
auto Concat::gradient(int i, const auto& c) const {
  const int at = *normalized_axis(axis, c.dy().rank());
  i64 lengths[3] = {};
  for (int j = 0; j < c.inputs(); ++j) lengths[j < i ? 0 : j == i ? 1 : 2] += c.input(j).dims()[at];
  return std::move(apply_for(3, Split{.axis = at}, c.dy(), tensor<i64>(shape{3}, lengths))[1]);
}

using moving = list<Transpose, Concat, Split>;

}  // namespace ops

auto transpose(const operand auto& x, const ops::Transpose& o = {}) { return apply(o, x); }
/// concat({a, b, c}, {.axis = 1})
inline any_tensor concat(std::initializer_list<any_view> inputs, const ops::Concat& o) {
  return std::move(apply_all(o, std::span<const any_view>(inputs.begin(), inputs.size()))[0]);
}
/// The same for what else operators are applied to.
template <class T>
  requires is_operand<T>
T concat(std::initializer_list<T> inputs, const ops::Concat& o) {
  return std::move(apply_all(o, std::span<const T>(inputs.begin(), inputs.size()))[0]);
}
/// split(x, {.num_outputs = 3}): as many equal pieces.
auto split(const operand auto& x, const ops::Split& o) {
  return apply_for(static_cast<int>(o.num_outputs.value_or(2)), o, x);
}

}  // namespace tenon
TENON_COLD_END
