#include "tenon/core/shape.hpp"

#include <limits>
#include <vector>

#include "doctest.hpp"

using tenon::dyn;
using tenon::extents;
using tenon::i64;
using tenon::shape;

static_assert(shape{2, 3}.rank() == 2 && shape{}.empty() && shape{4, 5}.back() == 5);
static_assert(tenon::count(shape{2, 3, 4}) == 24 && tenon::count(shape{}) == 1);
static_assert(extents<3, 224, 224>::static_count() == 150528 && extents<>::static_count() == 1);
static_assert(extents<2, 3>::is_static && !extents<2, dyn>::is_static);

constexpr i64 huge = i64{1} << 62;

TEST_CASE("a shape is a list of at most twelve integers") {
  shape s{2, 3};
  s.push_back(4);
  s.insert(0, 9);
  CHECK(s == shape{9, 2, 3, 4});
  s.insert(4, 8);
  CHECK(s == shape{9, 2, 3, 4, 8});
  s.erase(1);
  CHECK(s == shape{9, 3, 4, 8});
  s.erase(3);
  CHECK(s == shape{9, 3, 4});
  CHECK(s.first(2) == shape{9, 3});
  CHECK(s.from(1) == shape{3, 4});
  CHECK(s.from(3) == shape{});
  CHECK(s != shape{9, 3, 5});
  CHECK(s != shape{9, 3});
  CHECK(shape::filled(3, -7) == shape{-7, -7, -7});
  CHECK(shape::fits(12));
  CHECK(!shape::fits(13));
  CHECK(shape::filled(12, 1).size() == 12);
  CHECK(std::vector<i64>(s.begin(), s.end()) == std::vector<i64>{9, 3, 4});
}

#ifdef __cpp_exceptions
TEST_CASE("a thirteenth dimension is a programmer's error") {
  shape s = shape::filled(12, 1);
  CHECK_THROWS_WITH(s.push_back(1), "a tensor has more than 12 dimensions");
}
#endif

TEST_CASE("numbers of elements are checked in 64 bits") {
  CHECK(tenon::checked_count(shape{65536, 65536}.span()) == i64{1} << 32);
  CHECK(tenon::checked_count(shape{65536, 65536, 65536}.span()) == i64{1} << 48);
  CHECK(!tenon::checked_count(shape{65536, 65536, 65536, 65536}.span()));
  CHECK(!tenon::checked_count(shape{huge, 2}.span()));  // 2^63
  CHECK(tenon::checked_count(shape{huge, 1}.span()) == huge);
  CHECK(tenon::checked_count(shape{huge, 0}.span()) == 0);
  CHECK(tenon::checked_count(shape{huge, huge, 0}.span()) == 0);
  CHECK(tenon::checked_count(shape{0, huge, huge}.span()) == 0);
  CHECK(!tenon::checked_count(shape{-1}.span()));
  CHECK(!tenon::checked_count(shape{0, -1}.span()));
  CHECK(tenon::checked_count(shape{}.span()) == 1);
  CHECK(tenon::checked_product(3037000499, 3037000499) == i64{9223372030926249001});
  CHECK(!tenon::checked_product(huge, 2));
}

TEST_CASE("an empty dimension beside huge ones overflows nowhere") {
  for (const shape& s : {shape{0, huge, huge}, shape{huge, huge, 0}, shape{huge, 0, huge}}) {
    CHECK(tenon::count(s) == 0);
    CHECK(tenon::contiguous_strides(s) == shape{0, 0, 0});
    CHECK(tenon::channels_last_strides(s) == shape{0, 0, 0});
    CHECK(tenon::is_contiguous(s, shape{1, 2, 3}));
  }
}

TEST_CASE("strides") {
  CHECK(tenon::contiguous_strides({2, 3, 4}) == shape{12, 4, 1});
  CHECK(tenon::contiguous_strides({}) == shape{});
  CHECK(tenon::channels_last_strides({2, 3, 4, 5}) == shape{60, 1, 15, 3});
  CHECK(tenon::channels_last_strides({2, 3, 4}) == shape{12, 1, 3});
  CHECK(tenon::channels_last_strides({2, 3}) == shape{3, 1});
  CHECK(tenon::is_contiguous({2, 3}, {3, 1}));
  CHECK(!tenon::is_contiguous({2, 3}, {1, 2}));
  CHECK(!tenon::is_contiguous({2, 3}, {4, 1}));
  CHECK(!tenon::is_contiguous({2, 3}, {3, -1}));
  CHECK(tenon::is_contiguous({2, 1, 3}, {3, 77, 1}));
  CHECK(tenon::is_contiguous({1, 3}, {-5, 1}));
  CHECK(tenon::is_contiguous({}, {}));
}

TEST_CASE("broadcasting follows NumPy") {
  CHECK(tenon::broadcast({2, 1}, {3}) == shape{2, 3});
  CHECK(tenon::broadcast({}, {4}) == shape{4});
  CHECK(tenon::broadcast({1}, {0}) == shape{0});
  CHECK(tenon::broadcast({0}, {0}) == shape{0});
  CHECK(!tenon::broadcast({2}, {0}));
  CHECK(!tenon::broadcast({2, 3}, {2}));
  CHECK(tenon::broadcast({5, 1, 7}, {6, 1}) == shape{5, 6, 7});
  CHECK(tenon::broadcast_strides({6, 1}, {1, 1}, {5, 6, 7}) == shape{0, 1, 0});
}

TEST_CASE("axes count from the end when negative") {
  CHECK(tenon::normalized_axis(-1, 3) == 2);
  CHECK(tenon::normalized_axis(0, 3) == 0);
  CHECK(tenon::normalized_axis(-3, 3) == 0);
  CHECK(!tenon::normalized_axis(3, 3));
  CHECK(!tenon::normalized_axis(-4, 3));
  CHECK(!tenon::normalized_axis(0, 0));
  CHECK(!tenon::normalized_axis(std::numeric_limits<i64>::min(), 3));
}

TEST_CASE("offsets are visited in row-major order") {
  const auto visited = [](const shape& dims, const shape& strides) {
    std::vector<i64> v;
    tenon::for_each_offset(dims, strides, [&](i64 at) { v.push_back(at); });
    return v;
  };
  CHECK(visited({2, 3}, {1, 2}) == std::vector<i64>{0, 2, 4, 1, 3, 5});
  CHECK(visited({2, 2}, {0, -1}) == std::vector<i64>{0, -1, 0, -1});
  CHECK(visited({}, {}) == std::vector<i64>{0});
  CHECK(visited({2, 0}, {1, 1}).empty());
}

TEST_CASE("extents mix what is known early and late") {
  const extents<dyn, 10> e(4);
  CHECK(e[0] == 4);
  CHECK(e[1] == 10);
  CHECK(shape(e) == shape{4, 10});
  CHECK(e == extents<dyn, 10>(4));
  CHECK(e != extents<dyn, 10>(5));
  CHECK(shape(extents<dyn, 2, dyn>(7, 8)) == shape{7, 2, 8});
  CHECK(shape(extents<dyn, 10>()) == shape{0, 10});
  CHECK(shape(extents<>()) == shape{});
  CHECK(extents<dyn, 10>::from({3, 10}) == extents<dyn, 10>(3));
  CHECK(!extents<dyn, 10>::from({3, 11}));
  CHECK(!extents<dyn, 10>::from({10}));
  CHECK(extents<2, 3>::from({2, 3}).has_value());
}
