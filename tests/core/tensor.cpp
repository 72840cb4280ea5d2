#include "tenon/core/tensor.hpp"

#include <concepts>
#include <utility>
#include <vector>

#include "doctest.hpp"

using tenon::code;
using tenon::dyn;
using tenon::extents;
using tenon::i64;
using tenon::shape;
using tenon::tensor;
using tenon::view;

using matrix = tensor<float, extents<2, 3>>;
using rows = tensor<float, extents<dyn, 3>>;
using large = tensor<float, extents<64, 64>>;

static_assert(std::regular<tensor<float>> && std::regular<matrix> && std::regular<rows>);
static_assert(std::regular<large> && std::regular<tensor<std::string>>);
static_assert(std::is_nothrow_move_constructible_v<tensor<float>> &&
              std::is_nothrow_move_assignable_v<matrix>);
static_assert(alignof(matrix) == tenon::alignment && sizeof(matrix) <= 3 * tenon::alignment);
static_assert(sizeof(large) < 256);
static_assert(std::convertible_to<view<float, extents<2, 3>>, view<const float>>);
static_assert(std::convertible_to<view<float>, view<const float>>);
static_assert(!std::convertible_to<view<const float>, view<float>>);
static_assert(!std::convertible_to<view<float>, view<double>>);

namespace {

std::vector<float> elements(const view<const float>& v) {
  std::vector<float> all;
  tenon::for_each_offset(v.dims(), v.strides(), [&](i64 at) { all.push_back(v.data()[at]); });
  return all;
}
using floats = std::vector<float>;

}  // namespace

TEST_CASE_TEMPLATE("a tensor owns zeros, and is a regular value", T, tensor<float>, matrix, rows) {
  const shape dims{2, 3};
  T a = [&] {
    if constexpr (std::same_as<T, matrix>)
      return T();
    else if constexpr (std::same_as<T, rows>)
      return T(extents<dyn, 3>(2));
    else
      return T(dims);
  }();
  CHECK(shape(a.dims()) == dims);
  CHECK(a.size() == 6);
  CHECK(a.rank() == 2);
  CHECK(a.dim(-1) == 3);
  CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % tenon::alignment == 0);
  for (float x : a) CHECK(x == 0);

  a[1, 2] = 5;
  CHECK(a.data()[5] == 5);
  T b = a;
  CHECK(b == a);
  CHECK(b.data() != a.data());
  b[0, 0] = 1;
  CHECK(b != a);
  CHECK(a[0, 0] == 0);

  T& self = b;
  b = self;
  CHECK(b[0, 0] == 1);
  b = std::move(self);
  CHECK(b[0, 0] == 1);
  CHECK(b.size() == 6);

  T c = std::move(b);
  CHECK(c[0, 0] == 1);
  CHECK(c[1, 2] == 5);
  b = a;  // what was moved from takes an assignment
  CHECK(b == a);
  std::swap(a, c);
  CHECK(a[0, 0] == 1);
  CHECK(c == b);
}

TEST_CASE("a moved-from tensor is empty and may be copied, compared and destroyed") {
  tensor<float> a({2, 2}, {1, 2, 3, 4});
  const float* p = a.data();
  tensor<float> b = std::move(a);
  CHECK(b.data() == p);
  CHECK(a.size() == 0);
  CHECK(a.dims() == shape{0});
  CHECK(a == tensor<float>());
  tensor<float> c = a;
  CHECK(c == a);

  rows d(extents<dyn, 3>(4));
  rows e = std::move(d);
  CHECK(e.size() == 12);
  CHECK(d.size() == 0);
  CHECK(shape(d.dims()) == shape{0, 3});

  large f, g = std::move(f);
  CHECK(g.size() == 4096);
  CHECK(f.size() == 0);
  CHECK(f != g);
  CHECK(g != f);
  large h = f;
  CHECK(h == f);
  f = g;
  CHECK(f == g);
}

TEST_CASE("tensors of any shape and of none") {
  CHECK(tensor<float>().size() == 0);
  CHECK(tensor<float>(shape{}).size() == 1);
  CHECK(tensor<float>({0, 5}).size() == 0);
  CHECK(tensor<float, extents<>>().size() == 1);
  CHECK(tensor<float, extents<0, 7>>().size() == 0);
  CHECK(tensor<float, extents<dyn>>().size() == 0);
  tensor<float> scalar(shape{});
  scalar[] = 3;
  CHECK(*scalar.data() == 3);
  const tensor<tenon::f16> half({2}, {tenon::f16(1), tenon::f16(-2.5)});
  CHECK(half[1] == -2.5f);
  CHECK(tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}) == tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}) != tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
}

TEST_CASE("strings are elements like others") {
  const std::string text = "long enough for memory of its own, on every platform";
  tensor<std::string> a({2}, {text, "b"});
  tensor<std::string> b = a;
  a[0] = "changed";
  CHECK(b[0] == text);
  b = std::move(a);
  CHECK(b[0] == "changed");
  a = b;
  CHECK(a == b);
  tensor<std::string, extents<2>> c({}, {text, "y"}), d = c, e = std::move(c);
  CHECK(d == e);
  CHECK(e[0] == text);
  c = e;
  CHECK(c[0] == text);
  CHECK(tensor<std::string>({3})[2].empty());
}

TEST_CASE("sizes are checked before memory is asked for") {
  tenon::limited_memory m(1 << 20);
  const auto message = [&](const shape& dims) {
    const auto t = tensor<float>::try_make(dims, &m);
    return t.has_value() ? std::string("made") : t.error().message;
  };
  const i64 big = i64{1} << 62;
  CHECK(message({65536, 65536, 65536, 65536}) ==
        "a tensor of shape [65536,65536,65536,65536] has more bytes than 64 bits count");
  CHECK(message({big, 2}) ==
        "a tensor of shape [4611686018427387904,2] has more bytes than 64 bits count");
  CHECK(message({big}) ==
        "a tensor of shape [4611686018427387904] has more bytes than 64 bits count");
  CHECK(message({2, -3}) == "a tensor of shape [2,?] has a negative dimension");
  CHECK(message({0, -3}) == "a tensor of shape [0,?] has a negative dimension");
  CHECK(message({big, big, 0}) == "made");
  CHECK(message({0, big, big}) == "made");
  // 16 GiB is 0 in 32 bits, and more than the limit in 64.
  CHECK(message({65536, 65536}) == (sizeof(std::size_t) == 4
                                        ? "17179869184 bytes do not fit into this machine's memory"
                                        : "no memory"));
  CHECK(message({1 << 19}) == "no memory");
  CHECK(message({1 << 10}) == "made");
  CHECK(m.used() == 0);
  CHECK(tensor<float>::try_make({big}, &m).error().what == code::limit);
  CHECK(tensor<float>::try_make({-1}, &m).error().what == code::invalid);
  CHECK(tensor<float>::try_make({1 << 19}, &m).error().what == code::out_of_memory);
}

TEST_CASE("copies take memory from where the original did") {
  tenon::limited_memory m(1000);
  auto made = tensor<float>::try_make({10}, &m);
  REQUIRE(made.has_value());
  if (!made.has_value()) return;
  CHECK(m.used() == 64);
  {
    tensor<float> copy = *made;
    CHECK(m.used() == 128);
  }
  CHECK(m.used() == 64);
  tensor<float> moved = std::move(*made);
  CHECK(m.used() == 64);
  moved = tensor<float>();
  CHECK(m.used() == 0);
}

TEST_CASE("views look without owning") {
  tensor<float> t({2, 3}, {1, 2, 3, 4, 5, 6});
  const view<float> v = t;
  CHECK(v.contiguous());
  CHECK(v.size() == 6);
  CHECK(v.dim(-2) == 2);
  v[1, 0] = 40;
  CHECK(t[1, 0] == 40);
  t[1, 0] = 4;

  CHECK(elements(v.transposed()) == floats{1, 4, 2, 5, 3, 6});
  CHECK(v.transposed().dims() == shape{3, 2});
  CHECK(!v.transposed().contiguous());
  CHECK(elements(v.transposed({1, 0})) == floats{1, 4, 2, 5, 3, 6});
  CHECK(elements(v.transposed({0, 1})) == floats{1, 2, 3, 4, 5, 6});
  CHECK(elements(v.slice(1, 0, 3, 2)) == floats{1, 3, 4, 6});
  CHECK(elements(v.slice(1, 2, -1, -1)) == floats{3, 2, 1, 6, 5, 4});
  CHECK(elements(v.slice(1, 2, -1, -2)) == floats{3, 1, 6, 4});
  CHECK(elements(v.slice(0, 1, 2)) == floats{4, 5, 6});
  CHECK(v.slice(0, 1, 2).contiguous());
  CHECK(elements(v.slice(0, 2, 2)).empty());
  CHECK(elements(v.slice(0, 1, 0)).empty());
  CHECK(elements(v.slice(1, 0, 3, INT64_MAX)) == floats{1, 4});
  CHECK(elements(v.slice(1, 2, -1, INT64_MIN)) == floats{3, 6});
  CHECK(elements(v.slice(0, 1, -1, -1).transposed()) == floats{4, 1, 5, 2, 6, 3});
  CHECK(elements(v.slice(0, 0, 1).broadcast_to({2, 2, 3})) ==
        floats{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3});
  CHECK(v.broadcast_to({4, 2, 3}).strides() == shape{0, 3, 1});

  const view<const float> none = view<float>();
  CHECK(none.size() == 0);
  CHECK(none.data() == nullptr);
}

TEST_CASE("views of static extents become views of any") {
  matrix t;
  t[1, 1] = 7;
  const view<float, extents<2, 3>> v = t;
  const view<const float> any = v;
  CHECK(any[1, 1] == 7);
  CHECK(any.dims() == shape{2, 3});
  const view<const float, extents<2, 3>> read = v;
  CHECK(read[1, 1] == 7);
  CHECK(v.slice(1, 1, 2)[1, 0] == 7);
  CHECK(std::as_const(t).look()[1, 1] == 7);
}

#ifdef __cpp_exceptions
TEST_CASE("eager mistakes throw, and leave nothing behind") {
  tenon::limited_memory m(128 + 63);
  CHECK_THROWS_WITH(tensor<float>({2, 3}, {1, 2}), "tensor: 2 values given for shape [2,3]");
  auto made = tensor<float>::try_make({20}, &m);
  REQUIRE(made.has_value());
  tensor<float> target({1}, {9});
  CHECK_THROWS_WITH(target = *made, "no memory");
  CHECK(target[0] == 9);
  CHECK_THROWS_WITH(tensor<float>({-1}), "a tensor of shape [?] has a negative dimension");
}
#endif
