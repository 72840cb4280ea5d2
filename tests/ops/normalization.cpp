// InstanceNormalization, GroupNormalization, LpNormalization, MeanVarianceNormalization, LRN: cases
// against sums in double, and what they say about wrong inputs.
#include "tenon/ops/normalization.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

using namespace tenon::ops;

/// Elements are put into groups by `group`; each gets the mean and the variance of its own.
struct moments {
  std::vector<double> mean, variance;
  template <class F>
  moments(table& x, i64 groups, F group) : mean(static_cast<std::size_t>(groups)), variance(mean), counts(mean) {
    each(x.dims, [&](const shape& i) { mean[at(group(i))] += x[i].real, ++counts[at(group(i))]; });
    for (std::size_t g = 0; g < mean.size(); ++g) mean[g] /= counts[g];
    each(x.dims, [&](const shape& i) { variance[at(group(i))] += (x[i].real - mean[at(group(i))]) * (x[i].real - mean[at(group(i))]); });
    for (std::size_t g = 0; g < mean.size(); ++g) variance[g] /= counts[g];
  }
  static std::size_t at(i64 i) { return static_cast<std::size_t>(i); }

 private:
  std::vector<double> counts;
};

/// Differences from a mean have the error of the elements, not their own.
int ulps_of_differences(dtype d) { return d == dtype::f32 || d == dtype::f64 ? 1 << 14 : 1 << 6; }

const shape pictures[] = {{2, 6, 3, 4}, {1, 4, 70}, {3, 2}, {2, 6, 2, 3, 2}, {1, 16, 1, 1}, {2, 2, 5, 65}, {0, 2, 3}};

}  // namespace

void instance_normalization_cases(trial& t) {
  const InstanceNormalization o{.epsilon = 0.0625f};
  for (const shape& dims : pictures) {
    table x = t.draw(dims), scale = t.draw({dims[1]}), b = t.draw({dims[1]}), y(t.type, dims);
    const auto group = [&](const shape& i) { return i[0] * dims[1] + i[1]; };
    const moments m(x, dims[0] * dims[1], group);
    each(dims, [&](const shape& i) {
      const std::size_t g = moments::at(group(i));
      y[i] = (x[i].real - m.mean[g]) / std::sqrt(m.variance[g] + 0.0625) * scale[{i[1]}].real + b[{i[1]}].real;
    });
    t.expect(&o, {&x, &scale, &b}, {&y}, ulps_of_differences(t.type));
  }
}
const by_reference instance_normalization_reference(cases{"InstanceNormalization", instance_normalization_cases});

void group_normalization_cases(trial& t) {
  for (const shape& dims : pictures)
    for (const bool per_group : {false, true}) {
      GroupNormalization o{.epsilon = 0.0625f, .num_groups = 2};
      o.per_group.value = per_group;
      const i64 size = dims[1] / 2, n = per_group ? 2 : dims[1];
      table x = t.draw(dims), scale = t.draw({n}), b = t.draw({n}), y(t.type, dims);
      const auto group = [&](const shape& i) { return i[0] * 2 + i[1] / size; };
      const moments m(x, dims[0] * 2, group);
      each(dims, [&](const shape& i) {
        const std::size_t g = moments::at(group(i));
        const shape c{per_group ? i[1] / size : i[1]};
        y[i] = (x[i].real - m.mean[g]) / std::sqrt(m.variance[g] + 0.0625) * scale[c].real + b[c].real;
      });
      t.expect(&o, {&x, &scale, &b}, {&y}, ulps_of_differences(t.type), per_group ? "opset 18" : "");
    }
}
const by_reference group_normalization_reference(cases{"GroupNormalization", group_normalization_cases});

void mean_variance_normalization_cases(trial& t) {
  const auto run = [&](const shape& dims, const ints& axes) {
    MeanVarianceNormalization o{.axes = axes};
    table x = t.draw(dims), y(t.type, dims);
    const auto group = [&](const shape& i) {
      i64 g = 0;
      for (int d = 0; d < dims.rank(); ++d) {
        bool reduced = false;
        for (i64 a : axes) reduced |= (a < 0 ? a + dims.rank() : a) == d;
        if (!reduced) g = g * dims[d] + i[d];
      }
      return g;
    };
    const moments m(x, count(dims), group);
    each(dims, [&](const shape& i) {
      const std::size_t g = moments::at(group(i));
      y[i] = (x[i].real - m.mean[g]) / (std::sqrt(m.variance[g]) + 1e-9);
    });
    t.expect(&o, {&x}, {&y}, ulps_of_differences(t.type));
  };
  // Where all elements of a group are equal the result is an error over 1e-9: not compared.
  if (static_cast<int>(t.how) >= reference::writable_layouts) {
    const MeanVarianceNormalization o;
    table none = t.draw({0, 2, 3, 3}), y(t.type, {0, 2, 3, 3});
    return t.expect(&o, {&none}, {&y});
  }
  run({2, 3, 4, 5}, {0, 2, 3}), run({2, 3, 40}, {1, -1}), run({17, 6}, {0}), run({7, 2, 3, 3}, {0, 1, 2, 3});
}
const by_reference mean_variance_normalization_reference(cases{"MeanVarianceNormalization", mean_variance_normalization_cases});

void lp_normalization_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (const i64 p : {1, 2})
    for (const shape& dims : {shape{2, 3, 4}, {3, 3 * n + 1}, {n + 1, 2}, {1, 1}, {0, 2}, {2, 0}})
      for (int axis = 0; axis < dims.rank(); ++axis) {
        const LpNormalization o{.axis = axis == 1 ? axis - dims.rank() : axis, .p = p};
        table x = t.draw(dims), y(t.type, dims);
        if (t.how == layout::contiguous)  // a line of zeros
          each(dims, [&](const shape& i) { if (i[axis == 0 ? 1 : 0] == 0) x[i] = 0.0; });
        each(dims, [&](const shape& i) {
          double norm = 0;
          shape k = i;
          for (k[axis] = 0; k[axis] < dims[axis]; ++k[axis]) norm += p == 1 ? std::abs(x[k].real) : x[k].real * x[k].real;
          y[i] = norm == 0 ? 0.0 : x[i].real / (p == 1 ? norm : std::sqrt(norm));
        });
        t.expect(&o, {&x}, {&y}, 4);
      }
}
const by_reference lp_normalization_reference(cases{"LpNormalization", lp_normalization_cases});

void lrn_cases(trial& t) {
  const auto run = [&](const shape& dims, const LRN& o) {
    table x = t.draw(dims), y(t.type, dims);
    each(dims, [&](const shape& i) {
      double sum = 0;
      shape k = i;
      for (k[1] = std::max<i64>(0, i[1] - (o.size - 1) / 2); k[1] <= std::min(dims[1] - 1, i[1] + o.size / 2); ++k[1])
        sum += x[k].real * x[k].real;
      y[i] = x[i].real / std::pow(static_cast<double>(o.bias) + static_cast<double>(o.alpha) / static_cast<double>(o.size.value) * sum, static_cast<double>(o.beta));
    });
    t.expect(&o, {&x}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 8 : 1);
  };
  run({1, 7, 3, 4}, {.size = 3}), run({2, 20, 3, 3}, {.alpha = 0.5f, .size = 5}), run({1, 6, 17}, {.alpha = 0.25f, .beta = 0.5f, .bias = 2, .size = 4});
  run({2, 5, 1, 1}, {.alpha = 1, .beta = 1, .size = 1}), run({2, 4}, {.alpha = 2, .beta = 0.625f, .size = 100}), run({1, 1, 9}, {.alpha = 2, .size = 2}), run({1, 0, 2}, {.size = 2});
}
const by_reference lrn_reference(cases{"LRN", lrn_cases});

TEST_CASE("LRN of pictures stored channels last has the bits of the others") {
  const LRN o{.alpha = 0.5f, .size = 5};
  const shape dims{2, 19, 3, 7}, last = channels_last_strides(dims);
  trial t(row("LRN"), dtype::f32, layout::contiguous, 3);
  table x = t.draw(dims);
  const laid_out plain(x, layout::contiguous);
  std::vector<float> turned(static_cast<std::size_t>(count(dims))), out = turned;
  each(dims, [&](const shape& i) { turned[static_cast<std::size_t>(reference::offset(i, last))] = static_cast<float>(x[i].real); });
  const any_view in[] = {plain.view}, in_last[] = {any_view(dtype::f32, dims, last, reinterpret_cast<const std::byte*>(turned.data()))};
  const auto first = try_apply(row("LRN"), &o, in);
  std::vector<float> scratch(256);
  const mutable_any_view to(dtype::f32, dims, last, reinterpret_cast<std::byte*>(out.data()));
  run_context c(in_last, std::span(&to, 1), reinterpret_cast<std::byte*>(scratch.data()));
  REQUIRE((first.has_value() && row("LRN").run(row("LRN"), &o, c).has_value()));
  if (!first.has_value()) return;
  each(dims, [&](const shape& i) {
    CHECK(out[static_cast<std::size_t>(reference::offset(i, last))] == (*first)[0].as<float>()[reference::offset(i, contiguous_strides(dims))]);
  });
}

TEST_CASE("normalisations say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 4, 3}), flat = zeros(dtype::f32, {4}), c = zeros(dtype::f32, {4}), g = zeros(dtype::f32, {2});
  const InstanceNormalization instance;
  CHECK(complaint("InstanceNormalization", &instance, {x, c, c}) == "");
  CHECK(complaint("InstanceNormalization", &instance, {flat, c, c}) == "InstanceNormalization: input [4] has no channels");
  CHECK(complaint("InstanceNormalization", &instance, {x, c, g}) == "InstanceNormalization: input 2 of shape [2] for 4 channels");
  const GroupNormalization two{.num_groups = 2}, three{.num_groups = 3}, none{.num_groups = 0};
  CHECK(complaint("GroupNormalization", &two, {x, c, c}) == "");
  CHECK(complaint("GroupNormalization", &two, {x, g, g}) == "GroupNormalization: input 1 of shape [2] for 4 channels");
  CHECK(complaint("GroupNormalization", &three, {x, c, c}) == "GroupNormalization: 4 channels do not make 3 groups");
  CHECK(complaint("GroupNormalization", &none, {x, c, c}) == "GroupNormalization: 4 channels do not make 0 groups");
  const LpNormalization cubes{.p = 3}, beyond{.axis = 3};
  CHECK(complaint("LpNormalization", &cubes, {x}) == "LpNormalization: p = 3 is neither 1 nor 2");
  CHECK(complaint("LpNormalization", &beyond, {x}) == "LpNormalization: axis 3 is out of range for [2,4,3]");
  const MeanVarianceNormalization four;
  CHECK(complaint("MeanVarianceNormalization", &four, {x}) == "MeanVarianceNormalization: axis 3 is out of range for [2,4,3]");
  const LRN nothing{.size = 0}, all{.size = INT64_MAX};
  CHECK(complaint("LRN", &nothing, {x}) == "LRN: size 0 is not positive");
  CHECK(complaint("LRN", &all, {x}) == "");
  CHECK(complaint("LRN", &all, {flat}) == "LRN: input [4] has no channels");
}

TEST_CASE("GroupNormalization of opset 18 scales groups") {
  GroupNormalization old;
  fake_node n(18, 3);
  CHECK(row("GroupNormalization").upgrade(&old, n).has_value());
  CHECK(old.per_group.value);
}

}  // namespace tests::ops
