// LinearAttention and CausalConvWithState: their recurrences written out in double, and what they say about
// wrong inputs.
#include "tenon/ops/linear_attention.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::CausalConvWithState;
using tenon::ops::LinearAttention;

struct linear_case {
  const char* rule;
  i64 heads = 2, shared = 2, tokens = 3, width = 5, v_width = 3;
  bool past = false, per_key = false, one_beta = false;
  float scale = 0;
  dtype state = dtype::none;
};

void attend(trial& t, const linear_case& c) {
  const std::string_view rule = c.rule;
  const bool gated = rule.starts_with("gated"), delta = rule.ends_with("delta");
  const i64 batch = 2;
  const dtype stored = c.past && c.state != dtype::none ? c.state : t.type;
  table q = t.draw({batch, c.tokens, c.heads * c.width}, -1, 1), k = t.draw({batch, c.tokens, c.shared * c.width}, -1, 1);
  table v = t.draw({batch, c.tokens, c.shared * c.v_width}, -1, 1), past = t.draw(stored, {batch, c.shared, c.width, c.v_width}, -1, 1);
  table decay = t.draw({batch, c.tokens, c.shared * (c.per_key ? c.width : 1)}, -1, 0), beta = t.draw({batch, c.tokens, c.one_beta ? 1 : c.shared}, 0, 1);
  table y(t.type, {batch, c.tokens, c.heads * c.v_width}), last(stored, past.dims);
  const double scale = c.scale != 0 ? static_cast<double>(c.scale) : 1 / std::sqrt(static_cast<double>(c.width));
  for (i64 b = 0; b < batch; ++b)
    for (i64 g = 0; g < c.shared; ++g) {
      std::vector<double> s(static_cast<std::size_t>(c.width * c.v_width));
      const auto at = [&](i64 d, i64 m) -> double& { return s[static_cast<std::size_t>(d * c.v_width + m)]; };
      const auto all = [&](auto f) {
        for (i64 d = 0; d < c.width; ++d)
          for (i64 m = 0; m < c.v_width; ++m) f(d, m);
      };
      if (c.past) all([&](i64 d, i64 m) { at(d, m) = past[{b, g, d, m}].real; });
      for (i64 i = 0; i < c.tokens; ++i) {
        const auto key = [&](i64 d) { return k[{b, i, g * c.width + d}].real; };
        if (gated) all([&](i64 d, i64 m) { at(d, m) *= std::exp(decay[{b, i, c.per_key ? g * c.width + d : g}].real); });
        std::vector<double> fresh;
        for (i64 m = 0; m < c.v_width; ++m) {
          double found = 0;
          for (i64 d = 0; d < c.width; ++d) found += at(d, m) * key(d);
          const double value = v[{b, i, g * c.v_width + m}].real;
          fresh.push_back(delta ? beta[{b, i, c.one_beta ? 0 : g}].real * (value - found) : value);
        }
        all([&](i64 d, i64 m) { at(d, m) += key(d) * fresh[static_cast<std::size_t>(m)]; });
        for (i64 h = g * (c.heads / c.shared); h < (g + 1) * (c.heads / c.shared); ++h)
          for (i64 m = 0; m < c.v_width; ++m) {
            double sum = 0;
            for (i64 d = 0; d < c.width; ++d) sum += q[{b, i, h * c.width + d}].real * at(d, m);
            y[{b, i, h * c.v_width + m}] = scale * sum;
          }
      }
      all([&](i64 d, i64 m) { last[{b, g, d, m}] = at(d, m); });
    }
  const LinearAttention o{.kv_num_heads = c.shared, .q_num_heads = c.heads, .scale = c.scale, .update_rule = c.rule};
  const table* in[] = {&q, &k, &v, c.past ? &past : nullptr, gated ? &decay : nullptr, delta ? &beta : nullptr};
  const table* out[] = {&y, &last};
  t.expect(&o, std::span(in).first(delta ? 6 : gated ? 5 : c.past ? 4 : 3), out, 4, rule);
}
const by_reference linear_reference(cases{"LinearAttention", [](trial& t) {
  t.near = 1e-5;
  attend(t, {.rule = "linear"}), attend(t, {.rule = "gated"}), attend(t, {.rule = "delta"}), attend(t, {.rule = "gated_delta"});
  attend(t, {.rule = "linear", .heads = 6, .tokens = 1, .width = 8, .v_width = 17, .past = true, .scale = 0.5f});
  attend(t, {.rule = "gated", .heads = 3, .shared = 1, .past = true, .per_key = true}), attend(t, {.rule = "delta", .past = true, .one_beta = true});
  attend(t, {.rule = "gated_delta", .heads = 4, .tokens = 5, .v_width = 9, .past = true, .per_key = true, .one_beta = true});
  for (const dtype state : {dtype::f32, dtype::f16, dtype::bf16}) attend(t, {.rule = "linear", .tokens = 0, .past = true, .state = state});
}});

void convolve(trial& t, i64 n, i64 taps, bool bias, bool past, bool silu) {
  const i64 batch = 2, channels = 3;
  table x = t.draw({batch, channels, n}, -1, 1), w = t.draw({channels, 1, taps}, -1, 1), b = t.draw({channels}, -1, 1);
  table before = t.draw({batch, channels, taps - 1}, -1, 1), y(t.type, x.dims), after(t.type, before.dims);
  const auto at = [&](i64 i, i64 c, i64 place) {
    return place >= taps - 1 ? x[{i, c, place - taps + 1}].real : past ? before[{i, c, place}].real : 0;
  };
  each(y.dims, [&](const shape& i) {
    double sum = bias ? b[{i[1]}].real : 0;
    for (i64 k = 0; k < taps; ++k) sum += w[{i[1], 0, k}].real * at(i[0], i[1], i[2] + k);
    y[i] = silu ? sum / (1 + std::exp(-sum)) : sum;
  });
  each(after.dims, [&](const shape& i) { after[i] = at(i[0], i[1], i[2] + n); });
  const CausalConvWithState o{.activation = silu ? "silu" : "none"};
  const table* in[] = {&x, &w, bias ? &b : nullptr, past ? &before : nullptr};
  const table* out[] = {&y, &after};
  t.expect(&o, std::span(in).first(past ? 4 : bias ? 3 : 2), out, 4);
}
const by_reference causal_reference(cases{"CausalConvWithState", [](trial& t) {
  t.near = 1e-6;
  for (const bool silu : {false, true})
    for (const bool past : {false, true}) convolve(t, 9, 4, past, past, silu), convolve(t, 1, 3, true, past, silu), convolve(t, 2, 5, !past, past, silu);
  convolve(t, 6, 1, true, true, false), convolve(t, 0, 3, false, true, false);
}});

}  // namespace

TEST_CASE("LinearAttention says what does not fit") {
  const any_tensor q = zeros(dtype::f32, {1, 2, 8}), k = zeros(dtype::f32, {1, 2, 4}), v = zeros(dtype::f32, {1, 2, 6}), d = zeros(dtype::f32, {1, 2, 2}), past = zeros(dtype::f32, {1, 2, 2, 2});
  const LinearAttention plain{.kv_num_heads = 2, .q_num_heads = 4, .update_rule = "linear"}, gated{.kv_num_heads = 2, .q_num_heads = 4, .update_rule = "gated"},
      odd{.kv_num_heads = 2, .q_num_heads = 3, .update_rule = "linear"}, none{.kv_num_heads = 0, .q_num_heads = 4, .update_rule = "linear"}, unknown{.update_rule = "gate"};
  CHECK(complaint("LinearAttention", &plain, {q, k, v}) == "");
  CHECK(complaint("LinearAttention", &plain, {q, k, v, {}, d}) == "LinearAttention: update_rule 'linear' takes no decay and takes no beta");
  CHECK(complaint("LinearAttention", &gated, {q, k, v}) == "LinearAttention: update_rule 'gated' needs decay and takes no beta");
  CHECK(complaint("LinearAttention", &gated, {q, k, v, {}, v}) == "LinearAttention: decay of shape [1,2,6] does not fit key [1,2,4]");
  CHECK(complaint("LinearAttention", &plain, {q, k, v, past}) == "LinearAttention: past_state must be [1,2,2,3], not [1,2,2,2]");
  CHECK(complaint("LinearAttention", &odd, {q, k, v}) == "LinearAttention: 3 query heads do not share 2 key heads");
  CHECK(complaint("LinearAttention", &none, {q, k, v}) == "LinearAttention: 4 query heads do not share 0 key heads");
  CHECK(complaint("LinearAttention", &unknown, {q, k, v}) == "LinearAttention: update_rule 'gate' is unknown");
  // So many heads of nothing that walking over them would not end.
  const any_tensor nothing = zeros(dtype::f32, {1, 2, 0});
  const LinearAttention many{.kv_num_heads = i64{1} << 60, .q_num_heads = i64{1} << 60, .update_rule = "linear"};
  CHECK(complaint("LinearAttention", &many, {nothing, nothing, nothing}) == "");
}

TEST_CASE("CausalConvWithState says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {1, 2, 4}), w = zeros(dtype::f32, {2, 1, 3}), one = zeros(dtype::f32, {1});
  const CausalConvWithState o{.activation = "relu"};
  CHECK(complaint("CausalConvWithState", nullptr, {x, w}) == "");
  CHECK(complaint("CausalConvWithState", nullptr, {x, x}) == "CausalConvWithState: input [1,2,4] and weight [1,2,4] do not fit");
  CHECK(complaint("CausalConvWithState", nullptr, {x, w, one}) == "CausalConvWithState: bias of shape [1] for 2 channels");
  CHECK(complaint("CausalConvWithState", nullptr, {x, w, {}, x}) == "CausalConvWithState: past_state must be [1,2,2], not [1,2,4]");
  CHECK(complaint("CausalConvWithState", &o, {x, w}) == "CausalConvWithState: activation 'relu' is unknown");
}

}  // namespace tests::ops
