// ConvTranspose: cases against loops that add every input element's kernel, sizes, wrong inputs, and
// what it takes from its neighbours.
#include "tenon/ops/conv_transpose.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::ConvTranspose;

/// `begin` and `out` as ONNX's formulas give them by hand.
table transposed(const ConvTranspose& o, table& x, table& w, table* b, const ints& begin, const shape& out, dtype type) {
  shape dims{x.dims[0], w.dims[1] * o.group};
  for (i64 d : out) dims.push_back(d);
  table y(type, dims);
  each(dims, [&](const shape& at) { y[at] = b != nullptr ? (*b)[{at[1]}].real : 0.0; });
  const int spatial = x.dims.rank() - 2;
  each(x.dims, [&](const shape& from) {
    each(w.dims.from(1), [&](const shape& k) {
      const i64 group = from[1] / (x.dims[1] / o.group);
      shape to{from[0], group * w.dims[1] + k[0]}, weight{from[1], k[0]};
      bool inside = true;
      for (int d = 0; d < spatial; ++d) {
        const auto u = static_cast<std::size_t>(d);
        to.push_back(from[d + 2] * (o.strides.empty() ? 1 : o.strides[u]) - begin[u] + k[d + 1] * (o.dilations.empty() ? 1 : o.dilations[u]));
        inside &= to[d + 2] >= 0 && to[d + 2] < out[d];
        weight.push_back(k[d + 1]);
      }
      if (inside) y[to] = y[to].real + x[from].real * w[weight].real;
    });
  });
  return y;
}

void transpose(trial& t, const shape& x_dims, const shape& w_dims, const ConvTranspose& o, bool biased, const ints& begin,
               const shape& out, std::string_view note) {
  table x = t.draw(x_dims), w = t.draw(w_dims), b = t.draw({w_dims[1] * o.group});
  const table y = transposed(o, x, w, biased ? &b : nullptr, begin, out, t.type);
  if (biased) t.expect(&o, {&x, &w, &b}, {&y}, 0, note);
  else t.expect(&o, {&x, &w}, {&y}, 0, note);
}

}  // namespace

void conv_transpose_cases(trial& t) {
  transpose(t, {1, 3, 4, 5}, {3, 2, 3, 3}, {}, true, {0, 0}, {6, 7}, "plain");
  transpose(t, {2, 3, 4, 5}, {3, 5, 2, 2}, {.strides = {2, 2}}, true, {0, 0}, {8, 10}, "2x2 without overlap");
  transpose(t, {1, 9, 3, 70}, {9, 1, 2, 2}, {.strides = {2, 2}}, true, {0, 0}, {6, 140}, "one channel out");
  transpose(t, {1, 2, 3, 3}, {2, 17, 3, 3}, {.pads = {1, 0, 2, 1}, .strides = {2, 1}}, true, {1, 0}, {4, 4}, "pads");
  transpose(t, {1, 2, 3, 3}, {2, 3, 3, 3}, {.output_padding = {1, 1}, .strides = {3, 2}}, false, {0, 0}, {10, 8}, "output_padding");
  transpose(t, {1, 2, 3, 3}, {2, 3, 3, 3}, {.output_shape = {10, 8}, .strides = {3, 2}}, true, {0, 0}, {10, 8}, "a larger output_shape");
  transpose(t, {1, 2, 3, 3}, {2, 3, 3, 3}, {.output_shape = {6, 4}, .strides = {3, 2}}, true, {2, 2}, {6, 4}, "a smaller output_shape");
  transpose(t, {1, 2, 3, 4}, {2, 3, 3, 3}, {.auto_pad = "SAME_UPPER", .strides = {2, 2}}, false, {0, 0}, {6, 8}, "SAME_UPPER");
  transpose(t, {1, 2, 3, 4}, {2, 3, 3, 4}, {.auto_pad = "SAME_LOWER", .strides = {2, 1}}, false, {1, 2}, {6, 4}, "SAME_LOWER");
  transpose(t, {1, 2, 3, 4}, {2, 3, 3, 2}, {.auto_pad = "VALID"}, false, {0, 0}, {5, 5}, "VALID");
  transpose(t, {2, 4, 3, 3}, {4, 3, 2, 3}, {.dilations = {2, 1}, .group = 2}, true, {0, 0}, {5, 5}, "two groups, dilated");
  transpose(t, {1, 3, 3, 3}, {3, 1, 2, 2}, {.group = 3, .strides = {2, 2}}, true, {0, 0}, {6, 6}, "depthwise");
  transpose(t, {2, 3, 70}, {3, 4, 5}, {.pads = {2, 2}, .strides = {2}}, true, {2}, {139}, "1-D");
  transpose(t, {1, 3, 5}, {3, 2, 2}, {.strides = {2}}, false, {0}, {10}, "1-D without overlap");
  transpose(t, {1, 2, 2, 3, 2}, {2, 3, 2, 3, 2}, {.strides = {2, 1, 3}}, true, {0, 0, 0}, {4, 5, 5}, "3-D");
  transpose(t, {0, 2, 3, 3}, {2, 2, 3, 3}, {}, true, {0, 0}, {5, 5}, "no pictures");
  transpose(t, {1, 0, 3, 3}, {0, 2, 3, 3}, {}, true, {0, 0}, {5, 5}, "no channels in");
  transpose(t, {1, 2, 3, 3}, {2, 0, 3, 3}, {}, false, {0, 0}, {5, 5}, "no channels out");
}
const by_reference conv_transpose_reference(cases{"ConvTranspose", conv_transpose_cases});

TEST_CASE("ConvTranspose says what does not fit") {
  const auto says = [](const ConvTranspose& o, const shape& x, const shape& w, const shape& b = {}) {
    const any_tensor i = zeros(dtype::f32, x), k = zeros(dtype::f32, w), add = zeros(dtype::f32, b);
    return b.empty() ? complaint("ConvTranspose", &o, {i, k}) : complaint("ConvTranspose", &o, {i, k, add});
  };
  const shape x{1, 2, 3, 3}, w{2, 3, 3, 3};
  CHECK(says({}, x, w) == "");
  CHECK(says({}, {2, 3}, {2, 3}) == "ConvTranspose: input [2,3] and weights [2,3] do not make an image and its kernels");
  CHECK(says({}, shape::filled(6, 1), shape::filled(6, 1)) == "ConvTranspose: 4 spatial dimensions are not supported: [1,1,1,1,1,1]");
  CHECK(says({}, x, {3, 3, 3, 3}) == "ConvTranspose: input channels 2 and weights [3,3,3,3] do not fit with group 1");
  CHECK(says({.group = 0}, x, w) == "ConvTranspose: input channels 2 and weights [2,3,3,3] do not fit with group 0");
  CHECK(says({.kernel_shape = {2, 2}}, x, w) == "ConvTranspose: kernel_shape [2,2] is not that of weights [2,3,3,3]");
  CHECK(says({.auto_pad = "EVEN"}, x, w) == "ConvTranspose: auto_pad 'EVEN' is unknown");
  CHECK(says({.strides = {1}}, x, w) == "ConvTranspose: strides [1] need 2 entries");
  CHECK(says({.pads = {1, 1}}, x, w) == "ConvTranspose: pads [1,1] need 4 entries");
  CHECK(says({}, x, w, {2}) == "ConvTranspose: bias of shape [2] for 3 output channels");
  CHECK(says({.pads = {3, 3, 3, 3}}, x, w) == "ConvTranspose: pads [3,3,3,3] are larger than an output of 5");
  CHECK(says({.strides = {0, 1}}, x, w).starts_with("ConvTranspose: input [1,2,3,3], kernel [3,3], strides [0,1]"));
  CHECK(says({.dilations = {INT64_MAX, 1}}, x, w).ends_with("an entry is out of range"));
  CHECK(says({.strides = {1 << 30, 1 << 30}}, {1, 1, 1 << 15, 1}, {1, 1, 1, 1}).ends_with("more than the 1073741824 that are left"));
}

TEST_CASE("ConvTranspose clamps, and absorbs a BatchNormalization") {
  trial t(row("ConvTranspose"), dtype::f32, layout::contiguous, 3);
  for (const i64 stride : {i64{2}, i64{1}}) {
    table x = t.draw({2, 4, 3, 3}), w = t.draw({4, 3, 2, 2}), b = t.draw({6});
    const ConvTranspose o{.group = stride == 2 ? 1 : 2, .strides = {stride, stride}};
    const i64 m = 3 * o.group;
    b.dims = shape{m}, b.strides = shape{1};
    const shape out{2, m, stride == 2 ? 6 : 4, stride == 2 ? 6 : 4};
    table y = transposed(o, x, w, &b, {0, 0}, {out[2], out[3]}, dtype::f32);
    const laid_out xs(x, layout::contiguous), ws(w, layout::contiguous), bs(b, layout::contiguous);
    const any_view in[] = {xs.view, ws.view, bs.view};
    std::vector<known> k, to{{dtype::f32, out, {}}};
    for (const any_view& v : in) k.push_back({v.type, v.dims, v});
    auto scratch = buffer::make(scratch_bytes(row("ConvTranspose"), &o, k, to, false));
    std::vector<float> got(static_cast<std::size_t>(count(out)));
    REQUIRE(scratch.has_value());
    if (!scratch.has_value()) return;
    const shape last = channels_last_strides(out);
    const mutable_any_view view(dtype::f32, out, last, reinterpret_cast<std::byte*>(got.data()));
    run_context c(in, std::span(&view, 1), (*scratch).data(), nullptr, {.lo = -3, .hi = 5});
    CHECK(run_node(row("ConvTranspose"), &o, c).has_value());
    each(out, [&](const shape& i) {
      CHECK(static_cast<double>(got[static_cast<std::size_t>(reference::offset(i, last))]) == std::min(std::max(y[i].real, -3.0), 5.0));
    });

    channel_affine a;
    for (i64 i = 0; i < m; ++i) a.scale.push_back(0.5 * static_cast<double>(i + 1)), a.shift.push_back(static_cast<double>(i) - 2);
    any_tensor new_w, new_b;
    const any_view constants[] = {{}, ws.view, bs.view};
    REQUIRE(row("ConvTranspose").fuse.absorb_affine(&o, constants, a, new_w, new_b));
    each(out, [&](const shape& i) { y[i] = y[i].real * a.scale[static_cast<std::size_t>(i[1])] + a.shift[static_cast<std::size_t>(i[1])]; });
    table scaled(dtype::f32, w.dims), shifted(dtype::f32, {m});
    each(w.dims, [&](const shape& i) { scaled[i] = static_cast<double>(new_w.as<float>()[reference::offset(i, contiguous_strides(w.dims))]); });
    for (i64 i = 0; i < m; ++i) shifted[{i}] = static_cast<double>(new_b.as<float>()[i]);
    t.expect(&o, {&x, &scaled, &shifted}, {&y});
  }
}

}  // namespace tests::ops
