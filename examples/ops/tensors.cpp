#include "tensors.hpp"

#include <tenon/kernels/storage.hpp>

#include "types.hpp"

namespace {

using tenon::any_tensor, tenon::any_view, tenon::dtype, tenon::i64, tenon::json, tenon::result, tenon::shape, tenon::status;
namespace dtypes = tenon::dtypes;

/// Of input-data in the seed's typed forms: the name behind which the elements are, and what they are.
struct typed {
  dtype type;
  const json* data;
};
result<typed> read_typed(const json& from) {
  constexpr std::string_view array = "Array";
  const json::object& o = *from.members();
  if (o.size() != 1) return from.wrong({"input-data with a type is one member, as in {\"FP32Array\": [1, 2]}"});
  const std::string_view key = o[0].key;
  if (key == "Boolean" || key == "Numeric") return typed{key == "Boolean" ? dtype::boolean : dtype::i64, &o[0].value};
  if (key.ends_with(array))
    if (const auto d = find_type(key.substr(0, key.size() - array.size()))) return typed{*d, &o[0].value};
  return tenon::fail(tenon::code::invalid,
                     {o[0].at.text(), ": there is no form ", tenon::in_quotes(key),
                      " of input-data; there are Boolean, Numeric, FP32Array, INT32Array, INT8Array and so on"});
}

/// The dimensions that nested lists have, by their first entries.
shape nested_dims(const json& from) {
  shape dims;
  for (const json* v = &from; v->items() != nullptr && shape::fits(dims.size() + 1);) {
    dims.push_back(static_cast<i64>(v->items()->size()));
    if (v->items()->empty()) break;
    v = &v->items()->front();
  }
  return dims;
}

status flatten(const json& from, const shape& dims, int axis, std::vector<const json*>& to) {
  const auto* items = from.items();
  if (axis == dims.rank()) {
    if (items != nullptr) return from.wrong({"a list stands where its neighbours are single values"});
    to.push_back(&from);
    return {};
  }
  if (items == nullptr) return from.wrong({"a list of ", dims[axis], " values is expected, not ", from.kind()});
  if (static_cast<i64>(items->size()) != dims[axis])
    return from.wrong({"a list of ", items->size(), " stands beside lists of ", dims[axis]});
  for (const json& i : *items)
    if (status s = flatten(i, dims, axis + 1, to); !s.has_value()) return s;
  return {};
}

result<shape> read_shape(const json& from) {
  if (from.items() == nullptr) return from.wrong({"shape is a list of whole numbers, not ", from.kind()});
  shape dims;
  for (const json& d : *from.items()) {
    const auto n = d.integer();
    if (!n || *n < 0) return d.wrong({"a dimension is a whole number from 0 on"});
    if (!shape::fits(dims.size() + 1)) return d.wrong({"more than ", tenon::max_rank, " dimensions"});
    dims.push_back(*n);
  }
  return dims;
}

/// The least and the greatest of an integer type.
std::pair<i64, tenon::u64> range_of(dtype d) {
  const bool minus = (dtypes::signed_integers | tenon::dtype_set{dtype::i4, dtype::i2}).has(d);
  const tenon::u64 most = UINT64_MAX >> (64 - tenon::wire_bits(d) + minus);
  return {minus ? ~static_cast<i64>(most) : 0, most};
}

status read_number(const json& from, dtype d, std::byte* to) {
  static constexpr tenon::dtype_set small =
      dtypes::float8 | dtypes::float6 | tenon::dtype_set{dtype::f16, dtype::bf16, dtype::f4e2m1, dtype::f8e8m0};
  auto x = from.number();
  if (const std::string* s = from.text()) {  // as protocol buffers say in JSON what it has no numbers for
    if (*s == "NaN") x = __builtin_nan("");
    if (*s == "Infinity") x = __builtin_inf();
    if (*s == "-Infinity") x = -__builtin_inf();
  }
  if (!x) return from.wrong({"a number is expected for ", type_name(d), ", not ", from.kind()});
  double kept = *x;
  if (d == dtype::f64) std::memcpy(to, &kept, sizeof kept);
  if (d == dtype::f32) {
    const auto narrow = static_cast<float>(kept);
    std::memcpy(to, &narrow, sizeof narrow);
    kept = static_cast<double>(narrow);
  }
  tenon::visit<small>(d, [&]<class T>() {
    const T narrow(kept);
    std::memcpy(to, &narrow, sizeof narrow);
    kept = static_cast<double>(static_cast<float>(narrow));
  });
  if (from.text() == nullptr && !(kept - kept == 0)) return from.wrong({tenon::json_number(*x), " is outside ", type_name(d)});
  return {};
}

status read_element(const json& from, dtype d, std::byte* to) {
  if (d == dtype::string) {
    if (from.text() == nullptr) return from.wrong({"a text is expected for STRING, not ", from.kind()});
    *reinterpret_cast<std::string*>(to) = *from.text();
    return {};
  }
  if (d == dtype::boolean) {
    const auto n = from.integer();
    if (from.boolean() == nullptr && n != 0 && n != 1) return from.wrong({"true, false, 0 or 1 is expected for BOOL"});
    const bool b = from.boolean() != nullptr ? *from.boolean() : n == 1;
    std::memcpy(to, &b, 1);
    return {};
  }
  if (!(dtypes::integers | dtypes::tiny_integers).has(d)) return read_number(from, d, to);
  const auto n = from.integer();
  const auto natural = from.natural();
  const auto x = from.number();
  const auto [least, most] = range_of(d);
  if (!x) return from.wrong({"a whole number is expected for ", type_name(d), ", not ", from.kind()});
  if (natural ? *natural > most : n ? *n < least : *x < static_cast<double>(least) || *x > static_cast<double>(most) || *x >= 0x1p64)
    return from.wrong({tenon::write_json(from), " is outside ", type_name(d), ", which holds ", least, " to ", most});
  if (!n && !natural) return from.wrong({"a whole number is expected for ", type_name(d), ", not ", tenon::write_json(from)});
  const tenon::u64 bits = natural ? *natural : static_cast<tenon::u64>(*n);
  std::memcpy(to, &bits, static_cast<std::size_t>(tenon::size_of(d)));
  return {};
}

// ---- As text ----

template <class T>
T load(const std::byte* at) {
  T x;
  std::memcpy(&x, at, sizeof x);
  return x;
}

std::string real(double x, tenon::binary_format f) {
  if (x != x) return "\"NaN\"";
  if (!(x - x == 0)) return x < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  return tenon::json_number(x, f);
}

void print_head(std::string_view name, dtype type) {
  std::fputs("{\n", stdout);
  if (!name.empty()) std::fputs(tenon::join({"  \"name\": ", tenon::json_text(name), ",\n"}).c_str(), stdout);
  std::fputs(tenon::join({"  \"input-data\": {\n    \"", type_name(type), "Array\": ["}).c_str(), stdout);
}
void print_foot(const shape& dims) {
  std::string text = "]\n  },\n  \"shape\": [";
  for (int i = 0; i < dims.rank(); ++i) text += tenon::join({i == 0 ? "" : ", ", dims[i]});
  std::fputs((text += tenon::join({"],\n  \"dim-size\": ", dims.rank(), "\n}"})).c_str(), stdout);
}

}  // namespace

result<any_tensor> read_tensor(const json& from, dtype type, tenon::memory* memory) {
  if (from.is_null()) return any_tensor();
  const json *data = &from, *stated = nullptr;
  if (const json::object* o = from.members()) {
    static constexpr std::string_view keys[] = {"input-data", "shape", "dim-size", "data-type", "name"};
    for (const json::member& m : *o)
      if (std::ranges::find(keys, m.key) == std::end(keys))
        return tenon::fail(tenon::code::invalid, {m.at.text(), ": unknown key ", tenon::in_quotes(m.key),
                                                  nearest(m.key, keys, "a tensor has input-data, shape, dim-size and data-type")});
    data = from.find("input-data");
    stated = from.find("shape");
    if (data == nullptr) return from.wrong({"input-data is missing"});
    if (const json* t = from.find("data-type")) {
      if (t->text() == nullptr) return t->wrong({"data-type is a text, not ", t->kind()});
      const auto d = type_of(*t->text());
      if (!d.has_value()) return t->wrong({d.error().message});
      type = *d;
    }
    if (data->members() != nullptr) {
      const auto t = read_typed(*data);
      if (!t.has_value()) return std::unexpected(t.error());
      type = (*t).type, data = (*t).data;
    }
  }
  if (type == dtype::c64 || type == dtype::c128) return data->wrong({"complex numbers cannot be given"});
  shape dims = nested_dims(*data);
  std::vector<const json*> elements;
  if (status s = flatten(*data, dims, 0, elements); !s.has_value()) return std::unexpected(s.error());
  if (stated != nullptr) {
    const auto d = read_shape(*stated);
    if (!d.has_value()) return std::unexpected(d.error());
    const std::size_t given = elements.size();
    if (const auto n = tenon::checked_count((*d).span()); n != static_cast<i64>(given))
      return stated->wrong({"shape ", *d, " takes ", n ? tenon::join({*n}) : "more than 2^63", n == 1 ? " value" : " values",
                            ", and ", given, given == 1 ? " is given" : " are given"});
    dims = *d;
  }
  if (const json* rank = from.find("dim-size"); rank != nullptr && rank->integer() != dims.rank())
    return rank->wrong({"dim-size is ", tenon::write_json(*rank), ", but shape ", dims, " has ", dims.rank(),
                        dims.rank() == 1 ? " dimension" : " dimensions"});
  auto made = any_tensor::try_make(type, dims, memory);
  if (!made.has_value()) return made;
  std::byte* to = (*made).data();
  for (const json* e : elements) {
    if (status s = read_element(*e, type, to); !s.has_value()) return std::unexpected(s.error());
    to += tenon::size_of(type);
  }
  return made;
}

std::string element_text(const any_view& v, i64 i) {
  const std::byte* at = v.bytes + i * tenon::size_of(v.type);
  const dtype compute = tenon::compute_dtype(v.type);
  const auto single = [](const std::byte* p) { return real(static_cast<double>(load<float>(p)), tenon::binary32); };
  const auto twice = [](const std::byte* p) { return real(load<double>(p), tenon::binary64); };
  std::byte wide[8];
  if (compute != v.type && v.type != dtype::boolean) tenon::kernels::load_elements(v.type, at, wide, 1), at = wide;
  switch (v.type == dtype::boolean ? v.type : compute) {
    case dtype::string: return tenon::json_text(v.as<std::string>()[i]);
    case dtype::boolean: return std::to_integer<int>(*at) != 0 ? "true" : "false";
    case dtype::c64: return "[" + single(at) + ", " + single(at + 4) + "]";
    case dtype::c128: return "[" + twice(at) + ", " + twice(at + 8) + "]";
    case dtype::f32: return single(at);
    case dtype::f64: return twice(at);
    case dtype::i32: return tenon::join({load<tenon::i32>(at)});
    case dtype::u32: return tenon::join({load<tenon::u32>(at)});
    case dtype::i64: return tenon::join({load<i64>(at)});
    default: return tenon::join({load<tenon::u64>(at)});
  }
}

void print_tensor(const any_view& v, std::string_view name) {
  print_head(name, v.type);
  // A short list is one line; else each row has its own, or more.
  const i64 n = v.size(), row = v.rank() == 0 || n == 0 ? 1 : v.dims[v.rank() - 1];
  constexpr std::size_t width = 96;
  constexpr char line[] = "\n      ";
  const bool lines = n > row || n > 64;
  std::size_t column = 0;
  for (i64 i = 0; i < n; ++i) {
    const std::string s = element_text(v, i);
    if (i != 0) std::fputs(",", stdout);
    column += s.size() + 2;
    if (lines && (i % row == 0 || column > width)) std::fputs(line, stdout), column = s.size();
    else if (i != 0) std::fputs(" ", stdout);
    std::fputs(s.c_str(), stdout);
  }
  if (lines) std::fputs("\n    ", stdout);
  print_foot(v.dims);
}

void print_list(dtype type, std::span<const std::string> elements) {
  print_head({}, type);
  for (const std::string& s : elements) std::fputs(((&s == elements.data() ? "" : ", ") + s).c_str(), stdout);
  print_foot({static_cast<i64>(elements.size())});
  std::puts("");
}
