// Element types: ONNX's numbers, the type that stores each, the type kernels compute it in, and
// constexpr sets of them.
#pragma once

#include <string>
#include <type_traits>

#include "number.hpp"
#include "shape.hpp"

namespace tenon::inline TENON_BUILD {

using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

/// The values are TensorProto.DataType's (onnx.proto of ONNX 1.23). Sub-byte types take a byte per element.
enum class dtype : std::uint8_t {
  none, f32, u8, i8, u16, i16, i32, i64, string, boolean, f16, f64, u32, u64, c64, c128, bf16,
  f8e4m3fn, f8e4m3fnuz, f8e5m2, f8e5m2fnuz, u4, i4, f4e2m1, f8e8m0, u2, i2, f6e2m3, f6e3m2,
};
inline constexpr int dtype_count = 29;

/// Complex numbers are stored, never computed with.
template <class T>
struct complex {
  T re, im;
  friend bool operator==(const complex&, const complex&) = default;
};

template <dtype D> struct storage;
#define TENON_DTYPE(d, ...)                            \
  template <> struct storage<dtype::d> { using type = __VA_ARGS__; }; \
  template <> struct dtype_of_type<__VA_ARGS__> { static constexpr dtype value = dtype::d; };
template <class T> struct dtype_of_type;
TENON_DTYPE(f32, float)
TENON_DTYPE(u8, tenon::u8)
TENON_DTYPE(i8, tenon::i8)
TENON_DTYPE(u16, tenon::u16)
TENON_DTYPE(i16, tenon::i16)
TENON_DTYPE(i32, tenon::i32)
TENON_DTYPE(i64, tenon::i64)
TENON_DTYPE(string, std::string)
TENON_DTYPE(boolean, bool)
TENON_DTYPE(f16, tenon::f16)
TENON_DTYPE(f64, double)
TENON_DTYPE(u32, tenon::u32)
TENON_DTYPE(u64, tenon::u64)
TENON_DTYPE(c64, complex<float>)
TENON_DTYPE(c128, complex<double>)
TENON_DTYPE(bf16, tenon::bf16)
TENON_DTYPE(f8e4m3fn, tenon::f8e4m3fn)
TENON_DTYPE(f8e4m3fnuz, tenon::f8e4m3fnuz)
TENON_DTYPE(f8e5m2, tenon::f8e5m2)
TENON_DTYPE(f8e5m2fnuz, tenon::f8e5m2fnuz)
TENON_DTYPE(u4, tenon::u4)
TENON_DTYPE(i4, tenon::i4)
TENON_DTYPE(f4e2m1, tenon::f4e2m1)
TENON_DTYPE(f8e8m0, tenon::f8e8m0)
TENON_DTYPE(u2, tenon::u2)
TENON_DTYPE(i2, tenon::i2)
TENON_DTYPE(f6e2m3, tenon::f6e2m3)
TENON_DTYPE(f6e3m2, tenon::f6e3m2)
#undef TENON_DTYPE

template <dtype D>
using storage_t = storage<D>::type;

/// A type that a tensor can hold.
template <class T>
concept element = requires { dtype_of_type<std::remove_cv_t<T>>::value; };
template <element T>
inline constexpr dtype dtype_of = dtype_of_type<std::remove_cv_t<T>>::value;

/// What a value is made of. Sequences, optionals and maps have types of their own beside the ones above: the
/// form in the upper three bits, the element type in the lower five. No operator takes deeper ones.
enum class form : std::uint8_t {
  tensor, sequence, optional, optional_sequence,
  integer_map, text_map,                  ///< by the type of their keys
  integer_maps, text_maps,                ///< sequences of maps
};
constexpr dtype in_form(form f, dtype element) {
  return static_cast<dtype>(static_cast<unsigned>(f) << 5 | static_cast<unsigned>(element));
}
constexpr form form_of(dtype d) { return static_cast<form>(static_cast<unsigned>(d) >> 5); }
constexpr dtype element_of(dtype d) { return static_cast<dtype>(static_cast<unsigned>(d) & 31); }
constexpr bool is_container(dtype d) {
  return form_of(d) != form::tensor && element_of(d) != dtype::none && static_cast<int>(element_of(d)) < dtype_count;
}

/// Names as in error messages and tables: ONNX's, in NumPy's spelling.
constexpr std::string_view name(dtype d) {
  static constexpr std::string_view names[dtype_count] = {
      "undefined", "float32",    "uint8",      "int8",         "uint16",     "int16",
      "int32",     "int64",      "string",     "bool",         "float16",    "float64",
      "uint32",    "uint64",     "complex64",  "complex128",   "bfloat16",   "float8e4m3fn",
      "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4",     "float4e2m1",
      "float8e8m0", "uint2",     "int2",         "float6e2m3", "float6e3m2"};
  const auto i = static_cast<unsigned>(d);
  return i < dtype_count ? names[i] : is_container(d) ? "no tensor" : "unknown";
}
/// The same of all values: "sequence of float32", "map of string to int64".
[[gnu::noinline]] inline std::string full_name(dtype d) {
  static constexpr std::string_view forms[] = {"", "sequence of ", "optional ", "optional sequence of ", "map of int64 to ",
      "map of string to ", "sequence of maps of int64 to ", "sequence of maps of string to "};
  return join({forms[static_cast<unsigned>(form_of(d))], name(element_of(d))});
}

/// Bytes per element in a tensor (strings: of the object that holds one; values in others: of their handle).
constexpr i64 size_of(dtype d) {
  static constexpr u8 sizes[dtype_count] = {0, 4, 1, 1, 2, 2, 4, 8, sizeof(std::string), 1, 2, 8, 4, 8,
                                     8, 16, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const auto i = static_cast<unsigned>(d);
  return i < dtype_count ? sizes[i] : is_container(d) ? i64{sizeof(void*)} : 0;
}

/// Bits per element on the wire: sub-byte types are packed there.
constexpr int wire_bits(dtype d) {
  if (d == dtype::f6e2m3 || d == dtype::f6e3m2) return 6;
  if (d == dtype::u4 || d == dtype::i4 || d == dtype::f4e2m1) return 4;
  if (d == dtype::u2 || d == dtype::i2) return 2;
  return static_cast<int>(8 * size_of(d));
}

/// A set of element types, as a bit mask: usable in `if constexpr`, at run time and in tables. The last bit
/// stands for sequences, optionals and maps.
struct dtype_set {
  u32 bits = 0;
  constexpr dtype_set() = default;
  constexpr dtype_set(std::initializer_list<dtype> all) {
    for (dtype d : all) bits |= u32{1} << index(d);
  }
  constexpr bool has(dtype d) const {
    const auto i = index(d);  // may be anything: it is read from files
    return i < 32 && (bits >> i & 1) != 0;
  }
  friend constexpr dtype_set operator|(dtype_set a, dtype_set b) {
    a.bits |= b.bits;
    return a;
  }
  friend constexpr dtype_set operator&(dtype_set a, dtype_set b) {
    a.bits &= b.bits;
    return a;
  }
  friend constexpr bool operator==(dtype_set, dtype_set) = default;

 private:
  static constexpr unsigned index(dtype d) { return is_container(d) ? 31 : static_cast<unsigned>(d); }
};

namespace dtypes {
inline constexpr dtype_set floating{dtype::f16, dtype::bf16, dtype::f32, dtype::f64};
inline constexpr dtype_set signed_integers{dtype::i8, dtype::i16, dtype::i32, dtype::i64};
inline constexpr dtype_set unsigned_integers{dtype::u8, dtype::u16, dtype::u32, dtype::u64};
inline constexpr dtype_set integers = signed_integers | unsigned_integers;
inline constexpr dtype_set numeric = floating | integers;
inline constexpr dtype_set float8{dtype::f8e4m3fn, dtype::f8e4m3fnuz, dtype::f8e5m2,
                                  dtype::f8e5m2fnuz};
inline constexpr dtype_set float6{dtype::f6e2m3, dtype::f6e3m2};
inline constexpr dtype_set tiny_integers{dtype::i4, dtype::u4, dtype::i2, dtype::u2};
/// Types that are kept, never computed with as such: kernels convert a tile on load and store.
inline constexpr dtype_set storage_only =
    float8 | float6 | tiny_integers | dtype_set{dtype::f16, dtype::bf16, dtype::f4e2m1, dtype::f8e8m0};
inline constexpr dtype_set boolean{dtype::boolean};
inline constexpr dtype_set index{dtype::i32, dtype::i64};
/// Everything that is moved as bytes.
inline constexpr dtype_set fixed_size = numeric | storage_only | boolean | dtype_set{dtype::c64, dtype::c128};
inline constexpr dtype_set all = fixed_size | dtype_set{dtype::string};
inline constexpr dtype_set containers{in_form(form::sequence, dtype::f32)};
/// Every value, tensor or not.
inline constexpr dtype_set any = all | containers;
}  // namespace dtypes

/// The types that operators are compiled for: all, or with -DTENON_DTYPES=f32,i64 (the same for a whole
/// program) these, which makes a guest smaller. Tensors of every type can be made and moved.
#ifdef TENON_DTYPES
inline constexpr dtype_set compiled = [] {
  using enum dtype;
  return dtype_set{TENON_DTYPES};
}();
#else
inline constexpr dtype_set compiled = dtypes::all;
#endif

/// The type kernels compute in: f32 for the small floats, i32/u32 for what is narrower than 32 bits.
constexpr dtype compute_dtype(dtype d) {
  switch (d) {
    case dtype::f16: case dtype::bf16: case dtype::f8e4m3fn: case dtype::f8e4m3fnuz:
    case dtype::f8e5m2: case dtype::f8e5m2fnuz: case dtype::f4e2m1: case dtype::f8e8m0:
    case dtype::f6e2m3: case dtype::f6e3m2:
      return dtype::f32;
    case dtype::i8: case dtype::i16: case dtype::i4: case dtype::i2: return dtype::i32;
    case dtype::u8: case dtype::u16: case dtype::u4: case dtype::u2: case dtype::boolean:
      return dtype::u32;
    default: return d;
  }
}
template <element T>
using compute_t = storage_t<compute_dtype(dtype_of<T>)>;

/// Calls f.template operator()<T>() with the storage type of `d`, if `Set` has it; false otherwise.
/// Types outside of the set are not instantiated.
template <dtype_set Set, class F>
constexpr bool visit(dtype d, F&& f) {
  const auto one = [&]<dtype D>() {
    if constexpr (Set.has(D)) {
      if (d != D) return false;
      f.template operator()<storage_t<D>>();
      return true;
    } else {
      return false;
    }
  };
  return [&]<int... I>(std::integer_sequence<int, I...>) {
    return (one.template operator()<static_cast<dtype>(I + 1)>() || ...);
  }(std::make_integer_sequence<int, dtype_count - 1>());
}

/// `visit` for kernels: of the types that are compiled.
template <dtype_set Set, class F>
constexpr bool dispatch(dtype d, F&& f) {
  return visit<Set & compiled>(d, std::forward<F>(f));
}

}  // namespace tenon
