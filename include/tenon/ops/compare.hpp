// ArgMax, and the operator of the seed's command that ONNX does not have, EqualCount.
#pragma once

#include "../kernels/argmax.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The index of the greatest along an axis; of equal ones the first, or the last. NaN is greatest.
struct ArgMax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "data:T", outputs = "reduced:I";
  static constexpr bool strided = true;

  i64 axis = 0;
  bool keepdims = true, select_last_index = false;

  status infer(infer_context& c) const {
    const auto at = normalized_axis(axis, c.rank(0));
    if (!at) return c.invalid({"axis ", axis, " is out of range for ", c.dims(0)});
    shape dims = c.dims(0);
    if (dims[*at] == 0) return c.invalid({"axis ", axis, " of ", dims, " has no elements"});
    if (keepdims) dims[*at] = 1;
    else dims.erase(*at);
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, x.rank());
    shape strides = y.strides;
    if (!keepdims) strides.insert(at, 0);
    kernels::argmax({x.bytes, x.type, compute_dtype(x.type), x.strides}, y.as<i64>(), strides, x.dims, at, false,
                    select_last_index);
    return {};
  }
};

/// The number of equal pairs of two tensors of one shape, as int32 of shape [1] (MindSpore's EqualCount).
struct EqualCount {
  using kind = kinds::general;
  static constexpr std::string_view domain = "tenon";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  static constexpr auto inputs = "A:T B:T", outputs = "count:C";
  static constexpr type_variable types[] = {{'C', {dtype::i32}}};
  static constexpr bool widen = true;

  status infer(infer_context& c) const {
    if (c.dims(0) != c.dims(1)) return c.invalid({"shapes differ: ", c.dims(0), " and ", c.dims(1)});
    if (count(c.dims(0)) > INT32_MAX) return c.invalid({"more pairs than int32 counts: ", c.dims(0)});
    return c.output(0, shape{1});
  }
  status run(run_context& c) const {
    i32 equal = 0;
    dispatch<dtype_set{dtype::f32, dtype::f64, dtype::i32, dtype::u32, dtype::i64, dtype::u64}>(
        c.input(0).type, [&]<class T>() {
          const T *a = c.input(0).as<T>(), *b = c.input(1).as<T>();
          for (i64 i = 0; i < c.input(0).size(); ++i) equal += a[i] == b[i];
        });
    *c.output(0).as<i32>() = equal;
    return {};
  }
};

using comparison = list<ArgMax, EqualCount>;

}  // namespace ops

any_tensor arg_max(const value auto& x, const ops::ArgMax& o = {}) { return apply(o, x); }
any_tensor equal_count(const value auto& a, const value auto& b) { return apply(ops::EqualCount{}, a, b); }

}  // namespace tenon
TENON_COLD_END
