// com.microsoft's activations: Gelu, BiasGelu, FastGelu and QuickGelu.
#pragma once

#include "activation_smooth.hpp"
#include "arithmetic.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// A Gelu's body of x + bias, or of x alone.
template <class Body>
status run_biased(const Body& body, run_context& c) {
  any_view x = c.input(0);
  const mutable_any_view out[] = {c.output(0)};
  if (c.has(1)) {
    const any_view terms[] = {x, c.input(1)};
    run_context sum(terms, out);
    if (status s = run_body(Add{}, sum); !s.has_value()) return s;
    x = out[0];
  }
  run_context alone({&x, 1}, out);
  return run_body(body, alone);
}
/// The shape of x, behind whose last dimension a bias lies.
inline status infer_biased(infer_context& c) {
  if (c.has(1) && (c.rank(1) != 1 || c.rank(0) < 1 || c.dims(1)[0] != c.dims(0).back()))
    return c.invalid({"a bias of shape ", c.dims(1), " does not fit ", c.dims(0)});
  return c.output(0, c.dims(0));
}

/// ONNX's Gelu, before it was that.
struct MicrosoftGelu {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft", name = "Gelu";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const { return run_body(gelu_bodies::by_erf{}, c); }
  auto gradient(int, const auto& c) const { return c.dy() * gelu_bodies::by_erf{}.slope(c.input(0)); }
};

/// C = Gelu(A + B), B along the last dimension.
struct BiasGelu {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "A:T B:T", outputs = "C:T";
  static constexpr bool widen = true;

  status infer(infer_context& c) const { return infer_biased(c); }
  status run(run_context& c) const { return run_biased(gelu_bodies::by_erf{}, c); }
  auto gradient(int, const auto& c) const { return c.dy() * gelu_bodies::by_erf{}.slope(c.input(0) + c.input(1)); }
};

/// Y = Gelu(X + bias) by tanh.
struct FastGelu {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T bias?:T", outputs = "Y:T";
  static constexpr bool widen = true;

  status infer(infer_context& c) const { return infer_biased(c); }
  status run(run_context& c) const { return run_biased(gelu_bodies::by_tanh{}, c); }
  auto gradient(int, const auto& c) const {
    const auto x = c.input(0);
    return c.dy() * gelu_bodies::by_tanh{}.slope(c.has(1) ? x + c.input(1) : x);
  }
};

/// Y = X * sigmoid(alpha * X).
struct QuickGelu {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  float alpha = 1.702f;

  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const { return run_body(Swish{alpha}, c); }
  auto gradient(int, const auto& c) const {
    const auto s = sigmoid(c.input(0) * alpha);
    return c.dy() * s * (1 + c.input(0) * alpha * (1 - s));
  }
};

using microsoft_activation = list<MicrosoftGelu, BiasGelu, FastGelu, QuickGelu>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
