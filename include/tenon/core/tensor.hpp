// Tensors of one element type. `tensor` owns its elements and is a regular value: copies are deep,
// moves are cheap. `view` looks at somebody's elements and never owns. E is `shape` (any rank) or
// extents<...>; small static tensors live inside the object.
#pragma once

#include <memory>
#include <new>

#include "dtype.hpp"
#include "memory.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {
template <class E>
inline constexpr bool is_static = false;
template <i64... N>
inline constexpr bool is_static<extents<N...>> = extents<N...>::is_static;
/// Static tensors up to this many bytes need no allocation.
inline constexpr i64 inline_bytes = 1024;

/// The bytes of elements of `size` bytes each.
[[gnu::noinline]] inline result<i64> byte_count(const shape& dims, i64 size) {
  for (i64 d : dims)
    if (d < 0)
      return fail(code::invalid, {"a tensor of shape ", dims, " has a negative dimension"});
  const std::optional<i64> n = checked_count(dims.span());
  i64 bytes = 0;
  if (!n || __builtin_mul_overflow(*n, size, &bytes))
    return fail(code::limit, {"a tensor of shape ", dims, " has more bytes than 64 bits count"});
  return bytes;
}

/// Dimensions of what has no elements yet.
template <class E>
constexpr E no_dims() {
  if constexpr (std::same_as<E, shape>) return shape{0};
  else return E{};
}

/// Offset of an element; strides in elements.
template <class E, class S>
constexpr i64 offset(const S& strides, auto... index) {
  i64 at = 0;
  int axis = 0;
  ((at += static_cast<i64>(index) * strides[axis++]), ...);
  return at;
}
}  // namespace detail

/// A look at elements: pointer, dimensions, strides in elements (zero and negative allowed).
/// view<const T> reads only.
template <class T, class E = shape>
  requires element<T>
class view {
 public:
  using value_type = std::remove_cv_t<T>;

  view() = default;
  view(T* data, const E& dims) : view(data, dims, contiguous_strides(dims)) {}
  view(T* data, const E& dims, const shape& strides) : data_(data), dims_(dims), strides_(strides) {}
  /// From a view that may write, or of dimensions that were static.
  template <class U, class D>
    requires(std::convertible_to<U (*)[], T (*)[]> &&
             (std::same_as<D, E> ? !std::same_as<U, T> : std::same_as<E, shape>))
  view(const view<U, D>& o) : data_(o.data()), dims_(o.dims()), strides_(o.strides()) {}

  T* data() const { return data_; }
  const E& dims() const { return dims_; }
  const shape& strides() const { return strides_; }
  constexpr int rank() const { return dims_.rank(); }
  i64 dim(int axis) const { return dims_[axis < 0 ? axis + rank() : axis]; }
  i64 size() const { return count(dims_); }
  bool contiguous() const { return is_contiguous(dims_, strides_); }

  /// x[i, j, k]: as many indices as dimensions, each within its dimension (not checked).
  template <std::convertible_to<i64>... I>
  T& operator[](I... index) const {
    return data_[detail::offset<E>(strides_, index...)];
  }
  /// Elements start, start + step, ... before stop along one axis, start and stop within it; a
  /// negative step walks backwards, to -1 at the furthest. Any step but 0 will do.
  view<T> slice(int axis, i64 start, i64 stop, i64 step = 1) const {
    shape d = dims_, s = strides_;
    const i64 span = step > 0 ? stop - start : start - stop;
    if (span <= 0) {
      d[axis] = 0;
      return {data_, d, s};
    }
    const auto stride = static_cast<u64>(step > 0 ? step : -1 - step) + (step > 0 ? 0 : 1);
    d[axis] = 1 + static_cast<i64>(static_cast<u64>(span - 1) / stride);
    if (d[axis] > 1) s[axis] *= step;
    return {data_ + start * strides_[axis], d, s};
  }
  /// The dimensions in another order, nothing moved; without arguments reversed, as NumPy's.
  view<T> transposed(const shape& order = {}) const {
    shape d = dims_, s = strides_;
    for (int i = 0; i < rank(); ++i) {
      const int from = order.empty() ? rank() - 1 - i : static_cast<int>(order[i]);
      d[i] = dims_[from], s[i] = strides_[from];
    }
    return {data_, d, s};
  }
  /// The same elements repeated along dimensions of 1, without copying; the shapes must fit.
  view<T> broadcast_to(const shape& to) const {
    return {data_, to, broadcast_strides(dims_, strides_, to)};
  }

 private:
  T* data_ = nullptr;
  E dims_ = detail::no_dims<E>();
  shape strides_ = contiguous_strides(dims_);
};

/// Owns row-major elements. Construction zero-initialises; failing to get memory goes to `raise`
/// (try_make returns it). One that was moved from has no elements and waits for an assignment.
template <class T, class E = shape>
  requires element<T>
class tensor {
  static constexpr bool inline_ = [] {
    if constexpr (detail::is_static<E>)
      return E::static_count() <= detail::inline_bytes / static_cast<i64>(sizeof(T));
    else return false;
  }();
  static constexpr std::size_t inline_size_ = [] {
    if constexpr (inline_)
      return std::max(static_cast<std::size_t>(E::static_count()) * sizeof(T), std::size_t{1});
    else return std::size_t{1};
  }();

 public:
  using value_type = T;

  tensor()
    requires(!detail::is_static<E>)
  = default;
  tensor()
    requires detail::is_static<E>
      : tensor(E{}) {}
  explicit tensor(const E& dims) { *this = value_or_raise(try_make(dims)); }
  /// Elements in row-major order; their number must be the shape's.
  tensor(const E& dims, std::initializer_list<T> values) : tensor(dims, values.begin(), values.size()) {}
  tensor(const E& dims, std::span<const T> values) : tensor(dims, values.data(), values.size()) {}
  static result<tensor> try_make(const E& dims, memory* from = nullptr) {
    const auto bytes = detail::byte_count(dims, sizeof(T));
    if (!bytes.has_value()) return std::unexpected(bytes.error());
    tensor t(nothing{});
    t.dims_ = dims;
    if constexpr (!inline_) {
      auto b = buffer::make(*bytes, from);
      if (!b.has_value()) return std::unexpected(b.error());
      t.bytes_ = std::move(*b);
    }
    const i64 n = *bytes / static_cast<i64>(sizeof(T));
    std::uninitialized_value_construct_n(t.data(), n);
    t.alive_ = n;
    return t;
  }
  tensor(const tensor& o) : tensor(nothing{}) {
    dims_ = o.dims_;
    if constexpr (!inline_) {
      if (o.bytes_.data() == nullptr) return;
      bytes_ = value_or_raise(buffer::make(static_cast<i64>(o.bytes_.size()), o.bytes_.source()));
    }
    std::uninitialized_copy_n(o.data(), o.alive_, data());
    alive_ = o.alive_;
  }
  tensor(tensor&& o) noexcept : tensor(nothing{}) { take(o); }
  tensor& operator=(const tensor& o) {
    if (this != &o) *this = tensor(o);
    return *this;
  }
  tensor& operator=(tensor&& o) noexcept {
    if (this != &o) {
      destroy();
      take(o);
    }
    return *this;
  }
  ~tensor() { destroy(); }

  T* data() {
    if constexpr (inline_) return std::launder(reinterpret_cast<T*>(bytes_.here));
    else return reinterpret_cast<T*>(bytes_.data());
  }
  const T* data() const { return const_cast<tensor*>(this)->data(); }
  const E& dims() const { return dims_; }
  constexpr int rank() const { return dims_.rank(); }
  i64 dim(int axis) const { return dims_[axis < 0 ? axis + rank() : axis]; }
  i64 size() const { return alive_; }
  T* begin() { return data(); }
  T* end() { return data() + alive_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + alive_; }

  template <std::convertible_to<i64>... I>
  T& operator[](I... index) {
    return data()[at(index...)];
  }
  template <std::convertible_to<i64>... I>
  const T& operator[](I... index) const {
    return data()[at(index...)];
  }
  operator view<T, E>() { return {data(), dims_}; }
  operator view<const T, E>() const { return {data(), dims_}; }
  tenon::view<T, E> look() { return *this; }
  tenon::view<const T, E> look() const { return *this; }

  friend bool operator==(const tensor& a, const tensor& b) {
    return a.dims_ == b.dims_ && std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  struct nothing {};
  struct in_place {
    alignas(alignment) std::byte here[inline_size_];
  };
  explicit tensor(nothing) {}
  tensor(const E& dims, const T* values, std::size_t count) : tensor(dims) {
    if (static_cast<i64>(count) != size()) raise({code::invalid, join({"tensor: ", count, " values given for shape ", shape(dims)})});
    std::copy_n(values, count, data());
  }

  i64 at(auto... index) const {
    i64 r = 0;
    int axis = 0;
    ((r = r * dims_[axis++] + static_cast<i64>(index)), ...);
    return r;
  }
  void destroy() {
    std::destroy_n(data(), alive_);
    alive_ = 0;
  }
  void take(tensor& o) {
    dims_ = o.dims_;
    if constexpr (inline_) {
      std::uninitialized_move_n(o.data(), o.alive_, data());
      alive_ = o.alive_;
    } else {
      bytes_ = std::move(o.bytes_);
      alive_ = std::exchange(o.alive_, 0);
      o.dims_ = detail::no_dims<E>();
    }
  }

  E dims_ = detail::no_dims<E>();
  std::conditional_t<inline_, in_place, buffer> bytes_{};
  i64 alive_ = 0;
};

/// A list as a one-dimensional tensor.
auto as_tensor(const auto& values) {
  using T = std::remove_cvref_t<decltype(*values.begin())>;
  tensor<T> t(shape{static_cast<i64>(values.size())});
  std::copy(values.begin(), values.end(), t.data());
  return t;
}

}  // namespace tenon
TENON_COLD_END
