// MaxPool, AveragePool, GlobalAveragePool.
#pragma once

#include "../kernels/pool.hpp"
#include "../kernels/reduce.hpp"
#include "window.hpp"
#include "body.hpp"
#include "arithmetic.hpp"
#include "cast.hpp"
#include "conv_transpose.hpp"
#include "slice.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Dimensions or strides of an image of one to three spatial dimensions as N C D H W.
inline shape five(const shape& s, i64 missing) {
  shape r{s[0], s[1]};
  for (int i = s.rank(); i < 5; ++i) r.push_back(missing);
  for (int i = 2; i < s.rank(); ++i) r.push_back(s[i]);
  return r;
}
inline kernels::window five(const window& w) {
  kernels::window k{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
  for (int i = 0, at = 3 - w.kernel.rank(); i < w.kernel.rank(); ++i, ++at)
    k.kernel[at] = w.kernel[i], k.stride[at] = w.stride[i], k.dilation[at] = w.dilation[i],
    k.pad_begin[at] = w.begin[i], k.pad_end[at] = w.end[i];
  return k;
}
inline result<window> pool_window(const window_attributes& a, const ints& kernel, const shape& x) {
  if (x.rank() < 3 || x.rank() > 5) return fail(code::invalid, {"input ", x, " has no one to three spatial dimensions"});
  return resolve_window(a, kernel, x.from(2).span());
}

/// Elements that all windows of an output look at.
[[gnu::noinline]] inline double pooled_elements(const shape& x, const shape& y, const ints& kernel) {
  double n = multiply_adds(y, 1);
  for (int i = 2; i < x.rank(); ++i) n *= static_cast<double>(std::min(kernel[static_cast<unsigned>(i) - 2], x[i]));
  return n;
}

/// The greatest under a window; optionally where it was, as an index into the whole input.
struct MaxPool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i8, dtype::u8};
  static constexpr auto inputs = "X:T", outputs = "Y:T Indices?:I";
  static constexpr auto orders = order_rule::follows;

  std::string auto_pad = "NOTSET";
  bool ceil_mode = false;
  ints dilations{};
  required<ints> kernel_shape{};
  ints pads{};
  bool storage_order = false;
  ints strides{};

  status infer(infer_context& c) const {
    const auto w = resolved(c.dims(0));
    if (!w.has_value()) return std::unexpected(w.error());
    const shape out = with_spatial(c.dims(0)[0], c.dims(0)[1], (*w).out);
    if (status s = c.output(0, out); !s.has_value()) return s;
    return c.output(1, out);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto w = resolved(in[0].dims);
    if (!w.has_value() || !widens(in[0].type)) return 0;
    return detail::bytes_of(in[0].dims, sizeof(float)) +
           detail::bytes_of(with_spatial(in[0].dims[0], in[0].dims[1], (*w).out), sizeof(float));
  }
  double work(std::span<const known> in, std::span<const known> out) const { return pooled_elements(in[0].dims, out[0].dims, kernel_shape); }
  status run(run_context& c) const {
    const auto w = resolved(c.input(0).dims);
    if (!w.has_value()) return std::unexpected(w.error());
    any_view x = c.input(0);
    mutable_any_view y = c.output(0);
    if (widens(x.type)) {
      kernels::load_elements(x.type, x.bytes, c.scratch(), x.size());
      y.bytes = c.scratch() + detail::padded(x.size() * i64{sizeof(float)});
      x.bytes = c.scratch(), x.type = y.type = dtype::f32;
    }
    i64* indices = c.outputs() > 1 && c.output(1) ? c.output(1).as<i64>() : nullptr;
    kernels::max_pool(x.type, x.bytes, five(x.strides, 0), y.bytes, five(y.strides, 0), five(x.dims, 1),
                      five(y.dims, 1), five(*w), indices, storage_order);
    if (y.type != c.output(0).type) kernels::store_elements(c.output(0).type, y.bytes, c.output(0).bytes, y.size());
    return {};
  }
  auto gradient(int, const auto& c) const {
    if (!storage_order && c.outputs() > 1) return c.scattered(c.output(1));
    const auto x = c.input(0).detached();
    MaxPool same = *this;
    same.storage_order = false;
    return c.scattered(apply_all(same, std::span(&x, 1), 2)[1]);
  }

 private:
  result<window> resolved(const shape& x) const {
    return pool_window({auto_pad, strides, dilations, pads, ceil_mode}, kernel_shape.value, x);
  }
  static bool widens(dtype d) { return d == dtype::f16 || d == dtype::bf16; }
};

/// The mean under a window, over the elements inside the input or over all.
struct AveragePool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool widen = true;

  std::string auto_pad = "NOTSET";
  bool ceil_mode = false, count_include_pad = false;
  ints dilations{};
  required<ints> kernel_shape{};
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    const auto w = resolved(c.dims(0));
    if (!w.has_value()) return std::unexpected(w.error());
    return c.output(0, with_spatial(c.dims(0)[0], c.dims(0)[1], (*w).out));
  }
  double work(std::span<const known> in, std::span<const known> out) const { return pooled_elements(in[0].dims, out[0].dims, kernel_shape); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const auto w = resolved(x.dims);
    if (!w.has_value()) return std::unexpected(w.error());
    kernels::average_pool(x.type, x.bytes, five(x.strides, 0), y.bytes, five(y.strides, 0), five(x.dims, 1),
                          five(y.dims, 1), five(*w), count_include_pad);
    return {};
  }
  /// Each window's goes to its elements in equal parts.
  auto gradient(int, const auto& c) const {
    const shape x = c.input(0).dims(), in = x.from(2);
    const window v = *resolved(x);
    ints cut;
    const ints around = exact_pads(v, in, &cut);
    const auto one = c.zeros(c.dy().type(), {}) + 1;
    const auto ones = [&](shape dims) { return apply(Expand{}, one, tensor<i64>(shape{dims.rank()}, dims.span())); };
    // How many elements each window counts: those inside it, over their mean where all are 1.
    const auto plane = ones(with_spatial(1, 1, in));
    const auto inside = tenon::conv(plane, ones(with_spatial(1, 1, v.kernel)),
                                    {.dilations = as_ints(v.dilation), .pads = around, .strides = as_ints(v.stride)});
    const auto counted = inside / apply(*this, plane);
    return conv_transpose(c.dy() / counted, ones(with_spatial(x[1], 1, v.kernel)),
                          {.dilations = as_ints(v.dilation), .group = x[1], .output_padding = cut, .pads = around,
                           .strides = as_ints(v.stride)});
  }

 private:
  result<window> resolved(const shape& x) const {
    return pool_window({auto_pad, strides, dilations, pads, ceil_mode}, kernel_shape.value, x);
  }
};

/// The mean over all spatial dimensions, which stay as ones.
struct GlobalAveragePool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::follows;
  static constexpr bool strided = true;
  using monoid = kernels::plus;
  auto finish(auto sum, auto count) const { return sum / count; }

  status infer(infer_context& c) const {
    if (c.rank(0) < 2) return c.invalid({"input ", c.dims(0), " has no channels"});
    return c.output(0, with_spatial(c.dims(0)[0], c.dims(0)[1], shape::filled(c.rank(0) - 2, 1)));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const dtype compute = compute_dtype(x.type);
    const u32 axes = ((u32{1} << x.rank()) - 1) & ~u32{3};
    dispatch<dtype_set{dtype::f32, dtype::f64}>(compute, [&]<class T>() {
      kernels::reduce(kernels::fold_of<GlobalAveragePool, T>, this, {x.bytes, x.type, compute, x.strides},
                      {y.bytes, y.type, compute, y.strides}, x.dims, axes);
    });
    return {};
  }
  auto gradient(int, const auto& c) const {
    return c.dy() / (static_cast<double>(c.input(0).size()) / static_cast<double>(c.output().size()));
  }
};

using pool = list<MaxPool, AveragePool, GlobalAveragePool>;

}  // namespace ops

auto max_pool(const operand auto& x, const ops::MaxPool& o) { return std::move(apply_for(1, o, x)[0]); }
auto average_pool(const operand auto& x, const ops::AveragePool& o) { return apply(o, x); }
auto global_average_pool(const operand auto& x) { return apply(ops::GlobalAveragePool{}, x); }

}  // namespace tenon
TENON_COLD_END
