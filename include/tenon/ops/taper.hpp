// HannWindow, HammingWindow, BlackmanWindow: sums of cosines that fade a signal in and out.
#pragma once

#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// y[i] = a - b cos(2 pi i / n) + c cos(4 pi i / n), where n is the size, or one less when the ends are
/// to be alike.
struct cosine_taper {
  double a, b, c;
  bool periodic;
  dtype type;

  status infer(infer_context& context) const {
    if (!dtypes::numeric.has(type)) return fail(code::unsupported, {"output_datatype ", name(type), " is not supported"});
    if (count(context.dims(0)) != 1) return context.invalid({"size must be one number, not ", context.dims(0)});
    if (!context.constant(0)) return context.later();
    const shape dims = *context.constant_dims(0);
    if (dims[0] < 0) return context.invalid({"size is ", dims[0]});
    return context.output(0, type, dims);
  }
  status run(run_context& context) const {
    constexpr i64 tile = 128;
    const mutable_any_view& y = context.output(0);
    const i64 size = y.size(), n = std::max<i64>(periodic ? size : size - 1, 1);
    double values[tile];
    for (i64 first = 0; first < size; first += tile) {
      const i64 m = std::min(tile, size - first);
      for (i64 i = 0; i < m; ++i) {
        const double turn = 2 * 3.14159265358979323846 * static_cast<double>(first + i) / static_cast<double>(n);
        values[i] = size == 1 && !periodic ? 1 : a - b * simd::cos(turn) + c * simd::cos(2 * turn);
      }
      kernels::cast(dtype::f64, values, y.type, y.bytes + first * size_of(y.type), m);
    }
    return {};
  }
};

struct HannWindow {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::index;
  static constexpr auto inputs = "size:T", outputs = "output:Y";
  static constexpr type_variable types[] = {{'Y', dtypes::numeric}};

  dtype output_datatype = dtype::f32;
  bool periodic = true;

  status infer(infer_context& c) const { return taper().infer(c); }
  status run(run_context& c) const { return taper().run(c); }

 private:
  cosine_taper taper() const { return {0.5, 0.5, 0, periodic, output_datatype}; }
};

struct HammingWindow {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::index;
  static constexpr auto inputs = "size:T", outputs = "output:Y";
  static constexpr type_variable types[] = {{'Y', dtypes::numeric}};

  dtype output_datatype = dtype::f32;
  bool periodic = true;

  status infer(infer_context& c) const { return taper().infer(c); }
  status run(run_context& c) const { return taper().run(c); }

 private:
  cosine_taper taper() const { return {25.0 / 46, 21.0 / 46, 0, periodic, output_datatype}; }
};

struct BlackmanWindow {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::index;
  static constexpr auto inputs = "size:T", outputs = "output:Y";
  static constexpr type_variable types[] = {{'Y', dtypes::numeric}};

  dtype output_datatype = dtype::f32;
  bool periodic = true;

  status infer(infer_context& c) const { return taper().infer(c); }
  status run(run_context& c) const { return taper().run(c); }

 private:
  cosine_taper taper() const { return {0.42, 0.5, 0.08, periodic, output_datatype}; }
};

using tapers = list<HannWindow, HammingWindow, BlackmanWindow>;

}  // namespace ops

inline any_tensor hann_window(i64 size, const ops::HannWindow& o = {}) { return apply(o, tensor<i64>(shape{}, {size})); }
inline any_tensor hamming_window(i64 size, const ops::HammingWindow& o = {}) { return apply(o, tensor<i64>(shape{}, {size})); }
inline any_tensor blackman_window(i64 size, const ops::BlackmanWindow& o = {}) { return apply(o, tensor<i64>(shape{}, {size})); }

}  // namespace tenon
TENON_COLD_END
