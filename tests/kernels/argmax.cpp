#include "tenon/kernels/argmax.hpp"

#include "doctest.hpp"
#include "reference/reduce.hpp"

namespace {

using namespace tenon;
using reference::array;
using reference::layout;

template <class T, class C = T>
void check(const shape& dims, int axis, layout from, bool nans, reference::digest& all) {
  array<T> x(dims, from);
  reference::generator g(dims.size() + static_cast<u64>(axis));
  for (T& e : x.all) {
    e = static_cast<T>(static_cast<int>(g.between(0, 9)));
    if constexpr (std::is_floating_point_v<T>)
      if (nans && g.between(0, 30) == 0) e = static_cast<T>(__builtin_nan(""));
  }
  shape kept = dims;
  kept[axis] = 1;
  for (bool least : {false, true})
    for (bool last : {false, true}) {
      array<i64> y(kept, layout::transposed);
      for (i64& e : y.all) e = -5;
      array<i64> expected = y;
      reference::groups(x, u32{1} << axis, [&](const shape& i, const std::vector<T>& v) {
        expected[i] = reference::extreme(v, least, last);
      });
      kernels::argmax({x.data(), dtype_of<T>, dtype_of<C>, x.strides}, y.data(), y.strides, dims,
                      axis, least, last);
      CHECK(y.all == expected.all);
      all.add(y.all);
    }
}

TEST_CASE("argmax: first and last of greatest and least, in every layout") {
  reference::digest all;
  const shape shapes[] = {{1},         {15},     {16},      {17},         {31},
                          {33},        {1000},   {5000},    {3, 20},      {20, 3},
                          {40, 9},     {9, 40},  {17, 33},  {3, 70, 5},   {2, 17, 3},
                          {1, 600, 2}, {2, 600}, {700, 20}, {2, 2, 2, 40}};
  for (const shape& dims : shapes)
    for (int axis = 0; axis < dims.rank(); ++axis)
      for (layout from : reference::layouts) {
        check<float>(dims, axis, from, false, all);
        check<float>(dims, axis, from, true, all);
        check<double>(dims, axis, from, true, all);
        check<i32>(dims, axis, from, false, all);
        check<u32>(dims, axis, from, false, all);
        check<i64>(dims, axis, from, false, all);
        check<u64>(dims, axis, from, false, all);
        check<i8, i32>(dims, axis, from, false, all);
      }
  MESSAGE("digest argmax ", all.value);
}

TEST_CASE("argmax: extreme values") {
  const auto at = [](auto... values) {
    const std::vector v{values...};
    using T = typename decltype(v)::value_type;
    std::pair<i64, i64> r;
    kernels::argmax({v.data(), dtype_of<T>, dtype_of<T>, {1}}, &r.first, {0},
                    {static_cast<i64>(v.size())}, 0, false, false);
    kernels::argmax({v.data(), dtype_of<T>, dtype_of<T>, {1}}, &r.second, {0},
                    {static_cast<i64>(v.size())}, 0, true, true);
    return r;
  };
  const float inf = HUGE_VALF;
  CHECK(at(-inf, -inf, -inf) == std::pair<i64, i64>(0, 2));
  CHECK(at(inf, 1.0f, inf) == std::pair<i64, i64>(0, 1));
  CHECK(at(-0.0f, 0.0f) == std::pair<i64, i64>(0, 1));
  using small = std::numeric_limits<i64>;
  CHECK(at(small::min(), small::max(), small::min()) == std::pair<i64, i64>(1, 2));
  CHECK(at(u64{0}, ~u64{0}, u64{1} << 63) == std::pair<i64, i64>(1, 0));
}

}  // namespace
