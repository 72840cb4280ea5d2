// BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitShift: integers as rows of bits.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// C = A & B.
struct BitwiseAnd {
  using kind = kinds::binary;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::integers;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto a, auto b) const { return a & b; }
};

/// C = A | B.
struct BitwiseOr {
  using kind = kinds::binary;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::integers;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto a, auto b) const { return a | b; }
};

/// C = A ^ B.
struct BitwiseXor {
  using kind = kinds::binary;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::integers;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto a, auto b) const { return a ^ b; }
};

/// Y = ~X.
struct BitwiseNot {
  using kind = kinds::unary;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::integers;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto x) const { return ~x; }
};

/// Z = X shifted by Y bits: zeros come in, to the right of a negative X ones. By a negative Y, and by as many bits
/// as there are, nothing of X is left.
struct BitShift {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::integers;
  static constexpr auto inputs = "X:T Y:T", outputs = "Z:T";
  static constexpr auto orders = order_rule::any;
  static constexpr bool strided = true;

  required<std::string> direction{};

  status infer(infer_context& c) const {
    if (direction.value != "LEFT" && direction.value != "RIGHT")
      return c.invalid({"direction '", direction.value, "' is neither LEFT nor RIGHT"});
    return infer_elementwise(this, c);
  }
  status run(run_context& c) const { return direction.value == "LEFT" ? run_body(left{}, c) : run_body(right{}, c); }

 private:
  // Narrow integers are computed in 32 bits, sign or zero extended: bits past their own width fall off when they
  // are stored, and an amount that is negative is a large one there, too.
  struct left {
    using kind = kinds::binary;
    static constexpr dtype_set dtypes = BitShift::dtypes;
    static constexpr bool sign_free = true;
    static constexpr int registers = 1;
    auto operator()(auto x, auto by) const {
      using T = simd::scalar_t<decltype(x)>;
      constexpr T width = sizeof(T) * 8;
      return select(by < width, x << (by & T(width - 1)), T(0));
    }
  };
  struct right {
    using kind = kinds::binary;
    static constexpr dtype_set dtypes = BitShift::dtypes;
    static constexpr int registers = 1;
    auto operator()(auto x, auto by) const {
      using T = simd::scalar_t<decltype(x)>;
      using U = simd::uint_lanes<decltype(x)>;
      constexpr T width = sizeof(T) * 8;
      const auto inside = simd::bit_cast<U>(by) < std::make_unsigned_t<T>(width);
      const auto some = x >> (by & T(width - 1));
      if constexpr (std::is_signed_v<T>) return select(inside, some, x >> T(width - 1));
      else return select(inside, some, T(0));
    }
  };
};

using bits = list<BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitShift>;

}  // namespace ops

auto bitwise_and(const operand auto& a, const operand auto& b) { return apply(ops::BitwiseAnd{}, a, b); }
auto bitwise_or(const operand auto& a, const operand auto& b) { return apply(ops::BitwiseOr{}, a, b); }
auto bitwise_xor(const operand auto& a, const operand auto& b) { return apply(ops::BitwiseXor{}, a, b); }
auto bitwise_not(const operand auto& x) { return apply(ops::BitwiseNot{}, x); }
auto left_shift(const operand auto& x, const operand auto& by) {
  return apply(ops::BitShift{.direction = std::string("LEFT")}, x, by);
}
auto right_shift(const operand auto& x, const operand auto& by) {
  return apply(ops::BitShift{.direction = std::string("RIGHT")}, x, by);
}

}  // namespace tenon
TENON_COLD_END
