// NonZero, Compress, Unique: which elements there are, or stay, depends on elements. Inference asks for
// them, and before they are there it is `later()`.
#pragma once

#include "../kernels/keys.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The indices of the elements that are not 0 (or not ""), in order: one row per dimension.
struct NonZero {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean | dtype_set{dtype::string, dtype::c64, dtype::c128};
  static constexpr auto inputs = "X:T", outputs = "Y:I";

  status infer(infer_context& c) const {
    if (!c.constant(0)) return c.later();
    i64 n = 0;
    each_flag(c.constant(0), [&](i64) { ++n; });
    return c.output(0, shape{c.rank(0), n});
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    i64 found = 0;
    const i64 n = y.dims[1];
    each_flag(x, [&](i64 at) {
      i64* to = y.as<i64>() + found++;
      for (int k = x.rank(); k-- > 0; at /= x.dims[k]) to[k * n] = at % x.dims[k];
    });
    return {};
  }

 private:
  template <class F>
  static void each_flag(const any_view& x, F f) {
    constexpr i64 chunk = 512;
    u8 flags[chunk];
    for (i64 i = 0, n = x.size(); i < n; i += chunk) {
      const i64 m = std::min(chunk, n - i);
      if (x.type == dtype::string)
        for (i64 j = 0; j < m; ++j) flags[j] = !x.as<std::string>()[i + j].empty();
      else kernels::nonzero(x.type, x.bytes + i * size_of(x.type), m, flags);
      for (i64 j = 0; j < m; ++j)
        if (flags[j] != 0) f(i + j);
    }
  }
};

/// The slices along `axis` (or the elements, without one) where `condition` is true.
struct Compress {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T condition:B", outputs = "output:T";

  std::optional<i64> axis{};

  status infer(infer_context& c) const {
    shape dims = c.dims(0);
    int at = 0;
    if (!axis) {
      dims = shape{count(dims)};
    } else {
      const auto named = axis_of(*axis, dims);
      if (!named.has_value()) return std::unexpected(named.error());
      at = *named;
    }
    if (c.rank(1) != 1) return c.invalid({"condition of shape ", c.dims(1), " is not a list"});
    const any_view condition = c.constant(1);
    if (!condition) return c.later();
    i64 n = 0;
    for (i64 i = 0; i < std::min(condition.size(), dims[at]); ++i) n += condition.as<bool>()[i];
    dims[at] = n;
    return c.output(0, dims);
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &condition = c.input(1);
    const mutable_any_view& y = c.output(0);
    const int at = axis ? *normalized_axis(*axis, x.rank()) : 0;
    const shape dims = axis ? x.dims : shape{x.size()};
    const i64 outer = count(dims.first(at)), size = dims[at], run = count(dims.from(at + 1));
    i64 offsets[index_chunk], n = 0, to = 0;
    for (i64 o = 0; o < outer; ++o) {
      for (i64 i = 0; i < std::min(condition.size(), size); ++i) {
        if (condition.as<bool>()[i]) offsets[n++] = (o * size + i) * run;
        if (n == index_chunk) gather_rows(x, offsets, n, run, y, to), to += n * run, n = 0;
      }
    }
    gather_rows(x, offsets, n, run, y, to);
    return {};
  }
  auto gradient(int i, const auto& c) const { return c.moved(*this, i); }
};

/// The elements that differ, or along an axis the slices: ascending, or as they first come. Where each
/// first comes, which one each element is, and how often they come are further outputs.
struct Unique {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean | dtype_set{dtype::string, dtype::c64, dtype::c128};
  static constexpr auto inputs = "X:T", outputs = "Y:T indices?:I inverse_indices?:I counts?:I";

  std::optional<i64> axis{};
  bool sorted = true;

  status infer(infer_context& c) const {
    const any_view x = c.constant(0);
    if (axis)
      if (const auto at = axis_of(*axis, c.dims(0)); !at.has_value()) return std::unexpected(at.error());
    if (!x) return c.later();
    auto room = buffer::make(scratch_of(c.type(0), c.dims(0)));
    if (!room.has_value()) return std::unexpected(room.error());
    const slices all = slices_of(x, (*room).data());
    const i64 n = all.find();
    shape dims = axis ? c.dims(0) : shape{n};
    if (axis) dims[*normalized_axis(*axis, dims.rank())] = n;
    for (int i = 1; i < 4; ++i)
      if (status s = c.output(i, dtype::i64, shape{i == 2 ? all.count : n}); !s.has_value()) return s;
    return c.output(0, dims);
  }
  i64 scratch(std::span<const known> in, bool) const { return scratch_of(in[0].type, in[0].dims); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const slices all = slices_of(x, c.scratch());
    const i64 n = all.find();
    if (!sorted) all.by_first();
    for (i64 o = 0; y && o < all.outer; ++o)
      for (i64 g = 0; g < n; ++g) {
        const i64 from = (o * all.count + all.first[g]) * all.run;
        gather_rows(x, &from, 1, all.run, y, (o * n + g) * all.run);
      }
    const auto list = [&](int i) { return i < c.outputs() && c.output(i) ? c.output(i).as<i64>() : nullptr; };
    if (i64* first = list(1)) std::copy_n(all.first, n, first);
    if (i64* group = list(2)) std::copy_n(all.group, all.count, group);
    if (i64* counts = list(3)) {
      std::fill_n(counts, n, 0);
      for (i64 i = 0; i < all.count; ++i) ++counts[all.group[i]];
    }
    return {};
  }

 private:
  /// What is compared: `count` slices, each of outer * run elements, by keys (or as strings).
  struct slices {
    i64 outer = 1, count, run = 1, parts = 1;  // keys of an element
    const std::string* strings;
    u64* keys;
    i64 *group, *first, *order;

    /// Below, equal or above 0, as slice a comes before, is, or comes after slice b.
    int compare(i64 a, i64 b) const {
      const i64 n = run * parts;
      for (i64 o = 0; o < outer; ++o)
        for (i64 r = 0; r < n; ++r) {
          const i64 x = (o * count + a) * n + r, y = (o * count + b) * n + r;
          if (strings != nullptr) {
            if (const int c = strings[x].compare(strings[y]); c != 0) return c;
          } else if (keys[x] != keys[y]) {
            return keys[x] < keys[y] ? -1 : 1;
          }
        }
      return 0;
    }
    /// Sorts, and says in `group` which of the different ones each slice is and in `first` where it first
    /// comes; their number.
    i64 find() const {
      for (i64 i = 0; i < count; ++i) order[i] = i;
      const auto before = [this](i64 a, i64 b) {
        const int c = compare(a, b);
        return c < 0 || (c == 0 && a < b);
      };
      std::make_heap(order, order + count, before);
      std::sort_heap(order, order + count, before);
      i64 n = 0;
      for (i64 i = 0; i < count; ++i) {
        if (i == 0 || compare(order[i - 1], order[i]) != 0) first[n++] = order[i];
        group[order[i]] = n - 1;
      }
      return n;
    }
    /// Numbers them anew, as they first come.
    void by_first() const {
      i64 next = 0;
      for (i64 i = 0; i < count; ++i)
        if (first[group[i]] == i) order[group[i]] = next++;
      for (i64 i = 0; i < count; ++i) group[i] = order[group[i]];
      for (i64 i = count; i-- > 0;) first[group[i]] = i;
    }
  };
  i64 slice_count(const shape& dims) const { return axis ? dims[*normalized_axis(*axis, dims.rank())] : count(dims); }
  i64 scratch_of(dtype d, const shape& dims) const {
    const i64 keys = d == dtype::string ? 0 : count(dims) * parts_of(d);
    return 8 * (keys + 3 * slice_count(dims));
  }
  static i64 parts_of(dtype d) { return d == dtype::c64 || d == dtype::c128 ? 2 : 1; }
  slices slices_of(const any_view& x, std::byte* room) const {
    slices s;
    const int at = axis ? *normalized_axis(*axis, x.rank()) : 0;
    s.count = slice_count(x.dims);
    if (axis) s.outer = tenon::count(x.dims.first(at)), s.run = tenon::count(x.dims.from(at + 1));
    s.strings = x.type == dtype::string ? x.as<std::string>() : nullptr;
    s.group = reinterpret_cast<i64*>(room);
    s.first = s.group + s.count, s.order = s.first + s.count;
    s.keys = reinterpret_cast<u64*>(s.order + s.count);
    s.parts = parts_of(x.type);
    const dtype part = x.type == dtype::c64 ? dtype::f32 : x.type == dtype::c128 ? dtype::f64 : x.type;
    if (s.strings == nullptr) kernels::load_keys(part, x.bytes, 1, x.size() * s.parts, s.keys);
    return s;
  }
};

using selection = list<NonZero, Compress, Unique>;

}  // namespace ops

auto nonzero(const operand auto& x) { return apply(ops::NonZero{}, x); }
auto compress(const operand auto& x, const operand auto& condition, const ops::Compress& o = {}) { return apply(o, x, condition); }
/// Four tensors: the elements, where they first come, which one each element is, and how often they come.
std::vector<any_tensor> unique(const value auto& x, const ops::Unique& o = {}) {
  const any_view in[] = {look(x)};
  return apply_all(o, in);
}

}  // namespace tenon
TENON_COLD_END
