// Bernoulli, Multinomial and the Random operators. A number is a function of the seed, the node and the
// element's place: every run, and every runtime, draws the same.
#pragma once

#include "../core/random.hpp"
#include "../kernels/cast.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// Nodes of one seed draw the same numbers; a node without one has its own.
inline random stream_of(const std::optional<float>& seed, const node_number& own) {
  if (seed) return {std::bit_cast<std::uint32_t>(*seed), 0};
  return {0, static_cast<std::uint64_t>(own.value)};
}

/// Elements drawn as float64 two at a time, and rounded once to what they are stored as.
template <class F>
[[gnu::noinline]] void draw_pairs(const mutable_any_view& y, F pair) {
  constexpr i64 most = 256;
  double drawn[most];
  const i64 n = y.size();
  for (i64 done = 0; done < n; done += most) {
    for (i64 i = 0; i < most && done + i < n; i += 2) pair(static_cast<std::uint64_t>(done + i), drawn + i);
    kernels::cast(dtype::f64, drawn, y.type, y.bytes + done * size_of(y.type), std::min(most, n - done));
  }
}
inline void draw_uniform(const random& from, float low, float high, const mutable_any_view& y) {
  const double least = static_cast<double>(low), range = static_cast<double>(high) - least;
  draw_pairs(y, [&](std::uint64_t i, double* to) {
    to[0] = least + range * from.uniform64(i);
    to[1] = least + range * from.uniform64(i + 1);
  });
}
/// Box and Muller's transform (1958): a radius and an angle are two normal numbers.
inline void draw_normal(const random& from, float mean, float scale, const mutable_any_view& y) {
  const double centre = static_cast<double>(mean), deviation = static_cast<double>(scale);
  draw_pairs(y, [&](std::uint64_t i, double* to) {
    const double radius = deviation * simd::sqrt(-2.0 * simd::log(1.0 - from.uniform64(i)));
    const double angle = 0x1.921fb54442d18p+2 * from.uniform64(i + 1);
    to[0] = centre + radius * simd::cos(angle);
    to[1] = centre + radius * simd::sin(angle);
  });
}

/// The output of an operator that is told its shape.
inline status infer_drawn(infer_context& c, dtype type, const ints& dims) {
  if (!dtypes::floating.has(type)) return fail(code::unsupported, {"dtype ", name(type), " is not floating"});
  if (dims.size() > max_rank) return c.invalid({"a shape of ", dims.size(), " entries; at most ", max_rank, " are supported"});
  for (i64 d : dims)
    if (d < 0) return c.invalid({"dimension ", d, " is negative"});
  return c.output(0, type, shape(std::span<const i64>(dims)));
}
/// The output of an operator that makes one like its input.
inline status infer_like(infer_context& c, const std::optional<dtype>& said, dtype_set allowed) {
  const dtype type = said.value_or(c.type(0));
  if (!allowed.has(type)) return fail(code::unsupported, {"an output of ", name(type), " is not supported"});
  return c.output(0, type, c.dims(0));
}

}  // namespace detail

namespace ops {

/// 1 with the probability that the input says, else 0.
struct Bernoulli {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', tenon::dtypes::numeric | tenon::dtypes::boolean}};

  std::optional<tenon::dtype> dtype{};
  std::optional<float> seed{};
  node_number own{};

  status infer(infer_context& c) const { return tenon::detail::infer_like(c, dtype, types[0].set); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const random from = tenon::detail::stream_of(seed, own);
    double wrong = 0;
    tenon::detail::draw_pairs(c.output(0), [&](std::uint64_t i, double* to) {
      const i64 at = static_cast<i64>(i), n = std::min<i64>(2, x.size() - at);
      kernels::cast(x.type, x.bytes + at * size_of(x.type), tenon::dtype::f64, to, n);
      for (i64 j = 0; j < n; ++j) {
        if (!(to[j] >= 0 && to[j] <= 1)) wrong = to[j];
        to[j] = from.uniform64(i + static_cast<std::uint64_t>(j)) < to[j];
      }
    });
    if (wrong != 0) return fail(code::invalid, {"the input has ", wrong, ", which is no probability"});
    return {};
  }
};

/// sample_size classes per row, drawn by the row's unnormalised logarithms of probabilities.
struct Multinomial {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', {tenon::dtype::i32, tenon::dtype::i64}}};

  tenon::dtype dtype = tenon::dtype::i32;
  i64 sample_size = 1;
  std::optional<float> seed{};
  node_number own{};

  status infer(infer_context& c) const {
    if (!types[0].set.has(dtype)) return fail(code::unsupported, {"dtype ", name(dtype), " is not supported"});
    if (c.rank(0) != 2 || sample_size < 0) return c.invalid({"an input of shape ", c.dims(0), " with sample_size ", sample_size, " is not possible"});
    return c.output(0, dtype, {c.dims(0)[0], sample_size});
  }
  i64 scratch(std::span<const known> in, bool) const {
    return in[0].dims.rank() == 2 ? tenon::detail::bytes_of({in[0].dims[1]}, sizeof(double)) : 0;
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const random from = tenon::detail::stream_of(seed, own);
    auto* const sums = reinterpret_cast<double*>(c.scratch());
    const i64 classes = x.dims[1], row_bytes = classes * size_of(x.type);
    for (i64 row = 0; row < x.dims[0]; ++row) {
      kernels::cast(x.type, x.bytes + row * row_bytes, tenon::dtype::f64, sums, classes);
      double greatest = -__builtin_inf(), total = 0;
      for (i64 i = 0; i < classes; ++i) greatest = simd::max(greatest, sums[i]);
      for (i64 i = 0; i < classes; ++i) sums[i] = total += simd::exp(sums[i] - greatest);
      if (!(total > 0 && total < __builtin_inf())) return fail(code::invalid, {"row ", row, " of ", x.dims, " has no class that could be drawn"});
      const i64 last = std::lower_bound(sums, sums + classes, total) - sums;
      for (i64 i = row * sample_size; i < (row + 1) * sample_size; ++i) {
        const double at = total * from.uniform64(static_cast<std::uint64_t>(i));
        const i64 drawn = std::min<i64>(std::upper_bound(sums, sums + classes, at) - sums, last);
        if (y.type == tenon::dtype::i64) y.as<i64>()[i] = drawn;
        else y.as<i32>()[i] = static_cast<i32>(drawn);
      }
    }
    return {};
  }
};

/// A tensor of this shape, of normal numbers.
struct RandomNormal {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "", outputs = "output:T";

  tenon::dtype dtype = tenon::dtype::f32;
  float mean = 0, scale = 1;
  std::optional<float> seed{};
  required<ints> shape{};
  node_number own{};

  status infer(infer_context& c) const { return tenon::detail::infer_drawn(c, dtype, shape); }
  status run(run_context& c) const {
    tenon::detail::draw_normal(tenon::detail::stream_of(seed, own), mean, scale, c.output(0));
    return {};
  }
};

/// Normal numbers in the shape of the input, which is not read.
struct RandomNormalLike {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', tenon::dtypes::floating}};
  static constexpr bool strided = true, shape_only = true;

  std::optional<tenon::dtype> dtype{};
  float mean = 0, scale = 1;
  std::optional<float> seed{};
  node_number own{};

  status infer(infer_context& c) const { return tenon::detail::infer_like(c, dtype, types[0].set); }
  status run(run_context& c) const {
    tenon::detail::draw_normal(tenon::detail::stream_of(seed, own), mean, scale, c.output(0));
    return {};
  }
};

/// A tensor of this shape, of numbers from low to high that are all as probable.
struct RandomUniform {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "", outputs = "output:T";

  tenon::dtype dtype = tenon::dtype::f32;
  float high = 1, low = 0;
  std::optional<float> seed{};
  required<ints> shape{};
  node_number own{};

  status infer(infer_context& c) const { return tenon::detail::infer_drawn(c, dtype, shape); }
  status run(run_context& c) const {
    tenon::detail::draw_uniform(tenon::detail::stream_of(seed, own), low, high, c.output(0));
    return {};
  }
};

/// Such numbers in the shape of the input, which is not read.
struct RandomUniformLike {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  static constexpr type_variable types[] = {{'U', tenon::dtypes::floating}};
  static constexpr bool strided = true, shape_only = true;

  std::optional<tenon::dtype> dtype{};
  float high = 1, low = 0;
  std::optional<float> seed{};
  node_number own{};

  status infer(infer_context& c) const { return tenon::detail::infer_like(c, dtype, types[0].set); }
  status run(run_context& c) const {
    tenon::detail::draw_uniform(tenon::detail::stream_of(seed, own), low, high, c.output(0));
    return {};
  }
};

using drawing = list<Bernoulli, Multinomial, RandomNormal, RandomNormalLike, RandomUniform, RandomUniformLike>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
