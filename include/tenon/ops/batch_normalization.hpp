// BatchNormalization, which a convolution before it takes into its weights.
#pragma once

#include "../kernels/center.hpp"
#include "body.hpp"
#include "reduce.hpp"
#include "cast.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Element i of row-major floating-point elements.
inline double real_at(const any_view& v, i64 i) {
  double x = 0;
  dispatch<dtypes::floating>(v.type, [&]<class T>() {
    T stored;
    std::memcpy(&stored, v.bytes + i * i64{sizeof(T)}, sizeof(T));
    if constexpr (std::is_same_v<T, double>) x = stored;
    else x = static_cast<double>(static_cast<float>(stored));
  });
  return x;
}
inline void set_real(const mutable_any_view& v, i64 i, double x) {
  dispatch<dtypes::floating>(v.type, [&]<class T>() {
    const T stored = static_cast<T>(x);
    std::memcpy(v.bytes + i * i64{sizeof(T)}, &stored, sizeof(T));
  });
}

/// Y = (X - mean) / sqrt(var + epsilon) * scale + B per channel (dimension 1), with given statistics or,
/// in training, with those of X, which are outputs, too (until opset 14); running statistics then move towards them.
struct BatchNormalization {
  using kind = kinds::general;
  static constexpr int since = 15;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T scale:U B:U input_mean:V input_var:V";
  static constexpr auto outputs = "Y:T running_mean?:V running_var?:V saved_mean?:V saved_var?:V";
  static constexpr type_variable types[] = {{'U', dtypes::floating}, {'V', dtypes::floating}};
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  float epsilon = 1e-5f;
  float momentum = 0.9f;
  bool training_mode = false;

  /// Before opset 9 `spatial` = 0 asked for statistics of every element of a picture.
  upgraded<bool> per_element{};

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (c.rank(0) < 1) return c.invalid({"input of shape ", x, " has no channels"});
    if (training_mode && (c.rank(0) < 2 || per_element.value))
      return fail(code::unsupported, {"training on an input of shape ", x, per_element.value ? " per element" : "", " is not supported"});
    const i64 n = per_element.value ? checked_count(x.from(1).span()).value_or(-1) : c.rank(0) > 1 ? x[1] : 1;
    for (int i = 1; i < 5; ++i)
      if (c.rank(i) < 1 || count(c.dims(i)) != n || (c.rank(i) != 1 && !per_element.value))
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", n, per_element.value ? " elements" : " channels"});
    for (int i = 0; i < 5; ++i)
      if (status s = c.output(i, i == 0 ? x : c.dims(i % 2 == 1 ? 3 : 4)); !s.has_value()) return s;
    return {};
  }
  i64 scratch(std::span<const known> in, bool) const { return 4 * detail::bytes_of(in[1].dims, 8); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const i64 n = c.input(1).size(), step = detail::padded(n * i64{sizeof(T)}) / i64{sizeof(T)};
      T* const scale = reinterpret_cast<T*>(c.scratch());
      T* const shift = scale + step;
      if (training_mode) return train<T>(c, scale, shift, shift + step, shift + 2 * step);
      for (i64 i = 0; i < n; ++i) {
        const auto [s, t] = coefficients(real_at(c.input(1), i), real_at(c.input(2), i), real_at(c.input(3), i), real_at(c.input(4), i));
        scale[i] = static_cast<T>(s), shift[i] = static_cast<T>(t);
      }
      const shape each = strides_for(x.dims);
      const dtype d = dtype_of<T>;
      const kernels::operand in[] = {{x.bytes, d, d, x.strides}, {scale, d, d, each}, {shift, d, d, each}};
      const body affine;
      kernels::map(&kernels::body_tile<body, T, T, T, T>, &affine, in, {y.bytes, d, d, y.strides}, y.dims);
    });
    for (int i = 1; i < c.outputs() && !training_mode; ++i)
      if (c.output(i)) std::memcpy(c.output(i).bytes, c.input(i % 2 == 1 ? 3 : 4).bytes, static_cast<std::size_t>(c.output(i).byte_size()));
    return {};
  }
  std::optional<channel_affine> as_affine(std::span<const any_view> in) const {
    if (training_mode || per_element.value || in.size() != 5) return std::nullopt;
    for (std::size_t i = 1; i < 5; ++i)
      if (!in[i] || in[i].type != dtype::f32 || in[i].size() != in[1].size()) return std::nullopt;
    channel_affine a;
    for (i64 c = 0; c < in[1].size(); ++c) {
      const auto [s, t] = coefficients(real_at(in[1], c), real_at(in[2], c), real_at(in[3], c), real_at(in[4], c));
      a.scale.push_back(s);
      a.shift.push_back(t);
    }
    return a;
  }
  /// y * scale + shift of the output: its scale and B with them.
  bool absorb_affine(std::span<const any_view> in, const channel_affine& a, any_tensor& scale, any_tensor& bias) const {
    const i64 n = static_cast<i64>(a.scale.size());
    if (training_mode || per_element.value || in.size() != 5) return false;
    for (std::size_t i = 1; i < 3; ++i)
      if (!in[i] || in[i].type != dtype::f32 || in[i].size() != n) return false;
    auto new_scale = any_tensor::try_make_uninitialized(dtype::f32, shape{n});
    auto new_bias = any_tensor::try_make_uninitialized(dtype::f32, shape{n});
    if (!new_scale.has_value() || !new_bias.has_value()) return false;
    scale = std::move(*new_scale), bias = std::move(*new_bias);
    for (i64 c = 0; c < n; ++c) {
      const auto i = static_cast<std::size_t>(c);
      float s = 0, b = 0;
      std::memcpy(&s, in[1].bytes + c * i64{sizeof s}, sizeof s);
      std::memcpy(&b, in[2].bytes + c * i64{sizeof b}, sizeof b);
      scale.as<float>()[c] = static_cast<float>(s * a.scale[i]);
      bias.as<float>()[c] = static_cast<float>(b * a.scale[i] + a.shift[i]);
    }
    return true;
  }
  /// Before opset 7 `is_test` said what leaving training out says now, and before opset 14 the number of outputs.
  status upgrade(old_node& n) {
    per_element.value = n.take_int("spatial").value_or(1) == 0;
    if (n.opset() < 7) training_mode = n.take_int("is_test").value_or(0) == 0;
    else if (n.opset() < 14) training_mode = n.outputs() > 1;
    n.take_ints("consumed_inputs");
    return {};
  }
  auto gradient(int i, const auto& c) const {
    const auto x = c.input(0), dy = c.dy();
    if (per_element.value || c.used(1) || c.used(2) || c.used(3) || c.used(4) || x.rank() < 2 || (training_mode ? i > 2 : i == 4)) return c.none();
    std::vector<i64> axes;
    shape channels = shape::filled(x.rank(), 1);
    channels[1] = x.dims()[1];
    for (int a = 0; a < x.rank(); ++a)
      if (a != 1) axes.push_back(a);
    const tensor<i64> over = as_tensor(axes);
    const auto per_channel = [&](const auto& v) { return reshape(cast(v, x.type()), channels, {.allowzero = true}); };
    const auto mean = [&](const auto& v) { return apply(ReduceMean{}, v, over); };
    const auto sum = [&](const auto& v) {
      return cast(apply(ReduceSum{.keepdims = false}, v, over), c.input(i).type());
    };
    if (i == 2) return sum(dy);
    const auto centred = x - (training_mode ? mean(x) : per_channel(c.input(3)));
    const auto inverse = 1 / sqrt((training_mode ? mean(centred * centred) : per_channel(c.input(4))) + epsilon);
    const auto unit = centred * inverse;
    if (i == 1) return sum(dy * unit);
    const auto d = dy * per_channel(c.input(1));
    if (i == 3) return sum(-d * inverse);
    return training_mode ? inverse * (d - mean(d) - unit * mean(d * unit)) : d * inverse;
  }

 private:
  struct body {
    auto operator()(auto x, auto scale, auto shift) const { return x * scale + shift; }
  };
  struct pair {
    double scale, shift;
  };
  pair coefficients(double scale, double bias, double mean, double var) const {
    const double s = scale / simd::sqrt(var + static_cast<double>(epsilon));
    return {s, bias - mean * s};
  }
  shape strides_for(const shape& x) const {
    shape s = shape::filled(x.rank(), 0);
    if (per_element.value) {
      const shape each = contiguous_strides(x.from(1));
      for (int i = 1; i < x.rank(); ++i) s[i] = each[i - 1];
    } else if (x.rank() > 1) {
      s[1] = 1;
    }
    return s;
  }
  template <class T>
  void train(run_context& c, T* mean, T* variance, T* scale, T* bias) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const u32 axes = ((u32{1} << x.rank()) - 1) & ~u32{2};
    kernels::center<T>(x.as<T>(), x.strides, y.as<T>(), y.strides, x.dims, axes, mean, variance);
    const double keep = static_cast<double>(momentum);
    for (i64 i = 0; i < c.input(1).size(); ++i) {
      const double m = static_cast<double>(mean[i]), v = static_cast<double>(variance[i]);
      const double results[] = {real_at(c.input(3), i) * keep + m * (1 - keep), real_at(c.input(4), i) * keep + v * (1 - keep), m, v};
      for (int k = 1; k < c.outputs(); ++k)
        if (c.output(k)) set_real(c.output(k), i, results[k - 1]);
      mean[i] = static_cast<T>(1 / simd::sqrt(v + static_cast<double>(epsilon)));
      scale[i] = static_cast<T>(real_at(c.input(1), i)), bias[i] = static_cast<T>(real_at(c.input(2), i));
    }
    const shape each = strides_for(x.dims);
    kernels::rescale<T>(y.as<T>(), y.strides, y.dims, mean, each, scale, bias, each);
  }
};

using batch_normalization = list<BatchNormalization>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
