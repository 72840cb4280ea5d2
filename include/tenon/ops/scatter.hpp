// ScatterElements, ScatterND, Scatter, TensorScatter, OneHot: elements and rows put where indices point.
#pragma once

#include "../kernels/cast.hpp"
#include "indexing.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What a scatter does with an element that is there: nothing (`none`), or one of kernels::combining.
struct combiner {
  static std::optional<kernels::combining> of(const std::string& reduction) {
    using enum kernels::combining;
    if (reduction == "none") return std::nullopt;
    return reduction == "mul" ? mul : reduction == "max" ? max : reduction == "min" ? min : add;
  }
  static status check(const std::string& reduction, dtype type) {
    if (reduction == "none") return {};
    if (reduction != "add" && reduction != "mul" && reduction != "max" && reduction != "min")
      return fail(code::invalid, {"reduction '", reduction, "' is unknown"});
    if (!(dtypes::numeric | dtypes::boolean).has(type) || !compiled.has(type))
      return fail(code::unsupported, {"reduction '", reduction, "' of ", name(type)});
    return {};
  }
  /// n rows of `run` elements of `updates` from row `first` on.
  static void put(const std::string& reduction, const any_view& updates, const i64* offsets, i64 n, i64 first, i64 run,
                  const mutable_any_view& y) {
    const auto how = of(reduction);
    if (!how) return scatter_rows(updates, first * run, run, offsets, n, run, y);
    kernels::scatter_combined(y.type, *how, updates.bytes + first * run * size_of(y.type), offsets, n, run, y.bytes);
  }
};

/// data with output[indices[i][j][k]][j][k] = updates[i][j][k], when the axis is 0; with a reduction the
/// update is combined with what is there.
struct ScatterElements {
  using kind = kinds::general;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:X updates:T", outputs = "output:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};

  i64 axis = 0;
  std::string reduction = "none";

  status infer(infer_context& c) const {
    const auto at = axis_of(axis, c.dims(0));
    if (!at.has_value()) return std::unexpected(at.error());
    if (status s = check_elements(c.dims(0), c.dims(1), *at); !s.has_value()) return s;
    if (c.dims(1) != c.dims(2)) return c.invalid({"indices and updates differ in shape: ", c.dims(1), " and ", c.dims(2)});
    if (status s = combiner::check(reduction, c.type(0)); !s.has_value()) return s;
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    if (status s = copy_bytes(c); !s.has_value()) return s;
    return each_element(y.dims, c.input(1), *normalized_axis(axis, y.rank()), [&](const i64* offsets, i64 n, i64 first) {
      combiner::put(reduction, c.input(2), offsets, n, first, 1, y);
    });
  }
  auto gradient(int i, const auto& c) const {
    if (reduction != "add") return c.none();
    return i == 0 ? c.dy() : gather_elements(c.dy(), c.input(1), {.axis = axis});
  }
};

/// The ScatterElements of opsets 9 and 10.
struct Scatter {
  using kind = kinds::general;
  static constexpr int since = 9;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:X updates:T", outputs = "output:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};

  i64 axis = 0;

  status infer(infer_context& c) const { return ScatterElements{.axis = axis}.infer(c); }
  status run(run_context& c) const { return ScatterElements{.axis = axis}.run(c); }
};

/// `data` where the slices that the tuples in `indices` name are those of `updates`, or combined with them.
struct ScatterND {
  using kind = kinds::general;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T indices:I updates:T", outputs = "output:T";

  std::string reduction = "none";

  status infer(infer_context& c) const {
    const shape &indices = c.dims(1), &updates = c.dims(2);
    const auto slice = slices(c.dims(0), indices, 0);
    if (!slice.has_value()) return std::unexpected(slice.error());
    const int tuples = indices.rank() - 1;
    if (updates.rank() != tuples + (*slice).rank() || updates.first(tuples) != indices.first(tuples) ||
        updates.from(tuples) != *slice)
      return c.invalid({"updates of shape ", updates, " for indices of shape ", indices, " into ", c.dims(0)});
    if (status s = combiner::check(reduction, c.type(0)); !s.has_value()) return s;
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    if (status s = copy_bytes(c); !s.has_value()) return s;
    const i64 run = count(y.dims.from(static_cast<int>(c.input(1).dims.back())));
    return each_tuple(y.dims, c.input(1), 0, [&](const i64* offsets, i64 n, i64 first) {
      combiner::put(reduction, c.input(2), offsets, n, first, run, y);
    });
  }
  auto gradient(int i, const auto& c) const {
    if (reduction != "add") return c.none();
    return i == 0 ? c.dy() : gather_nd(c.dy(), c.input(1));
  }
};

/// `past_cache` with `update` written along `axis`, in sample b from write_indices[b] on; in circular mode
/// what would go beyond the end goes to the beginning.
struct TensorScatter {
  using kind = kinds::general;
  static constexpr int since = 24;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "past_cache:T update:T write_indices?:I", outputs = "present_cache:T";
  static constexpr bool strided = true;

  i64 axis = -2;
  std::string mode = "linear";

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &update = c.dims(1);
    const auto at = axis_of(axis, x);
    if (!at.has_value()) return std::unexpected(at.error());
    if (*at == 0) return c.invalid({"axis ", axis, " of ", x, " is the batch"});
    if (mode != "linear" && mode != "circular") return c.invalid({"mode '", mode, "' is unknown"});
    shape within = update;
    bool fits = update.rank() == x.rank() && update[*at] <= x[*at];
    if (fits) within[*at] = x[*at];
    if (!fits || within != x) return c.invalid({"an update of shape ", update, " for ", x, " along axis ", axis});
    if (c.has(2))
      if (c.dims(2) != shape{x[0]}) return c.invalid({"write_indices of shape ", c.dims(2), " for ", x[0], " samples"});
    return c.output(0, x);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &update = c.input(1);
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, x.rank());
    const i64 size = x.dims[at], length = update.dims[at];
    if (x.bytes != y.bytes) move_elements(x, x.strides, y, 0, y.strides, x.dims);
    for (i64 b = 0; b < x.dims[0] && size > 0; ++b) {
      const i64 index = c.has(2) ? entry(c.input(2), b) : 0;
      i64 start = index;
      if (mode == "circular") start = index % size < 0 ? index % size + size : index % size;
      else if (index < 0 || index > size - length)
        return fail(code::invalid, {"write index ", index, " of sample ", b, " has no room for ", length, " of ", size});
      shape dims = update.dims;
      dims[0] = 1;
      for (i64 done = 0; done < length; done += dims[at], start = 0) {
        dims[at] = std::min(length - done, size - start);
        move_elements(shifted(update, b * update.strides[0] + done * update.strides[at]), update.strides, y,
                      b * y.strides[0] + start * y.strides[at], y.strides, dims);
      }
    }
    return {};
  }
};

/// values[1] at the indices along a new dimension of `depth` elements, values[0] elsewhere. Negative
/// indices count from the end; those beyond it set nothing.
struct OneHot {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "indices:N depth:D values:T", outputs = "output:T";
  static constexpr type_variable types[] = {{'N', dtypes::numeric}, {'D', dtypes::numeric}};

  i64 axis = -1;

  status infer(infer_context& c) const {
    if (count(c.dims(1)) != 1 || c.rank(1) > 1) return c.invalid({"depth of shape ", c.dims(1), " is not one number"});
    if (c.dims(2) != shape{2}) return c.invalid({"values of shape ", c.dims(2), " are not two"});
    if (status s = check_rank(i64{c.rank(0)} + 1); !s.has_value()) return s;
    const auto at = normalized_axis(axis, c.rank(0) + 1);
    if (!at) return c.invalid({"axis ", axis, " is out of range for ", c.dims(0), " and one more"});
    if (!c.constant(1)) return c.later();
    i64 depth = 0;
    kernels::cast(c.type(1), c.constant(1).bytes, dtype::i64, &depth, 1);
    if (depth < 0) return c.invalid({"a depth of ", depth});
    shape dims = c.dims(0);
    dims.insert(*at, depth);
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const any_view &indices = c.input(0), &values = c.input(2);
    const mutable_any_view& y = c.output(0);
    const int at = *normalized_axis(axis, y.rank());
    const i64 depth = y.dims[at], inner = count(indices.dims.from(at)), n = indices.size();
    move_elements(values, shape::filled(y.rank(), 0), y, 0, y.strides, y.dims);
    i64 offsets[index_chunk], row = 0, column = 0;  // of the matrices of depth x inner
    for (i64 i = 0; i < n; i += index_chunk) {
      const i64 m = std::min(index_chunk, n - i);
      kernels::cast(indices.type, indices.bytes + i * size_of(indices.type), dtype::i64, offsets, m);
      i64 found = 0;
      for (i64 j = 0; j < m; ++j) {
        const i64 index = offsets[j] + (offsets[j] < 0 && indices.type != dtype::u64 ? depth : 0);
        if (index >= 0 && index < depth) offsets[found++] = (row * depth + index) * inner + column;
        if (++column == inner) column = 0, ++row;
      }
      scatter_rows(values, 1, 0, offsets, found, 1, y);
    }
    return {};
  }
};

using scattering = list<ScatterElements, ScatterND, Scatter, TensorScatter, OneHot>;

}  // namespace ops

auto scatter_elements(const operand auto& x, const operand auto& indices, const operand auto& updates,
                            const ops::ScatterElements& o = {}) {
  return apply(o, x, indices, updates);
}
auto scatter_nd(const operand auto& x, const operand auto& indices, const operand auto& updates,
                      const ops::ScatterND& o = {}) {
  return apply(o, x, indices, updates);
}

}  // namespace tenon
TENON_COLD_END
