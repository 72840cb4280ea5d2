// Every operator: the list that loaders, tests and tables walk.
#pragma once

#include "activation.hpp"
#include "arithmetic.hpp"
#include "cast.hpp"
#include "compare.hpp"
#include "control.hpp"
#include "conv.hpp"
#include "matmul.hpp"
#include "move.hpp"
#include "pool.hpp"
#include "reduce.hpp"
#include "shape.hpp"
#include "softmax.hpp"

namespace tenon::inline TENON_BUILD::ops {

using all = join_t<activation, arithmetic, conversion, comparison, control, conv, matmul, moving, pool, reduce, shaping, probability>;

}  // namespace tenon
