// CategoryMapper, LabelEncoder, OneHotEncoder: what stands for something else.
#pragma once

#include <bit>

#include "elements.hpp"
#include "ml_scores.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Keys that are found by halving: strings, or numbers of which a zero is as another and a NaN as another. Sorted once.
class sorted_keys {
 public:
  sorted_keys(const any_view& keys, i32* order) : keys_(keys), order_(order), size_(keys ? keys.size() : 0) {}
  static i64 bytes(i64 keys) { return detail::bytes_of({keys}, sizeof(i32)); }

  [[gnu::noinline]] void sort() {
    for (i64 i = 0; i < size_; ++i) order_[i] = static_cast<i32>(i);
    const auto less = [&](i32 a, i32 b) {
      const int c = compare(keys_, a, keys_, b);
      return c != 0 ? c < 0 : a < b;
    };
    std::make_heap(order_, order_ + size_, less);
    std::sort_heap(order_, order_ + size_, less);
  }
  /// Where element i of x is among the keys, the last of equal ones, or -1.
  [[gnu::noinline]] i64 find(const any_view& x, i64 i) const {
    const i32* const end = std::partition_point(order_, order_ + size_, [&](i32 k) { return compare(keys_, k, x, i) <= 0; });
    return end != order_ && compare(keys_, end[-1], x, i) == 0 ? end[-1] : -1;
  }

 private:
  static int compare(const any_view& a, i64 i, const any_view& b, i64 j) {
    if (a.type == dtype::string) return a.as<std::string>()[i].compare(b.as<std::string>()[j]);
    const i64 x = number_at(a, i), y = number_at(b, j);
    return x < y ? -1 : x > y;
  }
  /// Integers as they are, others by their bits.
  static i64 number_at(const any_view& v, i64 i) {
    i64 n = 0;
    double x = 0;
    if (!dtypes::floating.has(v.type)) {
      kernels::cast(v.type, v.bytes + i * size_of(v.type), dtype::i64, &n, 1);
      return n;
    }
    kernels::cast(v.type, v.bytes + i * size_of(v.type), dtype::f64, &x, 1);
    return std::bit_cast<i64>(x != x ? __builtin_nan("") : x + 0.0);  // -0 + 0 is 0
  }

  any_view keys_;
  i32* order_;
  i64 size_;
};

inline any_view look_at(const ints& v) { return {dtype::i64, {static_cast<i64>(v.size())}, reinterpret_cast<const std::byte*>(v.data())}; }
inline any_view look_at(const floats& v) { return {dtype::f32, {static_cast<i64>(v.size())}, reinterpret_cast<const std::byte*>(v.data())}; }
inline any_view look_at(const strings& v) { return {dtype::string, {static_cast<i64>(v.size())}, reinterpret_cast<const std::byte*>(v.data())}; }

/// One element of the same type.
inline void put_element(const any_view& from, i64 i, const mutable_any_view& to, i64 j) {
  if (from.type == dtype::string) to.as<std::string>()[j] = from.as<std::string>()[i];
  else std::memcpy(to.bytes + j * size_of(to.type), from.bytes + i * size_of(from.type), static_cast<std::size_t>(size_of(to.type)));
}

/// The keys in order: what was packed, or what is sorted in scratch now.
inline sorted_keys keys_for(const any_view& keys, const run_context& c) {
  if (c.packed() != nullptr) return {keys, reinterpret_cast<i32*>(const_cast<std::byte*>(c.packed()))};  // only read
  sorted_keys s(keys, reinterpret_cast<i32*>(c.scratch()));
  s.sort();
  return s;
}
/// Each element of X by the value that its key has.
inline status map_elements(run_context& c, const any_view& keys, const any_view& values, const any_view& otherwise) {
  const sorted_keys sorted = keys_for(keys, c);
  for (i64 i = 0; i < c.input(0).size(); ++i) {
    const i64 at = sorted.find(c.input(0), i);
    put_element(at < 0 ? otherwise : values, std::max<i64>(at, 0), c.output(0), i);
  }
  return {};
}

/// Strings for integers, or integers for strings.
struct CategoryMapper {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::string, dtype::i64};
  static constexpr auto inputs = "X:T", outputs = "Y:V";
  static constexpr type_variable types[] = {{'V', dtypes}};

  ints cats_int64s{};
  strings cats_strings{};
  i64 default_int64 = -1;
  std::string default_string = "_Unused";

  status validate() const {
    if (cats_int64s.size() == cats_strings.size()) return {};
    return fail(code::invalid, {cats_int64s.size(), " integers and ", cats_strings.size(), " strings are no pairs"});
  }
  status infer(infer_context& c) const { return c.output(0, c.type(0) == dtype::string ? dtype::i64 : dtype::string, c.dims(0)); }
  i64 scratch(std::span<const known>, bool) const { return sorted_keys::bytes(static_cast<i64>(cats_strings.size())); }
  status run(run_context& c) const {
    const bool named = c.input(0).type == dtype::string;
    const any_view number(dtype::i64, {}, reinterpret_cast<const std::byte*>(&default_int64));
    const any_view text(dtype::string, {}, reinterpret_cast<const std::byte*>(&default_string));
    return named ? map_elements(c, look_at(cats_strings), look_at(cats_int64s), number) : map_elements(c, look_at(cats_int64s), look_at(cats_strings), text);
  }
};

/// The value that a key has. Of equal keys the last one counts.
struct LabelEncoder {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 4;
  static constexpr dtype_set dtypes{dtype::string, dtype::i64, dtype::f32, dtype::i32, dtype::i16, dtype::f64};
  static constexpr auto inputs = "X:T", outputs = "Y:V";
  static constexpr type_variable types[] = {{'V', dtypes}};
  static constexpr u32 packs = 0;

  strings classes_strings{};  ///< of version 1: strings and their numbers in this list
  float default_float = -0.0f;
  i64 default_int64 = -1;
  std::string default_string = "_Unused";
  any_tensor default_tensor{};
  floats keys_floats{};
  ints keys_int64s{};
  strings keys_strings{};
  any_tensor keys_tensor{};
  floats values_floats{};
  ints values_int64s{};
  strings values_strings{};
  any_tensor values_tensor{};

  status validate() const {
    if (!classes_strings.empty()) return {};
    const any_view k = keys(), v = values();
    if (!k || !v) return fail(code::invalid, {"keys and values are each one list, and there are ", lists(keys_all()), " and ", lists(values_all())});
    if (k.size() != v.size()) return fail(code::invalid, {k.size(), " keys for ", v.size(), " values"});
    if (!dtypes.has(k.type) || !dtypes.has(v.type)) return fail(code::unsupported, {name(k.type), " keys for ", name(v.type), " values"});
    if (default_tensor && (default_tensor.size() != 1 || default_tensor.type() != v.type))
      return fail(code::invalid, {"default_tensor is ", name(default_tensor.type()), " ", default_tensor.dims(), " for values that are ", name(v.type)});
    return {};
  }
  status infer(infer_context& c) const {
    if (!classes_strings.empty()) {
      if (c.type(0) != dtype::string && c.type(0) != dtype::i64) return c.invalid({"X is ", name(c.type(0)), ", and classes are strings or int64"});
      return c.output(0, c.type(0) == dtype::string ? dtype::i64 : dtype::string, c.dims(0));
    }
    if (keys().type != c.type(0)) return c.invalid({"X is ", name(c.type(0)), ", and keys are ", name(keys().type)});
    return c.output(0, values().type, c.dims(0));
  }
  i64 packed_bytes(std::span<const known>) const { return sorted_keys::bytes(keys_size()); }
  void pack(std::span<const any_view>, std::byte* out) const { sorted_keys(searched(), reinterpret_cast<i32*>(out)).sort(); }
  i64 scratch(std::span<const known>, bool packed) const { return packed ? 0 : sorted_keys::bytes(keys_size()); }
  status run(run_context& c) const {
    if (classes_strings.empty()) return run_map(c);
    const any_view& x = c.input(0);
    if (x.type == dtype::string) {
      const sorted_keys sorted = keys_for(searched(), c);
      for (i64 i = 0; i < x.size(); ++i) {
        const i64 at = sorted.find(x, i);
        c.output(0).as<i64>()[i] = at < 0 ? default_int64 : at;
      }
      return {};
    }
    for (i64 i = 0; i < x.size(); ++i) {
      const i64 at = x.as<i64>()[i];
      const bool there = at >= 0 && at < static_cast<i64>(classes_strings.size());
      c.output(0).as<std::string>()[i] = there ? classes_strings[static_cast<std::size_t>(at)] : default_string;
    }
    return {};
  }

 private:
  using lists_of = std::array<any_view, 4>;
  lists_of keys_all() const { return {look_at(keys_floats), look_at(keys_int64s), look_at(keys_strings), keys_tensor.look()}; }
  lists_of values_all() const { return {look_at(values_floats), look_at(values_int64s), look_at(values_strings), values_tensor.look()}; }
  static i64 lists(const lists_of& all) { return std::ranges::count_if(all, [](const any_view& v) { return v && v.size() > 0; }); }
  /// The one that is given, or nothing.
  static any_view only(const lists_of& all) {
    if (lists(all) != 1) return {};
    return *std::ranges::find_if(all, [](const any_view& v) { return v && v.size() > 0; });
  }
  any_view keys() const { return only(keys_all()); }
  any_view values() const { return only(values_all()); }
  any_view searched() const { return classes_strings.empty() ? keys() : look_at(classes_strings); }
  i64 keys_size() const {
    const any_view k = searched();
    return k ? k.size() : 0;
  }
  status run_map(run_context& c) const {
    const any_view v = values();
    std::byte number[8];
    any_view otherwise(v.type, {}, number);
    if (default_tensor) otherwise = any_view(v.type, {}, default_tensor.data());
    else if (v.type == dtype::string) otherwise = any_view(v.type, {}, reinterpret_cast<const std::byte*>(&default_string));
    else if (dtypes::floating.has(v.type)) kernels::cast(dtype::f32, &default_float, v.type, number, 1);
    else kernels::cast(dtype::i64, &default_int64, v.type, number, 1);
    return map_elements(c, keys(), v, otherwise);
  }
};

/// A 1 where the category of an element is, in zeros.
struct OneHotEncoder {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = feature_types | dtype_set{dtype::string};
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};
  static constexpr u32 packs = 0;

  ints cats_int64s{};
  strings cats_strings{};
  bool zeros = true;

  status validate() const {
    if (cats_int64s.empty() != cats_strings.empty()) return {};
    return fail(code::invalid, {cats_int64s.size(), " int64 and ", cats_strings.size(), " string categories where one kind is expected"});
  }
  status infer(infer_context& c) const {
    if ((c.type(0) == dtype::string) == cats_strings.empty()) return c.invalid({"X is ", name(c.type(0)), ", and categories are ", name(categories().type)});
    shape y = c.dims(0);
    if (status s = check_rank(i64{y.rank()} + 1); !s.has_value()) return s;
    y.push_back(categories().size());
    return c.output(0, dtype::f32, y);
  }
  i64 packed_bytes(std::span<const known>) const { return sorted_keys::bytes(categories().size()); }
  void pack(std::span<const any_view>, std::byte* out) const { sorted_keys(categories(), reinterpret_cast<i32*>(out)).sort(); }
  i64 scratch(std::span<const known>, bool packed) const { return packed ? 0 : sorted_keys::bytes(categories().size()); }
  status run(run_context& c) const {
    const any_view &x = c.input(0);
    const sorted_keys sorted = keys_for(categories(), c);
    float* const y = c.output(0).as<float>();
    std::fill_n(y, c.output(0).size(), 0.0f);
    for (i64 i = 0; i < x.size(); ++i) {
      i64 whole = 0;
      if (x.type != dtype::string) kernels::cast(x.type, x.bytes + i * size_of(x.type), dtype::i64, &whole, 1);
      const i64 at = x.type == dtype::string ? sorted.find(x, i) : sorted.find({dtype::i64, {}, reinterpret_cast<const std::byte*>(&whole)}, 0);
      if (at >= 0) y[i * categories().size() + at] = 1;
      else if (!zeros) return fail(code::invalid, {"element ", i, " of X is of no category"});
    }
    return {};
  }

 private:
  any_view categories() const { return cats_strings.empty() ? look_at(cats_int64s) : look_at(cats_strings); }
};

using ml_encoders = list<CategoryMapper, LabelEncoder, OneHotEncoder>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
