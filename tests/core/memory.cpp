#include "tenon/core/memory.hpp"

#include <cstdint>
#include <utility>

#include "doctest.hpp"

using tenon::buffer;
using tenon::code;
using tenon::i64;

static_assert(!std::is_copy_constructible_v<buffer> &&
              std::is_nothrow_move_constructible_v<buffer>);
static_assert(tenon::allocation_size(0) == 64 && tenon::allocation_size(64) == 64);
static_assert(tenon::allocation_size(65) == 128 && tenon::allocation_size(SIZE_MAX) == 0);

TEST_CASE("buffers are aligned, also those of no or odd sizes") {
  for (i64 n : {0, 1, 63, 64, 65, 1000}) {
    auto b = buffer::make(n);
    REQUIRE(b.has_value());
    if (!b.has_value()) return;
    CHECK((*b).size() == static_cast<std::size_t>(n));
    CHECK(reinterpret_cast<std::uintptr_t>((*b).data()) % tenon::alignment == 0);
    std::memset((*b).data(), 1, (*b).size());
  }
}

TEST_CASE("buffers move") {
  tenon::limited_memory m(4096);
  auto made = buffer::make(100, &m);
  REQUIRE(made.has_value());
  if (!made.has_value()) return;
  buffer a = std::move(*made);
  CHECK(a.source() == &m);
  std::byte* p = a.data();
  buffer b = std::move(a);
  CHECK(a.data() == nullptr);
  CHECK(a.size() == 0);
  CHECK(b.data() == p);
  buffer& same = b;
  b = std::move(same);
  CHECK(b.data() == p);
  CHECK(m.used() == 128);
  a = std::move(b);
  CHECK(a.data() == p);
  a.reset();
  a.reset();
  CHECK(m.used() == 0);
}

TEST_CASE("a limit holds, and the peak is on record") {
  tenon::limited_memory m(1024);
  auto a = buffer::make(500, &m);
  CHECK(a.has_value());
  CHECK(m.used() == 512);
  auto b = buffer::make(513, &m);
  REQUIRE(!b.has_value());
  CHECK(b.error().what == code::out_of_memory);
  CHECK(b.error().message == "no memory");
  auto c = buffer::make(512, &m);
  CHECK(c.has_value());
  CHECK(!buffer::make(0, &m).has_value());  // none is so small that it takes nothing
  CHECK(m.peak() == 1024);
  CHECK(m.limit() == 1024);
  a = buffer::make(1, &m);
  CHECK(!a.has_value());
  CHECK(m.used() == 512);
  c = buffer();
  CHECK(m.used() == 0);
}

TEST_CASE("no limit is so odd that it lets everything pass") {
  tenon::limited_memory none(0), negative(-5);
  CHECK(none.allocate(1) == nullptr);
  CHECK(negative.allocate(1) == nullptr);
  CHECK(negative.limit() == 0);
  tenon::limited_memory all(INT64_MAX);
  CHECK(all.allocate(SIZE_MAX) == nullptr);
  CHECK(all.allocate(SIZE_MAX - 63) == nullptr);
}

TEST_CASE("sizes that no machine has fail with a sentence") {
  const auto negative = buffer::make(-1);
  REQUIRE(!negative.has_value());
  CHECK(negative.error().message == "-1 bytes do not fit into this machine's memory");
  CHECK(negative.error().what == code::out_of_memory);
  tenon::limited_memory m(1 << 20);
  CHECK(!buffer::make(INT64_MAX, &m).has_value());
  if constexpr (sizeof(std::size_t) == 4) {
    const auto b = buffer::make(i64{1} << 32);  // 0 in 32 bits
    REQUIRE(!b.has_value());
    CHECK(b.error().message == "4294967296 bytes do not fit into this machine's memory");
  }
}
