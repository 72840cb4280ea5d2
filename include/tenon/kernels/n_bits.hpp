// Products with matrices of 2, 4 or 8 bits per element, quantised in blocks along k: a few columns at a time are
// made floats, as panels for the product of several rows, or in registers for that of one row.
#pragma once

#include <algorithm>
#include <cstring>

#include "../core/dtype.hpp"
#include "gemm.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::kernels {

/// The right side, B[k, n], column by column: each has `blocks` blocks of `block` elements, low bits first.
struct n_bits {
  int bits;
  i64 k, n, block, blocks;
  const u8* data;
  const float* scales;             ///< per column and block
  const float* zeros = nullptr;    ///< the same; null: packed ones, or the middle
  const u8* packed_zeros = nullptr;
  const i32* groups = nullptr;     ///< which block's scale each of the k elements has; null: its own's

  i64 bytes_of_block() const { return block * bits / 8; }
  float scale(i64 column, i64 at) const { return scales[column * blocks + at]; }
  float zero(i64 column, i64 at) const {
    if (zeros != nullptr) return zeros[column * blocks + at];
    if (packed_zeros == nullptr) return static_cast<float>(1 << (bits - 1));
    return static_cast<float>(element(packed_zeros + column * ((blocks * bits + 7) / 8), at));
  }
  int element(const u8* from, i64 i) const { return from[i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1); }
};

namespace detail {

/// Four neighbours of a column: their bits as they lie in a word, each multiplied by a power of two, are whole
/// floats, of which a zero point multiplied likewise is subtracted before the scale undoes it. All but the last
/// step is exact.
struct four_of_block {
  using F = simd::vec<float, 4>;
  using U = simd::vec<u32, 4>;
  U mask;
  F zero, scale;
  int bytes;

  four_of_block(const n_bits& b, i64 column, i64 at) : bytes(b.bits / 2) {
    const float z = b.zero(column, at), s = b.scale(column, at);
    alignas(16) u32 masks[4];
    alignas(16) float zeros[4], scales[4];
    float weight = 1;
    for (int i = 0; i < 4; ++i, weight *= static_cast<float>(1 << b.bits)) {
      masks[i] = ((u32{1} << b.bits) - 1) << (i * b.bits);
      zeros[i] = z * weight;
      scales[i] = s / weight;
    }
    mask = U::load(masks), zero = F::load(zeros), scale = F::load(scales);
  }
  TENON_INLINE F at(const u8* from) const {
    u32 word = 0;
    if (bytes == 2) word = static_cast<u32>(from[0] | from[1] << 8);
    else if (bytes == 4) std::memcpy(&word, from, 4);
    else word = *from;
    return (simd::convert<float>(U(word) & mask) - zero) * scale;
  }
};

/// Elements [k, k + count) of a column, count at most a block and within one.
[[gnu::noinline]] inline void dequantize_part(const n_bits& b, i64 column, i64 k, i64 count, float* out) {
  const i64 at = k / b.block;
  const u8* const from = b.data + (column * b.blocks + at) * b.bytes_of_block();
  if (b.groups != nullptr) {
    for (i64 i = 0; i < count; ++i) {
      const i64 group = b.groups[k + i];
      out[i] = (static_cast<float>(b.element(from, k % b.block + i)) - b.zero(column, group)) * b.scale(column, group);
    }
    return;
  }
  const four_of_block four(b, column, at);
  const u8* p = from + k % b.block * b.bits / 8;
  for (i64 i = 0; i < count; i += 4, p += four.bytes) four.at(p).store(out + i);
}

}  // namespace detail

/// Columns [column, column + count) as `pack_b` would pack them.
inline void pack_n_bits(const n_bits& b, i64 column, i64 count, float* out) {
  constexpr i64 nr = tile<float>::columns, part = 16;  // blocks are multiples of 16
  alignas(16) float rows[nr][part];
  for (i64 j0 = 0; j0 < count; j0 += nr)
    for (i64 k = 0; k < b.k; k += part) {
      const i64 n = std::min(part, b.k - k);
      const float* from[nr];
      std::ptrdiff_t step[nr];
      for (i64 j = 0; j < nr; ++j) {
        from[j] = rows[j], step[j] = 1;
        if (j0 + j < count) detail::dequantize_part(b, column + j0 + j, k, n, rows[j]);
        else std::fill_n(rows[j], part, 0.0f);
      }
      out = detail::interleave_rows<float>(out, from, step, n, true);
    }
}

/// y = a B + bias for one row; each element is summed in four parts.
[[gnu::noinline]] inline void multiply_row_n_bits(const n_bits& b, const float* a, const float* bias, float* y) {
  using F = simd::vec<float, 4>;
  constexpr int together = 4;  // columns, to hide the additions' latency
  for (i64 j = 0; j < b.n; j += together) {
    F sums[together] = {F(0.0f), F(0.0f), F(0.0f), F(0.0f)};
    const auto column = [&](int c) { return std::min(j + c, b.n - 1); };
    for (i64 at = 0; at < b.blocks; ++at) {
      const i64 k = at * b.block, n = std::min(b.block, b.k - k);
      const detail::four_of_block four[together] = {{b, column(0), at}, {b, column(1), at}, {b, column(2), at}, {b, column(3), at}};
      const u8* from[together];
      for (int c = 0; c < together; ++c) from[c] = b.data + (column(c) * b.blocks + at) * b.bytes_of_block();
      i64 i = 0;
#pragma clang loop unroll(disable)
      for (; i + 4 <= n; i += 4) {
        const F x = F::load(a + k + i);
        for (int c = 0; c < together; ++c) sums[c] = mul_add(x, four[c].at(from[c]), sums[c]), from[c] += four[c].bytes;
      }
      if (i < n) {
        const F x = F::load(a + k + i, n - i);  // zeros beyond the end
        for (int c = 0; c < together; ++c) sums[c] = mul_add(x, four[c].at(from[c]), sums[c]);
      }
    }
    for (int c = 0; c < together && j + c < b.n; ++c) y[j + c] = simd::reduce_add(sums[c]) + (bias != nullptr ? bias[j + c] : 0);
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
TENON_COLD_END
