// Conversion between any two element types, rounding once: through double for floating sources,
// through 64-bit integers for the others, a chunk in L1 at a time.
#pragma once

#include "../core/dtype.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// ONNX Cast's attributes, which matter for 8-bit floats only.
struct cast_rules {
  bool saturate = true;
  round_mode mode = round_mode::up;
};

namespace detail {

inline constexpr i64 cast_chunk = 512;

/// What an element type is converted through.
enum class carrier : u8 { real, integer, natural };
constexpr carrier carrier_of(dtype d) {
  if (d == dtype::u64) return carrier::natural;
  return compute_dtype(d) == dtype::f32 || d == dtype::f64 ? carrier::real : carrier::integer;
}
inline constexpr dtype_set castable = dtypes::numeric | dtypes::storage_only | dtypes::boolean;
/// What a build converts: operators look at numbers as float64 or int64, whatever else is compiled.
inline constexpr dtype_set converted = castable & (compiled | dtype_set{dtype::f64, dtype::i64});

union carried {
  double real;
  i64 integer;
  u64 natural;
};

template <class T>
[[gnu::noinline]] void load_carried(const T* from, carried* to, i64 n) {
  for (i64 i = 0; i < n; ++i) {
    if constexpr (carrier_of(dtype_of<T>) == carrier::real) to[i].real = static_cast<double>(from[i]);
    else if constexpr (std::is_same_v<T, u64>) to[i].natural = from[i];
    else to[i].integer = static_cast<i64>(static_cast<std::conditional_t<(sizeof(T) < 4), int, T>>(from[i]));
  }
}

template <class T>
[[gnu::noinline]] void store_carried(const carried* from, T* to, i64 n, const cast_rules& r) {
  for (i64 i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<T, f8e8m0>) to[i] = f8e8m0::from(from[i].real, r.saturate, r.mode);
    else if constexpr (dtypes::float8.has(dtype_of<T>)) to[i] = T::from(from[i].real, r.saturate);
    else if constexpr (carrier_of(dtype_of<T>) == carrier::real) to[i] = static_cast<T>(from[i].real);
    else if constexpr (std::is_same_v<T, u64>) to[i] = from[i].natural;
    else if constexpr (std::is_same_v<T, bool>) to[i] = from[i].integer != 0;
    else to[i] = static_cast<T>(from[i].integer);  // modulo 2^n
  }
}

/// Towards zero; what 64 bits do not hold becomes the nearest that they do, NaN becomes 0.
inline i64 to_integer(double x) {
  if (!(x == x)) return 0;
  if (x >= 0x1p63) return INT64_MAX;
  return x < -0x1p63 ? INT64_MIN : static_cast<i64>(x);
}
inline u64 to_natural(double x) {
  if (x >= 0x1p64) return UINT64_MAX;
  return x >= 0x1p63 ? static_cast<u64>(x) : static_cast<u64>(to_integer(x));
}

inline void change_carrier(carried* x, i64 n, carrier from, dtype to) {
  const carrier target = carrier_of(to);
  if (to == dtype::boolean) {
    if (from == carrier::real)
      for (i64 i = 0; i < n; ++i) x[i].integer = x[i].real != 0;
  } else if (from == carrier::real && target != carrier::real) {
    for (i64 i = 0; i < n; ++i) {
      if (target == carrier::natural) x[i].natural = to_natural(x[i].real);
      else x[i].integer = to_integer(x[i].real);
    }
  } else if (from != carrier::real && target == carrier::real) {
    // Narrower formats round once: `nearly` keeps what 53 bits lose as a last bit.
    for (i64 i = 0; i < n; ++i) {
      if (from == carrier::natural)
        x[i].real = to == dtype::f64 ? static_cast<double>(x[i].natural) : tenon::detail::nearly(x[i].natural);
      else x[i].real = to == dtype::f64 ? static_cast<double>(x[i].integer) : tenon::detail::nearly(x[i].integer);
    }
  }
}

}  // namespace detail

/// Converts n contiguous elements of any numeric type or bool.
inline void cast(dtype from, const void* x, dtype to, void* y, i64 n, const cast_rules& rules = {}) {
  detail::carried chunk[detail::cast_chunk];
  const auto* source = static_cast<const std::byte*>(x);
  auto* target = static_cast<std::byte*>(y);
  for (i64 i = 0; i < n; i += detail::cast_chunk) {
    const i64 m = std::min(detail::cast_chunk, n - i);
    visit<detail::converted>(from, [&]<class T>() {
      detail::load_carried(reinterpret_cast<const T*>(source + i * size_of(from)), chunk, m);
    });
    detail::change_carrier(chunk, m, detail::carrier_of(from), to);
    visit<detail::converted>(to, [&]<class T>() {
      detail::store_carried(chunk, reinterpret_cast<T*>(target + i * size_of(to)), m, rules);
    });
  }
}

/// The same, as a row points to it.
inline void convert(dtype from, const void* x, dtype to, void* y, i64 n) { cast(from, x, to, y, n); }

}  // namespace tenon
