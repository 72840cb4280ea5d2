#include "tenon/kernels/softmax.hpp"

#include "doctest.hpp"
#include "reference/reduce.hpp"

namespace {

using namespace tenon;
using reference::array;
using reference::layout;

template <class T, class C = T>
void check(const shape& dims, int axis, layout from, layout to, double tolerance,
           reference::digest& all, bool in_place = false) {
  array<T> x(dims, from);
  reference::generator g(dims.size() + static_cast<u64>(axis));
  for (T& e : x.all) e = static_cast<T>(static_cast<float>(g.real()));
  for (bool log : {false, true}) {
    array<T> y(dims, to), source = x;
    for (T& e : y.all) e = static_cast<T>(5.0f);
    if (in_place) y = x;
    array<T> before = y;
    array<T>& input = in_place ? y : source;
    kernels::softmax({input.data(), dtype_of<T>, dtype_of<C>, input.strides},
                     {y.data(), dtype_of<T>, dtype_of<C>, y.strides}, dims, axis, log);
    double worst = 0;
    reference::groups(source, u32{1} << axis, [&](const shape& i, const std::vector<T>& v) {
      const std::vector<double> expected = reference::softmax(v, log);
      shape at = i;
      for (i64 k = 0; k < dims[axis]; ++k) {
        at[axis] = k;
        const double want = expected[static_cast<unsigned>(k)];
        worst = std::fmax(worst, std::abs(static_cast<double>(y[at]) - want) /
                                     std::fmax(std::abs(want), log              ? 1
                                                               : sizeof(T) == 2 ? 1e-3
                                                                                : 1e-30));
      }
    });
    CHECK(worst < tolerance);
    all.add(y.all);
    reference::each(dims, [&](const shape& i) { y[i] = before[i]; });
    CHECK(std::memcmp(y.all.data(), before.all.data(), y.all.size() * sizeof(T)) == 0);
  }
}

TEST_CASE("softmax and its logarithm: every axis in every layout") {
  reference::digest all;
  const shape shapes[] = {{1},      {2},        {15},         {16},      {17},     {49},
                          {513},    {3000},     {0, 3},       {3, 0},    {5, 17},  {17, 5},
                          {40, 33}, {3, 70, 5}, {2, 3, 4, 5}, {600, 20}, {20, 600}};
  for (const shape& dims : shapes)
    for (int axis = 0; axis < dims.rank(); ++axis)
      for (layout from : reference::layouts) {
        for (int to = 0; to < reference::writable_layouts; ++to)
          check<float>(dims, axis, from, reference::layouts[to], 2e-6, all);
        check<double>(dims, axis, from, layout::contiguous, 4e-15, all);
        check<f16, float>(dims, axis, from, layout::transposed, 1.5e-3, all);  // three roundings
      }
  MESSAGE("digest softmax ", all.value);
}

TEST_CASE("softmax: in place") {
  reference::digest all;
  for (const shape& dims : {shape{49}, shape{3000}, shape{5, 17}, shape{40, 33}, shape{3, 70, 5}})
    for (int axis = 0; axis < dims.rank(); ++axis)
      for (int how = 0; how < reference::writable_layouts; ++how) {
        check<float>(dims, axis, reference::layouts[how], reference::layouts[how], 2e-6, all, true);
        check<bf16, float>(dims, axis, reference::layouts[how], reference::layouts[how], 1.2e-2, all,
                           true);
      }
  MESSAGE("digest softmax in place ", all.value);
}

TEST_CASE("softmax: large numbers do not overflow") {
  const std::vector<float> x{1e30f, 1e30f, -1e30f, -HUGE_VALF};
  std::vector<float> y(4);
  kernels::softmax({x.data(), dtype::f32, dtype::f32, {1}}, {y.data(), dtype::f32, dtype::f32, {1}},
                   {4}, 0, false);
  CHECK(y == std::vector<float>{0.5f, 0.5f, 0.0f, 0.0f});
}

}  // namespace
