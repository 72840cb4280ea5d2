// Relu, LeakyRelu, Sigmoid, Exp, Clip: one input, one output, element by element.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = max(X, 0).
struct Relu {
  using kind = kinds::unary;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::signed_integers;
  auto operator()(auto x) const { return max(x, simd::scalar_t<decltype(x)>(0)); }
  std::optional<interval> as_clamp(std::span<const any_view>) const { return interval{.lo = 0}; }
  auto gradient(auto x, auto, auto dy) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x > T(0), dy, T(0));
  }
};

/// Y = X where X >= 0, else alpha * X.
struct LeakyRelu {
  using kind = kinds::unary;
  static constexpr int since = 16;
  static constexpr dtype_set dtypes = dtypes::floating;
  float alpha = 0.01f;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x >= T(0), x, x * T(alpha));
  }
  auto gradient(auto x, auto, auto dy) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x >= T(0), dy, dy * T(alpha));
  }
};

/// Y = 1 / (1 + exp(-X)).
struct Sigmoid {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 2;
  auto operator()(auto x) const { return sigmoid(x); }
  auto gradient(auto, auto y, auto dy) const { return dy * y * (1 - y); }
};

/// Y = e^X.
struct Exp {
  using kind = kinds::unary;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr int registers = 2;
  auto operator()(auto x) const { return exp(x); }
  auto gradient(auto, auto y, auto dy) const { return dy * y; }
};

/// Y = min(max(X, min), max), each bound a scalar that may be left out.
struct Clip {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "input:T min?:T max?:T", outputs = "output:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  upgraded<float> lowest{-__builtin_inff()}, highest{__builtin_inff()};  ///< bounds as opset 6 has them, whatever type X is

  status infer(infer_context& c) const {
    for (int i = 1; i < 3; ++i)
      if (c.has(i) && count(c.dims(i)) != 1)
        return c.invalid({i == 1 ? "min" : "max", " must be a scalar, not ", c.dims(i)});
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const dtype compute = compute_dtype(x.type);
    const kernels::operand in[] = {{x.bytes, x.type, compute, x.strides}};
    const mutable_any_view& y = c.output(0);
    dispatch<compute_types>(compute, [&]<class T>() {
      body<T> b;
      if constexpr (std::is_floating_point_v<T>) b = {static_cast<T>(lowest.value), static_cast<T>(highest.value)};
      for (int i = 1; i < 3; ++i)
        if (T* bound = i == 1 ? &b.lo : &b.hi; c.has(i) && !kernels::load_elements(x.type, c.input(i).bytes, bound, 1))
          std::memcpy(bound, c.input(i).bytes, sizeof(T));
      kernels::map(kernels::unary_tile<body<T>, T>, &b, in, {y.bytes, y.type, compute, y.strides}, y.dims);
    });
    return {};
  }
  std::optional<interval> as_clamp(std::span<const any_view> in) const {
    interval range{lowest.value, highest.value};
    for (std::size_t i = 1; i < in.size(); ++i) {
      if (!in[i]) continue;
      float bound = 0;
      if (in[i].type != dtype::f32 || in[i].size() != 1) return std::nullopt;
      std::memcpy(&bound, in[i].bytes, sizeof bound);
      if (!(bound == bound)) return std::nullopt;
      (i == 1 ? range.lo : range.hi) = bound;
    }
    return range;
  }
  /// Before opset 11 the bounds were attributes.
  status upgrade(old_node& n) {
    if (n.opset() >= 11) return {};
    if (const auto bound = n.take_float("min")) lowest.value = *bound;
    if (const auto bound = n.take_float("max")) highest.value = *bound;
    return {};
  }
  /// Each element's goes to what it was taken from: a bound gets the sum of those that it stopped.
  auto gradient(int i, const auto& c) const {
    const auto x = c.input(0);
    auto d = c.dy();
    if (const double hi = highest.value; hi < __builtin_inf()) d = select(x > hi, 0, d);
    if (const double lo = lowest.value; lo > -__builtin_inf()) d = select(x < lo, 0, d);
    if (c.has(2)) d = i == 2 ? select(x > c.input(2), d, 0) : select(x > c.input(2), 0, d);
    if (c.has(1) && i < 2) d = i == 1 ? select(x < c.input(1), d, 0) : select(x < c.input(1), 0, d);
    return d;
  }

 private:
  static constexpr dtype_set compute_types{dtype::f32, dtype::f64, dtype::i32, dtype::u32, dtype::i64, dtype::u64};
  template <class T>
  struct body {
    T lo = std::is_floating_point_v<T> ? T(-__builtin_inf()) : std::numeric_limits<T>::lowest();
    T hi = std::is_floating_point_v<T> ? T(__builtin_inf()) : std::numeric_limits<T>::max();
    auto operator()(auto x) const { return clamp(x, lo, hi); }
  };
};

using activation = list<Relu, LeakyRelu, Sigmoid, Exp, Clip>;

}  // namespace ops

auto relu(const operand auto& x) { return apply(ops::Relu{}, x); }
auto leaky_relu(const operand auto& x, const ops::LeakyRelu& o = {}) { return apply(o, x); }
auto sigmoid(const operand auto& x) { return apply(ops::Sigmoid{}, x); }
auto exp(const operand auto& x) { return apply(ops::Exp{}, x); }
auto clip(const operand auto& x, const operand auto& min, const operand auto& max) {
  return apply(ops::Clip{}, x, min, max);
}

}  // namespace tenon
TENON_COLD_END
