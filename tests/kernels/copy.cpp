#include "tenon/kernels/copy.hpp"

#include "doctest.hpp"
#include "reference/walk.hpp"
#include "tenon/core/dtype.hpp"

namespace {

using namespace tenon;
using reference::array;

struct sixteen_bytes {
  u64 lo, hi;
  friend bool operator==(const sixteen_bytes&, const sixteen_bytes&) = default;
};
template <class T>
T element(reference::generator& g) {
  if constexpr (sizeof(T) == 16)
    return {g.next(), g.next()};
  else
    return static_cast<T>(g.next());
}

template <class T>
void check_copy(const shape& dims, reference::layout from, reference::layout to,
                reference::digest& all) {
  reference::generator g(sizeof(T));
  array<T> x(dims, from), y(dims, to);
  for (T& e : x.all) e = element<T>(g);
  for (T& e : y.all) e = element<T>(g);
  array<T> expected = y;
  reference::each(dims, [&](const shape& i) { expected[i] = x[i]; });
  kernels::copy(x.data(), x.strides, y.data(), y.strides, dims, sizeof(T));
  CHECK(y.all == expected.all);
  all.add(y.all);
}

TEST_CASE("copy: every layout to every other, widths 1 to 16") {
  reference::digest all;
  const shape shapes[] = {
      {},         {0},       {1},    {15},         {16},           {17},
      {49},       {2, 0},    {3, 4}, {16, 16},     {17, 33},       {33, 65},
      {5, 16, 3}, {3, 1, 7}, {1, 2}, {2, 3, 4, 5}, {2, 17, 1, 18}, {2, 2, 2, 2, 2, 2},
      {1, 1, 1},  {600}};
  for (const shape& dims : shapes)
    for (reference::layout from : reference::layouts)
      for (int to = 0; to < reference::writable_layouts; ++to) {
        check_copy<u8>(dims, from, reference::layouts[to], all);
        check_copy<u16>(dims, from, reference::layouts[to], all);
        check_copy<u32>(dims, from, reference::layouts[to], all);
        check_copy<u64>(dims, from, reference::layouts[to], all);
        check_copy<sixteen_bytes>(dims, from, reference::layouts[to], all);
      }
  MESSAGE("digest copy ", all.value);
}

TEST_CASE("copy: all permutations of four axes") {
  const shape dims{3, 5, 4, 18};
  shape order{0, 1, 2, 3};
  do {
    array<float> x(dims, reference::layout::contiguous), y(dims, reference::layout::contiguous);
    i64 step = 1;
    for (int i = 4; i-- > 0; step *= dims[static_cast<int>(order[i])])
      y.strides[static_cast<int>(order[i])] = step;
    float next = 0;
    for (float& e : x.all) e = next++;
    kernels::copy(x.data(), x.strides, y.data(), y.strides, dims, 4);
    i64 wrong = 0;
    reference::each(dims, [&](const shape& i) { wrong += y[i] != x[i]; });
    CHECK(wrong == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("fill repeats an element of any width") {
  for (i64 width : {1, 2, 4, 8, 16})
    for (i64 n : {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 200}) {
      const std::vector<char> pattern{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
      std::vector<char> out(static_cast<std::size_t>(n * width + 16), 77), expected = out;
      for (i64 i = 0; i < n * width; ++i)
        expected[static_cast<std::size_t>(i)] = pattern[static_cast<std::size_t>(i % width)];
      kernels::fill(out.data(), pattern.data(), n, width);
      CHECK(out == expected);
    }
}

}  // namespace
