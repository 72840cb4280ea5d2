// Reshape, Flatten, Identity: the same bytes in another shape.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The bytes of input 0, for those who do not alias it.
inline status copy_bytes(run_context& c) {
  const any_view& x = c.input(0);
  if (x.type == dtype::string) std::copy_n(x.as<std::string>(), x.size(), c.output(0).as<std::string>());
  else if (x.bytes != c.output(0).bytes) std::memcpy(c.output(0).bytes, x.bytes, static_cast<std::size_t>(x.byte_size()));
  return {};
}

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
    if (const auto s = n.take_ints("shape")) n.set_input(1, tensor<i64>(tenon::shape{static_cast<i64>(s->size())}, *s));
    n.take_ints("consumed_inputs");
    return {};
  }
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
};

/// The input.
struct Identity {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool reshapes = true;

  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const { return copy_bytes(c); }
};

using shaping = list<Reshape, Flatten, Identity>;

}  // namespace ops

any_tensor reshape(const value auto& x, std::initializer_list<i64> dims) {
  return apply(ops::Reshape{}, x, tensor<i64>(shape{static_cast<i64>(dims.size())}, dims));
}
any_tensor flatten(const value auto& x, const ops::Flatten& o = {}) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
