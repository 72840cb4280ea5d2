// The operators of convolutional classifiers, for guests that should be small.
#pragma once

#include "activation.hpp"
#include "arithmetic.hpp"
#include "batch_normalization.hpp"
#include "conv.hpp"
#include "matmul.hpp"
#include "move.hpp"
#include "pool.hpp"
#include "reduce.hpp"
#include "shape.hpp"
#include "softmax.hpp"

namespace tenon::inline TENON_BUILD::ops {

using vision = join_t<activation, list<Add, Sub, Mul, Div>, conv, batch_normalization, matmul, moving, pool, reduce,
                      list<Reshape, Flatten, Identity, Squeeze, Unsqueeze, Softmax>>;

}  // namespace tenon
