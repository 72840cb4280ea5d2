// Max, Min, Sum, Mean: any number of inputs, element by element with broadcasting.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The greatest of all inputs; NaN wins.
struct Max {
  using kind = kinds::variadic;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto outputs = "max:T";
  auto operator()(auto x, auto y) const { return max(x, y); }
};

/// The least of all inputs; NaN wins.
struct Min {
  using kind = kinds::variadic;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto outputs = "min:T";
  auto operator()(auto x, auto y) const { return min(x, y); }
};

/// The sum of all inputs, from the first to the last.
struct Sum {
  using kind = kinds::variadic;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto outputs = "sum:T";
  static constexpr bool widen = true, strided = false, is_sum = true;
  auto operator()(auto x, auto y) const { return x + y; }
  auto gradient(int, const auto& c) const { return c.dy(); }
};

/// The sum of all inputs over their number.
struct Mean {
  using kind = kinds::variadic;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto outputs = "mean:T";
  static constexpr bool widen = true, strided = false;
  auto operator()(auto x, auto y) const { return x + y; }
  inline status run(run_context& c) const;
  auto gradient(int, const auto& c) const { return c.dy() / c.inputs(); }

 private:
  struct quotient {
    using kind = kinds::unary;
    static constexpr dtype_set dtypes = Mean::dtypes;
    int by;
    auto operator()(auto x) const { return x / simd::scalar_t<decltype(x)>(by); }
  };
};

using variadic = list<Max, Min, Sum, Mean>;

status Mean::run(run_context& c) const {
  if (status s = run_variadic(info_of<Mean>, this, c); !s.has_value()) return s;
  const any_view sum[] = {c.output(0)};
  run_context last(sum, std::span(&c.output(0), 1));
  return run_body(quotient{c.inputs()}, last);
}

}  // namespace ops

auto maximum(const operand auto& a, const operand auto& b) { return apply(ops::Max{}, a, b); }
auto minimum(const operand auto& a, const operand auto& b) { return apply(ops::Min{}, a, b); }

}  // namespace tenon
TENON_COLD_END
