// Gather, GatherElements, GatherND: elements from where indices say, and indices that point nowhere.
#include "tenon/ops/gather.hpp"

#include "indices.hpp"

namespace tests::ops {

using tenon::ops::Gather;
using tenon::ops::GatherElements;
using tenon::ops::GatherND;

namespace {

/// Indices of `size` elements, some of them from the end; int32 and int64 in turns.
table indices_for(trial& t, const shape& dims, i64 size) {
  table x(dims.rank() % 2 == 0 ? dtype::i32 : dtype::i64, dims);
  return t.fill(x, [&] { return number::of(t.random.between(-size, size - 1)); });
}
}  // namespace

void gather_cases(trial& t) {
  const auto run = [&](const shape& dims, const shape& indexed, i64 axis) {
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    table x = t.patterns(dims), indices = indices_for(t, indexed, dims[at]);
    shape out = dims.first(at);
    for (i64 d : indexed) out.push_back(d);
    for (i64 d : dims.from(at + 1)) out.push_back(d);
    table y(t.type, out);
    y.bits = x.bits;
    each(out, [&](const shape& i) {
      shape from = i.first(at);
      from.push_back(from_front(indices[i.from(at).first(indexed.rank())], dims[at]));
      for (i64 k : i.from(at + indexed.rank())) from.push_back(k);
      y[i] = x[from];
    });
    const Gather o{.axis = axis};
    t.expect(&o, {&x, &indices}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({5, size}, {4}, 0), run({7}, {size}, 0), run({3, 7}, {size, 2}, 1), run({size, 3}, {2}, -1);
  run({5, 2, 3}, {}, 0), run({5, 2, 3}, {}, 1), run({5, 2, 3}, {}, -1), run({2, 3, 4}, {2, 2}, 1), run({2, 3, 4}, {0}, 2), run({9, 2}, {600}, 0);
  run({2, 4, 3}, {5, 1, 2}, 1), run({2, 9}, {300}, 1);
}
const by_reference gather_reference(cases{"Gather", gather_cases});

void gather_elements_cases(trial& t) {
  const auto run = [&](const shape& dims, const shape& indexed, i64 axis) {
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    table x = t.patterns(dims), indices = indices_for(t, indexed, dims[at]), y(t.type, indexed);
    y.bits = x.bits;
    each(indexed, [&](const shape& i) {
      shape from = i;
      from[at] = from_front(indices[i], dims[at]);
      y[i] = x[from];
    });
    const GatherElements o{.axis = axis};
    t.expect(&o, {&x, &indices}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({5}, {size}, 0), run({3, 5}, {2, size}, 1), run({5, size}, {7, size}, 0);
  run({2, 3, 4}, {2, 3, 4}, 1), run({2, 3, 4}, {1, 5, 2}, 1), run({2, 3, 4}, {2, 2, 9}, -1), run({3, 1}, {300, 1}, -2), run({2, 7}, {1, 600}, 1);
}
const by_reference gather_elements_reference(cases{"GatherElements", gather_elements_cases});

void gather_nd_cases(trial& t) {
  const auto run = [&](const shape& dims, const shape& indexed, int batch) {
    const int tuples = indexed.rank() - 1, length = static_cast<int>(indexed.back());
    table x = t.patterns(dims), indices(dtype::i64, indexed);
    each(indexed, [&](const shape& i) {
      const i64 size = dims[batch + static_cast<int>(i.back())];
      indices[i] = number::of(t.random.between(-size, size - 1));
    });
    shape out = indexed.first(tuples);
    for (i64 d : dims.from(batch + length)) out.push_back(d);
    table y(t.type, out);
    y.bits = x.bits;
    each(out, [&](const shape& i) {
      shape from = i.first(batch);
      for (int k = 0; k < length; ++k) {
        shape at = i.first(tuples);
        at.push_back(k);
        from.push_back(from_front(indices[at], dims[batch + k]));
      }
      for (i64 k : i.from(tuples)) from.push_back(k);
      y[i] = x[from];
    });
    const GatherND o{.batch_dims = batch};
    t.expect(&o, {&x, &indices}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({3, 5}, {size, 2}, 0), run({4, size}, {3, 1}, 0), run({2, 5, size}, {2, 3, 1}, 1);
  run({2, 2}, {2, 2}, 0), run({2, 2, 2}, {2, 1, 2}, 0), run({2, 3, 4}, {2, 1}, 1), run({2, 3, 4}, {2, 3, 5, 1}, 2), run({2, 3, 4}, {3}, 0), run({7, 2}, {600, 1}, 0);
}
const by_reference gather_nd_reference(cases{"GatherND", gather_nd_cases});

TEST_CASE("indices that point nowhere are named") {
  const any_tensor x = zeros(dtype::f32, {5, 3}), none = zeros(dtype::f32, {0, 3}), scalar = zeros(dtype::f32, {});
  const auto gathered = [&](const any_view& data, std::initializer_list<i64> list, i64 axis = 0) {
    const Gather o{.axis = axis};
    const tensor<i64> indices(shape{static_cast<i64>(list.size())}, list);
    return complaint("Gather", &o, {data, indices.look()});
  };
  CHECK(gathered(x, {0, 4, -5}) == "");
  CHECK(gathered(x, {0, 4, 7}) == "Gather: index 7 at [2] is out of range for axis 0 of [5,3]");
  CHECK(gathered(x, {0, -6}) == "Gather: index -6 at [1] is out of range for axis 0 of [5,3]");
  CHECK(gathered(x, {INT64_MIN}) == "Gather: index -9223372036854775808 at [0] is out of range for axis 0 of [5,3]");
  CHECK(gathered(x, {INT64_MAX, 3}, 1) == "Gather: index 9223372036854775807 at [0] is out of range for axis 1 of [5,3]");
  CHECK(gathered(x, {i64{1} << 32}) == "Gather: index 4294967296 at [0] is out of range for axis 0 of [5,3]");
  CHECK(gathered(none, {0}) == "Gather: index 0 at [0] is out of range for axis 0 of [0,3]");
  CHECK(gathered(none, {}) == "");
  CHECK(gathered(x, {0}, 2) == "Gather: axis 2 is out of range for [5,3]");
  CHECK(gathered(scalar, {0}) == "Gather: axis 0 is out of range for []");
  const tensor<i32> narrow({2, 1}, {0, -9});
  CHECK(complaint("Gather", nullptr, {x, narrow.look()}) == "Gather: index -9 at [1,0] is out of range for axis 0 of [5,3]");
  CHECK(complaint("Gather", nullptr, {zeros(dtype::f32, {1, 1, 1, 1, 1, 1, 1}), zeros(dtype::i64, {1, 1, 1, 1, 1, 1, 1})}) ==
        "Gather: the result would have 13 dimensions, more than 12");
  const tensor<i64> far({1, 2}, {0, 3}), wrong({2, 4}, {0, 0, 0, 0, 0, 0, 0, 0});
  const GatherElements along{.axis = 1};
  CHECK(complaint("GatherElements", &along, {x, far.look()}) == "GatherElements: index 3 at [0,1] is out of range for axis 1 of [5,3]");
  CHECK(complaint("GatherElements", nullptr, {x, wrong.look()}) == "GatherElements: indices of shape [2,4] do not fit into [5,3] along axis 0");
  CHECK(complaint("GatherElements", nullptr, {x, zeros(dtype::i64, {1})}) == "GatherElements: indices of shape [1] do not fit into [5,3] along axis 0");
  CHECK(complaint("GatherND", nullptr, {x, far.look()}) == "GatherND: index 3 at [0,1] is out of range for axis 1 of [5,3]");
  CHECK(complaint("GatherND", nullptr, {x, wrong.look()}) == "GatherND: indices of shape [2,4] have tuples of 4 for [5,3]");
  CHECK(complaint("GatherND", nullptr, {x, zeros(dtype::i64, {2, 0})}) == "GatherND: indices of shape [2,0] have tuples of 0 for [5,3]");
  CHECK(complaint("GatherND", nullptr, {x, zeros(dtype::i64, {})}) == "GatherND: data of shape [5,3] and indices of shape []");
  const GatherND batch{.batch_dims = 1}, many{.batch_dims = 2}, negative{.batch_dims = -1};
  CHECK(complaint("GatherND", &batch, {x, far.look()}) == "GatherND: [5,3] and indices of shape [1,2] do not have 1 dimensions in common");
  CHECK(complaint("GatherND", &many, {x, far.look()}) == "GatherND: [5,3] and indices of shape [1,2] do not have 2 dimensions in common");
  CHECK(complaint("GatherND", &negative, {x, far.look()}) == "GatherND: [5,3] and indices of shape [1,2] do not have -1 dimensions in common");
}

}  // namespace tests::ops
