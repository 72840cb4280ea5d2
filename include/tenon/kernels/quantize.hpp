// Between real numbers and small ones with scale and zero point: whole tiles in float, whatever the
// stored types are.
#pragma once

#include <algorithm>

#include "../simd/vec.hpp"
#include "cast.hpp"
#include "copy.hpp"
#include "storage.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::kernels {

/// The elements at a time.
inline constexpr i64 quantized_tile = 256;

/// The least and the greatest number of an integer type that is quantized to.
struct quantized_range {
  i32 low, high;
};
constexpr quantized_range range_of(dtype d) {
  switch (d) {
    case dtype::i8: return {-128, 127};
    case dtype::u8: return {0, 255};
    case dtype::i16: return {-32768, 32767};
    case dtype::u16: return {0, 65535};
    case dtype::i4: return {-8, 7};
    case dtype::u4: return {0, 15};
    case dtype::i2: return {-2, 1};
    case dtype::u2: return {0, 3};
    default: return {0, 0};
  }
}

/// n elements of any type that is quantized from or to, as float; int32 rounds.
[[gnu::noinline]] inline void load_reals(dtype d, const void* from, float* to, i64 n) {
  using F = simd::vec<float, 4>;
  using I = simd::vec<i32, 4>;
  if (d == dtype::f32) return detail::copy_row(to, from, static_cast<std::size_t>(n * 4));
  if (compute_dtype(d) == dtype::f32) {
    load_elements(d, from, to, n);
    return;
  }
  for (i64 done = 0; done < n; done += quantized_tile) {
    const i64 m = std::min(quantized_tile, n - done);
    alignas(64) i32 whole[quantized_tile] = {};
    const char* const p = static_cast<const char*>(from) + done * size_of(d);
    if (!load_elements(d, p, whole, m)) std::memcpy(whole, p, static_cast<std::size_t>(m * 4));
    for (i64 i = 0; i < m; i += 4) F(simd::convert<float>(I::load(whole + i))).store(to + done + i, m - i);
  }
}

/// Rounds floats to what a narrower floating type holds.
inline void round_to(dtype d, float* x, i64 n) {
  std::byte narrow[2 * quantized_tile];
  if (d != dtype::f16 && d != dtype::bf16) return;
  store_elements(d, x, narrow, n);
  load_elements(d, narrow, x, n);
}

/// out = saturate(round(x / scale) + zero), at most a tile; the division rounds to `precision`. Of floating
/// targets `saturate` says what too large numbers become.
[[gnu::noinline]] inline void quantize_tile(float* x, const float* scale, const float* zero, i64 n, dtype precision,
                                            bool saturate, dtype type, void* out) {
  using F = simd::vec<float, 4>;
  alignas(64) i32 whole[quantized_tile];
  round_to(precision, x, n);
  for (i64 i = 0; i < n; i += 4) F(F::load(x + i, n - i) / F::load(scale + i, n - i)).store(x + i, n - i);
  round_to(precision, x, n);
  if (compute_dtype(type) == dtype::f32) {
    for (i64 i = 0; i < n; ++i)
      if (zero[i] != 0) x[i] += zero[i];  // else minus zero stays
    return cast(dtype::f32, x, type, out, n, {.saturate = saturate});
  }
  const quantized_range range = range_of(type);
  const F low(static_cast<float>(range.low)), high(static_cast<float>(range.high));
  for (i64 i = 0; i < n; i += 4) {
    // Far outside is outside whatever the zero point is, and NaN has no place at all.
    const F q = simd::round_even(F::load(x + i, n - i)), sum = q + F::load(zero + i, n - i);
    simd::convert<i32>(simd::clamp(F(simd::select(sum == sum, sum, 0.0f)), low, high)).store(whole + i, n - i);
  }
  store_elements(type, whole, out, n);
}

/// out = (x - zero) * scale, at most a tile, rounded to `type`.
[[gnu::noinline]] inline void dequantize_tile(dtype from, const void* in, const float* scale, const float* zero, i64 n,
                                              dtype type, void* out) {
  using F = simd::vec<float, 4>;
  alignas(64) float x[quantized_tile];
  load_reals(from, in, x, n);
  for (i64 i = 0; i < n; i += 4)
    F((F::load(x + i, n - i) - F::load(zero + i, n - i)) * F::load(scale + i, n - i)).store(x + i, n - i);
  if (type == dtype::f32) detail::copy_row(out, x, static_cast<std::size_t>(n * 4));
  else store_elements(type, x, out, n);
}

}  // namespace tenon
TENON_COLD_END
