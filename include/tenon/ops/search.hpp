// ArgMax and ArgMin, TopK: where the extremes are, by the order of the elements.
#pragma once

#include "../kernels/argmax.hpp"
#include "../kernels/topk.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline status infer_extreme(i64 axis, bool keepdims, infer_context& c) {
  const auto at = axis_of(axis, c.dims(0));
  if (!at.has_value()) return std::unexpected(at.error());
  shape dims = c.dims(0);
  if (dims[*at] == 0) return c.invalid({"axis ", axis, " of ", dims, " has no elements"});
  if (keepdims) dims[*at] = 1;
  else dims.erase(*at);
  return c.output(0, dims);
}
inline status run_extreme(i64 axis, bool keepdims, bool least, bool last, run_context& c) {
  const any_view& x = c.input(0);
  const mutable_any_view& y = c.output(0);
  const int at = *normalized_axis(axis, x.rank());
  shape strides = y.strides;
  if (!keepdims) strides.insert(at, 0);
  kernels::argmax({x.bytes, x.type, compute_dtype(x.type), x.strides}, y.as<i64>(), strides, x.dims, at, least, last);
  return {};
}

/// The index of the greatest along an axis; of equal ones the first, or the last. NaN is greatest.
struct ArgMax {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "data:T", outputs = "reduced:I";
  static constexpr bool strided = true;

  i64 axis = 0;
  bool keepdims = true, select_last_index = false;

  status infer(infer_context& c) const { return infer_extreme(axis, keepdims, c); }
  status run(run_context& c) const { return run_extreme(axis, keepdims, false, select_last_index, c); }
};

/// The index of the least along an axis; of equal ones the first, or the last. NaN is least, too.
struct ArgMin {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "data:T", outputs = "reduced:I";
  static constexpr bool strided = true;

  i64 axis = 0;
  bool keepdims = true, select_last_index = false;

  status infer(infer_context& c) const { return infer_extreme(axis, keepdims, c); }
  status run(run_context& c) const { return run_extreme(axis, keepdims, true, select_last_index, c); }
};

/// The K greatest (or least) along an axis in order, and their indices; of equal ones the first come
/// first. NaN is greater than any number. What `sorted` leaves open is sorted as well.
struct TopK {
  using kind = kinds::general;
  static constexpr int since = 24;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "X:T K:I", outputs = "Values:T Indices:I";
  static constexpr bool strided = true;

  i64 axis = -1;
  bool largest = true, sorted = true;

  status infer(infer_context& c) const {
    const auto at = axis_of(axis, c.dims(0));
    if (!at.has_value()) return std::unexpected(at.error());
    if (count(c.dims(1)) != 1) return c.invalid({"K must be one number, not ", c.dims(1)});
    if (!c.constant(1)) return c.later();
    const i64 k = *c.constant(1).as<i64>();
    shape dims = c.dims(0);
    if (k < 0 || k > dims[*at]) return c.invalid({"K is ", k, ", but axis ", axis, " of ", dims, " has ", dims[*at], " elements"});
    dims[*at] = k;
    if (status s = c.output(0, dims); !s.has_value()) return s;
    return c.output(1, dtype::i64, dims);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto at = normalized_axis(axis, in[0].dims.rank());
    if (!at) return 0;
    const i64 n = in[0].dims[*at];
    const any_view& k = in[1].constant;
    return detail::bytes_of(shape{k && k.size() == 1 ? std::clamp<i64>(*k.as<i64>(), 0, n) : n}, sizeof(kernels::candidate));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view &y = c.output(0), &where = c.output(1);
    const int at = *normalized_axis(axis, x.rank());
    const i64 n = x.dims[at], k = *c.input(1).as<i64>(), width = size_of(x.type);
    if (k < 0 || k > n) return fail(code::invalid, {"K is ", k, ", but axis ", axis, " of ", x.dims, " has ", n, " elements"});
    auto* const first = reinterpret_cast<kernels::candidate*>(c.scratch());
    kernels::nest lines;
    shape from, to, places;
    for (int i = 0; i < x.rank(); ++i) {
      if (i == at) continue;
      lines.push(x.dims[i]);
      from.push_back(x.strides[i]);
      to.push_back(y ? y.strides[i] : 0);
      places.push_back(where ? where.strides[i] : 0);
    }
    lines.add(from), lines.add(to), lines.add(places);
    if (!lines.normalize()) return {};
    kernels::cursor line(lines);
    do {
      const std::byte* start = x.bytes + line.at[0] * width;
      kernels::top_k(x.type, start, x.strides[at], n, k, !largest, first);
      for (i64 i = 0; i < k; ++i) {
        if (y)
          kernels::detail::copy_row(y.bytes + (line.at[1] + i * y.strides[at]) * width,
                                    start + first[i].index * x.strides[at] * width, static_cast<std::size_t>(width));
        if (where) where.as<i64>()[line.at[2] + i * where.strides[at]] = first[i].index;
      }
    } while (line.next(lines, lines.rank));
    return {};
  }
  /// Before opset 10 K was an attribute; before 11 the greatest were meant.
  status upgrade(old_node& n) {
    if (n.opset() >= 10) return {};
    const auto k = n.take_int("k");
    if (!k) return fail(code::invalid, {"attribute k is missing"});
    n.set_input(1, tensor<i64>(shape{1}, {*k}));
    return {};
  }
};

using search = list<ArgMax, ArgMin, TopK>;

}  // namespace ops

auto arg_max(const operand auto& x, const ops::ArgMax& o = {}) { return apply(o, x); }
auto arg_min(const operand auto& x, const ops::ArgMin& o = {}) { return apply(o, x); }
/// top_k(x, 5): values and indices.
std::vector<any_tensor> top_k(const value auto& x, i64 k, const ops::TopK& o = {}) {
  const tensor<i64> number(shape{1}, {k});
  const any_view in[] = {look(x), number};
  return apply_all(o, in);
}

}  // namespace tenon
TENON_COLD_END
