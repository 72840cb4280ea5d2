// Activations that are straight lines with bends: HardSigmoid, HardSwish, ThresholdedRelu, Shrink and PRelu.
#pragma once

#include "body.hpp"
#include "legacy.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = alpha * X + beta between 0 and 1.
struct HardSigmoid {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  float alpha = 0.2f, beta = 0.5f;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return clamp(mul_add(x, T(alpha), T(beta)), T(0), T(1));
  }
};

/// Y = X * (X / 6 + 0.5 between 0 and 1).
struct HardSwish {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return x * (clamp(x + T(3), T(0), T(6)) * (T(1) / 6));
  }
};

/// Y = X where X > alpha, else 0.
struct ThresholdedRelu {
  using kind = kinds::unary;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  float alpha = 1;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    return select(x > T(alpha), x, T(0));
  }
};

/// Y = X + bias where X < -lambd, X - bias where X > lambd, else 0. Integers take sums towards zero, and wrap.
struct Shrink {
  using kind = kinds::unary;
  static constexpr int since = 9;
  static constexpr dtype_set dtypes = dtypes::integers | dtype_set{dtype::f16, dtype::f32, dtype::f64};
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr int registers = 1;
  float lambd = 0.5f, bias = 0;
  auto operator()(auto x) const {
    using T = simd::scalar_t<decltype(x)>;
    if constexpr (std::is_floating_point_v<T>) {
      return select(x < T(-lambd), x + T(bias), select(x > T(lambd), x - T(bias), T(0)));
    } else {
      // x < -lambd is x < ceil(-lambd), as far as T reaches.
      const float low = -floor(lambd), high = floor(lambd);
      const auto below = beyond<T>(low) ? simd::mask_of<decltype(x)>(low > 0) : x < whole<T>(low);
      const auto above = beyond<T>(high) ? simd::mask_of<decltype(x)>(high < 0) : x > whole<T>(high);
      return select(below, plus(x, bias), select(above, plus(x, -bias), T(0)));
    }
  }

 private:
  template <class T>
  static bool beyond(float bound) {
    using limits = std::numeric_limits<T>;
    return !(bound >= static_cast<float>(limits::lowest()) && bound < static_cast<float>(limits::max()));
  }
  template <class T>
  static T whole(float f) {  // what does not fit wraps
    return abs(f) < 0x1p63f ? static_cast<T>(static_cast<i64>(f)) : T(0);
  }
  static auto plus(auto x, float by) {
    using T = simd::scalar_t<decltype(x)>;
    const float down = floor(by);
    const auto sum = x + whole<T>(down);
    return down == by ? sum : sum + select(sum < T(0), T(1), decltype(x)(T(0)));
  }
};

/// Y = X where X >= 0, else slope * X; the slope broadcasts to X.
struct PRelu {
  using kind = kinds::binary;
  static constexpr int since = 16;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};
  static constexpr auto inputs = "X:T slope:T", outputs = "Y:T";
  status infer(infer_context& c) const {
    const auto both = broadcast(c.dims(0), c.dims(1));
    if (!both || *both != c.dims(0)) return c.invalid({"slope ", c.dims(1), " does not broadcast to ", c.dims(0)});
    return c.output(0, c.dims(0));
  }
  auto operator()(auto x, auto slope) const {
    using T = simd::scalar_t<decltype(x)>;
    if constexpr (std::is_unsigned_v<T>) return x;
    else return select(x < T(0), x * slope, x);
  }
  /// Before opset 7 a slope of one dimension was one per channel.
  status upgrade(old_node& n) { return n.opset() < 7 ? align_second(n, 1) : status(); }
};

using piecewise_activation = list<HardSigmoid, HardSwish, ThresholdedRelu, Shrink, PRelu>;

}  // namespace ops

auto hard_sigmoid(const operand auto& x, const ops::HardSigmoid& o = {}) { return apply(o, x); }
auto hard_swish(const operand auto& x) { return apply(ops::HardSwish{}, x); }
auto thresholded_relu(const operand auto& x, const ops::ThresholdedRelu& o = {}) { return apply(o, x); }
auto shrink(const operand auto& x, const ops::Shrink& o = {}) { return apply(o, x); }
auto prelu(const operand auto& x, const operand auto& slope) { return apply(ops::PRelu{}, x, slope); }

}  // namespace tenon
TENON_COLD_END
