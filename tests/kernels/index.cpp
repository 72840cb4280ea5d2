#include "tenon/kernels/index.hpp"

#include "doctest.hpp"
#include "tenon/kernels/keys.hpp"

using namespace tenon;

TEST_CASE("offsets add up, and the first index out of range is told") {
  const i64 wide[] = {0, 4, -5, 2, 5, -6};
  const i32 narrow[] = {3, -1, INT32_MIN, 0};
  i64 at[6] = {100, 100, 100, 100, 100, 100};
  CHECK(kernels::add_offsets(wide, true, 1, 4, 5, 10, at) == -1);
  CHECK(at[0] == 100);
  CHECK(at[1] == 140);
  CHECK(at[2] == 100);
  CHECK(at[3] == 120);
  CHECK(kernels::add_offsets(wide, true, 1, 6, 5, 10, at) == 4);
  CHECK(kernels::add_offsets(wide + 1, true, 2, 3, 5, 1, at) == 2);
  CHECK(kernels::add_offsets(narrow, false, 1, 2, 4, 1, at) == -1);
  CHECK(kernels::add_offsets(narrow, false, 1, 4, 4, 1, at) == 2);
  CHECK(kernels::add_offsets(wide, true, 1, 1, 0, 1, at) == 0);
  const i64 ends[] = {INT64_MAX, INT64_MIN};
  CHECK(kernels::add_offsets(ends, true, 1, 2, INT64_MAX, 1, at) == 0);
  CHECK(kernels::add_offsets(ends + 1, true, 1, 1, INT64_MAX, 1, at) == 0);
}

TEST_CASE("rows are gathered and scattered by offsets, in every width") {
  for (i64 width : {1, 2, 4, 8, 16})
    for (i64 run : {1, 2, 7, 70}) {
      std::vector<char> from(static_cast<std::size_t>(5 * run * width)), to(from.size(), 99), back(from.size(), 99);
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>(i * 7 + i / 256);
      const i64 offsets[] = {4 * run, 0, 2 * run, 3 * run, run};
      kernels::gather(from.data(), offsets, 5, run, to.data(), width);
      kernels::scatter(to.data(), run, offsets, 5, run, back.data(), width);
      CHECK(back == from);
      CHECK(std::memcmp(to.data(), from.data() + 4 * run * width, static_cast<std::size_t>(run * width)) == 0);
    }
}

TEST_CASE("keys are in the order of the numbers") {
  const float x[] = {-__builtin_inff(), -2, -1e-45f, 0, 1e-45f, 1, __builtin_inff(), __builtin_nanf("")};
  const i8 small[] = {-128, -1, 0, 1, 127};
  const u64 large[] = {0, 1, UINT64_MAX};
  u64 keys[8], zero;
  kernels::load_keys(dtype::f32, x, 1, 8, keys);
  CHECK(std::is_sorted(keys, keys + 8));
  CHECK(std::adjacent_find(keys, keys + 8) == keys + 8);
  const float minus = -0.0f;
  kernels::load_keys(dtype::f32, &minus, 1, 1, &zero);
  CHECK(zero == keys[3]);
  kernels::load_keys(dtype::i8, small, 1, 5, keys);
  CHECK(std::is_sorted(keys, keys + 5));
  kernels::load_keys(dtype::u64, large, 1, 3, keys);
  CHECK(std::is_sorted(keys, keys + 3));
}
