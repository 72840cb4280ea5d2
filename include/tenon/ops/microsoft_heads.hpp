// What com.microsoft's operators of attention share: masks, the joining of past and present, rotation.
#pragma once

#include "../kernels/normalize_rows.hpp"
#include "attention_heads.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Cuts scratch into parts; without memory it only counts.
struct scratch_parts {
  std::byte* from = nullptr;
  i64 bytes = 0;

  std::byte* take(i64 size) {
    std::byte* const p = from == nullptr ? nullptr : from + bytes;
    bytes += detail::padded(size);
    return p;
  }
  float* floats(i64 size) { return reinterpret_cast<float*>(take(size)); }
};

/// The attribute `scale`, where 0 means that of the paper.
inline float scale_of(float scale, i64 head) { return scale != 0 ? scale : 1 / simd::sqrt(static_cast<float>(head)); }

/// Past keys or values and fresh ones, one after the other in every head of `to`.
inline head_rows<const float> join_past(const attention_sizes& s, const float* past, i64 kept, const head_rows<const float>& fresh, i64 width, float* to) {
  const head_rows<float> all = heads_apart(to, s.kv_heads, s.total, width);
  for (i64 b = 0; b < s.batch; ++b)
    for (i64 g = 0; g < s.kv_heads; ++g)
      extend_rows(kept > 0 ? past + (b * s.kv_heads + g) * kept * width : nullptr, kept, fresh.at(b, g), fresh.row, s.total - kept, width, all.at(b, g));
  return all;
}

/// Scores with a bias added, and a large negative number where the mask says so. A mask has the ends of the keys
/// (and behind them their starts), or for every key, or query and key, 1 or 0.
struct masked_weights final : attention_weights<float> {
  masked_weights(run_context& c, const attention_sizes& sizes, int mask_input, int bias_input)
      : s(sizes), mask(c.has(mask_input) ? c.input(mask_input) : any_view()), bias(c.has(bias_input) ? c.input(bias_input) : any_view()) {}
  const attention_sizes& s;
  any_view mask, bias;
  bool causal = false;
  float filter = 0;
  i64 past = 0;
  float* shown = nullptr;  ///< where the scores go before they are weights

  static status check(infer_context& c, const attention_sizes& s, int mask_input, int bias_input) {
    if (c.has(bias_input)) {
      const shape &bias = c.dims(bias_input), all{s.batch, s.q_heads, s.q_length, s.total};
      if (bias.rank() != 4 || bias.from(2) != all.from(2) || broadcast(bias, all) != all) return c.invalid({"attention_bias ", bias, " does not fit ", all});
    }
    if (!c.has(mask_input)) return {};
    const shape& m = c.dims(mask_input);
    const bool fits = m.rank() == 1   ? m[0] == s.batch || m[0] == 2 * s.batch
                      : m.rank() == 2 ? m == shape{s.batch, s.total}
                      : m.rank() == 3 ? m == shape{s.batch, s.q_length, s.total}
                                      : m.rank() == 4 && m[0] == s.batch && m[1] == 1 && m[2] >= s.total && m[3] >= s.total;
    if (!fits) return c.invalid({"a mask of shape ", m, " does not fit ", s.q_length, " queries and ", s.total, " keys in ", s.batch, " batches"});
    return {};
  }
  void weigh(i64 b, i64 h, float* scores) override {
    for (i64 i = 0; i < s.q_length; ++i) {
      float* const x = scores + i * s.total;
      if (bias) {
        const i64 at = ((bias.dims[0] == 1 ? 0 : b) * bias.dims[1] + (bias.dims[1] == 1 ? 0 : h)) * s.q_length + i;
        kernels::add_row(x, bias.as<float>() + at * s.total, nullptr, x, s.total);
      }
      if (mask) hide(b, i, x);
      for (i64 j = past + i + 1; causal && j < s.total; ++j) x[j] = std::numeric_limits<float>::lowest();
      if (shown != nullptr) std::memcpy(shown + ((b * s.q_heads + h) * s.q_length + i) * s.total, x, static_cast<std::size_t>(s.total) * 4);
      if (s.total > 0) soften_scores(x, s.total);
    }
  }

 private:
  void hide(i64 b, i64 i, float* x) const {
    const i32* const m = mask.as<i32>();
    if (mask.rank() == 1) {
      const i64 end = m[b], begin = mask.dims[0] == s.batch ? 0 : m[b + s.batch];
      for (i64 j = 0; j < s.total; ++j)
        if (j >= end || j < begin) x[j] += filter;
      return;
    }
    const i64 row = mask.rank() == 2 ? b : mask.rank() == 3 ? b * s.q_length + i : b * mask.dims[2] + past + i;
    const i32* const at = m + row * mask.dims.back();
    for (i64 j = 0; j < s.total; ++j)
      if (at[j] <= 0) x[j] += filter;
  }
};

/// Turns the pairs of all rows by the angles of their place(batch, index), a row of the caches.
template <class Place>
status rotate(i64 batch, i64 heads, i64 length, i64 head, const head_rows<const float>& x, const head_rows<float>& y, const any_view& cosines,
              const any_view& sines, bool interleaved, Place place) {
  const i64 rows = cosines.dims[0], half = cosines.dims[1];
  for (i64 b = 0; b < batch; ++b)
    for (i64 i = 0; i < length; ++i) {
      const i64 at = place(b, i);
      if (at < 0 || at >= rows) return fail(code::invalid, {"position ", at, " is not one of the ", rows, " of cos_cache"});
      for (i64 h = 0; h < heads; ++h)
        turn_pairs(x.at(b, h) + i * x.row, y.at(b, h) + i * y.row, cosines.as<float>() + at * half, sines.as<float>() + at * half, half, head, interleaved);
    }
  return {};
}

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
