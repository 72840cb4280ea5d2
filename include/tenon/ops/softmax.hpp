// Softmax.
#pragma once

#include "../kernels/softmax.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// exp(x) / sum(exp(x)) along an axis, with the greatest subtracted first.
struct Softmax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";

  i64 axis = -1;

  /// Before opset 13 the default axis was 1 and all dimensions from the axis on were one.
  struct {
    bool value = false;
  } flattens{};

  status infer(infer_context& c) const {
    if (c.rank(0) == 0 && (axis == 0 || axis == -1)) return c.output(0, c.dims(0));
    if (!normalized_axis(axis, c.rank(0))) return c.invalid({"axis ", axis, " is out of range for ", c.dims(0)});
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const dtype compute = compute_dtype(x.type);
    if (x.size() == 0) return {};
    shape dims = x.dims, from = x.strides, to = y.strides;
    int at = dims.empty() ? 0 : *normalized_axis(axis, x.rank());
    if (dims.empty()) dims = from = to = shape{1};
    if (flattens.value) {
      i64 outer = 1, inner = 1;
      for (int i = 0; i < dims.rank(); ++i) (i < at ? outer : inner) *= dims[i];
      dims = shape{outer, inner};
      from = to = contiguous_strides(dims);
      at = 1;
    }
    kernels::softmax({x.bytes, x.type, compute, from}, {y.bytes, y.type, compute, to}, dims, at, false);
    return {};
  }
  status upgrade(old_node& n) {
    if (n.opset() >= 13) return {};
    flattens.value = true;
    if (!n.has_attribute("axis")) axis = 1;
    return {};
  }
};

using probability = list<Softmax>;

}  // namespace ops

any_tensor softmax(const value auto& x, const ops::Softmax& o = {}) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
