// Every operator's row, compiled once for a test program instead of once per test file.
#pragma once

#include "tenon/ops/contract.hpp"

namespace tests {

tenon::op_list all_operators();

}  // namespace tests
