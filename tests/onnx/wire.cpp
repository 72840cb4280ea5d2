#include "doctest.hpp"

#include "tenon/onnx/wire.hpp"
#include "writer.hpp"

namespace {

using namespace tenon::onnx;
using tests::onnx::message;

wire_fault walk(const std::string& bytes) {
  wire_reader r(std::as_bytes(std::span(bytes)));
  while (r.next()) {}
  return r.fault();
}

TEST_CASE("the wire reader reads every kind of field in place") {
  message m;
  m.number(1, 300).number(2, -1).text(3, "abc").fixed(4, 1.5f).fixed(5, 2.5).text(1000, "");
  wire_reader r(m.span());
  REQUIRE(r.next());
  CHECK(r.key() == wire_reader::key(1, wire_type::varint));
  CHECK(r.bits() == 300);
  REQUIRE(r.next());
  CHECK(r.integer() == -1);
  REQUIRE(r.next());
  CHECK(r.text() == "abc");
  CHECK(reinterpret_cast<const char*>(r.payload().data()) > m.bytes.data());
  REQUIRE(r.next());
  CHECK(r.real() == 1.5f);
  REQUIRE(r.next());
  CHECK(std::bit_cast<double>(r.bits()) == 2.5);
  REQUIRE(r.next());
  CHECK(r.field() == 1000);
  CHECK(r.payload().empty());
  CHECK(!r.next());
  CHECK(r.fault() == wire_fault::none);
  CHECK(!wire_reader().next());
}

TEST_CASE("the wire reader says what is wrong") {
  CHECK(walk("\x08") == wire_fault::truncated);                      // a tag without its number
  CHECK(walk("\x08\x80\x80") == wire_fault::truncated);              // inside a number
  CHECK(walk("\x0a\x05" "abc") == wire_fault::truncated);            // inside a payload
  CHECK(walk("\x0d\x01\x02") == wire_fault::truncated);              // inside a fixed32
  CHECK(walk("\x09\x01\x02") == wire_fault::truncated);              // inside a fixed64
  CHECK(walk("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == wire_fault::truncated);  // 2^64 - 1 bytes
  CHECK(walk("\x0a\xff\xff\xff\xff\x0f") == wire_fault::truncated);  // 2^32 - 1, which wraps in 32 bits
  CHECK(walk("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02") == wire_fault::overlong);
  CHECK(walk("\x08" + std::string(10, '\x80') + "\x01") == wire_fault::overlong);
  CHECK(walk(std::string("\x00\x01", 2)) == wire_fault::tag);        // field 0
  CHECK(walk("\x0e") == wire_fault::tag);                            // types 6 and 7
  CHECK(walk("\x0f") == wire_fault::tag);
  CHECK(walk("\x80\x80\x80\x80\x10") == wire_fault::tag);            // more than 32 bits
  CHECK(walk("\x0c") == wire_fault::group);                          // an end without a beginning
  CHECK(walk("\x0b\x14") == wire_fault::group);                      // 1 begins, 2 ends
  CHECK(walk("\x0b") == wire_fault::truncated);

  wire_reader r(std::as_bytes(std::span("\x0a\x05" "abc", 5)));
  CHECK(!r.next());
  CHECK(r.missing() == 2);
  CHECK(!r.next());  // and stays there
}

TEST_CASE("groups are skipped, to a depth of 64") {
  CHECK(walk("\x0b\x10\x05\x13\x14\x0c\x08\x01") == wire_fault::none);
  message m;
  m.tag(9, 3).text(2, "inside").tag(3, 3).tag(3, 4).tag(9, 4).number(4, 5);
  wire_reader r(m.span());
  REQUIRE(r.next());
  CHECK(r.field() == 4);
  CHECK(walk(std::string(64, '\x0b') + std::string(64, '\x0c')) == wire_fault::none);
  CHECK(walk(std::string(65, '\x0b') + std::string(65, '\x0c')) == wire_fault::depth);
  CHECK(walk(std::string(10'000, '\x0b')) == wire_fault::depth);
}

TEST_CASE("messages are entered to a depth of 64") {
  message m;
  for (int i = 0; i < 10'000; ++i) m = message().add(1, m);
  wire_reader r(m.span());
  int depth = 0;
  while (r.next()) r = r.inside(), ++depth;
  CHECK(depth == max_depth + 1);
  CHECK(r.fault() == wire_fault::depth);
}

TEST_CASE("repeated numbers come packed, one by one, or mixed") {
  message m;
  m.packed(5, {1, -2, 300}).number(6, 9).number(5, 4).packed(5, {}).packed(5, {5});
  CHECK(wire_scalars::count(m.span(), 5, wire_type::varint) == 5);
  wire_scalars s(m.span(), 5, wire_type::varint);
  std::vector<std::int64_t> got;
  for (std::uint64_t v = 0; s.next(v);) got.push_back(static_cast<std::int64_t>(v));
  CHECK(got == std::vector<std::int64_t>{1, -2, 300, 4, 5});
  CHECK(s.fault() == wire_fault::none);

  message f;
  f.packed_fixed<float>(4, {1, 2}).fixed(4, 3.0f);
  CHECK(wire_scalars::count(f.span(), 4, wire_type::fixed32) == 3);
  wire_scalars reals(f.span(), 4, wire_type::fixed32);
  float sum = 0;
  for (std::uint64_t v = 0; reals.next(v);) sum += std::bit_cast<float>(static_cast<std::uint32_t>(v));
  CHECK(sum == 6);

  for (const char* broken : {"\x80", "\x01\x80"}) {
    const message b = message().text(5, broken);
    wire_scalars t(b.span(), 5, wire_type::varint);
    for (std::uint64_t v = 0; t.next(v);) {}
    CHECK(t.fault() == wire_fault::truncated);
  }
  const message odd = message().text(4, "abcde");
  wire_scalars t(odd.span(), 4, wire_type::fixed32);
  for (std::uint64_t v = 0; t.next(v);) {}
  CHECK(t.fault() == wire_fault::truncated);
}

}  // namespace
