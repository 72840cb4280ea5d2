// Addresses that a guest passes: what lies inside is copied, what does not is an error that says where it was.
#include "doctest.hpp"
#include "fake_guest.hpp"

namespace tests::wasi_nn {

using namespace tenon;
using tests::fake_guest;

TEST_CASE("bounds are checked in 64 bits, to the last byte") {
  const fake_guest g(100);
  CHECK(g.has(0, 100));
  CHECK(g.has(100, 0));
  CHECK(g.has(99, 1));
  CHECK(!g.has(100, 1));
  CHECK(!g.has(0, 101));
  CHECK(!g.has(0xffffffff, 1));
  CHECK(!g.has(0xffffffff, 0));
  CHECK(!g.has(50, 0xffffffff));
  CHECK(!g.has(50, ~u64{0}));
  CHECK(!g.has(50, 0 - u64{50}));
}

TEST_CASE("reading and writing beyond the end touches nothing") {
  fake_guest g(100);
  std::byte b[8] = {};
  CHECK(g.read(92, b, "it").has_value());
  const status s = g.read(93, b, "the record");
  REQUIRE(!s.has_value());
  CHECK(s.error().message == "the record (8 bytes at 93) is outside of the guest's memory of 100 bytes");
  CHECK(!g.write(97, 7u, "it").has_value());
  CHECK(g.at<u8>(97) == 0xa5);
  CHECK(g.write(96, 0x04030201u, "it").has_value());
  CHECK(g.at<u8>(96) == 1);
  CHECK(g.at<u8>(99) == 4);
  CHECK(!g.read_all({0, 101}, nullptr, "it").has_value());
  CHECK((*g.read_all({96, 4}, nullptr, "it")).look()[3] == std::byte{4});
  CHECK((*g.read_all({100, 0}, nullptr, "it")).size() == 0);
}

}  // namespace tests::wasi_nn
