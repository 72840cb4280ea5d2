// Conv, and BatchNormalization, which a convolution before it takes into its weights.
#pragma once

#include "../kernels/conv.hpp"
#include "matmul.hpp"
#include "window.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Convolution in one or two spatial dimensions, grouped, dilated, padded. It writes channels last;
/// an addend Z of the output's shape and a clamp are fused by the plan.
struct Conv {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T B?:T Z?:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::channels_last;
  static constexpr bool widen = true, clamps = true;
  static constexpr u32 packs = 0b10;
  static constexpr int residual = 3;

  std::string auto_pad = "NOTSET";
  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    const auto s = shape_of(c.dims(0), c.dims(1));
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.has(2) && (c.rank(2) != 1 || c.dims(2)[0] != (*s).plain.out_channels))
      return c.invalid({"bias of shape ", c.dims(2), " for ", (*s).plain.out_channels, " output channels"});
    if (c.has(3) && c.dims(3) != (*s).out)
      return c.invalid({"an addend of shape ", c.dims(3), " for an output of ", (*s).out});
    return c.output(0, (*s).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const auto s = weights_of(in[1].dims);
    if (!s) return -1;
    i64 bytes = 0;
    dispatch<kernel_types>(in[1].type, [&]<class T>() { bytes = kernels::packed_weights_bytes<T>(*s); });
    return bytes;
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<kernel_types>(in[1].type, [&]<class T>() {
      kernels::pack_weights<T>(*weights_of(in[1].dims), in[1].as<T>(), reinterpret_cast<T*>(out));
    });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto s = shape_of(in[0].dims, in[1].dims);
    if (!s.has_value()) return 0;
    i64 bytes = 0;
    dispatch<kernel_types>(in[0].type, [&]<class T>() { bytes = detail::padded(kernels::conv_scratch_bytes<T>((*s).plain)); });
    return packed ? bytes : bytes + std::max(i64{0}, packed_bytes(in));
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return static_cast<double>(count(out[0].dims)) * static_cast<double>(count(in[1].dims.from(1)));
  }
  status run(run_context& c) const {
    const auto s = shape_of(c.input(0).dims, c.input(1).dims);
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.output(0).size() == 0) return {};
    dispatch<kernel_types>(c.input(0).type, [&]<class T>() { convolve<T>((*s).plain, c); });
    return {};
  }

  /// y * scale + shift of the output: scales the filters, and the bias with them. Rounded once.
  bool absorb_affine(std::span<const any_view> in, const channel_affine& a, any_tensor& w, any_tensor& b) const {
    const any_view& filters = in[1];
    const bool biased = in.size() > 2 && in[2];
    const i64 n = static_cast<i64>(a.scale.size());
    if (!filters || filters.type != dtype::f32 || filters.rank() < 3 || filters.dims[0] != n) return false;
    if (biased ? in[2].type != dtype::f32 || in[2].size() != n : false) return false;
    auto new_w = any_tensor::try_make_uninitialized(dtype::f32, filters.dims);
    auto new_b = any_tensor::try_make_uninitialized(dtype::f32, shape{n});
    if (!new_w.has_value() || !new_b.has_value()) return false;
    w = std::move(*new_w), b = std::move(*new_b);
    const i64 each = n == 0 ? 0 : filters.size() / n;
    const std::byte* from = filters.bytes;  // borrowed from a file: at any address
    for (i64 m = 0; m < n; ++m) {
      const auto i = static_cast<std::size_t>(m);
      for (i64 j = 0; j < each; ++j, from += sizeof(float)) {
        float x = 0;
        std::memcpy(&x, from, sizeof x);
        w.as<float>()[m * each + j] = static_cast<float>(x * a.scale[i]);
      }
      float bias = 0;
      if (biased) std::memcpy(&bias, in[2].bytes + m * i64{sizeof(float)}, sizeof bias);
      b.as<float>()[m] = static_cast<float>(bias * a.scale[i] + a.shift[i]);
    }
    return true;
  }

 private:
  static constexpr dtype_set kernel_types{dtype::f32, dtype::f64};
  struct sizes {
    kernels::conv_shape plain;
    shape out;
  };

  result<sizes> shape_of(const shape& x, const shape& w) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    if (x.rank() < 3 || w.rank() != x.rank()) return bad({"input ", x, " and weights ", w, " do not make an image and its filters"});
    if (x.rank() > 4) return fail(code::unsupported, {x.rank() - 2, " spatial dimensions are not supported: ", x});
    if (group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group || w[1] * group != x[1])
      return bad({"input channels ", x[1], " and weights ", w, " do not fit with group ", group});
    if (!kernel_shape.empty() && !std::ranges::equal(kernel_shape, w.from(2)))
      return bad({"kernel_shape ", kernel_shape, " is not that of weights ", w});
    const auto r = resolve_window({auto_pad, strides, dilations, pads}, w.from(2).span(), x.from(2).span());
    if (!r.has_value()) return std::unexpected(r.error());
    const window& v = *r;
    sizes s;
    s.plain = of_weights(w);
    kernels::conv_shape& p = s.plain;
    const int h = x.rank() == 4 ? 0 : -1, last = x.rank() - 3;
    p.batch = x[0];
    p.in_w = x.back(), p.out_w = v.out[last];
    p.stride_w = v.stride[last], p.dilation_w = v.dilation[last], p.pad_left = v.begin[last];
    if (h == 0) {
      p.in_h = x[2], p.out_h = v.out[0];
      p.stride_h = v.stride[0], p.dilation_h = v.dilation[0], p.pad_top = v.begin[0];
    }
    s.out = with_spatial(x[0], w[0], v.out);
    return s;
  }
  /// What the weights and the attributes say; packing needs no more.
  kernels::conv_shape of_weights(const shape& w) const {
    kernels::conv_shape p;
    p.groups = group;
    p.out_channels = w[0];
    p.in_channels = w[1] * group;
    p.kernel_w = w.back();
    if (w.rank() == 4) p.kernel_h = w[2];
    const std::size_t spatial = static_cast<std::size_t>(w.rank() - 2);
    const auto step = [&](const ints& list, std::size_t i) { return list.size() == spatial ? list[i] : 1; };
    p.stride_w = step(strides, spatial - 1), p.dilation_w = step(dilations, spatial - 1);
    if (w.rank() == 4) p.stride_h = step(strides, 0), p.dilation_h = step(dilations, 0);
    return p;
  }
  std::optional<kernels::conv_shape> weights_of(const shape& w) const {
    if (w.rank() < 3 || w.rank() > 4 || count(w) == 0 || group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group) return std::nullopt;
    return of_weights(w);
  }

  template <class T>
  void convolve(const kernels::conv_shape& s, run_context& c) const {
    const any_view& x = c.input(0);
    const int last = x.rank() - 1;
    const kernels::image<T> image{x.as<T>(), x.strides[0], last == 3 ? x.strides[2] : x.strides[2] * x.dims[2], x.strides[last], x.strides[1]};
    std::byte* next = c.scratch() + detail::padded(kernels::conv_scratch_bytes<T>(s));
    const T* packed = reinterpret_cast<const T*>(c.packed());
    if (packed == nullptr) {
      kernels::pack_weights<T>(s, c.input(1).as<T>(), reinterpret_cast<T*>(next));
      packed = reinterpret_cast<const T*>(next);
    }
    kernels::epilogue<T> e;
    set_clamp(e, c.clamp());
    if (c.has(2)) e.bias = c.input(2).as<T>();
    if (c.has(3)) e.residual = c.input(3).as<T>(), e.residual_stride = s.out_channels;
    kernels::conv<T>(s, image, packed, c.output(0).as<T>(), s.out_channels, e, c.scratch());
  }
};

/// Y = (X - mean) / sqrt(var + epsilon) * scale + B per channel (dimension 1), with given statistics.
struct BatchNormalization {
  using kind = kinds::general;
  static constexpr int since = 15;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T scale:T B:T input_mean:T input_var:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  float epsilon = 1e-5f;
  float momentum = 0.9f;
  bool training_mode = false;

  status infer(infer_context& c) const {
    if (training_mode) return fail(code::unsupported, {"training_mode is not supported"});
    if (c.rank(0) < 1) return c.invalid({"input of shape ", c.dims(0), " has no channels"});
    const i64 n = c.rank(0) > 1 ? c.dims(0)[1] : 1;
    for (int i = 1; i < 5; ++i)
      if (c.rank(i) != 1 || c.dims(i)[0] != n)
        return c.invalid({"input ", i, " of shape ", c.dims(i), " for ", n, " channels"});
    return c.output(0, c.dims(0));
  }
  i64 scratch(std::span<const known> in, bool) const { return 2 * detail::padded(in[1].dims[0] * size_of(in[1].type)); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const i64 n = c.input(1).size();
      T* scale = reinterpret_cast<T*>(c.scratch());
      T* shift = reinterpret_cast<T*>(c.scratch() + detail::padded(n * i64{sizeof(T)}));
      for (i64 i = 0; i < n; ++i) {
        const auto [s, t] = coefficients(c.input(1).as<T>()[i], c.input(2).as<T>()[i], c.input(3).as<T>()[i], c.input(4).as<T>()[i]);
        scale[i] = static_cast<T>(s), shift[i] = static_cast<T>(t);
      }
      shape per_channel = shape::filled(x.rank(), 0);
      if (x.rank() > 1) per_channel[1] = 1;
      const dtype d = dtype_of<T>;
      const kernels::operand in[] = {{x.bytes, d, d, x.strides}, {scale, d, d, per_channel}, {shift, d, d, per_channel}};
      const body affine;
      kernels::map(&kernels::body_tile<body, T, T, T, T>, &affine, in, {y.bytes, d, d, y.strides}, y.dims);
    });
    return {};
  }
  std::optional<channel_affine> as_affine(std::span<const any_view> in) const {
    if (training_mode || in.size() != 5) return std::nullopt;
    for (std::size_t i = 1; i < 5; ++i)
      if (!in[i] || in[i].type != dtype::f32 || in[i].size() != in[1].size()) return std::nullopt;
    channel_affine a;
    for (i64 c = 0; c < in[1].size(); ++c) {
      float v[4];
      for (std::size_t i = 0; i < 4; ++i) std::memcpy(&v[i], in[i + 1].bytes + c * i64{sizeof(float)}, sizeof(float));
      const auto [s, t] = coefficients(v[0], v[1], v[2], v[3]);
      a.scale.push_back(s);
      a.shift.push_back(t);
    }
    return a;
  }
  /// y * scale + shift of the output: its scale and B with them.
  bool absorb_affine(std::span<const any_view> in, const channel_affine& a, any_tensor& scale, any_tensor& bias) const {
    const i64 n = static_cast<i64>(a.scale.size());
    if (training_mode || in.size() != 5) return false;
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
  /// `spatial` (before opset 9) is 1 in every file; 0 would mean statistics per pixel. Before opset 7
  /// `is_test` said what leaving training out says now.
  status upgrade(old_node& n) {
    if (n.take_int("spatial").value_or(1) != 1) return fail(code::unsupported, {"spatial = 0 is not supported"});
    if (n.opset() < 7 && n.take_int("is_test").value_or(0) == 0) return fail(code::unsupported, {"is_test = 0 is training, which is not supported"});
    n.take_ints("consumed_inputs");
    return {};
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
};

using conv = list<Conv, BatchNormalization>;

}  // namespace ops

any_tensor conv(const value auto& x, const value auto& w, const ops::Conv& o = {}) { return apply(o, x, w); }
any_tensor conv(const value auto& x, const value auto& w, const value auto& b, const ops::Conv& o = {}) {
  return apply(o, x, w, b);
}

}  // namespace tenon
TENON_COLD_END
