// The operators that this program runs: all that take tensors and give tensors.
#pragma once

#include <tenon/ops/contract.hpp>

/// The operator of this name in any case, or an error that names those that are meant perhaps.
tenon::result<const tenon::op_info*> find_operator(std::string_view name);

/// A line for each operator.
std::string list_operators();

/// All that there is to say of one: inputs and outputs with their types, attributes with their defaults.
std::string describe(const tenon::op_info& info);
