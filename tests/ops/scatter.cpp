// ScatterElements, ScatterND, Scatter, TensorScatter, OneHot: elements to where indices say, one after the
// other, and indices that point nowhere.
#include "tenon/ops/scatter.hpp"

#include "indices.hpp"

namespace tests::ops {

using tenon::ops::OneHot;
using tenon::ops::Scatter;
using tenon::ops::ScatterElements;
using tenon::ops::ScatterND;
using tenon::ops::TensorScatter;

namespace {

/// What the type holds of a number.
number held(dtype d, const number& n) {
  std::byte stored[8];
  reference::store(d, stored, n, false);
  return reference::load(d, stored, false);
}
number combined(const std::string& reduction, dtype d, const number& a, const number& b) {
  if (reduction == "none") return b;
  if (reduction == "max") return a < b ? b : a;
  if (reduction == "min") return b < a ? b : a;
  return held(d, reduction == "add" ? a + b : a * b);
}
bool reduces(dtype d) { return (dtypes::numeric | dtypes::boolean).has(d); }

table data_for(trial& t, const std::string& reduction, const shape& dims) {
  if (reduction == "none") return t.patterns(dims);
  return t.type == dtype::boolean ? t.draw(dims, 0, 1) : t.draw(dims);
}

template <class Op>
void scatter_elements(trial& t, const std::string& reduction, const shape& dims, const shape& indexed, i64 axis) {
  const int at = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
  const table x = data_for(t, reduction, dims);
  table updates = data_for(t, reduction, indexed), indices(dims.rank() % 2 == 0 ? dtype::i32 : dtype::i64, indexed), y = x;
  each(indexed, [&](const shape& i) {
    indices[i] = number::of(t.random.between(-dims[at], dims[at] - 1));
    shape to = i;
    to[at] = from_front(indices[i], dims[at]);
    y[to] = combined(reduction, t.type, y[to], updates[i]);
  });
  Op o{.axis = axis};
  if constexpr (requires { o.reduction; }) o.reduction = reduction;
  t.expect(&o, {&x, &indices, &updates}, {&y}, 0, reduction);
}

}  // namespace

void scatter_elements_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (const char* reduction : {"none", "add", "mul", "max", "min"}) {
    if (reduction[0] != 'n' && !reduces(t.type)) continue;
    const auto run = [&](const shape& dims, const shape& indexed, i64 axis) { scatter_elements<ScatterElements>(t, reduction, dims, indexed, axis); };
    for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({n}, {size}, 0), run({3, n}, {2, size}, 1), run({5, size}, {2, size}, 0);
    run({2, 3, 4}, {2, 3, 4}, 1), run({2, 3, 4}, {1, 2, 2}, -1), run({3, 2}, {300, 1}, 0);
  }
}
const by_reference scatter_elements_reference(cases{"ScatterElements", scatter_elements_cases});

void scatter_cases(trial& t) {
  scatter_elements<Scatter>(t, "none", {3, 5}, {2, 5}, 0), scatter_elements<Scatter>(t, "none", {3, 5}, {3, 2}, -1), scatter_elements<Scatter>(t, "none", {9}, {0}, 0);
}
const by_reference scatter_reference(cases{"Scatter", scatter_cases});

void scatter_nd_cases(trial& t) {
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (const char* reduction : {"none", "add", "mul", "max", "min"}) {
    if (reduction[0] != 'n' && !reduces(t.type)) continue;
    const auto run = [&](const shape& dims, const shape& indexed) {
      const int tuples = indexed.rank() - 1, length = static_cast<int>(indexed.back());
      shape in = indexed.first(tuples);
      for (i64 d : dims.from(length)) in.push_back(d);
      const table x = data_for(t, reduction, dims);
      table updates = data_for(t, reduction, in), indices(dtype::i64, indexed), y = x;
      each(indexed, [&](const shape& i) {
        const i64 size = dims[static_cast<int>(i.back())];
        indices[i] = number::of(t.random.between(-size, size - 1));
      });
      each(in, [&](const shape& i) {
        shape to;
        for (int k = 0; k < length; ++k) {
          shape at = i.first(tuples);
          at.push_back(k);
          to.push_back(from_front(indices[at], dims[k]));
        }
        for (i64 k : i.from(tuples)) to.push_back(k);
        y[to] = combined(reduction, t.type, y[to], updates[i]);
      });
      const ScatterND o{.reduction = reduction};
      t.expect(&o, {&x, &indices, &updates}, {&y}, 0, reduction);
    };
    for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({3, 5}, {size, 2}), run({4, size}, {3, 1}), run({2, 5, size}, {2, 2, 2});
    run({8}, {4, 1}), run({4, 4, 4}, {2, 1}), run({2, 3}, {300, 1}), run({3}, {1});
  }
}
const by_reference scatter_nd_reference(cases{"ScatterND", scatter_nd_cases});

void tensor_scatter_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 length, i64 axis, const char* mode, std::optional<ints> at) {
    const int k = static_cast<int>(axis < 0 ? axis + dims.rank() : axis);
    shape in = dims;
    in[k] = length;
    const table x = t.patterns(dims);
    table update = t.patterns(in), y = x;
    each(in, [&](const shape& i) {
      shape to = i;
      to[k] += at ? (*at)[static_cast<std::size_t>(i[0])] : 0;
      if (mode[0] == 'c') to[k] = (to[k] % dims[k] + dims[k]) % dims[k];
      y[to] = update[i];
    });
    const table indices(shape{dims[0]}, at.value_or(ints(static_cast<std::size_t>(dims[0]))));
    const table* given[] = {&x, &update, &indices};
    const table* wanted[] = {&y};
    const TensorScatter o{.axis = axis, .mode = mode};
    t.expect(&o, std::span(given).first(at ? 3 : 2), wanted, 0, mode);
  };
  run({2, 3, 4, 5}, 2, -2, "linear", ints{1, 2}), run({2, 3, 4, 5}, 4, 2, "linear", {}), run({2, 4, 3}, 1, 1, "linear", ints{3, 0});
  run({2, 5, 3}, 3, 1, "circular", ints{4, 1}), run({2, 5, 3}, 5, 1, "circular", ints{102, -1}), run({3, 5}, 2, 1, "circular", {}), run({1, 5, 33}, 0, 1, "linear", ints{5});
  run({0, 5}, 2, 1, "linear", ints{}), run({2, 0}, 0, 1, "circular", ints{1, 2}), run({1, 3, 0}, 2, 1, "circular", ints{2});
}
const by_reference tensor_scatter_reference(cases{"TensorScatter", tensor_scatter_cases});

void one_hot_cases(trial& t) {
  const auto run = [&](const shape& dims, i64 depth, i64 axis, dtype of) {
    table indices(of, dims);
    const table values = t.patterns({2}), deep(dtype::i64, {}, {static_cast<double>(depth)});
    const int at = static_cast<int>(axis < 0 ? axis + dims.rank() + 1 : axis);
    const bool natural = dtypes::unsigned_integers.has(of);
    each(dims, [&](const shape& i) { indices[i] = indices.kind().like(static_cast<double>(t.random.between(natural ? 0 : -depth - 2, depth + 2))); });
    shape out = dims;
    out.insert(at, depth);
    table y(t.type, out);
    y.bits = values.bits;
    each(out, [&](const shape& i) {
      shape from = i;
      from.erase(at);
      const number& index = indices[from];
      const i64 k = static_cast<i64>(static_cast<double>(index));
      y[i] = values.all[i[at] == (k < 0 ? k + depth : k) ? 9 : 8];
    });
    const OneHot o{.axis = axis};
    t.expect(&o, {&indices, &deep, &values}, {&y});
  };
  run({3}, 5, -1, dtype::i64), run({2, 3}, 4, 0, dtype::f32), run({2, 3}, 4, 1, dtype::i8), run({2, 3}, 4, -2, dtype::u8), run({}, 3, 0, dtype::i64);
  run({600}, 3, -1, dtype::i32), run({2, 0}, 3, 1, dtype::f16), run({2, 3}, 0, -1, dtype::i64), run({2, 3, 2}, 17, 1, dtype::f64);
}
const by_reference one_hot_reference(cases{"OneHot", one_hot_cases});

TEST_CASE("scatters name indices that point nowhere and shapes that do not fit") {
  const any_tensor x = zeros(dtype::f32, {5, 3}), two = zeros(dtype::f32, {2, 3}), words = zeros(dtype::string, {5, 3});
  const tensor<i64> far({2, 3}, {0, 1, 2, 3, -6, 4}), tuples({2, 2}, {0, 0, -5, 3}), good({2, 1}, {0, 4});
  const ScatterElements none, other{.reduction = "sum"}, add{.reduction = "add"};
  CHECK(complaint("ScatterElements", &none, {x, far.look(), two}) == "ScatterElements: index -6 at [1,1] is out of range for axis 0 of [5,3]");
  CHECK(complaint("Scatter", nullptr, {x, far.look(), two}) == "Scatter: index -6 at [1,1] is out of range for axis 0 of [5,3]");
  CHECK(complaint("ScatterElements", &none, {x, far.look(), zeros(dtype::f32, {2, 2})}) ==
        "ScatterElements: indices and updates differ in shape: [2,3] and [2,2]");
  CHECK(complaint("ScatterElements", &none, {x, zeros(dtype::i64, {2, 4}), zeros(dtype::f32, {2, 4})}) ==
        "ScatterElements: indices of shape [2,4] do not fit into [5,3] along axis 0");
  CHECK(complaint("ScatterElements", &other, {x, far.look(), two}) == "ScatterElements: reduction 'sum' is unknown");
  CHECK(complaint("ScatterElements", &add, {words, far.look(), zeros(dtype::string, {2, 3})}) == "ScatterElements: reduction 'add' of string");
  CHECK(complaint("ScatterND", nullptr, {x, tuples.look(), zeros(dtype::f32, {2})}) == "ScatterND: index 3 at [1,1] is out of range for axis 1 of [5,3]");
  CHECK(complaint("ScatterND", nullptr, {x, good.look(), two}) == "");
  CHECK(complaint("ScatterND", nullptr, {x, good.look(), zeros(dtype::f32, {2, 2})}) == "ScatterND: updates of shape [2,2] for indices of shape [2,1] into [5,3]");
  CHECK(complaint("ScatterND", nullptr, {x, good.look(), zeros(dtype::f32, {2})}) == "ScatterND: updates of shape [2] for indices of shape [2,1] into [5,3]");
}

TEST_CASE("a reduction takes equal indices one after the other, and NaN wins") {
  const tensor<float> x({3}, {1, 2, 3}), updates({3}, {5, __builtin_nanf(""), 7});
  const tensor<i64> indices({3}, {1, 1, 0});
  const any_view in[] = {x.look(), indices.look(), updates.look()};
  for (const char* reduction : {"max", "min", "add", "mul"}) {
    const ScatterElements o{.reduction = reduction};
    const auto r = try_apply(row("ScatterElements"), &o, in);
    REQUIRE(r.has_value());
    const float* y = (*r)[0].as<float>();
    CHECK(y[1] != y[1]);
    CHECK(y[2] == 3);
  }
}

TEST_CASE("TensorScatter says where there is no room") {
  const any_tensor x = zeros(dtype::f32, {2, 5, 3}), update = zeros(dtype::f32, {2, 2, 3});
  const auto says = [&](const TensorScatter& o, std::initializer_list<i64> at, const any_view& with) {
    const tensor<i64> indices(shape{static_cast<i64>(at.size())}, at);
    return complaint("TensorScatter", &o, {x, with, indices.look()});
  };
  CHECK(says({}, {3, 0}, update) == "");
  CHECK(says({}, {3, 4}, update) == "TensorScatter: write index 4 of sample 1 has no room for 2 of 5");
  CHECK(says({}, {-1, 0}, update) == "TensorScatter: write index -1 of sample 0 has no room for 2 of 5");
  CHECK(says({}, {INT64_MAX, 0}, update) == "TensorScatter: write index 9223372036854775807 of sample 0 has no room for 2 of 5");
  CHECK(says({.mode = "circular"}, {INT64_MAX, INT64_MIN}, update) == "");
  CHECK(says({.mode = "round"}, {0, 0}, update) == "TensorScatter: mode 'round' is unknown");
  CHECK(says({}, {0}, update) == "TensorScatter: write_indices of shape [1] for 2 samples");
  CHECK(says({.axis = 0}, {0, 0}, update) == "TensorScatter: axis 0 of [2,5,3] is the batch");
  CHECK(says({}, {0, 0}, zeros(dtype::f32, {2, 6, 3})) == "TensorScatter: an update of shape [2,6,3] for [2,5,3] along axis -2");
  CHECK(says({}, {0, 0}, zeros(dtype::f32, {2, 2})) == "TensorScatter: an update of shape [2,2] for [2,5,3] along axis -2");
}

TEST_CASE("OneHot says what it cannot take; indices beyond the depth set nothing") {
  const any_tensor values = zeros(dtype::f32, {2});
  const auto says = [&](std::initializer_list<double> depth, i64 axis = -1) {
    const OneHot o{.axis = axis};
    const tensor<double> d(shape{static_cast<i64>(depth.size())}, depth);
    return complaint("OneHot", &o, {zeros(dtype::i64, {2}), d.look(), values});
  };
  CHECK(says({3.5}) == "");
  CHECK(says({-1}) == "OneHot: a depth of -1");
  CHECK(says({1e30}).find("more elements than 64 bits count") != std::string::npos);
  CHECK(says({1, 2}) == "OneHot: depth of shape [2] is not one number");
  CHECK(says({3}, 2) == "OneHot: axis 2 is out of range for [2] and one more");
  const tensor<u64> huge({2}, {UINT64_MAX, 1});
  const tensor<i64> three(shape{}, {3});
  const tensor<u8> marks({2}, {4, 9});
  const any_view in[] = {huge.look(), three.look(), marks.look()};
  const auto r = try_apply(row("OneHot"), any_op(row("OneHot")).get(), in);
  REQUIRE(r.has_value());
  const u8 wanted[] = {4, 4, 4, 4, 9, 4};
  CHECK(std::equal(wanted, wanted + 6, (*r)[0].as<u8>()));
}

}  // namespace tests::ops
