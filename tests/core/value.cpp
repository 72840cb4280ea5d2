#include "tenon/core/value.hpp"

#include <utility>

#include "doctest.hpp"

using tenon::any_tensor;
using tenon::any_view;
using tenon::code;
using tenon::dtype;
using tenon::shape;
using tenon::tensor;

static_assert(std::semiregular<any_tensor> && std::is_nothrow_move_constructible_v<any_tensor>);
static_assert(std::convertible_to<tensor<float>, any_view>);
static_assert(std::convertible_to<tenon::view<const float>, any_view>);
static_assert(!std::convertible_to<tenon::view<const float>, tenon::mutable_any_view>);
static_assert(!std::convertible_to<const tensor<float>&, tenon::mutable_any_view>);
static_assert(std::convertible_to<tenon::mutable_any_view, any_view>);

TEST_CASE("nothing is nothing") {
  const any_tensor none;
  CHECK(!none);
  CHECK(none.size() == 0);
  CHECK(!none.look());
  CHECK(none.look().size() == 0);
  CHECK(none.look().byte_size() == 0);
  const any_tensor copy = none;
  CHECK(!copy);
  CHECK(!any_view());
  CHECK(any_view().size() == 0);
}

TEST_CASE("every element type can be made, zero, copied and moved") {
  for (int i = 1; i < tenon::dtype_count; ++i) {
    const auto d = static_cast<dtype>(i);
    auto made = any_tensor::try_make(d, {2, 3});
    REQUIRE(made.has_value());
    if (!made.has_value()) return;
    any_tensor& t = *made;
    CHECK(t.type() == d);
    CHECK(t.size() == 6);
    CHECK(t.look().byte_size() == 6 * tenon::size_of(d));
    if (d == dtype::string) {
      t.as<std::string>()[1] = "long enough for memory of its own, on every platform";
    } else {
      for (tenon::i64 b = 0; b < t.look().byte_size(); ++b) CHECK(t.data()[b] == std::byte{0});
      t.data()[0] = std::byte{1};
    }
    any_tensor copy = t;
    CHECK(copy.type() == d);
    CHECK(copy.data() != t.data());
    if (d == dtype::string)
      CHECK(copy.as<std::string>()[1] == t.as<std::string>()[1]);
    else
      CHECK(copy.data()[0] == std::byte{1});
    const std::byte* p = copy.data();
    any_tensor moved = std::move(copy);
    CHECK(moved.data() == p);
    CHECK(!copy);
    CHECK(copy.size() == 0);
    copy = moved;
    any_tensor& self = copy;
    copy = self;
    CHECK(copy.size() == 6);
    copy = std::move(self);
    CHECK(copy.size() == 6);
    copy = any_tensor();
    CHECK(!copy);
  }
}

TEST_CASE("typed and untyped tensors cross over") {
  tensor<float, tenon::extents<2, 2>> t({}, {1, 2, 3, 4});
  any_tensor a = t;
  t[0, 0] = 9;
  CHECK(a.as<float>()[0] == 1);
  CHECK(a.dims() == shape{2, 2});
  const any_view v = t;
  CHECK(v.type == dtype::f32);
  CHECK(v.typed<float>()[0, 0] == 9);
  CHECK(v.contiguous());
  tenon::mutable_any_view w = t;
  w.typed<float>()[1, 1] = 8;
  CHECK(t[1, 1] == 8);
  const any_view turned = t.look().transposed();
  CHECK(!turned.contiguous());
  CHECK(turned.typed<float>()[0, 1] == 3);
  CHECK(a.edit().dim(-1) == 2);

  const any_tensor s = tensor<std::string>({2}, {"a", "b"});
  CHECK(s.as<std::string>()[1] == "b");
  double sum = 0;
  tenon::visit<tenon::dtypes::floating>(a.type(), [&]<class T>() {
    for (int i = 0; i < 4; ++i) sum += static_cast<double>(a.as<T>()[i]);
  });
  CHECK(sum == 10);
}

TEST_CASE("what cannot be made fails with a sentence") {
  tenon::limited_memory m(1 << 16);
  const auto failure = [&](dtype d, const shape& dims) {
    const auto t = any_tensor::try_make(d, dims, &m);
    return t.has_value() ? tenon::error{} : t.error();
  };
  const tenon::i64 big = tenon::i64{1} << 60;
  CHECK(failure(dtype::f64, {big}).message ==
        "a tensor of shape [1152921504606846976] has more bytes than 64 bits count");
  CHECK(failure(dtype::u8, {big, 8}).what == code::limit);
  CHECK(failure(dtype::u8, {-1}).message == "a tensor of shape [?] has a negative dimension");
  CHECK(failure(dtype::none, {1}).message == "a tensor cannot have element type 0");
  CHECK(failure(static_cast<dtype>(30), {1}).message == "a tensor cannot have element type 30");
  CHECK(failure(dtype::f32, {1 << 16}).message == "no memory");
  CHECK(failure(dtype::f32, {65536, 65536}).what == code::out_of_memory);
  CHECK(failure(dtype::f32, {0, big, big}).message.empty());
  CHECK(m.used() == 0);
}
