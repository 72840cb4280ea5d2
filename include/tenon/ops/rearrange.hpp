// DepthToSpace, SpaceToDepth, ReverseSequence, Trilu: every element has a place that shapes and a few
// numbers say.
#pragma once

#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What DepthToSpace and SpaceToDepth share: channels of an image in blocks of blocksize x blocksize.
struct space_and_depth {
  /// Copies an image between its form of many channels and that of many pixels.
  static void move(const any_view& x, const mutable_any_view& y, i64 block, bool crd, bool to_space) {
    if (y.size() == 0) return;
    const shape& deep = to_space ? x.strides : y.strides;
    const shape& wide = to_space ? y.strides : x.strides;
    const shape& few = to_space ? x.dims : y.dims;
    const i64 channels = few[1] / (block * block);
    const shape dims{few[0], channels, few[2], block, few[3], block};
    const i64 step = deep[1];
    const shape in_deep = crd ? shape{deep[0], step * block * block, deep[2], step * block, deep[3], step}
                              : shape{deep[0], step, deep[2], step * channels * block, deep[3], step * channels};
    const shape in_wide{wide[0], wide[1], wide[2] * block, wide[2], wide[3] * block, wide[3]};
    move_elements(x, to_space ? in_deep : in_wide, y, 0, to_space ? in_wide : in_deep, dims);
  }
  static status check(i64 block, std::string_view mode, const shape& x) {
    if (x.rank() != 4) return fail(code::invalid, {"an image has 4 dimensions, not ", x});
    if (block < 1 || block > INT32_MAX) return fail(code::invalid, {"a blocksize of ", block});
    if (mode != "DCR" && mode != "CRD") return fail(code::invalid, {"mode '", mode, "' is unknown"});
    return {};
  }
};

/// Blocks of channels become blocks of pixels; `mode` says whether channels count slower (CRD) or faster.
struct DepthToSpace {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  required<i64> blocksize{};
  std::string mode = "DCR";

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (status s = space_and_depth::check(blocksize, mode, x); !s.has_value()) return s;
    const i64 area = blocksize * blocksize;
    const auto h = checked_product(x[2], blocksize), w = checked_product(x[3], blocksize);
    if (x[1] % area != 0 || !h || !w)
      return c.invalid({"the channels of ", x, " are not blocks of ", blocksize.value, " x ", blocksize.value});
    return c.output(0, shape{x[0], x[1] / area, *h, *w});
  }
  status run(run_context& c) const {
    space_and_depth::move(c.input(0), c.output(0), blocksize, mode == "CRD", true);
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

/// Blocks of pixels become channels: what DepthToSpace undoes.
struct SpaceToDepth {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  required<i64> blocksize{};
  std::string mode = "DCR";

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (status s = space_and_depth::check(blocksize, mode, x); !s.has_value()) return s;
    const auto channels = checked_product(x[1], blocksize * blocksize);
    if (x[2] % blocksize != 0 || x[3] % blocksize != 0 || !channels)
      return c.invalid({"the pixels of ", x, " are not blocks of ", blocksize.value, " x ", blocksize.value});
    return c.output(0, shape{x[0], *channels, x[2] / blocksize, x[3] / blocksize});
  }
  status run(run_context& c) const {
    space_and_depth::move(c.input(0), c.output(0), blocksize, mode == "CRD", false);
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

/// The first sequence_lens[i] elements along the time axis backwards, for each i along the batch axis.
struct ReverseSequence {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T sequence_lens:I", outputs = "Y:T";
  static constexpr bool strided = true;

  i64 batch_axis = 1, time_axis = 0;

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (x.rank() < 2) return c.invalid({"input of shape ", x, " has no batch and time axis"});
    if (std::min(batch_axis, time_axis) != 0 || std::max(batch_axis, time_axis) != 1)
      return c.invalid({"batch_axis ", batch_axis, " and time_axis ", time_axis, " are not 0 and 1"});
    if (c.dims(1) != shape{x[static_cast<int>(batch_axis)]})
      return c.invalid({"sequence_lens of shape ", c.dims(1), " for ", x[static_cast<int>(batch_axis)], " sequences"});
    return c.output(0, x);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const int batch = static_cast<int>(batch_axis), time = static_cast<int>(time_axis);
    for (i64 i = 0; i < x.dims[batch]; ++i) {
      const i64 length = entry(c.input(1), i);
      if (length < 0 || length > x.dims[time])
        return fail(code::invalid, {"sequence_lens[", i, "] is ", length, ", of ", x.dims[time], " steps"});
      shape dims = x.dims, backwards = x.strides;
      dims[batch] = 1;
      backwards[time] = -backwards[time];
      const any_view from = shifted(x, i * x.strides[batch]);
      const i64 to = i * y.strides[batch];
      dims[time] = length;
      if (count(dims) > 0) move_elements(shifted(from, (length - 1) * x.strides[time]), backwards, y, to, y.strides, dims);
      dims[time] = x.dims[time] - length;
      if (count(dims) > 0)
        move_elements(shifted(from, length * x.strides[time]), x.strides, y, to + length * y.strides[time], y.strides, dims);
    }
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

/// Matrices without what is below (`upper`) or above the k-th diagonal: zeros are there.
struct Trilu {
  using kind = kinds::general;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T k?:I", outputs = "output:T";
  static constexpr bool strided = true;

  bool upper = true;

  status infer(infer_context& c) const {
    if (c.rank(0) < 2) return c.invalid({"input of shape ", c.dims(0), " is not a matrix"});
    if (c.has(1) && count(c.dims(1)) != 1) return c.invalid({"k of shape ", c.dims(1), " is not one number"});
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const int at = x.rank() - 2;
    const i64 rows = x.dims[at], columns = x.dims[at + 1];
    const i64 k = c.has(1) ? std::clamp(entry(c.input(1), 0), -rows, columns) : 0;
    const std::string empty;
    constexpr std::byte zeros[16] = {};
    const any_view zero(x.type, shape{}, x.type == dtype::string ? reinterpret_cast<const std::byte*>(&empty) : zeros);
    const shape none = shape::filled(x.rank(), 0);
    shape dims = x.dims;
    dims[at] = 1;
    // Row i of all matrices at once: left of column i + k is one part, from there on the other.
    for (i64 i = 0; i < rows; ++i) {
      const i64 turn = std::clamp<i64>(i + k + (upper ? 0 : 1), 0, columns), to = i * y.strides[at];
      const any_view row = shifted(x, i * x.strides[at]);
      dims[at + 1] = turn;
      if (upper) move_elements(zero, none, y, to, y.strides, dims);
      else move_elements(row, x.strides, y, to, y.strides, dims);
      dims[at + 1] = columns - turn;
      const i64 behind = to + turn * y.strides[at + 1];
      if (upper) move_elements(shifted(row, turn * x.strides[at + 1]), x.strides, y, behind, y.strides, dims);
      else move_elements(zero, none, y, behind, y.strides, dims);
    }
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

using rearranging = list<DepthToSpace, SpaceToDepth, ReverseSequence, Trilu>;

}  // namespace ops

auto depth_to_space(const operand auto& x, const ops::DepthToSpace& o) { return apply(o, x); }
auto space_to_depth(const operand auto& x, const ops::SpaceToDepth& o) { return apply(o, x); }
auto reverse_sequence(const operand auto& x, const operand auto& lengths, const ops::ReverseSequence& o = {}) {
  return apply(o, x, lengths);
}
auto trilu(const operand auto& x, i64 k = 0, const ops::Trilu& o = {}) { return apply(o, x, tensor<i64>(shape{}, {k})); }

}  // namespace tenon
TENON_COLD_END
