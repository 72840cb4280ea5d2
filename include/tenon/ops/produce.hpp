// What operators share that make their outputs themselves: copies that are kept, elements of sequences, tensors put
// behind each other. All of it is counted against the limit of the run.
#pragma once

#include "../core/container.hpp"
#include "elements.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// Room for an output.
[[gnu::noinline]] inline status make(produce_context& c, dtype type, const shape& dims, any_tensor& to) {
  auto t = c.make(type, dims);
  if (!t.has_value()) return std::unexpected(t.error());
  to = std::move(*t);
  return {};
}
/// A copy of a value that will not hold, such as a body's output, which does not survive the body's next run.
[[gnu::noinline]] inline status keep(produce_context& c, const any_view& v, any_tensor& to) {
  c.drop(std::move(to));
  auto t = c.keep(v);
  if (!t.has_value()) return std::unexpected(t.error());
  to = std::move(*t);
  return {};
}
/// A value whose elements lie one after the other: itself, or a copy, which is `own` then.
[[gnu::noinline]] inline result<any_view> dense(produce_context& c, const any_view& v, any_tensor& own) {
  if (!v || v.contiguous()) return v;
  if (status s = keep(c, v, own); !s.has_value()) return std::unexpected(s.error());
  return own.look();
}
/// The value as an element of others.
[[gnu::noinline]] inline status share(produce_context& c, any_tensor&& v, shared_value& to) {
  auto s = c.share(std::move(v));
  if (!s.has_value()) return std::unexpected(s.error());
  to = std::move(*s);
  return {};
}
/// A copy of it as an element.
[[gnu::noinline]] inline status put(produce_context& c, const any_view& v, shared_value& to) {
  any_tensor copy;
  if (status s = keep(c, v, copy); !s.has_value()) return s;
  return share(c, std::move(copy), to);
}

/// Tensors of one dtype behind each other, along an axis of theirs or along a new one.
[[gnu::noinline]] inline status concatenate(produce_context& c, std::span<const any_view> parts, i64 axis, bool new_axis, any_tensor& to) {
  const any_view& first = parts[0];
  if (is_container(first.type)) return c.invalid({full_name(first.type), " cannot be put into a tensor"});
  shape whole = first.dims;
  const auto at = normalized_axis(axis, whole.rank() + (new_axis ? 1 : 0));
  if (!at || (new_axis && whole.rank() == max_rank)) return c.invalid({"axis ", axis, " is out of range for slices of ", whole});
  if (new_axis) whole.insert(*at, 0);
  for (const any_view& p : parts) {
    bool same = p.type == first.type && p.rank() == first.rank();
    for (int i = 0; same && i < p.rank(); ++i) same = p.dims[i] == first.dims[i] || (!new_axis && i == *at);
    if (!same || __builtin_add_overflow(whole[*at], new_axis ? 1 : &p == &first ? 0 : p.dims[*at], &whole[*at]))
      return c.invalid({"slices of one output differ: ", full_name(first.type), " ", first.dims, " and ", full_name(p.type), " ", p.dims});
  }
  if (status s = make(c, first.type, whole, to); !s.has_value()) return s;
  mutable_any_view place = to.edit();
  const i64 step = place.strides[*at] * size_of(place.type);
  if (new_axis) place.strides.erase(*at);
  for (const any_view& p : parts) {
    place.dims = p.dims;
    copy_elements(p, place);
    place.bytes += step * (new_axis ? 1 : p.dims[*at]);
  }
  return {};
}

}  // namespace tenon
TENON_COLD_END
