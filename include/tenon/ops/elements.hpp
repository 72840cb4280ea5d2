// What operators that move elements share: boxes of elements from view to view, rows found by an index,
// strings included, and lists of numbers that are inputs.
#pragma once

#include "../kernels/index.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// The elements of input 0 as they are, for those who do not alias it.
[[gnu::noinline]] inline status copy_bytes(run_context& c) {
  const any_view& x = c.input(0);
  if (x.bytes != c.output(0).bytes) move_elements(x, x.strides, c.output(0), 0, contiguous_strides(x.dims), x.dims);
  return {};
}

/// A view that begins `offset` elements further on.
inline any_view shifted(any_view v, i64 offset) {
  v.bytes += offset * size_of(v.type);
  return v;
}

/// Rows of `run` elements from where the offsets point, one after the other from y[to] on.
[[gnu::noinline]] inline void gather_rows(const any_view& x, const i64* offsets, i64 n, i64 run, const mutable_any_view& y,
                                          i64 to) {
  if (x.type != dtype::string)
    return kernels::gather(x.bytes, offsets, n, run, y.bytes + to * size_of(y.type), size_of(y.type));
  for (i64 i = 0; i < n; ++i) std::copy_n(x.as<std::string>() + offsets[i], run, y.as<std::string>() + to + i * run);
}

/// Rows of `run` elements from x[from] on, `step` apart, to where the offsets point.
[[gnu::noinline]] inline void scatter_rows(const any_view& x, i64 from, i64 step, const i64* offsets, i64 n, i64 run,
                                           const mutable_any_view& y) {
  if (x.type != dtype::string)
    return kernels::scatter(x.bytes + from * size_of(x.type), step, offsets, n, run, y.bytes, size_of(y.type));
  for (i64 i = 0; i < n; ++i) std::copy_n(x.as<std::string>() + from + i * step, run, y.as<std::string>() + offsets[i]);
}

/// How many offsets are made at a time, on the stack.
inline constexpr i64 index_chunk = 256;

/// What is wrong with the index at position `flat` of the indices, in row-major order.
[[gnu::noinline]] inline std::unexpected<error> bad_index(const any_view& indices, i64 flat, int axis,
                                                          const shape& dims) {
  shape at = indices.dims;
  i64 rest = flat;
  for (int i = at.rank(); i-- > 0; rest /= indices.dims[i]) at[i] = rest % indices.dims[i];
  const i64 index = indices.type == dtype::i64 ? indices.as<i64>()[flat] : indices.as<i32>()[flat];
  return fail(code::invalid, {"index ", index, " at ", at, " is out of range for axis ", axis, " of ", dims});
}

/// Entry i of a list of int32 or int64 (axes, lengths), however it lies; a scalar is a list of one.
inline i64 entry(const any_view& list, i64 i) {
  const i64 at = list.rank() == 0 ? 0 : i * list.strides[list.rank() - 1];
  return list.type == dtype::i64 ? list.as<i64>()[at] : list.as<i32>()[at];
}

/// An error unless a list has this many entries in one dimension.
inline status check_list(std::string_view name, const any_view& list, i64 entries) {
  if (list.rank() == 1 && list.dims[0] == entries) return {};
  return fail(code::invalid, {name, " of shape ", list.dims, " where [", entries, "] is expected"});
}

/// The axes that a list names, each of them once, as bits; `at` receives them in the list's order.
inline result<u32> axes_of(const any_view& list, const shape& dims, shape* at = nullptr) {
  u32 bits = 0;
  if (list.rank() > 1) return fail(code::invalid, {"axes of shape ", list.dims, " are not a list"});
  for (i64 i = 0; i < list.size(); ++i) {
    const auto axis = axis_of(entry(list, i), dims);
    if (!axis.has_value()) return std::unexpected(axis.error());
    if (bits >> *axis & 1) return fail(code::invalid, {"axis ", entry(list, i), " is named twice"});
    bits |= u32{1} << *axis;
    if (at != nullptr) at->push_back(*axis);
  }
  return bits;
}

/// The rank of an output, when a tensor can have it.
inline status check_rank(i64 rank) {
  if (rank <= max_rank) return {};
  return fail(code::limit, {"the result would have ", rank, " dimensions, more than ", max_rank});
}

/// An attribute of older opsets that is input i now.
inline void to_input(old_node& n, std::string_view attribute, int i) {
  if (const auto list = n.take_ints(attribute))
    n.set_input(i, as_tensor(*list));
}

}  // namespace tenon
TENON_COLD_END
