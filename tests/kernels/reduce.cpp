#include "reference/reduce.hpp"

#include "doctest.hpp"
#include "tenon/kernels/reduce.hpp"

namespace {

using namespace tenon;
using reference::array;
using reference::layout;

struct Sum {
  using monoid = kernels::plus;
};
struct Mean {
  using monoid = kernels::plus;
  auto finish(auto sum, auto count) const { return sum / count; }
};
struct Product {
  using monoid = kernels::times;
};
struct Most {
  using monoid = kernels::most;
};
struct Least {
  using monoid = kernels::least;
};
struct SumSquare {
  using monoid = kernels::plus;
  auto term(auto x) const { return x * x; }
};
// The sum of distances from the maximum, plus the maximum: a reduction before the reduction.
struct Spread {
  using monoid = kernels::plus;
  using shift = kernels::most;
  template <class T>
  static constexpr T neutral() {
    return T(0);
  }
  auto term(auto x, auto top) const { return simd::select(x == 0, 0, top - x); }
  auto finish(auto sum, auto, auto top) const { return sum + top; }
};

const shape shapes[] = {{},           {0},        {1},      {31},      {32},           {33},
                        {97},         {3000},     {0, 3},   {3, 0},    {5, 7},         {40, 33},
                        {33, 40},     {300, 5},   {5, 300}, {2, 3, 5}, {3, 40, 33},    {40, 3, 70},
                        {2, 3, 4, 5}, {1, 35, 1}, {70, 64}, {1030, 2}, {3, 2, 3, 2, 3}};

// `value` takes the group's elements to the expected result; all are exact.
template <class Op, class T, class Stored = T, class F>
void check(const shape& dims, u32 axes, layout from, layout to, reference::digest& all, F value) {
  array<Stored> x(dims, from);
  reference::generator g(dims.size() + axes);
  for (Stored& e : x.all) e = static_cast<Stored>(static_cast<int>(g.between(-2, 2)));
  shape kept = dims;
  for (int i = 0; i < dims.rank(); ++i)
    if (axes >> i & 1) kept[i] = 1;
  array<Stored> y(kept, to);
  for (Stored& e : y.all) e = static_cast<Stored>(5);
  array<Stored> expected = y;
  reference::groups(x, axes, [&](const shape& i, const std::vector<Stored>& v) {
    expected[i] = static_cast<Stored>(value(v));
  });
  kernels::reduce(kernels::fold_of<Op, T>, nullptr,
                  {x.data(), dtype_of<Stored>, dtype_of<T>, x.strides},
                  {y.data(), dtype_of<Stored>, dtype_of<T>, y.strides}, dims, axes);
  CHECK(std::memcmp(y.all.data(), expected.all.data(), y.all.size() * sizeof(Stored)) == 0);
  all.add(y.all);
}

auto folded(auto first, auto f) {
  return [=](const auto& v) {
    auto r = first;
    for (auto x : v) r = static_cast<decltype(r)>(f(r, static_cast<decltype(r)>(x)));
    return r;
  };
}
const auto add = [](auto a, auto b) { return a + b; };
const auto greater = [](auto a, auto b) { return a < b ? b : a; };

TEST_CASE("reduce: every set of axes in every layout") {
  reference::digest all;
  for (const shape& dims : shapes)
    for (u32 axes = 0; axes < u32{1} << dims.rank(); ++axes)
      for (layout from : reference::layouts) {
        for (int how = 0; how < reference::writable_layouts; ++how)
          check<Sum, float>(dims, axes, from, reference::layouts[how], all, folded(0.0f, add));
        check<Sum, double>(dims, axes, from, layout::contiguous, all, folded(0.0, add));
        check<Sum, i64>(dims, axes, from, layout::transposed, all, folded(i64{0}, add));
        check<Sum, i32, i8>(dims, axes, from, layout::contiguous, all, folded(0, add));
        check<Most, float>(dims, axes, from, layout::gaps, all, folded(-HUGE_VALF, greater));
        check<Most, u32>(dims, axes, from, layout::contiguous, all, folded(u32{0}, greater));
        check<Least, i32>(dims, axes, from, layout::contiguous, all,
                          folded(0x7fffffff, [](auto a, auto b) { return b < a ? b : a; }));
        check<Product, u64>(dims, axes, from, layout::contiguous, all,
                            folded(u64{1}, [](auto a, auto b) { return a * b; }));
        check<SumSquare, double>(dims, axes, from, layout::negative, all,
                                 folded(0.0, [](auto a, auto b) { return a + b * b; }));
        check<Sum, float, bf16>(dims, axes, from, layout::contiguous, all, folded(0.0f, add));
      }
  MESSAGE("digest reduce ", all.value);
}

TEST_CASE("reduce: means, and reductions before reductions") {
  reference::digest all;
  for (const shape& dims : shapes) {
    if (count(dims) == 0) continue;
    for (u32 axes = 0; axes < u32{1} << dims.rank(); ++axes)
      for (layout from : reference::layouts) {
        check<Mean, double>(dims, axes, from, layout::contiguous, all,
                            [](const std::vector<double>& v) {
                              return folded(0.0, add)(v) / static_cast<double>(v.size());
                            });
        check<Spread, float>(dims, axes, from, layout::contiguous, all,
                             [](const std::vector<float>& v) {
                               const float top = folded(-HUGE_VALF, greater)(v);
                               float sum = 0;
                               for (float x : v) sum += x == 0 ? 0 : top - x;
                               return sum + top;
                             });
      }
  }
  MESSAGE("digest reduce with finish ", all.value);
}

TEST_CASE("reduce: the mean of nothing is NaN, of integers 0") {
  float f = 0;
  i32 n = 7;
  kernels::reduce(kernels::fold_of<Mean, float>, nullptr, {&f, dtype::f32, dtype::f32, {1}},
                  {&f, dtype::f32, dtype::f32, {0}}, {0}, 1);
  kernels::reduce(kernels::fold_of<Mean, i32>, nullptr, {&n, dtype::i32, dtype::i32, {1}},
                  {&n, dtype::i32, dtype::i32, {0}}, {0}, 1);
  CHECK(f != f);
  CHECK(n == 0);
}

TEST_CASE("reduce: NaN wins over every maximum") {
  std::vector<float> x(100, 1.0f);
  for (i64 at : {0, 1, 31, 32, 63, 64, 99}) {
    auto y = x;
    y[static_cast<unsigned>(at)] = __builtin_nanf("");
    float out = 0;
    kernels::reduce(kernels::fold_of<Most, float>, nullptr, {y.data(), dtype::f32, dtype::f32, {1}},
                    {&out, dtype::f32, dtype::f32, {0}}, {100}, 1);
    CHECK(out != out);
  }
}

TEST_CASE("reduce: sums of a million floats keep their digits, along rows and columns") {
  const i64 n = i64{1} << 20;
  std::vector<float> x(static_cast<std::size_t>(n));
  double exact = 0;
  reference::generator g(9);
  for (float& e : x)
    e = static_cast<float>(g.between(1, 1 << 23)) * 0x1p-23f, exact += static_cast<double>(e);
  float row = 0, columns[4] = {};
  kernels::reduce(kernels::fold_of<Sum, float>, nullptr, {x.data(), dtype::f32, dtype::f32, {1}},
                  {&row, dtype::f32, dtype::f32, {0}}, {n}, 1);
  kernels::reduce(kernels::fold_of<Sum, float>, nullptr, {x.data(), dtype::f32, dtype::f32, {4, 1}},
                  {columns, dtype::f32, dtype::f32, {0, 1}}, {n / 4, 4}, 1);
  CHECK(std::abs(static_cast<double>(row) / exact - 1) < 2e-7);
  double sum = 0;
  for (float c : columns) sum += static_cast<double>(c);
  CHECK(std::abs(sum / exact - 1) < 2e-7);
}

}  // namespace
