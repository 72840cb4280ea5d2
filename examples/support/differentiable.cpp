// All operators, and Gradient, which has them differentiated.
#include <tenon/autodiff/gradient.hpp>
#include <tenon/ops/all.hpp>

#include "operators.hpp"

tenon::op_list all_operators() { return tenon::differentiable<tenon::ops::all>(); }
