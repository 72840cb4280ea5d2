// Sequences, optionals and maps: values whose elements are values. A sequence of n tensors is an any_tensor of
// shape [n] and type "sequence of float32", its elements are handles; an optional has none or one of them, a map two:
// its keys and its values, tensors of one dimension. Whoever reads elements that are handles calls `item`.
#pragma once

#include "value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The type of element i of a sequence, an optional or a map.
constexpr dtype contained(dtype d, i64 i) {
  const dtype e = element_of(d);
  switch (form_of(d)) {
    case form::tensor: return dtype::none;
    case form::sequence: case form::optional: return e;
    case form::optional_sequence: return in_form(form::sequence, e);
    case form::integer_map: return i == 0 ? dtype::i64 : e;
    case form::text_map: return i == 0 ? dtype::string : e;
    case form::integer_maps: return in_form(form::integer_map, e);
    case form::text_maps: return in_form(form::text_map, e);
  }
  return dtype::none;
}

/// Element i, which is there.
inline any_view item(const any_view& v, i64 i) { return v.as<shared_value>()[i].look(); }

/// What is wrong with how a value is put together, however deep; nothing is wrong with tensors.
[[gnu::noinline]] inline status check_container(const any_view& v) {
  if (!is_container(v.type)) return {};
  const form f = form_of(v.type);
  const bool map = f == form::integer_map || f == form::text_map;
  const bool optional = f == form::optional || f == form::optional_sequence;
  const i64 n = v.size();
  if (v.rank() != 1 || (map && n != 2) || (optional && n > 1))
    return fail(code::invalid, {full_name(v.type), " cannot have shape ", v.dims});
  for (i64 i = 0; i < n; ++i) {
    const any_view e = item(v, i);
    if (e.type != contained(v.type, i))
      return fail(code::invalid, {"element ", i, " of ", full_name(v.type), " is ", e ? full_name(e.type) : "missing"});
    if (status s = check_container(e); !s.has_value()) return s;
  }
  if (map && (item(v, 0).rank() != 1 || item(v, 0).dims != item(v, 1).dims))
    return fail(code::invalid, {"a map has keys of shape ", item(v, 0).dims, " for values of shape ", item(v, 1).dims});
  return {};
}

/// A sequence, an optional or a map of these elements, which it takes.
[[gnu::noinline]] inline result<any_tensor> try_contain(dtype type, std::span<any_tensor> elements, memory* from = nullptr) {
  auto made = any_tensor::try_make(type, shape{static_cast<i64>(elements.size())}, from);
  if (!made.has_value() || !is_container(type)) return made;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto e = shared_value::make(std::move(elements[i]), from);
    if (!e.has_value()) return std::unexpected(e.error());
    (*made).as<shared_value>()[i] = std::move(*e);
  }
  if (status s = check_container(*made); !s.has_value()) return std::unexpected(s.error());
  return made;
}

/// The pleasant twin: {a, b} as a sequence of what a is.
inline any_tensor sequence(std::vector<any_tensor> elements) {
  const dtype e = elements.empty() ? dtype::f32 : elements[0].type();
  return value_or_raise(try_contain(in_form(form::sequence, e), elements));
}

}  // namespace tenon
TENON_COLD_END
