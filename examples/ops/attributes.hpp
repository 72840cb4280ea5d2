// The attributes of an operator, from JSON into its struct.
#pragma once

#include <tenon/core/json.hpp>
#include <tenon/ops/contract.hpp>

/// "a whole number": what an attribute takes.
std::string_view kind_of(tenon::attribute_type t);

/// Fills the operator. A name that it does not have, a value of another kind and a missing one are errors.
tenon::status set_attributes(tenon::any_op& op, const tenon::json::object& from, tenon::memory* memory);
