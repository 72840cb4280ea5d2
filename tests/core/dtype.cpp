#include "tenon/core/dtype.hpp"

#include "doctest.hpp"

using tenon::dtype;
using tenon::dtype_set;
namespace dtypes = tenon::dtypes;

static_assert(tenon::dtype_of<float> == dtype::f32 &&
              tenon::dtype_of<const bool> == dtype::boolean);
static_assert(std::same_as<tenon::storage_t<dtype::f16>, tenon::f16>);
static_assert(std::same_as<tenon::compute_t<tenon::bf16>, float>);
static_assert(std::same_as<tenon::compute_t<tenon::i4>, tenon::i32>);
static_assert(std::same_as<tenon::compute_t<double>, double>);
static_assert(tenon::element<std::string> && !tenon::element<void*> &&
              !tenon::element<long double>);

TEST_CASE("numbers are those of onnx.proto") {
  CHECK(static_cast<int>(dtype::f32) == 1);
  CHECK(static_cast<int>(dtype::string) == 8);
  CHECK(static_cast<int>(dtype::boolean) == 9);
  CHECK(static_cast<int>(dtype::f16) == 10);
  CHECK(static_cast<int>(dtype::bf16) == 16);
  CHECK(static_cast<int>(dtype::f8e4m3fn) == 17);
  CHECK(static_cast<int>(dtype::f8e5m2fnuz) == 20);
  CHECK(static_cast<int>(dtype::u4) == 21);
  CHECK(static_cast<int>(dtype::i4) == 22);
  CHECK(static_cast<int>(dtype::f4e2m1) == 23);
  CHECK(static_cast<int>(dtype::f8e8m0) == 24);
  CHECK(static_cast<int>(dtype::u2) == 25);
  CHECK(static_cast<int>(dtype::i2) == 26);
  CHECK(static_cast<int>(dtype::f6e2m3) == 27);
  CHECK(static_cast<int>(dtype::f6e3m2) == 28);
}

TEST_CASE("visit finds the storage type of every element type, with its size and name") {
  int visited = 0;
  for (int i = 0; i < 256; ++i) {
    const auto d = static_cast<dtype>(i);
    bool right = false;
    const bool found = tenon::visit<dtypes::all>(d, [&]<class T>() {
      right = tenon::dtype_of<T> == d && static_cast<tenon::i64>(sizeof(T)) == tenon::size_of(d);
    });
    CHECK(found == (i > 0 && i < tenon::dtype_count));
    CHECK(found == right);
    CHECK(found == dtypes::all.has(d));
    CHECK((tenon::size_of(d) > 0) == (found || is_container(d)));
    visited += found;
  }
  CHECK(visited == 28);
  CHECK(tenon::name(dtype::f16) == "float16");
  CHECK(tenon::name(dtype::i2) == "int2");
  CHECK(tenon::name(dtype::none) == "undefined");
  CHECK(tenon::name(dtype::f6e3m2) == "float6e3m2");
  CHECK(tenon::name(static_cast<dtype>(29)) == "unknown");
  CHECK(tenon::name(static_cast<dtype>(255)) == "unknown");
}

TEST_CASE("visit stays within its set") {
  int calls = 0;
  const auto f = [&]<class T>() { ++calls; };
  CHECK(tenon::visit<dtypes::floating>(dtype::f64, f));
  CHECK(!tenon::visit<dtypes::floating>(dtype::i64, f));
  CHECK(!tenon::visit<dtype_set{}>(dtype::f32, f));
  CHECK(calls == 1);
}

TEST_CASE("sub-byte types are packed on the wire") {
  CHECK(tenon::wire_bits(dtype::i4) == 4);
  CHECK(tenon::wire_bits(dtype::f4e2m1) == 4);
  CHECK(tenon::wire_bits(dtype::f6e2m3) == 6);
  CHECK(tenon::wire_bits(dtype::u2) == 2);
  CHECK(tenon::wire_bits(dtype::boolean) == 8);
  CHECK(tenon::wire_bits(dtype::c128) == 128);
}

TEST_CASE("sets") {
  CHECK(dtypes::numeric.has(dtype::bf16));
  CHECK(!dtypes::numeric.has(dtype::boolean));
  CHECK(!dtypes::all.has(dtype::none));
  CHECK(!dtypes::all.has(static_cast<dtype>(32 + 1)));  // would wrap around in a shift
  CHECK((dtypes::floating | dtypes::integers) == dtypes::numeric);
  CHECK(tenon::compute_dtype(dtype::u2) == dtype::u32);
  CHECK(tenon::compute_dtype(dtype::boolean) == dtype::u32);
  CHECK(tenon::compute_dtype(dtype::f8e8m0) == dtype::f32);
  CHECK(tenon::compute_dtype(dtype::i64) == dtype::i64);
}
