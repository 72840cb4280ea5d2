// Values whose type is known at run time: tensors, and sequences, optionals and maps, whose elements are values
// (core/container.hpp). `any_tensor` owns, `any_view` looks; `visit` crosses over to the typed world.
#pragma once

#include <atomic>

#include "tensor.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// Dtype, dimensions, strides in elements and a pointer. (A template over std::byte itself would make
/// namespace std one of its own, and std::apply a rival of ours.)
template <bool Writable>
struct basic_any_view {
  using Byte = std::conditional_t<Writable, std::byte, const std::byte>;
  dtype type = dtype::none;
  shape dims;
  shape strides;
  Byte* bytes = nullptr;

  basic_any_view() = default;
  basic_any_view(dtype d, const shape& s, Byte* p)
      : type(d), dims(s), strides(contiguous_strides(s)), bytes(p) {}
  basic_any_view(dtype d, const shape& s, const shape& step, Byte* p)
      : type(d), dims(s), strides(step), bytes(p) {}
  template <class T, class E>
    requires(!Writable || !std::is_const_v<T>)
  basic_any_view(const view<T, E>& v)
      : basic_any_view(dtype_of<T>, shape(v.dims()), v.strides(), reinterpret_cast<Byte*>(v.data())) {}
  template <class T, class E>
    requires(!Writable)
  basic_any_view(const tensor<T, E>& t) : basic_any_view(t.look()) {}
  template <class T, class E>
    requires Writable
  basic_any_view(tensor<T, E>& t) : basic_any_view(t.look()) {}
  operator basic_any_view<false>() const
    requires Writable
  {
    return {type, dims, strides, bytes};
  }

  template <class T>
  using pointer = std::conditional_t<std::is_const_v<Byte>, const T*, T*>;

  /// The elements as T, which must be the storage type of `type`.
  template <class T>
  pointer<T> as() const {
    return reinterpret_cast<pointer<T>>(bytes);
  }
  template <class T>
  view<std::remove_pointer_t<pointer<T>>> typed() const {
    return {as<T>(), dims, strides};
  }
  int rank() const { return dims.rank(); }
  i64 dim(int axis) const { return dims[axis < 0 ? axis + rank() : axis]; }
  i64 size() const { return type == dtype::none ? 0 : count(dims); }
  i64 byte_size() const { return size() * size_of(type); }
  bool contiguous() const { return is_contiguous(dims, strides); }
  /// False for an optional input that was left out.
  explicit operator bool() const { return type != dtype::none; }
};
using any_view = basic_any_view<false>;
using mutable_any_view = basic_any_view<true>;

class any_tensor;

/// An element of a sequence, an optional or a map. It is shared and never changes: a sequence made from another
/// one copies handles. One made by default holds nothing.
class shared_value {
 public:
  shared_value() = default;
  static inline result<shared_value> make(any_tensor&& value, memory* from = nullptr);
  shared_value(const shared_value& o) : at_(o.at_) {
    if (at_ != nullptr) hold();
  }
  shared_value(shared_value&& o) noexcept : at_(std::exchange(o.at_, nullptr)) {}
  shared_value& operator=(shared_value o) noexcept {
    std::swap(at_, o.at_);
    return *this;
  }
  ~shared_value() {
    if (at_ != nullptr) let_go();
  }
  inline any_view look() const;  ///< empty where there is none
  /// What an element takes beside its own elements.
  static inline i64 overhead();

 private:
  struct block;
  inline void hold() const;
  inline void let_go();
  block* at_ = nullptr;
};

/// Owns row-major elements of a dtype known at run time.
class any_tensor {
 public:
  any_tensor() = default;
  any_tensor(dtype d, const shape& dims) { *this = value_or_raise(try_make(d, dims)); }
  template <element T, class E>
  any_tensor(const tensor<T, E>& t) : any_tensor(dtype_of<T>, shape(t.dims())) {
    std::copy_n(t.data(), t.size(), as<T>());
  }
  /// Elements are zero (strings empty, handles hold nothing).
  static result<any_tensor> try_make(dtype d, const shape& dims, memory* from = nullptr) {
    auto t = try_make_uninitialized(d, dims, from);
    if (t.has_value() && d != dtype::string) std::memset((*t).data(), 0, (*t).bytes_.size());
    return t;
  }
  /// The same without the zeros, for those who write every element.
  static result<any_tensor> try_make_uninitialized(dtype d, const shape& dims, memory* from = nullptr) {
    if (!dtypes::any.has(d))
      return fail(code::invalid, {"a tensor cannot have element type ", static_cast<int>(d)});
    const auto bytes = detail::byte_count(dims, size_of(d));
    if (!bytes.has_value()) return std::unexpected(bytes.error());
    auto b = buffer::make(*bytes, from);
    if (!b.has_value()) return std::unexpected(b.error());
    any_tensor t;
    t.type_ = d;
    t.dims_ = dims;
    t.bytes_ = std::move(*b);
    if (d == dtype::string) std::uninitialized_value_construct_n(t.as<std::string>(), count(dims));
    if (is_container(d)) std::memset(t.data(), 0, t.bytes_.size());
    return t;
  }
  any_tensor(any_tensor&& o) noexcept
      : type_(std::exchange(o.type_, dtype::none)), dims_(o.dims_), bytes_(std::move(o.bytes_)) {}
  any_tensor& operator=(any_tensor&& o) noexcept {
    if (this != &o) {
      destroy();
      type_ = std::exchange(o.type_, dtype::none), dims_ = o.dims_, bytes_ = std::move(o.bytes_);
    }
    return *this;
  }
  any_tensor(const any_tensor& o) {
    if (o.type_ == dtype::none) return;
    *this = value_or_raise(try_make_uninitialized(o.type_, o.dims_, o.bytes_.source()));
    if (type_ == dtype::string) std::copy_n(o.as<std::string>(), size(), as<std::string>());
    else if (is_container(type_)) std::copy_n(o.as<shared_value>(), size(), as<shared_value>());
    else std::memcpy(data(), o.data(), bytes_.size());
  }
  any_tensor& operator=(const any_tensor& o) {
    if (this != &o) *this = any_tensor(o);
    return *this;
  }
  ~any_tensor() { destroy(); }

  dtype type() const { return type_; }
  const shape& dims() const { return dims_; }
  int rank() const { return dims_.rank(); }
  i64 size() const { return type_ == dtype::none ? 0 : count(dims_); }
  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.data());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes_.data());
  }
  operator any_view() const { return {type_, dims_, bytes_.data()}; }
  any_view look() const { return *this; }
  mutable_any_view edit() { return {type_, dims_, bytes_.data()}; }
  explicit operator bool() const { return type_ != dtype::none; }

 private:
  void destroy() {
    if (type_ == dtype::string) std::destroy_n(as<std::string>(), size());
    if (is_container(type_)) std::destroy_n(as<shared_value>(), size());
  }
  dtype type_ = dtype::none;
  shape dims_;
  buffer bytes_;
};

struct shared_value::block {
  std::atomic<u32> holders;
  memory* from;
  any_tensor what;
};
inline result<shared_value> shared_value::make(any_tensor&& value, memory* from) {
  void* p = from != nullptr ? from->allocate(sizeof(block)) : system_allocate(sizeof(block));
  if (p == nullptr) return std::unexpected<error>(error{code::out_of_memory, "no memory"});
  shared_value v;
  v.at_ = new (p) block{1, from, std::move(value)};
  return v;
}
inline any_view shared_value::look() const { return at_ != nullptr ? at_->what.look() : any_view(); }
inline i64 shared_value::overhead() { return static_cast<i64>(allocation_size(sizeof(block)) + alignment); }
inline void shared_value::hold() const { at_->holders.fetch_add(1, std::memory_order_relaxed); }
[[gnu::noinline]] inline void shared_value::let_go() {
  if (at_->holders.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  memory* const from = at_->from;
  at_->~block();
  if (from != nullptr) from->release(at_, sizeof(block));
  else std::free(at_);
}

/// Bytes that a value holds, those of elements counted as often as it has them; INT64_MAX stands for more.
[[gnu::noinline]] inline i64 held_bytes(const any_view& v) {
  i64 bytes = v.byte_size();
  for (i64 i = 0; is_container(v.type) && i < v.size(); ++i) {
    const i64 one = held_bytes(v.as<shared_value>()[i].look());
    if (one > INT64_MAX - shared_value::overhead() || __builtin_add_overflow(bytes, one + shared_value::overhead(), &bytes))
      return INT64_MAX;
  }
  return bytes;
}

}  // namespace tenon
TENON_COLD_END
