// A row of a benchmark that is measured against the engine's limit: kernel and limit in turns, in
// the same process, so that a change of the clock meets both.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <vector>

#include "bench/limit.hpp"

namespace bench {

inline double seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Times `run`, which does `work` multiply-adds of T. Counters: milliseconds (minimum and median),
/// GFLOP/s of the minimum, and the ratio to the limit: the median of the turns, and best to best.
template <class T, class F>
void measure(benchmark::State& state, double work, F run) {
  // A turn lasts about as long as measuring the limit does.
  const int repeats = static_cast<int>(std::clamp(2e6 / work, 1.0, 1e5));
  std::vector<double> times, limits, ratios;
  for (auto _ : state) {
    const double before = multiply_add_limit<T>(&seconds);
    const double start = seconds();
    for (int i = 0; i < repeats; ++i) run();
    const double time = (seconds() - start) / repeats;
    state.SetIterationTime(time * repeats);
    const double limit = (before + multiply_add_limit<T>(&seconds)) / 2;
    times.push_back(time);
    limits.push_back(limit);
    ratios.push_back(work / time / limit);
  }
  if (times.empty()) return;
  const auto median = [](std::vector<double>& v) {
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  const double fastest = *std::min_element(times.begin(), times.end());
  state.counters["min_ms"] = fastest * 1e3;
  state.counters["median_ms"] = median(times) * 1e3;
  state.counters["GFLOP/s"] = 2e-9 * work / fastest;
  state.counters["limit_ratio"] = median(ratios);
  state.counters["limit_ratio_best"] =
      work / fastest / *std::max_element(limits.begin(), limits.end());
}

}  // namespace bench
