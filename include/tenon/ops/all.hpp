// Every operator: the list that loaders, tests and tables walk.
#pragma once

#include "activation.hpp"
#include "arithmetic.hpp"
#include "attention.hpp"
#include "cast.hpp"
#include "compare.hpp"
#include "control.hpp"
#include "conv.hpp"
#include "cumulative.hpp"
#include "einsum.hpp"
#include "integer_product.hpp"
#include "loss.hpp"
#include "matmul.hpp"
#include "move.hpp"
#include "pool.hpp"
#include "quantize.hpp"
#include "recurrent.hpp"
#include "reduce.hpp"
#include "search.hpp"
#include "shape.hpp"
#include "softmax.hpp"
#include "taper.hpp"

namespace tenon::inline TENON_BUILD::ops {

using all = join_t<activation, arithmetic, conversion, comparison, control, conv, matmul, moving, pool, reduce,
                   shaping, probability, attention, cumulative, einsum, integer_products, losses, norms, quantization,
                   recurrent, search, tapers>;

}  // namespace tenon
