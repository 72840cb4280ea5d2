// Conv: cases against loops over windows, what it says about wrong inputs, and what a convolution takes
// from its neighbours.
#include "tenon/ops/batch_normalization.hpp"
#include "tenon/ops/conv.hpp"

#include "../reference/conv.hpp"
#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::BatchNormalization;
using tenon::ops::Conv;

/// Pads as auto_pad has them, by ONNX's words.
ints same_pads(const Conv& o, const shape& x, const shape& w) {
  const std::size_t spatial = static_cast<std::size_t>(x.rank()) - 2;
  ints pads(2 * spatial);
  for (std::size_t i = 0; i < spatial; ++i) {
    const i64 in = x[static_cast<int>(i) + 2], stride = o.strides.empty() ? 1 : o.strides[i];
    const i64 reach = (w[static_cast<int>(i) + 2] - 1) * (o.dilations.empty() ? 1 : o.dilations[i]) + 1;
    i64 out = 0;
    while (out * stride < in) ++out;
    const i64 total = std::max<i64>(0, (out - 1) * stride + reach - in);
    pads[i] = o.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    pads[i + spatial] = total - pads[i];
  }
  return pads;
}

/// Volumes, tap by tap.
table convolved_volume(const Conv& o, table& x, table& w, table* b, dtype type) {
  ints pads = o.pads;
  if (o.auto_pad.starts_with("SAME")) pads = same_pads(o, x.dims, w.dims);
  if (pads.empty()) pads.assign(6, 0);
  const auto of = [](const ints& v, int i) { return v.empty() ? 1 : v[static_cast<std::size_t>(i)]; };
  shape out{x.dims[0], w.dims[0]};
  for (int d = 0; d < 3; ++d)
    out.push_back((x.dims[d + 2] + pads[static_cast<std::size_t>(d)] + pads[static_cast<std::size_t>(d) + 3] - (w.dims[d + 2] - 1) * of(o.dilations, d) - 1) / of(o.strides, d) + 1);
  table y(type, out);
  each(out, [&](const shape& at) {
    double sum = b != nullptr ? (*b)[{at[1]}].real : 0;
    each(w.dims.from(1), [&](const shape& k) {
      shape from{at[0], at[1] / (w.dims[0] / o.group) * w.dims[1] + k[0]};
      bool inside = true;
      for (int d = 0; d < 3; ++d) {
        from.push_back(at[d + 2] * of(o.strides, d) - pads[static_cast<std::size_t>(d)] + k[d + 1] * of(o.dilations, d));
        inside &= from[d + 2] >= 0 && from[d + 2] < x.dims[d + 2];
      }
      if (inside) sum += x[from].real * w[{at[1], k[0], k[1], k[2], k[3]}].real;
    });
    y[at] = sum;
  });
  return y;
}

table convolved(const Conv& o, table& x, table& w, table* b, dtype type) {
  if (x.dims.rank() == 5) return convolved_volume(o, x, w, b, type);
  const int r = x.dims.rank(), h = r == 4 ? 2 : -1, last = r - 1;
  const std::size_t spatial = static_cast<std::size_t>(r) - 2, s = spatial - 1;
  ints pads = o.pads;
  if (o.auto_pad.starts_with("SAME")) pads = same_pads(o, x.dims, w.dims);
  if (pads.empty() || o.auto_pad == "VALID") pads.assign(2 * spatial, 0);
  const auto of = [](const ints& v, std::size_t i) { return v.empty() ? 1 : v[i]; };
  const reference::window v{h < 0 ? 1 : x.dims[2], x.dims[last], w.dims[1], h < 0 ? 1 : w.dims[2], w.dims[last],
                            h < 0 ? 1 : of(o.strides, 0), of(o.strides, s), h < 0 ? 1 : of(o.dilations, 0),
                            of(o.dilations, s), h < 0 ? 0 : pads[0], pads[s]};
  shape out{x.dims[0], w.dims[0]};
  for (std::size_t i = 0; i < spatial; ++i) {
    const int d = static_cast<int>(i) + 2;
    const i64 reach = (w.dims[d] - 1) * of(o.dilations, i) + 1;
    out.push_back((x.dims[d] + pads[i] + pads[i + spatial] - reach) / of(o.strides, i) + 1);
  }
  table y(type, out);
  each(out, [&](const shape& at) {
    const i64 m = at[1], group = m / (w.dims[0] / o.group);
    const double start = b != nullptr ? (*b)[{m}].real : 0;
    y[at] = reference::convolve<double>(
                v, h < 0 ? 0 : at[2], at[last], start,
                [&](i64 iy, i64 ix, i64 c) {
                  const i64 from = group * w.dims[1] + c;
                  return (h < 0 ? x[{at[0], from, ix}] : x[{at[0], from, iy, ix}]).real;
                },
                [&](i64 c, i64 ky, i64 kx) { return (h < 0 ? w[{m, c, kx}] : w[{m, c, ky, kx}]).real; })
                .value;
  });
  return y;
}

void convolve(trial& t, const shape& x_dims, const shape& w_dims, const Conv& o, bool biased, std::string_view note) {
  table x = t.draw(x_dims), w = t.draw(w_dims), b = t.draw({w_dims[0]});
  const table y = convolved(o, x, w, biased ? &b : nullptr, t.type);
  if (biased) t.expect(&o, {&x, &w, &b}, {&y}, 0, note);
  else t.expect(&o, {&x, &w}, {&y}, 0, note);
}

}  // namespace

void conv_cases(trial& t) {
  convolve(t, {1, 3, 5, 6}, {4, 3, 3, 3}, {}, false, "plain");
  convolve(t, {2, 3, 5, 6}, {5, 3, 3, 2}, {.pads = {1, 0, 2, 1}, .strides = {2, 1}}, true, "pads");
  convolve(t, {2, 5, 4, 3}, {17, 5, 1, 1}, {}, true, "1x1");
  convolve(t, {2, 5, 4, 3}, {3, 5, 1, 1}, {.strides = {2, 2}}, true, "1x1 with strides");
  convolve(t, {1, 4, 7, 6}, {6, 2, 3, 3}, {.dilations = {2, 1}, .group = 2, .kernel_shape = {3, 3}}, true, "two groups, dilated");
  convolve(t, {2, 17, 5, 5}, {17, 1, 3, 3}, {.group = 17, .pads = {1, 1, 1, 1}}, true, "depthwise");
  convolve(t, {1, 3, 6, 7}, {6, 1, 3, 2}, {.dilations = {1, 2}, .group = 3, .strides = {2, 1}}, true, "two filters per channel");
  convolve(t, {1, 2, 6, 7}, {3, 2, 3, 2}, {.auto_pad = "SAME_UPPER", .strides = {2, 2}}, false, "SAME_UPPER");
  convolve(t, {1, 2, 6, 7}, {3, 2, 4, 2}, {.auto_pad = "SAME_LOWER", .dilations = {1, 2}, .strides = {3, 2}}, false, "SAME_LOWER");
  convolve(t, {1, 2, 6, 7}, {3, 2, 3, 2}, {.auto_pad = "VALID", .strides = {2, 2}}, false, "VALID");
  convolve(t, {2, 3, 9}, {4, 3, 3}, {.dilations = {2}, .pads = {2, 1}, .strides = {2}}, true, "1-D");
  convolve(t, {1, 4, 9}, {4, 1, 5}, {.group = 4, .pads = {2, 2}}, false, "1-D depthwise");
  convolve(t, {1, 2, 3, 3}, {2, 2, 5, 5}, {.pads = {3, 3, 3, 3}}, true, "a kernel larger than the input");
  convolve(t, {0, 2, 3, 3}, {2, 2, 3, 3}, {}, true, "no pictures");
  convolve(t, {1, 0, 3, 3}, {2, 0, 2, 2}, {}, true, "no channels in");
  convolve(t, {1, 2, 3, 3}, {0, 2, 2, 2}, {}, true, "no channels out");
  convolve(t, {1, 1, 1, 1}, {1, 1, 1, 1}, {}, true, "one of each");
  convolve(t, {2, 3, 4, 5, 6}, {5, 3, 2, 3, 3}, {.pads = {1, 0, 1, 0, 2, 1}, .strides = {1, 2, 1}}, true, "3-D");
  convolve(t, {1, 4, 5, 5, 4}, {6, 2, 2, 2, 2}, {.dilations = {2, 1, 2}, .group = 2}, true, "3-D, two groups, dilated");
  convolve(t, {1, 3, 3, 4, 5}, {3, 1, 3, 3, 3}, {.auto_pad = "SAME_LOWER", .group = 3, .strides = {2, 1, 2}}, false, "3-D depthwise");
}
const by_reference conv_reference(cases{"Conv", conv_cases});

namespace {

std::string refused(const Conv& o, const shape& x, const shape& w, const shape& b = {}) {
  const any_tensor i = zeros(dtype::f32, x), f = zeros(dtype::f32, w), add = zeros(dtype::f32, b);
  if (b.empty()) return complaint("Conv", &o, {i, f});
  return complaint("Conv", &o, {i, f, add});
}

}  // namespace

TEST_CASE("Conv says what does not fit") {
  const shape x{1, 4, 5, 5}, w{2, 4, 3, 3};
  CHECK(refused({}, x, w) == "");
  CHECK(refused({}, {4, 5}, {2, 4}) == "Conv: input [4,5] and weights [2,4] do not make an image and its filters");
  CHECK(refused({}, x, {2, 4, 3}) == "Conv: input [1,4,5,5] and weights [2,4,3] do not make an image and its filters");
  CHECK(refused({}, {1, 1, 2, 2, 2, 2}, {1, 1, 1, 1, 1, 1}) == "Conv: 4 spatial dimensions are not supported: [1,1,2,2,2,2]");
  CHECK(refused({}, x, {2, 3, 3, 3}) == "Conv: input channels 4 and weights [2,3,3,3] do not fit with group 1");
  CHECK(refused({.group = 2}, x, {3, 2, 3, 3}) == "Conv: input channels 4 and weights [3,2,3,3] do not fit with group 2");
  CHECK(refused({.group = 0}, x, w) == "Conv: input channels 4 and weights [2,4,3,3] do not fit with group 0");
  CHECK(refused({.group = INT64_MAX}, x, w) ==
        "Conv: input channels 4 and weights [2,4,3,3] do not fit with group 9223372036854775807");
  CHECK(refused({.kernel_shape = {3}}, x, w) == "Conv: kernel_shape [3] is not that of weights [2,4,3,3]");
  CHECK(refused({}, x, w, {3}) == "Conv: bias of shape [3] for 2 output channels");
  CHECK(refused({}, x, w, {2, 1}) == "Conv: bias of shape [2,1] for 2 output channels");
  CHECK(refused({.auto_pad = "EVEN"}, x, w) == "Conv: auto_pad 'EVEN' is unknown");
  CHECK(refused({.strides = {1}}, x, w) == "Conv: strides [1] need 2 entries");
  CHECK(refused({.dilations = {1, 1, 1}}, x, w) == "Conv: dilations [1,1,1] need 2 entries");
  CHECK(refused({.pads = {1, 1}}, x, w) == "Conv: pads [1,1] need 4 entries");
  CHECK(refused({}, {1, 4, 2, 5}, w) == "Conv: a window of 3 is larger than the padded input of 2");
  CHECK(refused({.dilations = {1, 1 << 30}}, x, w) == "Conv: a window of 2147483649 is larger than the padded input of 5");
  CHECK(refused({.strides = {0, 1}}, x, w) ==
        "Conv: kernel [3,3], strides [0,1], dilations [], pads []: an entry is out of range");
  CHECK(refused({.strides = {INT64_MAX, INT64_MAX}}, x, w) ==
        "Conv: kernel [3,3], strides [9223372036854775807,9223372036854775807], dilations [], pads []: an entry is out of range");
  CHECK(refused({.pads = {0, 0, -1, 0}}, x, w) ==
        "Conv: kernel [3,3], strides [], dilations [], pads [0,0,?,0]: an entry is out of range");
  CHECK(refused({.strides = {1 << 30, 1 << 30}}, x, w) == "");
  CHECK(refused({}, x, {2, 4, 0, 3}) == "Conv: kernel [0,3], strides [], dilations [], pads []: an entry is out of range");
}

TEST_CASE("Conv refuses outputs that no machine holds") {
  const i64 most = i64{1} << 31;
  const Conv wide{.pads = {most, most, most, most}}, half{.pads = {most / 2, most / 2, most / 2, most / 2}};
  CHECK(refused(wide, {1, 1, 1, 1}, {1, 1, 1, 1}) ==
        "Conv: output 0 would have shape [1,1,4294967297,4294967297], more elements than 64 bits count");
  for (dtype d : {dtype::f16, dtype::f32, dtype::f64}) {
    const any_tensor x = zeros(d, {1, 1, 1, 1});
    CHECK(complaint("Conv", &half, {x, x}) == "Conv: a tensor of shape [1,1,2147483649,2147483649] has more bytes than 64 bits count");
  }
  // No elements, but dimensions at the end of what 64 bits count.
  const any_tensor none = zeros(dtype::f32, {0, 1, INT64_MAX, INT64_MAX}), w = zeros(dtype::f32, {1, 1, 1, 1});
  const Conv plain, same{.auto_pad = "SAME_UPPER", .strides = {3, 3}}, padded{.pads = {1, 1, 1, 1}};
  for (const Conv* o : {&plain, &same, &padded})
    CHECK(complaint("Conv", o, {none, w}) == "Conv: an input of [9223372036854775807,9223372036854775807] is too large");
}

TEST_CASE("Conv takes the inputs that ONNX gives it and no others") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 2, 2}), w = zeros(dtype::f32, {1, 1, 1, 1}), b = zeros(dtype::f32, {1});
  const any_tensor i = zeros(dtype::i32, {1, 1, 2, 2}), d = zeros(dtype::f64, {1, 1, 1, 1}), z = zeros(dtype::f32, {1, 1, 1, 1});
  const Conv o;
  CHECK(complaint("Conv", &o, {x}) == "Conv: takes 2 to 4 inputs, not 1");
  CHECK(complaint("Conv", &o, {x, w, b, x, x}) == "Conv: takes 2 to 4 inputs, not 5");
  CHECK(complaint("Conv", &o, {any_view(), w}) == "Conv: input X is missing");
  CHECK(complaint("Conv", &o, {i, w}) == "Conv: input X cannot be int32");
  CHECK(complaint("Conv", &o, {x, d}) == "Conv: input W is float64 where float32 is expected");
  CHECK(complaint("Conv", &o, {x, w, any_view(), z}) == "Conv: an addend of shape [1,1,1,1] for an output of [1,1,2,2]");
}

TEST_CASE("Conv reads images stored channels last, and nothing else so stored") {
  trial t(row("Conv"), dtype::f32, layout::contiguous, 7);
  table x = t.draw({2, 3, 4, 5}), w = t.draw({4, 3, 2, 2});
  const Conv o;
  const table y = convolved(o, x, w, nullptr, dtype::f32);
  const auto stored = [](table& from) {
    const shape strides = channels_last_strides(from.dims);
    tensor<float> to(shape{from.dims});
    each(from.dims, [&](const shape& i) { to.data()[reference::offset(i, strides)] = static_cast<float>(from[i].real); });
    return std::pair(std::move(to), strides);
  };
  const auto image = stored(x), filters = stored(w);
  const any_view in[] = {{dtype::f32, x.dims, image.second, reinterpret_cast<const std::byte*>(image.first.data())},
                         {dtype::f32, w.dims, filters.second, reinterpret_cast<const std::byte*>(filters.first.data())}};
  const auto made = try_apply(row("Conv"), &o, in);
  REQUIRE(made.has_value());
  if (!made.has_value()) return;
  for (i64 i = 0; i < (*made)[0].size(); ++i)
    CHECK(static_cast<double>((*made)[0].as<float>()[i]) == y.all[static_cast<std::size_t>(8 + i)].real);
}

namespace {

/// Runs a node into memory of its own, the output stored channels last.
std::vector<float> run_into(const op_info& info, const void* op, std::span<const any_view> in, const shape& out, interval clamp) {
  std::vector<known> k, y{{dtype::f32, out, {}}};
  for (const any_view& v : in) k.push_back({v.type, v.dims, v});
  auto scratch = buffer::make(scratch_bytes(info, op, k, y, false));
  std::vector<float> to(static_cast<std::size_t>(count(out)));
  if (!scratch.has_value()) return {};
  const mutable_any_view view(dtype::f32, out, channels_last_strides(out), reinterpret_cast<std::byte*>(to.data()));
  run_context c(in, std::span(&view, 1), (*scratch).data(), nullptr, clamp);
  return run_node(info, op, c).has_value() ? to : std::vector<float>();
}

}  // namespace

TEST_CASE("Conv adds a residual, then clamps") {
  trial t(row("Conv"), dtype::f32, layout::contiguous, 11);
  for (const i64 group : {i64{1}, i64{6}}) {
    table x = t.draw({2, 6, 5, 5}), w = t.draw({6, 6 / group, 3, 3}), b = t.draw({6}), z = t.draw({2, 6, 3, 3}, -40, 40);
    const Conv o{.group = group};
    table y = convolved(o, x, w, &b, dtype::f32);
    const laid_out xs(x, layout::contiguous), ws(w, layout::contiguous), bs(b, layout::contiguous);
    const shape last = channels_last_strides(z.dims);
    std::vector<float> addend(static_cast<std::size_t>(count(z.dims)));
    each(z.dims, [&](const shape& i) { addend[static_cast<std::size_t>(reference::offset(i, last))] = static_cast<float>(z[i].real); });
    const any_view zs(dtype::f32, z.dims, last, reinterpret_cast<const std::byte*>(addend.data()));
    const any_view in[] = {xs.view, ws.view, bs.view, zs};
    for (const auto& [residual, clamp] : {std::pair(false, interval{.lo = 0, .hi = 6}), std::pair(true, interval{}),
                                          std::pair(true, interval{.lo = -1, .hi = 5})}) {
      const auto out = run_into(row("Conv"), &o, std::span(in).first(residual ? 4 : 3), y.dims, clamp);
      REQUIRE(out.size() == addend.size());
      if (out.size() != addend.size()) return;
      each(y.dims, [&](const shape& i) {
        const double sum = y[i].real + (residual ? z[i].real : 0);
        CHECK(static_cast<double>(out[static_cast<std::size_t>(reference::offset(i, last))]) ==
              std::min(std::max(sum, clamp.lo), clamp.hi));
      });
    }
  }
}

TEST_CASE("Conv absorbs a BatchNormalization that follows it") {
  trial t(row("Conv"), dtype::f32, layout::contiguous, 13);
  for (const bool biased : {false, true}) {
    table x = t.draw({1, 3, 6, 6}, 0, 4), w = t.draw({5, 3, 3, 3}, 0, 4), b = t.draw({5}, 0, 4);
    table scale = t.draw({5}, 1, 4), shift = t.draw({5}, 1, 4), mean = t.draw({5}, -4, 0), var = t.draw({5}, 1, 4);
    const laid_out xs(x, layout::contiguous), ws(w, layout::contiguous), bs(b, layout::contiguous),
        scales(scale, layout::contiguous), shifts(shift, layout::contiguous), means(mean, layout::contiguous), vars(var, layout::contiguous);
    const Conv conv;
    const BatchNormalization norm;
    const any_view conv_in[] = {xs.view, ws.view, bs.view};
    const auto inputs = std::span(conv_in).first(biased ? 3 : 2);
    const auto first = try_apply(row("Conv"), &conv, inputs);
    REQUIRE(first.has_value());
    if (!first.has_value()) return;
    const any_view norm_in[] = {(*first)[0].look(), scales.view, shifts.view, means.view, vars.view};
    const auto both = try_apply(row("BatchNormalization"), &norm, norm_in);
    // Rewriting knows constants only: the image is none.
    any_view given[] = {{}, ws.view, bs.view}, constants[] = {{}, scales.view, shifts.view, means.view, vars.view};
    const auto affine = row("BatchNormalization").fuse.as_affine(&norm, constants);
    REQUIRE((both.has_value() && affine.has_value()));
    if (!both.has_value() || !affine) return;
    any_tensor new_w, new_b;
    const bool taken = row("Conv").fuse.absorb_affine(&conv, std::span(given).first(biased ? 3 : 2), *affine, new_w, new_b);
    REQUIRE(taken);
    if (!taken) return;
    const any_view fused_in[] = {xs.view, new_w.look(), new_b.look()};
    const auto fused = try_apply(row("Conv"), &conv, fused_in);
    REQUIRE(fused.has_value());
    if (!fused.has_value()) return;
    for (i64 i = 0; i < (*fused)[0].size(); ++i) {
      u32 p = 0, q = 0;
      std::memcpy(&p, (*fused)[0].as<float>() + i, 4);
      std::memcpy(&q, (*both)[0].as<float>() + i, 4);
      CHECK(reference::steps_between(p, q, 32) <= 16);
    }
  }
}

TEST_CASE("Conv leaves a BatchNormalization alone whose constants it cannot take") {
  const any_tensor w = zeros(dtype::f32, {2, 1, 1, 1}), wide = zeros(dtype::f64, {2, 1, 1, 1}), b = zeros(dtype::f32, {3});
  const channel_affine two{{1, 1}, {0, 0}}, three{{1, 1, 1}, {0, 0, 0}};
  any_tensor x, y;
  const Conv o;
  const auto absorbs = [&](const any_view& filters, const any_view& bias, const channel_affine& a) {
    const any_view in[] = {{}, filters, bias};
    return row("Conv").fuse.absorb_affine(&o, in, a, x, y);
  };
  CHECK(absorbs(w, {}, two));
  CHECK(!absorbs(w, {}, three));
  CHECK(!absorbs(wide, {}, two));
  CHECK(!absorbs(w, b, two));
  CHECK(!absorbs({}, {}, two));
  const BatchNormalization norm, training{.training_mode = true};
  const any_tensor c = zeros(dtype::f32, {2});
  const any_view constants[] = {{}, c, c, c, c}, missing[] = {{}, c, c, {}, c};
  CHECK(row("BatchNormalization").fuse.as_affine(&norm, constants).has_value());
  CHECK(!row("BatchNormalization").fuse.as_affine(&training, constants).has_value());
  CHECK(!row("BatchNormalization").fuse.as_affine(&norm, missing).has_value());
}

}  // namespace tests::ops
