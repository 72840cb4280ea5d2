// Windows: attributes against sizes, up to the ends of what 64 bits count.
#include "tenon/ops/window.hpp"

#include "../doctest.hpp"

namespace tests::ops {

using namespace tenon;

namespace {

std::string resolved(const window_attributes& a, std::initializer_list<i64> kernel, std::initializer_list<i64> in) {
  const auto w = resolve_window(a, std::span(kernel.begin(), kernel.size()), std::span(in.begin(), in.size()));
  if (!w.has_value()) return w.error().message;
  return join({"out ", (*w).out, " begin ", (*w).begin, " end ", (*w).end});
}

}  // namespace

TEST_CASE("a window has as many places as fit") {
  const i64 two[] = {2, 2}, pads[] = {1, 0, 0, 2};
  CHECK(resolved({}, {3, 2}, {5, 6}) == "out [3,5] begin [0,0] end [0,0]");
  CHECK(resolved({.strides = two}, {3, 2}, {5, 6}) == "out [2,3] begin [0,0] end [0,0]");
  CHECK(resolved({.dilations = two, .pads = pads}, {3, 2}, {5, 6}) == "out [2,6] begin [1,0] end [0,2]");
  CHECK(resolved({.auto_pad = "VALID", .pads = pads}, {3, 2}, {5, 6}) == "out [3,5] begin [0,0] end [0,0]");
}

TEST_CASE("SAME puts the odd element of padding where its name says") {
  const i64 two[] = {2};
  CHECK(resolved({.auto_pad = "SAME_UPPER"}, {2}, {5}) == "out [5] begin [0] end [1]");
  CHECK(resolved({.auto_pad = "SAME_LOWER"}, {2}, {5}) == "out [5] begin [1] end [0]");
  CHECK(resolved({.auto_pad = "SAME_UPPER", .strides = two}, {1}, {5}) == "out [3] begin [0] end [0]");
  CHECK(resolved({.auto_pad = "SAME_UPPER"}, {3}, {0}) == "out [0] begin [1] end [1]");
}

TEST_CASE("ceil_mode adds a window that starts inside") {
  const i64 two[] = {2}, three[] = {3}, pads[] = {1, 1};
  CHECK(resolved({.strides = two, .ceil_mode = true}, {3}, {6}) == "out [3] begin [0] end [0]");
  CHECK(resolved({.strides = two, .ceil_mode = true}, {3}, {7}) == "out [3] begin [0] end [0]");
  CHECK(resolved({.strides = three, .pads = pads, .ceil_mode = true}, {1}, {2}) == "out [2] begin [1] end [1]");
}

TEST_CASE("a window that no input has room for is an error") {
  const i64 huge[] = {INT64_MAX}, least[] = {INT64_MIN}, most[] = {i64{1} << 31}, pads[] = {INT64_MAX, INT64_MAX};
  CHECK(resolved({}, {3}, {2}) == "a window of 3 is larger than the padded input of 2");
  CHECK(resolved({}, {3}, {0}) == "a window of 3 is larger than the padded input of 0");
  CHECK(resolved({.dilations = most}, {i64{1} << 31}, {9}) == "a window of 4611686016279904257 is larger than the padded input of 9");
  CHECK(resolved({.dilations = huge}, {3}, {2}) ==
        "kernel [3], strides [], dilations [9223372036854775807], pads []: an entry is out of range");
  CHECK(resolved({.strides = least}, {1}, {2}) == "kernel [1], strides [?], dilations [], pads []: an entry is out of range");
  CHECK(resolved({.pads = pads}, {1}, {2}) ==
        "kernel [1], strides [], dilations [], pads [9223372036854775807,9223372036854775807]: an entry is out of range");
  CHECK(resolved({}, {1}, {INT64_MAX}) == "an input of [9223372036854775807] is too large");
  CHECK(resolved({.auto_pad = "SAME_UPPER", .strides = most, .dilations = most}, {i64{1} << 31}, {i64{1} << 61}).starts_with("out [1073741824]"));
}

}  // namespace tests::ops
