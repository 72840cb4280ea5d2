// CumSum and CumProd: every result is the one before it along an axis, and one element more. Det: of
// square matrices.
#pragma once

#include "../kernels/cast.hpp"
#include "../kernels/scan.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set scanned_types =
    dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};

/// The axis of a scan, which is an input of one int32 or int64.
inline result<int> scan_axis(const any_view& axis, const shape& dims) {
  return axis_of(axis.type == dtype::i64 ? *axis.as<i64>() : *axis.as<i32>(), dims);
}
inline status infer_scan(infer_context& c) {
  if (count(c.dims(1)) != 1) return c.invalid({"axis must be one number, not ", c.dims(1)});
  if (c.constant(1))
    if (const auto at = scan_axis(c.constant(1), c.dims(0)); !at.has_value()) return std::unexpected(at.error());
  return c.output(0, c.dims(0));
}
template <class M>
status run_scan(run_context& c, bool exclusive, bool reverse) {
  const any_view& x = c.input(0);
  const auto at = scan_axis(c.input(1), x.dims);
  if (!at.has_value()) return std::unexpected(at.error());
  if (x.size() == 0) return {};
  const i64 n = x.dims[*at], inner = count(x.dims.from(*at + 1)), outer = count(x.dims.first(*at));
  const dtype type = x.type == dtype::i32 ? dtype::u32 : x.type == dtype::i64 ? dtype::u64 : x.type;
  dispatch<dtype_set{dtype::f32, dtype::f64, dtype::u32, dtype::u64}>(type, [&]<class T>() {
    for (i64 i = 0; i < outer; ++i)
      kernels::scan<M, T>(x.as<T>() + i * n * inner, c.output(0).as<T>() + i * n * inner, n, inner, exclusive, reverse);
  });
  return {};
}

/// The sums of all elements up to each along an axis; integers wrap.
struct CumSum {
  using kind = kinds::general;
  static constexpr int since = 14;
  static constexpr dtype_set dtypes = scanned_types;
  static constexpr auto inputs = "x:T axis:A", outputs = "y:T";
  static constexpr type_variable types[] = {{'A', dtypes::index}};
  static constexpr bool widen = true;

  bool exclusive = false, reverse = false;

  status infer(infer_context& c) const { return infer_scan(c); }
  status run(run_context& c) const { return run_scan<kernels::plus>(c, exclusive, reverse); }
};

/// The products of all elements up to each along an axis; integers wrap.
struct CumProd {
  using kind = kinds::general;
  static constexpr int since = 26;
  static constexpr dtype_set dtypes = scanned_types;
  static constexpr auto inputs = "x:T axis:A", outputs = "y:T";
  static constexpr type_variable types[] = {{'A', dtypes::index}};
  static constexpr bool widen = true;

  bool exclusive = false, reverse = false;

  status infer(infer_context& c) const { return infer_scan(c); }
  status run(run_context& c) const { return run_scan<kernels::times>(c, exclusive, reverse); }
};

/// The determinants of the matrices in the last two dimensions, in float64 inside.
struct Det {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";

  status infer(infer_context& c) const {
    const shape& dims = c.dims(0);
    if (dims.rank() < 2 || dims.back() != dims[dims.rank() - 2]) return c.invalid({"needs square matrices, not ", dims});
    return c.output(0, dims.first(dims.rank() - 2));
  }
  i64 scratch(std::span<const known> in, bool) const {
    const i64 n = in[0].dims.rank() < 2 ? 0 : in[0].dims.back();
    return detail::bytes_of(shape{n, n}, 8);
  }
  double macs(std::span<const known> in, std::span<const known>) const { return multiply_adds(in[0].dims, in[0].dims.back()) / 3; }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    auto* const a = reinterpret_cast<double*>(c.scratch());
    const i64 n = x.dims.back(), size = size_of(x.type);
    for (i64 i = 0; i < y.size(); ++i) {
      kernels::cast(x.type, x.bytes + i * n * n * size, dtype::f64, a, n * n);
      const double det = determinant(a, n);
      kernels::cast(dtype::f64, &det, y.type, y.bytes + i * size, 1);
    }
    return {};
  }

 private:
  /// By elimination with the greatest of a column as pivot; `a` is lost.
  static double determinant(double* a, i64 n) {
    double det = 1;
    for (i64 k = 0; k < n; ++k) {
      i64 pivot = k;
      for (i64 i = k + 1; i < n; ++i)
        if (simd::abs(a[i * n + k]) > simd::abs(a[pivot * n + k])) pivot = i;
      if (pivot != k) {
        for (i64 j = k; j < n; ++j) std::swap(a[k * n + j], a[pivot * n + j]);
        det = -det;
      }
      const double top = a[k * n + k];
      det *= top;
      if (top == 0) return det;
      for (i64 i = k + 1; i < n; ++i) {
        const double factor = a[i * n + k] / top;
        for (i64 j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      }
    }
    return det;
  }
};

using cumulative = list<CumSum, CumProd, Det>;

}  // namespace ops

auto cum_sum(const operand auto& x, i64 axis, const ops::CumSum& o = {}) {
  return apply(o, x, tensor<i64>(shape{}, {axis}));
}
auto cum_prod(const operand auto& x, i64 axis, const ops::CumProd& o = {}) {
  return apply(o, x, tensor<i64>(shape{}, {axis}));
}
auto det(const operand auto& x) { return apply(ops::Det{}, x); }

}  // namespace tenon
TENON_COLD_END
