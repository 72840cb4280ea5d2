// Normalisations of com.microsoft against sums in double.
#include "tenon/ops/microsoft_normalization.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

constexpr double epsilon = 0.0625;

/// The rows of `sums` normalised; gamma and beta may be shorter than a row, which they repeat in.
table normalized_rows(const table& like, const std::vector<double>& sums, std::size_t width, bool centred, table& gamma, table* beta) {
  table y(like.type, like.dims);
  for (std::size_t i = 0; i < sums.size(); i += width) {
    double mean = 0, squares = 0;
    for (std::size_t j = i; j < i + width; ++j) mean += centred ? sums[j] / static_cast<double>(width) : 0;
    for (std::size_t j = i; j < i + width; ++j) squares += (sums[j] - mean) * (sums[j] - mean);
    for (std::size_t j = 0; j < width; ++j)
      y.all[8 + i + j] = (sums[i + j] - mean) / std::sqrt(squares / static_cast<double>(width) + epsilon) * gamma.all[8 + j].real +
                         (beta != nullptr ? beta->all[8 + j].real : 0);
  }
  return y;
}
void expect_normalized(trial& t, const void* op, std::initializer_list<const table*> in, std::initializer_list<const table*> out) {
  t.near = t.type == dtype::f64 ? 1e-12 : t.type == dtype::f32 ? 1e-5 : 1e-2;
  t.expect(op, in, out, t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 2);
}

void simplified(trial& t) {
  for (i64 width : {1, 4, 65}) {
    table x = t.draw({2, 3, width}), gamma = t.draw({width});
    std::vector<double> sums;
    each(x.dims, [&](const shape& i) { sums.push_back(x[i].real); });
    const table y = normalized_rows(x, sums, static_cast<std::size_t>(width), false, gamma, nullptr);
    const tenon::ops::SimplifiedLayerNormalization o{.epsilon = epsilon};
    expect_normalized(t, &o, {&x, &gamma}, {&y});
  }
}
const by_reference simplified_reference(cases{"SimplifiedLayerNormalization", simplified});

template <class Op>
void skipped(trial& t, bool centred) {
  const Op o{.epsilon = epsilon};
  for (i64 width : {1, 4, 65})
    for (const shape& dims : {shape{2, 3, width}, {1, 3, width}, {3, width}})
      for (bool biased : {false, true}) {
        table x = t.draw({2, 3, width}), skip = t.draw(dims), gamma = t.draw({width}), beta = t.draw({width}), bias = t.draw({width});
        table sum(t.type, x.dims);
        std::vector<double> sums;
        each(x.dims, [&](const shape& i) {
          shape own = i.from(3 - dims.rank());
          if (dims.rank() == 3 && dims[0] == 1) own[0] = 0;
          sums.push_back(x[i].real + skip[own].real + (biased ? bias[{i[2]}].real : 0));
          sum[i] = sums.back();
        });
        const table y = normalized_rows(x, sums, static_cast<std::size_t>(width), centred, gamma, centred && biased ? &beta : nullptr);
        if (centred && biased) expect_normalized(t, &o, {&x, &skip, &gamma, &beta, &bias}, {&y, nullptr, nullptr, &sum});
        else if (biased) expect_normalized(t, &o, {&x, &skip, &gamma, &bias}, {&y, nullptr, nullptr, &sum});
        else expect_normalized(t, &o, {&x, &skip, &gamma}, {&y});
      }
}
const by_reference skip_reference(cases{"com.microsoft.SkipLayerNormalization", [](trial& t) { skipped<tenon::ops::SkipLayerNormalization>(t, true); }});
const by_reference skip_simplified_reference(cases{"com.microsoft.SkipSimplifiedLayerNormalization", [](trial& t) {
  skipped<tenon::ops::SkipSimplifiedLayerNormalization>(t, false);
}});

void embedded(trial& t) {
  for (int round = 0; round < 8; ++round) {
    const i64 width = 5 + round;
    table words = t.draw({9, width}), places = t.draw({4, width}), kinds = t.draw({2, width}), gamma = t.draw({width}), beta = t.draw({width});
    table ids = t.draw(dtype::i32, {2, 3}, 0, 8), types = t.draw(dtype::i32, {2, 3}, 0, 1), mask = t.draw(dtype::i32, {2, 3}, 0, 1);
    table own = t.draw(dtype::i32, {2, 3}, 0, 3), sum(t.type, {2, 3, width}), ends(dtype::i32, {2});
    std::vector<double> sums;
    const auto at = [](table& from, table& which, const shape& i) { return from[{static_cast<i64>(static_cast<double>(which[{i[0], i[1]}])), i[2]}].real; };
    each(sum.dims, [&](const shape& i) {
      sums.push_back(at(words, ids, i) + (round % 2 == 0 ? places[{i[1], i[2]}].real : at(places, own, i)) + at(kinds, types, i));
      sum[i] = sums.back();
    });
    each(mask.dims, [&](const shape& i) { ends[{i[0]}] = number::of(ends[{i[0]}].integer + mask[i].integer); });
    const table y = normalized_rows(sum, sums, static_cast<std::size_t>(width), true, gamma, &beta);
    const tenon::ops::EmbedLayerNormalization o{.epsilon = epsilon};
    if (round % 2 == 0) expect_normalized(t, &o, {&ids, &types, &words, &places, &kinds, &gamma, &beta, &mask}, {&y, &ends, &sum});
    else expect_normalized(t, &o, {&ids, &types, &words, &places, &kinds, &gamma, &beta, &mask, &own}, {&y, &ends, &sum});
  }
}
const by_reference embed_reference(cases{"com.microsoft.EmbedLayerNormalization", embedded});

}  // namespace

TEST_CASE("EmbedLayerNormalization says which embedding there is not") {
  const any_tensor words = zeros(dtype::f32, {4, 2}), gamma = zeros(dtype::f32, {2});
  const auto says = [&](i32 id, i32 place) {
    return complaint("com.microsoft.EmbedLayerNormalization", nullptr,
                     {tensor<i32>({1, 1}, {id}), any_view(), words, words, any_view(), gamma, gamma, any_view(), tensor<i32>({1, 1}, {place})});
  };
  CHECK(says(3, 3) == "");
  CHECK(says(4, 0) == "EmbedLayerNormalization: row 4 of word_embedding, which has 4");
  CHECK(says(0, -1) == "EmbedLayerNormalization: row -1 of position_embedding, which has 4");
}

TEST_CASE("SkipLayerNormalization says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3, 4}), gamma = zeros(dtype::f32, {4});
  const auto says = [&](const shape& skip) { return complaint("com.microsoft.SkipLayerNormalization", nullptr, {x, zeros(dtype::f32, skip), gamma}); };
  CHECK(says({2, 3, 4}) == "");
  CHECK(says({2, 3, 1}) == "SkipLayerNormalization: skip of shape [2,3,1] does not fit [2,3,4]");
  CHECK(says({2, 1, 4}) == "SkipLayerNormalization: skip of shape [2,1,4] repeats within a sequence of [2,3,4]");
}

}  // namespace tests::ops
