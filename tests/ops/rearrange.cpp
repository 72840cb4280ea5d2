// DepthToSpace, SpaceToDepth, ReverseSequence, Trilu: elements of every type where indices say they go.
#include "tenon/ops/rearrange.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::DepthToSpace;
using tenon::ops::ReverseSequence;
using tenon::ops::SpaceToDepth;
using tenon::ops::Trilu;

namespace {

/// The channel in the deep form of channel c at (row, column) of its block.
i64 deep_channel(bool crd, i64 channels, i64 block, i64 c, i64 row, i64 column) {
  return crd ? (c * block + row) * block + column : (row * block + column) * channels + c;
}

template <class Op>
void blocks(trial& t, bool to_space) {
  const auto run = [&](const shape& deep, i64 block, const char* mode) {
    const shape wide{deep[0], deep[1] / (block * block), deep[2] * block, deep[3] * block};
    table x = t.patterns(to_space ? deep : wide), y(t.type, to_space ? wide : deep);
    y.bits = x.bits;
    each(wide, [&](const shape& i) {
      const i64 c = deep_channel(mode[1] == 'R', wide[1], block, i[1], i[2] % block, i[3] % block);
      const shape d{i[0], c, i[2] / block, i[3] / block};
      y[to_space ? i : d] = x[to_space ? d : i];
    });
    const Op o{.blocksize = block, .mode = mode};
    t.expect(&o, {&x}, {&y}, 0, mode);
  };
  for (const char* mode : {"DCR", "CRD"})
    run({2, 8, 2, 3}, 2, mode), run({1, 9, 1, 17}, 3, mode), run({1, 3, 4, 5}, 1, mode), run({2, 16, 5, 33}, 2, mode), run({0, 4, 1, 1}, 2, mode),
        run({1, 4, 0, 2}, 2, mode), run({1, 0, 2, 2}, 2, mode);
}

}  // namespace

void depth_cases(trial& t) { blocks<DepthToSpace>(t, true); }
void space_cases(trial& t) { blocks<SpaceToDepth>(t, false); }
const by_reference depth_reference(cases{"DepthToSpace", depth_cases});
const by_reference space_reference(cases{"SpaceToDepth", space_cases});

void reverse_cases(trial& t) {
  const auto run = [&](const shape& dims, int batch, const ints& lengths) {
    table x = t.patterns(dims), y(t.type, dims);
    y.bits = x.bits;
    each(dims, [&](const shape& i) {
      const i64 length = lengths[static_cast<std::size_t>(i[batch])];
      shape from = i;
      if (i[1 - batch] < length) from[1 - batch] = length - 1 - i[1 - batch];
      y[i] = x[from];
    });
    const table list(shape{dims[batch]}, lengths);
    const ReverseSequence o{.batch_axis = batch, .time_axis = 1 - batch};
    t.expect(&o, {&x, &list}, {&y});
  };
  run({4, 4}, 1, {4, 3, 2, 1}), run({4, 4}, 0, {1, 2, 3, 4}), run({3, 5, 2}, 0, {5, 0, 1}), run({5, 3, 33}, 1, {5, 0, 2}), run({0, 2}, 1, {0, 0});
  run({0, 2}, 0, {}), run({2, 3, 0}, 0, {3, 1}), run({1, 17}, 0, {17}), run({2, 3, 2, 2}, 1, {2, 1, 0});
}
const by_reference reverse_reference(cases{"ReverseSequence", reverse_cases});

void trilu_cases(trial& t) {
  const auto run = [&](const shape& dims, bool upper, std::optional<i64> k) {
    if (t.type == dtype::string && (upper ? k.value_or(0) > -dims[dims.rank() - 2] : k.value_or(0) < dims.back())) return;  // "" is no number
    table x = t.patterns(dims), y(t.type, dims);
    y.bits = x.bits;
    each(dims, [&](const shape& i) {
      const auto along = static_cast<reference::wide>(i.back()) - i[i.rank() - 2] - k.value_or(0);
      y[i] = (upper ? along >= 0 : along <= 0) ? x[i] : number::of(0);
    });
    const table list(shape{}, std::span<const i64>(&k.emplace(k.value_or(0)), 1));
    const Trilu o{.upper = upper};
    t.expect(&o, {&x, &list}, {&y});
    if (*k == 0) t.expect(&o, {&x}, {&y});
  };
  for (bool upper : {true, false})
    for (const shape& dims : {shape{4, 4}, shape{3, 17}, shape{17, 3}, shape{2, 3, 4, 5}, shape{1, 1}, shape{0, 3}, shape{3, 0}, shape{0, 2, 2}})
      for (i64 k : {i64{0}, i64{1}, i64{-1}, i64{2}, i64{-3}, i64{20}, i64{-20}, INT64_MAX, INT64_MIN}) run(dims, upper, k);
}
const by_reference trilu_reference(cases{"Trilu", trilu_cases});

TEST_CASE("DepthToSpace and SpaceToDepth say what are no blocks") {
  const any_tensor x = zeros(dtype::f32, {1, 8, 2, 6}), flat = zeros(dtype::f32, {8, 2, 6});
  const auto deep = [&](const any_tensor& of, i64 block, const char* mode = "DCR") {
    const DepthToSpace o{.blocksize = block, .mode = mode};
    return complaint("DepthToSpace", &o, {of});
  };
  const auto wide = [&](i64 block) {
    const SpaceToDepth o{.blocksize = block};
    return complaint("SpaceToDepth", &o, {x});
  };
  CHECK(deep(x, 2) == "");
  CHECK(deep(x, 3) == "DepthToSpace: the channels of [1,8,2,6] are not blocks of 3 x 3");
  CHECK(deep(x, 0) == "DepthToSpace: a blocksize of 0");
  CHECK(deep(x, INT64_MAX) == "DepthToSpace: a blocksize of 9223372036854775807");
  CHECK(deep(flat, 2) == "DepthToSpace: an image has 4 dimensions, not [8,2,6]");
  CHECK(deep(x, 2, "DRC") == "DepthToSpace: mode 'DRC' is unknown");
  CHECK(wide(2) == "");
  CHECK(wide(3) == "SpaceToDepth: the pixels of [1,8,2,6] are not blocks of 3 x 3");
}

TEST_CASE("ReverseSequence says which length is wrong") {
  const any_tensor x = zeros(dtype::f32, {4, 2});
  const auto says = [&](const ReverseSequence& o, std::initializer_list<i64> lengths) {
    const tensor<i64> list(shape{static_cast<i64>(lengths.size())}, lengths);
    return complaint("ReverseSequence", &o, {x, list.look()});
  };
  CHECK(says({}, {4, 0}) == "");
  CHECK(says({}, {4, 5}) == "ReverseSequence: sequence_lens[1] is 5, of 4 steps");
  CHECK(says({}, {-1, 4}) == "ReverseSequence: sequence_lens[0] is -1, of 4 steps");
  CHECK(says({}, {INT64_MIN, INT64_MAX}) == "ReverseSequence: sequence_lens[0] is -9223372036854775808, of 4 steps");
  CHECK(says({}, {1}) == "ReverseSequence: sequence_lens of shape [1] for 2 sequences");
  CHECK(says({.batch_axis = 1, .time_axis = 1}, {1, 1}) == "ReverseSequence: batch_axis 1 and time_axis 1 are not 0 and 1");
  CHECK(says({.batch_axis = 2, .time_axis = 0}, {1, 1}) == "ReverseSequence: batch_axis 2 and time_axis 0 are not 0 and 1");
  CHECK(complaint("ReverseSequence", nullptr, {zeros(dtype::f32, {4}), zeros(dtype::i64, {4})}) ==
        "ReverseSequence: input of shape [4] has no batch and time axis");
}

TEST_CASE("Trilu takes matrices and one k; strings outside become empty") {
  CHECK(complaint("Trilu", nullptr, {zeros(dtype::f32, {4})}) == "Trilu: input of shape [4] is not a matrix");
  CHECK(complaint("Trilu", nullptr, {zeros(dtype::f32, {4, 4}), zeros(dtype::i64, {2})}) == "Trilu: k of shape [2] is not one number");
  CHECK(complaint("Trilu", nullptr, {zeros(dtype::f32, {4, 4}), zeros(dtype::i64, {1})}) == "");
  const tensor<std::string> x({2, 2}, {"a", "b", "c", "d"});
  const any_view in[] = {x.look()};
  const auto r = try_apply(row("Trilu"), any_op(row("Trilu")).get(), in);
  REQUIRE(r.has_value());
  const auto* s = (*r)[0].as<std::string>();
  CHECK(s[0] + s[1] + s[2] + s[3] == "abd");
}

}  // namespace tests::ops
