// Attention and RotaryEmbedding: cases against sums over keys and pairs of elements in double, and what
// they say about wrong inputs.
#include "tenon/ops/attention.hpp"

#include <cmath>

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::Attention;
using tenon::ops::RotaryEmbedding;

namespace {

struct attention_case {
  i64 batch = 2, q_heads = 2, kv_heads = 2, q_length = 3, fresh = 4, past = 0, head = 5, v_head = 3;
  bool flat = false, causal = false, caches = false, lengths = false;
  dtype values = dtype::none;  ///< the type of V; none: that of Q
  shape mask{};  ///< empty: none
  dtype mask_type = dtype::f32;
  float softcap = 0;
  i64 left = -1, right = -1, mode = 0;
  std::optional<float> scale{};
};

void attend(trial& t, const attention_case& c) {
  const i64 total = c.past + c.fresh;
  const auto dims = [&](i64 heads, i64 length, i64 width) { return c.flat ? shape{c.batch, length, heads * width} : shape{c.batch, heads, length, width}; };
  const auto place = [&](i64 b, i64 h, i64 i, i64 j, i64 width) { return c.flat ? shape{b, i, h * width + j} : shape{b, h, i, j}; };
  table q = t.draw(dims(c.q_heads, c.q_length, c.head), -1, 1), k = t.draw(dims(c.kv_heads, c.fresh, c.head), -1, 1);
  const dtype values = c.values != dtype::none ? c.values : t.type;
  table v = t.draw(values, dims(c.kv_heads, c.fresh, c.v_head), -1, 1);
  table past_k = t.draw({c.batch, c.kv_heads, c.past, c.head}, -1, 1), past_v = t.draw(values, {c.batch, c.kv_heads, c.past, c.v_head}, -1, 1);
  table mask = t.draw(c.mask_type, c.mask, c.mask_type == dtype::boolean ? 0 : -2, c.mask_type == dtype::boolean ? 1 : 2);
  table lengths(dtype::i64, {c.batch});
  for (i64 b = 0; b < c.batch; ++b) lengths.all[static_cast<std::size_t>(8 + b)] = number::of((b + 2) % (total + 1));
  table y(t.type, dims(c.q_heads, c.q_length, c.v_head)), seen(t.type, {c.batch, c.q_heads, c.q_length, total});
  table all_k(t.type, {c.batch, c.kv_heads, total, c.head}), all_v(values, {c.batch, c.kv_heads, total, c.v_head});
  const double scale = c.scale ? static_cast<double>(*c.scale) : 1 / std::sqrt(static_cast<double>(c.head));
  for (i64 b = 0; b < c.batch; ++b) {
    for (i64 g = 0; g < c.kv_heads; ++g)
      for (i64 j = 0; j < total; ++j) {
        for (i64 e = 0; e < c.head; ++e) all_k[{b, g, j, e}] = j < c.past ? past_k[{b, g, j, e}] : k[place(b, g, j - c.past, e, c.head)];
        for (i64 e = 0; e < c.v_head; ++e) all_v[{b, g, j, e}] = j < c.past ? past_v[{b, g, j, e}] : v[place(b, g, j - c.past, e, c.v_head)];
      }
    for (i64 h = 0; h < c.q_heads; ++h)
      for (i64 i = 0; i < c.q_length; ++i) {
        const i64 g = h / (c.q_heads / c.kv_heads), valid = c.lengths ? static_cast<i64>(lengths[{b}].integer) : total;
        const i64 at = i + (c.lengths ? valid - c.q_length : c.past);
        std::vector<double> scores;
        double sum = 0;
        for (i64 j = 0; j < total; ++j) {
          double s = 0;
          for (i64 e = 0; e < c.head; ++e) s += q[place(b, h, i, e, c.head)].real * all_k[{b, g, j, e}].real * scale;
          if (c.mode == 0) seen[{b, h, i, j}] = s;
          if (c.softcap > 0) s = std::tanh(s / static_cast<double>(c.softcap)) * static_cast<double>(c.softcap);
          if (c.mode == 1) seen[{b, h, i, j}] = s;
          if (!c.mask.empty()) {
            shape own{b, h, i, j};
            own = own.from(4 - c.mask.rank());
            for (int d = 0; d < own.rank() - 1; ++d)
              if (c.mask[d] == 1) own[d] = 0;
            if (j >= c.mask.back()) s = -HUGE_VAL;
            else if (c.mask_type != dtype::boolean) s += static_cast<double>(mask[own]);
            else if (static_cast<double>(mask[own]) == 0) s = -HUGE_VAL;
          }
          if (j >= valid || (c.causal && j > at) || (c.left >= 0 && j < at - c.left) || (c.right >= 0 && j > at + c.right)) s = -HUGE_VAL;
          if (c.mode == 2) seen[{b, h, i, j}] = s;
          scores.push_back(std::exp(s));
          sum += scores.back();
        }
        for (double& s : scores) s = sum == 0 ? 0 : s / sum;
        for (i64 j = 0; j < total && c.mode == 3; ++j) seen[{b, h, i, j}] = scores[static_cast<std::size_t>(j)];
        for (i64 e = 0; e < c.v_head; ++e) {
          double r = 0;
          for (i64 j = 0; j < total; ++j) r += scores[static_cast<std::size_t>(j)] * all_v[{b, g, j, e}].real;
          y[place(b, h, i, e, c.v_head)] = r;
        }
      }
  }
  Attention o{.is_causal = c.causal, .scale = c.scale, .softcap = c.softcap, .left_window_size = c.left, .right_window_size = c.right, .qk_matmul_output_mode = c.mode};
  if (c.flat) o.q_num_heads = c.q_heads, o.kv_num_heads = c.kv_heads;
  const table* in[] = {&q, &k, &v, c.mask.empty() ? nullptr : &mask, c.past > 0 ? &past_k : nullptr, c.past > 0 ? &past_v : nullptr, c.lengths ? &lengths : nullptr};
  const table* out[] = {&y, &all_k, &all_v, &seen};
  t.near = t.type == dtype::f64 ? 1e-13 : 1e-5;
  t.expect(&o, in, std::span(out).first(c.caches ? 4 : 1), t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 1);
}

const by_reference attention_reference(cases{"Attention", [](trial& t) {
  for (bool flat : {false, true}) {
    attend(t, {.flat = flat}), attend(t, {.flat = flat, .caches = true}), attend(t, {.flat = flat, .causal = true});
    attend(t, {.q_heads = 6, .kv_heads = 3, .past = 3, .flat = flat, .causal = true, .caches = true, .mode = 3});
    attend(t, {.q_heads = 4, .kv_heads = 1, .q_length = 1, .fresh = 1, .past = 20, .flat = flat, .caches = true, .softcap = 0.5f, .mode = 1});
    attend(t, {.q_length = 9, .fresh = 17, .head = 16, .v_head = 8, .flat = flat, .caches = true, .softcap = 2, .mode = 2, .scale = 0.25f});
  }
  for (dtype type : {dtype::f32, dtype::f16, dtype::f64, dtype::boolean})
    for (const shape& mask : {shape{4}, {3, 4}, {2, 3, 4}, {1, 3, 4}, {2, 1, 3, 4}, {2, 2, 3, 4}, {3, 2}, {1, 4}})
      attend(t, {.caches = true, .mask = mask, .mask_type = type, .mode = 2});
  attend(t, {.causal = true, .caches = true, .lengths = true, .mode = 3}), attend(t, {.lengths = true, .mask = {3, 4}});
  attend(t, {.fresh = 9, .left = 2}), attend(t, {.q_length = 6, .fresh = 9, .left = 1, .right = 1}), attend(t, {.fresh = 5, .past = 2, .causal = true, .left = 0, .right = 3});
  attend(t, {.q_length = 9, .fresh = 3, .lengths = true, .left = 1}), attend(t, {.batch = 0}), attend(t, {.q_length = 0});
  if (t.type != dtype::f64) attend(t, {.past = 3, .caches = true, .values = dtype::bf16});
}});

void rotate(trial& t, bool flat, bool interleaved, bool ids, i64 turned) {
  const i64 batch = 2, heads = 3, length = 4, head = 8, part = turned == 0 ? head : turned, rows = 7;
  table x = t.draw(flat ? shape{batch, length, heads * head} : shape{batch, heads, length, head}, -1, 1);
  const shape cache = ids ? shape{rows, part / 2} : shape{batch, length, part / 2};
  table cosines = t.draw(cache, -1, 1), sines = t.draw(cache, -1, 1), places(dtype::i64, {batch, length}), y(t.type, x.dims);
  for (i64 i = 0; i < batch * length; ++i) places.all[static_cast<std::size_t>(8 + i)] = number::of(t.random.between(0, rows - 1));
  for (i64 b = 0; b < batch; ++b)
    for (i64 h = 0; h < heads; ++h)
      for (i64 s = 0; s < length; ++s) {
        const auto at = [&](i64 e) { return flat ? shape{b, s, h * head + e} : shape{b, h, s, e}; };
        for (i64 e = 0; e < head; ++e) y[at(e)] = x[at(e)];
        for (i64 i = 0; i < part / 2; ++i) {
          const i64 first = interleaved ? 2 * i : i, second = interleaved ? 2 * i + 1 : part / 2 + i;
          const shape angle = ids ? shape{static_cast<i64>(places[{b, s}].integer), i} : shape{b, s, i};
          y[at(first)] = cosines[angle] * x[at(first)] - sines[angle] * x[at(second)];
          y[at(second)] = sines[angle] * x[at(first)] + cosines[angle] * x[at(second)];
        }
      }
  RotaryEmbedding o{.interleaved = interleaved, .rotary_embedding_dim = turned};
  if (flat) o.num_heads = heads;
  if (ids) t.expect(&o, {&x, &cosines, &sines, &places}, {&y});
  else t.expect(&o, {&x, &cosines, &sines}, {&y});
}
const by_reference rotary_reference(cases{"RotaryEmbedding", [](trial& t) {
  for (bool flat : {false, true})
    for (bool interleaved : {false, true})
      for (bool ids : {false, true})
        for (i64 turned : {0, 2, 6, 8}) rotate(t, flat, interleaved, ids, turned);
}});

}  // namespace

TEST_CASE("Attention says what does not fit") {
  const auto says = [](const Attention& o, std::initializer_list<shape> dims) {
    std::vector<any_tensor> made;
    std::vector<any_view> in;
    for (const shape& d : dims) made.push_back(zeros(dtype::f32, d));
    for (const any_tensor& m : made) in.push_back(m);
    const auto r = try_apply(row("Attention"), &o, in);
    return r.has_value() ? "" : r.error().message;
  };
  const shape q{1, 4, 2, 6}, k{1, 2, 3, 6}, v{1, 2, 3, 5};
  CHECK(says({}, {q, k, v}) == "");
  CHECK(says({}, {q, {1, 3, 3, 6}, {1, 3, 3, 5}}) == "Attention: Q [1,4,2,6], K [1,3,3,6] and V [1,3,3,5] have 4 heads for 3");
  CHECK(says({}, {q, k, {1, 2, 4, 5}}) == "Attention: Q [1,4,2,6], K [1,2,3,6] and V [1,2,4,5] do not fit");
  CHECK(says({}, {{1, 2, 6}, {1, 3, 6}, {1, 3, 6}}) ==
        "Attention: Q [1,2,6], K [1,3,6] and V [1,3,6] of three dimensions need q_num_heads and kv_num_heads");
  CHECK(says({.q_num_heads = 4, .kv_num_heads = 2}, {{1, 2, 6}, {1, 3, 6}, {1, 3, 6}}) ==
        "Attention: Q [1,2,6], K [1,3,6] and V [1,3,6] do not split into 4 and 2 heads");
  CHECK(says({}, {q, k, v, {2, 4}}) == "Attention: attn_mask of shape [2,4] does not fit [1,4,2,3]");
  CHECK(says({}, {q, k, v, {2, 3}, {1, 2, 1, 6}}) == "Attention: past_key and past_value come together");
  CHECK(says({.qk_matmul_output_mode = 4}, {q, k, v}) == "Attention: qk_matmul_output_mode is 4");
  CHECK(says({.left_window_size = -2}, {q, k, v}) == "Attention: window sizes are -2 and -1");
}

TEST_CASE("RotaryEmbedding says which position there is not") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 2, 4}), angles = zeros(dtype::f32, {3, 2});
  const auto says = [&](const any_view& ids) { return complaint("RotaryEmbedding", nullptr, {x, angles, angles, ids}); };
  CHECK(says(tensor<i64>({1, 2}, {0, 2})) == "");
  CHECK(says(tensor<i64>({1, 2}, {0, 3})) == "RotaryEmbedding: position_ids has 3, of 3 positions");
  CHECK(says(tensor<i64>({1, 2}, {-1, 0})) == "RotaryEmbedding: position_ids has -1, of 3 positions");
  CHECK(says(tensor<i64>({1, 1}, {0})) == "RotaryEmbedding: position_ids must be [1,2], not [1,1]");
  const RotaryEmbedding odd{.rotary_embedding_dim = 3};
  CHECK(complaint("RotaryEmbedding", &odd, {x, angles, angles}) == "RotaryEmbedding: pairs among 3 of 4 elements are not possible");
}

TEST_CASE("Attention widens V apart from Q, and no further") {
  const any_tensor q = zeros(dtype::f32, {1, 2, 3, 4}), v = zeros(dtype::f64, {1, 2, 3, 4});
  CHECK(complaint("Attention", nullptr, {q, q, v}, 1) == "Attention: Q of float32 with V of float64 is not supported");
}

TEST_CASE("so many empty heads that walking over them would not end") {
  const i64 many = i64{1} << 62;
  const any_tensor none = zeros(dtype::f32, {1, many, 1, 0}), no_keys = zeros(dtype::f32, {1, many, 0, 0}), one = zeros(dtype::f32, {1, 1, 2, 4}), no_queries = zeros(dtype::f32, {1, many, 0, 4}),
                   flat = zeros(dtype::f32, {1, 1, 0}), angles = zeros(dtype::f32, {many, 1, 0}), batches = zeros(dtype::f32, {many, 1, 1, 0});
  const Attention beside{.q_num_heads = many, .kv_num_heads = many};
  CHECK(complaint("Attention", nullptr, {none, none, none}, 1) == "");
  CHECK(complaint("Attention", &beside, {flat, flat, flat}, 3) == "");
  CHECK(complaint("Attention", nullptr, {no_queries, one, one}, 3) == "");  // of keys and values there is something to give
  CHECK(complaint("RotaryEmbedding", nullptr, {batches, angles, angles}) == "");
  CHECK(complaint("ai.onnx.preview.FlexAttention", nullptr, {none, no_keys, no_keys}) == "");
  CHECK(complaint("ai.onnx.preview.FlexAttention", nullptr, {no_queries, one, one}) == "");
}

}  // namespace tests::ops
