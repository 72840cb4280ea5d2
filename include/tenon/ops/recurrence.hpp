// What RNN, GRU and LSTM share. The projection of all steps' inputs is one matrix product before the loop
// over time; a step is a product of the states with packed weights, and rows of gates.
#pragma once

#include "../kernels/recurrent.hpp"
#include "matmul.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What the three operators share: their attributes as one, and the work.
struct recurrence {
  enum cell : u8 { rnn, gru, lstm };
  cell what;
  std::span<const std::string> activations;
  std::span<const float> alpha, beta;
  std::optional<float> clip;
  std::string_view direction;
  std::optional<i64> hidden_size;
  bool batch_first;
  bool input_forget = false, linear_before_reset = false;

  i64 gates() const { return what == lstm ? 4 : what == gru ? 3 : 1; }
  /// Activations of one direction.
  unsigned functions() const { return what == lstm ? 3 : what == gru ? 2 : 1; }
  int directions() const { return direction == "bidirectional" ? 2 : 1; }
  int state_inputs() const { return what == lstm ? 2 : 1; }

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &w = c.dims(1), &r = c.dims(2);
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
      return c.invalid({"direction '", direction, "' is unknown"});
    if (const auto f = functions_of(); !f.has_value()) return std::unexpected(f.error());
    if (x.rank() != 3 || w.rank() != 3 || r.rank() != 3)
      return c.invalid({"X, W and R must have three dimensions: ", x, ", ", w, ", ", r});
    const i64 h = r[2], d = directions(), batch = x[batch_first ? 0 : 1], steps = x[batch_first ? 1 : 0];
    if (hidden_size && *hidden_size != h) return c.invalid({"hidden_size is ", *hidden_size, ", but R is ", r});
    if (h > INT32_MAX) return c.invalid({"R of ", r, " is too large"});
    const auto expect = [&](int i, std::string_view title, const shape& dims) -> status {
      if (!c.has(i) || c.dims(i) == dims) return {};
      return c.invalid({title, " must be ", dims, ", not ", c.dims(i)});
    };
    const shape state = batch_first ? shape{batch, d, h} : shape{d, batch, h};
    for (status s : {expect(1, "W", {d, gates() * h, x[2]}), expect(2, "R", {d, gates() * h, h}),
                     expect(3, "B", {d, 2 * gates() * h}), expect(4, "sequence_lens", {batch}),
                     expect(5, "initial_h", state), expect(6, "initial_c", state), expect(7, "P", {d, 3 * h})})
      if (!s.has_value()) return s;
    if (status s = c.output(0, batch_first ? shape{batch, steps, d, h} : shape{steps, d, batch, h}); !s.has_value()) return s;
    for (int i = 1; i <= state_inputs(); ++i)
      if (status s = c.output(i, state); !s.has_value()) return s;
    return {};
  }

  /// Opset 1 said whether Y is wanted, where now its name does, and misspelled its default direction.
  static status upgrade(old_node& n, std::string& direction) {
    if (n.opset() >= 7) return {};
    n.take_int("output_sequence");
    if (direction == "foward") direction = "forward";
    return {};
  }

  i64 packed_bytes(std::span<const known> in) const {
    const shape &w = in[1].dims, &r = in[2].dims;
    if (w.rank() != 3 || r.rank() != 3 || w[1] != r[1] || r[1] != gates() * r[2] || w[0] != r[0]) return -1;
    const i64 one = per_direction(in[1].type, w[2], r[2]);
    return one > detail::most_bytes / 2 ? detail::most_bytes : one * w[0];
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<real_kernels>(in[1].type, [&]<class T>() { pack_into<T>(in[1], in[2], reinterpret_cast<T*>(out)); });
  }

  i64 scratch(std::span<const known> in, bool packed) const {
    const shape &x = in[0].dims, &r = in[2].dims;
    if (x.rank() != 3 || r.rank() != 3) return 0;
    i64 bytes = 0;
    dispatch<real_kernels>(in[0].type, [&]<class T>() {
      bytes = places(x, r[2], sizeof(T)).bytes + detail::padded(kernels::gemm_scratch_bytes<T>());
    });
    return packed ? bytes : bytes + std::max<i64>(0, packed_bytes(in));
  }

  double macs(std::span<const known> in, std::span<const known>) const {
    const shape &x = in[0].dims, &w = in[1].dims;
    return static_cast<double>(x[0]) * static_cast<double>(x[1]) * static_cast<double>(count(w)) *
           (1 + static_cast<double>(w[1] / gates()) / static_cast<double>(std::max<i64>(x[2], 1)));
  }
  status run(run_context& c) const {
    const auto f = functions_of();
    if (!f.has_value()) return std::unexpected(f.error());
    const i64 steps = c.input(0).dims[batch_first ? 1 : 0];
    if (c.has(4))
      for (i64 i = 0; i < c.input(4).size(); ++i)
        if (const i32 n = c.input(4).as<i32>()[i]; n < 0 || n > steps)
          return fail(code::invalid, {"sequence_lens has ", n, " at ", i, ", of ", steps, " steps"});
    dispatch<real_kernels>(c.input(0).type, [&]<class T>() { work<T>(c, (*f).data()); });
    return {};
  }

 private:
  static constexpr dtype_set real_kernels{dtype::f32, dtype::f64};

  /// Where things lie in scratch, in bytes.
  struct layout {
    i64 projected, gates, extra, h, c, bias, bytes;
  };
  layout places(const shape& x, i64 hidden, i64 size) const {
    const i64 rows = x[0], more = x[1], batch = x[batch_first ? 0 : 1], width = gates() * hidden;
    layout l{};
    i64 at = 0;
    const auto take = [&](i64& place, const shape& dims) {
      place = at;
      at += detail::bytes_of(dims, size);
    };
    take(l.projected, {rows, more, width});
    take(l.gates, {batch, width});
    take(l.extra, {batch, what == gru ? hidden : 0});
    take(l.h, {batch, hidden});
    take(l.c, {batch, what == lstm ? hidden : 0});
    take(l.bias, {width});
    l.bytes = at;
    return l;
  }
  /// Columns of the product that a step begins with; a GRU's candidates need the reset gate first.
  i64 first_columns(i64 hidden) const { return (what == gru ? 2 : gates()) * hidden; }
  i64 per_direction(dtype type, i64 inputs, i64 hidden) const {
    return packed_bytes_for(type, inputs, gates() * hidden) + packed_bytes_for(type, hidden, first_columns(hidden)) +
           (what == gru ? packed_bytes_for(type, hidden, hidden) : 0);
  }
  template <class T>
  void pack_into(const any_view& w, const any_view& r, T* out) const {
    const i64 inputs = w.dims[2], h = r.dims[2], width = gates() * h, columns = first_columns(h);
    for (i64 d = 0; d < w.dims[0]; ++d) {
      const auto part = [&](const T* from, i64 k, i64 n) {
        kernels::pack_b<T>(k, n, {from, 1, k}, out);
        out += packed_bytes_for(w.type, k, n) / static_cast<i64>(sizeof(T));
      };
      const T* const own = r.as<T>() + d * width * h;
      part(w.as<T>() + d * width * inputs, inputs, width);
      part(own, h, columns);
      if (what == gru) part(own + columns * h, h, h);
    }
  }

  /// Names are compared without case, as older exporters wrote them.
  static bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
  }
  /// The activations of all directions; alpha and beta go to those that have them, in order.
  result<std::array<kernels::gate_function, 6>> functions_of() const {
    struct described {
      std::string_view name;
      kernels::gate_function f;
      int parameters;
    };
    using enum kernels::gate;
    static constexpr described all[] = {
        {"Sigmoid", {sigmoid, 0, 0}, 0},         {"Tanh", {tanh, 0, 0}, 0},
        {"Relu", {relu, 0, 0}, 0},               {"Affine", {affine, 1, 0}, 2},
        {"LeakyRelu", {leaky_relu, 0.01f, 0}, 1}, {"ThresholdedRelu", {thresholded_relu, 1, 0}, 1},
        {"ScaledTanh", {scaled_tanh, 1, 1}, 2},  {"HardSigmoid", {hard_sigmoid, 0.2f, 0.5f}, 2},
        {"Elu", {elu, 1, 0}, 1},                 {"Softsign", {softsign, 0, 0}, 0},
        {"Softplus", {softplus, 0, 0}, 0}};
    std::array<kernels::gate_function, 6> f{};
    const unsigned each = functions(), n = each * static_cast<unsigned>(directions());
    if (!activations.empty() && activations.size() < n)
      return fail(code::invalid, {"activations has ", activations.size(), " entries, not ", static_cast<int>(n)});
    std::size_t next_alpha = 0, next_beta = 0;
    for (unsigned i = 0; i < n; ++i) {
      const bool first = what != rnn && i % each == 0;
      const std::string_view name = activations.empty() ? std::string_view(first ? "Sigmoid" : "Tanh") : activations[i];
      const described* d = std::ranges::find_if(all, [&](const described& one) { return same_name(one.name, name); });
      if (d == std::end(all)) return fail(code::invalid, {"activation '", name, "' is unknown"});
      f[i] = d->f;
      if (d->parameters > 0 && next_alpha < alpha.size()) f[i].alpha = alpha[next_alpha++];
      if (d->parameters > 1 && next_beta < beta.size()) f[i].beta = beta[next_beta++];
    }
    return f;
  }

  template <class T>
  void work(run_context& c, const kernels::gate_function* functions_) const {
    const any_view &x = c.input(0), &w = c.input(1), &r = c.input(2);
    const i64 steps = x.dims[batch_first ? 1 : 0], batch = x.dims[batch_first ? 0 : 1], inputs = x.dims[2];
    const i64 h = r.dims[2], width = gates() * h, columns = first_columns(h), dirs = directions();
    if (batch == 0 || h == 0) return;
    const layout l = places(x.dims, h, sizeof(T));
    const auto at = [&](i64 place) { return reinterpret_cast<T*>(c.scratch() + place); };
    T *const projected = at(l.projected), *const gate = at(l.gates), *const extra = at(l.extra);
    T *const state = at(l.h), *const cells = at(l.c), *const bias = at(l.bias);
    std::byte* const product_scratch = c.scratch() + l.bytes;
    const T* weights = reinterpret_cast<const T*>(c.packed());
    if (weights == nullptr) {
      T* const own = reinterpret_cast<T*>(product_scratch + detail::padded(kernels::gemm_scratch_bytes<T>()));
      pack_into<T>(w, r, own);
      weights = own;
    }
    const i64 per = per_direction(x.type, inputs, h) / static_cast<i64>(sizeof(T));
    const i64 input_part = packed_bytes_for(x.type, inputs, width) / static_cast<i64>(sizeof(T));
    const i64 state_part = packed_bytes_for(x.type, h, columns) / static_cast<i64>(sizeof(T));
    const T limit = clip && *clip > 0 ? T(*clip) : T(__builtin_inf());
    const auto bytes = static_cast<std::size_t>(h) * sizeof(T);
    const i64 time_stride = batch_first ? width : batch * width, row_stride = batch_first ? steps * width : width;

    for (i64 d = 0; d < dirs; ++d, weights += per) {
      const kernels::gate_function* const f = functions_ + d * functions();
      const bool backwards = d == 1 || direction == "reverse";
      const T* const own_bias = c.has(3) ? c.input(3).as<T>() + d * 2 * width : nullptr;
      const bool apart = what == gru && linear_before_reset;  // the candidates' second bias is reset, too
      const T* late_bias = apart && own_bias != nullptr ? own_bias + width + columns : nullptr;
      kernels::epilogue<T> e;
      if (own_bias != nullptr) {
        for (i64 j = 0; j < width; ++j) bias[j] = own_bias[j] + (apart && j >= columns ? T(0) : own_bias[width + j]);
        e.bias = bias;
      }
      kernels::gemm<T>(steps * batch, width, inputs, kernels::strided_rows<T>{x.as<T>(), inputs, 1}, weights, projected,
                       width, e, product_scratch);
      const auto state_place = [&](i64 b) { return (batch_first ? b * dirs + d : d * batch + b) * h; };
      for (i64 b = 0; b < batch; ++b) {
        const auto begin = [&](int input, T* to) {
          if (c.has(input)) std::memcpy(to + b * h, c.input(input).as<T>() + state_place(b), bytes);
          else std::fill_n(to + b * h, h, T(0));
        };
        begin(5, state);
        if (what == lstm) begin(6, cells);
      }
      const T* const peepholes = what == lstm && c.has(7) ? c.input(7).as<T>() + d * 3 * h : nullptr;
      for (i64 s = 0; s < steps; ++s) {
        const i64 t = backwards ? steps - 1 - s : s;
        kernels::epilogue<T> add;
        add.residual = projected + t * time_stride;
        add.residual_stride = row_stride;
        kernels::gemm<T>(batch, columns, h, kernels::strided_rows<T>{state, h, 1}, weights + input_part, gate, width, add,
                         product_scratch);
        if (what == gru) {
          // The candidates: of the reset states, or reset themselves.
          for (i64 b = 0; b < batch; ++b) {
            kernels::activate(f[0], gate + b * width, 2 * h, limit);
            if (!apart) kernels::set_products(extra + b * h, gate + b * width + h, state + b * h, h);
          }
          kernels::epilogue<T> last;
          last.bias = late_bias;
          if (!apart) last.residual = add.residual + columns, last.residual_stride = row_stride;
          kernels::gemm<T>(batch, h, h, kernels::strided_rows<T>{apart ? state : extra, h, 1}, weights + input_part + state_part,
                           gate + columns, width, last, product_scratch);
        }
        for (i64 b = 0; b < batch; ++b) {
          const mutable_any_view& y = c.output(0);
          T* const to = y ? y.as<T>() + (batch_first ? (b * steps + t) * dirs + d : (t * dirs + d) * batch + b) * h : nullptr;
          if (c.has(4) && t >= c.input(4).as<i32>()[b]) {
            if (to != nullptr) std::fill_n(to, h, T(0));
            continue;
          }
          T *const g = gate + b * width, *const hidden = state + b * h, *const cell = cells + b * h;
          if (what == lstm) {
            step_lstm(g, hidden, cell, peepholes, f, limit, h);
          } else if (what == gru) {
            T* fresh = g + columns;
            if (apart) {
              std::memcpy(extra + b * h, add.residual + b * row_stride + columns, bytes);
              kernels::add_products(extra + b * h, g + h, fresh, h);
              fresh = extra + b * h;
            }
            kernels::activate(f[1], fresh, h, limit);
            kernels::blend(hidden, g, fresh, h);
          } else {
            kernels::activate(f[0], g, h, limit);
            std::memcpy(hidden, g, bytes);
          }
          if (to != nullptr) std::memcpy(to, hidden, bytes);
        }
      }
      for (int i = 1; i <= state_inputs(); ++i)
        if (const mutable_any_view y = i < c.outputs() ? c.output(i) : mutable_any_view())
          for (i64 b = 0; b < batch; ++b) std::memcpy(y.as<T>() + state_place(b), (i == 1 ? state : cells) + b * h, bytes);
    }
  }
  /// g holds the gates input, output, forget and cell; peepholes come in the same order.
  template <class T>
  void step_lstm(T* g, T* hidden, T* cell, const T* peepholes, const kernels::gate_function* f, T limit, i64 h) const {
    T *const in = g, *const out = g + h, *const forget = g + 2 * h, *const fresh = g + 3 * h;
    if (peepholes != nullptr) {
      kernels::add_products(in, peepholes, cell, h);
      kernels::add_products(forget, peepholes + 2 * h, cell, h);
    }
    kernels::activate(f[0], in, h, limit);
    if (input_forget) kernels::set_complement(forget, in, h);
    else kernels::activate(f[0], forget, h, limit);
    kernels::activate(f[1], fresh, h, limit);
    kernels::multiply_by(cell, forget, h);
    kernels::add_products(cell, in, fresh, h);
    if (peepholes != nullptr) kernels::add_products(out, peepholes + h, cell, h);
    kernels::activate(f[0], out, h, limit);
    std::memcpy(hidden, cell, static_cast<std::size_t>(h) * sizeof(T));
    kernels::activate(f[2], hidden, h, limit);
    kernels::multiply_by(hidden, out, h);
  }
};

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
