#include "operators.hpp"

#include "tenon/ops/all.hpp"

tenon::op_list tests::all_operators() { return tenon::ops::all{}; }
