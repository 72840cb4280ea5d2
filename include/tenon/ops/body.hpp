// What an operator's body may call by its plain name: the lane-wise functions, which overload on
// vectors, scalars and (later) variables.
#pragma once

#include "../simd/math.hpp"
#include "eager.hpp"

namespace tenon::inline TENON_BUILD::ops {

using simd::abs;
using simd::clamp;
using simd::exp;
using simd::log;
using simd::max;
using simd::min;
using simd::select;
using simd::sigmoid;
using simd::sqrt;

}  // namespace tenon
