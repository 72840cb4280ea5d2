#include "tenon/kernels/map.hpp"

#include "doctest.hpp"
#include "reference/walk.hpp"

namespace {

using namespace tenon;
using reference::array;
using reference::layout;

struct Add {
  auto operator()(auto a, auto b) const { return a + b; }
};
struct Divide {
  auto operator()(auto a, auto b) const { return a / b; }
};
struct Less {
  auto operator()(auto a, auto b) const { return a < b; }
};
struct Choose {
  auto operator()(auto c, auto a, auto b) const { return simd::select(c, a, b); }
};
struct Not {
  auto operator()(auto c) const { return !c; }
};
struct Scale {
  float factor;
  auto operator()(auto x) const { return x * factor; }
};
struct Eight {
  auto operator()(auto a, auto b, auto c, auto d, auto e, auto f, auto g, auto h) const {
    return a + b * c - d + e * f - g + h;
  }
};

const shape shapes[] = {
    {},          {0},           {1},     {15},     {16},           {17},      {49},
    {3, 0},      {4, 3},        {3, 17}, {31, 33}, {130, 3},       {7, 1, 5}, {2, 3, 50},
    {2, 129, 5}, {1, 40, 1, 3}, {1500},  {3, 400}, {2, 3, 2, 3, 2}};

template <class T>
kernels::operand in(array<T>& x, dtype storage, dtype compute) {
  return {x.data(), storage, compute, x.strides};
}
template <class T>
kernels::operand in(array<T>& x) {
  return in(x, dtype_of<T>, dtype_of<T>);
}
template <class T>
kernels::target out(array<T>& y, dtype compute = dtype_of<T>) {
  return {y.data(), dtype_of<T>, compute, y.strides};
}
template <class T>
void randomize(array<T>& x, u64 seed) {
  reference::generator g(seed);
  for (T& e : x.all) {
    if constexpr (std::is_same_v<T, u8>)
      e = static_cast<u8>(g.next() & 1);
    else if constexpr (std::is_integral_v<T>)
      e = static_cast<T>(g.between(1, 100));
    else
      e = static_cast<T>(g.real());
  }
}

template <class Op, class Out, class T>
void check_binary(const shape& dims, layout a, layout b, layout to, reference::digest& all) {
  array<T> x(dims, a), y(dims, b);
  using stored = std::conditional_t<std::is_same_v<Out, bool>, u8, Out>;
  array<stored> z(dims, to);
  randomize(x, 1);
  randomize(y, 2);
  if constexpr (std::is_same_v<Op, Divide>)
    for (T& e : y.all) e = e == 0 ? T(1) : e;
  randomize(z, 3);
  array<stored> expected = z;
  reference::each(dims,
                  [&](const shape& i) { expected[i] = static_cast<stored>(Op{}(x[i], y[i])); });
  const kernels::operand inputs[] = {in(x), in(y)};
  kernels::map(&kernels::body_tile<Op, Out, T, T>, nullptr, inputs,
               {z.data(), dtype_of<Out>, dtype_of<Out>, z.strides}, dims);
  CHECK(z.all == expected.all);
  all.add(z.all);
}

TEST_CASE("map: two operands in every layout") {
  reference::digest all;
  for (const shape& dims : shapes)
    for (layout a : reference::layouts)
      for (layout b : reference::layouts) {
        for (int to = 0; to < reference::writable_layouts; ++to)
          check_binary<Add, float, float>(dims, a, b, reference::layouts[to], all);
        check_binary<Divide, i32, i32>(dims, a, b, layout::contiguous, all);
        check_binary<Add, double, double>(dims, a, b, layout::transposed, all);
        check_binary<Add, i64, i64>(dims, a, b, layout::shifted, all);
        check_binary<Divide, i8, i8>(dims, a, b, layout::gaps, all);
        check_binary<Less, bool, float>(dims, a, b, layout::contiguous, all);
        check_binary<Less, bool, double>(dims, a, b, layout::negative, all);
        check_binary<Less, bool, u16>(dims, a, b, layout::transposed, all);
      }
  MESSAGE("digest map ", all.value);
}

template <class T>
void check_choose(const shape& dims, layout a, layout b, layout c) {
  array<u8> m(dims, a);
  array<T> x(dims, b), y(dims, c), z(dims, layout::contiguous);
  randomize(m, 1);
  randomize(x, 2);
  randomize(y, 3);
  array<T> expected = z;
  reference::each(dims, [&](const shape& i) { expected[i] = m[i] ? x[i] : y[i]; });
  const kernels::operand inputs[] = {in(m, dtype::boolean, dtype::boolean), in(x), in(y)};
  kernels::map(&kernels::body_tile<Choose, T, bool, T, T>, nullptr, inputs, out(z), dims);
  CHECK(z.all == expected.all);
}

TEST_CASE("map: a mask chooses between operands of every width") {
  for (const shape& dims : shapes)
    for (layout a : reference::layouts)
      for (layout b : reference::layouts) {
        check_choose<float>(dims, a, b, layout::contiguous);
        check_choose<double>(dims, a, layout::contiguous, b);
        check_choose<u16>(dims, a, b, layout::transposed);
        check_choose<i8>(dims, a, b, layout::last_repeated);
      }
}

TEST_CASE("map: masks to masks") {
  for (const shape& dims : shapes) {
    array<u8> m(dims, layout::contiguous), z(dims, layout::transposed);
    randomize(m, 1);
    const kernels::operand inputs[] = {in(m, dtype::boolean, dtype::boolean)};
    kernels::map(&kernels::body_tile<Not, bool, bool>, nullptr, inputs,
                 {z.data(), dtype::boolean, dtype::boolean, z.strides}, dims);
    reference::each(dims, [&](const shape& i) { CHECK(z[i] == 1 - m[i]); });
  }
}

template <class T, class C>
void check_stored(const shape& dims, layout a, layout b, layout to, reference::digest& all) {
  array<T> x(dims, a), y(dims, b), z(dims, to);
  reference::generator g(5);
  const auto number = [&] {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(g.between(0, 60));
    else
      return static_cast<T>(static_cast<float>(g.real()));
  };
  for (T& e : x.all) e = number();
  for (T& e : y.all) e = number();
  for (T& e : z.all) e = number();
  array<T> expected = z;
  reference::each(dims, [&](const shape& i) {
    expected[i] = static_cast<T>(static_cast<C>(x[i]) + static_cast<C>(y[i]));
  });
  const kernels::operand inputs[] = {in(x, dtype_of<T>, dtype_of<C>),
                                     in(y, dtype_of<T>, dtype_of<C>)};
  kernels::map(&kernels::body_tile<Add, C, C, C>, nullptr, inputs, out(z, dtype_of<C>), dims);
  CHECK(std::memcmp(z.all.data(), expected.all.data(), z.all.size() * sizeof(T)) == 0);
  all.add(z.all);
}

TEST_CASE("map: storage types are converted tile by tile") {
  reference::digest all;
  for (const shape& dims : shapes)
    for (layout a : reference::layouts)
      for (int to = 0; to < reference::writable_layouts; ++to) {
        check_stored<f16, float>(dims, a, layout::contiguous, reference::layouts[to], all);
        check_stored<bf16, float>(dims, layout::contiguous, a, reference::layouts[to], all);
        check_stored<i8, i32>(dims, a, layout::first_repeated, reference::layouts[to], all);
        check_stored<u16, u32>(dims, a, a, reference::layouts[to], all);
      }
  MESSAGE("digest map of storage types ", all.value);
}

TEST_CASE("map: the output may be an input") {
  for (const shape& dims : shapes)
    for (int how = 0; how < reference::writable_layouts; ++how)
      for (layout other : reference::layouts) {
        array<float> x(dims, reference::layouts[how]), y(dims, other);
        randomize(x, 1);
        randomize(y, 2);
        array<float> expected = x;
        reference::each(dims, [&](const shape& i) { expected[i] = x[i] + y[i]; });
        const kernels::operand inputs[] = {in(x), in(y)};
        kernels::map(kernels::binary_tile<Add, float>, nullptr, inputs, out(x), dims);
        CHECK(x.all == expected.all);
      }
}

TEST_CASE("map: the operator's members reach its body") {
  const Scale op{2.5f};
  array<float> x({100}, layout::contiguous), y({100}, layout::contiguous);
  randomize(x, 1);
  const kernels::operand inputs[] = {in(x)};
  kernels::map(kernels::unary_tile<Scale, float>, &op, inputs, out(y), {100});
  for (i64 i = 0; i < 100; ++i) CHECK(y[{i}] == x[{i}] * 2.5f);
}

TEST_CASE("map: eight inputs of eight layouts") {
  for (const shape& dims : shapes) {
    std::vector<array<double>> x;
    std::vector<kernels::operand> inputs;
    for (int k = 0; k < 8; ++k) x.emplace_back(dims, reference::layouts[k]);
    for (int k = 0; k < 8; ++k) {
      randomize(x[static_cast<unsigned>(k)], static_cast<u64>(k));
      inputs.push_back(in(x[static_cast<unsigned>(k)]));
    }
    array<double> z(dims, layout::transposed);
    kernels::map(&kernels::body_tile<Eight, double, double, double, double, double, double, double,
                                     double, double>,
                 nullptr, inputs, out(z), dims);
    reference::each(dims, [&](const shape& i) {
      CHECK(z[i] ==
            Eight{}(x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i], x[6][i], x[7][i]));
    });
  }
}

}  // namespace
