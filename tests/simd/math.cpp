#include "doctest.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "tenon/simd/math.hpp"

namespace {

using namespace tenon;

// The reference is long double natively. In a guest that is 128 bits in software, and only partly
// implemented: there double has to do, whose own error counts, and fewer samples. That guests are right
// to 2 ulp follows from the digests, which are those of the native run.
#if defined(__wasm__)
using exact = double;
constexpr std::uint64_t float_step = 1009 * 97;
constexpr int double_samples = 15'000, pow_samples = 5'000;
constexpr double float_limit = 2, double_limit = 3;
#else
using exact = long double;
constexpr std::uint64_t float_step = 1009;
constexpr int double_samples = 100'000, pow_samples = 150'000;
constexpr double float_limit = 2, double_limit = 2;
#endif

constexpr double hopeless = 1e9;  // a wrong NaN, infinity or sign of zero

template <class T>
using bits_t = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// The distance in units of the last place of a T near `want`.
template <class T>
double ulps(T got, exact want) {
  using limits = std::numeric_limits<T>;
  const T rounded = static_cast<T>(want);
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : hopeless;
  if (std::isinf(rounded) || std::isinf(got)) {
    if (got == rounded) return 0;
    const bool edge = std::abs(got) == limits::max() || std::abs(rounded) == limits::max();
    return edge && std::signbit(got) == std::signbit(rounded) ? 1 : hopeless;
  }
  if (got == 0 && rounded == 0) return std::signbit(got) == std::signbit(rounded) ? 0 : hopeless;
  int e = 0;
  std::frexp(want, &e);
  e = std::max(e - limits::digits, limits::min_exponent - limits::digits);
  return static_cast<double>(std::ldexp(std::abs(static_cast<exact>(got) - want), -e));
}

struct splitmix {
  std::uint64_t state = 1;
  std::uint64_t operator()() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  double unit() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }
};

template <class T>
constexpr T specials[] = {T(0),
                          -T(0),
                          T(1),
                          -T(1),
                          T(0.5),
                          T(-0.5),
                          T(2),
                          T(-2),
                          std::numeric_limits<T>::infinity(),
                          -std::numeric_limits<T>::infinity(),
                          std::numeric_limits<T>::quiet_NaN(),
                          std::numeric_limits<T>::denorm_min(),
                          -std::numeric_limits<T>::denorm_min(),
                          std::numeric_limits<T>::min(),
                          -std::numeric_limits<T>::min(),
                          std::numeric_limits<T>::max(),
                          -std::numeric_limits<T>::max(),
                          T(1) + std::numeric_limits<T>::epsilon(),
                          T(1) - std::numeric_limits<T>::epsilon() / 2,
                          T(-1) - std::numeric_limits<T>::epsilon(),
                          T(-1) + std::numeric_limits<T>::epsilon() / 2,
                          T(99999),
                          T(100001),
                          T(1e22),
                          T(1.5707963267948966),
                          T(3.141592653589793),
                          T(6381956970095103.0)};

template <class T>
struct worst {
  double ulp = 0;
  T x = 0, y = 0, got = 0;
  std::uint64_t digest = 0xcbf29ce484222325;
  int unlike = 0;  // lanes that differ from the scalar function

  void add(T at, T second, T result, exact want) {
    mix(result);
    const T rounded = static_cast<T>(want);  // at most half a unit off
    if (ulp >= 0.5 && result == rounded && std::signbit(result) == std::signbit(rounded)) return;
    const double u = ulps(result, want);
    if (u > ulp) ulp = u, x = at, y = second, got = result;
  }
  void mix(T result) {
    const auto bits = std::isnan(result) ? bits_t<T>(1) : std::bit_cast<bits_t<T>>(result);
    digest = (digest ^ bits) * 0x100000001b3;
  }
};

// Runs f on 64-byte vectors of samples; `next` supplies them and ends with false. The digest is of the
// first part of the samples, the same part everywhere.
template <class T, class F, class R, class Next>
worst<T> measure(F f, R reference, Next next) {
  constexpr int lanes = simd::full<T>;
  worst<T> w;
  T in[lanes], out[lanes];
  bool more = true;
  for (int round = 0; more; ++round) {
    for (T& x : in) more = next(x) && more;
    const auto v = f(simd::full_vec<T>::load(in));
    v.store(out);
    for (int i = 0; i < lanes; ++i) w.add(in[i], 0, out[i], static_cast<exact>(reference(static_cast<exact>(in[i]))));
    if (simd::arch::relaxed || round % 16 != 0) continue;  // there scalars do not fuse, vectors do
    for (int i = 0; i < lanes; ++i) {
      const T alone = f(in[i]);
      w.unlike += !(std::isnan(alone) && std::isnan(out[i])) &&
                  std::bit_cast<bits_t<T>>(alone) != std::bit_cast<bits_t<T>>(out[i]);
    }
  }
  return w;
}

// The digest of 2^14 outputs, from all patterns and from [low, high].
template <class T, class F>
std::uint64_t digest_of(F f, double low, double high) {
  constexpr int lanes = simd::full<T>;
  worst<T> w;
  splitmix random{42};
  for (int k = 0; k < 16384; k += lanes) {
    T in[lanes], out[lanes];
    for (T& x : in) {
      if (k % 128 < 64) x = std::bit_cast<T>(static_cast<bits_t<T>>(random()));
      else x = static_cast<T>(low + (high - low) * random.unit());
    }
    f(simd::full_vec<T>::load(in)).store(out);
    for (T x : out) w.mix(x);
  }
  return w.digest;
}

template <class F, class R>
void check(const std::string& name, F f, R reference, double low, double high, std::uint64_t float_digest,
           std::uint64_t double_digest) {
  std::uint64_t bits = 0;
  std::size_t special = 0;
  const auto a = measure<float>(f, reference, [&](float& x) {
    if (special < std::size(specials<float>)) {
      x = specials<float>[special++];
    } else {
      x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      bits += float_step;
    }
    return bits < 1ull << 32;
  });
  splitmix random;
  int k = 0;
  special = 0;
  const auto b = measure<double>(f, reference, [&](double& x) {
    if (special < std::size(specials<double>)) {
      x = specials<double>[special++];
      return true;
    }
    const double u = random.unit();
    if (k % 3 == 0) x = low + (high - low) * u;
    else if (k % 3 == 1) x = std::bit_cast<double>(random());
    else x = std::ldexp(u - 0.5, static_cast<int>(random() % 80) - 70);
    return ++k < 3 * double_samples;
  });
  MESSAGE(name << ": f32 " << a.ulp << " ulp at " << a.x << ", f64 " << b.ulp << " ulp at " << b.x);
  CHECK(a.ulp <= float_limit);
  CHECK(b.ulp <= double_limit);
  CHECK(a.unlike + b.unlike == 0);
  if constexpr (!simd::arch::relaxed) {
    CHECK(digest_of<float>(f, low, high) == float_digest);
    CHECK(digest_of<double>(f, low, high) == double_digest);
  }
}

// FN stands for a simd function and for its namesake in std.
#define TENON_CHECK(FN, ...) \
  check(#FN, [](auto x) { return simd::FN(x); }, [](exact x) { return std::FN(x); }, __VA_ARGS__)

TEST_CASE("exp") { TENON_CHECK(exp, -746, 710, 0x9f0a6d408ee9ffc1, 0x84f7af8d0a50ffcd); }
TEST_CASE("expm1") { TENON_CHECK(expm1, -40, 710, 0xd779baa3b75ea731, 0xe06ccd630b67ff16); }
TEST_CASE("log") { TENON_CHECK(log, 0, 3, 0xd3fa9a0bb7d61b6c, 0xb9070804ffb0158b); }
TEST_CASE("log1p") { TENON_CHECK(log1p, -1, 3, 0xc5b6868d5da23910, 0xf617c9a3530deb16); }
TEST_CASE("tanh") { TENON_CHECK(tanh, -20, 20, 0x1338cbc268c40b99, 0xbeedf8f6e067e601); }
TEST_CASE("erf") { TENON_CHECK(erf, -6, 6, 0x77c50e5b9ab0f893, 0x523cba9865a9cc2f); }
TEST_CASE("sin") { TENON_CHECK(sin, -2e5, 2e5, 0x23fa338b9d667af3, 0x3cf573af49709306); }
TEST_CASE("cos") { TENON_CHECK(cos, -2e5, 2e5, 0x99c4e9b55e2e03f9, 0x021e06f99aea818c); }
TEST_CASE("tan") { TENON_CHECK(tan, -2e5, 2e5, 0x2211ab134a511a15, 0x938abc23f7020ceb); }
TEST_CASE("asin") { TENON_CHECK(asin, -1, 1, 0x3b1c235d3cda0e1f, 0x92494e8f56970936); }
TEST_CASE("acos") { TENON_CHECK(acos, -1, 1, 0x5eccc0e90ca562a5, 0x5efeba0a250f2949); }
TEST_CASE("atan") { TENON_CHECK(atan, -5, 5, 0xb10be3a2956d2e3d, 0x82ad25a18148b562); }
TEST_CASE("sinh") { TENON_CHECK(sinh, -712, 712, 0x3e4d97d2145aff0b, 0x7bc410c8fd727134); }
TEST_CASE("cosh") { TENON_CHECK(cosh, -712, 712, 0xc0bc79741a0cb7ac, 0x8d26daf9a0f8fe0c); }
TEST_CASE("asinh") { TENON_CHECK(asinh, -5, 5, 0x6689105ba32f97cb, 0x70d8b0999bbe7adf); }
// musl's acosh cancels below -1 to something that is a number.
TEST_CASE("acosh") {
  check("acosh", [](auto x) { return simd::acosh(x); },
        [](exact x) { return x < 1 ? std::numeric_limits<exact>::quiet_NaN() : std::acosh(x); }, 1, 9, 0xd32b84c2cd21ffe5, 0x0718b012e132b669);
}
TEST_CASE("atanh") { TENON_CHECK(atanh, -1, 1, 0x6cbddccc44ac5dbe, 0x831d0e3724a41b2f); }

TEST_CASE("sigmoid") {
  check("sigmoid", [](auto x) { return simd::sigmoid(x); },
        [](exact x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }, -746, 40,
        0xba64d7b15fa79f31, 0x0ba9831515347937);
}

template <class T>
void check_pow(const std::string& name, std::uint64_t digest) {
  constexpr int lanes = simd::full<T>;
  worst<T> w;
  int unlike = 0;
  T xs[lanes], ys[lanes], out[lanes];
  int filled = 0;
  const auto flush = [&](auto&& record) {
    simd::pow(simd::full_vec<T>::load(xs), simd::full_vec<T>::load(ys)).store(out);
    for (int i = 0; i < filled; ++i) record(i);
    filled = 0;
  };
  const auto judge = [&](int i) {
    w.add(xs[i], ys[i], out[i], std::pow(static_cast<exact>(xs[i]), static_cast<exact>(ys[i])));
    const T alone = simd::pow(xs[i], ys[i]);
    unlike += !simd::arch::relaxed && !(std::isnan(alone) && std::isnan(out[i])) &&
              std::bit_cast<bits_t<T>>(alone) != std::bit_cast<bits_t<T>>(out[i]);
  };
  const auto one = [&](T x, T y) {
    xs[filled] = x, ys[filled] = y;
    if (++filled == lanes) flush(judge);
  };
  constexpr T more[] = {T(3), T(-3), T(8388607), T(-8388609), T(16777215), T(-33333333), T(4503599627370497.0),
                        T(9007199254740991.0), T(-2.5)};
  for (T x : specials<T>) {
    for (T y : specials<T>) one(x, y);
    for (T y : more) one(x, y), one(y, x);
  }
  splitmix random;
  constexpr double far = sizeof(T) == 4 ? 155 : 1100;  // results past both ends of the range
  for (int i = 0; i < pow_samples; ++i) {
    const T x = std::bit_cast<T>(static_cast<bits_t<T>>(random()) & std::numeric_limits<bits_t<T>>::max() >> 1);
    one(x, static_cast<T>((random.unit() * 2 - 1) * far / std::log2(static_cast<double>(x))));
    const T near = static_cast<T>(0.5 + random.unit());
    one(near, static_cast<T>((random.unit() - 0.5) * 8));
    one(near, static_cast<T>((random.unit() - 0.5) * 2000));
    one(std::bit_cast<T>(static_cast<bits_t<T>>(random())), std::bit_cast<T>(static_cast<bits_t<T>>(random())));
  }
  flush(judge);
  MESSAGE(name << ": " << w.ulp << " ulp at " << w.x << " ^ " << w.y);
  CHECK(w.ulp <= (sizeof(T) == 4 ? float_limit : double_limit));
  CHECK(unlike == 0);
  if constexpr (!simd::arch::relaxed) {
    worst<T> sum;
    splitmix again{7};
    for (int k = 0; k < 16384; k += lanes) {
      for (int i = 0; i < lanes; ++i) {
        xs[i] = static_cast<T>(again.unit() * 4), ys[i] = static_cast<T>((again.unit() - 0.5) * 400);
      }
      filled = lanes;
      flush([&](int i) { sum.mix(out[i]); });
    }
    CHECK(sum.digest == digest);
  }
}

TEST_CASE("pow") {
  check_pow<float>("pow f32", 0xf6819180d61e5b8f);
  check_pow<double>("pow f64", 0x687cc7bd4380b777);
}

}  // namespace
