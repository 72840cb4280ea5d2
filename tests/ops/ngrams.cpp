// TfIdfVectorizer: counts by plain loops, weights, and pools that cannot be.
#include "tenon/ops/ngrams.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::TfIdfVectorizer;

namespace {

/// A pool of words: 1-grams, 2-grams, 3-grams, of which each has a coordinate of its own, in no order.
const ints pool = {2, 3, 1, /**/ 1, 2, 2, 2, 3, 1, /**/ 1, 2, 3, 2, 2, 2}, starts = {0, 3, 9}, coordinates = {3, 0, 9, 1, 4, 2, 7, 5};

/// How often the words at `at` and on stand in the row, with gaps of exactly `step`.
i64 occurrences(const std::vector<i64>& row, std::size_t at, std::size_t size, std::size_t step) {
  i64 n = 0;
  for (std::size_t i = 0; i + (size - 1) * step < row.size(); ++i) {
    bool same = true;
    for (std::size_t k = 0; k < size; ++k) same = same && row[i + k * step] == pool[at + k];
    n += same;
  }
  return n;
}

void count(trial& t, const shape& dims, i64 least, i64 most, i64 skips, const std::string& mode) {
  table x = t.fill(table(t.type, dims), [&] { return number::of(t.random.between(0, 4)); });
  TfIdfVectorizer o{.max_gram_length = most, .max_skip_count = skips, .min_gram_length = least, .mode = mode, .ngram_counts = starts, .ngram_indexes = coordinates};
  if (t.type == dtype::string)
    for (i64 w : pool) o.pool_strings.push_back(std::to_string(w) + " is written out as a long text");
  else o.pool_int64s = pool;
  if (mode == "TFIDF") o.weights = {0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4, 4.5f, 5};
  if (mode == "IDF") o.weights = {-1, 1, -1, 1, -1, 1, -1, 1, -1, 2};
  const i64 rows = dims.rank() == 2 ? dims[0] : 1, columns = dims.back();
  table y(dtype::f32, dims.rank() == 2 ? shape{rows, 10} : shape{10});
  for (i64 r = 0; r < rows; ++r) {
    std::vector<i64> row;
    for (i64 c = 0; c < columns; ++c) row.push_back(static_cast<i64>(static_cast<double>(dims.rank() == 2 ? x[{r, c}] : x[{c}])));
    std::size_t at = 0;
    for (std::size_t g = 0; g < coordinates.size(); ++g) {
      const std::size_t size = g < 3 ? 1 : g < 6 ? 2 : 3;
      i64 n = 0;
      for (i64 s = 0; s <= (size == 1 ? 0 : skips); ++s) n += occurrences(row, at, size, static_cast<std::size_t>(s) + 1);
      at += size;
      if (static_cast<i64>(size) < least || static_cast<i64>(size) > most) continue;
      const i64 to = coordinates[g];
      const double weight = o.weights.empty() ? 1 : static_cast<double>(o.weights[static_cast<std::size_t>(to)]);
      const double value = (mode == "IDF" ? std::min<double>(static_cast<double>(n), 1) : static_cast<double>(n)) * weight;
      y[dims.rank() == 2 ? shape{r, to} : shape{to}] = value;
    }
  }
  t.expect(&o, {&x}, {&y}, 0, mode);
}

const by_reference tf_idf_reference(cases{"TfIdfVectorizer", [](trial& t) {
  for (const char* mode : {"TF", "IDF", "TFIDF"}) {
    count(t, {40}, 1, 3, 0, mode), count(t, {3, 25}, 1, 2, 3, mode), count(t, {2, 30}, 2, 3, 2, mode), count(t, {30}, 3, 3, 1, mode);
    count(t, {20}, 1, 1, 5, mode), count(t, {2, 9}, 2, 2, 100, mode), count(t, {1}, 1, 3, 1, mode), count(t, {3, 0}, 1, 3, 1, mode);
  }
}});

}  // namespace

TEST_CASE("TfIdfVectorizer takes one number, and the last of equal n-grams") {
  const TfIdfVectorizer o{.max_gram_length = i64{1}, .max_skip_count = INT64_MAX, .min_gram_length = i64{1}, .mode = std::string("TF"),
                          .ngram_counts = ints{0}, .ngram_indexes = ints{0, 1, 2}, .pool_int64s = {7, 7, 8}};
  const any_tensor y = tf_idf_vectorizer(tensor<i32>({}, {7}), o);
  CHECK((y.dims() == shape{3} && y.as<float>()[0] == 0 && y.as<float>()[1] == 1 && y.as<float>()[2] == 0));
}

TEST_CASE("TfIdfVectorizer says which pool cannot be") {
  const auto says = [](TfIdfVectorizer o, const any_tensor& x = tensor<i64>({3}, {1, 2, 3})) { return complaint("TfIdfVectorizer", &o, {x}); };
  const auto with = [](auto change) {
    TfIdfVectorizer o{.max_gram_length = i64{2}, .max_skip_count = i64{0}, .min_gram_length = i64{1}, .mode = std::string("TF"),
                      .ngram_counts = ints{0, 2}, .ngram_indexes = ints{0, 1, 2}, .pool_int64s = {1, 2, 1, 2}};
    change(o);
    return o;
  };
  CHECK(says(with([](auto&) {})) == "");
  CHECK(says(with([](auto& o) { o.mode = std::string("BM25"); })) == "TfIdfVectorizer: mode 'BM25' is unknown");
  CHECK(says(with([](auto& o) { o.ngram_counts = ints{0, 5}; })) == "TfIdfVectorizer: ngram_counts: 1-grams cannot be 0 to 5 of a pool of 4");
  CHECK(says(with([](auto& o) { o.ngram_counts = ints{-1, 2}; })) == "TfIdfVectorizer: ngram_counts: 1-grams cannot be -1 to 2 of a pool of 4");
  CHECK(says(with([](auto& o) { o.ngram_counts = ints{0, 1}; })) == "TfIdfVectorizer: ngram_counts: 2-grams cannot be 1 to 4 of a pool of 4");
  CHECK(says(with([](auto& o) { o.ngram_indexes = ints{0, 1}; })) == "TfIdfVectorizer: the pool has 3 n-grams, and ngram_indexes 2 entries");
  CHECK(says(with([](auto& o) { o.ngram_indexes = ints{0, -1, 2}; })) == "TfIdfVectorizer: ngram_indexes has -1, which is out of range");
  CHECK(says(with([](auto& o) { o.ngram_indexes = ints{0, INT64_MAX, 2}; })) == "TfIdfVectorizer: ngram_indexes has 9223372036854775807, which is out of range");
  CHECK(says(with([](auto& o) { o.ngram_indexes = ints{0, i64{1} << 40, 2}; })).ends_with("bytes, more than the 1073741824 that are left"));
  CHECK(says(with([](auto& o) { o.mode = std::string("IDF"), o.weights = {1, 1}; })) == "TfIdfVectorizer: there are 2 weights, and ngram_indexes has 2");
  CHECK(says(with([](auto& o) { o.max_skip_count = i64{-1}; })) ==
        "TfIdfVectorizer: min_gram_length 1, max_gram_length 2, max_skip_count -1: one is out of range");
  CHECK(says(with([](auto& o) { o.pool_strings = {"a"}; })) == "TfIdfVectorizer: there are both pool_strings and pool_int64s");
  CHECK(says(with([](auto&) {}), tensor<std::string>(shape{1})) == "TfIdfVectorizer: the input is string, and there is a pool_int64s");
  CHECK(says(with([](auto&) {}), tensor<i64>(shape{1, 1, 1})) == "TfIdfVectorizer: an input of [1,1,1] is neither [C] nor [N,C]");
}

}  // namespace tests::ops
