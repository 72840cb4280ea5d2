// The operators of convolutional networks that tell what is on a picture, for guests that should be small: those of
// the ONNX backend suite from AlexNet to ShuffleNet, MobileNet and EfficientNet. tests/package/networks.cpp is weighed.
#pragma once

#include "activation.hpp"
#include "activation_piecewise.hpp"
#include "arithmetic.hpp"
#include "batch_normalization.hpp"
#include "conv.hpp"
#include "dropout.hpp"
#include "generate.hpp"
#include "matmul.hpp"
#include "move.hpp"
#include "normalization.hpp"
#include "pool.hpp"
#include "reduce.hpp"
#include "shape.hpp"
#include "softmax.hpp"
#include "variadic.hpp"

namespace tenon::inline TENON_BUILD::ops {

using vision = join_t<activation, list<HardSigmoid, HardSwish, Add, Sub, Mul, Div, Sum>, conv, batch_normalization, list<LRN, Dropout>, matmul, moving,
                      pool, reduce, list<Reshape, Flatten, Identity, Squeeze, Unsqueeze, ConstantOfShape, Softmax>>;

}  // namespace tenon
