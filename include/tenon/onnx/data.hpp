// TensorProto, SequenceProto, OptionalProto and MapProto to values: what the inputs and outputs of a model are in
// files of their own (onnx-data.proto). Which of them a file is only the model knows.
#pragma once

#include "../core/container.hpp"
#include "tensor.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// The value of this type in a message; a tensor may be of any dtype where the type is `none`. False where reading
/// ends; where something is wrong with the value, a fault that begins with `whose` is added and `out` stays empty.
[[gnu::noinline]] inline bool read_value(byte_span bytes, dtype type, import_state& in, std::string_view whose, any_tensor& out);

namespace detail {

inline bool read_tensor(byte_span bytes, dtype type, import_state& in, std::string_view whose, any_tensor& out) {
  tensor_proto t;
  constant_data c;
  if (!t.read(bytes, in) || !decode(t, in, whose, c)) return false;
  if (!c.view) return true;
  if (type != dtype::none && c.view.type != type) {
    in.found.add(code::invalid, {whose, ": it is ", name(c.view.type), " where ", name(type), " is expected"});
    return true;
  }
  if (!c.owned) {
    if (!in.make(c.owned, c.view.type, c.view.dims, whose)) return false;
    std::memcpy(c.owned.data(), c.view.bytes, static_cast<std::size_t>(c.view.byte_size()));
  }
  out = std::move(c.owned);
  return true;
}

/// The elements of a sequence or an optional: both messages have them in the same fields.
inline bool read_elements(byte_span bytes, dtype type, import_state& in, std::string_view whose, any_tensor& out) {
  const dtype each = contained(type, 0);
  const std::uint32_t field = !is_container(each) ? 3 : form_of(each) == form::sequence ? 5 : 6;
  i64 n = 0;
  wire_reader r(bytes);
  while (r.next()) n += r.key() == bytes_key(field);
  const bool list = form_of(type) != form::optional && form_of(type) != form::optional_sequence;
  if (!list) n = std::min<i64>(n, 1);  // of several the last one counts
  any_tensor made;
  if (!in.sound(r, whose) || !in.take(n, shared_value::overhead()) || !in.make(made, type, shape{n}, whose)) return false;
  i64 i = 0;
  for (r = wire_reader(bytes); r.next(bytes_key(field)); ++i) {
    any_tensor one;
    if (!read_value(r.payload(), each, in, join({"element ", i, " of ", whose}), one)) return false;
    if (!one) return true;
    auto shared = shared_value::make(std::move(one), in.from);
    if (!shared.has_value()) return in.end(shared.error());
    made.as<shared_value>()[list ? i : 0] = std::move(*shared);
  }
  out = std::move(made);
  return true;
}

/// A map: its values are a sequence of tensors of one element.
inline bool read_map(byte_span bytes, dtype type, import_state& in, std::string_view whose, any_tensor& out) {
  const bool text = contained(type, 0) == dtype::string;
  byte_span values;
  wire_reader r(bytes);
  while (r.next())
    if (r.key() == bytes_key(5)) values = r.payload();
  if (!in.sound(r, whose)) return false;
  const i64 n = text ? count_texts(bytes, 4) : wire_scalars::count(bytes, 3, wire_type::varint);
  any_tensor parts[2], list;
  if (!in.make(parts[0], contained(type, 0), shape{n}, whose) || !in.make(parts[1], contained(type, 1), shape{n}, whose)) return false;
  if (text ? !copy_texts(bytes, 4, parts[0].as<std::string>(), in)
           : !copy_scalars(bytes, {{}, 3, wire_type::varint, 8, 1}, false, parts[0].data(), parts[0].data() + 8 * n, in))
    return false;
  if (!read_elements(values, in_form(form::sequence, contained(type, 1)), in, whose, list)) return false;
  if (!list) return true;
  bool fits = list.size() == n;
  for (i64 i = 0; fits && i < n; ++i) {
    const any_view v = item(list, i);
    fits = v.size() == 1;
    if (fits && v.type == dtype::string) parts[1].as<std::string>()[i] = *v.as<std::string>();
    else if (fits) std::memcpy(parts[1].data() + i * size_of(v.type), v.bytes, static_cast<std::size_t>(size_of(v.type)));
  }
  if (!fits) {
    in.found.add(code::invalid, {whose, ": it has ", n, " keys, and its values are not as many numbers or texts"});
    return true;
  }
  auto made = try_contain(type, parts, in.from);
  if (!made.has_value()) return in.end(made.error());
  out = std::move(*made);
  return true;
}

}  // namespace detail

inline bool read_value(byte_span bytes, dtype type, import_state& in, std::string_view whose, any_tensor& out) {
  switch (form_of(type)) {
    case form::tensor: return detail::read_tensor(bytes, type, in, whose, out);
    case form::integer_map: case form::text_map: return detail::read_map(bytes, type, in, whose, out);
    default: return detail::read_elements(bytes, type, in, whose, out);
  }
}

}  // namespace tenon
TENON_COLD_END
