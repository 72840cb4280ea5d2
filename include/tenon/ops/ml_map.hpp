// Maps of ai.onnx.ml: what classifiers give (ZipMap), and what was made of dictionaries (DictVectorizer, CastMap).
#pragma once

#include "../core/faults.hpp"
#include "cast.hpp"
#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

namespace maps_of {

inline status check_lists(std::string_view names, const ints& integers, const strings& texts) {
  if (integers.empty() != texts.empty()) return {};
  return fail(code::invalid, {"one of ", names, " is expected, and ", integers.empty() ? "none is" : "both are", " given"});
}
/// The one list of two attributes that is given, as a tensor.
inline result<any_tensor> one_list(produce_context& c, const ints& integers, const strings& texts) {
  auto t = c.make(integers.empty() ? dtype::string : dtype::i64, shape{static_cast<i64>(std::max(integers.size(), texts.size()))});
  if (!t.has_value()) return t;
  if (integers.empty()) std::ranges::copy(texts, (*t).as<std::string>());
  else std::ranges::copy(integers, (*t).as<i64>());
  return t;
}

/// Element i of a list of keys before element j of another one.
inline bool before(const any_view& a, i64 i, const any_view& b, i64 j) {
  return a.type == dtype::string ? a.as<std::string>()[i] < b.as<std::string>()[j] : a.as<i64>()[i] < b.as<i64>()[j];
}
/// The numbers of keys in ascending order.
inline std::vector<i64> order_of(const any_view& keys) {
  std::vector<i64> order(static_cast<std::size_t>(keys.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<i64>(i);
  const auto less = [&](i64 i, i64 j) { return before(keys, i, keys, j) || (!before(keys, j, keys, i) && i < j); };
  std::make_heap(order.begin(), order.end(), less);
  std::sort_heap(order.begin(), order.end(), less);
  return order;
}
/// One element to another place.
inline void move_element(const any_view& from, i64 i, any_tensor& to, i64 j) {
  const any_view one(from.type, shape{}, from.bytes + i * size_of(from.type));
  copy_elements(one, {to.type(), shape{}, to.data() + j * size_of(to.type())});
}
inline std::string key_text(const any_view& keys, i64 i) {
  return keys.type == dtype::string ? in_quotes(keys.as<std::string>()[i]) : join({keys.as<i64>()[i]});
}

}  // namespace maps_of

/// A map for every row: keys from an attribute, values from the columns.
struct ZipMap {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::f32};
  static constexpr auto inputs = "X:T", outputs = "Z:*";

  ints classlabels_int64s{};
  strings classlabels_strings{};

  status validate() const { return maps_of::check_lists("classlabels_int64s and classlabels_strings", classlabels_int64s, classlabels_strings); }
  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    auto labels = maps_of::one_list(c, classlabels_int64s, classlabels_strings);
    if (!labels.has_value()) return std::unexpected(labels.error());
    const i64 columns = (*labels).size();
    if (x.rank() < 1 || x.rank() > 2 || x.dim(-1) != columns)
      return c.invalid({"X has shape ", x.dims, ", and there are ", columns, " labels"});
    const i64 rows = x.rank() == 1 ? 1 : x.dims[0];
    const bool text = (*labels).type() == dtype::string;
    if (status s = make(c, in_form(text ? form::text_maps : form::integer_maps, x.type), {rows}, c.output(0)); !s.has_value()) return s;
    shared_value keys;
    if (status s = share(c, std::move(*labels), keys); !s.has_value()) return s;
    for (i64 i = 0; i < rows; ++i) {
      any_tensor map;
      if (status s = make(c, in_form(text ? form::text_map : form::integer_map, x.type), {2}, map); !s.has_value()) return s;
      any_view row(x.type, shape{columns}, shape{x.strides[x.rank() - 1]}, x.bytes);
      if (x.rank() == 2) row = shifted(row, i * x.strides[0]);
      map.as<shared_value>()[0] = keys;
      if (status s = put(c, row, map.as<shared_value>()[1]); !s.has_value()) return s;
      if (status s = share(c, std::move(map), c.output(0).as<shared_value>()[i]); !s.has_value()) return s;
    }
    return {};
  }
};

/// The values of a map where the vocabulary has their keys, and zeros where the map has no such key.
struct DictVectorizer {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::string, dtype::i64, dtype::f32, dtype::f64};
  static constexpr auto inputs = "X:map(T)", outputs = "Y:T";

  ints int64_vocabulary{};
  strings string_vocabulary{};

  status validate() const { return maps_of::check_lists("int64_vocabulary and string_vocabulary", int64_vocabulary, string_vocabulary); }
  status produce(produce_context& c) const {
    const any_view keys = item(c.input(0), 0), values = item(c.input(0), 1);
    const auto words = maps_of::one_list(c, int64_vocabulary, string_vocabulary);
    if (!words.has_value()) return std::unexpected(words.error());
    const any_view all = *words;
    if (all.type != keys.type) return c.invalid({"X is ", full_name(c.input(0).type), ", and the vocabulary is of ", name(all.type)});
    if (status s = make(c, values.type, all.dims, c.output(0)); !s.has_value()) return s;
    if (values.type != dtype::string) std::memset(c.output(0).data(), 0, static_cast<std::size_t>(all.size() * size_of(values.type)));
    const std::vector<i64> order = maps_of::order_of(all);
    for (i64 i = 0; i < keys.size(); ++i) {
      const auto at = std::ranges::partition_point(order, [&](i64 word) { return maps_of::before(all, word, keys, i); });
      if (at == order.end() || maps_of::before(keys, i, all, *at)) return c.invalid({"key ", maps_of::key_text(keys, i), " is not in the vocabulary"});
      maps_of::move_element(values, i, c.output(0), *at);
    }
    return {};
  }
};

/// The values of a map as one row, ordered by their keys, or each where its key says.
struct CastMap {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = {dtype::string, dtype::f32};
  static constexpr auto inputs = "X:map(T)", outputs = "Y:*";

  std::string cast_to = "TO_FLOAT", map_form = "DENSE";
  i64 max_map = 1;

  status validate() const {
    if (type() == dtype::none) return fail(code::invalid, {"cast_to ", in_quotes(cast_to), " is unknown"});
    if (map_form != "DENSE" && map_form != "SPARSE") return fail(code::invalid, {"map_form ", in_quotes(map_form), " is unknown"});
    return max_map >= 1 ? status() : fail(code::invalid, {"max_map is ", max_map});
  }
  status produce(produce_context& c) const {
    const any_view keys = item(c.input(0), 0), values = item(c.input(0), 1);
    const dtype to = type();
    const bool sparse = map_form == "SPARSE";
    if (keys.type != dtype::i64) return c.invalid({"the keys of X are ", name(keys.type), ", not int64"});
    any_tensor cast;
    any_view from = values;
    if (to != values.type) {
      const Cast op{.to = to};
      auto made = c.hold(try_apply(info_of<Cast>, &op, std::span(&values, 1), {.from = c.from(), .limit = c.left()}));
      if (!made.has_value()) return std::unexpected(made.error());
      cast = std::move(*made);
      from = cast;
    }
    const i64 n = sparse ? max_map : keys.size();
    if (status s = make(c, to, {1, n}, c.output(0)); !s.has_value()) return s;
    if (to == dtype::string && sparse) std::fill_n(c.output(0).as<std::string>(), n, "0");
    else if (to != dtype::string) std::memset(c.output(0).data(), 0, static_cast<std::size_t>(n * size_of(to)));
    i64 place = 0;
    for (const i64 i : maps_of::order_of(keys)) {
      const i64 key = keys.as<i64>()[i];
      if (sparse && (key < 0 || key >= n)) return c.invalid({"key ", key, " is out of range for max_map ", n});
      maps_of::move_element(from, i, c.output(0), sparse ? key : place++);
    }
    return {};
  }

 private:
  dtype type() const {
    return cast_to == "TO_FLOAT" ? dtype::f32 : cast_to == "TO_STRING" ? dtype::string : cast_to == "TO_INT64" ? dtype::i64 : dtype::none;
  }
};

using maps = list<ZipMap, DictVectorizer, CastMap>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
