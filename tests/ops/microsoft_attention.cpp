// Attention, MultiHeadAttention and RotaryEmbedding of com.microsoft against sums in double.
#include "tenon/ops/microsoft_attention.hpp"

#include "heads.hpp"

namespace tests::ops {

namespace {

using tenon::ops::MicrosoftAttention;
using tenon::ops::MicrosoftRotaryEmbedding;
using tenon::ops::MultiHeadAttention;

/// What a mask of some rank, or causality, does to a score.
double masked(double score, table* mask, i64 total, i64 past, bool causal, i64 b, i64 i, i64 j) {
  if (mask != nullptr) {
    const int rank = mask->dims.rank();
    const auto at = [&](const shape& place) { return static_cast<i64>((*mask)[place].integer); };
    const bool seen = rank == 1 ? j < at({b}) && (mask->dims[0] == 2 || j >= at({b + 2})) : rank == 2 ? at({b, j}) > 0 : rank == 3 ? at({b, i, j}) > 0 : at({b, 0, past + i, j}) > 0;
    if (!seen) score -= 8;
  }
  return (causal && j > past + i) || j >= total ? -HUGE_VAL : score;
}
/// A mask for two batches that leaves every query a key: ends, and starts.
table mask_of(trial& t, int kind, i64 length, i64 total) {
  if (kind == 1) return t.draw(dtype::i32, {2}, 1, total);
  if (kind == 2) {
    table m(dtype::i32, {4});
    for (i64 i = 0; i < 4; ++i) m[{i}] = number::of(i < 2 ? t.random.between(1, total) : t.random.between(0, 1));
    return m;
  }
  return t.draw(dtype::i32, kind == 3 ? shape{2, total} : kind == 4 ? shape{2, length, total} : shape{2, 1, total + 2, total + 2}, 0, 1);
}

void self_attention(trial& t, i64 past, int kind, bool causal, i64 v_width) {
  const i64 in = 5;
  const head_sizes s{.total = 3 + past, .v_width = v_width};
  const i64 hidden = s.heads * s.width, all = 2 * hidden + s.heads * v_width;
  table x = t.draw({2, 3, in}, -1, 1), w = t.draw({in, all}, -1, 1), b = t.draw({all}, -1, 1), before = t.draw({2, 2, s.heads, past, s.width}, -1, 1);
  table mask = mask_of(t, std::max(kind, 1), 3, s.total), more = t.draw({1, s.heads, 3, s.total}, -1, 1);
  table y(t.type, {2, 3, s.heads * v_width}), present(t.type, {2, 2, s.heads, s.total, s.width});
  const auto projected = [&](i64 batch, i64 i, i64 column) {
    double sum = b[{column}].real;
    for (i64 l = 0; l < in; ++l) sum += x[{batch, i, l}].real * w[{l, column}].real;
    return sum;
  };
  const auto joined = [&](i64 half, i64 width) {
    return [&, half, width](i64 batch, i64 h, i64 j, i64 e) {
      const double r = j < past ? before[{half, batch, h, j, e}].real : projected(batch, j - past, (half + 1) * hidden + h * width + e);
      if (width == s.width) present[{half, batch, h, j, e}] = r;
      return r;
    };
  };
  attended(s, [&](i64 batch, i64 h, i64 i, i64 e) { return projected(batch, i, h * s.width + e); }, joined(0, s.width), joined(1, v_width),
           [&](i64 batch, i64 h, i64 i, i64 j, double score) { return masked(score + more[{0, h, i, j}].real, kind > 0 ? &mask : nullptr, s.total, past, causal, batch, i, j); },
           [&](i64 batch, i64 h, i64 i, i64 e, double r) { y[{batch, i, h * v_width + e}] = r; });
  MicrosoftAttention o{.num_heads = s.heads, .unidirectional = causal, .mask_filter_value = -8};
  if (v_width != s.width) o.qkv_hidden_sizes = {hidden, hidden, s.heads * v_width};
  const table* const m = kind > 0 ? &mask : nullptr;
  if (v_width != s.width) expect_near(t, &o, {&x, &w, &b, m, nullptr, &more}, {&y});
  else expect_near(t, &o, {&x, &w, &b, m, past > 0 ? &before : nullptr, &more}, {&y, &present});
}
const by_reference microsoft_attention_reference(cases{"com.microsoft.Attention", [](trial& t) {
  for (int kind = 0; kind < 6; ++kind) self_attention(t, 0, kind, false, 4), self_attention(t, 2, kind, kind == 0, 4);
  self_attention(t, 0, 0, true, 4), self_attention(t, 0, 1, false, 3);
}});

enum class form { beside, apart, packed_keys, packed };
void heads_attention(trial& t, form how, i64 past, int kind, bool biased) {
  const i64 fresh = how == form::packed ? 3 : 5;
  const head_sizes s{.total = fresh + past, .v_width = how == form::beside ? 3 : 4};
  const i64 n = s.heads, d = s.width;
  const bool packed = how == form::packed, pair = how == form::packed_keys, apart = how == form::apart;
  table q = t.draw(packed ? shape{2, 3, n, 3, d} : shape{2, 3, n * d}, -1, 1);
  table k = t.draw(pair ? shape{2, fresh, n, 2, d} : apart ? shape{2, n, fresh, d} : shape{2, fresh, n * d}, -1, 1);
  table v = t.draw(apart ? shape{2, n, fresh, d} : shape{2, fresh, n * s.v_width}, -1, 1), b = t.draw({n * (2 * d + s.v_width)}, -1, 1);
  table past_k = t.draw({2, n, past, d}, -1, 1), past_v = t.draw({2, n, past, s.v_width}, -1, 1), mask = mask_of(t, std::max(kind, 1), 3, s.total);
  table y(t.type, {2, 3, n * s.v_width}), all_k(t.type, {2, n, s.total, d}), all_v(t.type, {2, n, s.total, s.v_width}), seen(t.type, {2, n, 3, s.total});
  const auto plus = [&](i64 part, i64 h, i64 e, i64 width) { return biased ? b[{part * n * d + h * width + e}].real : 0; };
  const auto key = [&](i64 batch, i64 h, i64 j, i64 e) {
    if (j < past) return past_k[{batch, h, j, e}].real;
    j -= past;
    const number& x = packed ? q[{batch, j, h, 1, e}] : pair ? k[{batch, j, h, 0, e}] : apart ? k[{batch, h, j, e}] : k[{batch, j, h * d + e}];
    return x.real + plus(1, h, e, d);
  };
  const auto value = [&](i64 batch, i64 h, i64 j, i64 e) {
    if (j < past) return past_v[{batch, h, j, e}].real;
    j -= past;
    const number& x = packed ? q[{batch, j, h, 2, e}] : pair ? k[{batch, j, h, 1, e}] : apart ? v[{batch, h, j, e}] : v[{batch, j, h * s.v_width + e}];
    return x.real + plus(2, h, e, s.v_width);
  };
  each(all_k.dims, [&](const shape& i) { all_k[i] = key(i[0], i[1], i[2], i[3]); });
  each(all_v.dims, [&](const shape& i) { all_v[i] = value(i[0], i[1], i[2], i[3]); });
  attended(s, [&](i64 batch, i64 h, i64 i, i64 e) { return (packed ? q[{batch, i, h, 0, e}] : q[{batch, i, h * d + e}]).real + plus(0, h, e, d); }, key, value,
           [&](i64 batch, i64 h, i64 i, i64 j, double score) {
             const double r = masked(score, kind > 0 ? &mask : nullptr, s.total, past, false, batch, i, j);
             seen[{batch, h, i, j}] = r;
             return r;
           }, [&](i64 batch, i64 h, i64 i, i64 e, double r) { y[{batch, i, h * s.v_width + e}] = r; });
  const MultiHeadAttention o{.num_heads = n, .mask_filter_value = -8};
  expect_near(t, &o, {&q, packed ? nullptr : &k, packed || pair ? nullptr : &v, biased ? &b : nullptr, kind > 0 ? &mask : nullptr, nullptr,
                      past > 0 ? &past_k : nullptr, past > 0 ? &past_v : nullptr}, {&y, &all_k, &all_v, &seen});
}
const by_reference heads_reference(cases{"com.microsoft.MultiHeadAttention", [](trial& t) {
  for (form how : {form::beside, form::apart, form::packed_keys, form::packed})
    for (i64 past : {0, 2}) heads_attention(t, how, past, 0, false), heads_attention(t, how, past, 3, true);
  for (int kind = 1; kind < 6; ++kind) heads_attention(t, form::beside, 0, kind, false);
}});

void turn(trial& t, bool flat, bool interleaved, bool all, i64 turned) {
  const i64 heads = 3, length = 4, head = 8, half = (turned == 0 ? head : turned) / 2;
  table x = t.draw(flat ? shape{2, length, heads * head} : shape{2, heads, length, head}, -1, 1), cosines = t.draw({7, half}, -1, 1), sines = t.draw({7, half}, -1, 1);
  table places = t.draw(dtype::i64, all ? shape{2, length} : shape{1}, 0, all ? 6 : 3), y(t.type, x.dims);
  each({2, heads, length, head}, [&](const shape& i) {
    const auto at = [&](i64 e) { return flat ? shape{i[0], i[2], i[1] * head + e} : shape{i[0], i[1], i[2], e}; };
    const i64 e = i[3], place = static_cast<i64>((all ? places[{i[0], i[2]}] : places[{0}]).integer) + (all ? 0 : i[2]);
    const i64 pair = interleaved ? e / 2 : e % half;
    const bool second = interleaved ? e % 2 == 1 : e >= half;
    const i64 other = interleaved ? e ^ 1 : second ? e - half : e + half;
    if (e >= 2 * half) y[at(e)] = x[at(e)];
    else y[at(e)] = cosines[{place, pair}] * x[at(e)] + (second ? number(1.0) : number(-1.0)) * sines[{place, pair}] * x[at(other)];
  });
  const MicrosoftRotaryEmbedding o{.interleaved = interleaved, .num_heads = turned > 0 || half < head ? heads : 0, .rotary_embedding_dim = turned};
  t.expect(&o, {&x, &places, &cosines, &sines}, {&y}, t.type == dtype::f32 ? 0 : 1);
}
const by_reference microsoft_rotary_reference(cases{"com.microsoft.RotaryEmbedding", [](trial& t) {
  for (bool flat : {false, true})
    for (bool interleaved : {false, true})
      for (bool all : {false, true})
        for (i64 turned : {0, 2, 6}) turn(t, flat, interleaved, all, turned);
}});

}  // namespace

TEST_CASE("com.microsoft's operators of attention say what does not fit") {
  const auto says = [](std::string_view name, const void* o, std::initializer_list<shape> dims) {
    std::vector<any_tensor> made;
    std::vector<any_view> in;
    for (const shape& d : dims) made.push_back(zeros(dtype::f32, d));
    for (const any_tensor& m : made) in.push_back(m);
    return complaint(row(join({"com.microsoft.", name})), o, in, 0);
  };
  const MicrosoftAttention own{.num_heads = 2}, odd{.num_heads = 5}, wide{.num_heads = 2, .qkv_hidden_sizes = {4, 4, 6}}, rotary{.do_rotary = true};
  CHECK(says("Attention", &own, {{1, 3, 5}, {5, 12}}) == "");
  CHECK(says("Attention", &own, {{1, 3, 4}, {5, 12}}) == "Attention: input [1,3,4] and weights [5,12] do not fit");
  CHECK(says("Attention", &odd, {{1, 3, 5}, {5, 12}}) == "Attention: input [1,3,5] and weights [5,12] do not split into 5 heads of queries, keys and values");
  CHECK(says("Attention", &wide, {{1, 3, 5}, {5, 12}}) == "Attention: input [1,3,5] and weights [5,12] do not split into 2 heads of queries, keys and values");
  CHECK(says("Attention", &own, {{1, 3, 5}, {5, 12}, {11}}) == "Attention: bias must be [12], not [11]");
  CHECK(says("Attention", &rotary, {{1, 3, 5}, {5, 12}}) == "Attention: do_rotary, past_present_share_buffer and past_sequence_length are not supported");
  const MultiHeadAttention some{.num_heads = 2};
  CHECK(says("MultiHeadAttention", &some, {{1, 3, 4}, {1, 5, 4}, {1, 5, 6}}) == "");
  CHECK(says("MultiHeadAttention", &some, {{1, 3, 4}, {1, 5, 4}, {1, 4, 6}}) == "MultiHeadAttention: query [1,3,4], key [1,5,4] and value [1,4,6] do not fit");
  CHECK(says("MultiHeadAttention", &some, {{1, 3, 5}, {1, 5, 4}}) == "MultiHeadAttention: query [1,3,5], key [1,5,4] and value [] do not split into 2 heads");
  CHECK(says("MultiHeadAttention", &some, {{1, 3, 4}, {1, 5, 4}, {1, 5, 6}, {13}}) == "MultiHeadAttention: bias must be [14], not [13]");
  const any_tensor x = zeros(dtype::f32, {1, 1, 2, 4}), angles = zeros(dtype::f32, {3, 2});
  const auto place = [&](const any_view& ids) { return complaint("com.microsoft.RotaryEmbedding", nullptr, {x, ids, angles, angles}); };
  CHECK(place(tensor<i64>({1}, {1})) == "");
  CHECK(place(tensor<i64>({1}, {2})) == "RotaryEmbedding: position 3 is not one of the 3 of cos_cache");
  CHECK(place(tensor<i64>({1}, {INT64_MAX})) == "RotaryEmbedding: position 9223372036854775807 is not one of the 3 of cos_cache");
}

}  // namespace tests::ops
