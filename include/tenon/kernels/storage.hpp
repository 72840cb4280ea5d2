// Between stored elements and those that kernels compute with, by dtype: one function per stored type
// and direction.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/convert.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

inline constexpr dtype_set converted_types =
    dtypes::storage_only | dtypes::boolean | dtype_set{dtype::i8, dtype::u8, dtype::i16, dtype::u16};

}  // namespace detail

/// n contiguous elements stored as `storage`, as its compute type; false where there is nothing to convert.
[[gnu::noinline]] inline bool load_elements(dtype storage, const void* from, void* to, i64 n) {
  return dispatch<detail::converted_types>(storage, [&]<class S>() {
    simd::load_tile(static_cast<const S*>(from), static_cast<compute_t<S>*>(to), n);
  });
}

/// The reverse: small floats round to nearest even, integers wrap.
[[gnu::noinline]] inline bool store_elements(dtype storage, const void* from, void* to, i64 n) {
  return dispatch<detail::converted_types>(storage, [&]<class S>() {
    simd::store_tile(static_cast<const compute_t<S>*>(from), static_cast<S*>(to), n);
  });
}

}  // namespace tenon
