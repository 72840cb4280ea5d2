// safetensors files: named tensors behind a header in JSON. The bytes are not trusted: every offset is checked
// before it is used, and the tensors must cover the data exactly, as the format wants it.
#pragma once

#include <map>

#include "file.hpp"
#include "json.hpp"
#include "value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// What a file holds: looks into its bytes, which must outlive it.
struct safetensors {
  struct entry {
    std::string name;
    dtype type = dtype::none;
    shape dims;
    std::span<const std::byte> bytes;  ///< little-endian, row-major, at no special address

    result<any_tensor> copy(memory* from = nullptr) const;
  };
  std::vector<entry> tensors;                    ///< in the order of their bytes
  std::map<std::string, std::string> metadata;

  const entry* find(std::string_view name) const {
    const auto at = std::ranges::find(tensors, name, &entry::name);
    return at == tensors.end() ? nullptr : &*at;
  }
};

namespace detail {

struct safetensors_type {
  std::string_view word;
  dtype type;
};
inline constexpr safetensors_type safetensors_types[] = {
    {"F64", dtype::f64}, {"F32", dtype::f32}, {"F16", dtype::f16}, {"BF16", dtype::bf16}, {"I64", dtype::i64},
    {"I32", dtype::i32}, {"I16", dtype::i16}, {"I8", dtype::i8},   {"U64", dtype::u64},   {"U32", dtype::u32},
    {"U16", dtype::u16}, {"U8", dtype::u8},   {"BOOL", dtype::boolean}, {"C64", dtype::c64},
    {"F8_E4M3", dtype::f8e4m3fn}, {"F8_E5M2", dtype::f8e5m2}, {"F8_E8M0", dtype::f8e8m0}};
inline constexpr std::string_view safetensors_metadata = "__metadata__";
/// The format's own bound on its header.
inline constexpr u64 safetensors_longest_header = 100'000'000;

/// One member of the header. Bytes are given as offsets into data of `size` bytes.
class safetensors_entry_reader {
 public:
  safetensors_entry_reader(const json::member& m, u64 size) : m_(m), size_(size) {}

  safetensors::entry entry;
  u64 begin = 0, end = 0;

  status read() {
    if (m_.value.members() == nullptr) return wrong(m_.value, {"is ", m_.value.kind(), ", not an object"});
    entry.name = m_.key;
    for (const json::member& part : *m_.value.members())
      if (part.key != "dtype" && part.key != "shape" && part.key != "data_offsets")
        return wrong(part.value, {"has an unknown member '", part.key, "'"});
    if (status s = type(); !s.has_value()) return s;
    if (status s = dims(); !s.has_value()) return s;
    return offsets();
  }

 private:
  std::unexpected<error> wrong(const json& at, std::initializer_list<piece> why) const {
    return at.wrong({"tensor '", m_.key, "' ", join(why)});
  }
  status type() {
    const json* v = m_.value.find("dtype");
    if (v == nullptr || v->text() == nullptr) return wrong(m_.value, {"has no text as 'dtype'"});
    const auto at = std::ranges::find(safetensors_types, std::string_view(*v->text()), &safetensors_type::word);
    if (at == std::end(safetensors_types))
      return wrong(*v, {"has dtype '", std::string_view(*v->text()).substr(0, 40), "', which is not read"});
    entry.type = at->type;
    return {};
  }
  status dims() {
    const json* v = m_.value.find("shape");
    if (v == nullptr || v->items() == nullptr) return wrong(m_.value, {"has no list as 'shape'"});
    if (!shape::fits(v->items()->size())) return wrong(*v, {"has more than ", max_rank, " dimensions"});
    for (const json& item : *v->items()) {
      const auto n = item.integer();
      if (!n || *n < 0) return wrong(item, {"has a dimension that is not a natural number"});
      entry.dims.push_back(*n);
    }
    return {};
  }
  status offsets() {
    const json* v = m_.value.find("data_offsets");
    const auto number = [&](std::size_t i) { return v->items() != nullptr && v->items()->size() == 2 ? (*v->items())[i].integer() : std::nullopt; };
    if (v == nullptr || !number(0) || !number(1)) return wrong(m_.value, {"has no list of two numbers as 'data_offsets'"});
    const i64 from = *number(0), to = *number(1);
    if (from < 0 || to < from || static_cast<u64>(to) > size_)
      return wrong(*v, {"lies from byte ", from, " to ", to, " of ", size_, " bytes"});
    const auto want = byte_count(entry.dims, size_of(entry.type));
    if (!want.has_value()) return wrong(m_.value, {": ", want.error().message});
    if (*want != to - from)
      return wrong(*v, {"of ", name(entry.type), " ", entry.dims, " takes ", *want, " bytes, not ", to - from});
    begin = static_cast<u64>(from), end = static_cast<u64>(to);
    return {};
  }

  const json::member& m_;
  u64 size_;
};

}  // namespace detail

inline result<any_tensor> safetensors::entry::copy(memory* from) const {
  auto t = any_tensor::try_make_uninitialized(type, dims, from);
  if (!t.has_value()) return wrap(t.error(), {"tensor '", name, "': "});
  if (!bytes.empty()) std::memcpy((*t).data(), bytes.data(), bytes.size());
  if (type == dtype::boolean)
    for (std::size_t i = 0; i < bytes.size(); ++i) (*t).data()[i] = std::byte{bytes[i] != std::byte{0}};
  return t;
}

/// What is in a file; nothing is copied but names.
inline result<safetensors> parse_safetensors(std::span<const std::byte> file) {
  using namespace detail;
  if (file.size() < 8) return fail(code::malformed, {"safetensors: ", file.size(), " bytes are too few for a header"});
  u64 length = 0;
  for (unsigned i = 0; i < 8; ++i) length |= std::to_integer<u64>(file[i]) << 8 * i;
  if (length > safetensors_longest_header || length > file.size() - 8)
    return fail(code::malformed, {"safetensors: a header of ", length, " bytes in a file of ", file.size()});
  const std::string_view text = as_text(file.subspan(8, static_cast<std::size_t>(length)));
  const std::span<const std::byte> data = file.subspan(8 + static_cast<std::size_t>(length));
  const auto header = try_parse_json(text);
  if (!header.has_value()) return wrap(header.error(), {"safetensors: the header: "});
  const auto in_header = [](const error& e) { return wrap(e, {"safetensors: the header: "}); };
  if ((*header).members() == nullptr) return fail(code::malformed, {"safetensors: the header is ", (*header).kind(), ", not an object"});

  safetensors all;
  std::vector<safetensors_entry_reader> entries;
  for (const json::member& m : *(*header).members()) {
    if (m.key == safetensors_metadata) {
      if (m.value.members() == nullptr) return in_header(m.value.wrong({"'", m.key, "' is ", m.value.kind(), ", not an object"}).error());
      for (const json::member& pair : *m.value.members()) {
        if (pair.value.text() == nullptr) return in_header(pair.value.wrong({"metadata '", pair.key, "' is ", pair.value.kind(), ", not a text"}).error());
        all.metadata[pair.key] = *pair.value.text();
      }
      continue;
    }
    safetensors_entry_reader& e = entries.emplace_back(m, data.size());
    if (status s = e.read(); !s.has_value()) return in_header(s.error());
  }
  std::vector<const safetensors_entry_reader*> order;
  for (const auto& e : entries) order.push_back(&e);
  std::ranges::sort(order, {}, [](const auto* e) { return std::tuple(e->begin, e->end, e); });
  u64 at = 0;
  for (const auto* e : order) {
    if (e->begin != at)
      return fail(code::malformed, {"safetensors: tensor '", e->entry.name, "' begins at byte ", e->begin, ", where ", at, " is next"});
    all.tensors.push_back(e->entry);
    all.tensors.back().bytes = data.subspan(static_cast<std::size_t>(e->begin), static_cast<std::size_t>(e->end - e->begin));
    at = e->end;
  }
  if (at != data.size())
    return fail(code::malformed, {"safetensors: ", data.size() - at, " bytes behind the last tensor belong to none"});
  return all;
}

struct named_tensor {
  std::string name;
  any_view value;  ///< its elements lie one after the other
};

/// A file with these tensors, of different names: wide elements first, so that each lies at a multiple of its size.
inline result<buffer> format_safetensors(std::span<const named_tensor> tensors, const std::map<std::string, std::string>& metadata = {},
                                         memory* from = nullptr) {
  using namespace detail;
  std::vector<const named_tensor*> order;
  for (const named_tensor& t : tensors) order.push_back(&t);
  std::ranges::sort(order, {}, [](const named_tensor* t) { return std::pair(-size_of(t->value.type), t); });
  json::object header;
  if (!metadata.empty()) {
    json::object pairs;
    for (const auto& [key, text] : metadata) pairs.push_back({key, text});
    header.push_back({std::string(safetensors_metadata), std::move(pairs)});
  }
  i64 at = 0;
  for (const named_tensor* one : order) {
    const named_tensor& t = *one;
    const auto word = std::ranges::find(safetensors_types, t.value.type, &safetensors_type::type);
    if (word == std::end(safetensors_types) || !t.value.contiguous() || t.name == safetensors_metadata)
      return fail(code::unsupported, {"safetensors: tensor '", t.name, "' of ", name(t.value.type), " cannot be written"});
    const i64 end = at + t.value.byte_size();
    json::list dims;
    for (i64 d : t.value.dims) dims.push_back(d);
    header.push_back({t.name, json::object{{"dtype", word->word}, {"shape", std::move(dims)}, {"data_offsets", json::list{at, end}}}});
    at = end;
  }
  std::string text = write_json(std::move(header));
  text.append((8 - text.size() % 8) % 8, ' ');
  auto made = buffer::make(at + 8 + static_cast<i64>(text.size()), from);
  if (!made.has_value()) return wrap(made.error(), {"safetensors: "});
  std::byte* to = (*made).data();
  for (unsigned i = 0; i < 8; ++i) *to++ = static_cast<std::byte>(static_cast<u64>(text.size()) >> 8 * i & 255);
  to = static_cast<std::byte*>(std::memcpy(to, text.data(), text.size())) + text.size();
  for (const named_tensor* t : order) {
    const auto n = static_cast<std::size_t>(t->value.byte_size());
    if (n != 0) std::memcpy(to, t->value.bytes, n);
    to += n;
  }
  return made;
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
