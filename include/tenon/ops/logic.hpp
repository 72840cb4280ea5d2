// Comparisons, And, Or, Xor, Not, IsNaN, IsInf and Where: what gives bools and what chooses by them.
#pragma once

#include "legacy.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// C = A == B, of strings too.
struct Equal {
  using kind = kinds::relation;
  static constexpr int since = 19;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean | dtype_set{dtype::string};
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto a, auto b) const { return a == b; }
  inline status run(run_context& c) const;
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// C = A < B.
struct Less {
  using kind = kinds::relation;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto a, auto b) const { return a < b; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// C = A <= B.
struct LessOrEqual {
  using kind = kinds::relation;
  static constexpr int since = 16;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto a, auto b) const { return a <= b; }
};

/// C = A > B.
struct Greater {
  using kind = kinds::relation;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto a, auto b) const { return a > b; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// C = A >= B.
struct GreaterOrEqual {
  using kind = kinds::relation;
  static constexpr int since = 16;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto a, auto b) const { return a >= b; }
};

/// C = A and B.
struct And {
  using kind = kinds::binary;
  static constexpr int since = 7;
  static constexpr dtype_set dtypes = dtypes::boolean;
  static constexpr bool narrow = true;
  auto operator()(auto a, auto b) const { return a & b; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// C = A or B.
struct Or {
  using kind = kinds::binary;
  static constexpr int since = 7;
  static constexpr dtype_set dtypes = dtypes::boolean;
  static constexpr bool narrow = true;
  auto operator()(auto a, auto b) const { return a | b; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// C = A or B, not both.
struct Xor {
  using kind = kinds::binary;
  static constexpr int since = 7;
  static constexpr dtype_set dtypes = dtypes::boolean;
  static constexpr bool narrow = true;
  auto operator()(auto a, auto b) const { return a ^ b; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
};

/// Y = not X.
struct Not {
  using kind = kinds::unary;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::boolean;
  static constexpr bool narrow = true;
  auto operator()(auto x) const { return x ^ simd::scalar_t<decltype(x)>(1); }
};

/// Whether X is not a number.
struct IsNaN {
  using kind = kinds::predicate;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::float8;
  auto operator()(auto x) const { return x != x; }
};

/// Whether X is infinite, of the signs that are asked for.
struct IsInf {
  using kind = kinds::predicate;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::float8;
  bool detect_negative = true, detect_positive = true;
  auto operator()(auto x) const {
    using M = decltype(x == x);
    constexpr auto infinity = std::numeric_limits<simd::scalar_t<decltype(x)>>::infinity();
    return ((x == infinity) & M(detect_positive)) | ((x == -infinity) & M(detect_negative));
  }
};

/// X where the condition holds, else Y: bytes are moved, whatever they mean.
struct Where {
  using kind = kinds::general;
  static constexpr int since = 16;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "condition:B X:T Y:T", outputs = "output:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  status run(run_context& c) const {
    const mutable_any_view& out = c.output(0);
    switch (size_of(out.type)) {
      case 1: return run_as<u8>(c);
      case 2: return run_as<u16>(c);
      case 4: if (out.type != dtype::string) return run_as<u32>(c); break;
      case 8: if (out.type != dtype::string) return run_as<u64>(c); break;
    }
    const i64 width = size_of(out.type);
    each_element(c.all_inputs(), out, [&](const i64* at) {
      const bool which = reinterpret_cast<const u8*>(c.input(0).bytes)[at[1]] != 0;
      const std::byte* const from = which ? c.input(1).bytes + at[2] * width : c.input(2).bytes + at[3] * width;
      if (out.type == dtype::string) out.as<std::string>()[at[0]] = *reinterpret_cast<const std::string*>(from);
      else std::memcpy(out.bytes + at[0] * width, from, static_cast<std::size_t>(width));
    });
    return {};
  }
  auto gradient(int i, const auto& c) const {
    return i == 1 ? select(c.input(0), c.dy(), 0) : select(c.input(0), 0, c.dy());
  }

 private:
  struct choice {
    auto operator()(auto m, auto x, auto y) const { return select(m, x, y); }
  };
  template <class U>
  static status run_as(run_context& c) {
    constexpr dtype d = dtype_of<U>;
    const mutable_any_view& out = c.output(0);
    kernels::operand in[3];
    for (int i = 0; i < 3; ++i) {
      const any_view& v = c.input(i);
      const dtype as = i == 0 ? dtype::boolean : d;
      in[i] = {v.bytes, as, as, broadcast_strides(v.dims, v.strides, out.dims)};
    }
    kernels::map(&kernels::body_tile<choice, U, bool, U, U>, nullptr, in, {out.bytes, d, d, out.strides}, out.dims);
    return {};
  }
};

using logic = list<Equal, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or, Xor, Not, IsNaN, IsInf, Where>;

status Equal::run(run_context& c) const {
  if (c.input(0).type != dtype::string) return run_elementwise(info_of<Equal>, this, c);
  each_element(c.all_inputs(), c.output(0), [&](const i64* at) {
    c.output(0).as<bool>()[at[0]] = c.input(0).as<std::string>()[at[1]] == c.input(1).as<std::string>()[at[2]];
  });
  return {};
}

}  // namespace ops

auto equal(const operand auto& a, const operand auto& b) { return apply(ops::Equal{}, a, b); }
auto less(const operand auto& a, const operand auto& b) { return apply(ops::Less{}, a, b); }
auto less_equal(const operand auto& a, const operand auto& b) { return apply(ops::LessOrEqual{}, a, b); }
auto greater(const operand auto& a, const operand auto& b) { return apply(ops::Greater{}, a, b); }
auto greater_equal(const operand auto& a, const operand auto& b) { return apply(ops::GreaterOrEqual{}, a, b); }
auto logical_and(const operand auto& a, const operand auto& b) { return apply(ops::And{}, a, b); }
auto logical_or(const operand auto& a, const operand auto& b) { return apply(ops::Or{}, a, b); }
auto logical_xor(const operand auto& a, const operand auto& b) { return apply(ops::Xor{}, a, b); }
auto logical_not(const operand auto& x) { return apply(ops::Not{}, x); }
auto isnan(const operand auto& x) { return apply(ops::IsNaN{}, x); }
auto isinf(const operand auto& x, const ops::IsInf& o = {}) { return apply(o, x); }
auto where(const operand auto& condition, const operand auto& x, const operand auto& y) {
  return apply(ops::Where{}, condition, x, y);
}

}  // namespace tenon
TENON_COLD_END
