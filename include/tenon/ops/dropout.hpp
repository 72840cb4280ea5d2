// Dropout.
#pragma once

#include "../kernels/cast.hpp"
#include "../kernels/mersenne_twister.hpp"
#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The identity; in training elements are dropped with probability `ratio` and the others scaled up by
/// 1 / (1 - ratio). Without a seed it is 0: the same model gives the same mask everywhere.
struct Dropout {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating | dtypes::float8;
  static constexpr auto inputs = "data:T ratio?:R training_mode?:B", outputs = "output:T mask?:*";
  static constexpr type_variable types[] = {{'R', dtypes::floating | dtypes::float8}};
  static constexpr auto orders = order_rule::follows;
  static constexpr bool strided = true;

  std::optional<i64> seed{};

  /// Before opset 7 training was the default, and before opset 12 the ratio an attribute.
  upgraded<bool> trains{};
  upgraded<float> old_ratio{0.5f};
  /// Before opset 10 the mask had the type of the data.
  upgraded<bool> typed_mask{};

  status infer(infer_context& c) const {
    if (c.has(1) && c.dims(1) != shape{} && c.dims(1) != shape{1}) return c.invalid({"ratio of shape ", c.dims(1), " is no scalar"});
    if (c.has(2) && c.dims(2) != shape{} && c.dims(2) != shape{1}) return c.invalid({"training_mode of shape ", c.dims(2), " is no scalar"});
    if (status s = c.output(0, c.dims(0)); !s.has_value()) return s;
    return c.output(1, typed_mask.value ? c.type(0) : dtype::boolean, c.dims(0));
  }
  i64 scratch(std::span<const known>, bool) const { return sizeof(kernels::mersenne_twister); }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const mutable_any_view mask = c.outputs() > 1 ? c.output(1) : mutable_any_view();
    const double ratio = c.has(1) ? real(c.input(1), 0) : static_cast<double>(old_ratio.value);
    const bool training = c.has(2) ? *c.input(2).as<bool>() : trains.value;
    if (!training || ratio == 0) {
      kernels::copy(x.bytes, x.strides, y.bytes, y.strides, x.dims, size_of(x.type));
      const bool yes = true;
      std::byte kept[8];
      if (mask) kernels::cast(dtype::boolean, &yes, mask.type, kept, 1), kernels::fill(mask.bytes, kept, mask.size(), size_of(mask.type));
      return {};
    }
    if (!(ratio > 0 && ratio < 1)) return fail(code::invalid, {"ratio ", ratio, " is not between 0 and 1"});
    auto& random = *new (c.scratch()) kernels::mersenne_twister(static_cast<u32>(seed.value_or(0)));
    const double scale = 1 / (1 - ratio);
    visit<dtypes>(x.type, [&]<class T>() {
      // Drawn in row-major order, however the elements lie.
      shape at = shape::filled(x.rank(), 0);
      const i64 n = x.size();
      for (i64 i = 0; i < n; ++i) {
        i64 from = 0, to = 0, mark = 0;
        for (int a = 0; a < at.rank(); ++a) from += at[a] * x.strides[a], to += at[a] * y.strides[a], mark += mask ? at[a] * mask.strides[a] : 0;
        const bool kept = random.uniform() >= ratio;
        y.as<T>()[to] = static_cast<T>(kept ? real_of(x.as<T>()[from]) * scale : 0.0);
        if (mask && typed_mask.value) mask.as<T>()[mark] = static_cast<T>(kept ? 1.0 : 0.0);
        else if (mask) mask.as<bool>()[mark] = kept;
        for (int a = at.rank(); a-- > 0; at[a] = 0)
          if (++at[a] < x.dims[a]) break;
      }
    });
    return {};
  }
  status upgrade(old_node& n) {
    typed_mask.value = n.opset() < 10;
    if (n.opset() < 12) old_ratio.value = n.take_float("ratio").value_or(0.5f);
    if (n.opset() < 7) trains.value = n.take_int("is_test").value_or(0) == 0;
    n.take_ints("consumed_inputs");
    return {};
  }
  auto gradient(int i, const auto& c) const {
    if (i != 0) return c.none();
    const bool training = c.has(2) ? *c.input(2).value().template as<bool>() : trains.value;
    if (!training) return c.dy();
    const auto each = c.has(1) ? c.dy() / (1 - cast(c.input(1), c.dy().type())) : c.dy() / (1 - static_cast<double>(old_ratio.value));
    return select(c.output(1), each, 0);
  }

 private:
  template <class T>
  static double real_of(T x) {
    if constexpr (std::is_same_v<T, double>) return x;
    else return static_cast<double>(static_cast<float>(x));
  }
  static double real(const any_view& v, i64 i) {
    double x = 0;
    visit<dtypes>(v.type, [&]<class T>() { x = real_of(v.as<T>()[i]); });
    return x;
  }
};

using dropping = list<Dropout>;

}  // namespace ops

auto dropout(const operand auto& x, const ops::Dropout& o = {}) {
  const any_view in[] = {look(x)};
  return std::move(apply_all(o, in, 1)[0]);
}

}  // namespace tenon
TENON_COLD_END
