// Resize, Upsample.
#pragma once

#include <numeric>

#include "../kernels/resize.hpp"
#include "../kernels/storage.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set resampled_types =
    dtypes::numeric | dtypes::boolean | dtype_set{dtype::string, dtype::c64, dtype::c128};
/// Others have nothing between their elements that they could be.
inline status check_interpolated(std::string_view mode, dtype d) {
  if (mode == "nearest" || dtypes::numeric.has(d)) return {};
  return fail(code::unsupported, {"mode ", mode, " of ", name(d), " is not supported"});
}

/// The attributes of Resize, understood, and what is done with them; Upsample has most of them fixed.
struct resizing {
  kernels::resize_rule rule;
  bool nearest = true;
  bool largest = false, keeps_ratio = false;  ///< keep_aspect_ratio_policy
  float outside = 0;
  const ints* axes = nullptr;
  int roi_at = -1, scales_at = -1, sizes_at = -1;

  struct plan {
    shape out;
    kernels::resize_axis axis[max_rank];
    u32 changes = 0;  ///< axes with work to do
  };

  status infer(infer_context& c) const {
    std::vector<any_view> in(static_cast<std::size_t>(c.inputs()));
    for (int i : {scales_at, sizes_at})
      if (given(i, c)) {
        if (!c.constant(i)) return c.later();
        in[static_cast<unsigned>(i)] = c.constant(i);
      }
    const auto p = resolve(c.dims(0), in);
    if (!p.has_value()) return std::unexpected(p.error());
    return c.output(0, (*p).out);
  }
  i64 scratch(std::span<const known> in) const {
    std::vector<any_view> views(in.size());
    for (std::size_t i = 1; i < in.size(); ++i) views[i] = in[i].constant;
    const auto p = resolve(in[0].dims, views);
    if (!p.has_value() || count((*p).out) == 0) return 0;
    return bytes(*p, in[0].dims, in[0].type);
  }
  /// Of each pass, and of the weights that it takes.
  double macs(std::span<const known> in) const {
    std::vector<any_view> views(in.size());
    for (std::size_t i = 1; i < in.size(); ++i) views[i] = in[i].constant;
    const auto p = resolve(in[0].dims, views);
    if (nearest || !p.has_value() || count((*p).out) == 0) return 0;
    shape dims = in[0].dims;
    double n = 0;
    for (int i = 0; i < dims.rank(); ++i) {
      if (((*p).changes >> i & 1) == 0) continue;
      const kernels::resize_axis& a = (*p).axis[i];
      dims[i] = a.out;
      n += static_cast<double>(count(dims)) * static_cast<double>(kernels::resize_taps(rule, a)) +
           static_cast<double>(a.out) * static_cast<double>(kernels::detail::resize_window(rule, a));
    }
    return n;
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const auto p = resolve(x.dims, c.all_inputs());
    if (!p.has_value()) return std::unexpected(p.error());
    if (y.size() == 0) return {};
    // In the order in which elements lie. Where only one of the two tells, the other agrees with it.
    const bool last = !x.contiguous() || !y.contiguous();
    const shape order = order_of(x.rank(), last);
    if (nearest) {
      copy(*p, order, c);
    } else if (computes_double(x.type)) {
      if constexpr (compiled.has(dtype::f64)) interpolate<double>(*p, order, c);
    } else {
      interpolate<float>(*p, order, c);
    }
    return {};
  }

 private:
  static constexpr dtype_set doubles{dtype::f64, dtype::i32, dtype::u32, dtype::i64, dtype::u64};
  static bool computes_double(dtype d) { return doubles.has(d); }
  static i64 padded(i64 bytes) { return tenon::detail::padded(bytes); }
  static bool given(int i, const infer_context& c) { return i >= 0 && c.has(i) && (c.rank(i) != 1 || c.dims(i)[0] > 0); }
  static any_view list(int i, std::span<const any_view> in) {
    if (i < 0 || static_cast<std::size_t>(i) >= in.size() || in[static_cast<unsigned>(i)].size() == 0) return {};
    return in[static_cast<unsigned>(i)];
  }

  result<plan> resolve(const shape& x, std::span<const any_view> in) const {
    const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    const any_view scales = list(scales_at, in), sizes = list(sizes_at, in), roi = list(roi_at, in);
    shape at;
    u32 seen = 0;
    const bool all = axes == nullptr || axes->empty();
    if (all)
      for (int i = 0; i < x.rank(); ++i) at.push_back(i);
    else
      for (i64 a : *axes) {
        const auto i = normalized_axis(a, x.rank());
        if (!i || seen >> *i & 1) return bad({"axes ", *axes, " are not different ones of ", x});
        seen |= u32{1} << *i;
        at.push_back(*i);
      }
    if (static_cast<bool>(scales) == static_cast<bool>(sizes)) return bad({scales ? "scales and sizes are both given" : "neither scales nor sizes are given"});
    const any_view& sized = scales ? scales : sizes;
    if (sized.rank() != 1 || sized.size() != at.rank())
      return bad({scales ? "scales" : "sizes", " of shape ", sized.dims, " for ", at.rank(), " axes"});
    plan p;
    p.out = x;
    for (int i = 0; i < x.rank(); ++i) p.axis[i].in = p.axis[i].out = x[i];
    double common = largest ? 0 : __builtin_inf();
    for (int k = 0; k < at.rank() && sizes && keeps_ratio; ++k) {
      const double s = static_cast<double>(sizes.as<i64>()[k]) / static_cast<double>(x[static_cast<int>(at[k])]);
      common = largest ? std::max(common, s) : std::min(common, s);
    }
    for (int k = 0; k < at.rank(); ++k) {
      const int i = static_cast<int>(at[k]);
      kernels::resize_axis& a = p.axis[i];
      a.in = x[i];
      double out = 0;
      if (scales) {
        a.scale = static_cast<double>(scales.as<float>()[k]);
        if (!(a.scale > 0)) return bad({"scale ", a.scale, " of axis ", i, " is not positive"});
        out = simd::floor(static_cast<double>(a.in) * a.scale);
      } else {
        const i64 size = sizes.as<i64>()[k];
        if (size < 0) return bad({"size ", size, " of axis ", i, " is negative"});
        a.scale = static_cast<double>(size) / static_cast<double>(a.in), out = static_cast<double>(size);
        if (keeps_ratio) a.scale = common, out = simd::floor(common * static_cast<double>(a.in) + 0.5);
      }
      if (!(out <= 0x1p52)) return bad({"axis ", i, " of ", x, " cannot become ", out, " elements"});
      a.out = static_cast<i64>(out);
      if (a.in == 0 && a.out > 0) return bad({"axis ", i, " of ", x, " has nothing to make ", a.out, " elements of"});
      p.out[i] = a.out;
      const bool crops = rule.coordinates == kernels::resize_coordinates::tf_crop_and_resize;
      if (crops && roi) {
        if (roi.size() != 2 * at.rank()) return bad({"roi of shape ", roi.dims, " for ", at.rank(), " axes"});
        a.begin = real(roi, k), a.end = real(roi, k + at.rank());
      }
      if (a.out != a.in || abs(a.scale - 1) > 1e-9 || (crops && (a.begin != 0 || a.end != 1))) p.changes |= u32{1} << i;
    }
    return p;
  }
  static double real(const any_view& v, i64 i) {
    double x = 0;
    dispatch<dtype_set{dtype::f16, dtype::f32, dtype::f64}>(v.type, [&]<class T>() {
      if constexpr (std::is_same_v<T, double>) x = v.as<T>()[i];
      else x = static_cast<double>(static_cast<float>(v.as<T>()[i]));
    });
    return x;
  }

  static shape order_of(int rank, bool last) {
    shape order;
    for (int i = 0; i < rank; ++i) order.push_back(i);
    if (last) order.erase(1), order.push_back(1);
    return order;
  }
  /// What `copy` and `interpolate` take, whichever way the elements lie.
  i64 bytes(const plan& p, const shape& in, dtype type) const {
    const i64 width = computes_double(type) ? 8 : 4;
    const bool converts = type != dtype::f32 && type != dtype::f64;
    // A region may be known later than the shape, and every axis may change then.
    const bool crops = rule.coordinates == kernels::resize_coordinates::tf_crop_and_resize;
    const u32 changes = crops ? (u32{1} << in.rank()) - 1 : p.changes;
    i64 most = 0;
    const i64 numbers = type != dtype::string ? 0 : tenon::detail::bytes_of(in, 8) + tenon::detail::bytes_of(p.out, 8);
    for (const bool last : {false, in.rank() > 2}) {
      i64 all = !nearest && converts ? tenon::detail::bytes_of(in, width) : numbers;
      shape dims = in;
      u32 left = changes;
      for (i64 k : order_of(in.rank(), last)) {
        const int i = static_cast<int>(k);
        if ((changes >> i & 1) == 0) continue;
        const kernels::resize_axis& a = p.axis[i];
        all += padded(8 * a.out);
        if (nearest) continue;
        const i64 taps = kernels::resize_taps(rule, a);
        all += padded(8 * taps) + tenon::detail::bytes_of({a.out, taps}, width);
        dims[i] = a.out;
        left &= ~(u32{1} << i);
        if (left != 0 || converts || crops) all += tenon::detail::bytes_of(dims, width);
      }
      most = std::max(most, all);
    }
    return most;
  }

  void copy(const plan& p, const shape& order, run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const i64* places[max_rank] = {};
    std::byte* next = c.scratch();
    shape in, out;
    bool leaves = false;
    for (int k = 0; k < order.rank(); ++k) {
      const int i = static_cast<int>(order[k]);
      in.push_back(x.dims[i]), out.push_back(y.dims[i]);
      if ((p.changes >> i & 1) == 0) continue;
      auto* const own = reinterpret_cast<i64*>(next);
      kernels::resize_nearest_places(rule, p.axis[i], own);
      next += padded(8 * p.axis[i].out);
      places[k] = own;
      leaves |= rule.coordinates == kernels::resize_coordinates::tf_crop_and_resize;
    }
    alignas(16) std::byte filler[16] = {};
    store_reals(x.type == dtype::c64 ? dtype::f32 : x.type == dtype::c128 ? dtype::f64 : x.type, &outside, filler, 1);
    if (x.type != dtype::string)
      return kernels::nearest_copy(in, out, places, leaves ? filler : nullptr, size_of(x.type)).run(x.bytes, y.bytes);
    // The numbers of the texts are resampled; outside of the picture is no text.
    auto* const from = reinterpret_cast<i64*>(next);
    auto* const to = from + tenon::detail::bytes_of(in, 8) / 8;
    constexpr i64 none = -1;
    std::iota(from, from + x.size(), i64{0});
    kernels::nearest_copy(in, out, places, leaves ? &none : nullptr, 8).run(from, to);
    for (i64 i = 0; i < y.size(); ++i) y.as<std::string>()[i] = to[i] < 0 ? std::string() : x.as<std::string>()[to[i]];
  }

  template <class T>
  void interpolate(const plan& p, const shape& order, run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    std::byte* next = c.scratch();
    const auto take = [&]<class U>(U*& to, i64 n) {
      to = reinterpret_cast<U*>(next);
      next += padded(n * i64{sizeof(U)});
    };
    const bool converts = x.type != dtype_of<T>;
    const T* from = x.as<T>();
    if (converts) {
      T* wide = nullptr;
      take(wide, x.size());
      load_reals(x.type, x.bytes, wide, x.size());
      from = wide;
    }
    shape dims;
    for (i64 i : order) dims.push_back(x.dims[static_cast<int>(i)]);
    u32 left = p.changes;
    for (int k = 0; k < order.rank(); ++k) {
      const int i = static_cast<int>(order[k]);
      if ((p.changes >> i & 1) == 0) continue;
      const kernels::resize_axis& a = p.axis[i];
      const i64 taps = kernels::resize_taps(rule, a);
      i64 *first = nullptr, outer = 1, inner = 1;
      T *weights = nullptr, *to = y.as<T>();
      double* sums = nullptr;
      take(first, a.out), take(weights, a.out * taps), take(sums, taps);
      kernels::resize_table(rule, a, first, weights, sums);
      for (int j = 0; j < dims.rank(); ++j)
        if (j != k) (j < k ? outer : inner) *= dims[j];
      dims[k] = a.out;
      left &= ~(u32{1} << i);
      if (left != 0 || converts) take(to, count(dims));
      kernels::resize_pass(from, to, outer, a, inner, first, weights, taps, static_cast<T>(outside));
      from = to;
    }
    if (converts) store_reals(y.type, from, y.bytes, y.size());
    else if (p.changes == 0) std::memcpy(y.bytes, from, static_cast<std::size_t>(y.byte_size()));
  }

  static constexpr dtype_set interpolated = dtypes::integers | dtype_set{dtype::f32, dtype::f64};
  template <class T>
  static void load_reals(dtype type, const std::byte* from, T* to, i64 n) {
    if (type == dtype::f16 || type == dtype::bf16) kernels::load_elements(type, from, to, n);
    dispatch<interpolated>(type, [&]<class S>() {
      if constexpr ((sizeof(S) > 2) == (sizeof(T) > 4))
        for (i64 i = 0; i < n; ++i) to[i] = static_cast<T>(reinterpret_cast<const S*>(from)[i]);
    });
  }
  /// Integers round to the nearest even and saturate.
  template <class T>
  static void store_reals(dtype type, const T* from, std::byte* to, i64 n) {
    if (type == dtype::f16 || type == dtype::bf16) kernels::store_elements(type, from, to, n);
    dispatch<interpolated>(type, [&]<class S>() {
      for (i64 i = 0; i < n; ++i) {
        S& s = reinterpret_cast<S*>(to)[i];
        if constexpr (std::is_floating_point_v<S>) s = static_cast<S>(from[i]);
        else s = whole<S>(simd::round_even(static_cast<double>(from[i])));
      }
    });
  }
  template <class S>
  static S whole(double x) {
    constexpr double low = static_cast<double>(std::numeric_limits<S>::lowest());
    constexpr double beyond = 2.0 * static_cast<double>(std::numeric_limits<S>::max() / 2 + 1);
    if (!(x >= low)) return x < low ? std::numeric_limits<S>::lowest() : S(0);
    return x < beyond ? static_cast<S>(x) : std::numeric_limits<S>::max();
  }
};

/// X resampled along axes, by scales or to sizes: the nearest element, or linear or cubic interpolation.
struct Resize {
  using kind = kinds::general;
  static constexpr int since = 19;
  static constexpr dtype_set dtypes = resampled_types;
  static constexpr auto inputs = "X:T roi?:R scales?:S sizes?:I", outputs = "Y:T";
  static constexpr type_variable types[] = {{'R', {dtype::f16, dtype::f32, dtype::f64}}, {'S', {dtype::f32}}};
  static constexpr auto orders = order_rule::follows;

  bool antialias = false;
  ints axes{};
  std::string coordinate_transformation_mode = "half_pixel";
  float cubic_coeff_a = -0.75f;
  bool exclude_outside = false;
  float extrapolation_value = 0;
  std::string keep_aspect_ratio_policy = "stretch";
  std::string mode = "nearest";
  std::string nearest_mode = "round_prefer_floor";

  /// Opset 10 had X and scales only.
  upgraded<bool> two_inputs{};

  status infer(infer_context& c) const {
    const auto r = understood();
    if (!r.has_value()) return std::unexpected(r.error());
    if (status s = check_interpolated(mode, c.type(0)); !s.has_value()) return s;
    return (*r).infer(c);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const auto r = understood();
    return r.has_value() ? (*r).scratch(in) : 0;
  }
  double macs(std::span<const known> in, std::span<const known>) const {
    const auto r = understood();
    return r.has_value() ? (*r).macs(in) : 0;
  }
  status run(run_context& c) const {
    const auto r = understood();
    return r.has_value() ? (*r).run(c) : status(std::unexpected(r.error()));
  }
  status upgrade(old_node& n) {
    if (n.opset() >= 11) return {};
    two_inputs.value = true;
    coordinate_transformation_mode = "asymmetric";
    nearest_mode = "floor";
    return {};
  }

 private:
  static int find(std::string_view word, std::initializer_list<std::string_view> all) {
    const auto at = std::find(all.begin(), all.end(), word);
    return at == all.end() ? -1 : static_cast<int>(at - all.begin());
  }
  result<resizing> understood() const {
    const auto unknown = [](std::string_view name, const std::string& value) { return fail(code::invalid, {name, " '", value, "' is unknown"}); };
    const int how = find(mode, {"nearest", "linear", "cubic"});
    const int coordinates = find(coordinate_transformation_mode, {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                                                                  "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn"});
    const int rounding = find(nearest_mode, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
    const int policy = find(keep_aspect_ratio_policy, {"stretch", "not_larger", "not_smaller"});
    if (how < 0) return unknown("mode", mode);
    if (coordinates < 0) return unknown("coordinate_transformation_mode", coordinate_transformation_mode);
    if (rounding < 0) return unknown("nearest_mode", nearest_mode);
    if (policy < 0) return unknown("keep_aspect_ratio_policy", keep_aspect_ratio_policy);
    resizing r;
    r.rule = {static_cast<kernels::resize_coordinates>(coordinates), static_cast<kernels::resize_rounding>(rounding), how == 2,
              antialias, exclude_outside, static_cast<double>(cubic_coeff_a)};
    r.nearest = how == 0;
    r.keeps_ratio = policy > 0, r.largest = policy == 2;
    r.outside = extrapolation_value;
    r.axes = &axes;
    r.scales_at = two_inputs.value ? 1 : 2;
    if (!two_inputs.value) r.roi_at = 1, r.sizes_at = 3;
    return r;
  }
};

/// X enlarged by scales: what Resize was until opset 10.
struct Upsample {
  using kind = kinds::general;
  static constexpr int since = 9;
  static constexpr dtype_set dtypes = resampled_types;
  static constexpr auto inputs = "X:T scales:S", outputs = "Y:T";
  static constexpr type_variable types[] = {{'S', {dtype::f32}}};
  static constexpr auto orders = order_rule::follows;

  std::string mode = "nearest";

  status infer(infer_context& c) const {
    if (mode != "nearest" && mode != "linear" && mode != "bilinear") return c.invalid({"mode '", mode, "' is unknown"});
    if (status s = check_interpolated(mode, c.type(0)); !s.has_value()) return s;
    return understood().infer(c);
  }
  i64 scratch(std::span<const known> in, bool) const { return understood().scratch(in); }
  double macs(std::span<const known> in, std::span<const known>) const { return understood().macs(in); }
  status run(run_context& c) const { return understood().run(c); }
  status upgrade(old_node& n) {
    if (const auto scales = n.take_floats("scales")) {
      n.set_input(1, as_tensor(*scales));
    } else if (const auto height = n.take_float("height_scale"), width = n.take_float("width_scale"); height && width) {
      n.set_input(1, tensor<float>(shape{4}, {1.0f, 1.0f, *height, *width}));
    }
    return {};
  }

 private:
  resizing understood() const {
    resizing r;
    r.rule.coordinates = kernels::resize_coordinates::asymmetric;
    r.rule.rounding = kernels::resize_rounding::floor;
    r.nearest = mode == "nearest";
    r.scales_at = 1;
    return r;
  }
};

using resampling = list<Resize, Upsample>;

}  // namespace ops

/// resize(x, {1, 1, 2, 2}): scaled along every axis.
auto resize(const operand auto& x, std::initializer_list<float> scales, const ops::Resize& o = {}) {
  const any_tensor s = as_tensor(scales);
  return apply(o, x, any_view(), s);
}

}  // namespace tenon
TENON_COLD_END
