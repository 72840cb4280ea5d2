// GridSample, AffineGrid, Col2Im, DeformConv: cases against sums over all elements that may matter, and
// what they say about wrong inputs.
#include "tenon/ops/sampling.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

using namespace tenon::ops;

double hat(double x) { return std::max(0.0, 1 - std::abs(x)); }
double cubic(double x) {
  x = std::abs(x);
  if (x <= 1) return (1.25 * x - 2.25) * x * x + 1;
  return x < 2 ? ((-0.75 * x + 3.75) * x - 6) * x + 3 : 0;
}

void sample(trial& t, const shape& x_dims, const shape& points, const GridSample& o) {
  const int spatial = x_dims.rank() - 2;
  shape g_dims{x_dims[0]}, out{x_dims[0], x_dims[1]};
  for (i64 d : points) g_dims.push_back(d), out.push_back(d);
  g_dims.push_back(spatial);
  const bool numbers = dtypes::numeric.has(t.type);
  table x = numbers ? t.draw(x_dims, 1, 4) : t.patterns(x_dims), grid = t.draw(dtypes::floating.has(t.type) ? t.type : dtype::f32, g_dims, -2, 2), y(t.type, out);
  y.bits = x.bits;
  // Coordinates in sixteenths have the same bits in every precision.
  const bool nearest = o.mode == "nearest", by_cubic = o.mode == "cubic";
  const bool zeros = o.padding_mode == "zeros", border = o.padding_mode == "border";
  struct tap {
    i64 from;
    double weight;
  };
  each(out, [&](const shape& at) {
    // What counts along each axis, far beyond both ends.
    std::vector<tap> taps[3];
    shape counts;
    for (int d = 0; d < spatial; ++d) {
      const i64 size = x_dims[d + 2];
      const double length = static_cast<double>(size), low = o.align_corners ? 0 : -0.5, high = o.align_corners ? length - 1 : length - 0.5;
      const auto reflect = [&](double v) {
        while (v < low || v > high) v = v < low ? 2 * low - v : 2 * high - v;
        return v;
      };
      shape g{at[0]};
      for (int k = 0; k < spatial; ++k) g.push_back(at[k + 2]);
      g.push_back(spatial - 1 - d);
      const double n = grid[g].real;
      double p = o.align_corners ? (n + 1) / 2 * (length - 1) : ((n + 1) * length - 1) / 2;
      if (nearest) p = std::nearbyint(p);
      if (border) p = p < low || p > high ? std::min(std::max(p, 0.0), length - 1) : p;
      else if (!zeros) p = reflect(p);
      if (nearest) p = std::trunc(p);
      for (i64 i = -3 * size - 4; i < 3 * size + 4; ++i) {
        const double weight = by_cubic ? cubic(static_cast<double>(i) - p) : hat(static_cast<double>(i) - p);
        if (weight == 0 || (zeros && (i < 0 || i >= size))) continue;
        const i64 inside = i >= 0 && i < size ? i : border ? (i < 0 ? 0 : size - 1) : static_cast<i64>(reflect(static_cast<double>(i)));
        taps[d].push_back({inside, weight});
      }
      counts.push_back(static_cast<i64>(taps[d].size()));
    }
    double sum = 0;
    number one_element = t.type == dtype::string ? number::of(-1) : x.kind();  // no text at all, or zero
    each(counts, [&](const shape& chosen) {
      double weight = 1;
      shape from{at[0], at[1]};
      for (int d = 0; d < spatial; ++d) {
        const tap& one = taps[d][static_cast<std::size_t>(chosen[d])];
        weight *= one.weight, from.push_back(one.from);
      }
      sum += weight * static_cast<double>(x[from]), one_element = x[from];
    });
    if (nearest) y[at] = one_element;
    else y[at] = y.kind().whole ? number::of(static_cast<reference::wide>(sum)) : number(sum);
  });
  // Sums with weights of both signs, rounded in the type of the element.
  t.expect(&o, {&x, &grid}, {&y}, o.mode == "nearest" ? 0 : t.type == dtype::f32 ? 1 << 10 : t.type == dtype::f64 ? 1 << 16 : 1, o.mode + " " + o.padding_mode);
}

}  // namespace

void grid_sample_cases(trial& t) {
  for (const char* mode : {"nearest", "linear", "cubic"})
    for (const char* padding : {"zeros", "border", "reflection"})
      for (const bool corners : {false, true}) {
        if (!dtypes::floating.has(t.type) && (corners || mode[0] == 'c' || (mode[0] == 'l' && !dtypes::numeric.has(t.type)))) continue;
        const GridSample o{.align_corners = corners, .mode = mode, .padding_mode = padding};
        sample(t, {2, 2, 3, 5}, {2, 3}, o);
        if (!dtypes::floating.has(t.type)) continue;
        sample(t, {1, 1, 4}, {7}, o);
        if (mode[0] != 'c') sample(t, {1, 2, 2, 3, 2}, {1, 2, 2}, o);
      }
}
const by_reference grid_sample_reference(cases{"GridSample", grid_sample_cases});

void affine_grid_cases(trial& t) {
  for (const bool corners : {false, true})
    // Of these sizes all coordinates are exact.
    for (const shape& size : {corners ? shape{2, 3, 5, 3} : shape{2, 3, 4, 2}, corners ? shape{1, 1, 2, 3, 5} : shape{1, 1, 2, 4, 8}}) {
      const AffineGrid o{.align_corners = corners};
      const int n = size.rank() - 2;
      shape out{size[0]};
      for (int d = 0; d < n; ++d) out.push_back(size[d + 2]);
      out.push_back(n);
      table theta = t.draw({size[0], n, n + 1}), y(t.type, out);
      const table wanted({size.rank()}, std::vector<i64>(size.begin(), size.end()));
      each(out, [&](const shape& i) {
        double sum = theta[{i[0], i[n + 1], n}].real;
        for (int k = 0; k < n; ++k) {
          const double length = static_cast<double>(size[size.rank() - 1 - k]), at = static_cast<double>(i[n - k]);
          sum += theta[{i[0], i[n + 1], k}].real * (corners ? 2 * at / (length - 1) - 1 : (2 * at + 1) / length - 1);
        }
        y[i] = sum;
      });
      t.expect(&o, {&theta, &wanted}, {&y});
    }
}
const by_reference affine_grid_reference(cases{"AffineGrid", affine_grid_cases});

void col2im_cases(trial& t) {
  // The sum of two tiny floats is that of their patterns.
  const bool pairs = t.type == dtype::c64 || t.type == dtype::c128;
  const auto run = [&](const shape& image, const shape& block, i64 blocks, const Col2Im& o) {
    const i64 taps = count(block);
    shape out{2, 3};
    for (i64 d : image) out.push_back(d);
    table x(t.type, {2, 3 * taps, blocks}), y(t.type, out);
    x.bits = y.bits = pairs;
    if (pairs) x = t.fill(x, [&] { return number::of(t.random.between(0, 9) + (reference::wide{t.random.between(0, 9)} << 4 * size_of(t.type))); });
    else x = t.draw(x.dims, 0, 2);
    const table image_shape({image.rank()}, std::vector<i64>(image.begin(), image.end())), block_shape({block.rank()}, std::vector<i64>(block.begin(), block.end()));
    shape places;
    for (int d = 0; d < image.rank(); ++d) {
      const auto u = static_cast<std::size_t>(d);
      places.push_back((image[d] + (o.pads.empty() ? 0 : o.pads[u] + o.pads[u + image.size()]) - (block[d] - 1) * (o.dilations.empty() ? 1 : o.dilations[u]) - 1) / (o.strides.empty() ? 1 : o.strides[u]) + 1);
    }
    each(out, [&](const shape& at) {
      number sum = x.kind();
      i64 tap = 0;
      each(block, [&](const shape& k) {
        i64 place = 0;
        each(places, [&](const shape& b) {
          bool here = true;
          for (int d = 0; d < image.rank(); ++d) {
            const auto u = static_cast<std::size_t>(d);
            here &= b[d] * (o.strides.empty() ? 1 : o.strides[u]) - (o.pads.empty() ? 0 : o.pads[u]) + k[d] * (o.dilations.empty() ? 1 : o.dilations[u]) == at[d + 2];
          }
          if (here) sum = sum + x[{at[0], at[1] * taps + tap, place}];
          ++place;
        });
        ++tap;
      });
      y[at] = sum;
    });
    t.expect(&o, {&x, &image_shape, &block_shape}, {&y});
  };
  run({5, 5}, {1, 5}, 5, {}), run({5, 6}, {2, 3}, 9, {.pads = {1, 0, 0, 1}, .strides = {2, 2}}), run({6, 6}, {2, 2}, 16, {.dilations = {2, 2}}), run({9}, {3}, 4, {.strides = {2}});
  run({3, 4, 3}, {2, 2, 1}, 18, {});
}
const by_reference col2im_reference(cases{"Col2Im", col2im_cases});

void deform_conv_cases(trial& t) {
  const auto run = [&](const shape& x_dims, const shape& w_dims, i64 h, i64 v, const DeformConv& o, bool masked) {
    const i64 taps = w_dims[2] * w_dims[3];
    table x = t.draw(x_dims, 0, 2), w = t.draw(w_dims, 0, 2), move = t.draw({x_dims[0], 2 * o.offset_group * taps, h, v}, -2, 2), b = t.draw({w_dims[0]}, 0, 2),
          mask = t.draw({x_dims[0], o.offset_group * taps, h, v}, 0, 2), y(t.type, {x_dims[0], w_dims[0], h, v});
    const auto of = [](const ints& list, std::size_t i, i64 missing) { return list.empty() ? missing : list[i]; };
    each(y.dims, [&](const shape& at) {
      double sum = masked ? b[{at[1]}].real : 0;
      each(w_dims.from(1), [&](const shape& k) {
        const i64 channel = at[1] / (w_dims[0] / o.group) * w_dims[1] + k[0], tap = channel / (x_dims[1] / o.offset_group) * taps + k[1] * w_dims[3] + k[2];
        const double row = static_cast<double>(at[2] * of(o.strides, 0, 1) - of(o.pads, 0, 0) + k[1] * of(o.dilations, 0, 1)) + move[{at[0], 2 * tap, at[2], at[3]}].real;
        const double column = static_cast<double>(at[3] * of(o.strides, 1, 1) - of(o.pads, 1, 0) + k[2] * of(o.dilations, 1, 1)) + move[{at[0], 2 * tap + 1, at[2], at[3]}].real;
        double read = 0;
        for (i64 i = 0; i < x_dims[2]; ++i)
          for (i64 j = 0; j < x_dims[3]; ++j)
            read += hat(static_cast<double>(i) - row) * hat(static_cast<double>(j) - column) * x[{at[0], channel, i, j}].real;
        sum += read * w[{at[1], k[0], k[1], k[2]}].real * (masked ? mask[{at[0], tap, at[2], at[3]}].real : 1);
      });
      y[at] = sum;
    });
    if (masked) t.expect(&o, {&x, &w, &move, &b, &mask}, {&y}, 2);
    else t.expect(&o, {&x, &w, &move}, {&y}, 2);
  };
  run({1, 1, 3, 3}, {1, 1, 2, 2}, 2, 2, {}, false);
  run({2, 4, 5, 4}, {6, 2, 2, 3}, 3, 3, {.dilations = {2, 1}, .group = 2, .offset_group = 2, .pads = {1, 0, 1, 1}, .strides = {2, 1}}, true);
}
const by_reference deform_conv_reference(cases{"DeformConv", deform_conv_cases});

TEST_CASE("sampling operators say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 3, 3}), grid = zeros(dtype::f32, {1, 2, 2, 2}), none = zeros(dtype::f32, {1, 1, 0, 3}), line = zeros(dtype::f32, {1, 2, 2, 1}),
                   wild = tensor<float>(shape{1, 1, 2, 2}, {__builtin_nanf(""), 1e30f, -__builtin_inff(), -1e30f});
  const GridSample o, odd{.mode = "area"}, torus{.padding_mode = "wrap"}, reflection{.align_corners = true, .padding_mode = "reflection"};
  CHECK(complaint("GridSample", &o, {x, grid}) == "");
  CHECK(complaint("GridSample", &o, {x, line}) == "GridSample: input [1,1,3,3] and grid [1,2,2,1] do not fit");
  CHECK(complaint("GridSample", &o, {none, grid}) == "GridSample: an input of [1,1,0,3] has nothing to read");
  CHECK(complaint("GridSample", &odd, {x, grid}) == "GridSample: mode 'area' is unknown");
  CHECK(complaint("GridSample", &torus, {x, grid}) == "GridSample: padding_mode 'wrap' is unknown");
  CHECK(complaint("GridSample", &o, {x, wild}) == "");
  CHECK(complaint("GridSample", &reflection, {x, wild}) == "");
  CHECK(complaint("GridSample", &reflection, {zeros(dtype::f32, {1, 1, 1, 1}), wild}) == "");
  CHECK(complaint("GridSample", &o, {zeros(dtype::c64, {1, 1, 3, 3}), grid}) == "GridSample: mode linear of complex64 is not supported");
  const any_tensor theta = zeros(dtype::f32, {1, 2, 3}), size = tensor<i64>(shape{4}, {1, 1, 2, 2}), deep = tensor<i64>(shape{5}, {1, 1, 2, 2, 2}), two = tensor<i64>(shape{2}, {2, 2});
  CHECK(complaint("AffineGrid", nullptr, {theta, size}) == "");
  CHECK(complaint("AffineGrid", nullptr, {theta, deep}) == "AffineGrid: theta of shape [1,2,3] and size of shape [5] do not fit");
  const any_tensor columns = zeros(dtype::f32, {1, 4, 4}), three = tensor<i64>(shape{2}, {3, 3}), zero = tensor<i64>(shape{2}, {0, 3});
  CHECK(complaint("Col2Im", nullptr, {columns, three, two}) == "");
  CHECK(complaint("Col2Im", nullptr, {columns, two, two}) == "Col2Im: input [1,4,4] does not hold the blocks [2,2] of an image of [2,2]");
  CHECK(complaint("Col2Im", nullptr, {columns, three, zero}) == "Col2Im: kernel [0,3], strides [], dilations [], pads []: an entry is out of range");
  const any_tensor w = zeros(dtype::f32, {1, 1, 2, 2}), offset = zeros(dtype::f32, {1, 8, 2, 2}), wrong = zeros(dtype::f32, {1, 4, 2, 2});
  const DeformConv plain, groups{.offset_group = 2};
  CHECK(complaint("DeformConv", &plain, {x, w, offset}) == "");
  CHECK(complaint("DeformConv", &plain, {x, w, wrong}) == "DeformConv: offsets of shape [1,4,2,2] for an output of 2 x 2");
  CHECK(complaint("DeformConv", &plain, {x, w, offset, {}, offset}) == "DeformConv: mask of shape [1,8,2,2] for an output of 2 x 2");
  CHECK(complaint("DeformConv", &groups, {x, w, offset}) == "DeformConv: input channels 1 and weights [1,1,2,2] do not fit with group 1 and offset_group 2");
}

TEST_CASE("the modes of GridSample had two dimensions in their names before opset 20") {
  GridSample o{.mode = "bilinear"};
  fake_node n(16, 2);
  CHECK(row("GridSample").upgrade(&o, n).has_value());
  CHECK(o.mode == "linear");
}

}  // namespace tests::ops
