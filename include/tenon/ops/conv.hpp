// Conv.
#pragma once

#include "../kernels/conv.hpp"
#include "convolution.hpp"
#include "matmul.hpp"
#include "reduce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The gradient of a convolution's weights.
template <class V>
V filter_gradient(const V& x, const V& dy, const shape& w, const window& v, i64 group);

/// The gradient of a bias: dy summed over all but its channels.
template <class V>
V bias_gradient(const V& dy) {
  std::vector<i64> axes{0};
  for (int a = 2; a < dy.rank(); ++a) axes.push_back(a);
  return apply(ReduceSum{.keepdims = false}, dy, as_tensor(axes));
}

/// Convolution in one to three spatial dimensions, grouped, dilated, padded. It writes channels last;
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
    const auto s = attributes().shape_of(c.dims(0), c.dims(1));
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.has(2) && (c.rank(2) != 1 || c.dims(2)[0] != (*s).all.plane.out_channels))
      return c.invalid({"bias of shape ", c.dims(2), " for ", (*s).all.plane.out_channels, " output channels"});
    if (c.has(3) && c.dims(3) != (*s).out)
      return c.invalid({"an addend of shape ", c.dims(3), " for an output of ", (*s).out});
    return c.output(0, (*s).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const auto s = attributes().weights_of(in[1].dims);
    if (!s) return -1;
    i64 bytes = 0;
    dispatch<kernel_types>(in[1].type, [&]<class T>() {
      bytes = in[1].dims.rank() == 5 ? kernels::packed_volume_bytes<T>(*s) : kernels::packed_weights_bytes<T>((*s).plane);
    });
    return bytes;
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<kernel_types>(in[1].type, [&]<class T>() {
      pack_for<T>(in[1].dims, *attributes().weights_of(in[1].dims), in[1].as<T>(), reinterpret_cast<T*>(out));
    });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto s = attributes().shape_of(in[0].dims, in[1].dims);
    if (!s.has_value()) return 0;
    i64 bytes = 0;
    dispatch<kernel_types>(in[0].type, [&]<class T>() { bytes = detail::padded(conv_bytes<T>(in[0].dims.rank(), (*s).all)); });
    return packed ? bytes : bytes + std::max(i64{0}, packed_bytes(in));
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, count(in[1].dims.from(1)));
  }
  status run(run_context& c) const {
    const auto s = attributes().shape_of(c.input(0).dims, c.input(1).dims);
    if (!s.has_value()) return std::unexpected(s.error());
    dispatch<kernel_types>(c.input(0).type, [&]<class T>() { convolve<T>((*s).all, c); });
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
  /// The transposed convolution of dy with the same weights is the image's.
  auto gradient(int i, const auto& c) const {
    const auto &x = c.input(0), &w = c.input(1), &dy = c.dy();
    const shape in = x.dims().from(2);
    const auto v = *resolve_window({auto_pad, strides, dilations, pads}, w.dims().from(2).span(), in.span());
    if (i == 1) return filter_gradient(x, dy, w.dims(), v, group);
    if (i == 2) return bias_gradient(dy);
    if (i == 3) return dy;
    ints cut;
    const ints around = exact_pads(v, in, &cut);
    return conv_transpose(dy, w, {.dilations = as_ints(v.dilation), .group = group, .output_padding = cut, .pads = around,
                                  .strides = as_ints(v.stride)});
  }

 private:
  static constexpr dtype_set kernel_types{dtype::f32, dtype::f64};
  convolution_attributes attributes() const { return {auto_pad, dilations, kernel_shape, pads, strides, group}; }
  template <class T>
  static i64 conv_bytes(int rank, const kernels::volume_shape& s) {
    return rank == 5 ? kernels::gemm_scratch_bytes<T>() : kernels::conv_scratch_bytes<T>(s.plane);
  }
  template <class T>
  static void pack_for(const shape& w, const kernels::volume_shape& s, const T* from, T* to) {
    if (w.rank() == 5) kernels::pack_volume_weights<T>(s, from, to);
    else kernels::pack_weights<T>(s.plane, from, to);
  }

  template <class T>
  void convolve(const kernels::volume_shape& s, run_context& c) const {
    const any_view& x = c.input(0);
    std::byte* next = c.scratch() + detail::padded(conv_bytes<T>(x.rank(), s));
    const T* packed = reinterpret_cast<const T*>(c.packed());
    if (packed == nullptr) {
      pack_for<T>(c.input(1).dims, s, c.input(1).as<T>(), reinterpret_cast<T*>(next));
      packed = reinterpret_cast<const T*>(next);
    }
    kernels::epilogue<T> e;
    set_clamp(e, c.clamp());
    if (c.has(2)) e.bias = c.input(2).as<T>();
    if (c.has(3)) e.residual = c.input(3).as<T>(), e.residual_stride = s.plane.out_channels;
    T* const y = c.output(0).as<T>();
    const int last = x.rank() - 1;
    if (last == 4) {
      const kernels::volume<T> in{x.as<T>(), x.strides[0], x.strides[2], x.strides[3], x.strides[4], x.strides[1]};
      return kernels::conv_3d<T>(s, in, packed, y, e, c.scratch());
    }
    const kernels::image<T> in{x.as<T>(), x.strides[0], last == 3 ? x.strides[2] : x.strides[2] * x.dims[2], x.strides[last], x.strides[1]};
    kernels::conv<T>(s.plane, in, packed, y, s.plane.out_channels, e, c.scratch());
  }
};

/// The image convolved with dy in the place of weights, with batch and channels exchanged.
template <class V>
V filter_gradient(const V& x, const V& dy, const shape& w, const window& v, i64 group) {
  const shape in = x.dims().from(2);
  shape apart{x.dims()[0], group, w[1]}, image{w[1], group * x.dims()[0]};
  ints order{2, 1, 0}, swap{1, 0}, cut;
  for (int i = 0; i < in.rank(); ++i)
    apart.push_back(in[i]), image.push_back(in[i]), order.push_back(3 + i), swap.push_back(2 + i);
  const ints around = exact_pads(v, in, &cut);
  V turned = reshape(transpose(reshape(x, apart), {order}), image);
  for (int i = 0; i < in.rank(); ++i)
    if (const i64 seen = in[i] - cut[static_cast<std::size_t>(i)]; seen < in[i])
      turned = apply_for(2, Split{.axis = i + 2}, turned, tensor<i64>({2}, {seen, in[i] - seen}))[0];
  const Conv product{.dilations = as_ints(v.stride), .group = group, .pads = around, .strides = as_ints(v.dilation)};
  return transpose(apply(product, turned, transpose(dy, {swap})), {swap});
}

using conv = list<Conv>;

}  // namespace ops

auto conv(const operand auto& x, const operand auto& w, const ops::Conv& o = {}) { return apply(o, x, w); }
auto conv(const operand auto& x, const operand auto& w, const operand auto& b, const ops::Conv& o = {}) {
  return apply(o, x, w, b);
}

}  // namespace tenon
TENON_COLD_END
