#include "reference/pool.hpp"

#include "doctest.hpp"
#include "tenon/kernels/pool.hpp"

namespace {

using namespace tenon;
using reference::array;
using reference::layout;

const kernels::window windows[] = {
    {},
    {{1, 2, 2}, {1, 2, 2}},
    {{1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {{1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    {{1, 3, 2}, {1, 1, 1}, {1, 2, 3}, {0, 2, 1}, {0, 1, 2}},
    {{1, 1, 5}, {1, 1, 3}, {1, 1, 1}, {0, 0, 2}, {0, 0, 2}},
    {{2, 3, 3}, {1, 2, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}},
    {{1, 5, 5}, {1, 5, 5}, {1, 1, 1}, {0, 4, 4}, {0, 4, 4}},
};
const shape inputs[] = {{1, 1, 1, 1, 1},  {1, 3, 1, 8, 9},   {2, 17, 1, 7, 7}, {1, 16, 2, 5, 20},
                        {1, 33, 1, 6, 5}, {1, 2, 3, 12, 40}, {0, 3, 1, 4, 4}};

shape output(const shape& in, const kernels::window& w, bool ceil) {
  shape out = in;
  for (int d = 0; d < 3; ++d) {
    const i64 room =
        in[d + 2] + w.pad_begin[d] + w.pad_end[d] - (w.kernel[d] - 1) * w.dilation[d] - 1;
    i64 n = room < 0 ? 0 : (room + (ceil ? w.stride[d] - 1 : 0)) / w.stride[d] + 1;
    if (ceil && n > 0 && (n - 1) * w.stride[d] >= in[d + 2] + w.pad_begin[d]) --n;
    out[d + 2] = n;
  }
  return out;
}

template <class T>
array<T> laid_out(const shape& dims, int how) {
  array<T> x(dims, how == 1 ? layout::gaps : layout::contiguous);
  if (how == 2) {  // channels last
    i64 step = 1;
    for (int i : {1, 4, 3, 2, 0}) x.strides[i] = step, step *= dims[i];
  }
  return x;
}

template <class F>
void each_case(F f) {
  for (const shape& in : inputs)
    for (const kernels::window& w : windows)
      for (bool ceil : {false, true})
        for (int how = 0; how < 3; ++how) f(in, output(in, w, ceil), w, how);
}

template <class T>
void check_max(const shape& in, const shape& out, const kernels::window& w, int how,
               reference::digest& all) {
  reference::generator g(count(in) > 0 ? static_cast<u64>(in[4]) : 1);
  auto x = laid_out<T>(in, how);
  for (T& e : x.all)
    e = static_cast<T>(static_cast<int>(g.between(0, 40)) - (T(-1) < T(0) ? 20 : 0));
  auto y = laid_out<T>(out, how), expected = y, z = y;
  auto rows = laid_out<i64>(out, how), columns = rows, expected_rows = rows,
       expected_columns = rows;
  reference::each(out, [&](const shape& o) {
    const auto r = reference::pool(x, o, w);
    if (r.inside == 0) {
      using limits = std::numeric_limits<T>;
      expected[o] = limits::has_infinity ? -limits::infinity() : limits::lowest();
      return;
    }
    expected[o] = static_cast<T>(r.greatest);
    const i64 plane = (o[0] * in[1] + o[1]) * in[2] * in[3] * in[4];
    expected_rows[o] = plane + (r.at[0] * in[3] + r.at[1]) * in[4] + r.at[2];
    expected_columns[o] = plane + (r.at[2] * in[3] + r.at[1]) * in[2] + r.at[0];
  });
  const auto run = [&](array<T>& to, i64* indices, bool column_major) {
    return kernels::max_pool(dtype_of<T>, x.data(), x.strides, to.data(), to.strides, in, out, w,
                             indices, column_major);
  };
  CHECK(run(y, nullptr, false));
  CHECK(y.all == expected.all);
  CHECK(run(z, rows.data(), false));
  CHECK(z.all == expected.all);
  CHECK(rows.all == expected_rows.all);
  CHECK(run(z, columns.data(), true));
  CHECK(columns.all == expected_columns.all);
  all.add(y.all);
}

TEST_CASE("max_pool: values and indices in three layouts") {
  reference::digest all;
  each_case([&](const shape& in, const shape& out, const kernels::window& w, int how) {
    check_max<float>(in, out, w, how, all);
    check_max<double>(in, out, w, how, all);
    check_max<i8>(in, out, w, how, all);
    check_max<u8>(in, out, w, how, all);
  });
  MESSAGE("digest max_pool ", all.value);
}

template <class T>
void check_average(const shape& in, const shape& out, const kernels::window& w, int how,
                   reference::digest& all) {
  reference::generator g(3);
  auto x = laid_out<T>(in, how);
  for (T& e : x.all) e = static_cast<T>(g.real());
  for (bool pads : {false, true}) {
    auto y = laid_out<T>(out, how), expected = y;
    // Sums are exact, so only the division rounds.
    reference::each(out, [&](const shape& o) {
      const auto r = reference::pool(x, o, w);
      expected[o] =
          r.inside == 0 ? T(0) : static_cast<T>(r.sum) / static_cast<T>(pads ? r.padded : r.inside);
    });
    CHECK(kernels::average_pool(dtype_of<T>, x.data(), x.strides, y.data(), y.strides, in, out, w,
                                pads));
    CHECK(y.all == expected.all);
    all.add(y.all);
  }
}

TEST_CASE("average_pool: with and without the padding, in three layouts") {
  reference::digest all;
  each_case([&](const shape& in, const shape& out, const kernels::window& w, int how) {
    check_average<float>(in, out, w, how, all);
    check_average<double>(in, out, w, how, all);
  });
  MESSAGE("digest average_pool ", all.value);
}

TEST_CASE("pools refuse types that they do not know") {
  const shape one{1, 1, 1, 1, 1};
  i32 x = 0;
  CHECK_FALSE(kernels::max_pool(dtype::i32, &x, one, &x, one, one, one, {}));
  CHECK_FALSE(kernels::average_pool(dtype::i8, &x, one, &x, one, one, one, {}, false));
}

}  // namespace
