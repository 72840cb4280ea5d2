// What all reductions share: which axes go, the shape that stays, and the reduce driver.
#pragma once

#include "../kernels/reduce.hpp"
#include "elementwise.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

template <class Op, class T>
constexpr const kernels::fold* fold_for() {
  constexpr bool used = [] {
    for (int d = 1; d < dtype_count; ++d)
      if (computed_types<Op>().has(static_cast<dtype>(d)) && compute_dtype(static_cast<dtype>(d)) == dtype_of<T>) return true;
    return false;
  }();
  if constexpr (used) return &kernels::fold_of<Op, T>;
  else return nullptr;
}

template <class Op>
inline constexpr std::array<const kernels::fold*, tile_types> folds_of = {
    fold_for<Op, float>(), fold_for<Op, double>(), fold_for<Op, i32>(), fold_for<Op, u32>(),
    fold_for<Op, i64>(),   fold_for<Op, u64>(),    nullptr, nullptr, nullptr, nullptr};

/// The axes of a reduction as bits: those named by input 1, all when none are, or none.
inline result<u32> reduced_axes(bool noop, const any_view& axes, int rank) {
  const i64 named = axes ? axes.size() : 0;
  if (named == 0) return noop ? 0 : (u32{1} << rank) - 1;
  u32 bits = 0;
  std::optional<i64> wrong;
  for_each_offset(axes.dims, axes.strides, [&](i64 at) {
    const auto axis = normalized_axis(axes.as<i64>()[at], rank);
    if (axis) bits |= u32{1} << *axis;
    else if (!wrong) wrong = axes.as<i64>()[at];
  });
  if (wrong) return fail(code::invalid, {"axis ", *wrong, " is out of range for rank ", rank});
  return bits;
}

/// The shape of a reduction's result where the axes that go stay as ones.
inline shape kept_dims(const shape& dims, bool noop, const any_view& axes) {
  const auto gone = reduced_axes(noop, axes, dims.rank());
  shape kept = dims;
  for (int i = 0; i < dims.rank(); ++i)
    if (gone.has_value() && (*gone >> i & 1)) kept[i] = 1;
  return kept;
}
/// What a reduction's gradient works with, broadcasting with its input: a value of the output's shape.
auto beside_input(const auto& x, bool noop, const auto& c) {
  const any_view axes = c.has(1) ? c.input(1).value().look() : any_view();
  return reshape(x, kept_dims(c.input(0).dims(), noop, axes), {.allowzero = true});
}

}  // namespace detail

[[gnu::noinline]] inline status infer_reduction(bool keepdims, bool noop, infer_context& c) {
  if (c.has(1) && !c.constant(1)) return c.later();
  const auto axes = detail::reduced_axes(noop, c.has(1) ? c.constant(1) : any_view(), c.rank(0));
  if (!axes.has_value()) return std::unexpected(axes.error());
  shape dims;
  for (int i = 0; i < c.rank(0); ++i) {
    if ((*axes >> i & 1) == 0) dims.push_back(c.dims(0)[i]);
    else if (keepdims) dims.push_back(1);
  }
  return c.output(0, dims);
}

[[gnu::noinline]] inline status run_reduction(const op_info& info, const void* op, bool keepdims, bool noop,
                                              run_context& c) {
  const any_view& x = c.input(0);
  const mutable_any_view& y = c.output(0);
  const auto axes = detail::reduced_axes(noop, c.has(1) ? c.input(1) : any_view(), x.rank());
  if (!axes.has_value()) return std::unexpected(axes.error());
  shape strides;  // the output's, one per input dimension
  for (int i = 0, kept = 0; i < x.rank(); ++i) {
    const bool gone = *axes >> i & 1;
    strides.push_back(gone ? 0 : y.strides[kept]);
    if (!gone || keepdims) ++kept;
  }
  const dtype compute = compute_dtype(x.type);
  kernels::reduce(*info.folds[static_cast<unsigned>(tile_of(compute))], op, {x.bytes, x.type, compute, x.strides},
                  {y.bytes, y.type, compute, strides}, x.dims, *axes);
  return {};
}

}  // namespace tenon
TENON_COLD_END
