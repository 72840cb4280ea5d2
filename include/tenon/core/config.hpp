// What every header agrees on: the kind of build, strict floating point, and the house's macros.
// Translation units built with different -m flags may meet in one link, so each kind has an inline
// namespace of its own.
#pragma once

#if defined(__wasm_relaxed_simd__)
#define TENON_BUILD relaxed
#elif defined(__wasm_simd128__)
#define TENON_BUILD simd128
#elif defined(__wasm__)
#define TENON_BUILD scalar
#else
#define TENON_BUILD native
#endif

#define TENON_VERSION "0.1.0"

// For functions that take or return vectors wider than a register, and for hot one-liners.
#define TENON_INLINE [[gnu::always_inline]] inline

// Around code that runs once per node or per file: it is made small. Loops over elements live in
// kernels/, which has none of this. (10 % of a classifier's module; no difference in time.)
#define TENON_COLD_BEGIN \
  _Pragma("clang attribute push(__attribute__((minsize)), apply_to = function)")
#define TENON_COLD_END _Pragma("clang attribute pop")

// a * b + c is two roundings everywhere: the strict builds promise the same bits on every host.
// It holds to the end of the translation unit, templates instantiated in it included.
#pragma clang fp contract(off)
