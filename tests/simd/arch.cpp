#include "doctest.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

#include "tenon/simd/vec.hpp"

namespace {

using namespace tenon;

// What saturating truncation means, in the integers' own terms.
template <class To, class From>
To truncated(From x) {
  using limits = std::numeric_limits<To>;
  if (std::isnan(x)) return 0;
  const long double wide = std::trunc(static_cast<long double>(x));
  if (wide <= static_cast<long double>(limits::min())) return limits::min();
  if (wide >= static_cast<long double>(limits::max())) return limits::max();
  return static_cast<To>(wide);
}

template <class To, class From, int N>
void truncation() {
  using limits = std::numeric_limits<From>;
  const From values[] = {From(0),         -From(0),        From(0.99),      From(-0.99),      From(1.5),
                         From(-1.5),      From(127.9),     From(128),       From(-128.9),     From(-129),
                         From(255.5),     From(256),       From(32767.5),   From(32768),      From(-32769),
                         From(65536),     From(2147483520), From(2147483648), From(-2147483648.0), From(-2147483904.0),
                         From(4294967040), From(4294967296), From(9.2e18),  From(9223372036854775808.0),
                         From(-9223372036854775808.0), From(1.8446744073709550e19), From(1.8446744073709552e19),
                         limits::max(),   limits::lowest(), limits::infinity(), -limits::infinity(),
                         limits::quiet_NaN(), From(2147483647.5), From(-2147483648.5), From(4294967295.5), From(7)};
  constexpr int count = sizeof values / sizeof *values;
  int wrong = 0;
  for (int i = 0; i < count; ++i) {
    From in[N];
    for (int k = 0; k < N; ++k) in[k] = values[(i + k) % count];
    const auto r = simd::convert<To>(simd::vec<From, N>::load(in));
    for (int k = 0; k < N; ++k) wrong += r[k] != truncated<To>(in[k]);
    wrong += simd::convert<To>(in[0]) != truncated<To>(in[0]);
  }
  CHECK(wrong == 0);
}

template <class From, class To, int N>
void integers_to() {
  From in[N];
  int wrong = 0;
  for (int start = 0; start < 300; start += N) {
    for (int k = 0; k < N; ++k) {
      in[k] = static_cast<From>(static_cast<std::uint64_t>(start + k) * 0x9e3779b97f4a7c15 >> 7);
      if (start == 0 && k < 2) in[k] = k == 0 ? std::numeric_limits<From>::min() : std::numeric_limits<From>::max();
    }
    const auto r = simd::convert<To>(simd::vec<From, N>::load(in));
    for (int k = 0; k < N; ++k) wrong += r[k] != static_cast<To>(in[k]);
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("float to integer truncates, saturates, and takes NaN to 0", To, std::int8_t, std::uint8_t,
                   std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  truncation<To, float, 1>();
  truncation<To, float, 2>();
  truncation<To, float, 4>();
  truncation<To, float, 16>();
  truncation<To, double, 1>();
  truncation<To, double, 2>();
  truncation<To, double, 8>();
}

TEST_CASE_TEMPLATE("integers convert to floats and to each other", From, std::int8_t, std::uint8_t, std::int16_t,
                   std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  integers_to<From, float, 4>();
  integers_to<From, float, 16>();
  integers_to<From, double, 2>();
  integers_to<From, double, 8>();
  integers_to<From, std::int8_t, 16>();
  integers_to<From, std::uint16_t, 16>();
  integers_to<From, std::int32_t, 16>();
  integers_to<From, std::uint64_t, 8>();
}

template <int N>
void demotion() {
  double in[N];
  int wrong = 0;
  for (int start = 0; start < 4096; start += N) {
    for (int k = 0; k < N; ++k) {
      const auto bits = static_cast<std::uint64_t>(start + k + 1) * 0x9e3779b97f4a7c15;
      in[k] = std::ldexp(1 + static_cast<double>(bits >> 11) * 0x1p-53, static_cast<int>(bits % 320) - 170);
    }
    const auto r = simd::convert<float>(simd::vec<double, N>::load(in));
    for (int k = 0; k < N; ++k) wrong += r[k] != static_cast<float>(in[k]);
    const auto back = simd::convert<double>(r);
    for (int k = 0; k < N; ++k) wrong += back[k] != static_cast<double>(r[k]);
  }
  CHECK(wrong == 0);
}

TEST_CASE("f64 to f32 rounds to nearest even, overflows and underflows") {
  demotion<1>();
  demotion<2>();
  demotion<4>();
  demotion<16>();
}

TEST_CASE("dot adds neighbouring products, and wraps") {
  std::int16_t a[32], b[32];
  for (int i = 0; i < 32; ++i) a[i] = static_cast<std::int16_t>(i * 2049 - 32768), b[i] = static_cast<std::int16_t>(31 * i - 400);
  a[0] = a[1] = b[0] = b[1] = -32768;
  const auto r = simd::dot(simd::vec<std::int16_t, 32>::load(a), simd::vec<std::int16_t, 32>::load(b));
  int wrong = 0;
  for (int i = 0; i < 16; ++i) {
    wrong += r[i] != static_cast<std::int32_t>(std::int64_t{a[2 * i]} * b[2 * i] + std::int64_t{a[2 * i + 1]} * b[2 * i + 1]);
  }
  CHECK(wrong == 0);
  CHECK(r[0] == std::numeric_limits<std::int32_t>::min());
}

TEST_CASE("a table of bytes gives 0 past its end") {
  std::uint8_t table[16], index[64];
  for (int i = 0; i < 16; ++i) table[i] = static_cast<std::uint8_t>(i * 7 + 3);
  int wrong = 0;
  for (int start = 0; start < 256; start += 64) {
    for (int i = 0; i < 64; ++i) index[i] = static_cast<std::uint8_t>(start + i);
    const auto r = simd::lookup(simd::vec<std::uint8_t, 16>::load(table), simd::vec<std::uint8_t, 64>::load(index));
    for (int i = 0; i < 64; ++i) wrong += r[i] != (start + i < 16 ? table[start + i] : 0);
  }
  CHECK(wrong == 0);
}

TEST_CASE("multiply-add rounds twice in strict builds, and at most once less in the relaxed one") {
  const float a = 1 + 0x1p-12f, c = -1 - 0x1p-11f;  // a * a + c is 2^-24 fused, 0 otherwise
  for (int lanes = 0; lanes < 2; ++lanes) {
    const float r = lanes == 0 ? simd::mul_add(simd::vec<float, 4>(a), simd::vec<float, 4>(a), c)[3]
                               : simd::mul_add(simd::vec<float, 16>(a), a, c)[15];
    if constexpr (simd::arch::relaxed) CHECK((r == 0 || r == 0x1p-24f));
    else CHECK(r == 0);
  }
  CHECK(simd::mul_add(a, a, c) == 0);
  const double d = 1 + 0x1p-30, e = -1 - 0x1p-29;
  const double r = simd::mul_add(simd::vec<double, 8>(d), d, e)[7];
  if constexpr (simd::arch::relaxed) CHECK((r == 0 || r == 0x1p-60));
  else CHECK(r == 0);
}

}  // namespace
