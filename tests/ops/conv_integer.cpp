// ConvInteger and QLinearConv: cases against loops over windows in exact integers, and what they say about
// wrong inputs.
#include "tenon/ops/conv_integer.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::ConvInteger;
using tenon::ops::QLinearConv;

template <class Op>
void convolve(trial& t, const shape& x_dims, const shape& w_dims, const Op& o, bool zeros_given, bool per_channel) {
  constexpr bool quantized = std::is_same_v<Op, QLinearConv>;
  const dtype other = t.type == dtype::i8 ? dtype::u8 : dtype::i8;
  table x = t.draw(t.type, x_dims, -100, 100), w = t.draw(other, w_dims, -100, 100), xz = t.draw(t.type, {}, -9, 9),
        wz = t.draw(other, per_channel ? shape{w_dims[0]} : shape{}, -9, 9);
  const int spatial = x_dims.rank() - 2;
  const auto of = [](const ints& v, int i, i64 missing) { return v.empty() ? missing : v[static_cast<std::size_t>(i)]; };
  shape out{x_dims[0], w_dims[0]};
  for (int d = 0; d < spatial; ++d)
    out.push_back((x_dims[d + 2] + of(o.pads, d, 0) + of(o.pads, d + spatial, 0) - (w_dims[d + 2] - 1) * of(o.dilations, d, 1) - 1) / of(o.strides, d, 1) + 1);
  table y(dtype::i32, out);
  each(out, [&](const shape& at) {
    reference::wide sum = 0;
    each(w_dims.from(1), [&](const shape& k) {
      shape from{at[0], at[1] / (w_dims[0] / o.group) * w_dims[1] + k[0]}, weight{at[1], k[0]};
      bool inside = true;
      for (int d = 0; d < spatial; ++d) {
        from.push_back(at[d + 2] * of(o.strides, d, 1) - of(o.pads, d, 0) + k[d + 1] * of(o.dilations, d, 1));
        inside &= from[d + 2] >= 0 && from[d + 2] < x_dims[d + 2];
        weight.push_back(k[d + 1]);
      }
      const reference::wide less_x = zeros_given ? xz[{}].integer : 0, less_w = !zeros_given ? 0 : per_channel ? wz[{at[1]}].integer : wz[{}].integer;
      if (inside) sum += (x[from].integer - less_x) * (w[weight].integer - less_w);
    });
    y[at] = number::of(sum);
  });
  if constexpr (quantized) {
    // Powers of two, so that the product is exact, and half of all quotients lie in the middle.
    const shape channels{w_dims[0]};
    table xs(dtype::f32, {}, {0.5}), ws = t.fill(table(dtype::f32, per_channel ? channels : shape{}), [&] { return number(t.random.between(0, 1) == 0 ? 0.25 : 0.125); });
    table ys(dtype::f32, {}, {16}), yz = t.draw(other, {}, -9, 9), bias = t.draw(dtype::i32, channels, -999, 999), q(other, out);
    const bool whole = other == dtype::u8;
    for (const bool biased : {false, true}) {
      each(out, [&](const shape& i) {
        const reference::wide sum = y[i].integer + (biased ? bias[{i[1]}].integer : 0);
        const double scaled = static_cast<double>(sum) * 0.5 * ws[per_channel ? shape{i[1]} : shape{}].real / 16;
        q[i] = number::of(static_cast<reference::wide>(std::clamp(std::nearbyint(scaled) + static_cast<double>(yz[{}].integer), whole ? 0.0 : -128.0, whole ? 255.0 : 127.0)));
      });
      if (biased) t.expect(&o, {&x, &xs, &xz, &w, &ws, &wz, &ys, &yz, &bias}, {&q});
      else t.expect(&o, {&x, &xs, &xz, &w, &ws, &wz, &ys, &yz}, {&q});
    }
  } else if (zeros_given) {
    t.expect(&o, {&x, &w, &xz, &wz}, {&y});
  } else {
    t.expect(&o, {&x, &w}, {&y});
  }
}

}  // namespace

const by_reference q_linear_reference(cases{"QLinearConv", [](trial& t) {
  convolve(t, {1, 3, 5, 6}, {4, 3, 3, 3}, QLinearConv{}, true, false);
  convolve(t, {2, 4, 5, 6}, {6, 2, 3, 2}, QLinearConv{.dilations = {1, 2}, .group = 2, .pads = {1, 0, 2, 1}, .strides = {2, 1}}, true, true);
  convolve(t, {1, 2, 9}, {3, 2, 4}, QLinearConv{.pads = {2, 2}}, true, true), convolve(t, {1, 2, 3, 4, 3}, {3, 2, 2, 2, 2}, QLinearConv{}, true, false);
}});

void conv_integer_cases(trial& t) {
  convolve(t, {1, 3, 5, 6}, {4, 3, 3, 3}, ConvInteger{}, false, false);
  convolve(t, {2, 4, 5, 6}, {6, 2, 3, 2}, ConvInteger{.dilations = {1, 2}, .group = 2, .pads = {1, 0, 2, 1}, .strides = {2, 1}}, true, true);
  convolve(t, {1, 2, 9}, {3, 2, 4}, ConvInteger{.pads = {2, 2}}, true, false), convolve(t, {1, 2, 3, 4, 3}, {3, 2, 2, 2, 2}, ConvInteger{}, true, true);
}
const by_reference conv_integer_reference(cases{"ConvInteger", conv_integer_cases});

TEST_CASE("ConvInteger says what does not fit") {
  const any_tensor x = zeros(dtype::u8, {1, 2, 3, 3}), w = zeros(dtype::u8, {3, 2, 2, 2}), two = zeros(dtype::u8, {2});
  const ConvInteger o, grouped{.group = 2};
  CHECK(complaint("ConvInteger", &o, {x, w}) == "");
  CHECK(complaint("ConvInteger", &o, {x, w, two}) == "ConvInteger: x_zero_point of shape [2] is no scalar");
  CHECK(complaint("ConvInteger", &o, {x, w, {}, two}) == "ConvInteger: w_zero_point of shape [2] for 3 output channels");
  CHECK(complaint("ConvInteger", &grouped, {x, w}) == "ConvInteger: input channels 2 and weights [3,2,2,2] do not fit with group 2");
}

TEST_CASE("QLinearConv says what does not fit") {
  const any_tensor x = zeros(dtype::u8, {1, 2, 3, 3}), w = zeros(dtype::i8, {3, 2, 2, 2}), s = zeros(dtype::f32, {}), xz = zeros(dtype::u8, {}), wz = zeros(dtype::i8, {}), two = zeros(dtype::f32, {2}), b = zeros(dtype::i32, {2});
  CHECK(complaint("QLinearConv", nullptr, {x, s, xz, w, s, wz, s, xz}) == "");
  CHECK(complaint("QLinearConv", nullptr, {x, s, xz, w, two, wz, s, xz}) == "QLinearConv: input 4 of shape [2] for 3 output channels");
  CHECK(complaint("QLinearConv", nullptr, {x, two, xz, w, s, wz, s, xz}) == "QLinearConv: input 1 of shape [2] for 3 output channels");
  CHECK(complaint("QLinearConv", nullptr, {x, s, xz, w, s, wz, s, xz, b}) == "QLinearConv: B of shape [2] for 3 output channels");
}

}  // namespace tests::ops
