// Gather, GatherElements, GatherND: elements and rows taken from where indices point.
#pragma once

#include "cast.hpp"
#include "indexing.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The slices of `data` along `axis` that `indices` name; their dimensions take the place of the axis.
struct Gather {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:X", outputs = "output:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};

  i64 axis = 0;

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &indices = c.dims(1);
    const auto at = axis_of(axis, x);
    if (!at.has_value()) return std::unexpected(at.error());
    if (status s = check_rank(x.rank() + indices.rank() - 1); !s.has_value()) return s;
    shape dims = x.first(*at);
    for (i64 d : indices) dims.push_back(d);
    for (i64 d : x.from(*at + 1)) dims.push_back(d);
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &indices = c.input(1);
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, x.rank());
    const i64 outer = count(x.dims.first(at)), run = count(x.dims.from(at + 1));
    const i64 n = indices.size(), whole = x.dims[at] * run;
    i64 offsets[index_chunk];
    for (i64 j = 0; j < n; j += index_chunk) {
      const i64 m = std::min(index_chunk, n - j);
      std::fill_n(offsets, m, 0);
      if (status s = add_offsets(indices, j, 1, m, at, x.dims, run, offsets); !s.has_value()) return s;
      if (m < 4)  // few indices of many rows: one strided copy each
        for (i64 i = 0; i < m; ++i)
          move_elements(shifted(x, offsets[i]), {whole, 1}, y, (j + i) * run, {n * run, 1}, {outer, run});
      else
        for (i64 o = 0; o < outer; ++o) gather_rows(shifted(x, o * whole), offsets, m, run, y, (o * n + j) * run);
    }
    return {};
  }
  auto gradient(int i, const auto& c) const {
    shape rows = c.input(1).dims();
    if (i != 0 || axis != 0 || rows.rank() == max_rank) return c.moved(*this, i);
    rows.push_back(1);  // whole rows go back at once
    const auto where = reshape(cast(c.input(1), dtype::i64), rows, {.allowzero = true});
    return scatter_nd(c.zeros(c.dy().type(), c.input(0).dims()), where, c.dy(), {.reduction = "add"});
  }
};

/// output[i][j][k] = data[indices[i][j][k]][j][k], when the axis is 0.
struct GatherElements {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:X", outputs = "output:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};

  i64 axis = 0;

  status infer(infer_context& c) const {
    const auto at = axis_of(axis, c.dims(0));
    if (!at.has_value()) return std::unexpected(at.error());
    if (status s = check_elements(c.dims(0), c.dims(1), *at); !s.has_value()) return s;
    return c.output(0, c.dims(1));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    return each_element(x.dims, c.input(1), *normalized_axis(axis, x.rank()), [&](const i64* offsets, i64 n, i64 first) {
      gather_rows(x, offsets, n, 1, c.output(0), first);
    });
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

/// The slices of `data` that the tuples in the last dimension of `indices` name, batch by batch.
struct GatherND {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:I", outputs = "output:T";

  i64 batch_dims = 0;

  status infer(infer_context& c) const {
    const auto slice = slices(c.dims(0), c.dims(1), batch_dims);
    if (!slice.has_value()) return std::unexpected(slice.error());
    if (status s = check_rank(c.rank(1) - 1 + (*slice).rank()); !s.has_value()) return s;
    shape dims = c.dims(1).first(c.rank(1) - 1);
    for (i64 d : *slice) dims.push_back(d);
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &indices = c.input(1);
    const mutable_any_view& y = c.output(0);
    const int batch = static_cast<int>(batch_dims);
    const i64 run = count(x.dims.from(static_cast<int>(batch + indices.dims.back())));
    return each_tuple(x.dims, indices, batch, [&](const i64* offsets, i64 n, i64 first) {
      gather_rows(x, offsets, n, run, y, first * run);
    });
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

using gathering = list<Gather, GatherElements, GatherND>;

}  // namespace ops

auto gather(const operand auto& x, const operand auto& indices, const ops::Gather& o = {}) { return apply(o, x, indices); }
auto gather_elements(const operand auto& x, const operand auto& indices, const ops::GatherElements& o = {}) {
  return apply(o, x, indices);
}
auto gather_nd(const operand auto& x, const operand auto& indices, const ops::GatherND& o = {}) { return apply(o, x, indices); }

}  // namespace tenon
TENON_COLD_END
