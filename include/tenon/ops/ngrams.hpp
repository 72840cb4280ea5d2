// TfIdfVectorizer: which n-grams of a list are in a sequence of words or numbers, and how often.
#pragma once

#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y[ngram_indexes[i]] = how often the i-th n-gram of the pool is in a row of X, with any number of words up to
/// `max_skip_count` left out between two of its words; IDF and TFIDF multiply by weights. These are counted as
/// coordinates of Y are: so do onnxruntime and ONNX's reference, and models were made with them.
struct TfIdfVectorizer {
  using kind = kinds::general;
  static constexpr int since = 9;
  static constexpr dtype_set dtypes = {dtype::string, dtype::i32, dtype::i64};
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};

  required<i64> max_gram_length{}, max_skip_count{}, min_gram_length{};
  required<std::string> mode{};
  required<ints> ngram_counts{}, ngram_indexes{};
  ints pool_int64s{};
  strings pool_strings{};
  floats weights{};

  status validate() const {
    const auto invalid = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
    const ints& starts = ngram_counts.value;
    if (mode.value != "TF" && mode.value != "IDF" && mode.value != "TFIDF") return invalid({"mode '", mode.value, "' is unknown"});
    if (!pool_strings.empty() && !pool_int64s.empty()) return invalid({"there are both pool_strings and pool_int64s"});
    if (min_gram_length < 1 || max_gram_length < min_gram_length || max_skip_count < 0)
      return invalid({"min_gram_length ", min_gram_length.value, ", max_gram_length ", max_gram_length.value, ", max_skip_count ",
                      max_skip_count.value, ": one is out of range"});
    i64 grams = 0;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const i64 begin = starts[i], end = level_end(i), size = static_cast<i64>(i) + 1;
      if (begin < 0 || end < begin || end > pool_size() || (end - begin) % size != 0)
        return invalid({"ngram_counts: ", size, "-grams cannot be ", begin, " to ", end, " of a pool of ", pool_size()});
      grams += (end - begin) / size;
    }
    const ints& indexes = ngram_indexes.value;
    if (grams > static_cast<i64>(indexes.size()))
      return invalid({"the pool has ", grams, " n-grams, and ngram_indexes ", indexes.size(), " entries"});
    for (const i64 i : indexes) {
      if (i < 0 || i > most) return invalid({"ngram_indexes has ", i, ", which is out of range"});
      if (mode.value != "TF" && !weights.empty() && i >= static_cast<i64>(weights.size()))
        return invalid({"there are ", weights.size(), " weights, and ngram_indexes has ", i});
    }
    return {};
  }
  status infer(infer_context& c) const {
    if (c.rank(0) > 2) return c.invalid({"an input of ", c.dims(0), " is neither [C] nor [N,C]"});
    const bool text = c.type(0) == dtype::string;
    if (text ? !pool_int64s.empty() : !pool_strings.empty())
      return c.invalid({"the input is ", name(c.type(0)), ", and there is a pool_", text ? "int64s" : "strings"});
    i64 coordinates = 0;
    for (const i64 i : ngram_indexes.value) coordinates = std::max(coordinates, i + 1);
    return c.output(0, c.rank(0) == 2 ? shape{c.dims(0)[0], coordinates} : shape{coordinates});
  }
  i64 scratch(std::span<const known> in, bool) const {
    return count(in[0].dims) * i64{sizeof(std::string_view) + 2 * sizeof(i64)} + pool_size() * i64{sizeof(i64)} +
           static_cast<i64>(ngram_indexes.value.size()) * i64{sizeof(gram)} + 64;
  }
  double macs(std::span<const known> in, std::span<const known>) const {
    const shape& x = in[0].dims;
    const auto words = static_cast<double>(x.rank() == 0 ? 1 : x.back()), skips = static_cast<double>(max_skip_count.value) + 1;
    return static_cast<double>(count(x)) * std::min(words, skips) * std::min(words, static_cast<double>(max_gram_length.value));
  }
  [[gnu::noinline]] status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    std::fill_n(y.as<float>(), y.size(), 0.0f);
    const i64 n = x.size(), width = y.dims.rank() == 0 ? 0 : y.dims.back();
    if (n == 0 || y.size() == 0) return {};
    std::byte* free = c.scratch();
    const auto take = [&]<class T>(i64 size) {
      auto* const p = reinterpret_cast<T*>(free);
      free += size * i64{sizeof(T)};
      return p;
    };
    auto* const numbers = take.template operator()<i64>(n);
    auto* const ids = take.template operator()<i64>(n);
    auto* const pool_ids = take.template operator()<i64>(pool_size());
    auto* const grams = take.template operator()<gram>(static_cast<i64>(ngram_indexes.value.size()));
    auto* const words = take.template operator()<std::string_view>(n);

    // Words get numbers, in some order: those of the pool that are not in X none, and their n-grams are left out.
    const auto word = [&](i64 i) {
      return x.type == dtype::string ? std::string_view(x.as<std::string>()[i]) : bytes_of(numbers[i]);
    };
    if (x.type != dtype::string)
      for (i64 i = 0; i < n; ++i) numbers[i] = x.type == dtype::i64 ? x.as<i64>()[i] : x.as<i32>()[i];
    for (i64 i = 0; i < n; ++i) new (words + i) std::string_view(word(i));
    std::sort(words, words + n);
    const std::string_view* const last = std::unique(words, words + n);
    const auto id_of = [&](std::string_view w) -> i64 {
      const auto* at = std::lower_bound(static_cast<const std::string_view*>(words), last, w);
      return at != last && *at == w ? at - words : -1;
    };
    for (i64 i = 0; i < n; ++i) ids[i] = id_of(word(i));
    for (i64 i = 0; i < pool_size(); ++i)
      pool_ids[i] = id_of(pool_strings.empty() ? bytes_of(pool_int64s[static_cast<unsigned>(i)]) : std::string_view(pool_strings[static_cast<unsigned>(i)]));
    i64 found = 0, index = 0;
    for (std::size_t level = 0; level < ngram_counts.value.size(); ++level) {
      const i64 size = static_cast<i64>(level) + 1;
      for (i64 at = ngram_counts.value[level]; at < level_end(level); at += size, ++index)
        if (size >= min_gram_length && size <= max_gram_length && std::count(pool_ids + at, pool_ids + at + size, -1) == 0)
          new (grams + found++) gram{pool_ids + at, size, index};
    }
    std::sort(grams, grams + found, [](const gram& a, const gram& b) {
      const auto order = std::lexicographical_compare_three_way(a.ids, a.ids + a.size, b.ids, b.ids + b.size);
      return order != 0 ? order < 0 : a.index < b.index;
    });

    const i64 row = x.rank() == 0 ? 1 : x.dims.back();
    for (i64 r = 0; r < n / row; ++r) count_row(ids + r * row, row, grams, grams + found, y.as<float>() + r * width);
    if (mode.value == "TF") return {};
    for (i64 i = 0; i < y.size(); ++i) {
      float& f = y.as<float>()[i];
      if (mode.value == "IDF") f = f > 0 ? 1.0f : 0.0f;
      if (!weights.empty()) f *= weights[static_cast<unsigned>(i % width)];
    }
    return {};
  }

 private:
  static constexpr i64 most = i64{1} << 40;
  struct gram {
    const i64* ids;
    i64 size, index;
  };

  i64 pool_size() const { return static_cast<i64>(pool_strings.empty() ? pool_int64s.size() : pool_strings.size()); }
  i64 level_end(std::size_t level) const {
    return level + 1 < ngram_counts.value.size() ? ngram_counts.value[level + 1] : pool_size();
  }
  static std::string_view bytes_of(const i64& number) { return {reinterpret_cast<const char*>(&number), sizeof number}; }

  // The n-grams lie in the order of their words, each before those that it begins: those that begin as the words
  // from `start` on do are neighbours, and each word makes them fewer.
  void count_row(const i64* ids, i64 n, const gram* first, const gram* end, float* y) const {
    i64 least = min_gram_length;
    for (i64 step = 1; step - 1 <= max_skip_count && least - 1 <= (n - 1) / step; ++step) {
      for (i64 start = 0; start < n && least - 1 <= (n - 1 - start) / step; ++start) {
        const gram *low = first, *high = end;
        for (i64 size = 1, at = start; size <= max_gram_length && at < n; ++size, at += step) {
          const i64 id = ids[at];
          low = std::partition_point(low, high, [&](const gram& g) { return g.size < size || g.ids[size - 1] < id; });
          high = std::partition_point(low, high, [&](const gram& g) { return g.ids[size - 1] <= id; });
          if (low == high) break;
          if (low->size > size || size < least) continue;
          const gram* const after = std::partition_point(low, high, [&](const gram& g) { return g.size == size; });
          y[ngram_indexes.value[static_cast<unsigned>(after[-1].index)]] += 1;
        }
      }
      // Skipping makes no difference to single words.
      if (least == 1 && ++least > max_gram_length) break;
    }
  }
};

using ngrams = list<TfIdfVectorizer>;

}  // namespace ops

auto tf_idf_vectorizer(const operand auto& x, const ops::TfIdfVectorizer& o) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
