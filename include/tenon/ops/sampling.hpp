// GridSample, AffineGrid, Col2Im, DeformConv: reading and adding at places that are data.
#pragma once

#include "../kernels/cast.hpp"
#include "resize.hpp"
#include "window.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// X read at the places of a grid, whose coordinates run from -1 to 1 and start with the last dimension. Integers
/// that are interpolated are cut to whole ones.
struct GridSample {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = resampled_types;
  static constexpr auto inputs = "X:T grid:G", outputs = "Y:T";
  static constexpr type_variable types[] = {{'G', dtypes::floating}};

  bool align_corners = false;
  std::string mode = "linear";
  std::string padding_mode = "zeros";

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &g = c.dims(1);
    const int spatial = x.rank() - 2;
    if (spatial < 1 || spatial > 3 || g.rank() != x.rank() || g[0] != x[0] || g.back() != spatial)
      return c.invalid({"input ", x, " and grid ", g, " do not fit"});
    if (mode != "linear" && mode != "nearest" && mode != "cubic") return c.invalid({"mode '", mode, "' is unknown"});
    if (padding_mode != "zeros" && padding_mode != "border" && padding_mode != "reflection")
      return c.invalid({"padding_mode '", padding_mode, "' is unknown"});
    if (status s = check_interpolated(mode, c.type(0)); !s.has_value()) return s;
    shape out{x[0], x[1]};
    for (int i = 0; i < spatial; ++i) out.push_back(g[i + 1]);
    if (count(out) > 0 && count(x) == 0) return c.invalid({"an input of ", x, " has nothing to read"});
    return c.output(0, out);
  }
  double macs(std::span<const known>, std::span<const known> out) const {
    double n = static_cast<double>(count(out[0].dims));
    for (int i = 2; i < out[0].dims.rank(); ++i) n *= taps_along();
    return n;
  }
  /// Other types than those two are interpolated as double.
  i64 scratch(std::span<const known> in, bool) const {
    const shape &x = in[0].dims, &g = in[1].dims;
    if (mode == "nearest" || in[0].type == dtype::f32 || in[0].type == dtype::f64) return 0;
    shape out = g;
    out[0] = x[0], out[out.rank() - 1] = x[1];
    return detail::bytes_of(x, 8) + detail::bytes_of(out, 8);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    if (mode == "nearest") {
      const i64 size = size_of(x.type);
      each_point(c, [&](const taps& t, i64 from, i64 to) {
        if (x.type == dtype::string) y.as<std::string>()[to] = t.size > 0 ? x.as<std::string>()[from + t.at[0]] : std::string();
        else if (t.size > 0) std::memcpy(y.bytes + to * size, x.bytes + (from + t.at[0]) * size, static_cast<std::size_t>(size));
        else std::memset(y.bytes + to * size, 0, static_cast<std::size_t>(size));
      });
    } else if (x.type == dtype::f32) {
      interpolate(c, x.as<float>(), y.as<float>());
    } else if (x.type == dtype::f64) {
      interpolate(c, x.as<double>(), y.as<double>());
    } else {
      auto* const wide = reinterpret_cast<double*>(c.scratch());
      double* const made = wide + detail::bytes_of(x.dims, 8) / 8;
      kernels::cast(x.type, x.bytes, dtype::f64, wide, x.size());
      interpolate(c, wide, made);
      kernels::cast(dtype::f64, made, y.type, y.bytes, y.size());
    }
    return {};
  }
  /// Before opset 20 the modes had the names of two dimensions.
  status upgrade(old_node& n) {
    if (n.opset() >= 20) return {};
    if (const auto m = n.take_text("mode")) mode = *m;
    if (mode.starts_with("bi")) mode.erase(0, 2);
    return {};
  }

 private:
  struct taps {
    int size = 0;
    i64 at[64];
    double weight[64];
  };
  int taps_along() const { return mode == "nearest" ? 1 : mode == "linear" ? 2 : 4; }
  /// Calls f(taps, plane of X, element of Y) for every point in every channel.
  template <class F>
  void each_point(run_context& c, F f) const {
    const any_view &x = c.input(0), &g = c.input(1);
    const i64 spatial = x.rank() - 2, points = count(c.output(0).dims.from(2)), plane = count(x.dims.from(2)), channels = x.dims[1];
    for (i64 n = 0; n < x.dims[0]; ++n)
      for (i64 p = 0; p < points; ++p) {
        double place[3];
        kernels::cast(g.type, g.bytes + (n * points + p) * spatial * size_of(g.type), dtype::f64, place, spatial);
        const taps t = taps_at(place, x.dims);
        for (i64 ch = n * channels; ch < (n + 1) * channels; ++ch) f(t, ch * plane, ch * points + p);
      }
  }
  template <class T>
  void interpolate(run_context& c, const T* x, T* y) const {
    each_point(c, [&](const taps& t, i64 from, i64 to) {
      double sum = 0;
      for (int k = 0; k < t.size; ++k) sum += t.weight[k] * static_cast<double>(x[from + t.at[k]]);
      y[to] = static_cast<T>(sum);
    });
  }
  // Into the borders by reflection, however far away.
  static double reflected(double x, double low, double high) {
    const double range = high - low;
    if (!(range > 0)) return low;
    if (x >= low && x <= high) return x;
    const double far = x < low ? low - x : x - high, turns = simd::floor(far / range), rest = far - turns * range;
    const bool even = turns - 2 * simd::floor(turns / 2) == 0;
    return (x < low) == even ? low + rest : high - rest;
  }
  /// An index as padding has it; -1 where there is nothing.
  i64 inside(double i, i64 size, double low, double high) const {
    if (i >= 0 && i <= static_cast<double>(size - 1)) return static_cast<i64>(i);
    if (padding_mode == "zeros") return -1;
    if (padding_mode == "border") return i < 0 ? 0 : size - 1;
    const double r = reflected(i, low, high);
    return r < 0 ? 0 : std::min(static_cast<i64>(r), size - 1);
  }
  taps taps_at(const double* grid, const shape& x) const {
    const int spatial = x.rank() - 2, each = taps_along();
    taps t;
    t.size = 1, t.at[0] = 0, t.weight[0] = 1;
    for (int d = 0; d < spatial; ++d) {
      const i64 size = x[d + 2];
      const double length = static_cast<double>(size), low = align_corners ? 0 : -0.5, high = align_corners ? length - 1 : length - 0.5;
      const double n = grid[spatial - 1 - d];
      // In single precision, as ONNX's reference: it decides to which side halves go.
      double at = static_cast<double>(static_cast<float>(align_corners ? (n + 1) / 2 * (length - 1) : ((n + 1) * length - 1) / 2));
      at = at > -1e9 ? (at < 1e9 ? at : 1e9) : -1e9;
      if (mode == "nearest") at = simd::round_even(at);
      if (at < low || at > high) {
        if (padding_mode == "border") at = at < 0 ? 0 : std::min(at, length - 1);
        if (padding_mode == "reflection") at = reflected(at, low, high);
      }
      const double first = mode == "nearest" ? simd::trunc(at) : simd::floor(at), part = at - first;
      double w[4] = {1};
      if (each == 2) w[0] = 1 - part, w[1] = part;
      if (each == 4) {
        constexpr double a = -0.75;
        const auto near = [](double v) { return ((a + 2) * v - (a + 3)) * v * v + 1; };
        const auto far = [](double v) { return ((a * v - 5 * a) * v + 8 * a) * v - 4 * a; };
        w[0] = far(part + 1), w[1] = near(part), w[2] = near(1 - part), w[3] = far(2 - part);
      }
      // Every tap so far, times those of this dimension; from the end, in place.
      int kept = 0;
      taps next;
      for (int k = 0; k < t.size; ++k)
        for (int j = 0; j < each; ++j) {
          const i64 i = inside(first + (each == 4 ? j - 1 : j), size, low, high);
          if (i < 0) continue;
          next.at[kept] = t.at[k] * size + i;
          next.weight[kept++] = t.weight[k] * w[j];
        }
      next.size = kept;
      t = next;
    }
    return t;
  }
};

/// The grid that an affine map makes of a regular one, for GridSample.
struct AffineGrid {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "theta:T size:I", outputs = "grid:T";
  static constexpr bool widen = true;

  bool align_corners = false;

  status infer(infer_context& c) const {
    if (!c.constant(1)) return c.later();
    const auto size = c.constant_dims(1);
    const int n = size ? (*size).rank() - 2 : 0;
    const shape& t = c.dims(0);
    if ((n != 2 && n != 3) || t != shape{(*size)[0], n, n + 1}) return c.invalid({"theta of shape ", t, " and size of shape ", c.dims(1), " do not fit"});
    shape out{(*size)[0]};
    for (int i = 0; i < n; ++i) out.push_back((*size)[i + 2]);
    out.push_back(n);
    return c.output(0, out);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const int n = y.rank() - 2;
    dispatch<dtype_set{dtype::f32, dtype::f64}>(y.type, [&]<class T>() {
      T* to = y.as<T>();
      const i64 points = y.size() == 0 ? 0 : count(y.dims.from(1)) / n;
      for (i64 b = 0; b < y.dims[0]; ++b)
        for (i64 p = 0; p < points; ++p) {
          double at[4] = {0, 0, 0, 1};
          i64 rest = p;
          for (int d = n; d-- > 0; rest /= y.dims[d + 1]) {
            const double size = static_cast<double>(y.dims[d + 1]), i = static_cast<double>(rest % y.dims[d + 1]);
            at[n - 1 - d] = align_corners ? (size > 1 ? 2 * i / (size - 1) - 1 : -1) : (2 * i + 1) / size - 1;
          }
          at[n] = 1;
          const T* row = c.input(0).as<T>() + b * n * (n + 1);
          for (int d = 0; d < n; ++d, row += n + 1) {
            double sum = 0;
            for (int k = 0; k <= n; ++k) sum += static_cast<double>(row[k]) * at[k];
            *to++ = static_cast<T>(sum);
          }
        }
    });
    return {};
  }
};

/// Blocks of a picture, one per column, added at their places: the reverse of taking windows apart.
struct Col2Im {
  using kind = kinds::general;
  static constexpr int since = 18;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean | dtype_set{dtype::c64, dtype::c128};
  static constexpr auto inputs = "input:T image_shape:I block_shape:I", outputs = "output:T";
  static constexpr bool widen = true;

  ints dilations{};
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    if (!c.constant(1) || !c.constant(2)) return c.later();
    const auto image = c.constant_dims(1), block = c.constant_dims(2);
    const shape& x = c.dims(0);
    if (!image || !block || (*image).rank() < 1 || (*image).rank() > max_rank - 2 || x.rank() != 3)
      return c.invalid({"input ", x, ", image_shape of shape ", c.dims(1), " and block_shape of shape ", c.dims(2), " do not fit"});
    const auto w = resolve_window({"NOTSET", strides, dilations, pads}, (*block).span(), (*image).span());
    if (!w.has_value()) return std::unexpected(w.error());
    const auto taps = checked_count((*block).span()), blocks = checked_count((*w).out.span());
    if (!taps || !blocks || x[1] % *taps != 0 || x[2] != *blocks)
      return c.invalid({"input ", x, " does not hold the blocks ", *block, " of an image of ", *image});
    shape out{x[0], x[1] / *taps};
    for (i64 d : *image) out.push_back(d);
    return c.output(0, out);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    shape block;
    for (i64 i = 0; i < c.input(2).size(); ++i) block.push_back(c.input(2).as<i64>()[i]);
    const shape image = y.dims.from(2);
    const auto w = resolve_window({"NOTSET", strides, dilations, pads}, block.span(), image.span());
    if (!w.has_value()) return std::unexpected(w.error());
    const window& v = *w;
    // Sums wrap, whatever the sign; complex numbers are two each.
    const bool pairs = x.type == dtype::c64 || x.type == dtype::c128;
    const dtype summed = x.type == dtype::c64 ? dtype::f32 : x.type == dtype::c128 ? dtype::f64
                         : x.type == dtype::i32 ? dtype::u32 : x.type == dtype::i64 ? dtype::u64 : x.type;
    visit<dtype_set{dtype::f32, dtype::f64, dtype::u32, dtype::u64}>(summed, [&]<class T>() {
      std::memset(y.bytes, 0, static_cast<std::size_t>(y.byte_size()));
      const i64 taps = count(block), blocks = x.dims[2], plane = count(image), parts = pairs ? 2 : 1;
      const T* from = x.as<T>();
      for (i64 n = 0; n < y.dims[0] * y.dims[1]; ++n) {
        T* const to = y.as<T>() + n * plane * parts;
        for (i64 t = 0; t < taps; ++t)
          for (i64 b = 0; b < blocks; ++b, from += parts) {
            i64 at = 0, tap = t, place = b, step = 1;
            bool in = true;
            for (int d = image.rank(); d-- > 0; step *= image[d], tap /= block[d], place /= v.out[d]) {
              const i64 p = place % v.out[d] * v.stride[d] - v.begin[d] + tap % block[d] * v.dilation[d];
              in &= p >= 0 && p < image[d];
              at += p * step;
            }
            for (i64 part = 0; in && part < parts; ++part) to[at * parts + part] += from[part];
          }
      }
    });
    return {};
  }
};

/// A convolution of pictures whose taps are moved by offsets, and weighed by a mask.
struct DeformConv {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T offset:T B?:T mask?:T", outputs = "Y:T";
  static constexpr bool widen = true;

  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  i64 offset_group = 1;
  ints pads{};
  ints strides{};

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &w = c.dims(1), &o = c.dims(2);
    if (x.rank() != 4 || w.rank() != 4 || o.rank() != 4) return fail(code::unsupported, {"an input of ", x, ", weights ", w, " and offsets ", o, " are not two-dimensional"});
    if (group < 1 || w[0] % group != 0 || w[1] > INT64_MAX / group || w[1] * group != x[1] || offset_group < 1 || x[1] % offset_group != 0)
      return c.invalid({"input channels ", x[1], " and weights ", w, " do not fit with group ", group, " and offset_group ", offset_group});
    if (!kernel_shape.empty() && !std::ranges::equal(kernel_shape, w.from(2))) return c.invalid({"kernel_shape ", kernel_shape, " is not that of weights ", w});
    const auto r = resolve_window({"NOTSET", strides, dilations, pads}, w.from(2).span(), x.from(2).span());
    if (!r.has_value()) return std::unexpected(r.error());
    const i64 h = (*r).out[0], v = (*r).out[1], taps = w[2] * w[3];
    if (taps > (i64{1} << 40) || offset_group > i64{1} << 20 || o != shape{x[0], 2 * offset_group * taps, h, v}) return c.invalid({"offsets of shape ", o, " for an output of ", h, " x ", v});
    if (c.has(3) && c.dims(3) != shape{w[0]}) return c.invalid({"bias of shape ", c.dims(3), " for ", w[0], " output channels"});
    if (c.has(4) && c.dims(4) != shape{x[0], offset_group * taps, h, v}) return c.invalid({"mask of shape ", c.dims(4), " for an output of ", h, " x ", v});
    return c.output(0, {x[0], w[0], h, v});
  }
  /// One window: channels times taps.
  i64 scratch(std::span<const known> in, bool) const { return detail::bytes_of(in[1].dims.from(1), 8 * std::max<i64>(1, std::min(group, in[0].dims[1]))); }
  /// The taps of a convolution, and four pixels for each that is read.
  double macs(std::span<const known> in, std::span<const known> out) const {
    const shape &x = in[0].dims, &w = in[1].dims, &y = out[0].dims;
    return static_cast<double>(count(y.from(2))) * static_cast<double>(y[0]) * static_cast<double>(count(w.from(2))) *
           (static_cast<double>(w[0]) * static_cast<double>(w[1]) + 4 * static_cast<double>(x[1]));
  }
  status run(run_context& c) const {
    const any_view &x = c.input(0), &w = c.input(1);
    const mutable_any_view& y = c.output(0);
    const auto r = resolve_window({"NOTSET", strides, dilations, pads}, w.dims.from(2).span(), x.dims.from(2).span());
    if (!r.has_value()) return std::unexpected(r.error());
    const window& v = *r;
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const i64 height = x.dims[2], width = x.dims[3], channels = x.dims[1], taps = w.dims[2] * w.dims[3], out = y.dims[2] * y.dims[3];
      const i64 per_offset = channels / offset_group, per_group = w.dims[1] * taps, filters = w.dims[0] / group;
      auto* const column = reinterpret_cast<double*>(c.scratch());
      for (i64 n = 0; n < x.dims[0]; ++n)
        for (i64 p = 0; p < out; ++p) {
          for (i64 g = 0; g < offset_group; ++g)
            for (i64 t = 0; t < taps; ++t) {
              const T* const move = c.input(2).as<T>() + ((n * offset_group + g) * taps + t) * 2 * out + p;
              const double at_y = static_cast<double>(p / y.dims[3] * v.stride[0] - v.begin[0] + t / w.dims[3] * v.dilation[0]) + static_cast<double>(move[0]);
              const double at_x = static_cast<double>(p % y.dims[3] * v.stride[1] - v.begin[1] + t % w.dims[3] * v.dilation[1]) + static_cast<double>(move[out]);
              const double weight = c.has(4) ? static_cast<double>(c.input(4).as<T>()[((n * offset_group + g) * taps + t) * out + p]) : 1;
              for (i64 ch = g * per_offset; ch < (g + 1) * per_offset; ++ch)
                column[ch * taps + t] = weight * bilinear(x.as<T>() + (n * channels + ch) * height * width, at_y, at_x, height, width);
            }
          for (i64 m = 0; m < w.dims[0]; ++m) {
            const T* const filter = w.as<T>() + m * per_group;
            const double* const part = column + m / filters * per_group;
            double sum = c.has(3) ? static_cast<double>(c.input(3).as<T>()[m]) : 0;
            for (i64 k = 0; k < per_group; ++k) sum += static_cast<double>(filter[k]) * part[k];
            y.as<T>()[(n * w.dims[0] + m) * out + p] = static_cast<T>(sum);
          }
        }
    });
    return {};
  }

 private:
  /// Outside of the picture is 0.
  template <class T>
  static double bilinear(const T* x, double at_y, double at_x, i64 height, i64 width) {
    if (!(at_y > -1 && at_y < static_cast<double>(height) && at_x > -1 && at_x < static_cast<double>(width))) return 0;
    const double top = simd::floor(at_y), left = simd::floor(at_x), down = at_y - top, across = at_x - left;
    const auto pixel = [&](i64 i, i64 j) { return i >= 0 && i < height && j >= 0 && j < width ? static_cast<double>(x[i * width + j]) : 0; };
    const i64 i = static_cast<i64>(top), j = static_cast<i64>(left);
    return (1 - down) * ((1 - across) * pixel(i, j) + across * pixel(i, j + 1)) + down * ((1 - across) * pixel(i + 1, j) + across * pixel(i + 1, j + 1));
  }
};

using sampling = list<GridSample, AffineGrid, Col2Im, DeformConv>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
