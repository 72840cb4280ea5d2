// The engine's limit for a * b + c: the most that a kernel of multiply-adds in registers can reach
// in this process. Sums whose chains hold only the add, a few factors that stay, a few that are
// loaded in each round. (Factors that only rotate among registers will not do: an engine that
// unrolls the loop then finds each product four times and computes it once.) Where multiply and add
// are one instruction, also sums that are themselves a factor: what Cranelift needs no copies for.
#pragma once

#include <algorithm>
#include <tenon/simd/vec.hpp>

namespace bench {

namespace simd = tenon::simd;

/// Kept * Loaded multiply-adds for every `Loaded` registers read from [from, end).
template <class T, int Kept, int Loaded>
[[gnu::noinline]] void multiply_add_loop(const T* from, const T* end, T* values) {
  constexpr int lanes = 16 / sizeof(T);
  using V = simd::vec<T, lanes>;
  V kept[Kept], sum[Kept * Loaded];
  for (int i = 0; i < Kept; ++i) kept[i] = V::load(values + i * lanes);
  for (int i = 0; i < Kept * Loaded; ++i) sum[i] = kept[i % Kept];
  do {
    simd::opaque(from);
    [&]<int... J>(std::integer_sequence<int, J...>) {
      const V loaded[Loaded] = {V::load(from + J * lanes)...};
      for (int i = 0; i < Kept; ++i)
        ((sum[i * Loaded + J] = mul_add(kept[i], loaded[J], sum[i * Loaded + J])), ...);
    }(std::make_integer_sequence<int, Loaded>{});
    from += lanes * Loaded;
  } while (from != end);
  for (int i = 1; i < Kept * Loaded; ++i) sum[0] = sum[0] + sum[i];
  sum[0].store(values);
}

/// 12 multiply-adds per register read, each sum a factor.
template <class T>
[[gnu::noinline]] void multiply_add_chains(const T* from, const T* end, T* values) {
  constexpr int lanes = 16 / sizeof(T);
  using V = simd::vec<T, lanes>;
  const V x = V::load(values), y = V::load(values + lanes);
  V sum[12];
  for (int i = 0; i < 12; ++i) sum[i] = V::load(values + i % 8 * lanes);
  do {
    for (int i = 0; i < 12; ++i) sum[i] = mul_add(sum[i], x, y);
    from += lanes;
  } while (from != end);
  for (int i = 1; i < 12; ++i) sum[0] = sum[0] + sum[i];
  sum[0].store(values);
}

/// Times the limit: `seconds` is a clock. Multiply-adds of one element per second, best of
/// the shapes (which one keeps its registers depends on the engine), in some 0.1 ms.
template <class T, class Clock>
double multiply_add_limit(Clock seconds) {
  constexpr int lanes = 16 / sizeof(T), size = 252 * lanes, rounds = 50;
  static T input[size], values[8 * lanes];
  std::fill(std::begin(input), std::end(input), T(0));
  std::fill(std::begin(values), std::end(values), T(0));
  const auto rate = [&](auto loop, double work) {
    double best = 1e9;
    for (int trial = 0; trial < 4; ++trial) {
      const double start = seconds();
      for (int i = 0; i < rounds; ++i) loop(input, input + size, values);
      best = std::min(best, seconds() - start);
    }
    return rounds * size * work / best;
  };
  double best =
      std::max(rate(&multiply_add_loop<T, 4, 2>, 4), rate(&multiply_add_loop<T, 3, 3>, 3));
  if constexpr (simd::arch::relaxed) best = std::max(best, rate(&multiply_add_chains<T>, 12));
  return best;
}

}  // namespace bench
