// Add, Sub, Mul, Div, Mod.
#pragma once

#include <cmath>

#include "legacy.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Input 1 as a constant per channel of an image, [C, 1, 1] or [1, C, 1, 1]: `f` puts each into an affine.
template <class F>
std::optional<channel_affine> per_channel(std::span<const any_view> in, F f) {
  if (in.size() != 2 || in[0] || !in[1] || in[1].type != dtype::f32) return std::nullopt;
  const shape& dims = in[1].dims;
  const int at = dims.rank() - 3;
  if (at < 0 || at > 1 || dims[at] != count(dims) || count(dims) == 0) return std::nullopt;
  channel_affine a;
  a.rank = 4;
  for (i64 c = 0; c < dims[at]; ++c) {
    float v = 0;
    std::memcpy(&v, in[1].bytes + c * i64{sizeof v}, sizeof v);
    f(a, static_cast<double>(v));
  }
  return a;
}

/// C = A + B; integers wrap.
struct Add {
  using kind = kinds::binary;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr bool sign_free = true, narrow = true, is_sum = true;
  auto operator()(auto x, auto y) const { return x + y; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
  std::optional<channel_affine> as_affine(std::span<const any_view> in) const {
    return per_channel(in, [](channel_affine& a, double v) { a.scale.push_back(1), a.shift.push_back(v); });
  }
  auto gradient(int, auto, auto, auto, auto dy) const { return dy; }
};

/// C = A - B; integers wrap.
struct Sub {
  using kind = kinds::binary;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto x, auto y) const { return x - y; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
  auto gradient(int i, auto, auto, auto, auto dy) const { return i == 0 ? dy : -dy; }
};

/// C = A * B; integers wrap.
struct Mul {
  using kind = kinds::binary;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr bool sign_free = true, narrow = true;
  auto operator()(auto x, auto y) const { return x * y; }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
  std::optional<channel_affine> as_affine(std::span<const any_view> in) const {
    return per_channel(in, [](channel_affine& a, double v) { a.scale.push_back(v), a.shift.push_back(0); });
  }
  auto gradient(int i, auto a, auto b, auto, auto dy) const { return i == 0 ? dy * b : dy * a; }
};

/// C = A / B; integers truncate towards zero, and 0 in B is an error.
struct Div {
  using kind = kinds::binary;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto x, auto y) const {
    using T = simd::scalar_t<decltype(x)>;
    if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      // The least integer by -1 wraps to itself, where the machine's division would trap.
      const auto minus_one = y == T(-1);
      return select(minus_one, decltype(x)(T(0)) - x, x / select(minus_one, T(1), y));
    } else {
      return x / y;
    }
  }
  status check(std::span<const any_view> in) const { return no_zeros(in[1]); }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }

  /// An error that says where the first integer zero is.
  static status no_zeros(const any_view& divisor) {
    if ((dtypes::integers.bits >> static_cast<unsigned>(divisor.type) & 1) == 0) return {};
    const i64 width = size_of(divisor.type), n = divisor.size();
    shape at = shape::filled(divisor.rank(), 0);
    for (i64 i = 0; i < n; ++i) {
      i64 offset = 0;
      for (int axis = 0; axis < at.rank(); ++axis) offset += at[axis] * divisor.strides[axis];
      constexpr std::byte zeros[8] = {};
      if (std::memcmp(divisor.bytes + offset * width, zeros, static_cast<std::size_t>(width)) == 0)
        return fail(code::invalid, {"integer division by zero at ", at});
      for (int axis = at.rank(); axis-- > 0;) {
        if (++at[axis] < divisor.dims[axis]) break;
        at[axis] = 0;
      }
    }
    return {};
  }
  auto gradient(int i, auto, auto b, auto y, auto dy) const { return i == 0 ? dy / b : -(dy * y / b); }
};

/// C = A - floor(A / B) * B, which has the sign of B, or with fmod A - trunc(A / B) * B, which has the sign of A.
/// An integer 0 in B is an error.
struct Mod {
  using kind = kinds::binary;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr int registers = 1;

  bool fmod = false;

  auto operator()(auto x, auto y) const {
    using T = simd::scalar_t<decltype(x)>;
    if constexpr (std::is_floating_point_v<T>) {
      const auto r = remainder(x, y);
      if (fmod) return r;
      return select(r == T(0), copysign(r, y), select((r < T(0)) == (y < T(0)), r, r + y));
    } else if constexpr (std::is_signed_v<T>) {
      const auto r = x % select(y == T(-1), T(1), y);  // the machine's would trap for the least integer
      if (fmod) return r;
      return select((r == T(0)) | ((r < T(0)) == (y < T(0))), r, r + y);
    } else {
      return x % y;
    }
  }
  status check(std::span<const any_view> in) const { return Div::no_zeros(in[1]); }
  auto gradient(int i, auto a, auto b, auto y, auto dy) const { return i == 0 ? dy : dy * (y - a) / b; }

 private:
  // The C library's is exact, and so the same everywhere.
  template <class X>
  static X remainder(X x, X y) {
    if constexpr (simd::is_vec<X>) {
      for (int i = 0; i < X::lanes; ++i) x.v[i] = std::fmod(x[i], y[i]);
      return x;
    } else {
      return std::fmod(x, y);
    }
  }
};

using arithmetic = list<Add, Sub, Mul, Div, Mod>;

}  // namespace ops

auto add(const operand auto& a, const operand auto& b) { return apply(ops::Add{}, a, b); }
auto sub(const operand auto& a, const operand auto& b) { return apply(ops::Sub{}, a, b); }
auto mul(const operand auto& a, const operand auto& b) { return apply(ops::Mul{}, a, b); }
auto div(const operand auto& a, const operand auto& b) { return apply(ops::Div{}, a, b); }
auto mod(const operand auto& a, const operand auto& b, const ops::Mod& o = {}) { return apply(o, a, b); }

}  // namespace tenon
TENON_COLD_END
