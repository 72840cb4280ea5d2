// GroupQueryAttention against sums in double.
#include "tenon/ops/microsoft_cache.hpp"

#include "heads.hpp"

namespace tests::ops {

namespace {

using tenon::ops::GroupQueryAttention;

struct group_case {
  i64 length = 1, total = 5, buffer = 4;  ///< buffer: rows of the past, -1: none
  bool packed = false, rotary = false, interleaved = false, positions = false, biased = false, sink = false;
  GroupQueryAttention o{};
};

void grouped(trial& t, group_case c) {
  const i64 n = 4, g = 2, d = 8, batch = 2, half = c.rotary ? 3 : 0;
  const bool first = c.length == c.total;
  const i64 capacity = std::max(c.buffer, c.total);
  table q = t.draw({batch, c.length, (c.packed ? n + 2 * g : n) * d}, -1, 1), k = t.draw({batch, c.length, g * d}, -1, 1), v = t.draw({batch, c.length, g * d}, -1, 1);
  table past_k = t.draw({batch, g, std::max<i64>(c.buffer, 0), d}, -1, 1), past_v = t.draw(past_k.dims, -1, 1), lengths(dtype::i32, {batch}), total(dtype::i32, {});
  table cosines = t.draw({16, half}, -1, 1), sines = t.draw({16, half}, -1, 1), places = t.draw(dtype::i64, {batch, c.length}, 0, 9);
  table bias = t.draw({1, n, c.length, c.total}, -1, 1), sinks = t.draw({n}, -1, 1);
  i64 pasts[2] = {};
  for (i64 b = 0; b < batch; ++b) {  // the first batch is shorter
    const i64 own = first ? c.total : c.total - (b == 0 && c.total - c.length > 1 ? 1 : 0);
    pasts[b] = own - c.length;
    lengths[{b}] = number::of(own - 1);
  }
  total.all[8] = number::of(c.total);
  const auto fresh = [&](table& from, i64 head, bool turned) {
    return [&, head, turned](i64 b, i64 h, i64 i, i64 e) {
      const auto at = [&](i64 element) { return from[{b, i, (head + h) * d + element}].real; };
      if (!turned || e >= 2 * half) return at(e);
      const i64 place = !c.positions ? pasts[b] + i : static_cast<i64>(first ? places[{0, 0}].integer + i : places[{b, i}].integer);
      const i64 pair = c.interleaved ? e / 2 : e % half;
      const bool second = c.interleaved ? e % 2 == 1 : e >= half;
      const i64 other = c.interleaved ? e ^ 1 : second ? e - half : e + half;
      return cosines[{place, pair}].real * at(e) + (second ? 1 : -1) * sines[{place, pair}].real * at(other);
    };
  };
  const auto query = fresh(q, 0, c.rotary), key = fresh(c.packed ? q : k, c.packed ? n : 0, c.rotary), value = fresh(c.packed ? q : v, c.packed ? n + g : 0, false);
  const auto cached = [&](table& past, const auto& now) {
    return [&](i64 b, i64 group, i64 j, i64 e) {
      return j < pasts[b] ? past[{b, group, j, e}].real : j < pasts[b] + c.length ? now(b, group, j - pasts[b], e) : 0.0;
    };
  };
  const auto keys = cached(past_k, key), values = cached(past_v, value);
  table y(t.type, {batch, c.length, n * d}), all_k(t.type, {batch, g, capacity, d}), all_v(t.type, all_k.dims);
  each(all_k.dims, [&](const shape& i) { all_k[i] = keys(i[0], i[1], i[2], i[3]), all_v[i] = values(i[0], i[1], i[2], i[3]); });
  for (i64 h = 0; h < n; ++h)
    attended({.batch = batch, .heads = 1, .length = c.length, .total = c.total, .width = d, .v_width = d},
             [&](i64 b, i64, i64 i, i64 e) { return query(b, h, i, e); }, [&](i64 b, i64, i64 j, i64 e) { return keys(b, h / 2, j, e); },
             [&](i64 b, i64, i64 j, i64 e) { return values(b, h / 2, j, e); },
             [&](i64 b, i64, i64 i, i64 j, double score) {
               const i64 place = pasts[b] + i;
               if (j >= pasts[b] + c.length || (c.o.causal && j > place)) return -HUGE_VAL;
               if (c.o.local_window_size >= 0 && j <= place - c.o.local_window_size) return -HUGE_VAL;
               if (c.o.softcap > 0) score = std::tanh(score / static_cast<double>(c.o.softcap)) * static_cast<double>(c.o.softcap);
               return score + (c.biased ? bias[{0, h, i, j}].real : 0);
             }, [&](i64 b, i64, i64 i, i64 e, double r) { y[{b, i, h * d + e}] = r; }, c.sink ? sinks[{h}].real : c.o.smooth_softmax == 1 ? 0 : -HUGE_VAL);
  c.o.num_heads = n, c.o.kv_num_heads = g, c.o.do_rotary = c.rotary, c.o.rotary_interleaved = c.interleaved;
  const bool past = c.buffer >= 0;
  expect_near(t, &c.o, {&q, c.packed ? nullptr : &k, c.packed ? nullptr : &v, past ? &past_k : nullptr, past ? &past_v : nullptr, &lengths, &total,
                        c.rotary ? &cosines : nullptr, c.rotary ? &sines : nullptr, c.positions ? &places : nullptr, c.biased ? &bias : nullptr, c.sink ? &sinks : nullptr},
              {&y, &all_k, &all_v});
}
const by_reference group_reference(cases{"com.microsoft.GroupQueryAttention", [](trial& t) {
  for (bool packed : {false, true}) {
    grouped(t, {.packed = packed}), grouped(t, {.buffer = 7, .packed = packed, .rotary = true});
    grouped(t, {.length = 3, .total = 3, .buffer = -1, .packed = packed, .rotary = true, .interleaved = true});
    grouped(t, {.length = 3, .total = 3, .buffer = 5, .packed = packed, .o = {.softcap = 0.5f}});
    grouped(t, {.length = 2, .total = 6, .buffer = 4, .packed = packed, .rotary = true, .positions = true, .o = {.local_window_size = 2}});
  }
  grouped(t, {.length = 3, .total = 3, .buffer = 0, .o = {.causal = false}}), grouped(t, {.length = 3, .total = 7, .o = {.smooth_softmax = 1}});
  grouped(t, {.length = 3, .total = 7, .biased = true, .sink = true, .o = {.local_window_size = 3}});
}});

}  // namespace

TEST_CASE("GroupQueryAttention says what does not fit") {
  const any_tensor q = zeros(dtype::f32, {1, 1, 8}), k = zeros(dtype::f32, {1, 1, 4}), past = zeros(dtype::f32, {1, 1, 3, 4});
  GroupQueryAttention o{.num_heads = 2, .kv_num_heads = 1};
  const auto says = [&](i32 last, i32 total) {
    return complaint("com.microsoft.GroupQueryAttention", &o, {q, k, k, past, past, tensor<i32>({1}, {last}), tensor<i32>(shape{}, {total})});
  };
  CHECK(says(3, 4) == "");
  CHECK(says(4, 4) == "GroupQueryAttention: seqlens_k has 4, which with 1 fresh keys and 3 past ones does not fit total_sequence_length 4");
  CHECK(says(4, 5) == "GroupQueryAttention: seqlens_k has 4, which with 1 fresh keys and 3 past ones does not fit total_sequence_length 5");
  CHECK(says(-1, 4) == "GroupQueryAttention: seqlens_k has -1, which with 1 fresh keys and 3 past ones does not fit total_sequence_length 4");
  CHECK(says(0, 0) == "GroupQueryAttention: query [1,1,8], key [1,1,4], value [1,1,4] and past_key [1,1,3,4] are longer than total_sequence_length 0");
  o.k_quant_type = "PER_TENSOR";
  CHECK(says(3, 4) == "GroupQueryAttention: caches that are quantized or as short as the window are not supported");
}

}  // namespace tests::ops
