// ConvTranspose.
#pragma once

#include "../kernels/conv_transpose.hpp"
#include "matmul.hpp"
#include "window.hpp"
#include "conv.hpp"
#include "reduce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The transpose of a convolution: every input element adds its multiple of the kernel to the output.
/// One to three spatial dimensions; writes channels last, and the plan fuses a clamp.
struct ConvTranspose {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T B?:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::channels_last;
  static constexpr bool widen = true, clamps = true;
  static constexpr u32 packs = 0b10;

  std::string auto_pad = "NOTSET";
  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  ints output_padding{};
  ints output_shape{};
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    const auto s = shape_of(c.dims(0), c.dims(1));
    if (!s.has_value()) return std::unexpected(s.error());
    if (c.has(2) && (c.rank(2) != 1 || c.dims(2)[0] != (*s).out_channels))
      return c.invalid({"bias of shape ", c.dims(2), " for ", (*s).out_channels, " output channels"});
    shape out{(*s).batch, (*s).out_channels};
    for (int i = 5 - c.rank(0); i < 3; ++i) out.push_back((*s).out[i]);
    return c.output(0, out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const auto s = of_weights(in[1].dims);
    if (!s) return -1;
    i64 bytes = 0;
    dispatch<kernel_types>(in[1].type, [&]<class T>() { bytes = kernels::packed_transposed_bytes<T>(*s); });
    return bytes;
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<kernel_types>(in[1].type, [&]<class T>() {
      kernels::pack_transposed_weights<T>(*of_weights(in[1].dims), in[1].as<T>(), reinterpret_cast<T*>(out));
    });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto s = shape_of(in[0].dims, in[1].dims);
    if (!s.has_value()) return 0;
    // Weights without elements may claim any number of channels.
    if ((*s).out_channels > detail::most_bytes / 4096 / (*s).kernel[2]) return detail::most_bytes;
    i64 bytes = 0;
    dispatch<kernel_types>(in[0].type, [&]<class T>() { bytes = detail::padded(kernels::conv_transpose_scratch_bytes<T>(*s)); });
    return packed ? bytes : bytes + std::max(i64{0}, packed_bytes(in));
  }
  double macs(std::span<const known> in, std::span<const known>) const {
    return multiply_adds(in[0].dims, count(in[1].dims.from(1)));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const auto s = shape_of(x.dims, c.input(1).dims);
    if (!s.has_value()) return std::unexpected(s.error());
    dispatch<kernel_types>(x.type, [&]<class T>() {
      const T* packed = reinterpret_cast<const T*>(c.packed());
      if (packed == nullptr) {
        T* const own = reinterpret_cast<T*>(c.scratch() + detail::padded(kernels::conv_transpose_scratch_bytes<T>(*s)));
        kernels::pack_transposed_weights<T>(*s, c.input(1).as<T>(), own);
        packed = own;
      }
      kernels::epilogue<T> e;
      set_clamp(e, c.clamp());
      if (c.has(2)) e.bias = c.input(2).as<T>();
      const int last = x.rank() - 1;
      const kernels::pixels_of<T> in{x.as<T>(), x.strides[0], last > 3 ? x.strides[last - 2] : 0,
                                     last > 2 ? x.strides[last - 1] : 0, x.strides[last], x.strides[1]};
      kernels::conv_transpose<T>(*s, in, packed, c.output(0).as<T>(), e, c.scratch());
    });
    return {};
  }

  /// y * scale + shift of the output: scales the kernels, and the bias with them. Rounded once.
  bool absorb_affine(std::span<const any_view> in, const channel_affine& a, any_tensor& w, any_tensor& b) const {
    const any_view& kernels = in[1];
    const bool biased = in.size() > 2 && in[2];
    const i64 n = static_cast<i64>(a.scale.size());
    if (!kernels || kernels.type != dtype::f32 || kernels.rank() < 3 || kernels.size() == 0 || group < 1 ||
        kernels.dims[0] % group != 0 || kernels.dims[1] != n / group || n % group != 0)
      return false;
    if (biased && (in[2].type != dtype::f32 || in[2].size() != n)) return false;
    auto new_w = any_tensor::try_make_uninitialized(dtype::f32, kernels.dims);
    auto new_b = any_tensor::try_make_uninitialized(dtype::f32, shape{n});
    if (!new_w.has_value() || !new_b.has_value()) return false;
    w = std::move(*new_w), b = std::move(*new_b);
    const auto read = [](const any_view& v, i64 i) {  // borrowed from a file: at any address
      float x = 0;
      std::memcpy(&x, v.bytes + i * i64{sizeof x}, sizeof x);
      return static_cast<double>(x);
    };
    const i64 each = kernels.size() / kernels.dims[0] / kernels.dims[1], m = kernels.dims[1], per_group = kernels.dims[0] / group;
    for (i64 i = 0; i < kernels.size(); ++i) {
      const i64 channel = i / each / m / per_group * m + i / each % m;
      w.as<float>()[i] = static_cast<float>(read(kernels, i) * a.scale[static_cast<std::size_t>(channel)]);
    }
    for (i64 i = 0; i < n; ++i) {
      const auto u = static_cast<std::size_t>(i);
      b.as<float>()[i] = static_cast<float>((biased ? read(in[2], i) : 0) * a.scale[u] + a.shift[u]);
    }
    return true;
  }
  /// A convolution is the transpose of this.
  auto gradient(int i, const auto& c) const {
    const auto &x = c.input(0), &w = c.input(1), &dy = c.dy();
    if (i == 2) return bias_gradient(dy);
    if ((auto_pad != "NOTSET" && !auto_pad.empty()) || !output_shape.empty()) return c.none();
    if (i == 0) return tenon::conv(dy, w, {.dilations = dilations, .group = group, .pads = pads, .strides = strides});
    const auto v = resolve_window({"NOTSET", strides, dilations, pads}, w.dims().from(2).span(), dy.dims().from(2).span());
    return v.has_value() ? ops::filter_gradient(dy, x, w.dims(), *v, group) : c.none();
  }

 private:
  static constexpr dtype_set kernel_types{dtype::f32, dtype::f64};

  /// What the weights alone say; packing needs no more.
  std::optional<kernels::conv_transpose_shape> of_weights(const shape& w) const {
    if (w.rank() < 3 || w.rank() > 5 || count(w) == 0 || group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group)
      return std::nullopt;
    kernels::conv_transpose_shape s;
    s.groups = group, s.in_channels = w[0], s.out_channels = w[1] * group;
    for (int i = 2, at = 5 - w.rank(); i < w.rank(); ++i, ++at) s.kernel[at] = w[i];
    return s;
  }
  result<kernels::conv_transpose_shape> shape_of(const shape& x, const shape& w) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    if (x.rank() < 3 || w.rank() != x.rank()) return bad({"input ", x, " and weights ", w, " do not make an image and its kernels"});
    if (x.rank() > 5) return fail(code::unsupported, {x.rank() - 2, " spatial dimensions are not supported: ", x});
    if (group < 1 || w[0] % group != 0 || w[0] != x[1] || w[1] > INT64_MAX / group)
      return bad({"input channels ", x[1], " and weights ", w, " do not fit with group ", group});
    if (!kernel_shape.empty() && !std::ranges::equal(kernel_shape, w.from(2)))
      return bad({"kernel_shape ", kernel_shape, " is not that of weights ", w});
    const int spatial = x.rank() - 2;
    const auto n = static_cast<std::size_t>(spatial);
    const bool upper = auto_pad == "SAME_UPPER", same = upper || auto_pad == "SAME_LOWER", explicitly = auto_pad == "NOTSET" || auto_pad.empty();
    if (!same && !explicitly && auto_pad != "VALID") return bad({"auto_pad '", auto_pad, "' is unknown"});
    const struct { const char* name; const ints& list; std::size_t size; } lists[] = {
        {"strides ", strides, n}, {"dilations ", dilations, n}, {"output_padding ", output_padding, n}, {"output_shape ", output_shape, n}, {"pads ", pads, 2 * n}};
    for (const auto& l : lists)
      if (!l.list.empty() && l.list.size() != l.size) return bad({l.name, l.list, " need ", l.size, " entries"});
    kernels::conv_transpose_shape s;
    s.batch = x[0], s.in_channels = x[1], s.out_channels = w[1] * group, s.groups = group;
    constexpr i64 most = i64{1} << 30;  // of any attribute, and of a dimension of a picture
    for (int i = 0, at = 3 - spatial; i < spatial; ++i, ++at) {
      const auto u = static_cast<std::size_t>(i);
      const i64 in = x[i + 2], k = w[i + 2], stride = strides.empty() ? 1 : strides[u], dilation = dilations.empty() ? 1 : dilations[u],
                extra = output_padding.empty() ? 0 : output_padding[u];
      const bool padded = explicitly && !pads.empty();
      i64 begin = padded ? pads[u] : 0;
      const i64 end = padded ? pads[u + n] : 0;
      if (in > most || k < 1 || k > most || stride < 1 || stride > most || dilation < 1 || dilation > most || extra < 0 ||
          extra > most || begin < 0 || begin > most || end < 0 || end > most || (!output_shape.empty() && (output_shape[u] < 1 || output_shape[u] > most)))
        return bad({"input ", x, ", kernel ", w.from(2), ", strides ", strides, ", dilations ", dilations, ", pads ", pads,
                    ", output_padding ", output_padding, ", output_shape ", output_shape, ": an entry is out of range"});
      const i64 whole = in == 0 ? extra : stride * (in - 1) + extra + (k - 1) * dilation + 1;
      i64 out = whole - begin - end;
      if (!output_shape.empty() || same) {
        out = !output_shape.empty() ? output_shape[u] : in * stride;
        const i64 total = std::max<i64>(0, whole - out);
        begin = upper ? total / 2 : total - total / 2;
      }
      if (out < 0) return bad({"pads ", pads, " are larger than an output of ", whole});
      s.in[at] = in, s.out[at] = out, s.kernel[at] = k, s.stride[at] = stride, s.dilation[at] = dilation, s.pad[at] = begin;
    }
    return s;
  }
};

using transposed = list<ConvTranspose>;

}  // namespace ops

auto conv_transpose(const operand auto& x, const operand auto& w, const ops::ConvTranspose& o = {}) { return apply(o, x, w); }
auto conv_transpose(const operand auto& x, const operand auto& w, const operand auto& b, const ops::ConvTranspose& o = {}) {
  return apply(o, x, w, b);
}

}  // namespace tenon
TENON_COLD_END
