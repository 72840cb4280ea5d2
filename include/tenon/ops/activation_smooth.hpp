// Activations that bend smoothly: Elu, Selu, Celu, Gelu, Mish, Softplus, Softsign, Swish and SwiGLU.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = X where X >= 0, else alpha * (e^X - 1).
struct Elu {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 1;
  float alpha = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x >= 0, x, expm1(x) * T(alpha));
  }
};

/// Y = gamma * X where X > 0, else gamma * alpha * (e^X - 1).
struct Selu {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 1;
  float alpha = 1.67326319217681884765625f, gamma = 1.05070102214813232421875f;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x > 0, x, expm1(x) * T(alpha)) * T(gamma);
  }
  /// Opset 1 rounded the defaults.
  status upgrade(old_node& n) {
    if (n.opset() < 6 && !n.has_attribute("alpha")) alpha = 1.6732f;
    if (n.opset() < 6 && !n.has_attribute("gamma")) gamma = 1.0507f;
    return {};
  }
};

/// Y = max(X, 0) + min(0, alpha * (e^(X / alpha) - 1)).
struct Celu {
  using kind = kinds::unary;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 1;
  float alpha = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return max(x, T(0)) + min(expm1(x / T(alpha)) * T(alpha), T(0));
  }
};

/// The bodies of Gelu: 0.5 * X * (1 + erf(X / sqrt(2))), and its approximation by tanh.
struct gelu_bodies {
  struct by_erf {
    using kind = kinds::unary;
    static constexpr dtype_set dtypes = dtypes::floating;
    static constexpr int registers = 2;
    auto operator()(auto x) const {
      using T = simd::scalar_t<decltype(x)>;
      const auto half = x * T(0.5);
      return half + half * erf(x * T(0.70710678118654752440));
    }
    auto slope(const auto& x) const {
      return 0.5 + 0.5 * erf(x * 0.70710678118654752440) + x * exp(x * x * -0.5) * 0.39894228040143267794;
    }
  };
  struct by_tanh {
    using kind = kinds::unary;
    static constexpr dtype_set dtypes = dtypes::floating;
    static constexpr int registers = 2;
    auto operator()(auto x) const {
      using T = simd::scalar_t<decltype(x)>;
      const auto half = x * T(0.5);
      return half + half * tanh(T(0.79788456080286535588) * (x + x * x * x * T(0.044715)));
    }
    auto slope(const auto& x) const {
      const auto t = tanh(0.79788456080286535588 * (x + x * x * x * 0.044715));
      return 0.5 + 0.5 * t + x * (1 - t * t) * (0.39894228040143267794 + x * x * 0.0535161122);
    }
  };
};

/// Y = X * P(Z <= X) for a normal Z: 0.5 * X * (1 + erf(X / sqrt(2))), or its approximation by tanh.
struct Gelu {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  std::string approximate = "none";

  status infer(infer_context& c) const {
    if (approximate != "none" && approximate != "tanh") return c.invalid({"approximate '", approximate, "' is unknown"});
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const { return approximate == "tanh" ? run_body(gelu_bodies::by_tanh{}, c) : run_body(gelu_bodies::by_erf{}, c); }
  auto gradient(int, const auto& c) const {
    const auto x = c.input(0);
    return c.dy() * (approximate == "none" ? gelu_bodies::by_erf{}.slope(x) : gelu_bodies::by_tanh{}.slope(x));
  }
};

/// Y = X * tanh(log(1 + e^X)).
struct Mish {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    // tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2), which rounds to 1 from far below the bound.
    const auto e = exp(min(x, T(sizeof(T) == 4 ? 20 : 40)));
    const auto p = e * (e + 2);
    return x * (p / (p + 2));
  }
};

/// Y = log(1 + e^X).
struct Softplus {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return max(x, T(0)) + log1p(exp(-abs(x)));
  }
};

/// Y = X / (1 + |X|).
struct Softsign {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  auto operator()(auto x) const { return x / (1 + abs(x)); }
};

/// Y = X * sigmoid(alpha * X).
struct Swish {
  using kind = kinds::unary;
  static constexpr int since = 24;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 2;
  float alpha = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return x * sigmoid(x * T(alpha));
  }
};

/// Y = A * sigmoid(alpha * A) * B, without broadcasting.
struct SwiGLU {
  using kind = kinds::binary;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 2;
  float alpha = 1;
  status infer(infer_context& c) const {
    if (c.dims(0) != c.dims(1)) return c.invalid({"shapes differ: ", c.dims(0), " and ", c.dims(1)});
    return c.output(0, c.dims(0));
  }
  auto operator()(auto a, auto b) const {
    using T = simd::scalar_t<decltype(a)>;
    return a * sigmoid(a * T(alpha)) * b;
  }
};

using smooth_activation = list<Elu, Selu, Celu, Gelu, Mish, Softplus, Softsign, Swish, SwiGLU>;

}  // namespace ops

auto elu(const operand auto& x, const ops::Elu& o = {}) { return apply(o, x); }
auto selu(const operand auto& x, const ops::Selu& o = {}) { return apply(o, x); }
auto celu(const operand auto& x, const ops::Celu& o = {}) { return apply(o, x); }
auto gelu(const operand auto& x, const ops::Gelu& o = {}) { return apply(o, x); }
auto mish(const operand auto& x) { return apply(ops::Mish{}, x); }
auto softplus(const operand auto& x) { return apply(ops::Softplus{}, x); }
auto softsign(const operand auto& x) { return apply(ops::Softsign{}, x); }
auto swish(const operand auto& x, const ops::Swish& o = {}) { return apply(o, x); }
auto swiglu(const operand auto& a, const operand auto& b, const ops::SwiGLU& o = {}) { return apply(o, a, b); }

}  // namespace tenon
TENON_COLD_END
