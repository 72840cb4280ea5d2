// RNN, GRU and LSTM: attributes and inputs; the work is recurrence's.
#pragma once

#include "recurrence.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// H(t) = f(X(t) W' + H(t-1) R' + B)
struct RNN {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T R:T B?:T sequence_lens?:L initial_h?:T";
  static constexpr auto outputs = "Y?:T Y_h?:T";
  static constexpr type_variable types[] = {{'L', {dtype::i32}}};
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b110;

  floats activation_alpha{}, activation_beta{};
  strings activations{"Tanh", "Tanh"};
  std::optional<float> clip{};
  std::string direction = "forward";
  std::optional<i64> hidden_size{};
  bool layout = false;

  recurrence worker() const {
    return {recurrence::rnn, activations, activation_alpha, activation_beta, clip, direction, hidden_size, layout};
  }
  status upgrade(old_node& n) { return recurrence::upgrade(n, direction); }
};

/// Gated recurrent units: update and reset gates by the first activation, candidates by the second.
struct GRU {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T R:T B?:T sequence_lens?:L initial_h?:T";
  static constexpr auto outputs = "Y?:T Y_h?:T";
  static constexpr type_variable types[] = {{'L', {dtype::i32}}};
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b110;

  floats activation_alpha{}, activation_beta{};
  strings activations{};
  std::optional<float> clip{};
  std::string direction = "forward";
  std::optional<i64> hidden_size{};
  bool layout = false, linear_before_reset = false;

  recurrence worker() const {
    return {recurrence::gru, activations, activation_alpha, activation_beta, clip, direction, hidden_size, layout,
            false, linear_before_reset};
  }
  status upgrade(old_node& n) { return recurrence::upgrade(n, direction); }
};

/// Long short-term memory: gates by the first activation, cells by the second, outputs by the third.
struct LSTM {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T R:T B?:T sequence_lens?:L initial_h?:T initial_c?:T P?:T";
  static constexpr auto outputs = "Y?:T Y_h?:T Y_c?:T";
  static constexpr type_variable types[] = {{'L', {dtype::i32}}};
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b110;

  floats activation_alpha{}, activation_beta{};
  strings activations{};
  std::optional<float> clip{};
  std::string direction = "forward";
  std::optional<i64> hidden_size{};
  bool input_forget = false, layout = false;

  recurrence worker() const {
    return {recurrence::lstm, activations, activation_alpha, activation_beta, clip, direction, hidden_size, layout,
            input_forget};
  }
  status upgrade(old_node& n) { return recurrence::upgrade(n, direction); }
};

using recurrent = list<RNN, GRU, LSTM>;

}  // namespace ops

/// lstm({x, w, r, b}, {.hidden_size = 64}): Y, Y_h and Y_c.
inline std::vector<any_tensor> lstm(std::initializer_list<any_view> inputs, const ops::LSTM& o = {}) {
  return apply_all(o, std::span(inputs.begin(), inputs.size()));
}
inline std::vector<any_tensor> gru(std::initializer_list<any_view> inputs, const ops::GRU& o = {}) {
  return apply_all(o, std::span(inputs.begin(), inputs.size()));
}
inline std::vector<any_tensor> rnn(std::initializer_list<any_view> inputs, const ops::RNN& o = {}) {
  return apply_all(o, std::span(inputs.begin(), inputs.size()));
}

}  // namespace tenon
TENON_COLD_END
