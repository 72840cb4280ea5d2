// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear: cases against their formulas with scales that
// are powers of two, and what they say about wrong scales.
#include "tenon/ops/quantize.hpp"

#include <cmath>

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::DequantizeLinear;
using tenon::ops::DynamicQuantizeLinear;
using tenon::ops::QuantizeLinear;

namespace {

/// The scale of element i.
shape scale_index(const shape& i, const shape& scale, int axis, i64 block) {
  if (block > 0) {
    shape at = i;
    at[axis] /= block;
    return at;
  }
  return scale.rank() == 0 ? shape{} : count(scale) == 1 ? shape{0} : shape{i[axis]};
}
table scales(trial& t, dtype d, const shape& dims) {
  table s(d, dims);
  return t.fill(s, [&] { return number(std::ldexp(1.0, static_cast<int>(t.random.between(-2, 1)))); });
}

void quantize(trial& t, const shape& dims, const shape& scale_dims, i64 axis, i64 block, dtype to, bool zero) {
  const auto [low, high] = kernels::range_of(to);
  const bool real = low == high;
  table x = t.draw(dims, -100, 100), scale = scales(t, dtype::f32, scale_dims), zeros_(to, scale_dims), y(to, dims);
  zeros_ = real ? t.draw(to, scale_dims, -1, 2) : t.draw(to, scale_dims, low / 2, high / 2);
  each(dims, [&](const shape& i) {
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    const shape where = scale_index(i, scale_dims, at, block);
    const double q = static_cast<double>(x[i]) / scale[where].real;
    if (real) y[i] = q + (zero ? zeros_[where].real : 0);
    else y[i] = number::of(static_cast<i64>(std::min<double>(std::max<double>(std::nearbyint(q) + (zero ? static_cast<double>(zeros_[where]) : 0), low), high)));
  });
  const QuantizeLinear o{.axis = axis, .block_size = block, .output_dtype = zero ? dtype::none : to};
  if (zero) t.expect(&o, {&x, &scale, &zeros_}, {&y});
  else t.expect(&o, {&x, &scale}, {&y});
}
const by_reference quantize_reference(cases{"QuantizeLinear", [](trial& t) {
  for (dtype to : {dtype::u8, dtype::i8, dtype::u16, dtype::i16, dtype::i4, dtype::u4, dtype::i2, dtype::u2, dtype::f8e4m3fn, dtype::f8e5m2, dtype::f6e2m3})
    for (bool zero : {true, false}) {
      quantize(t, {2, 3}, {}, 1, 0, to, zero), quantize(t, {600}, {1}, 0, 0, to, zero);
      quantize(t, {2, 3, 4}, {3}, 1, 0, to, zero), quantize(t, {40, 7}, {7}, -1, 0, to, zero), quantize(t, {3, 300}, {3}, 0, 0, to, zero);
      quantize(t, {2, 7, 4}, {2, 3, 4}, 1, 3, to, zero), quantize(t, {3, 16}, {3, 2}, 1, 8, to, zero);
      quantize(t, {0, 3}, {3}, 1, 0, to, zero);
    }
}});

void dequantize(trial& t, const shape& dims, const shape& scale_dims, i64 axis, i64 block, dtype to, bool zero) {
  table x = t.draw(dims, -100, 100), scale = scales(t, to, scale_dims), zeros_ = t.draw(t.type, scale_dims, -5, 5), y(to, dims);
  each(dims, [&](const shape& i) {
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    const shape where = scale_index(i, scale_dims, at, block);
    y[i] = (static_cast<double>(x[i]) - (zero ? static_cast<double>(zeros_[where]) : 0)) * scale[where].real;
  });
  const DequantizeLinear o{.axis = axis, .block_size = block};
  if (zero) t.expect(&o, {&x, &scale, &zeros_}, {&y});
  else t.expect(&o, {&x, &scale}, {&y});
}
const by_reference dequantize_reference(cases{"DequantizeLinear", [](trial& t) {
  for (dtype to : {dtype::f32, dtype::f16, dtype::bf16})
    for (bool zero : {true, false}) {
      dequantize(t, {2, 3}, {}, 1, 0, to, zero), dequantize(t, {600}, {1}, 0, 0, to, zero);
      dequantize(t, {2, 3, 4}, {3}, 1, 0, to, zero), dequantize(t, {40, 7}, {7}, -1, 0, to, zero);
      dequantize(t, {2, 7, 4}, {2, 3, 4}, 1, 3, to, zero), dequantize(t, {0, 3}, {3}, 1, 0, to, zero);
    }
}});

const by_reference dynamic_reference(cases{"DynamicQuantizeLinear", [](trial& t) {
  for (const shape& dims : {shape{}, {0}, {1}, {5}, {2, 3}, {300}, {3, 4, 5}}) {
    table x = t.draw(dims, -20, 60), y(dtype::u8, dims), scale(dtype::f32, {}), zero(dtype::u8, {});
    float low = 0, high = 0;
    each(dims, [&](const shape& i) {
      low = std::min(low, static_cast<float>(x[i].real));
      high = std::max(high, static_cast<float>(x[i].real));
    });
    const float s = low == high ? 1 : (high - low) / 255, z = std::nearbyint(std::min(std::max(-low / s, 0.0f), 255.0f));
    scale.all[8] = static_cast<double>(s);
    zero.all[8] = number::of(static_cast<i64>(z));
    each(dims, [&](const shape& i) {
      y[i] = number::of(static_cast<i64>(std::min(std::max(std::nearbyint(static_cast<float>(x[i].real) / s) + z, 0.0f), 255.0f)));
    });
    const DynamicQuantizeLinear o;
    t.expect(&o, {&x}, {&y, &scale, &zero});
  }
}});

std::string refusal(const QuantizeLinear& o, const shape& x, const shape& scale) {
  return complaint("QuantizeLinear", &o, {zeros(dtype::f32, x), zeros(dtype::f32, scale)});
}

}  // namespace

TEST_CASE("QuantizeLinear says which scales do not fit") {
  CHECK(refusal({}, {2, 3}, {3}) == "");
  CHECK(refusal({}, {2, 3}, {2}) == "QuantizeLinear: scales of shape [2] do not fit axis 1 of [2,3]");
  CHECK(refusal({.axis = 2}, {2, 3}, {3}) == "QuantizeLinear: axis 2 is out of range for [2,3]");
  CHECK(refusal({.block_size = 2}, {2, 3}, {2, 1}) == "QuantizeLinear: scales of shape [2,1] do not fit blocks of 2 along axis 1 of [2,3]");
  CHECK(refusal({.block_size = -2}, {2, 3}, {2, 1}) == "QuantizeLinear: scales of shape [2,1] do not fit blocks of -2 along axis 1 of [2,3]");
  CHECK(refusal({.output_dtype = dtype::f32}, {2, 3}, {}) == "QuantizeLinear: to float32 is not supported");
  const QuantizeLinear o{.output_dtype = dtype::i8};
  CHECK(complaint("QuantizeLinear", &o, {zeros(dtype::f32, {2}), zeros(dtype::f32, {}), zeros(dtype::u8, {})}) ==
        "QuantizeLinear: output_dtype is int8, but the zero point is uint8");
  CHECK(complaint("QuantizeLinear", nullptr, {zeros(dtype::f32, {2}), zeros(dtype::f32, {2}), zeros(dtype::u8, {})}) ==
        "QuantizeLinear: axis 1 is out of range for [2]");
}

TEST_CASE("what is no number or far outside is quantized without harm") {
  const float inf = __builtin_inff();
  const tensor<float> x({6}, {inf, -inf, __builtin_nanf(""), 1e30f, -1e30f, 0});
  const any_tensor y = quantize_linear(x, tensor<float>({}, {0.5f}), tensor<i8>({}, {3}));
  const i8 want[] = {127, -128, 0, 127, -128, 3};
  CHECK(std::memcmp(y.data(), want, 6) == 0);
  CHECK(quantize_linear(x, tensor<float>({}, {0}), tensor<u8>({}, {0})).size() == 6);
  CHECK(dynamic_quantize_linear(x).size() == 3);
}

TEST_CASE("a division may be rounded to float16 first") {
  // 1 / 3 in float16 is 0.33325, times 1536 just below 512.
  const tensor<float> x({1}, {2049.5f});
  const auto quotient = [&](dtype precision) {
    return quantize_linear(x, tensor<float>({}, {1}), tensor<u16>({}, {0}), {.precision = precision}).as<u16>()[0];
  };
  CHECK(quotient(dtype::none) == 2050);
  CHECK(quotient(dtype::f16) == 2050);
  CHECK(quotient(dtype::bf16) == 2048);
}

}  // namespace tests::ops
