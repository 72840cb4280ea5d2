// ConvInteger: cases against loops over windows in exact integers, and what it says about wrong inputs.
#include "tenon/ops/conv_integer.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::ConvInteger;

void convolve(trial& t, const shape& x_dims, const shape& w_dims, const ConvInteger& o, bool zeros_given, bool per_channel) {
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
  if (zeros_given) t.expect(&o, {&x, &w, &xz, &wz}, {&y});
  else t.expect(&o, {&x, &w}, {&y});
}

}  // namespace

void conv_integer_cases(trial& t) {
  convolve(t, {1, 3, 5, 6}, {4, 3, 3, 3}, {}, false, false);
  convolve(t, {2, 4, 5, 6}, {6, 2, 3, 2}, {.dilations = {1, 2}, .group = 2, .pads = {1, 0, 2, 1}, .strides = {2, 1}}, true, true);
  convolve(t, {1, 2, 9}, {3, 2, 4}, {.pads = {2, 2}}, true, false), convolve(t, {1, 2, 3, 4, 3}, {3, 2, 2, 2, 2}, {}, true, true);
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

}  // namespace tests::ops
