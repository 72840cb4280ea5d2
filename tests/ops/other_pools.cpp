// GlobalMaxPool, LpPool, GlobalLpPool, MaxUnpool: cases against loops over windows, what they say about
// wrong inputs, older opsets.
#include "tenon/ops/other_pools.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

using namespace tenon::ops;

/// The pool of all spatial dimensions by a fold over doubles.
template <class F>
table pooled_globally(table& x, F fold) {
  shape out{x.dims[0], x.dims[1]};
  for (int i = 2; i < x.dims.rank(); ++i) out.push_back(1);
  table y(x.type, out);
  each(out, [&](const shape& o) {
    std::vector<double> all;
    each(x.dims.from(2), [&](const shape& s) {
      shape at{o[0], o[1]};
      for (i64 d : s) at.push_back(d);
      all.push_back(x[at].real);
    });
    y[o] = fold(all);
  });
  return y;
}
double length_of(const std::vector<double>& v, i64 p) {
  double sum = 0;
  for (double e : v) sum += std::pow(std::abs(e), static_cast<double>(p));
  return std::pow(sum, 1 / static_cast<double>(p));
}

const shape spaces[] = {{2, 3, 4, 5}, {1, 17, 3}, {2, 3}, {2, 2, 2, 3, 2}, {0, 2, 3}, {1, 2, 65}};

}  // namespace

void global_max_pool_cases(trial& t) {
  for (const shape& dims : spaces) {
    table x = t.draw(dims);
    const table y = pooled_globally(x, [](const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); });
    const GlobalMaxPool o;
    t.expect(&o, {&x}, {&y});
  }
}
const by_reference global_max_pool_reference(cases{"GlobalMaxPool", global_max_pool_cases});

void global_lp_pool_cases(trial& t) {
  for (const i64 p : {1, 2, 3})
    for (const shape& dims : spaces) {
      table x = t.draw(dims);
      const table y = pooled_globally(x, [&](const std::vector<double>& v) { return length_of(v, p); });
      const GlobalLpPool o{.p = p};
      t.expect(&o, {&x}, {&y}, 4);
    }
}
const by_reference global_lp_pool_reference(cases{"GlobalLpPool", global_lp_pool_cases});

void lp_pool_cases(trial& t) {
  const struct { shape dims; LpPool o; shape out; } all[] = {
      {{2, 3, 9}, {.kernel_shape = ints{3}}, {2, 3, 7}},
      {{1, 17, 6, 7}, {.kernel_shape = ints{3, 2}, .p = 3, .pads = {1, 0, 1, 1}, .strides = {2, 2}}, {1, 17, 3, 4}},
      {{1, 2, 7, 20}, {.dilations = {2, 1}, .kernel_shape = ints{2, 3}, .p = 1}, {1, 2, 5, 18}},
      {{1, 2, 3, 4, 5}, {.kernel_shape = ints{2, 2, 2}, .p = 4}, {1, 2, 2, 3, 4}},
      {{1, 2, 5, 5}, {.ceil_mode = true, .kernel_shape = ints{2, 2}, .strides = {2, 2}}, {1, 2, 3, 3}},
  };
  for (const auto& c : all) {
    table x = t.draw(c.dims), y(t.type, c.out);
    const int spatial = c.dims.rank() - 2;
    each(c.out, [&](const shape& o) {
      std::vector<double> inside;
      shape kernel;
      for (i64 k : c.o.kernel_shape.value) kernel.push_back(k);
      each(kernel, [&](const shape& k) {
        shape at{o[0], o[1]};
        bool in = true;
        for (int d = 0; d < spatial; ++d) {
          const auto u = static_cast<std::size_t>(d);
          const i64 p = o[d + 2] * (c.o.strides.empty() ? 1 : c.o.strides[u]) - (c.o.pads.empty() ? 0 : c.o.pads[u]) + k[d] * (c.o.dilations.empty() ? 1 : c.o.dilations[u]);
          in &= p >= 0 && p < c.dims[d + 2];
          at.push_back(p);
        }
        if (in) inside.push_back(x[at].real);
      });
      y[o] = length_of(inside, c.o.p);
    });
    t.expect(&c.o, {&x}, {&y}, t.type == dtype::f16 || t.type == dtype::bf16 ? 1 : 6);
  }
}
const by_reference lp_pool_reference(cases{"LpPool", lp_pool_cases});

void max_unpool_cases(trial& t) {
  const MaxUnpool o{.kernel_shape = ints{2, 2}, .strides = {2, 2}};
  table x = t.draw({2, 1, 2, 2}), y(t.type, {2, 1, 4, 4}), larger(t.type, {2, 2, 5, 4});
  const table at = table({2, 1, 2, 2}, std::vector<i64>{0, 6, 9, 15, 16, 19, 30, 24}), wanted = list_of({2, 2, 5, 4});
  table indices = at;
  each(x.dims, [&](const shape& i) {
    const auto k = static_cast<i64>(indices[i].integer);
    const shape to{k / 16, 0, k / 4 % 4, k % 4};
    y[to] = larger[to] = x[i];
  });
  t.expect(&o, {&x, &at}, {&y});
  t.expect(&o, {&x, &at, &wanted}, {&larger}, 0, "output_shape");
}
const by_reference max_unpool_reference(cases{"MaxUnpool", max_unpool_cases});

TEST_CASE("the other pools say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 2, 2}), flat = zeros(dtype::f32, {4}), at = tensor<i64>(shape{1, 1, 2, 2}, {0, 1, 2, 16}),
                   low = tensor<i64>(shape{1, 1, 2, 2}, {0, 1, -1, 3}), small = tensor<i64>(shape{4}, {1, 1, 3, 4}), few = tensor<i64>(shape{3}, {1, 4, 4});
  CHECK(complaint("GlobalMaxPool", nullptr, {flat}) == "GlobalMaxPool: input [4] has no channels");
  const GlobalLpPool zero{.p = 0};
  CHECK(complaint("GlobalLpPool", &zero, {x}) == "GlobalLpPool: p = 0 is not positive");
  const LpPool negative{.kernel_shape = ints{1, 1}, .p = -1}, line{.kernel_shape = ints{2}};
  CHECK(complaint("LpPool", &negative, {x}) == "LpPool: p = -1 is not positive");
  CHECK(complaint("LpPool", &line, {x}) == "LpPool: a kernel of [2] does not fit 2 spatial dimensions");
  const MaxUnpool two{.kernel_shape = ints{2, 2}, .strides = {2, 2}}, one{.kernel_shape = ints{2}}, odd{.kernel_shape = ints{2, 2}, .strides = {2}},
      none{.kernel_shape = ints{2, 0}};
  CHECK(complaint("MaxUnpool", &two, {x, at}) == "MaxUnpool: index 16 at 3 is out of range for [1,1,4,4]");
  CHECK(complaint("MaxUnpool", &two, {x, low}) == "MaxUnpool: index -1 at 2 is out of range for [1,1,4,4]");
  CHECK(complaint("MaxUnpool", &two, {x, at, small}) == "MaxUnpool: output_shape [1,1,3,4] is smaller than [1,1,4,4], which was pooled");
  CHECK(complaint("MaxUnpool", &two, {x, at, few}) == "MaxUnpool: output_shape of shape [3] for an input of [1,1,2,2]");
  CHECK(complaint("MaxUnpool", &two, {x, few}) == "MaxUnpool: indices of shape [3] for an input of [1,1,2,2]");
  CHECK(complaint("MaxUnpool", &one, {x, at}) == "MaxUnpool: a kernel of [2] does not fit an input of [1,1,2,2]");
  CHECK(complaint("MaxUnpool", &odd, {x, at}) == "MaxUnpool: strides [2] and pads [] do not fit a kernel of [2,2]");
  CHECK(complaint("MaxUnpool", &none, {x, at}) == "MaxUnpool: input [1,1,2,2], kernel [2,0], strides [], pads []: an entry is out of range");
}

TEST_CASE("the power of LpPool was a float in opset 1") {
  LpPool o{.kernel_shape = ints{1}};
  fake_node n(1);
  n.attributes["p"] = 3.0f;
  CHECK(row("LpPool").upgrade(&o, n).has_value());
  CHECK(o.p == 3);
}

}  // namespace tests::ops
