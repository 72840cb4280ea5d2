// Slice, Expand, Tile: parts of a tensor, and repetitions, as boxes copied between strided views.
#pragma once

#include "../kernels/cast.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Every steps[i]-th element from starts[i] to before ends[i], along axes[i]; beyond the ends of an axis
/// there is nothing more, and a negative step walks backwards.
struct Slice {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "data:T starts:X ends:X axes?:X steps?:X", outputs = "output:T";
  static constexpr type_variable types[] = {{'X', dtypes::index}};
  static constexpr bool strided = true;
  static constexpr auto orders = order_rule::follows;

  status infer(infer_context& c) const {
    any_view lists[4];
    for (int i = 1; i < 5; ++i) {
      if (c.has(i) && !c.constant(i)) return c.later();
      if (c.has(i)) lists[i - 1] = c.constant(i);
    }
    cut k;
    if (status s = cut_of(lists, c.dims(0), k); !s.has_value()) return s;
    return c.output(0, k.length);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    any_view lists[4];
    for (int i = 1; i < 5; ++i)
      if (c.has(i)) lists[i - 1] = c.input(i);
    cut k;
    if (status s = cut_of(lists, x.dims, k); !s.has_value()) return s;
    shape strides = x.strides;
    i64 from = 0;
    for (int i = 0; i < x.rank(); ++i) {
      from += k.start[i] * strides[i];
      if (k.length[i] > 1) strides[i] *= k.step[i];
    }
    if (y.size() > 0) move_elements(shifted(x, from), strides, y, 0, y.strides, y.dims);
    return {};
  }
  /// Before opset 10 the lists were attributes.
  status upgrade(old_node& n) {
    to_input(n, "starts", 1), to_input(n, "ends", 2), to_input(n, "axes", 3);
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }

 private:
  struct cut {
    shape start, step, length;
  };
  /// `lists` are starts, ends, axes and steps.
  static status cut_of(const any_view (&lists)[4], const shape& dims, cut& k) {
    const i64 n = lists[0].size();
    if (n > dims.rank()) return fail(code::invalid, {"starts has ", n, " entries for ", dims});
    static constexpr std::string_view names[] = {"starts", "ends", "axes", "steps"};
    for (int i = 0; i < 4; ++i)
      if (lists[i])
        if (status s = check_list(names[i], lists[i], n); !s.has_value()) return s;
    shape axes;
    for (int i = 0; i < n && !lists[2]; ++i) axes.push_back(i);
    if (lists[2])
      if (const auto named = axes_of(lists[2], dims, &axes); !named.has_value()) return std::unexpected(named.error());
    k = {shape::filled(dims.rank(), 0), shape::filled(dims.rank(), 1), dims};
    for (int i = 0; i < n; ++i) {
      const int axis = static_cast<int>(axes[i]);
      const i64 size = dims[axis], step = lists[3] ? entry(lists[3], i) : 1;
      if (step == 0) return fail(code::invalid, {"the step along axis ", axis, " is 0"});
      const auto place = [&](i64 at) {  // forwards 0 to size, backwards size - 1 to -1
        return std::clamp<i64>(at < 0 ? at + size : at, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
      };
      const i64 start = place(entry(lists[0], i)), end = place(entry(lists[1], i));
      const i64 span = step > 0 ? end - start : start - end;
      const u64 stride = step > 0 ? static_cast<u64>(step) : u64{0} - static_cast<u64>(step);
      k.length[axis] = span <= 0 ? 0 : 1 + static_cast<i64>(static_cast<u64>(span - 1) / stride);
      k.start[axis] = k.length[axis] == 0 ? 0 : start;
      k.step[axis] = step;
    }
    return {};
  }
};

/// `input` broadcast with `shape`: dimensions of 1 are repeated, on either side.
struct Expand {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T shape:I", outputs = "output:T";
  static constexpr bool strided = true;

  status infer(infer_context& c) const {
    if (!c.constant(1)) return c.later();
    const auto wanted = c.constant_dims(1);
    if (!wanted || c.rank(1) != 1) return c.invalid({"a shape of ", c.dims(1), " entries; at most ", max_rank, " are supported"});
    const auto both = broadcast(c.dims(0), *wanted);
    if (!both || !checked_count(wanted->span())) return c.invalid({c.dims(0), " does not expand to ", *wanted});
    return c.output(0, *both);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    if (y.size() > 0) move_elements(x, broadcast_strides(x.dims, x.strides, y.dims), y, 0, y.strides, y.dims);
    return {};
  }
  auto gradient(int, const auto& c) const { return c.dy(); }
};

/// `input` side by side with itself, repeats[i] times along axis i.
struct Tile {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::all;
  // Opset 1 had one number of type T and an axis instead of a list.
  static constexpr auto inputs = "input:T repeats:R axis?:A", outputs = "output:T";
  static constexpr dtype_set counts = dtypes::floating | dtype_set{dtype::i64};
  static constexpr type_variable types[] = {{'R', counts}, {'A', counts}};
  static constexpr bool strided = true;

  status infer(infer_context& c) const {
    if (!c.constant(1) || (c.has(2) && !c.constant(2))) return c.later();
    const shape& x = c.dims(0);
    shape dims = x;
    if (!c.has(2))
      if (status s = check_list("repeats", c.constant(1), x.rank()); !s.has_value()) return s;
    if (count(c.dims(1)) > max_rank || (c.has(2) && (count(c.dims(1)) != 1 || count(c.dims(2)) != 1)))
      return c.invalid({"one number of repeats and one axis are expected"});
    i64 list[max_rank], one = 0;
    kernels::cast(c.type(1), c.constant(1).bytes, dtype::i64, list, count(c.dims(1)));
    int first = 0, n = x.rank();
    if (c.has(2)) {
      kernels::cast(c.type(2), c.constant(2).bytes, dtype::i64, &one, 1);
      const auto at = axis_of(one, x);
      if (!at.has_value()) return std::unexpected(at.error());
      first = *at, n = 1;
    }
    for (int i = 0; i < n; ++i) {
      const auto more = list[i] < 0 ? std::nullopt : checked_product(x[first + i], list[i]);
      if (!more) return c.invalid({x[first + i], " elements along axis ", first + i, " cannot be there ", list[i], " times"});
      dims[first + i] = *more;
    }
    return c.output(0, dims);
  }
  /// The input once, and then along each axis, the last first, what is there already.
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    move_elements(x, x.strides, y, 0, y.strides, x.dims);
    i64 behind = 1;  // elements of the axes that are done
    for (int k = x.rank(); k-- > 0; behind *= y.dims[k]) {
      const i64 times = y.dims[k] / x.dims[k], run = x.dims[k] * behind;
      if (times == 1) continue;
      const int apart = k + 2 > max_rank ? 1 : 0;  // more axes than a shape has
      shape dims = x.dims.first(k).from(apart), from = y.strides.first(k).from(apart), to = from;
      dims.push_back(times - 1), from.push_back(0), to.push_back(run);
      dims.push_back(run), from.push_back(1), to.push_back(1);
      for (i64 i = 0; i < (apart != 0 ? x.dims[0] : 1); ++i) {
        const i64 at = apart != 0 ? i * y.strides[0] : 0;
        move_elements(shifted(y, at), from, y, at + run, to, dims);
      }
    }
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

using slicing = list<Slice, Expand, Tile>;

}  // namespace ops

auto expand(const operand auto& x, std::initializer_list<i64> dims) {
  return apply(ops::Expand{}, x, as_tensor(dims));
}
auto tile(const operand auto& x, std::initializer_list<i64> repeats) {
  return apply(ops::Tile{}, x, as_tensor(repeats));
}

}  // namespace tenon
TENON_COLD_END
