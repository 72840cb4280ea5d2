// Pad and CenterCropPad: what is around and what is left, walked there element by element, in every mode.
#include "tenon/ops/pad.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::CenterCropPad;
using tenon::ops::Pad;

namespace {

/// The index that one arrives at in n elements, going `at` steps from the first; -1 outside of them.
i64 arrived(const std::string& mode, i64 at, i64 n) {
  i64 i = 0, way = at < 0 ? -1 : 1;
  for (i64 k = 0; k != at; k += at < 0 ? -1 : 1) {
    if (mode == "constant" && (i + way < 0 || i + way >= n)) return -1;
    if (i + way >= 0 && i + way < n) i += way;
    else if (mode == "wrap") i = way > 0 ? 0 : n - 1;
    else if (mode == "reflect" && n > 1) way = -way, i += way;
  }
  return i;
}

table padded(const table& x, const std::string& mode, const ints& before, const ints& behind, const number& value) {
  shape out, crop;
  for (int k = 0; k < x.dims.rank(); ++k) {
    const auto u = static_cast<std::size_t>(k);
    out.push_back(x.dims[k] + before[u] + behind[u]);
    crop.push_back(std::max<i64>(0, -before[u]));
  }
  table y(x.type, out), from = x;
  y.bits = x.bits;
  std::vector<ints> found(static_cast<std::size_t>(out.rank()));
  for (int k = 0; k < out.rank(); ++k) {
    const auto u = static_cast<std::size_t>(k);
    const i64 kept = x.dims[k] - crop[k] - std::max<i64>(0, -behind[u]);
    for (i64 i = 0; i < out[k]; ++i) found[u].push_back(kept > 0 ? arrived(mode, i - std::max<i64>(0, before[u]), kept) : -1);
  }
  each(out, [&](const shape& i) {
    shape at = i;
    bool outside = false;
    for (int k = 0; k < at.rank(); ++k) {
      const i64 there = found[static_cast<std::size_t>(k)][static_cast<std::size_t>(i[k])];
      outside |= there < 0;
      at[k] = there + crop[k];
    }
    y[i] = outside ? value : from[at];
  });
  return y;
}

}  // namespace

void pad_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    const Pad o{.mode = mode};
    const auto run = [&](const shape& dims, const ints& before, const ints& behind, std::optional<ints> axes = {}) {
      const table x = t.patterns(dims), value = t.patterns({});
      ints first(static_cast<std::size_t>(dims.rank())), last = first, pads;
      for (std::size_t i = 0; i < before.size(); ++i) {
        const i64 axis = axes ? (*axes)[i] : static_cast<i64>(i);
        first[static_cast<std::size_t>(axis < 0 ? axis + dims.rank() : axis)] = before[i];
        last[static_cast<std::size_t>(axis < 0 ? axis + dims.rank() : axis)] = behind[i];
      }
      pads = before;
      pads.insert(pads.end(), behind.begin(), behind.end());
      const bool given = o.mode == "constant";
      const table list(shape{static_cast<i64>(pads.size())}, pads), named(shape{static_cast<i64>(before.size())}, axes.value_or(before));
      const table y = padded(x, o.mode, first, last, value.all[8]);
      const table* in[] = {&x, &list, given ? &value : nullptr, axes ? &named : nullptr};
      const table* wanted[] = {&y};
      t.expect(&o, std::span(in).first(axes ? 4 : given ? 3 : 2), wanted, 0, mode);
    };
    for (i64 size : {i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, {2}, {3}), run({2, size}, {0, 1}, {0, 0}), run({size, 2}, {1, 0}, {2, 1});
    run({3}, {7}, {8}), run({1}, {2}, {2}), run({2}, {5}, {0}), run({5}, {-1}, {-2}), run({5}, {-2}, {4}), run({5}, {3}, {-3});
    run({2, 3, 4}, {1, 0, 2}, {0, 1, 1}), run({2, 3, 4}, {2}, {1}, ints{1}), run({2, 3, 4}, {1, 2}, {3, -1}, ints{-1, 0});
    run({2, 3}, {0, 0}, {0, 0}), run({2, 3}, {}, {}, ints{}), run({}, {}, {}), run({5, 2}, {-3, 1}, {-2, 1}), run({3, 0}, {1, 0}, {1, 0});
    if (o.mode == "constant") run({0, 2}, {1, 1}, {2, 0}), run({0}, {0}, {0});
  }
  // Without a value it is zero, or "".
  const table x = t.patterns({2}), list = list_of({1, 0});
  if (t.type == dtype::string) return;
  const table y = padded(x, "constant", {1}, {0}, number::of(0));
  const Pad o;
  t.expect(&o, {&x, &list}, {&y});
}
const by_reference pad_reference(cases{"Pad", pad_cases});

void center_cases(trial& t) {
  if (t.type == dtype::string) {  // "" is no number; see below
    const table x = t.patterns({3}), two = list_of({1});
    table y(t.type, {1});
    y.all[8] = x.all[9];
    const CenterCropPad o;
    t.expect(&o, {&x, &two}, {&y});
    return;
  }
  const auto run = [&](const shape& dims, std::optional<ints> axes, std::initializer_list<i64> lengths, const ints& before, const ints& behind) {
    const table x = t.patterns(dims), list = list_of(lengths), y = padded(x, "constant", before, behind, number::of(0));
    const CenterCropPad o{.axes = axes};
    t.expect(&o, {&x, &list}, {&y});
  };
  run({20, 10}, {}, {10, 7}, {-5, -1}, {-5, -2}), run({10, 7}, {}, {20, 10}, {5, 1}, {5, 2}), run({5, 8}, {}, {8, 5}, {1, -1}, {2, -2});
  run({5, 4, 3}, ints{-3, 1}, {4, 7}, {0, 1, 0}, {-1, 2, 0}), run({5}, {}, {5}, {0}, {0}), run({4}, {}, {0}, {-2}, {-2}), run({0}, {}, {3}, {1}, {2});
  run({2, 2}, ints{}, {}, {0, 0}, {0, 0});
}
const by_reference center_reference(cases{"CenterCropPad", center_cases});

TEST_CASE("Pad says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {4, 6}), none = zeros(dtype::f32, {0, 6});
  const auto says = [&](std::initializer_list<i64> pads, const std::string& mode = "constant", const any_view& of = {}, const any_view& value = {},
                        const any_view& axes = {}) {
    const Pad o{.mode = mode};
    const tensor<i64> list(shape{static_cast<i64>(pads.size())}, pads);
    return complaint("Pad", &o, {of ? of : any_view(x), list.look(), value, axes});
  };
  CHECK(says({1, 1, 1, 1}) == "");
  CHECK(says({1, 1, 1}) == "Pad: pads of shape [3] where [4] is expected");
  CHECK(says({-3, 0, -2, 0}) == "Pad: pads -3 and -2 do not fit the 4 elements of axis 0");
  CHECK(says({-5, 0, 4, 0}) == "Pad: pads -5 and 4 do not fit the 4 elements of axis 0");
  CHECK(says({0, INT64_MIN, 0, INT64_MIN}).starts_with("Pad: pads -9223372036854775808 and -9223372036854775808 do not fit"));
  CHECK(says({0, INT64_MAX, 0, INT64_MAX}).starts_with("Pad: pads 9223372036854775807 and 9223372036854775807 do not fit"));
  CHECK(says({0, 0, 0, 0}, "mirror") == "Pad: mode 'mirror' is unknown");
  CHECK(says({1, 0, 0, 0}, "edge", none) == "Pad: axis 0 has no elements to pad with");
  CHECK(says({1, 0, 0, 0}, "constant", none) == "");
  const tensor<float> two({2}, {1, 2}), one({1}, {1});
  const tensor<double> wide({1}, {1});
  const tensor<i64> axes({2}, {0, -2}), first({1}, {2});
  CHECK(says({0, 0, 0, 0}, "constant", {}, two.look()) == "Pad: constant_value of shape [2] is not one value");
  CHECK(says({0, 0, 0, 0}, "constant", {}, wide.look()) == "Pad: constant_value is float64 where float32 is expected");
  CHECK(says({0, 0, 0, 0}, "constant", {}, one.look(), axes.look()) == "Pad: axis -2 is named twice");
  CHECK(says({0, 0}, "constant", {}, one.look(), first.look()) == "Pad: axis 2 is out of range for [4,6]");
}

TEST_CASE("Pad of opsets 1 and 2 has pads and value as attributes") {
  Pad o;
  fake_node first(1), second(2), zero(10), newer(11);
  first.attributes["paddings"] = ints{1, 2};
  first.attributes["value"] = 1.5f;
  second.attributes["pads"] = ints{3, 4};
  zero.attributes["value"] = 0.0f;
  for (fake_node* n : {&first, &second, &zero, &newer}) CHECK(row("Pad").upgrade(&o, *n).has_value());
  CHECK(set_input(first, 1) == "int64 1 2 [2]");
  CHECK(set_input(first, 2) == "float32 1.5 []");
  CHECK(set_input(second, 1) == "int64 3 4 [2]");
  CHECK(set_input(second, 2) == "absent");
  CHECK(set_input(zero, 2) == "absent");
  CHECK(zero.attributes.empty());
  // The value serves data of every floating type.
  const tensor<double> x({1}, {7});
  const tensor<i64> pads({2}, {1, 0});
  const tensor<float> value(shape{}, {1.5f});
  const any_view in[] = {x.look(), pads.look(), value.look()};
  const auto r = try_apply(row("Pad"), &o, in);
  REQUIRE(r.has_value());
  CHECK((*r)[0].as<double>()[0] == 1.5);
}

TEST_CASE("what is put around strings is the empty one") {
  const tensor<std::string> x({1}, {"a string that is too long for its object"});
  const tensor<i64> pads({2}, {1, 1}), three({1}, {3});
  const any_view in[] = {x.look(), pads.look()}, center[] = {x.look(), three.look()};
  for (const auto& r : {try_apply(row("Pad"), any_op(row("Pad")).get(), in), try_apply(row("CenterCropPad"), any_op(row("CenterCropPad")).get(), center)}) {
    REQUIRE(r.has_value());
    const auto* s = (*r)[0].as<std::string>();
    CHECK(s[0].empty());
    CHECK(s[1] == "a string that is too long for its object");
    CHECK(s[2].empty());
  }
}

TEST_CASE("CenterCropPad says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {4, 6});
  const auto says = [&](std::optional<ints> axes, std::initializer_list<i64> lengths) {
    const CenterCropPad o{.axes = axes};
    const tensor<i64> list(shape{static_cast<i64>(lengths.size())}, lengths);
    return complaint("CenterCropPad", &o, {x, list.look()});
  };
  CHECK(says({}, {2, 8}) == "");
  CHECK(says({}, {2}) == "CenterCropPad: shape of shape [1] where [2] is expected");
  CHECK(says(ints{2}, {2}) == "CenterCropPad: axis 2 is out of range for [4,6]");
  CHECK(says(ints{0, -2}, {2, 2}) == "CenterCropPad: axis 0 is named twice");
  CHECK(says(ints{0}, {-1}) == "CenterCropPad: axis 0 cannot have -1 elements");
  CHECK(says(ints{0}, {INT64_MAX}).starts_with("CenterCropPad: output 0 would have shape"));
}

}  // namespace tests::ops
