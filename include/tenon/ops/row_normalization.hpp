// LayerNormalization, RMSNormalization.
#pragma once

#include "../kernels/center.hpp"
#include "../kernels/normalize_rows.hpp"
#include "body.hpp"
#include "reduce.hpp"
#include "cast.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// What LayerNormalization and RMSNormalization share: rows of all dimensions from an axis on, and
/// factors that broadcast to the input.
struct normalized_rows {
  i64 rows = 1, size = 1;

  normalized_rows(const shape& x, i64 axis) {
    const int at = *normalized_axis(axis, x.rank());
    for (int i = 0; i < x.rank(); ++i) (i < at ? rows : size) *= x[i];
  }
  static status check(i64 axis, infer_context& c) {
    const shape& x = c.dims(0);
    if (const auto at = axis_of(axis, x); !at.has_value()) return std::unexpected(at.error());
    for (int i = 1; i < c.inputs(); ++i)
      if (c.has(i) && broadcast(c.dims(i), x) != x)
        return c.invalid({"input ", i, " of shape ", c.dims(i), " does not broadcast to ", x});
    return {};
  }
  /// True for factors that are the same for all rows and as long as one.
  bool repeats(const any_view& factor, const shape& x) const {
    int ones = 0;
    while (ones < factor.rank() && factor.dims[ones] == 1) ++ones;
    const shape own = factor.dims.from(ones);
    return factor.size() == size && own.rank() <= x.rank() && own == x.from(x.rank() - own.rank());
  }
  /// y * scale + bias, whatever broadcasts.
  template <class T>
  static void apply(const mutable_any_view& y, const any_view& scale, const any_view& bias) {
    constexpr dtype d = dtype_of<T>;
    const kernels::target to{y.bytes, d, d, y.strides};
    const kernels::operand own{y.bytes, d, d, y.strides};
    const kernels::operand product[] = {own, tenon::detail::operand_of(scale, d, y.dims)};
    kernels::map(kernels::binary_tile<kernels::detail::times_factor, T>, nullptr, product, to, y.dims);
    if (!bias) return;
    const kernels::operand sum[] = {own, tenon::detail::operand_of(bias, d, y.dims)};
    kernels::map(kernels::binary_tile<plus_bias, T>, nullptr, sum, to, y.dims);
  }

  /// y: the rows of x divided by their deviation, around their mean where they are centred, else around 0; scaled
  /// and shifted. The means and the factors that this takes go to two outputs, if there are such.
  template <class T>
  void run(run_context& c, const T* x, const mutable_any_view& y, const any_view& scale, const any_view& bias, bool centred,
           float epsilon, int means = -1, int factors = -1) const {
    const bool direct = repeats(scale, y.dims) && (!bias || repeats(bias, y.dims));
    const T* const own = direct ? scale.as<T>() : nullptr;
    for (i64 i = 0; i < rows; ++i, x += size) {
      const double mean = centred ? kernels::row_mean(x, size) : 0;
      const double variance = kernels::row_mean_of_squares(x, size, static_cast<T>(mean));
      const double factor = 1 / simd::sqrt(variance + static_cast<double>(epsilon));
      kernels::rescale_row(x, y.as<T>() + i * size, size, static_cast<T>(mean), static_cast<T>(factor), own,
                           direct && bias ? bias.as<T>() : nullptr);
      keep(c, means, i, mean), keep(c, factors, i, factor);
    }
    if (!direct) apply<T>(y, scale, bias);
  }

  /// The gradient of input i: of the rows, or of what scales them.
  static auto gradient(int i, const auto& c, i64 axis, float epsilon, bool centred) {
    std::vector<i64> axes;
    for (i64 a = *normalized_axis(axis, c.input(0).rank()); a < c.input(0).rank(); ++a) axes.push_back(a);
    const tensor<i64> over = as_tensor(axes);
    const auto mean = [&](const auto& x) { return tenon::apply(ReduceMean{}, x, over); };
    const auto rows = centred ? c.input(0) - mean(c.input(0)) : c.input(0);
    const auto inverse = 1 / sqrt(mean(rows * rows) + epsilon);
    const auto unit = rows * inverse;
    if (i == 1) return c.dy() * unit;
    const auto d = c.dy() * c.input(1);
    return inverse * ((centred ? d - mean(d) : d) - unit * mean(d * unit));
  }

 private:
  struct plus_bias {
    auto operator()(auto x, auto bias) const { return x + bias; }
  };
  static void keep(run_context& c, int output, i64 i, double x) {
    if (output < 0 || output >= c.outputs() || !c.output(output)) return;
    const auto single = static_cast<float>(x);
    const mutable_any_view& to = c.output(output);
    if (to.type == dtype::f32) to.as<float>()[i] = single;
    else kernels::store_elements(to.type, &single, to.bytes + i * size_of(to.type), 1);
  }
};

/// Rows (all dimensions from `axis` on) with a mean of 0 and a variance of 1, scaled and shifted.
struct LayerNormalization {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T Scale:T B?:T", outputs = "Y:T Mean?:U InvStdDev?:U";
  static constexpr type_variable types[] = {{'U', {dtype::f32, dtype::bf16}}};
  static constexpr bool widen = true;

  i64 axis = -1;
  float epsilon = 1e-5f;
  i64 stash_type = 1;

  status infer(infer_context& c) const {
    if (status s = normalized_rows::check(axis, c); !s.has_value()) return s;
    if (stash_type != static_cast<i64>(dtype::f32) && stash_type != static_cast<i64>(dtype::bf16))
      return c.invalid({"stash_type ", stash_type, " is neither float32 (1) nor bfloat16 (16)"});
    shape kept = c.dims(0);
    for (int i = *normalized_axis(axis, kept.rank()); i < kept.rank(); ++i) kept[i] = 1;
    const auto type = static_cast<dtype>(stash_type);
    if (status s = c.output(0, c.dims(0)); !s.has_value()) return s;
    if (status s = c.output(1, type, kept); !s.has_value()) return s;
    return c.output(2, type, kept);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    if (x.size() == 0) return {};
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      normalized_rows(x.dims, axis).run(c, x.as<T>(), c.output(0), c.input(1), c.has(2) ? c.input(2) : any_view(), true, epsilon, 1, 2);
    });
    return {};
  }
  auto gradient(int i, const auto& c) const {
    if (c.used(1) || c.used(2)) return c.none();
    return i == 2 ? c.dy() : normalized_rows::gradient(i, c, axis, epsilon, true);
  }
};

/// Rows (all dimensions from `axis` on) divided by the root of their mean square, and scaled.
struct RMSNormalization {
  using kind = kinds::general;
  static constexpr int since = 23;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T scale:V", outputs = "Y:V";
  static constexpr type_variable types[] = {{'V', dtypes::floating}};
  static constexpr std::string_view widen = "TV";

  i64 axis = -1;
  float epsilon = 1e-5f;
  i64 stash_type = 1;

  status infer(infer_context& c) const {
    if (compute_dtype(c.type(0)) != compute_dtype(c.type(1)))
      return fail(code::unsupported, {"X of ", name(c.type(0)), " with a scale of ", name(c.type(1)), " is not supported"});
    if (status s = normalized_rows::check(axis, c); !s.has_value()) return s;
    return c.output(0, c.dims(0));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      normalized_rows(x.dims, axis).run(c, x.as<T>(), c.output(0), c.input(1), {}, false, epsilon);
    });
    return {};
  }
  auto gradient(int i, const auto& c) const { return normalized_rows::gradient(i, c, axis, epsilon, false); }
};

using row_normalization = list<LayerNormalization, RMSNormalization>;

}  // namespace ops

auto layer_norm(const operand auto& x, const operand auto& scale, const operand auto& bias, const ops::LayerNormalization& o = {}) {
  return std::move(apply_for(1, o, x, scale, bias)[0]);
}
auto rms_norm(const operand auto& x, const operand auto& scale, const ops::RMSNormalization& o = {}) {
  return apply(o, x, scale);
}

}  // namespace tenon
TENON_COLD_END
