// Where indexed elements lie: the offsets that a tensor of indices means, checked and handed out a chunk
// at a time. Gathering and scattering are the same walk.
#pragma once

#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// Adds stride * index for n indices, `step` apart, from position `first` of contiguous `indices`.
inline status add_offsets(const any_view& indices, i64 first, i64 step, i64 n, int axis, const shape& dims, i64 stride,
                          i64* offsets) {
  const bool wide = indices.type == dtype::i64;
  const i64 bad = kernels::add_offsets(indices.bytes + first * (wide ? 8 : 4), wide, step, n, dims[axis], stride, offsets);
  if (bad < 0) return {};
  return bad_index(indices, first + bad * step, axis, dims);
}

/// For ops where an index replaces one coordinate of its own position: f(offsets, n, first), where offsets
/// are those of the n elements at indices[first] and on.
template <class F>
status each_element(const shape& dims, const any_view& indices, int axis, F f) {
  const shape strides = contiguous_strides(dims);
  const int last = dims.rank() - 1;
  shape outer = strides.first(last);
  if (axis < last) outer[axis] = 0;
  const i64 columns = indices.dims[last], step = axis < last ? strides[last] : 0;
  i64 row = 0, offsets[index_chunk];
  status s;
  if (indices.size() == 0) return s;
  for_each_offset(indices.dims.first(last), outer, [&](i64 base) {
    for (i64 j = 0; j < columns && s.has_value(); j += index_chunk) {
      const i64 n = std::min(index_chunk, columns - j);
      for (i64 i = 0; i < n; ++i) offsets[i] = base + (j + i) * step;
      s = add_offsets(indices, row + j, 1, n, axis, dims, strides[axis], offsets);
      if (s.has_value()) f(offsets, n, row + j);
    }
    row += columns;
  });
  return s;
}

/// What each_element asks of shapes: one rank, and indices that stay within `dims` beside the axis.
inline status check_elements(const shape& dims, const shape& indices, int axis) {
  bool fits = indices.rank() == dims.rank();
  for (int i = 0; fits && i < dims.rank(); ++i) fits = i == axis || indices[i] <= dims[i];
  if (fits) return {};
  return fail(code::invalid, {"indices of shape ", indices, " do not fit into ", dims, " along axis ", axis});
}

/// For ops whose indices are tuples, the last dimension: f(offsets, n, first) for the n tuples from `first`
/// on, where offsets are those of the slices they name. The first `batch` dimensions are in common.
template <class F>
status each_tuple(const shape& dims, const any_view& indices, int batch, F f) {
  const shape strides = contiguous_strides(dims);
  const int last = indices.rank() - 1;
  const i64 length = indices.dims[last];
  const i64 batches = count(dims.first(batch)), tuples = count(indices.dims.first(last).from(batch));
  const i64 apart = count(dims.from(batch));
  i64 offsets[index_chunk];
  for (i64 b = 0; b < batches; ++b)
    for (i64 j = 0; j < tuples; j += index_chunk) {
      const i64 n = std::min(index_chunk, tuples - j), first = b * tuples + j;
      std::fill_n(offsets, n, b * apart);
      for (int k = 0; k < length; ++k)
        if (status s = add_offsets(indices, first * length + k, length, n, batch + k, dims, strides[batch + k], offsets);
            !s.has_value())
          return s;
      f(offsets, n, first);
    }
  return {};
}

/// What each_tuple asks of shapes; the dimensions of the slices that tuples name.
inline result<shape> slices(const shape& dims, const shape& indices, i64 batch) {
  if (dims.rank() < 1 || indices.rank() < 1)
    return fail(code::invalid, {"data of shape ", dims, " and indices of shape ", indices});
  if (batch < 0 || batch >= std::min(dims.rank(), indices.rank()) ||
      dims.first(static_cast<int>(batch)) != indices.first(static_cast<int>(batch)))
    return fail(code::invalid, {dims, " and indices of shape ", indices, " do not have ", batch, " dimensions in common"});
  const i64 length = indices.back();
  if (length < 1 || length > dims.rank() - batch)
    return fail(code::invalid, {"indices of shape ", indices, " have tuples of ", length, " for ", dims});
  return dims.from(static_cast<int>(batch + length));
}

}  // namespace tenon
TENON_COLD_END
