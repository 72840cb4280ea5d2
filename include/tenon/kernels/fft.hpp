// Discrete Fourier transforms of any length, in float or double. Lengths of small primes go by Stockham's self-sorting
// passes (Van Loan, Computational Frameworks for the FFT, 1992), others by Bluestein's convolution (1970), which
// is made of transforms whose length is a power of two.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../simd/math.hpp"

namespace tenon::inline TENON_BUILD::kernels {

using i64 = std::int64_t;

namespace detail {

// e^(-2 pi i k / n), 0 <= k < n: the angle from the nearest quarter turn is at most an eighth of one.
[[gnu::noinline]] inline void unit_root(i64 k, i64 n, double& re, double& im) {
  const i64 quarter = (4 * k + n / 2) / n;
  const double angle = 1.57079632679489661923 * (static_cast<double>(4 * k - quarter * n) / static_cast<double>(n));
  const double c = simd::cos_core(angle, 0.0), s = simd::sin_core(angle, 0.0);
  switch (quarter & 3) {
    case 0: re = c, im = -s; break;
    case 1: re = -s, im = -c; break;
    case 2: re = -c, im = s; break;
    default: re = s, im = c; break;
  }
}

}  // namespace detail

/// y[k] = the sum of x[j] e^(-2 pi i j k / n): numbers are put at real() and imag(), and after a run the
/// result is there (at other addresses).
template <class T>
class fourier {
 public:
  static constexpr i64 longest = i64{1} << 40;
  /// The memory that a transform of length 1 <= n <= longest needs.
  static i64 bytes(i64 n) {
    const i64 m = transformed(n);
    return (6 * m + (m == n ? 0 : 2 * m + 2 * n)) * i64{sizeof(T)};
  }
  /// Its multiply-adds, about.
  static double macs(i64 n) {
    const i64 m = transformed(n);
    double sum = 0;
    for (i64 left = m; left > 1; left /= radix(left)) sum += static_cast<double>(m) * (2 + radix(left));
    return m == n ? sum : 2 * sum + 4 * static_cast<double>(m);
  }

  fourier(i64 n, std::byte* at) : n_(n), m_(transformed(n)) {
    auto* next = reinterpret_cast<T*>(at);
    for (T** part : {&re_, &im_, &to_re_, &to_im_, &root_re_, &root_im_}) *part = next, next += m_;
    for (i64 k = 0; k < m_; ++k) root(k, m_, root_re_[k], root_im_[k]);
    if (n_ == m_) return;
    for (T** part : {&filter_re_, &filter_im_}) *part = next, next += m_;
    for (T** part : {&chirp_re_, &chirp_im_}) *part = next, next += n_;
    // e^(-pi i k^2 / n); the filter is its conjugate to both sides of 0.
    std::fill_n(re_, m_, T(0)), std::fill_n(im_, m_, T(0));
    for (i64 k = 0, square = 0; k < n_; ++k) {
      root(square, 2 * n_, chirp_re_[k], chirp_im_[k]);
      square = (square + 2 * k + 1) % (2 * n_);
      const i64 back = k == 0 ? 0 : m_ - k;
      re_[k] = re_[back] = chirp_re_[k], im_[k] = im_[back] = -chirp_im_[k];
    }
    run_passes();
    const T scale = 1 / static_cast<T>(m_);
    for (i64 k = 0; k < m_; ++k) filter_re_[k] = re_[k] * scale, filter_im_[k] = im_[k] * scale;
  }

  T* real() { return re_; }
  T* imag() { return im_; }

  void run() {
    if (n_ == m_) return run_passes();
    multiply(chirp_re_, chirp_im_, n_);
    std::fill(re_ + n_, re_ + m_, T(0)), std::fill(im_ + n_, im_ + m_, T(0));
    run_passes();
    multiply(filter_re_, filter_im_, m_);
    // With real and imaginary parts exchanged it is the inverse transform.
    std::swap(re_, im_);
    run_passes();
    std::swap(re_, im_);
    multiply(chirp_re_, chirp_im_, n_);
  }

 private:
  static constexpr int largest_radix = 13;

  static int radix(i64 n) {
    if (n % 4 == 0) return 4;
    for (int p : {2, 3, 5, 7, 11, largest_radix})
      if (n % p == 0) return p;
    return 0;
  }
  static void root(i64 k, i64 n, T& re, T& im) {
    double c = 0, s = 0;
    detail::unit_root(k, n, c, s);
    re = static_cast<T>(c), im = static_cast<T>(s);
  }
  // The length of the passes: n, or a power of two that a convolution of n has room in.
  static i64 transformed(i64 n) {
    i64 left = n;
    while (left > 1) {
      const int p = radix(left);
      if (p == 0) return static_cast<i64>(std::bit_ceil(static_cast<std::uint64_t>(2 * n - 1)));
      left /= p;
    }
    return n;
  }

  [[gnu::noinline]] void multiply(const T* re, const T* im, i64 n) {
    for (i64 k = 0; k < n; ++k) {
      const T a = re_[k], b = im_[k];
      re_[k] = a * re[k] - b * im[k], im_[k] = a * im[k] + b * re[k];
    }
  }

  [[gnu::noinline]] void run_passes() {
    i64 s = 1;
    for (i64 left = m_; left > 1;) {
      const int p = radix(left);
      left /= p;
      pass(p, left, s);
      s *= p;
      std::swap(re_, to_re_), std::swap(im_, to_im_);
    }
  }

  // Transforms of length p over numbers m * s apart become s apart, turned by the roots of the next passes.
  void pass(int p, i64 m, i64 s) {
    constexpr int lanes = 4;
    for (i64 j = 0; j < m; ++j) {
      i64 q = 0;
      for (; q + lanes <= s; q += lanes) butterfly<simd::vec<T, lanes>>(p, j, m, s, q);
      for (; q < s; ++q) butterfly<T>(p, j, m, s, q);
    }
  }

  template <class X>
  TENON_INLINE void butterfly(int p, i64 j, i64 m, i64 s, i64 q) {
    struct pair {
      X re, im;
      TENON_INLINE pair operator+(pair b) const { return {re + b.re, im + b.im}; }
      TENON_INLINE pair operator-(pair b) const { return {re - b.re, im - b.im}; }
    };
    const auto read = [&](i64 r) __attribute__((always_inline)) {
      const i64 at = q + s * (j + m * r);
      if constexpr (std::same_as<X, T>) return pair{re_[at], im_[at]};
      else return pair{X::load(re_ + at), X::load(im_ + at)};
    };
    const auto write = [&](i64 k, pair u) __attribute__((always_inline)) {
      const T c = root_re_[j * k * s], d = root_im_[j * k * s];
      const X re = u.re * c - u.im * d, im = u.re * d + u.im * c;
      const i64 at = q + s * (p * j + k);
      if constexpr (std::same_as<X, T>) to_re_[at] = re, to_im_[at] = im;
      else re.store(to_re_ + at), im.store(to_im_ + at);
    };
    if (p == 2) {
      const pair a = read(0), b = read(1);
      write(0, a + b), write(1, a - b);
    } else if (p == 4) {
      const pair t0 = read(0), t1 = read(1), t2 = read(2), t3 = read(3);
      const pair a = t0 + t2, b = t0 - t2, c = t1 + t3, d = t1 - t3;
      const pair turned{d.im, X(-d.re)};
      write(0, a + c), write(1, b + turned), write(2, a - c), write(3, b - turned);
    } else {
      // Sums and differences of r and p - r share their products.
      constexpr int most = largest_radix / 2;
      pair sum[most], difference[most];
      const pair first = read(0);
      pair all = first;
      const int half = p / 2;
      for (int r = 1; r <= half; ++r) {
        const pair a = read(r), b = read(p - r);
        sum[r - 1] = a + b, difference[r - 1] = a - b;
        all = all + sum[r - 1];
      }
      write(0, all);
      for (int k = 1; k <= half; ++k) {
        pair a = first, b{X(0), X(0)};
        for (int r = 1; r <= half; ++r) {
          const i64 at = r * k % p * (m_ / p);
          const T c = root_re_[at], d = root_im_[at];
          a = {a.re + sum[r - 1].re * c, a.im + sum[r - 1].im * c};
          b = {b.re - difference[r - 1].im * d, b.im + difference[r - 1].re * d};
        }
        write(k, a + b), write(p - k, a - b);
      }
    }
  }

  i64 n_, m_;
  T *re_, *im_, *to_re_, *to_im_, *root_re_, *root_im_;
  T *filter_re_ = nullptr, *filter_im_ = nullptr, *chirp_re_ = nullptr, *chirp_im_ = nullptr;
};

}  // namespace tenon::inline TENON_BUILD::kernels
