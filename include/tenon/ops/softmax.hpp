// Softmax, LogSoftmax, Hardmax.
#pragma once

#include "../kernels/argmax.hpp"
#include "../kernels/softmax.hpp"
#include "reduce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What the three share: along which axis, and of what the lines are.
struct axis_of_lines {
  shape dims, from, to;
  int at;
};

/// Before opset 13 all dimensions from the axis on were one: `flattens`.
inline axis_of_lines lines_of(const any_view& x, const mutable_any_view& y, i64 axis, bool flattens) {
  axis_of_lines l{x.dims, x.strides, y.strides, 0};
  if (x.dims.empty()) l.dims = l.from = l.to = shape{1};
  else l.at = *normalized_axis(axis, x.rank());
  if (flattens) {
    i64 outer = 1, inner = 1;
    for (int i = 0; i < l.dims.rank(); ++i) (i < l.at ? outer : inner) *= l.dims[i];
    l.dims = shape{outer, inner};
    l.from = l.to = contiguous_strides(l.dims);
    l.at = 1;
  }
  return l;
}
inline status infer_lines(i64 axis, infer_context& c) {
  if (!normalized_axis(axis, std::max(c.rank(0), 1)))
    return c.invalid({"axis ", axis, " is out of range for ", c.dims(0)});
  return c.output(0, c.dims(0));
}
inline status upgrade_lines(i64& axis, bool& flattens, old_node& n) {
  if (n.opset() >= 13) return {};
  flattens = true;
  if (!n.has_attribute("axis")) axis = 1;
  return {};
}
inline status run_softmax(i64 axis, bool flattens, bool log, run_context& c) {
  const any_view& x = c.input(0);
  const mutable_any_view& y = c.output(0);
  if (x.size() == 0) return {};
  const dtype compute = compute_dtype(x.type);
  const axis_of_lines l = lines_of(x, y, axis, flattens);
  kernels::softmax({x.bytes, x.type, compute, l.from}, {y.bytes, y.type, compute, l.to}, l.dims, l.at, log);
  return {};
}

/// The sum over each line, for gradients.
template <class V>
V sum_over_lines(const V& x, i64 axis, bool flattens) {
  const int rank = x.rank(), at = rank == 0 ? 0 : *normalized_axis(axis, rank);
  std::vector<i64> axes;
  for (int i = at; i < (flattens ? rank : std::min(rank, at + 1)); ++i) axes.push_back(i);
  const tensor<i64> over = as_tensor(axes);
  return apply(ReduceSum{.noop_with_empty_axes = true}, x, over);
}

/// exp(x) / sum(exp(x)) along an axis, with the greatest subtracted first.
struct Softmax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";

  i64 axis = -1;

  /// Before opset 13 the default axis was 1 and all dimensions from the axis on were one.
  upgraded<bool> flattens{};

  status infer(infer_context& c) const { return infer_lines(axis, c); }
  status run(run_context& c) const { return run_softmax(axis, flattens.value, false, c); }
  status upgrade(old_node& n) { return upgrade_lines(axis, flattens.value, n); }
  auto gradient(int, const auto& c) const {
    const auto d = c.dy() * c.output();
    return d - c.output() * sum_over_lines(d, axis, flattens.value);
  }
};

/// The logarithm of Softmax, exact where Softmax itself would be 0.
struct LogSoftmax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";

  i64 axis = -1;

  upgraded<bool> flattens{};

  status infer(infer_context& c) const { return infer_lines(axis, c); }
  status run(run_context& c) const { return run_softmax(axis, flattens.value, true, c); }
  status upgrade(old_node& n) { return upgrade_lines(axis, flattens.value, n); }
  auto gradient(int, const auto& c) const { return c.dy() - exp(c.output()) * sum_over_lines(c.dy(), axis, flattens.value); }
};

/// 1 where the first of the greatest elements along an axis is, 0 elsewhere.
struct Hardmax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";

  i64 axis = -1;

  upgraded<bool> flattens{};

  status infer(infer_context& c) const { return infer_lines(axis, c); }
  i64 scratch(std::span<const known> in, bool) const { return detail::bytes_of(in[0].dims, sizeof(i64)); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const axis_of_lines l = lines_of(x, y, axis, flattens.value);
    auto* const found = reinterpret_cast<i64*>(c.scratch());
    shape lines = l.dims;
    lines[l.at] = 1;
    const shape places = contiguous_strides(lines);
    kernels::argmax({x.bytes, x.type, compute_dtype(x.type), l.from}, found, places, l.dims, l.at, false, false);
    const i64 width = size_of(y.type);
    std::memset(y.bytes, 0, static_cast<std::size_t>(y.byte_size()));
    u64 one = 0;
    const float f = 1;
    const double d = 1;
    if (y.type == dtype::f64) std::memcpy(&one, &d, sizeof d);
    else if (!kernels::store_elements(y.type, &f, &one, 1)) std::memcpy(&one, &f, sizeof f);
    const i64* next = found;
    for_each_offset(lines, l.to, [&](i64 at) {
      std::memcpy(y.bytes + (at + *next++ * l.to[l.at]) * width, &one, static_cast<std::size_t>(width));
    });
    return {};
  }
  status upgrade(old_node& n) { return upgrade_lines(axis, flattens.value, n); }
};

using probability = list<Softmax, LogSoftmax, Hardmax>;

}  // namespace ops

auto softmax(const operand auto& x, const ops::Softmax& o = {}) { return apply(o, x); }
auto log_softmax(const operand auto& x, const ops::LogSoftmax& o = {}) { return apply(o, x); }
auto hardmax(const operand auto& x, const ops::Hardmax& o = {}) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
