// RNN, GRU and LSTM: cases against their equations in double, step by step, and what they say about
// wrong inputs.
#include "tenon/ops/recurrent.hpp"

#include <cmath>

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::GRU;
using tenon::ops::LSTM;
using tenon::ops::RNN;

namespace {

double apply_gate(std::string_view f, double x, double alpha, double beta) {
  if (f == "Sigmoid") return 1 / (1 + std::exp(-x));
  if (f == "Tanh") return std::tanh(x);
  if (f == "Relu") return std::max(x, 0.0);
  if (f == "Affine") return alpha * x + beta;
  if (f == "LeakyRelu") return x >= 0 ? x : alpha * x;
  if (f == "ThresholdedRelu") return x > alpha ? x : 0;
  if (f == "ScaledTanh") return alpha * std::tanh(beta * x);
  if (f == "HardSigmoid") return std::min(std::max(alpha * x + beta, 0.0), 1.0);
  if (f == "Elu") return x >= 0 ? x : alpha * std::expm1(x);
  if (f == "Softsign") return x / (1 + std::abs(x));
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

struct recurrent_case {
  i64 steps = 3, batch = 2, inputs = 4, hidden = 5;
  std::string direction = "forward";
  bool layout = false, bias = true, lengths = false, initial = true, peepholes = false, coupled = false, late_reset = false;
  std::optional<float> clip{};
  strings activations{};
  floats alpha{}, beta{};
};

template <class Op>
void recur(trial& t, const recurrent_case& c) {
  constexpr bool is_lstm = std::is_same_v<Op, LSTM>, is_gru = std::is_same_v<Op, GRU>;
  constexpr i64 gates = is_lstm ? 4 : is_gru ? 3 : 1;
  const i64 n = c.hidden, dirs = c.direction == "bidirectional" ? 2 : 1;
  const auto state_dims = c.layout ? shape{c.batch, dirs, n} : shape{dirs, c.batch, n};
  table x = t.draw(c.layout ? shape{c.batch, c.steps, c.inputs} : shape{c.steps, c.batch, c.inputs}, -1, 1);
  table w = t.draw({dirs, gates * n, c.inputs}, -1, 1), r = t.draw({dirs, gates * n, n}, -1, 1), b = t.draw({dirs, 2 * gates * n}, -1, 1);
  table h0 = t.draw(state_dims, -1, 1), c0 = t.draw(state_dims, -1, 1), p = t.draw({dirs, 3 * n}, -1, 1);
  table lengths(dtype::i32, {c.batch});
  for (i64 i = 0; i < c.batch; ++i) lengths.all[static_cast<std::size_t>(8 + i)] = number::of(c.lengths ? (i + 1) % (c.steps + 1) : c.steps);
  table y(t.type, c.layout ? shape{c.batch, c.steps, dirs, n} : shape{c.steps, dirs, c.batch, n}), yh(t.type, state_dims), yc(t.type, state_dims);
  const double limit = c.clip ? static_cast<double>(*c.clip) : 1e300;
  const auto state_at = [&](i64 d, i64 i, i64 j) { return c.layout ? shape{i, d, j} : shape{d, i, j}; };
  // alpha and beta go to the activations that have them, in order.
  std::vector<std::array<double, 2>> parameters;
  std::size_t next_alpha = 0, next_beta = 0;
  for (const std::string& f : c.activations) {
    const bool two = f == "Affine" || f == "ScaledTanh" || f == "HardSigmoid", one = f == "LeakyRelu" || f == "Elu" || f == "ThresholdedRelu";
    std::array<double, 2> v{f == "LeakyRelu" ? static_cast<double>(0.01f) : f == "HardSigmoid" ? static_cast<double>(0.2f) : 1, f == "HardSigmoid" ? 0.5 : f == "ScaledTanh" ? 1 : 0};
    if ((one || two) && next_alpha < c.alpha.size()) v[0] = static_cast<double>(c.alpha[next_alpha++]);
    if (two && next_beta < c.beta.size()) v[1] = static_cast<double>(c.beta[next_beta++]);
    parameters.push_back(v);
  }
  const i64 functions = is_lstm ? 3 : is_gru ? 2 : 1;
  for (i64 d = 0; d < dirs; ++d) {
    const auto f = [&](int which, double v) {
      v = std::min(std::max(v, -limit), limit);
      const auto k = static_cast<std::size_t>(d * functions + which);
      if (c.activations.empty()) return apply_gate(which == 0 && functions > 1 ? "Sigmoid" : "Tanh", v, 0, 0);
      return apply_gate(c.activations[k], v, parameters[k][0], parameters[k][1]);
    };
    for (i64 i = 0; i < c.batch; ++i) {
      std::vector<double> h, cell;
      for (i64 j = 0; j < n; ++j) {
        h.push_back(c.initial ? h0[state_at(d, i, j)].real : 0);
        cell.push_back(c.initial ? c0[state_at(d, i, j)].real : 0);
      }
      const auto at = [](const std::vector<double>& v, i64 j) { return v[static_cast<std::size_t>(j)]; };
      for (i64 s = 0; s < c.steps; ++s) {
        const i64 step = d == 1 || c.direction == "reverse" ? c.steps - 1 - s : s;
        const auto y_at = [&](i64 j) { return c.layout ? shape{i, step, d, j} : shape{step, d, i, j}; };
        if (c.lengths && step >= static_cast<i64>(lengths[{i}].integer)) {
          for (i64 j = 0; j < n; ++j) y[y_at(j)] = 0.0;
          continue;
        }
        const auto from_x = [&](i64 gate, i64 j) {
          double sum = c.bias ? b[{d, gate * n + j}].real : 0;
          const number *weights = &w[{d, gate * n + j, 0}], *given = &x[c.layout ? shape{i, step, 0} : shape{step, i, 0}];
          for (i64 l = 0; l < c.inputs; ++l) sum += weights[l].real * given[l].real;
          return sum;
        };
        const auto from_h = [&](i64 gate, i64 j, const std::vector<double>& state) {
          double sum = c.bias ? b[{d, (gates + gate) * n + j}].real : 0;
          const number* weights = &r[{d, gate * n + j, 0}];
          for (i64 l = 0; l < n; ++l) sum += weights[l].real * at(state, l);
          return sum;
        };
        std::vector<double> next_h = h, next_c = cell, reset, kept;
        if (is_gru)
          for (i64 j = 0; j < n; ++j) {
            reset.push_back(f(0, from_x(1, j) + from_h(1, j, h)));
            kept.push_back(at(h, j) * reset.back());
          }
        for (i64 j = 0; j < n; ++j) {
          const auto u = static_cast<std::size_t>(j);
          if (is_lstm) {
            const auto peep = [&](i64 k, double v) { return c.peepholes ? p[{d, k * n + j}].real * v : 0; };
            const double in = f(0, from_x(0, j) + from_h(0, j, h) + peep(0, cell[u]));
            const double forget = c.coupled ? 1 - in : f(0, from_x(2, j) + from_h(2, j, h) + peep(2, cell[u]));
            next_c[u] = forget * cell[u] + in * f(1, from_x(3, j) + from_h(3, j, h));
            next_h[u] = f(0, from_x(1, j) + from_h(1, j, h) + peep(1, next_c[u])) * f(2, next_c[u]);
          } else if (is_gru) {
            const double update = f(0, from_x(0, j) + from_h(0, j, h));
            const double fresh = f(1, from_x(2, j) + (c.late_reset ? reset[u] * from_h(2, j, h) : from_h(2, j, kept)));
            next_h[u] = (1 - update) * fresh + update * h[u];
          } else {
            next_h[u] = f(0, from_x(0, j) + from_h(0, j, h));
          }
        }
        h = next_h, cell = next_c;
        for (i64 j = 0; j < n; ++j) y[y_at(j)] = at(h, j);
      }
      for (i64 j = 0; j < n; ++j) yh[state_at(d, i, j)] = at(h, j), yc[state_at(d, i, j)] = at(cell, j);
    }
  }
  Op o{.activation_alpha = c.alpha, .activation_beta = c.beta, .clip = c.clip, .direction = c.direction, .hidden_size = n, .layout = c.layout};
  if (!c.activations.empty()) o.activations = c.activations;
  if constexpr (is_lstm) o.input_forget = c.coupled;
  if constexpr (is_gru) o.linear_before_reset = c.late_reset;
  std::vector<const table*> in{&x, &w, &r, c.bias ? &b : nullptr, c.lengths ? &lengths : nullptr, c.initial ? &h0 : nullptr};
  std::vector<const table*> out{&y, &yh};
  if (is_lstm) in.push_back(c.initial ? &c0 : nullptr), out.push_back(&yc);
  if (c.peepholes && is_lstm) in.push_back(&p);
  t.near = t.type == dtype::f64 ? 1e-13 : 1e-5;
  t.expect(&o, in, out, t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 1);
}

template <class Op>
void recurrent_cases(trial& t) {
  for (const char* direction : {"forward", "reverse", "bidirectional"})
    for (bool layout : {false, true}) {
      recur<Op>(t, {.direction = direction, .layout = layout});
      recur<Op>(t, {.direction = direction, .layout = layout, .lengths = true});
      recur<Op>(t, {.steps = 4, .batch = 9, .inputs = 3, .hidden = 17, .direction = direction, .layout = layout, .bias = false, .initial = false});
    }
  recur<Op>(t, {.steps = 1, .batch = 1, .inputs = 1, .hidden = 1}), recur<Op>(t, {.steps = 0}), recur<Op>(t, {.batch = 0});
  recur<Op>(t, {.inputs = 0}), recur<Op>(t, {.clip = 0.5f});
  recur<Op>(t, {.peepholes = true}), recur<Op>(t, {.coupled = true}), recur<Op>(t, {.late_reset = true});
  recur<Op>(t, {.bias = false, .peepholes = true, .coupled = true, .late_reset = true});
  constexpr std::size_t functions = std::is_same_v<Op, LSTM> ? 3 : std::is_same_v<Op, GRU> ? 2 : 1;
  for (const char* name : {"Relu", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus"}) {
    strings all(functions, "Sigmoid");
    all.back() = name;
    recur<Op>(t, {.activations = all});
    recur<Op>(t, {.activations = all, .alpha = {0.5f}, .beta = {0.25f}});
  }
}
const by_reference rnn_reference(cases{"RNN", recurrent_cases<RNN>});
const by_reference gru_reference(cases{"GRU", recurrent_cases<GRU>});
const by_reference lstm_reference(cases{"LSTM", recurrent_cases<LSTM>});

std::string says(const LSTM& o, std::initializer_list<shape> dims) {
  std::vector<any_tensor> made;
  std::vector<any_view> in;
  for (const shape& d : dims) made.push_back(zeros(dtype::f32, d));
  for (const any_tensor& m : made) in.push_back(m);
  const auto r = try_apply(row("LSTM"), &o, in);
  return r.has_value() ? "" : r.error().message;
}

}  // namespace

TEST_CASE("LSTM says what does not fit") {
  const shape x{3, 2, 4}, w{1, 20, 4}, r{1, 20, 5};
  CHECK(says({}, {x, w, r}) == "");
  CHECK(says({.direction = "up"}, {x, w, r}) == "LSTM: direction 'up' is unknown");
  CHECK(says({.hidden_size = 6}, {x, w, r}) == "LSTM: hidden_size is 6, but R is [1,20,5]");
  CHECK(says({.direction = "bidirectional"}, {x, w, r}) == "LSTM: W must be [2,20,4], not [1,20,4]");
  CHECK(says({}, {x, w, {1, 15, 5}}) == "LSTM: R must be [1,20,5], not [1,15,5]");
  CHECK(says({}, {x, w, {20, 5}}) == "LSTM: X, W and R must have three dimensions: [3,2,4], [1,20,4], [20,5]");
  CHECK(says({}, {x, w, r, {1, 20}}) == "LSTM: B must be [1,40], not [1,20]");
  CHECK(says({.activations = {"Sigmoid", "Tanh"}}, {x, w, r}) == "LSTM: activations has 2 entries, not 3");
  CHECK(says({.activations = {"sigmoid", "tanh", "Gelu"}}, {x, w, r}) == "LSTM: activation 'Gelu' is unknown");
  const any_tensor data = zeros(dtype::f32, x), weights = zeros(dtype::f32, w), states = zeros(dtype::f32, r);
  CHECK(complaint("LSTM", nullptr, {data, weights, states, {}, tensor<i32>({2}, {3, 4})}) ==
        "LSTM: sequence_lens has 4 at 1, of 3 steps");
}

TEST_CASE("packed recurrent weights give the same bits") {
  for (const char* name : {"RNN", "GRU", "LSTM"}) {
    const i64 gates = std::string_view(name) == "RNN" ? 1 : std::string_view(name) == "GRU" ? 3 : 4;
    trial t(row(name), dtype::f32, layout::contiguous, 3);
    table x = t.draw({3, 2, 4}), w = t.draw({1, 5 * gates, 4}), r = t.draw({1, 5 * gates, 5});
    const laid_out xs(x, layout::contiguous), ws(w, layout::contiguous), rs(r, layout::contiguous);
    const any_view in[] = {xs.view, ws.view, rs.view}, weights[] = {{}, ws.view, rs.view};
    const any_op op(row(name));
    std::vector<known> k;
    for (const any_view& v : in) k.push_back({v.type, v.dims, v});
    auto packed = buffer::make(row(name).packed_bytes(op.get(), k));
    REQUIRE(packed.has_value());
    if (!packed.has_value()) return;
    row(name).pack(op.get(), weights, (*packed).data());
    const any_view gone[] = {xs.view, {dtype::f32, w.dims, nullptr}, {dtype::f32, r.dims, nullptr}};
    const auto one = try_apply(row(name), op.get(), in), other = try_apply(row(name), op.get(), gone, {.packed = (*packed).data()});
    REQUIRE((one.has_value() && other.has_value()));
    if (!one.has_value() || !other.has_value()) return;
    CHECK(std::memcmp((*one)[0].data(), (*other)[0].data(), static_cast<std::size_t>((*one)[0].size()) * 4) == 0);
  }
}

TEST_CASE("LSTM of opset 1 may say whether it wants all outputs, and misspell its default direction") {
  LSTM o{.direction = "foward"};
  fake_node n(1);
  n.attributes["output_sequence"] = i64{1};
  CHECK(row("LSTM").upgrade(&o, n).has_value());
  CHECK(!n.has_attribute("output_sequence"));
  CHECK(o.direction == "forward");
}

}  // namespace tests::ops
