// InstanceNormalization, GroupNormalization, LpNormalization, MeanVarianceNormalization, LRN.
#pragma once

#include "../kernels/center.hpp"
#include "../kernels/lrn.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set normalized_types{dtype::f32, dtype::f64};

/// Variances become 1 / sqrt(variance + epsilon).
template <class T>
void invert_roots(T* variance, i64 n, double epsilon) {
  for (i64 i = 0; i < n; ++i) variance[i] = static_cast<T>(1 / simd::sqrt(static_cast<double>(variance[i]) + epsilon));
}

/// Each channel of each picture with a mean of 0 and a variance of 1, then scaled and shifted.
struct InstanceNormalization {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T scale:T B:T", outputs = "output:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  float epsilon = 1e-5f;

  status infer(infer_context& c) const {
    if (c.rank(0) < 2) return c.invalid({"input ", c.dims(0), " has no channels"});
    for (int i = 1; i < 3; ++i)
      if (c.rank(i) != 1 || c.dims(i)[0] != c.dims(0)[1])
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", c.dims(0)[1], " channels"});
    return c.output(0, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return 2 * detail::bytes_of(in[0].dims.first(2), size_of(in[0].type)); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<normalized_types>(x.type, [&]<class T>() {
      const i64 n = count(x.dims.first(2));
      const u32 axes = ((u32{1} << x.rank()) - 1) & ~u32{3};
      T* const variance = reinterpret_cast<T*>(c.scratch());
      T* const mean = reinterpret_cast<T*>(c.scratch() + detail::padded(n * i64{sizeof(T)}));
      kernels::center<T>(x.as<T>(), x.strides, y.as<T>(), y.strides, x.dims, axes, mean, variance);
      invert_roots(variance, n, static_cast<double>(epsilon));
      shape each = shape::filled(x.rank(), 0);
      each[1] = 1;
      kernels::rescale<T>(y.as<T>(), y.strides, y.dims, variance, kernels::statistics_strides(x.dims, axes),
                          c.input(1).as<T>(), c.input(2).as<T>(), each);
    });
    return {};
  }
  status upgrade(old_node& n) {
    n.take_ints("consumed_inputs");
    return {};
  }
};

/// Groups of channels of each picture with a mean of 0 and a variance of 1; then each channel is scaled
/// and shifted.
struct GroupNormalization {
  using kind = kinds::general;
  static constexpr int since = 21;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T scale:T bias:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  float epsilon = 1e-5f;
  required<i64> num_groups{};
  i64 stash_type = 1;

  /// Before opset 21 scale and bias had one element per group.
  upgraded<bool> per_group{};

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (x.rank() < 2) return c.invalid({"input ", x, " has no channels"});
    if (x.rank() == max_rank) return fail(code::unsupported, {"an input of ", x.rank(), " dimensions is not supported"});
    if (num_groups < 1 || x[1] % num_groups != 0) return c.invalid({x[1], " channels do not make ", num_groups.value, " groups"});
    const i64 n = per_group.value ? num_groups.value : x[1];
    for (int i = 1; i < 3; ++i)
      if (c.rank(i) != 1 || c.dims(i)[0] != n)
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", n, per_group.value ? " groups" : " channels"});
    return c.output(0, x);
  }
  i64 scratch(std::span<const known> in, bool) const {
    return 2 * detail::bytes_of({in[0].dims[0], num_groups}, size_of(in[0].type));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<normalized_types>(x.type, [&]<class T>() {
      const i64 n = x.dims[0] * num_groups, size = x.dims[1] / num_groups;
      // N, group, channel of the group, spatial...
      const auto split = [&](shape s, i64 outer, i64 inner) {
        s[1] = outer;
        s.insert(2, inner);
        return s;
      };
      const shape dims = split(x.dims, num_groups, size), from = split(x.strides, x.strides[1] * size, x.strides[1]),
                  to = split(y.strides, y.strides[1] * size, y.strides[1]);
      const u32 axes = ((u32{1} << dims.rank()) - 1) & ~u32{3};
      T* const variance = reinterpret_cast<T*>(c.scratch());
      T* const mean = reinterpret_cast<T*>(c.scratch() + detail::padded(n * i64{sizeof(T)}));
      kernels::center<T>(x.as<T>(), from, y.as<T>(), to, dims, axes, mean, variance);
      invert_roots(variance, n, static_cast<double>(epsilon));
      shape each = shape::filled(dims.rank(), 0);
      each[1] = per_group.value ? 1 : size;
      each[2] = per_group.value ? 0 : 1;
      kernels::rescale<T>(y.as<T>(), to, dims, variance, kernels::statistics_strides(dims, axes), c.input(1).as<T>(),
                          c.input(2).as<T>(), each);
    });
    return {};
  }
  status upgrade(old_node&) {
    per_group.value = true;
    return {};
  }
};

// Outside of the operator: inside of it they would not be known yet where `run` asks for their folds.
struct absolute_length {
  using monoid = kernels::plus;
  auto term(auto x) const { return abs(x); }
};
struct euclidean_length {
  using monoid = kernels::plus;
  auto term(auto x) const { return x * x; }
  auto finish(auto sum, auto) const { return sqrt(sum); }
};

/// x / (sum of |x|^p along an axis)^(1/p) for p = 1 or 2; 0 where that sum is 0.
struct LpNormalization {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:T";
  static constexpr bool widen = true;

  i64 axis = -1;
  i64 p = 2;

  status infer(infer_context& c) const {
    if (const auto at = axis_of(axis, c.dims(0)); !at.has_value()) return std::unexpected(at.error());
    if (p != 1 && p != 2) return c.invalid({"p = ", p, " is neither 1 nor 2"});
    return c.output(0, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const {
    shape kept = in[0].dims;
    kept[*normalized_axis(axis, kept.rank())] = 1;
    return detail::bytes_of(kept, size_of(in[0].type));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<normalized_types>(x.type, [&]<class T>() {
      constexpr dtype d = dtype_of<T>;
      const u32 bit = u32{1} << *normalized_axis(axis, x.rank());
      const shape steps = kernels::statistics_strides(x.dims, bit);
      const kernels::operand from{x.bytes, d, d, x.strides}, norm{c.scratch(), d, d, steps};
      const kernels::target to{c.scratch(), d, d, steps};
      const kernels::fold* const sum = p == 1 ? &kernels::fold_of<absolute_length, T> : &kernels::fold_of<euclidean_length, T>;
      kernels::reduce(*sum, nullptr, from, to, x.dims, bit);
      const kernels::operand both[] = {from, norm};
      kernels::map(kernels::binary_tile<quotient, T>, nullptr, both, {y.bytes, d, d, y.strides}, x.dims);
    });
    return {};
  }

 private:
  struct quotient {
    auto operator()(auto x, auto norm) const { return select(norm == 0, simd::scalar_t<decltype(x)>(0), x / norm); }
  };
};

/// (X - mean) / deviation over some axes.
struct MeanVarianceNormalization {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  ints axes{0, 2, 3};

  status infer(infer_context& c) const {
    for (i64 axis : axes)
      if (const auto at = axis_of(axis, c.dims(0)); !at.has_value()) return std::unexpected(at.error());
    return c.output(0, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return 2 * detail::bytes_of(kept(in[0].dims), size_of(in[0].type)); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<normalized_types>(x.type, [&]<class T>() {
      const u32 set = bits(x.rank());
      const i64 n = count(kept(x.dims));
      T* const variance = reinterpret_cast<T*>(c.scratch());
      T* const mean = reinterpret_cast<T*>(c.scratch() + detail::padded(n * i64{sizeof(T)}));
      kernels::center<T>(x.as<T>(), x.strides, y.as<T>(), y.strides, x.dims, set, mean, variance);
      // The small number is ONNX's own, and keeps a constant from being divided by 0.
      for (i64 i = 0; i < n; ++i) variance[i] = static_cast<T>(1 / (simd::sqrt(static_cast<double>(variance[i])) + 1e-9));
      kernels::rescale<T>(y.as<T>(), y.strides, y.dims, variance, kernels::statistics_strides(x.dims, set));
    });
    return {};
  }

 private:
  u32 bits(int rank) const {
    u32 set = 0;
    for (i64 axis : axes) set |= u32{1} << *normalized_axis(axis, rank);
    return set;
  }
  shape kept(shape dims) const {
    for (i64 axis : axes) dims[*normalized_axis(axis, dims.rank())] = 1;
    return dims;
  }
};

/// Y = X / (bias + alpha / size * sum of X^2 over `size` neighbouring channels)^beta.
struct LRN {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  float alpha = 1e-4f, beta = 0.75f, bias = 1;
  required<i64> size{};

  status infer(infer_context& c) const {
    if (c.rank(0) < 2) return c.invalid({"input ", c.dims(0), " has no channels"});
    if (size < 1) return c.invalid({"size ", size.value, " is not positive"});
    return c.output(0, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const {
    return detail::bytes_of({kernels::lrn_scratch(of(in[0].dims))}, size_of(in[0].type));
  }
  double macs(std::span<const known> in, std::span<const known>) const {
    const kernels::lrn_shape s = of(in[0].dims);
    return multiply_adds(in[0].dims, s.before + 1 + s.after);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    kernels::lrn_shape s = of(x.dims);
    const bool last = s.channels > 1 && s.pixels > 1 ? x.strides[1] == 1 : s.pixels == 1;
    s.channel_step = last ? 1 : s.pixels, s.pixel_step = last ? s.channels : 1;
    dispatch<normalized_types>(x.type, [&]<class T>() {
      for (i64 i = 0; i < x.dims[0]; ++i)
        kernels::lrn<T>(s, x.as<T>() + i * s.channels * s.pixels, y.as<T>() + i * s.channels * s.pixels, reinterpret_cast<T*>(c.scratch()));
    });
    return {};
  }

 private:
  kernels::lrn_shape of(const shape& x) const {
    // A window wider than all channels sees all of them, whatever its size.
    const i64 before = std::min((size - 1) / 2, x[1]), after = std::min(size / 2, x[1]);
    return {x[1], count(x) == 0 ? 0 : count(x.from(2)), 1, 1, before, after, static_cast<double>(alpha) / static_cast<double>(size.value), static_cast<double>(beta), static_cast<double>(bias)};
  }
};

using normalization = list<InstanceNormalization, GroupNormalization, LpNormalization, MeanVarianceNormalization, LRN>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
