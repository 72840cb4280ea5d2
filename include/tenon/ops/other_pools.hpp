// GlobalMaxPool, LpPool, GlobalLpPool, MaxUnpool: the pools beside the everyday ones.
#pragma once

#include "pool.hpp"
#include "reduce.hpp"
#include "cast.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// All dimensions after the channels, as bits.
inline u32 spatial_axes(int rank) { return ((u32{1} << rank) - 1) & ~u32{3}; }
inline status infer_global_pool(infer_context& c) {
  if (c.rank(0) < 2) return c.invalid({"input ", c.dims(0), " has no channels"});
  return c.output(0, with_spatial(c.dims(0)[0], c.dims(0)[1], shape::filled(c.rank(0) - 2, 1)));
}

/// In opset 1 the power was a float.
inline void whole_power(i64& p, old_node& n) {
  if (n.opset() >= 2) return;
  const float power = n.take_float("p").value_or(2);
  p = power >= 1 && power <= 1024 ? static_cast<i64>(power) : 0;
}

/// The greatest over all spatial dimensions, which stay as ones.
struct GlobalMaxPool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool strided = true;
  using monoid = kernels::most;

  status infer(infer_context& c) const { return infer_global_pool(c); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const dtype compute = compute_dtype(x.type);
    dispatch<dtype_set{dtype::f32, dtype::f64}>(compute, [&]<class T>() {
      kernels::reduce(kernels::fold_of<GlobalMaxPool, T>, this, {x.bytes, x.type, compute, x.strides},
                      {y.bytes, y.type, compute, y.strides}, x.dims, spatial_axes(x.rank()));
    });
    return {};
  }
  /// Equal ones share it.
  auto gradient(int, const auto& c) const {
    const auto chosen = c.input(0) == c.output(), each = cast(chosen, c.dy().type());
    std::vector<i64> axes;
    for (int i = 2; i < chosen.rank(); ++i) axes.push_back(i);
    const ReduceSum sum{.noop_with_empty_axes = true};
    return select(chosen, c.dy() / apply(sum, each, as_tensor(axes)), 0);
  }
};

/// (sum of |x|^p)^(1/p) under a window.
struct LpPool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  std::string auto_pad = "NOTSET";
  bool ceil_mode = false;
  ints dilations{};
  required<ints> kernel_shape{};
  i64 p = 2;
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    if (p < 1) return c.invalid({"p = ", p, " is not positive"});
    const auto w = resolved(c.dims(0));
    if (!w.has_value()) return std::unexpected(w.error());
    return c.output(0, with_spatial(c.dims(0)[0], c.dims(0)[1], (*w).out));
  }
  status upgrade(old_node& n) {
    whole_power(p, n);
    return {};
  }
  double work(std::span<const known> in, std::span<const known> out) const { return pooled_elements(in[0].dims, out[0].dims, kernel_shape); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const auto w = resolved(x.dims);
    if (!w.has_value()) return std::unexpected(w.error());
    kernels::length_pool(x.type, x.bytes, five(x.strides, 0), y.bytes, five(y.strides, 0), five(x.dims, 1), five(y.dims, 1), five(*w), p);
    return {};
  }

 private:
  result<window> resolved(const shape& x) const {
    return pool_window({auto_pad, strides, dilations, pads, ceil_mode}, kernel_shape.value, x);
  }
};

// Outside of the operator: inside of it it would not be known yet where `run` asks for its fold.
struct global_length {
  using monoid = kernels::plus;
  i64 p;
  auto term(auto x) const { return kernels::detail::pool_length::raised(x, p); }
  auto finish(auto sum, auto) const {
    using T = simd::scalar_t<decltype(sum)>;
    return p == 1 ? sum : p == 2 ? sqrt(sum) : simd::pow(sum, T(1) / static_cast<T>(p));
  }
};

/// (sum of |x|^p)^(1/p) over all spatial dimensions, which stay as ones.
struct GlobalLpPool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  i64 p = 2;

  status infer(infer_context& c) const {
    if (p < 1) return c.invalid({"p = ", p, " is not positive"});
    return infer_global_pool(c);
  }
  status upgrade(old_node& n) {
    whole_power(p, n);
    return {};
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const global_length sum{p};
      kernels::reduce(kernels::fold_of<global_length, T>, &sum, {x.bytes, x.type, x.type, x.strides},
                      {y.bytes, y.type, y.type, y.strides}, x.dims, spatial_axes(x.rank()));
    });
    return {};
  }
};

/// Puts each element where MaxPool found it, by an index into the whole output; zeros elsewhere.
struct MaxUnpool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T I:I output_shape?:I", outputs = "output:T";

  required<ints> kernel_shape{};
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    const auto natural = pooled_from(c.dims(0));
    if (!natural.has_value()) return std::unexpected(natural.error());
    if (c.dims(1) != c.dims(0)) return c.invalid({"indices of shape ", c.dims(1), " for an input of ", c.dims(0)});
    if (!c.has(2)) return c.output(0, *natural);
    if (!c.constant(2)) return c.later();
    const auto wanted = c.constant_dims(2);
    if (!wanted || c.rank(2) != 1 || (*wanted).rank() != c.rank(0)) return c.invalid({"output_shape of shape ", c.dims(2), " for an input of ", c.dims(0)});
    for (int i = 0; i < c.rank(0); ++i)
      if ((*wanted)[i] < (*natural)[i]) return c.invalid({"output_shape ", *wanted, " is smaller than ", *natural, ", which was pooled"});
    return c.output(0, *wanted);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const auto natural = pooled_from(x.dims);
    if (!natural.has_value()) return std::unexpected(natural.error());
    std::memset(y.bytes, 0, static_cast<std::size_t>(y.byte_size()));
    // Indices are into what was pooled, which a larger output has in its first corner.
    const i64 n = x.size(), all = count(*natural), width = size_of(x.type);
    const shape dims = *natural;
    for (i64 i = 0; i < n; ++i) {
      const i64 index = c.input(1).as<i64>()[i];
      if (index < 0 || index >= all) return fail(code::invalid, {"index ", index, " at ", i, " is out of range for ", dims});
      i64 to = 0, rest = index;
      for (int a = dims.rank(); a-- > 0; rest /= dims[a]) to += rest % dims[a] * y.strides[a];
      std::memcpy(y.bytes + to * width, x.bytes + i * width, static_cast<std::size_t>(width));
    }
    return {};
  }

 private:
  result<shape> pooled_from(const shape& x) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    const std::size_t n = kernel_shape.value.size();
    if (x.rank() < 3 || n != x.size() - 2) return bad({"a kernel of ", kernel_shape.value, " does not fit an input of ", x});
    if ((!strides.empty() && strides.size() != n) || (!pads.empty() && pads.size() != 2 * n))
      return bad({"strides ", strides, " and pads ", pads, " do not fit a kernel of ", kernel_shape.value});
    shape out{x[0], x[1]};
    constexpr i64 most = i64{1} << 30;
    for (std::size_t i = 0; i < n; ++i) {
      const i64 in = x[static_cast<int>(i) + 2], stride = strides.empty() ? 1 : strides[i], k = kernel_shape.value[i],
                begin = pads.empty() ? 0 : pads[i], end = pads.empty() ? 0 : pads[i + n];
      if (in > most || stride < 1 || stride > most || k < 1 || k > most || begin < 0 || begin > most || end < 0 || end > most)
        return bad({"input ", x, ", kernel ", kernel_shape.value, ", strides ", strides, ", pads ", pads, ": an entry is out of range"});
      out.push_back(std::max<i64>(0, (in - 1) * stride - begin - end + k));
    }
    if (!checked_count(out.span())) return bad({"an output of ", out, " has more elements than 64 bits count"});
    return out;
  }
};

using other_pools = list<GlobalMaxPool, LpPool, GlobalLpPool, MaxUnpool>;

}  // namespace ops

auto global_max_pool(const operand auto& x) { return apply(ops::GlobalMaxPool{}, x); }
auto lp_pool(const operand auto& x, const ops::LpPool& o) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
