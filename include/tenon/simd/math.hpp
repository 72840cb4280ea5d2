// Elementary functions on vec and on scalars, all within 2 ulp; nothing but additions, multiplications,
// divisions and bits, so strict builds give the same results everywhere. A list of includes.
#pragma once

#include "error_function.hpp"
#include "exponential.hpp"
#include "logarithm.hpp"
#include "power.hpp"
#include "trigonometric.hpp"
