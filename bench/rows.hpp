// Rows of a benchmark. What multiplies is measured against the engine's limit: kernel and limit in
// turns, in the same process, so that a change of the clock meets both. What moves memory has bytes.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/limit.hpp"

namespace bench {

inline double seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

inline double median(std::vector<double>& v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// Adds a row that calls f(state), timed by `measure` or `measure_bytes`.
template <class F>
void add_row(const std::string& name, F f) {
  benchmark::RegisterBenchmark(name.c_str(), f)->UseManualTime()->Unit(benchmark::kMillisecond);
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
  const double fastest = *std::min_element(times.begin(), times.end());
  state.counters["min_ms"] = fastest * 1e3;
  state.counters["median_ms"] = median(times) * 1e3;
  state.counters["GFLOP/s"] = 2e-9 * work / fastest;
  state.counters["limit_ratio"] = median(ratios);
  state.counters["limit_ratio_best"] =
      work / fastest / *std::max_element(limits.begin(), limits.end());
}

/// Times `run`, which reads and writes so many bytes. Counters: milliseconds and GB/s of the minimum.
template <class F>
void measure_bytes(benchmark::State& state, double bytes, F run) {
  const int repeats = static_cast<int>(std::clamp(4e6 / bytes, 1.0, 1e4));
  std::vector<double> times;
  for (auto _ : state) {
    const double start = seconds();
    for (int i = 0; i < repeats; ++i) run();
    times.push_back((seconds() - start) / repeats);
    state.SetIterationTime(times.back() * repeats);
  }
  if (times.empty()) return;
  const double fastest = *std::min_element(times.begin(), times.end());
  state.counters["min_ms"] = fastest * 1e3;
  state.counters["median_ms"] = median(times) * 1e3;
  state.counters["GB/s"] = 1e-9 * bytes / fastest;
}

/// Runs the rows that the command line chooses.
inline int run_rows(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace bench
