// Handles rise, die once, and are never used again.
#include "tenon/wasi_nn/handles.hpp"

#include "doctest.hpp"

namespace tests::wasi_nn {

using namespace tenon;
using table = wasi_nn::handle_table<int>;

TEST_CASE("handles rise and are never used again") {
  table t(3);
  CHECK(*t.insert(std::make_shared<int>(10)) == 1);
  CHECK(*t.insert(std::make_shared<int>(20)) == 2);
  CHECK(*t.find(2) == 20);
  CHECK(t.find(0) == nullptr);
  CHECK(t.find(3) == nullptr);
  CHECK(*t.remove(2) == 20);
  CHECK(t.find(2) == nullptr);
  CHECK(t.remove(2) == nullptr);
  CHECK(*t.insert(std::make_shared<int>(30)) == 3);
  CHECK(*t.find(1) == 10);
  CHECK(*t.find(3) == 30);
  CHECK(t.find_if([](int v) { return v == 30; }) == 3);
  CHECK(t.find_if([](int v) { return v == 31; }) == 0);
}

TEST_CASE("what somebody else holds outlives its handle") {
  table t(3);
  const u32 handle = *t.insert(std::make_shared<int>(10));
  const auto held = t.find(handle);
  t.remove(handle);
  CHECK(*held == 10);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a full table and the end of the numbers are errors") {
  table few(1);
  CHECK(few.insert(std::make_shared<int>(1)).has_value());
  CHECK(few.insert(std::make_shared<int>(2)).error().message == "there are 1 already, the most there may be");
  table last(9, 0xfffffffe);
  CHECK(*last.insert(std::make_shared<int>(1)) == 0xfffffffe);
  CHECK(*last.insert(std::make_shared<int>(2)) == 0xffffffff);
  CHECK(last.insert(std::make_shared<int>(3)).error().message == "all handles are used up");
  CHECK(*last.find(0xffffffff) == 2);
}

}  // namespace tests::wasi_nn
