// Slice, Expand and Tile: elements of every type where indices say they come from, and what the operators
// say about lists that do not fit.
#include "tenon/ops/slice.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Expand;
using tenon::ops::Slice;
using tenon::ops::Tile;

namespace {

/// The output whose element at i is x[from(i)].
template <class F>
table taken(const table& x, const shape& dims, F from) {
  table y(x.type, dims);
  y.bits = x.bits;
  table source = x;
  each(dims, [&](const shape& i) { y[i] = source[from(i)]; });
  return y;
}

}  // namespace

void slice_cases(trial& t) {
  // `rows` are the indices that stay of each axis, written out.
  const auto run = [&](const shape& dims, const ints& starts, const ints& ends, std::optional<ints> axes, std::optional<ints> steps,
                       const std::vector<ints>& rows) {
    const table x = t.patterns(dims);
    shape out;
    for (const ints& r : rows) out.push_back(static_cast<i64>(r.size()));
    const table y = taken(x, out, [&](const shape& i) {
      shape from = i;
      for (int k = 0; k < from.rank(); ++k) from[k] = rows[static_cast<std::size_t>(k)][static_cast<std::size_t>(i[k])];
      return from;
    });
    const shape n{static_cast<i64>(starts.size())};
    const table s(n, starts), e(n, ends), a(n, axes.value_or(starts)), p(n, steps.value_or(starts));
    const table* in[] = {&x, &s, &e, axes ? &a : nullptr, steps ? &p : nullptr};
    const table* wanted[] = {&y};
    const Slice o;
    t.expect(&o, std::span(in).first(steps ? 5 : axes ? 4 : 3), wanted);
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    ints all, odd, back;
    for (i64 i = 0; i < size; ++i) all.push_back(i);
    for (i64 i = 1; i < size; i += 2) odd.push_back(i);
    for (i64 i = size; i-- > 0;) back.push_back(i);
    run({3, size}, {1}, {INT64_MAX}, ints{0}, {}, {{1, 2}, all});
    run({3, size}, {1}, {INT64_MAX}, ints{1}, ints{2}, {{0, 1, 2}, odd});
    run({size, 3}, {-1}, {INT64_MIN}, ints{0}, ints{-1}, {back, {0, 1, 2}});
  }
  run({5}, {1}, {4}, {}, {}, {{1, 2, 3}}), run({5}, {-3}, {-1}, {}, {}, {{2, 3}}), run({5}, {3}, {1}, {}, {}, {{}});
  run({5}, {-100}, {100}, ints{-1}, ints{3}, {{0, 3}}), run({5}, {100}, {-100}, ints{0}, ints{-2}, {{4, 2, 0}});
  run({5}, {2}, {INT64_MIN}, ints{0}, ints{INT64_MIN}, {{2}}), run({5}, {2}, {INT64_MAX}, ints{0}, ints{INT64_MAX}, {{2}});
  run({4, 5, 6}, {1, 0}, {3, 4}, ints{2, 0}, ints{1, 3}, {{0, 3}, {0, 1, 2, 3, 4}, {1, 2}});
  run({2, 3}, {}, {}, ints{}, {}, {{0, 1}, {0, 1, 2}}), run({0, 2}, {0, 0}, {5, 1}, {}, {}, {{}, {0}});
  run({5}, {0}, {0}, ints{0}, ints{-1}, {{}}), run({5}, {0}, {-6}, ints{0}, ints{-1}, {{0}});
}
const by_reference slice_reference(cases{"Slice", slice_cases});

void expand_cases(trial& t) {
  const auto run = [&](const shape& dims, std::initializer_list<i64> wanted, const shape& out) {
    const table x = t.patterns(dims), list = list_of(wanted);
    const table y = taken(x, out, [&](const shape& i) {
      shape from = i.from(i.rank() - dims.rank());
      for (int k = 0; k < from.rank(); ++k)
        if (dims[k] == 1) from[k] = 0;
      return from;
    });
    const Expand o;
    t.expect(&o, {&x, &list}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    run({size}, {3, size}, {3, size}), run({3, 1}, {size}, {3, size}), run({1, size}, {2, 3, 1}, {2, 3, size});
    run({size, 1, 2}, {4, 1}, {size, 4, 2});
  }
  run({}, {2, 3}, {2, 3}), run({3}, {}, {3}), run({1}, {0}, {0}), run({2, 1, 3, 1}, {1, 2, 1, 2}, {2, 2, 3, 2});
}
const by_reference expand_reference(cases{"Expand", expand_cases});

void tile_cases(trial& t) {
  const auto run = [&](const shape& dims, const ints& repeats) {
    const table x = t.patterns(dims), list(shape{dims.rank()}, repeats);
    shape out = dims;
    for (int k = 0; k < out.rank(); ++k) out[k] *= repeats[static_cast<std::size_t>(k)];
    const table y = taken(x, out, [&](const shape& i) {
      shape from = i;
      for (int k = 0; k < from.rank(); ++k) from[k] %= dims[k];
      return from;
    });
    const Tile o;
    t.expect(&o, {&x, &list}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, {3}), run({2, size}, {3, 2}), run({size, 3}, {2, 3});
  run({}, {}), run({2, 3, 4}, {1, 1, 1}), run({2, 3, 4}, {2, 1, 3}), run({2, 3}, {0, 2}), run({1, 1}, {3, 5});
  run({2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2}, {2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3});
}
const by_reference tile_reference(cases{"Tile", tile_cases});

namespace {
tensor<i64> list(std::initializer_list<i64> values) { return tensor<i64>(shape{static_cast<i64>(values.size())}, values); }
}  // namespace

TEST_CASE("Slice says which list does not fit") {
  const any_tensor x = zeros(dtype::f32, {4, 6});
  const auto says = [&](std::initializer_list<i64> starts, std::initializer_list<i64> ends, std::initializer_list<i64> axes,
                        std::initializer_list<i64> steps) {
    return complaint("Slice", nullptr, {x, list(starts).look(), list(ends).look(), list(axes).look(), list(steps).look()});
  };
  CHECK(says({0, 0}, {1, 1}, {0, 1}, {1, 1}) == "");
  CHECK(says({0}, {1, 2}, {0}, {1}) == "Slice: ends of shape [2] where [1] is expected");
  CHECK(says({0}, {1}, {2}, {1}) == "Slice: axis 2 is out of range for [4,6]");
  CHECK(says({0}, {1}, {-3}, {1}) == "Slice: axis -3 is out of range for [4,6]");
  CHECK(says({0, 0}, {1, 1}, {1, -1}, {1, 1}) == "Slice: axis -1 is named twice");
  CHECK(says({0}, {1}, {0}, {0}) == "Slice: the step along axis 0 is 0");
  CHECK(says({0, 0, 0}, {1, 1, 1}, {0, 1, 0}, {1, 1, 1}) == "Slice: starts has 3 entries for [4,6]");
  CHECK(says({0}, {1}, {0}, {1, 1}) == "Slice: steps of shape [2] where [1] is expected");
  const tensor<i64> scalar(shape{}, {0});
  CHECK(complaint("Slice", nullptr, {x, scalar.look(), list({1}).look()}) == "Slice: starts of shape [] where [1] is expected");
  const tensor<i32> narrow({1}, {1});
  CHECK(complaint("Slice", nullptr, {x, narrow.look(), narrow.look()}) == "");
  CHECK(complaint("Slice", nullptr, {x, narrow.look(), list({1}).look()}) == "Slice: input ends is int64 where int32 is expected");
}

TEST_CASE("Slice of opset 1 has its lists as attributes") {
  Slice o;
  fake_node n(1);
  n.attributes["starts"] = ints{1, -1};
  n.attributes["ends"] = ints{2, 5};
  CHECK(row("Slice").upgrade(&o, n).has_value());
  CHECK(set_input(n, 1) == "int64 1 -1 [2]");
  CHECK(set_input(n, 2) == "int64 2 5 [2]");
  CHECK(set_input(n, 3) == "absent");
  CHECK(n.attributes.empty());
}

TEST_CASE("Expand says what does not broadcast") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const auto says = [&](std::initializer_list<i64> dims) { return complaint("Expand", nullptr, {x, list(dims).look()}); };
  CHECK(says({4, 1, 3}) == "");
  CHECK(says({2, 4}) == "Expand: [2,3] does not expand to [2,4]");
  CHECK(says({-1, 3}) == "Expand: [2,3] does not expand to [?,3]");
  CHECK(says({INT64_MAX, 1, 1}).starts_with("Expand: output 0 would have shape"));
  CHECK(says({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}) == "Expand: a shape of [13] entries; at most 12 are supported");
}

TEST_CASE("Tile says what cannot be repeated, and takes opset 1's number and axis") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const auto says = [&](std::initializer_list<i64> repeats) { return complaint("Tile", nullptr, {x, list(repeats).look()}); };
  CHECK(says({2, 2}) == "");
  CHECK(says({2}) == "Tile: repeats of shape [1] where [2] is expected");
  CHECK(says({2, -1}) == "Tile: 3 elements along axis 1 cannot be there -1 times");
  CHECK(says({INT64_MAX, 1}) == "Tile: 2 elements along axis 0 cannot be there 9223372036854775807 times");
  const tensor<float> two({1}, {2}), one({1}, {1}), five({1}, {5});
  const any_view in[] = {x, two.look(), one.look()};
  const auto r = try_apply(row("Tile"), any_op(row("Tile")).get(), in);
  REQUIRE(r.has_value());
  CHECK((*r)[0].dims() == shape{2, 6});
  CHECK(complaint("Tile", nullptr, {x, two.look(), five.look()}) == "Tile: axis 5 is out of range for [2,3]");
}

TEST_CASE("Slice and Tile read views as they lie") {
  const tensor<float> x({3, 2}, {0, 1, 2, 3, 4, 5});
  const any_view turned(dtype::f32, shape{2, 3}, shape{1, 2}, reinterpret_cast<const std::byte*>(x.data()));
  const tensor<i64> from = list({1}), to = list({3}), axis = list({1});
  const any_view views[] = {turned, from.look(), to.look(), axis.look()};
  const auto r = try_apply(row("Slice"), any_op(row("Slice")).get(), views);
  REQUIRE(r.has_value());
  CHECK((*r)[0].as<float>()[0] == 2);
  CHECK((*r)[0].as<float>()[3] == 5);
}

}  // namespace tests::ops
