// Running a node allocates nothing and stays inside the scratch that was asked for, whatever the
// operator, dtype and layout.
#include "../support/allocations.hpp"
#include "trial.hpp"

namespace tests::ops {

TEST_CASE("a run allocates nothing and keeps to its scratch") {
  const auto before = allocations();
  ::operator delete(::operator new(1));
  CHECK(allocations() != before);  // the count counts
  for (const op_info* info : operators().rows)
    for (int d = 1; d < dtype_count; ++d)
      for (layout how : {layout::contiguous, layout::transposed}) {
        // Long strings are copied into memory of their own: sessions know that.
        if (!info->dtypes.has(static_cast<dtype>(d)) || static_cast<dtype>(d) == dtype::string) continue;
        trial t(*info, static_cast<dtype>(d), how, 77);
        t.directly = true;
        walk(t);
        CHECK_MESSAGE(t.faults == 0, info->name, " ", name(t.type));
        CHECK_MESSAGE(t.allocated == 0, info->name, " ", name(t.type), " allocated ", t.allocated, " times");
      }
}

TEST_CASE("an eager call respects its limit and its memory") {
  const any_tensor x = zeros(dtype::f32, {100});
  const any_view in[] = {x, x};
  const any_op add(row("Add"));
  const auto refused = try_apply(row("Add"), add.get(), in, {.limit = 300});
  REQUIRE(!refused.has_value());
  if (!refused.has_value()) CHECK(refused.error().message.starts_with("Add: needs "));
  if (!refused.has_value()) CHECK(refused.error().message.ends_with(" bytes, more than the 300 that are left"));
  limited_memory little(100), enough(1 << 16);
  const auto poor = try_apply(row("Add"), add.get(), in, {.from = &little});
  REQUIRE(!poor.has_value());
  if (!poor.has_value()) CHECK(poor.error().message == "Add: no memory");
  CHECK(little.used() == 0);
  CHECK(try_apply(row("Add"), add.get(), in, {.title = "Add 'sum'", .from = &enough}).has_value());
  CHECK(enough.used() == 0);
  CHECK(enough.peak() > 400);
}

}  // namespace tests::ops
