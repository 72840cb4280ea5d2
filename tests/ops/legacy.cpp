// How operators of opset 6 and older take their second operand.
#include "tenon/ops/legacy.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::LegacyBroadcast;

void legacy_broadcast_cases(trial& t) {
  const auto run = [&](const shape& b, const shape& a, i64 axis, const shape& out) {
    table x = t.patterns(b), other = t.patterns(a), y(t.type, out);
    y.bits = x.bits;
    std::size_t to = 8;
    each(b, [&](const shape& i) { y.all[to++] = x[i]; });
    const LegacyBroadcast o{.axis = axis};
    t.expect(&o, {&x, &other}, {&y});
  };
  run({3}, {2, 3, 4, 5}, 1, {3, 1, 1}), run({3, 4}, {2, 3, 4, 5}, 1, {3, 4, 1}), run({2}, {2, 3}, 0, {2, 1});
  run({5}, {2, 3, 4, 5}, 3, {5}), run({4, 5}, {2, 3, 4, 5}, 2, {4, 5}), run({1, 1}, {2, 3, 4}, 0, {1, 1}), run({}, {2, 3}, 0, {});
  run({3}, {3}, 1, {3}), run({3, 1, 1}, {2, 3, 4, 5}, 1, {3, 1, 1}), run({0}, {2, 0, 4}, 1, {0, 1});
}
const by_reference legacy_broadcast_reference(cases{"tenon.LegacyBroadcast", legacy_broadcast_cases});

TEST_CASE("binary operators of opset 6 broadcast at an axis") {
  for (const char* name : {"Add", "Sub", "Mul", "Div", "Pow", "Equal", "Less", "Greater", "And", "Or", "Xor"}) {
    const any_op op(row(name));
    const auto axis_of = [&](int opset, std::optional<i64> broadcast, std::optional<i64> axis) -> i64 {
      fake_node n(opset, 2);
      if (broadcast) n.attributes["broadcast"] = *broadcast;
      if (axis) n.attributes["axis"] = *axis;
      any_op fresh(row(name));
      CHECK(row(name).upgrade(fresh.get(), n).has_value());
      // Newer ones do not have them: they are reported as unknown.
      CHECK(n.attributes.size() == (opset < 7 ? 0u : broadcast.has_value() + axis.has_value()));
      return n.inserted.contains(1) ? static_cast<const LegacyBroadcast*>(n.inserted[1].get())->axis : -1;
    };
    CHECK(axis_of(6, 1, 2) == 2);
    CHECK(axis_of(1, 1, 0) == 0);
    CHECK(axis_of(6, 1, std::nullopt) == -1);
    CHECK(axis_of(6, 1, -1) == -1);
    CHECK(axis_of(6, 0, 1) == -1);
    CHECK(axis_of(6, std::nullopt, 1) == -1);
    CHECK(axis_of(7, 1, 1) == -1);
  }
}

}  // namespace tests::ops
