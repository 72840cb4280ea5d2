// DFT, STFT, MelWeightMatrix: signals as spectra, and spectra as ears hear them.
#pragma once

#include "../kernels/cast.hpp"
#include "../kernels/fft.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The one number of a known integer input.
inline result<i64> one_integer(std::string_view name, const any_view& v) {
  if (v.rank() > 1 || v.size() != 1) return fail(code::invalid, {name, " of shape ", v.dims, " is not one number"});
  return entry(v, 0);
}
/// The same, where it must be a length that something of this shape can be transformed with.
inline result<i64> one_length(std::string_view name, const any_view& v) {
  const auto n = one_integer(name, v);
  if (n.has_value() && (*n < 1 || *n > kernels::fourier<double>::longest))
    return fail(code::invalid, {name, " is ", *n, ", not 1 to ", kernels::fourier<double>::longest});
  return n;
}
/// Real numbers have a last dimension of 1, complex ones of 2.
inline status check_parts(const shape& dims, bool onesided, bool inverse) {
  if (dims.back() != 1 && dims.back() != 2)
    return fail(code::invalid, {"an input of ", dims, " has a last dimension that is neither 1 (real) nor 2 (complex)"});
  const i64 parts = inverse ? 2 : 1;
  if (onesided && dims.back() != parts)
    return fail(code::invalid, {"onesided", inverse ? " and inverse" : "", " takes a last dimension of ", parts, ", not an input of ", dims});
  return {};
}

/// Numbers of T one after the other to where a transform has them, and back.
template <class T, class C>
[[gnu::noinline]] void read_line(const T* x, i64 n, i64 step, i64 parts, C* re, C* im) {
  for (i64 j = 0; j < n; ++j, x += step) re[j] = static_cast<C>(*x), im[j] = parts == 2 ? static_cast<C>(x[1]) : 0;
}
/// Divided by an integer, as wazero 1.x loses a float64 among so many parameters.
template <class T, class C>
[[gnu::noinline]] void write_line(const C* re, const C* im, i64 by, i64 n, i64 step, i64 parts, T* y) {
  const C divisor = static_cast<C>(by);
  for (i64 k = 0; k < n; ++k, y += step) {
    *y = static_cast<T>(re[k] / divisor);
    if (parts == 2) y[1] = static_cast<T>(im[k] / divisor);
  }
}

/// The discrete Fourier transform along one axis, of `dft_length` numbers: the input is cut, or followed by
/// zeros. Complex float32 becomes complex float32 as in NumPy, whose rounding is in what ONNX's suite wants of the
/// inverse; all else is calculated in double. `onesided` leaves out what symmetry says, of the output or, when inverse, of the input.
struct DFT {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T dft_length?:L axis?:I", outputs = "output:T";
  static constexpr type_variable types[] = {{'L', tenon::dtypes::index}};
  static constexpr bool widen = true;

  bool inverse = false, onesided = false;

  status infer(infer_context& c) const {
    if ((c.has(1) && !c.constant(1)) || (c.has(2) && !c.constant(2))) return c.later();
    const auto p = plan_of(c.dims(0), c.has(1) ? c.constant(1) : any_view(), c.has(2) ? c.constant(2) : any_view());
    if (!p.has_value()) return std::unexpected(p.error());
    shape out = c.dims(0);
    out[(*p).axis] = (*p).outputs;
    out[out.rank() - 1] = (*p).parts;
    return c.output(0, out);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto p = plan_for(in);
    return p.has_value() ? kernels::fourier<double>::bytes((*p).length) : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    const auto p = plan_for(in);
    if (!p.has_value()) return 0;
    double lines = 1;
    for (int i = 0; i + 1 < out[0].dims.rank(); ++i) lines *= i == (*p).axis ? 1 : static_cast<double>(out[0].dims[i]);
    return lines * kernels::fourier<double>::macs((*p).length);
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const auto planned = plan_of(x.dims, c.has(1) ? c.input(1) : any_view(), c.has(2) ? c.input(2) : any_view());
    if (!planned.has_value()) return std::unexpected(planned.error());
    const plan& p = *planned;
    if (x.type == dtype::f64) transform<double, double>(c, p);
    else if (x.dims.back() == 2 && !onesided) transform<float, float>(c, p);
    else transform<float, double>(c, p);
    return {};
  }
  /// The axis was an attribute, and another one by default.
  status upgrade(old_node& n) {
    if (n.opset() < 20) n.set_input(2, tensor<i64>(shape{}, {n.take_int("axis").value_or(1)}));
    return {};
  }

 private:
  struct plan {
    int axis;
    i64 length, outputs, parts;
  };
  template <class T, class C>
  void transform(run_context& c, const plan& p) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    kernels::fourier<C> f(p.length, c.scratch());
    const i64 n = p.length, given = x.dims[p.axis], used = std::min({n, given, inverse && onesided ? n / 2 + 1 : n});
    i64 outer = 1, inner = 1;
    for (int i = 0; i + 1 < x.rank(); ++i) (i < p.axis ? outer : inner) *= i == p.axis ? 1 : x.dims[i];
    const i64 in_parts = x.dims.back(), in_step = inner * in_parts, out_step = inner * p.parts;
    for (i64 line = 0; line < outer * inner; ++line) {
      const i64 o = line / inner, i = line % inner;
      C *re = f.real(), *im = f.imag();
      // The inverse is the transform with real and imaginary parts exchanged, there and back.
      if (inverse) std::swap(re, im);
      read_line(x.as<T>() + o * given * in_step + i * in_parts, used, in_step, in_parts, re, im);
      std::fill(re + used, re + n, C(0)), std::fill(im + used, im + n, C(0));
      if (inverse && onesided)
        for (i64 k = 1; 2 * k < n; ++k) re[n - k] = re[k], im[n - k] = -im[k];
      f.run();
      re = f.real(), im = f.imag();
      if (inverse) std::swap(re, im);
      write_line(re, im, inverse ? n : 1, p.outputs, out_step, p.parts,
                 y.as<T>() + o * p.outputs * out_step + i * p.parts);
    }
  }
  // An empty view is an absent input.
  result<plan> plan_of(const shape& dims, const any_view& dft_length, const any_view& axis) const {
    if (dims.rank() < 2) return fail(code::invalid, {"an input of ", dims, " has no axis beside that of real and imaginary parts"});
    if (status s = check_parts(dims, onesided, inverse); !s.has_value()) return std::unexpected(s.error());
    const auto named = axis ? one_integer("axis", axis) : result<i64>(-2);
    if (!named.has_value()) return std::unexpected(named.error());
    const auto at = axis_of(*named, dims);
    if (!at.has_value()) return std::unexpected(at.error());
    if (*at == dims.rank() - 1) return fail(code::invalid, {"axis ", *named, " of ", dims, " is that of real and imaginary parts"});
    plan p{.axis = *at, .length = dims[*at], .outputs = 0, .parts = inverse && onesided ? 1 : 2};
    if (dft_length) {
      const auto length = one_length("dft_length", dft_length);
      if (!length.has_value()) return std::unexpected(length.error());
      p.length = *length;
    } else {
      if (inverse && onesided) p.length = p.length > kernels::fourier<double>::longest ? p.length : 2 * (p.length - 1);
      if (p.length < 1 || p.length > kernels::fourier<double>::longest)
        return fail(code::invalid, {"axis ", *at, " of ", dims, " gives a dft_length of ", p.length, ", not 1 to ", kernels::fourier<double>::longest});
    }
    p.outputs = onesided && !inverse ? p.length / 2 + 1 : p.length;
    return p;
  }
  result<plan> plan_for(std::span<const known> in) const {
    return plan_of(in[0].dims, in.size() > 1 ? in[1].constant : any_view(), in.size() > 2 ? in[2].constant : any_view());
  }
};

/// Transforms of the pieces of a signal that a window sees, `frame_step` apart.
struct STFT {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "signal:T frame_step:L window?:T frame_length?:L", outputs = "output:T";
  static constexpr type_variable types[] = {{'L', tenon::dtypes::index}};
  static constexpr bool widen = true;

  bool onesided = true;

  status infer(infer_context& c) const {
    const shape& x = c.dims(0);
    if (x.rank() != 3) return c.invalid({"a signal of ", x, " is not [batch, length, 1 or 2]"});
    if (status s = check_parts(x, onesided, false); !s.has_value()) return s;
    if (c.has(2) && c.rank(2) != 1) return c.invalid({"a window of ", c.dims(2), " is not a list"});
    if (!c.constant(1) || (c.has(3) && !c.constant(3))) return c.later();
    const auto step = one_length("frame_step", c.constant(1));
    if (!step.has_value()) return std::unexpected(step.error());
    i64 length = c.has(2) ? c.dims(2)[0] : x[1];
    if (c.has(3)) {
      const auto said = one_length("frame_length", c.constant(3));
      if (!said.has_value()) return std::unexpected(said.error());
      if (c.has(2) && *said != length) return c.invalid({"frame_length is ", *said, ", and the window has ", length});
      length = *said;
    }
    if (length < 1 || length > x[1] || length > kernels::fourier<double>::longest)
      return c.invalid({"frames of ", length, " do not fit a signal of ", x});
    return c.output(0, shape{x[0], (x[1] - length) / *step + 1, onesided ? length / 2 + 1 : length, 2});
  }
  i64 scratch(std::span<const known> in, bool) const { return kernels::fourier<double>::bytes(frame_length(in)); }
  double macs(std::span<const known> in, std::span<const known> out) const {
    const shape& y = out[0].dims;
    return static_cast<double>(y[0]) * static_cast<double>(y[1]) * kernels::fourier<double>::macs(frame_length(in));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const i64 step = entry(c.input(1), 0), parts = x.dims[2], bins = y.dims[2];
    const i64 length = c.has(2) ? c.input(2).dims[0] : c.has(3) ? entry(c.input(3), 0) : x.dims[1];
    kernels::fourier<double> f(length, c.scratch());
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const T* const window = c.has(2) ? c.input(2).as<T>() : nullptr;
      T* to = y.as<T>();
      for (i64 b = 0; b < y.dims[0]; ++b)
        for (i64 frame = 0; frame < y.dims[1]; ++frame, to += bins * 2) {
          double *re = f.real(), *im = f.imag();
          read_line(x.as<T>() + (b * x.dims[1] + frame * step) * parts, length, parts, parts, re, im);
          if (window != nullptr)
            for (i64 j = 0; j < length; ++j) re[j] *= static_cast<double>(window[j]), im[j] *= static_cast<double>(window[j]);
          f.run();
          write_line(f.real(), f.imag(), 1, bins, 2, 2, to);
        }
    });
    return {};
  }

 private:
  i64 frame_length(std::span<const known> in) const {
    if (in.size() > 2 && in[2].type != dtype::none) return std::clamp<i64>(in[2].dims[0], 1, kernels::fourier<double>::longest);
    if (in.size() > 3 && in[3].type != dtype::none) return in[3].constant ? std::clamp<i64>(entry(in[3].constant, 0), 1, kernels::fourier<double>::longest) : 1;
    return std::clamp<i64>(in[0].dims[1], 1, kernels::fourier<double>::longest);
  }
};

/// What each bin of a one-sided spectrum counts in each of `num_mel_bins` bands: triangles whose feet and
/// peaks lie at equal distances on the mel scale.
struct MelWeightMatrix {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::index;
  static constexpr auto inputs = "num_mel_bins:T dft_length:T sample_rate:T lower_edge_hertz:F upper_edge_hertz:F",
                        outputs = "output:Y";
  static constexpr type_variable types[] = {{'F', tenon::dtypes::floating}, {'Y', tenon::dtypes::numeric}};

  dtype output_datatype = dtype::f32;

  status infer(infer_context& c) const {
    if (!tenon::dtypes::numeric.has(output_datatype))
      return fail(code::unsupported, {"output_datatype ", name(output_datatype), " is not supported"});
    for (int i = 0; i < 5; ++i)
      if (c.rank(i) > 1 || count(c.dims(i)) != 1) return c.invalid({"an input of shape ", c.dims(i), " is not one number"});
    for (int i = 0; i < 5; ++i)
      if (!c.constant(i)) return c.later();
    const i64 bands = entry(c.constant(0), 0), length = entry(c.constant(1), 0), rate = entry(c.constant(2), 0);
    const double lower = hertz(c.constant(3)), upper = hertz(c.constant(4));
    if (bands < 0 || bands > most || length < 0 || length > most || rate < 1)
      return c.invalid({"num_mel_bins ", bands, ", dft_length ", length, ", sample_rate ", rate, ": one is out of range"});
    if (!(lower >= 0 && lower <= upper && upper <= 1e300))
      return c.invalid({"there are no bands from ", lower, " to ", upper, " hertz"});
    return c.output(0, output_datatype, shape{length / 2 + 1, bands});
  }
  i64 scratch(std::span<const known> in, bool) const {
    return in[0].constant ? (std::clamp<i64>(entry(in[0].constant, 0), 0, most) + 2) * i64{sizeof(double)} : 0;
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const i64 bands = y.dims[1];
    auto* const edge = reinterpret_cast<double*>(c.scratch());
    constexpr double ln10 = 2.30258509299404568402;
    const auto mel = [](double f) { return 2595 * simd::log1p(f / 700) / ln10; };
    const double low = mel(hertz(c.input(3))), high = mel(hertz(c.input(4)));
    const double step = (high - low) / static_cast<double>(bands + 2);
    const double bins = static_cast<double>(entry(c.input(1), 0) + 1), rate = static_cast<double>(entry(c.input(2), 0));
    for (i64 i = 0; i < bands + 2; ++i)
      edge[i] = simd::floor(bins * (700 * simd::expm1((static_cast<double>(i) * step + low) / 2595 * ln10)) / rate);
    constexpr i64 tile = 128;
    double weights[tile];
    for (i64 bin = 0; bin < y.dims[0]; ++bin)
      for (i64 first = 0; first < bands; first += tile) {
        const i64 n = std::min(tile, bands - first);
        for (i64 i = 0; i < n; ++i) {
          const double at = static_cast<double>(bin), left = edge[first + i], peak = edge[first + i + 1], right = edge[first + i + 2];
          weights[i] = at == peak                ? 1
                       : at >= left && at < peak ? (at - left) / (peak - left)
                       : at > peak && at < right ? (right - at) / (right - peak)
                                                 : 0;
        }
        kernels::cast(dtype::f64, weights, y.type, y.bytes + (bin * bands + first) * size_of(y.type), n);
      }
    return {};
  }

 private:
  static constexpr i64 most = i64{1} << 40;
  static double hertz(const any_view& v) {
    double f = 0;
    kernels::cast(v.type, v.bytes, dtype::f64, &f, 1);
    return f;
  }
};

using signals = list<DFT, STFT, MelWeightMatrix>;

}  // namespace ops

auto dft(const operand auto& x, const ops::DFT& o = {}) { return apply(o, x); }
auto stft(const operand auto& x, const operand auto& frame_step, const operand auto& window, const ops::STFT& o = {}) {
  return apply(o, x, frame_step, window);
}

}  // namespace tenon
TENON_COLD_END
