// ConstantOfShape, Range, EyeLike: tensors made from a shape or from a few numbers.
#pragma once

#include "../kernels/cast.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// A tensor of the shape that `input` lists, all of it the one element of `value` (float32 0 without one).
struct ConstantOfShape {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = {dtype::i64};
  static constexpr auto inputs = "input:I", outputs = "output:V";
  static constexpr type_variable types[] = {{'V', tenon::dtypes::fixed_size}};

  any_tensor value{};

  status infer(infer_context& c) const {
    if (value && (value.size() != 1 || !tenon::dtypes::fixed_size.has(value.type())))
      return c.invalid({"value is ", name(value.type()), " ", value.dims(), ", not one number"});
    if (!c.constant(0)) return c.later();
    const auto dims = c.constant_dims(0);
    if (!dims || c.rank(0) != 1) return c.invalid({"a shape of ", c.dims(0), " entries; at most ", max_rank, " are supported"});
    for (const i64 n : *dims)
      if (n < 0) return c.invalid({"dimension ", n, " is negative"});
    return c.output(0, value ? value.type() : dtype::f32, *dims);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    if (value) kernels::fill(y.bytes, value.data(), y.size(), size_of(y.type));
    else std::memset(y.bytes, 0, static_cast<std::size_t>(y.byte_size()));
    return {};
  }
};

/// start, start + delta, ... before `limit`: ceil((limit - start) / delta) numbers, calculated in the type
/// (float16 and bfloat16 in float32).
struct Range {
  using kind = kinds::general;
  static constexpr int since = 27;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i16, dtype::i32, dtype::i64};
  static constexpr auto inputs = "start:T limit:T delta:T", outputs = "output:T";
  static constexpr bool widen = true;

  i64 stash_type = 1;

  status infer(infer_context& c) const {
    for (int i = 0; i < 3; ++i)
      if (count(c.dims(i)) != 1 || c.rank(i) > 1) return c.invalid({"an input of shape ", c.dims(i), " is not one number"});
    for (int i = 0; i < 3; ++i)
      if (!c.constant(i)) return c.later();
    const dtype d = c.type(0);
    if (stash_type != 1 && compute_dtype(d) == dtype::f32 && d != dtype::f32)
      return fail(code::unsupported, {"stash_type ", stash_type, " is not float32"});
    i64 n = 0;
    if (tenon::dtypes::floating.has(d)) {
      double x[3];
      for (int i = 0; i < 3; ++i) kernels::cast(d, c.constant(i).bytes, dtype::f64, &x[i], 1);
      const auto narrow = [&](int i) { return static_cast<float>(x[i]); };
      const double steps = d == dtype::f64 ? (x[1] - x[0]) / x[2]
                                           : static_cast<double>((narrow(1) - narrow(0)) / narrow(2));
      if (!(std::abs(steps) < 0x1p62)) return c.invalid({"there is no range from ", x[0], " to ", x[1], " by ", x[2]});
      n = static_cast<i64>(std::max(simd::ceil(steps), 0.0));
    } else {
      i64 x[3];
      for (int i = 0; i < 3; ++i) kernels::cast(d, c.constant(i).bytes, dtype::i64, &x[i], 1);
      if (x[2] == 0) return c.invalid({"there is no range from ", x[0], " to ", x[1], " by 0"});
      const bool up = x[2] > 0;
      // Distances as unsigned numbers: they may be up to 2^64 - 1.
      const auto natural = [&](int i) { return static_cast<u64>(x[i]); };
      const u64 way = up ? natural(1) - natural(0) : natural(0) - natural(1);
      const u64 step = up ? natural(2) : 0 - natural(2);
      if (up ? x[1] > x[0] : x[0] > x[1]) n = static_cast<i64>(std::min<u64>((way - 1) / step, INT64_MAX - 1)) + 1;
    }
    return c.output(0, shape{n});
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    dispatch<dtype_set{dtype::f32, dtype::f64, dtype::i32, dtype::i64}>(y.type, [&]<class T>() {
      // Products that nobody uses may overflow: integers wrap.
      using I = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;
      using C = std::conditional_t<std::is_integral_v<T>, I, T>;
      const C start = *c.input(0).as<C>(), delta = *c.input(2).as<C>();
      C* const to = y.as<C>();
      for (i64 i = 0; i < y.size(); ++i) to[i] = start + static_cast<C>(i) * delta;
    });
    return {};
  }
};

/// A matrix of the input's shape with ones on the k-th diagonal, of dtype `dtype` or else the input's.
struct EyeLike {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::numeric | dtypes::boolean;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', dtypes::numeric | dtypes::boolean}};
  static constexpr bool strided = true, shape_only = true;

  std::optional<tenon::dtype> dtype{};
  i64 k = 0;

  status infer(infer_context& c) const {
    const tenon::dtype to = dtype.value_or(c.type(0));
    if (!dtypes.has(to)) return fail(code::unsupported, {"dtype ", name(to), " is not supported"});
    if (c.rank(0) != 2) return c.invalid({"an input of shape ", c.dims(0), " is not a matrix"});
    return c.output(0, to, c.dims(0));
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const i64 rows = y.dims[0], columns = y.dims[1], width = size_of(y.type);
    std::memset(y.bytes, 0, static_cast<std::size_t>(y.byte_size()));
    if (k <= -rows || k >= columns) return {};
    const u8 one = 1;
    std::byte element[16];
    kernels::cast(tenon::dtype::u8, &one, y.type, element, 1);
    const i64 first = k >= 0 ? k : -k * columns, n = k >= 0 ? std::min(rows, columns - k) : std::min(rows + k, columns);
    kernels::copy(element, {0}, y.bytes + first * width, {columns + 1}, {n}, width);
    return {};
  }
};

using generating = list<ConstantOfShape, Range, EyeLike>;

}  // namespace ops

/// range(0.0f, 1.0f, 0.25f): 0, 0.25, 0.5, 0.75.
template <element T>
any_tensor range(T start, T limit, T delta) {
  return apply(ops::Range{}, tensor<T>(shape{}, {start}), tensor<T>(shape{}, {limit}), tensor<T>(shape{}, {delta}));
}
auto eye_like(const operand auto& x, const ops::EyeLike& o = {}) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
