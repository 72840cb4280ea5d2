// Tensors in JSON, as the seed's command reads and prints them:
// {"input-data": {"FP32Array": [1.0, 2.0]}, "shape": [2], "dim-size": 1}.
#pragma once

#include <tenon/core/json.hpp>
#include <tenon/core/value.hpp>

/// The tensor of {"input-data": ..., "shape": ..., "dim-size": ...}, of a list, nested as its dimensions are, or of
/// one number. `type` is what it has unless it says so itself. Null is an empty tensor.
tenon::result<tenon::any_tensor> read_tensor(const tenon::json& from, tenon::dtype type, tenon::memory* memory);

/// Prints what read_tensor reads again, with a name if there is one.
void print_tensor(const tenon::any_view& v, std::string_view name);

/// An element as JSON has it, with the fewest digits that mean it (those of the float that it is, where it is less).
std::string element_text(const tenon::any_view& v, tenon::i64 i);

/// Prints a tensor of one dimension that has these elements, and ends the line.
void print_list(tenon::dtype type, std::span<const std::string> elements);
