// The operator of the seed's command that ONNX does not have, EqualCount.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

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

using comparison = list<EqualCount>;

}  // namespace ops

auto equal_count(const operand auto& a, const operand auto& b) { return apply(ops::EqualCount{}, a, b); }

}  // namespace tenon
TENON_COLD_END
