// Pow: the exponent may be of another type than the base, and the exponents that models have as constants are
// multiplications and roots.
#pragma once

#include "../kernels/cast.hpp"
#include "legacy.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Z = X to the power Y, in X's type. Integers wrap; of their negative powers those of 1 and -1 are not 0.
struct Pow {
  using kind = kinds::general;
  static constexpr int since = 15;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::index;
  static constexpr auto inputs = "X:T Y:E", outputs = "Z:T";
  static constexpr type_variable types[] = {{'E', dtypes::numeric}};
  static constexpr bool strided = true;

  i64 scratch(std::span<const known> in, bool) const {
    const dtype compute = computed(in[0].type, in[1].type);
    const std::optional<shape> out = broadcast(in[0].dims, in[1].dims);
    i64 bytes = compute != compute_dtype(in[0].type) && out ? detail::bytes_of(*out, size_of(compute)) : 0;
    for (const known& k : in)
      if (compute != compute_dtype(k.type))
        bytes += detail::bytes_of(k.dims, size_of(k.type)) + detail::bytes_of(k.dims, size_of(compute));
    return bytes;
  }
  status run(run_context& c) const {
    const mutable_any_view& z = c.output(0);
    const dtype compute = computed(c.input(0).type, c.input(1).type);
    std::byte* next = c.scratch();
    kernels::target out{z.bytes, z.type, compute, z.strides};
    const bool casts = compute != compute_dtype(z.type);
    if (casts) {
      out = {next, compute, compute, contiguous_strides(z.dims)};
      next += detail::bytes_of(z.dims, size_of(compute));
    }
    kernels::operand in[2];
    for (int i = 0; i < 2; ++i) in[i] = converted(c.input(i), compute, z.dims, next);
    const kernels::tile_fn simple = c.input(1).size() == 1 ? constant_power(c.input(1), compute) : nullptr;
    if (simple != nullptr) kernels::map(simple, nullptr, std::span(in, 1), out, z.dims);
    else kernels::map(tile(compute, z.type, c.input(1).type), nullptr, in, out, z.dims);
    if (casts) kernels::cast(compute, out.data, z.type, z.bytes, z.size());
    return {};
  }
  status upgrade(old_node& n) { return upgrade_broadcast(n); }
  /// Powers of 0 and below have no derivative by the exponent.
  auto gradient(int i, const auto& c) const {
    const auto x = c.input(0), y = cast(c.input(1), x.type());
    if (i == 0) return select(y == 0, 0, c.dy() * y * pow(x, y - 1));
    return cast(select(x > 0, c.dy() * c.output() * log(x), 0), c.input(1).type());
  }

 private:
  /// Floats as such; integers by the exponent's kind.
  static dtype computed(dtype x, dtype y) {
    if (dtypes::floating.has(x)) return compute_dtype(x);
    return dtypes::floating.has(y) ? dtype::f64 : dtype::i64;
  }

  /// The operand as it is, or, where it is of another type, a copy in scratch.
  static kernels::operand converted(const any_view& v, dtype compute, const shape& to, std::byte*& next) {
    if (compute == compute_dtype(v.type)) return {v.bytes, v.type, compute, broadcast_strides(v.dims, v.strides, to)};
    const shape strides = contiguous_strides(v.dims);
    const std::byte* from = v.bytes;
    if (!v.contiguous()) {
      kernels::copy(v.bytes, v.strides, next, strides, v.dims, size_of(v.type));
      from = next;
      next += detail::bytes_of(v.dims, size_of(v.type));
    }
    std::byte* const wide = next;
    next += detail::bytes_of(v.dims, size_of(compute));
    kernels::cast(v.type, from, compute, wide, v.size());
    return {wide, compute, compute, broadcast_strides(v.dims, strides, to)};
  }

  struct power {
    static constexpr int registers = 1;
    auto operator()(auto x, auto y) const { return pow(x, y); }
  };
  /// Of whole numbers: what is a whole number but for rounding is one.
  struct rounded_power {
    static constexpr int registers = 1;
    auto operator()(auto x, auto y) const {
      const auto z = pow(x, y), whole = round_even(z);
      return select(abs(z - whole) <= abs(z) * 0x1p-50, whole, z);
    }
  };
  /// By squaring, modulo 2^64.
  template <bool Signed>
  struct whole_power {
    static constexpr int registers = 1;
    auto operator()(auto x, auto y) const {
      using X = decltype(x);
      const auto negative = Signed ? simd::bit_cast<simd::int_lanes<X>>(y) < 0 : simd::mask_of<simd::int_lanes<X>>(false);
      X n = select(negative, y & u64{1}, y), r = u64{1}, b = x;
      while (any(n != u64{0})) {
        r = select((n & u64{1}) != u64{0}, r * b, r);
        b = b * b;
        n = n >> u64{1};
      }
      return select(negative & (x != u64{1}) & (x != ~u64{0}), u64{0}, r);
    }
  };
  struct square {
    auto operator()(auto x) const { return x * x; }
  };
  struct cube {
    auto operator()(auto x) const { return x * x * x; }
  };
  struct root {
    auto operator()(auto x) const {
      // Unlike sqrt: 0 at -0, infinity at -infinity.
      using T = simd::scalar_t<decltype(x)>;
      constexpr T infinity = std::numeric_limits<T>::infinity();
      return select(x == -infinity, infinity, sqrt(x) + T(0));
    }
  };

  static kernels::tile_fn tile(dtype compute, dtype base, dtype exponent) {
    if (compute == dtype::f32) return kernels::binary_tile<power, float>;
    if (compute == dtype::f64)
      return compute == base ? kernels::binary_tile<power, double> : kernels::binary_tile<rounded_power, double>;
    return dtypes::unsigned_integers.has(exponent) ? kernels::binary_tile<whole_power<false>, u64>
                                                   : kernels::binary_tile<whole_power<true>, u64>;
  }
  template <class T>
  static kernels::tile_fn constant_power(double exponent) {
    if (exponent == 2) return kernels::unary_tile<square, T>;
    if (exponent == 3) return kernels::unary_tile<cube, T>;
    return exponent == 0.5 ? kernels::unary_tile<root, T> : nullptr;
  }
  static kernels::tile_fn constant_power(const any_view& y, dtype compute) {
    double exponent = 0;
    kernels::cast(y.type, y.bytes, dtype::f64, &exponent, 1);
    if (compute == dtype::f32) return constant_power<float>(exponent);
    return compute == dtype::f64 ? constant_power<double>(exponent) : nullptr;
  }
};

using powers = list<Pow>;

}  // namespace ops

auto pow(const operand auto& x, const operand auto& y) { return apply(ops::Pow{}, x, y); }

}  // namespace tenon
TENON_COLD_END
