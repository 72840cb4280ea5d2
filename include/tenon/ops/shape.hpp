// The same bytes in another shape (Reshape, Flatten, Squeeze, Unsqueeze, Identity), and shapes as numbers
// (Shape, Size).
#pragma once

#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The elements of `data` in a new shape: -1 is what is left, 0 the input's dimension (unless allowzero).
struct Reshape {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T shape:I", outputs = "reshaped:T";
  static constexpr bool reshapes = true;

  bool allowzero = false;

  status infer(infer_context& c) const {
    if (!c.constant(1)) return c.later();
    const auto wanted = c.constant_dims(1);
    if (!wanted || c.rank(1) != 1) return c.invalid({"a shape of ", c.dims(1), " entries; at most ", max_rank, " are supported"});
    const shape& x = c.dims(0);
    shape dims = *wanted;
    int open = -1;
    i64 rest = 1;
    for (int i = 0; i < dims.rank(); ++i) {
      if (dims[i] == 0 && !allowzero) {
        if (i >= x.rank()) return c.invalid({"entry ", i, " of shape ", *wanted, " copies a dimension that ", x, " has not"});
        dims[i] = x[i];
      }
      if (dims[i] == -1) {
        if (open >= 0) return c.invalid({"shape ", *wanted, " leaves more than one dimension open"});
        open = i;
      } else if (dims[i] < 0 || __builtin_mul_overflow(rest, dims[i], &rest)) {
        return c.invalid({"shape ", *wanted, " is not one"});
      }
    }
    const i64 n = count(x);
    if (open >= 0) {
      if (rest == 0 || n % rest != 0) return c.invalid({"shape ", *wanted, " does not fit the ", n, " elements of ", x});
      dims[open] = n / rest;
    } else if (rest != n) {
      return c.invalid({"shape ", *wanted, " does not fit the ", n, " elements of ", x});
    }
    return c.output(0, dims);
  }
  status run(run_context& c) const { return copy_bytes(c); }
  /// Opset 1 had the shape as an attribute.
  status upgrade(old_node& n) {
    to_input(n, "shape", 1);
    n.take_ints("consumed_inputs");
    return {};
  }
  auto gradient(int, const auto& c) const { return reshape(c.dy(), c.input(0).dims(), {.allowzero = true}); }
};

/// A matrix: dimensions before `axis` are its rows, the others its columns.
struct Flatten {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool reshapes = true;

  i64 axis = 1;

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (axis < -x.rank() || axis > x.rank()) return c.invalid({"axis ", axis, " is out of range for ", x});
    const int at = static_cast<int>(axis < 0 ? axis + x.rank() : axis);
    const auto rows = checked_count(x.first(at).span()), columns = checked_count(x.from(at).span());
    if (!rows || !columns) return c.invalid({x, " has rows that 64 bits do not count"});
    return c.output(0, shape{*rows, *columns});
  }
  status run(run_context& c) const { return copy_bytes(c); }
  auto gradient(int, const auto& c) const { return reshape(c.dy(), c.input(0).dims(), {.allowzero = true}); }
};

/// The input.
struct Identity {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::any;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool reshapes = true;

  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const { return copy_bytes(c); }
  auto gradient(int, const auto& c) const { return c.dy(); }
};

/// Dimensions of one element taken out: those that `axes` names, or all.
struct Squeeze {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T axes?:I", outputs = "squeezed:T";
  static constexpr bool reshapes = true;

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    u32 gone = 0;
    if (c.has(1)) {
      if (!c.constant(1)) return c.later();
      const auto axes = axes_of(c.constant(1), x);
      if (!axes.has_value()) return std::unexpected(axes.error());
      gone = *axes;
    }
    shape dims;
    for (int i = 0; i < x.rank(); ++i) {
      if ((gone >> i & 1) != 0 && x[i] != 1) return c.invalid({"axis ", i, " of ", x, " has ", x[i], " elements, not 1"});
      if ((gone >> i & 1) == 0 && (c.has(1) || x[i] != 1)) dims.push_back(x[i]);
    }
    return c.output(0, dims);
  }
  status run(run_context& c) const { return copy_bytes(c); }
  /// Before opset 13 the axes were an attribute.
  status upgrade(old_node& n) {
    to_input(n, "axes", 1);
    return {};
  }
  auto gradient(int, const auto& c) const { return reshape(c.dy(), c.input(0).dims(), {.allowzero = true}); }
};

/// Dimensions of one element put in, where `axes` says that they are in the result.
struct Unsqueeze {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T axes:I", outputs = "expanded:T";
  static constexpr bool reshapes = true;

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (!c.constant(1)) return c.later();
    const i64 rank = x.rank() + count(c.dims(1));
    if (status s = check_rank(rank); !s.has_value()) return s;
    shape dims = shape::filled(static_cast<int>(rank), 1);
    const auto ones = axes_of(c.constant(1), dims);
    if (!ones.has_value()) return std::unexpected(ones.error());
    for (int i = 0, from = 0; i < dims.rank(); ++i)
      if ((*ones >> i & 1) == 0) dims[i] = x[from++];
    return c.output(0, dims);
  }
  status run(run_context& c) const { return copy_bytes(c); }
  /// Before opset 13 the axes were an attribute.
  status upgrade(old_node& n) {
    to_input(n, "axes", 1);
    return {};
  }
  auto gradient(int, const auto& c) const { return reshape(c.dy(), c.input(0).dims(), {.allowzero = true}); }
};

/// The dimensions from `start` to before `end`, as a list; both are brought into range.
struct Shape {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T", outputs = "shape:I";
  static constexpr bool strided = true, shape_only = true;

  i64 start = 0;
  std::optional<i64> end{};

  status infer(infer_context& c) const {
    const int rank = c.rank(0);
    return c.output(0, shape{std::max(0, place(end.value_or(rank), rank) - place(start, rank))});
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const shape& x = c.input(0).dims;
    std::copy_n(x.begin() + place(start, x.rank()), y.size(), y.as<i64>());
    return {};
  }

 private:
  static int place(i64 at, int rank) {
    return static_cast<int>(std::clamp<i64>(at < 0 ? at + rank : at, 0, rank));
  }
};

/// The number of elements, as a scalar.
struct Size {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T", outputs = "size:I";
  static constexpr bool strided = true, shape_only = true;

  status infer(infer_context& c) const { return c.output(0, shape{}); }
  status run(run_context& c) const {
    *c.output(0).as<i64>() = c.input(0).size();
    return {};
  }
};

using shaping = list<Reshape, Flatten, Identity, Squeeze, Unsqueeze, Shape, Size>;

}  // namespace ops

auto reshape(const operand auto& x, const shape& dims, const ops::Reshape& o = {}) {
  return apply(o, x, tensor<i64>(shape{dims.rank()}, dims.span()));
}
auto flatten(const operand auto& x, const ops::Flatten& o = {}) { return apply(o, x); }
/// squeeze(x, {0, -1}): without these dimensions of 1, without all of them when none are named.
auto squeeze(const operand auto& x, std::initializer_list<i64> axes = {}) {
  if (axes.size() == 0) return apply(ops::Squeeze{}, x);
  return apply(ops::Squeeze{}, x, as_tensor(axes));
}
auto unsqueeze(const operand auto& x, std::initializer_list<i64> axes) {
  return apply(ops::Unsqueeze{}, x, as_tensor(axes));
}

}  // namespace tenon
TENON_COLD_END
