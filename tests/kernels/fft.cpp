// Transforms of all small lengths and of some larger ones against sums in double.
#include "tenon/kernels/fft.hpp"

#include <cmath>
#include <vector>

#include "doctest.hpp"

using namespace tenon;
using kernels::i64;

namespace {

/// The largest distance of the transform from its definition, for numbers between -1 and 1.
double error_of(i64 n) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> re(size), im(size), c(size), s(size);
  for (std::size_t i = 0; i < size; ++i) {
    re[i] = static_cast<double>(i * i * 7 % 23) / 11 - 1, im[i] = static_cast<double>(i * 5 % 17) / 8 - 1;
    const double angle = 6.283185307179586477 * static_cast<double>(i) / static_cast<double>(n);
    c[i] = std::cos(angle), s[i] = -std::sin(angle);
  }
  std::vector<std::byte> memory(static_cast<std::size_t>(kernels::fourier<double>::bytes(n)), std::byte{0x7f});
  kernels::fourier<double> f(n, memory.data());
  double worst = 0;
  for (int again = 0; again < 2; ++again) {
    std::copy(re.begin(), re.end(), f.real());
    std::copy(im.begin(), im.end(), f.imag());
    f.run();
    for (std::size_t k = 0; k < size; ++k) {
      double a = 0, b = 0;
      for (std::size_t j = 0; j < size; ++j) {
        const std::size_t at = j * k % size;
        a += re[j] * c[at] - im[j] * s[at], b += re[j] * s[at] + im[j] * c[at];
      }
      worst = std::max({worst, std::abs(a - f.real()[k]), std::abs(b - f.imag()[k])});
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("a transform of any length is the sum that it stands for") {
  for (i64 n = 1; n <= 70; ++n) CHECK_MESSAGE(error_of(n) < 1e-12, "length ", n);
  for (i64 n : {128, 143, 243, 256, 257, 360, 400, 509, 512}) CHECK_MESSAGE(error_of(n) < 1e-11, "length ", n);
}

TEST_CASE("roots of one are where symmetry has them") {
  double re = 0, im = 0;
  kernels::detail::unit_root(3, 4, re, im);
  CHECK((re == 0 && im == 1));
  kernels::detail::unit_root(6, 12, re, im);
  CHECK((re == -1 && im == 0));
  for (i64 k = 0; k < 24; ++k) {
    double other_re = 0, other_im = 0;
    kernels::detail::unit_root(k, 24, re, im);
    kernels::detail::unit_root((24 - k) % 24, 24, other_re, other_im);
    CHECK((std::abs(re - other_re) < 2e-16 && std::abs(im + other_im) < 2e-16));
  }
}

TEST_CASE("the memory of a transform is counted in 64 bits") {
  CHECK(kernels::fourier<double>::bytes(1) == 48);
  CHECK(kernels::fourier<double>::bytes(400) == 6 * 400 * 8);
  CHECK(kernels::fourier<double>::bytes(17) == (8 * 64 + 2 * 17) * 8);
  CHECK(kernels::fourier<double>::bytes(kernels::fourier<double>::longest) == 6 * 8 * kernels::fourier<double>::longest);
  CHECK(kernels::fourier<double>::bytes(kernels::fourier<double>::longest - 1) > 0);
}
