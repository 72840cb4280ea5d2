// Inputs as the command line speaks of them: dimensions have names, and --set gives them sizes.
#pragma once

#include <tenon/graph/model.hpp>

#include "options.hpp"

/// The name of a dimension whose size the file leaves open: the file's, or INPUT.AXIS; else "".
std::string name_of(const tenon::model& m, int input, int axis);

/// "float32 [batch,3,x.2,x.3]".
std::string described(const tenon::model& m, int input);

/// "'x' float32 [batch,3]" of all inputs.
std::string all_inputs(const tenon::model& m);

/// An error where --set speaks of dimensions that no input has.
tenon::status check_names(const tenon::model& m, const options& o);

/// The size that --set gives to a dimension of an input, or -1.
tenon::i64 size_of(const tenon::model& m, int input, int axis, const options& o);
