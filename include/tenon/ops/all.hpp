// Every operator: the list that loaders, tests and tables walk.
#pragma once

#include "activation.hpp"
#include "activation_piecewise.hpp"
#include "activation_smooth.hpp"
#include "arithmetic.hpp"
#include "attention.hpp"
#include "batch_normalization.hpp"
#include "bits.hpp"
#include "cast.hpp"
#include "compare.hpp"
#include "control.hpp"
#include "conv.hpp"
#include "conv_integer.hpp"
#include "conv_transpose.hpp"
#include "cumulative.hpp"
#include "detection.hpp"
#include "dropout.hpp"
#include "einsum.hpp"
#include "flex_attention.hpp"
#include "gather.hpp"
#include "generate.hpp"
#include "image_decoder.hpp"
#include "integer_product.hpp"
#include "legacy.hpp"
#include "linear_attention.hpp"
#include "logic.hpp"
#include "loss.hpp"
#include "math.hpp"
#include "matmul.hpp"
#include "ml_encoders.hpp"
#include "ml_features.hpp"
#include "ml_linear.hpp"
#include "ml_svm.hpp"
#include "ml_trees.hpp"
#include "microsoft_activation.hpp"
#include "microsoft_attention.hpp"
#include "microsoft_cache.hpp"
#include "microsoft_normalization.hpp"
#include "microsoft_products.hpp"
#include "microsoft_quantised.hpp"
#include "ml_map.hpp"
#include "move.hpp"
#include "ngrams.hpp"
#include "normalization.hpp"
#include "optional.hpp"
#include "other_pools.hpp"
#include "pad.hpp"
#include "pool.hpp"
#include "power.hpp"
#include "quantize.hpp"
#include "random.hpp"
#include "rearrange.hpp"
#include "recurrent.hpp"
#include "reduce.hpp"
#include "resize.hpp"
#include "row_normalization.hpp"
#include "sampling.hpp"
#include "scatter.hpp"
#include "search.hpp"
#include "select.hpp"
#include "sequence.hpp"
#include "shape.hpp"
#include "signal.hpp"
#include "slice.hpp"
#include "softmax.hpp"
#include "taper.hpp"
#include "text.hpp"
#include "training.hpp"
#include "trigonometry.hpp"
#include "variadic.hpp"

namespace tenon::inline TENON_BUILD::ops {

struct all : join_t<activation, arithmetic, conversion, comparison, control, conv, batch_normalization, matmul, moving,
                   pool, reduce, shaping, probability, attention, cumulative, einsum, integer_products, losses, norms,
                   quantization, recurrent, search, tapers, bits, legacy, logic, math, piecewise_activation, powers,
                   smooth_activation, trigonometry, variadic, transposed, dropping, normalization, row_normalization,
                   other_pools, resampling, sampling, detection, integer_convolution, gathering, generating, padding,
                   rearranging, scattering, selection, slicing, drawing, flexible_attention, linear_attention,
                   training, ngrams, signals, texts, microsoft_activation, microsoft_attention, microsoft_cache,
                   microsoft_normalization, microsoft_products, microsoft_quantised, ml_encoders, ml_features,
                   ml_linear, ml_svm, ml_trees, sequences, optionals, maps, image_decoding> {};

}  // namespace tenon
