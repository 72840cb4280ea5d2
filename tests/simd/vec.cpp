#include "doctest.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "tenon/simd/vec.hpp"

namespace {

using namespace tenon;
using std::int16_t, std::int32_t, std::int64_t, std::int8_t;
using std::uint16_t, std::uint32_t, std::uint64_t, std::uint8_t;

#if __has_feature(address_sanitizer)  // there every type takes six seconds to compile
#define TENON_LANE_TYPES float, double, int8_t, uint32_t
#else
#define TENON_LANE_TYPES \
  float, double, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
#endif

template <class T>
[[gnu::noinline]] std::vector<T> interesting() {  // once per type, not once per function
  using limits = std::numeric_limits<T>;
  std::vector<T> v = {T(0), T(1), T(2), T(3), T(5), T(7), T(100), limits::max(), limits::lowest()};
  v.push_back(static_cast<T>(limits::max() / 2));
  if constexpr (std::is_signed_v<T>) {
    for (T x : {T(-1), T(-2), T(-3), T(-100)}) v.push_back(x);
  }
  if constexpr (std::floating_point<T>) {
    for (T x : {-T(0), T(0.5), T(1.5), T(2.5), T(-0.5), T(-2.5), T(1e-40), T(1e10), T(-1e19), limits::infinity(),
                -limits::infinity(), limits::quiet_NaN(), limits::denorm_min(), T(0.1), T(8388609.0)})
      v.push_back(x);
  }
  return v;
}

// Bits for everything but NaN, of which there are many.
template <class T>
[[gnu::noinline]] bool same(T a, T b) {
  if constexpr (std::floating_point<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    using U = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    return std::bit_cast<U>(a) == std::bit_cast<U>(b);
  } else {
    return a == b;
  }
}

// Arithmetic modulo 2^bits, in an unsigned type that is not promoted to int.
template <class T, class F>
T wrapped(T a, T b, F f) {
  if constexpr (std::integral<T>) return static_cast<T>(f(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
  else return f(a, b);
}

// All pairs of interesting values, N at a time; the vector function against the scalar one. Compiled once per type, as the
// loops were most of the time that this file takes to compile.
template <class T, int N>
[[gnu::noinline]] int differences(void (*vector)(const T* a, const T* b, T* y), T (*scalar)(T a, T b)) {
  const std::vector<T> values = interesting<T>();
  const std::size_t m = values.size();
  int wrong = 0;
  for (std::size_t k = 0; k < m * m; k += N) {
    T a[N], b[N], y[N];
    for (std::size_t i = 0; i < N; ++i) a[i] = values[(k + i) % m], b[i] = values[(k + i) / m % m];
    vector(a, b, y);
    for (int i = 0; i < N; ++i) wrong += !same<T>(y[i], scalar(a[i], b[i]));
  }
  return wrong;
}
template <class T, int N, class V, class S>
int unlike(V, S) {
  using X = simd::vec<T, N>;
  return differences<T, N>(
      [](const T* a, const T* b, T* y) {
        const auto r = V{}(X::load(a), X::load(b));
#pragma clang loop unroll(disable)
        for (int i = 0; i < N; ++i) y[i] = static_cast<T>(r[i]);  // a lane of a mask is a truth value
      },
      [](T a, T b) { return static_cast<T>(S{}(a, b)); });
}

// A function, since doctest's macros cost much compile time.
[[gnu::noinline]] void none(int wrong, int line = __builtin_LINE()) {
  INFO("at line " << line);
  CHECK(wrong == 0);
}

template <class T>
T lesser(T a, T b) {
  if constexpr (std::floating_point<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<T>::quiet_NaN();
    if (a == 0 && b == 0) return std::signbit(a) ? a : b;
  }
  return b < a ? b : a;
}
template <class T>
T greater(T a, T b) {
  if constexpr (std::floating_point<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<T>::quiet_NaN();
    if (a == 0 && b == 0) return std::signbit(a) ? b : a;
  }
  return a < b ? b : a;
}

template <class T, int N>
void arithmetic() {
  none(unlike<T, N>([](auto a, auto b) { return a + b; },
                     [](T a, T b) { return wrapped(a, b, [](auto x, auto y) { return x + y; }); }));
  none(unlike<T, N>([](auto a, auto b) { return a - b; },
                     [](T a, T b) { return wrapped(a, b, [](auto x, auto y) { return x - y; }); }));
  none(unlike<T, N>([](auto a, auto b) { return a * b; },
                     [](T a, T b) { return wrapped(a, b, [](auto x, auto y) { return x * y; }); }));
  none(unlike<T, N>([](auto a, auto b) { return a += b, a -= b, a; },
                     [](T a, T b) { return wrapped(a, b, [](auto x, auto y) { return (x + y) - y; }); }));
  none(unlike<T, N>([](auto a, auto b) { return a *= b, -a; },
                     [](T a, T b) {
                       return wrapped(a, b, [](auto x, auto y) {
                         if constexpr (std::floating_point<T>) return -(x * y);
                         else return 0 - x * y;
                       });
                     }));
  none(unlike<T, N>([](auto a, auto) { return 2 * a; },
                     [](T a, T) { return wrapped(a, T(2), [](auto x, auto y) { return x * y; }); }));
  none(unlike<T, N>([](auto a, auto) { return 1 - a; },
                     [](T a, T) { return wrapped(T(1), a, [](auto x, auto y) { return x - y; }); }));
  if constexpr (std::floating_point<T>) {
    none(unlike<T, N>([](auto a, auto b) { return a / b; }, [](T a, T b) { return a / b; }));
    none(unlike<T, N>([](auto a, auto) { return a * 0.5f; }, [](T a, T) { return a * T(0.5f); }));
  } else {
    // Division by zero and of the least by -1 are for the caller to keep away.
    static constexpr auto kept = [](T b) { return static_cast<T>(b == 0 || b == static_cast<T>(-1) ? 3 : b); };
    none(unlike<T, N>([](auto a, auto b) { return a / simd::select((b == 0) | (b == static_cast<T>(-1)), T(3), b); },
                       [](T a, T b) { return static_cast<T>(a / kept(b)); }));
    none(unlike<T, N>([](auto a, auto b) { return a % simd::select((b == 0) | (b == static_cast<T>(-1)), T(3), b); },
                       [](T a, T b) { return static_cast<T>(a % kept(b)); }));
    none(unlike<T, N>([](auto a, auto b) { return ((a & b) | ~a) ^ b; },
                       [](T a, T b) { return static_cast<T>(((a & b) | ~a) ^ b); }));
    constexpr T most = sizeof(T) * 8 - 1;
    none(unlike<T, N>([](auto a, auto b) { return a << (b & most); },
                       [](T a, T b) { return static_cast<T>(static_cast<uint64_t>(a) << (b & most)); }));
    none(unlike<T, N>([](auto a, auto b) { return a >> (b & most); },
                       [](T a, T b) { return static_cast<T>(a >> (b & most)); }));
    none(unlike<T, N>([](auto a, auto) { return a <<= 3, a >>= 2, a; },
                       [](T a, T) { return static_cast<T>(static_cast<T>(static_cast<uint64_t>(a) << 3) >> 2); }));
  }
}

template <class T, int N>
void comparisons() {
  none(unlike<T, N>([](auto a, auto b) { return a < b; }, [](T a, T b) { return a < b; }));
  none(unlike<T, N>([](auto a, auto b) { return a > b; }, [](T a, T b) { return a > b; }));
  none(unlike<T, N>([](auto a, auto b) { return a <= b; }, [](T a, T b) { return a <= b; }));
  none(unlike<T, N>([](auto a, auto b) { return a >= b; }, [](T a, T b) { return a >= b; }));
  none(unlike<T, N>([](auto a, auto b) { return a == b; }, [](T a, T b) { return a == b; }));
  none(unlike<T, N>([](auto a, auto b) { return a != b; }, [](T a, T b) { return a != b; }));
  none(unlike<T, N>([](auto a, auto b) { return ((a < b) & !(a == 1)) | ((a > 2) ^ (b > 2)); },
                     [](T a, T b) { return ((a < b) && !(a == 1)) || ((a > 2) != (b > 2)); }));
  none(unlike<T, N>([](auto a, auto b) { return simd::select(a < b, a, b); }, [](T a, T b) { return a < b ? a : b; }));
  none(unlike<T, N>([](auto a, auto b) { return simd::select(a < b, a, 0); }, [](T a, T b) { return a < b ? a : T(0); }));
  none(unlike<T, N>([](auto a, auto b) { return simd::select(a < b, 1, 0); }, [](T a, T b) { return a < b ? T(1) : T(0); }));
  none(unlike<T, N>([](auto a, auto b) { return simd::min(a, b); }, [](T a, T b) { return lesser(a, b); }));
  none(unlike<T, N>([](auto a, auto b) { return simd::max(a, b); }, [](T a, T b) { return greater(a, b); }));
  none(unlike<T, N>([](auto a, auto) { return simd::max(a, 0); }, [](T a, T) { return greater(a, T(0)); }));
  none(unlike<T, N>([](auto a, auto b) { return simd::pmin(a, b); }, [](T a, T b) { return b < a ? b : a; }));
  none(unlike<T, N>([](auto a, auto b) { return simd::pmax(a, b); }, [](T a, T b) { return a < b ? b : a; }));
  none(unlike<T, N>([](auto a, auto) { return simd::clamp(a, 1, 6); },
                     [](T a, T) { return a < 1 ? T(1) : a > 6 ? T(6) : a; }));
}

template <class T, int N>
void functions() {
  none(unlike<T, N>([](auto a, auto) { return simd::abs(a); },
                     [](T a, T) {
                       if constexpr (std::floating_point<T>) return std::abs(a);
                       else return static_cast<T>(a < 0 ? 0 - static_cast<uint64_t>(a) : static_cast<uint64_t>(a));
                     }));
  if constexpr (!simd::arch::relaxed || std::integral<T>) {  // the relaxed build may fuse: arch.cpp
    none(unlike<T, N>([](auto a, auto b) { return simd::mul_add(a, b, 3); },
                       [](T a, T b) { return wrapped(a, b, [](auto x, auto y) { return x * y + 3; }); }));
  }
  if constexpr (std::floating_point<T>) {
    none(unlike<T, N>([](auto a, auto) { return simd::sqrt(a); }, [](T a, T) { return std::sqrt(a); }));
    none(unlike<T, N>([](auto a, auto) { return simd::floor(a); }, [](T a, T) { return std::floor(a); }));
    none(unlike<T, N>([](auto a, auto) { return simd::ceil(a); }, [](T a, T) { return std::ceil(a); }));
    none(unlike<T, N>([](auto a, auto) { return simd::trunc(a); }, [](T a, T) { return std::trunc(a); }));
    none(unlike<T, N>([](auto a, auto) { return simd::round_even(a); }, [](T a, T) { return std::nearbyint(a); }));
    none(unlike<T, N>([](auto a, auto b) { return simd::copysign(a, b); }, [](T a, T b) { return std::copysign(a, b); }));
    none(unlike<T, N>([](auto a, auto) { return simd::is_nan(a); }, [](T a, T) { return bool(std::isnan(a)); }));
  } else {
    none(unlike<T, N>([](auto a, auto) { return simd::round_even(a); }, [](T a, T) { return a; }));
  }
  // The scalar forms are the same functions.
  int wrong = 0;
  for (T a : interesting<T>()) {
    for (T b : interesting<T>()) {
      wrong += !same(simd::min(a, b), lesser(a, b)) + !same(simd::max(a, b), greater(a, b));
      wrong += !same(simd::select(a < b, a, b), a < b ? a : b);
      wrong += !same<T>(simd::clamp(a, 1, 6), simd::clamp(simd::vec<T, N>(a), 1, 6)[0]);
    }
    wrong += !same(simd::abs(a), simd::abs(simd::vec<T, N>(a))[0]);
  }
  none(wrong);
}

template <class T, int N>
void lanes() {
  using X = simd::vec<T, N>;
  T in[N + 1], more[N + 1], out[N + 1];
  for (int i = 0; i <= N; ++i) in[i] = static_cast<T>(i * 7 + 1), more[i] = static_cast<T>(100 - i);
  const X x = X::load(in + 1), y = X::load(more + 1);  // not aligned
  in[0] = T(0);

  int wrong = 0;
  for (int n = 0; n <= N; ++n) {
    const X part = X::load(in, n);
    for (int i = 0; i < N; ++i) wrong += part[i] != (i < n ? in[i] : T(0)), out[i] = T(77);
    out[N] = T(77);
    x.store(out, n);
    for (int i = 0; i <= N; ++i) wrong += out[i] != (i < n ? in[i + 1] : T(77));
  }
  none(wrong);

  // The documented order of the sum: halves on halves.
  T sum[N];
  for (int i = 0; i < N; ++i) sum[i] = x[i];
  for (int h = N / 2; h > 0; h /= 2) {
    for (int i = 0; i < h; ++i) sum[i] = static_cast<T>(sum[i] + sum[i + h]);
  }
  CHECK(simd::reduce_add(x) == sum[0]);
  T least = x[0], most = x[0];
  for (int i = 1; i < N; ++i) least = lesser(least, x[i]), most = greater(most, x[i]);
  CHECK(simd::reduce_min(x) == least);
  CHECK(simd::reduce_max(x) == most);

  for (int k = 0; k < N; ++k) {  // one lane set, one lane missing
    for (T& lane : out) lane = T(0);
    out[k] = T(1);
    const X single = X::load(out);
    wrong += !simd::any(single == 1) + simd::all(single == 1) * (N > 1) + simd::all(single == 0) + !simd::all(single <= 1);
    wrong += simd::any(single > 1);
    wrong += simd::reduce_max(single) != T(1);
  }
  none(wrong);

  if constexpr (N > 1) {
    const auto low = simd::interleave_low(x, y), high = simd::interleave_high(x, y);
    for (int i = 0; i < N; ++i) {
      wrong += low[i] != (i % 2 ? y : x)[i / 2];
      wrong += high[i] != (i % 2 ? y : x)[(N + i) / 2];
      wrong += simd::concat(simd::low_half(x), simd::high_half(y))[i] != (i < N / 2 ? x : y)[i];
    }
    none(wrong);
    CHECK(simd::shuffle<N - 1, 0>(x)[0] == x[N - 1]);
    CHECK(simd::shuffle<0, N>(x, y)[1] == y[0]);
  }
  X four[4] = {x, y, x + y, x};
  const X none{};
  CHECK(simd::all(none == 0));
  CHECK(four[2][0] == static_cast<T>(x[0] + y[0]));
}

template <class T>
void both(auto&& f) {
  f.template operator()<T, 16 / int(sizeof(T))>();
  f.template operator()<T, simd::full<T>>();
}

TEST_CASE_TEMPLATE("arithmetic is that of the lanes, integers wrap", T, TENON_LANE_TYPES) {
  both<T>([]<class U, int N> { arithmetic<U, N>(); });
}
TEST_CASE_TEMPLATE("comparisons, select, minima and maxima", T, TENON_LANE_TYPES) {
  both<T>([]<class U, int N> { comparisons<U, N>(); });
}
TEST_CASE_TEMPLATE("lane-wise functions, also of scalars", T, TENON_LANE_TYPES) {
  both<T>([]<class U, int N> { functions<U, N>(); });
}
TEST_CASE_TEMPLATE("loads, stores, reductions and shuffles", T, TENON_LANE_TYPES) {
  both<T>([]<class U, int N> { lanes<U, N>(); });
  lanes<T, 1>();
  lanes<T, 2>();
}

TEST_CASE("a splat keeps the sign of zero, a sum of floats has one order") {
  CHECK(std::signbit(simd::vec<float>(-0.0f)[3]));
  const simd::vec<float> x = simd::vec<float>(1e8f) * simd::vec<float>(1.0f);
  float terms[4] = {1e8f, 1.0f, -1e8f, 1.0f};
  CHECK(simd::reduce_add(simd::vec<float>::load(terms)) == 2.0f);
  CHECK(simd::reduce_add(x) == 4e8f);
  CHECK(simd::reduce_add(1.5f) == 1.5f);
}

TEST_CASE("a block of 4 x 4 transposes, bits are reinterpreted, pointers stay") {
  float m[16];
  for (int i = 0; i < 16; ++i) m[i] = static_cast<float>(i);
  using V = simd::vec<float, 4>;
  V r[4] = {V::load(m), V::load(m + 4), V::load(m + 8), V::load(m + 12)};
  simd::transpose(r[0], r[1], r[2], r[3]);
  int wrong = 0;
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 4; ++k) wrong += r[i][k] != m[4 * k + i];
  }
  none(wrong);
  CHECK(simd::bit_cast<simd::vec<uint32_t, 4>>(V(1.0f))[2] == 0x3f800000u);
  CHECK(simd::bit_cast<simd::vec<uint8_t, 16>>(V(1.0f))[3] == 0x3f);
  const float* p = m;
  simd::opaque(p);
  CHECK(p == m);
}

TEST_CASE("masks of equally wide types mix, and widen") {
  const simd::vec<float, 4> x = 1;
  const simd::vec<int32_t, 4> k = 1;
  CHECK(simd::all((x == 1) & (k == 1)));
  CHECK(!simd::any((k == 1) ^ (x == 1)));
  CHECK(simd::select(k == 1, x, 0)[1] == 1.0f);
  CHECK(simd::all(simd::convert<double>(x == 1)));
}

}  // namespace
