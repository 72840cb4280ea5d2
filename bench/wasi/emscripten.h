// For Google Benchmark in a guest: BENCHMARK_OS_EMSCRIPTEN selects code that asks for one clock.
#pragma once
#include <time.h>

static inline double emscripten_get_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}
