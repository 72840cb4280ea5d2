// Shapes: dimensions known at run time (`shape`), at compile time (`extents<3, 224, 224>`), or mixed.
// Dimensions are int64 everywhere; every count is checked in 64 bits, because 65536 x 65536 wraps to
// 0 in wasm32's size_t.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>

#include "error.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

using i64 = std::int64_t;

/// The most dimensions a tensor can have. (The ONNX suite uses 6, exported transformers up to 8.)
inline constexpr int max_rank = 12;

/// A list of at most max_rank integers without allocation: dimensions, strides, axes.
class shape {
 public:
  constexpr shape() = default;
  constexpr shape(std::initializer_list<i64> dims) : shape(dims.begin(), dims.size()) {}
  /// More than max_rank entries are a programmer's error; parsers ask `fits` first.
  constexpr explicit shape(std::span<const i64> dims) : shape(dims.data(), dims.size()) {}
  static constexpr shape filled(int rank, i64 value) {
    shape s;
    for (int i = 0; i < rank; ++i) s.push_back(value);
    return s;
  }
  static constexpr bool fits(std::size_t rank) { return rank <= max_rank; }

  constexpr int rank() const { return rank_; }
  constexpr bool empty() const { return rank_ == 0; }
  constexpr i64& operator[](int axis) { return dims_[static_cast<unsigned>(axis)]; }
  constexpr i64 operator[](int axis) const { return dims_[static_cast<unsigned>(axis)]; }
  constexpr i64 back() const { return dims_[static_cast<unsigned>(rank_ - 1)]; }
  constexpr const i64* begin() const { return dims_.data(); }
  constexpr const i64* end() const { return dims_.data() + rank_; }
  constexpr i64* begin() { return dims_.data(); }
  constexpr i64* end() { return dims_.data() + rank_; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(rank_); }
  constexpr std::span<const i64> span() const { return {dims_.data(), size()}; }
  operator piece() const { return piece(span()); }

  constexpr void push_back(i64 d) {
    if (rank_ == max_rank) too_many();
    dims_[static_cast<unsigned>(rank_++)] = d;
  }
  constexpr void insert(int at, i64 d) {
    push_back(d);
    std::rotate(begin() + at, end() - 1, end());
  }
  constexpr void erase(int at) {
    std::copy(begin() + at + 1, end(), begin() + at);
    --rank_;
  }
  constexpr shape first(int n) const { return shape(span().first(static_cast<unsigned>(n))); }
  constexpr shape from(int n) const { return shape(span().subspan(static_cast<unsigned>(n))); }

  friend constexpr bool operator==(const shape& a, const shape& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  constexpr shape(const i64* dims, std::size_t rank) : rank_(static_cast<int>(rank)) {
    if (!fits(rank)) too_many();
    std::copy_n(dims, rank, dims_.data());
  }
  [[noreturn]] static void too_many() { raise({code::limit, "a tensor has more than 12 dimensions"}); }

  std::array<i64, max_rank> dims_{};
  int rank_ = 0;
};

/// a * b of non-negative numbers, or nothing when it leaves int64.
constexpr std::optional<i64> checked_product(i64 a, i64 b) {
  i64 r = 0;
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

/// The number of elements, or nothing when it leaves int64 or a dimension is negative. A dimension
/// of 0 makes it 0 even beside dimensions whose product would leave int64.
constexpr std::optional<i64> checked_count(std::span<const i64> dims) {
  i64 n = 1;
  bool empty = false, overflow = false;
  for (i64 d : dims) {
    if (d < 0) return std::nullopt;
    if (d == 0) empty = true;
    else if (__builtin_mul_overflow(n, d, &n)) overflow = true, n = 1;
  }
  if (empty) return 0;
  if (overflow) return std::nullopt;
  return n;
}

/// The number of elements of dimensions that were checked before. (A template, as whether a shape converts to a span takes
/// compilers long to find out, and each call of the other would ask.)
template <std::size_t N>
constexpr i64 count(std::span<const i64, N> dims) {
  i64 n = 1;
  for (i64 d : dims)
    if (d == 0) return 0;  // first, for the others' product may leave int64
  for (i64 d : dims) n *= d;
  return n;
}
constexpr i64 count(const shape& s) { return count(s.span()); }

/// Row-major strides in elements; all 0 where there are no elements.
constexpr shape contiguous_strides(const shape& dims) {
  if (count(dims) == 0) return shape::filled(dims.rank(), 0);
  shape s = dims;
  i64 step = 1;
  for (int i = dims.rank(); i-- > 0; step *= dims[i]) s[i] = step;
  return s;
}

/// Strides of [N, C, spatial...] whose elements are stored as N, spatial..., C.
constexpr shape channels_last_strides(const shape& dims) {
  if (dims.rank() < 3 || count(dims) == 0) return contiguous_strides(dims);
  shape s = dims;
  s[1] = 1;
  i64 step = dims[1];
  for (int i = dims.rank(); i-- > 2; step *= dims[i]) s[i] = step;
  s[0] = step;
  return s;
}

/// True when the elements lie one after the other in row-major order; strides of dimensions of one
/// element do not matter.
constexpr bool is_contiguous(const shape& dims, const shape& strides) {
  if (count(dims) == 0) return true;
  i64 step = 1;
  for (int i = dims.rank(); i-- > 0;) {
    if (dims[i] != 1 && strides[i] != step) return false;
    step *= dims[i];
  }
  return true;
}

/// True when two sets of strides put every element at the same place.
constexpr bool same_layout(const shape& dims, const shape& a, const shape& b) {
  for (int i = 0; i < dims.rank(); ++i)
    if (dims[i] == 0) return true;
  for (int i = 0; i < dims.rank(); ++i)
    if (dims[i] != 1 && a[i] != b[i]) return false;
  return true;
}

/// The shape both operands broadcast to (NumPy's rule), or nothing.
constexpr std::optional<shape> broadcast(const shape& a, const shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  shape out = shape::filled(rank, 1);
  for (int i = 1; i <= rank; ++i) {
    const i64 x = i <= a.rank() ? a[a.rank() - i] : 1, y = i <= b.rank() ? b[b.rank() - i] : 1;
    if (x != y && x != 1 && y != 1) return std::nullopt;
    out[rank - i] = x == 1 ? y : x;
  }
  return out;
}

/// Strides that walk `dims` as if it had the shape `to`: 0 along broadcast dimensions.
constexpr shape broadcast_strides(const shape& dims, const shape& strides, const shape& to) {
  shape s = shape::filled(to.rank(), 0);
  for (int i = 1; i <= dims.rank(); ++i)
    if (dims[dims.rank() - i] != 1) s[to.rank() - i] = strides[dims.rank() - i];
  return s;
}

/// An axis counted from the end when negative, or nothing when out of range.
constexpr std::optional<int> normalized_axis(i64 axis, int rank) {
  if (axis < -rank || axis >= rank) return std::nullopt;
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

/// Calls f with the offset of each element, in row-major order.
template <class F>
constexpr void for_each_offset(const shape& dims, const shape& strides, F&& f) {
  if (count(dims) == 0) return;
  shape at = shape::filled(dims.rank(), 0);
  i64 offset = 0;
  for (;;) {
    f(offset);
    int axis = dims.rank() - 1;
    for (; axis >= 0; --axis) {
      offset += strides[axis];
      if (++at[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/// A dimension that extents learn at run time.
inline constexpr i64 dyn = -1;

/// Dimensions of which some or all are known at compile time: extents<3, 224, 224>, extents<dyn, 10>.
template <i64... N>
class extents {
 public:
  static constexpr int static_rank = sizeof...(N);
  static constexpr bool is_static = ((N != dyn) && ...);
  static constexpr std::array<i64, sizeof...(N)> pattern{N...};

  constexpr extents() = default;
  /// One number per dynamic dimension, in order.
  template <std::convertible_to<i64>... D>
    requires(sizeof...(D) > 0 && sizeof...(D) == (std::size_t{0} + ... + (N == dyn)))
  constexpr explicit extents(D... dynamic) {
    const i64 given[] = {static_cast<i64>(dynamic)...};
    for (std::size_t i = 0, next = 0; i < sizeof...(N); ++i)
      if (pattern[i] == dyn) dims_[i] = given[next++];
  }
  /// From run-time dimensions; nothing when they contradict the static ones.
  static constexpr std::optional<extents> from(const shape& s) {
    if (s.rank() != static_rank) return std::nullopt;
    extents e;
    for (int i = 0; i < static_rank; ++i) {
      const auto u = static_cast<unsigned>(i);
      if (pattern[u] != dyn && pattern[u] != s[i]) return std::nullopt;
      e.dims_[u] = s[i];
    }
    return e;
  }

  friend constexpr bool operator==(const extents&, const extents&) = default;

  static constexpr int rank() { return static_rank; }
  constexpr i64 operator[](int axis) const {
    const auto u = static_cast<unsigned>(axis);
    return pattern[u] == dyn ? dims_[u] : pattern[u];
  }
  constexpr operator shape() const {
    shape s;
    for (int i = 0; i < static_rank; ++i) s.push_back((*this)[i]);
    return s;
  }
  static constexpr i64 static_count()
    requires is_static
  {
    return (i64{1} * ... * N);
  }

 private:
  std::array<i64, sizeof...(N)> dims_ = [] {
    auto d = pattern;
    for (i64& x : d) x = x == dyn ? 0 : x;
    return d;
  }();
};

}  // namespace tenon
TENON_COLD_END
