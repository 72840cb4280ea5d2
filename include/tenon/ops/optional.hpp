// Optional values: a tensor or a sequence that may be missing.
#pragma once

#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// The input as something optional, or nothing of the type that `type` says.
struct Optional {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::any;
  static constexpr auto inputs = "input?:T", outputs = "output:O";

  value_type type{};

  status produce(produce_context& c) const {
    const dtype of = c.has(0) ? c.input(0).type : type.of;
    if (of == dtype::none) return c.invalid({"there is neither an input nor a type"});
    if (type.of != dtype::none && type.of != of) return c.invalid({"the input is ", full_name(of), " where ", full_name(type.of), " is expected"});
    if (form_of(of) != form::tensor && form_of(of) != form::sequence) return c.invalid({full_name(of), " cannot be optional"});
    const form f = is_container(of) ? form::optional_sequence : form::optional;
    if (status s = make(c, in_form(f, element_of(of)), {c.has(0)}, c.output(0)); !s.has_value()) return s;
    return c.has(0) ? put(c, c.input(0), *c.output(0).as<shared_value>()) : status();
  }
};

namespace optionals_of {
inline bool is_optional(const any_view& v) { return form_of(v.type) == form::optional || form_of(v.type) == form::optional_sequence; }
}  // namespace optionals_of

/// What is in an optional value; an error where nothing is. Others are what they are.
struct OptionalGetElement {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::any;
  static constexpr auto inputs = "input:T", outputs = "output:V";

  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    if (!optionals_of::is_optional(x)) return keep(c, x, c.output(0));
    if (x.size() == 0) return c.invalid({"the input, ", full_name(x.type), ", has no element"});
    return keep(c, item(x, 0), c.output(0));
  }
};

/// Whether an optional value is there; one that is not optional is, one that is left out is not.
struct OptionalHasElement {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::any;
  static constexpr auto inputs = "input?:T", outputs = "output:B";

  status produce(produce_context& c) const {
    if (status s = make(c, dtype::boolean, {}, c.output(0)); !s.has_value()) return s;
    *c.output(0).as<bool>() = c.has(0) && !(optionals_of::is_optional(c.input(0)) && c.input(0).size() == 0);
    return {};
  }
};

using optionals = list<Optional, OptionalGetElement, OptionalHasElement>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
