// What an operator's body may call by its plain name: the lane-wise functions, which overload on
// vectors, scalars and (later) variables.
#pragma once

#include "../simd/math.hpp"
#include "eager.hpp"

namespace tenon::inline TENON_BUILD::ops {

using simd::abs;
using simd::acos;
using simd::acosh;
using simd::asin;
using simd::asinh;
using simd::atan;
using simd::atanh;
using simd::ceil;
using simd::clamp;
using simd::copysign;
using simd::cos;
using simd::cosh;
using simd::erf;
using simd::exp;
using simd::expm1;
using simd::floor;
using simd::is_nan;
using simd::log;
using simd::log1p;
using simd::max;
using simd::min;
using simd::pow;
using simd::round_even;
using simd::select;
using simd::sigmoid;
using simd::sin;
using simd::sinh;
using simd::sqrt;
using simd::tan;
using simd::tanh;
using simd::trunc;

}  // namespace tenon
