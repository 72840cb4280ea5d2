// Loads what tests have written, with all operators.
#pragma once

#include "operators.hpp"
#include "tenon/onnx/load.hpp"
#include "writer.hpp"

namespace tests::onnx {

inline tenon::result<tenon::model> load(const message& m) { return tenon::onnx::try_load(m.span(), all_operators()); }

}  // namespace tests::onnx
