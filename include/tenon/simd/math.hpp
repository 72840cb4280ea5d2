// Elementary functions on vec and on scalars, all within 2 ulp; nothing but additions, multiplications,
// divisions, square roots and bits, so strict builds give the same results everywhere. A list of includes.
#pragma once

#include "error_function.hpp"
#include "exponential.hpp"
#include "inverse_hyperbolic.hpp"
#include "inverse_trigonometric.hpp"
#include "logarithm.hpp"
#include "power.hpp"
#include "trigonometric.hpp"
