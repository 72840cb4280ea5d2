// DFT, STFT and MelWeightMatrix against sums in double, tables of NumPy's, and what they say about lengths that cannot be.
#include "tenon/ops/signal.hpp"

#include <cmath>
#include <complex>

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::DFT;
using tenon::ops::MelWeightMatrix;
using tenon::ops::STFT;
using complex = std::complex<double>;

namespace {

/// The definition; `sign` is 1 for the inverse, which is not divided here.
std::vector<complex> transformed(const std::vector<complex>& x, double sign) {
  std::vector<complex> y(x.size()), roots;
  for (std::size_t k = 0; k < x.size(); ++k)
    roots.push_back(std::polar(1.0, sign * 6.283185307179586477 * static_cast<double>(k) / static_cast<double>(x.size())));
  for (std::size_t k = 0; k < x.size(); ++k)
    for (std::size_t j = 0; j < x.size(); ++j) y[k] += x[j] * roots[j * k % x.size()];
  return y;
}
complex at(table& t, shape i) {
  i[i.rank() - 1] = 0;
  const auto re = static_cast<double>(t[i]);
  if (t.dims.back() == 1) return re;
  i[i.rank() - 1] = 1;
  return {re, static_cast<double>(t[i])};
}
void put(table& t, shape i, complex v) {
  i[i.rank() - 1] = 0;
  t[i] = v.real();
  if (t.dims.back() == 1) return;
  i[i.rank() - 1] = 1;
  t[i] = v.imag();
}
void set_closeness(trial& t) { t.near = t.type == dtype::f64 ? 1e-10 : t.type == dtype::f32 ? 1e-4 : 0.5; }

void transform(trial& t, const shape& dims, int axis, i64 length, const DFT& o, bool said, dtype lengths = dtype::i64) {
  table x = t.draw(dims), n(lengths, {}, {static_cast<double>(length)}), a(dtype::i64, {}, {static_cast<double>(axis - (said ? 0 : dims.rank()))});
  const bool to_real = o.inverse && o.onesided;
  shape out = dims;
  out[axis] = o.onesided && !o.inverse ? length / 2 + 1 : length;
  out[out.rank() - 1] = to_real ? 1 : 2;
  table y(t.type, out);
  shape lines = out;
  lines[axis] = 1, lines[lines.rank() - 1] = 1;
  each(lines, [&](const shape& line) {
    std::vector<complex> v(static_cast<std::size_t>(length));
    shape i = line;
    for (i64 j = 0; j < length; ++j) {
      const bool mirrored = to_real && 2 * j > length;
      i[axis] = mirrored ? length - j : j;
      const complex value = i[axis] < dims[axis] ? at(x, i) : 0;
      v[static_cast<std::size_t>(j)] = mirrored ? std::conj(value) : value;
    }
    const std::vector<complex> r = transformed(v, o.inverse ? 1 : -1);
    for (i64 k = 0; k < out[axis]; ++k) {
      i = line, i[axis] = k;
      put(y, i, r[static_cast<std::size_t>(k)] / (o.inverse ? static_cast<double>(length) : 1.0));
    }
  });
  t.expect(&o, {&x, said || length != dims[axis] ? &n : nullptr, &a}, {&y}, 2, join({"axis ", axis, " length ", length}));
}

void dft_cases(trial& t) {
  set_closeness(t);
  for (i64 n : {1, 2, 3, 4, 7, 8, 12, 17, 20, 26}) {
    transform(t, {2, n, 1}, 1, n, {}, false);
    transform(t, {2, n, 2}, 1, n, {}, true);
    transform(t, {2, n, 2}, 1, n, {.inverse = true}, true, dtype::i32);
    transform(t, {2, n, 1}, 1, n, {.onesided = true}, true);
    transform(t, {2, n / 2 + 1, 2}, 1, n, {.inverse = true, .onesided = true}, true);
  }
  transform(t, {5, 2, 3, 2}, 0, 5, {}, true);
  transform(t, {5, 2, 3, 1}, 0, 9, {.inverse = true}, true);
  transform(t, {2, 6, 3, 2}, 1, 4, {}, true);
  transform(t, {2, 3, 6, 1}, 2, 11, {.onesided = true}, false);
  transform(t, {2, 3, 2}, 1, 9, {.inverse = true, .onesided = true}, true);  // zeros behind
  transform(t, {2, 9, 2}, 1, 5, {.inverse = true, .onesided = true}, true);  // more than are used
  transform(t, {0, 4, 2}, 1, 4, {}, true);
}
const by_reference dft_reference(cases{"DFT", dft_cases});

void stft(trial& t, i64 signal, i64 parts, i64 step, i64 length, bool windowed, bool said, const STFT& o) {
  table x = t.draw({2, signal, parts}), w = t.draw({length}), s(dtype::i64, {}, {static_cast<double>(step)}), l(dtype::i64, {}, {static_cast<double>(length)});
  table y(t.type, {2, (signal - length) / step + 1, o.onesided ? length / 2 + 1 : length, 2});
  for (i64 b = 0; b < 2; ++b)
    for (i64 f = 0; f < y.dims[1]; ++f) {
      std::vector<complex> v;
      for (i64 j = 0; j < length; ++j) v.push_back(at(x, {b, f * step + j, 0}) * (windowed ? static_cast<double>(w[{j}]) : 1.0));
      const std::vector<complex> r = transformed(v, -1);
      for (i64 k = 0; k < y.dims[2]; ++k) put(y, {b, f, k, 0}, r[static_cast<std::size_t>(k)]);
    }
  t.expect(&o, {&x, &s, windowed ? &w : nullptr, said ? &l : nullptr}, {&y}, 2);
}
const by_reference stft_reference(cases{"STFT", [](trial& t) {
  set_closeness(t);
  stft(t, 40, 1, 8, 16, true, true, {}), stft(t, 41, 1, 7, 15, true, false, {}), stft(t, 20, 1, 30, 20, false, false, {});
  stft(t, 33, 1, 16, 17, false, true, {.onesided = false}), stft(t, 30, 2, 5, 12, true, true, {.onesided = false});
}});

const by_reference mel_reference(cases{"MelWeightMatrix", [](trial& t) {
  const auto run = [&](i64 bands, i64 length, i64 rate, double low, double high, dtype type, dtype edges = dtype::f32) {
    const auto one = [](dtype d, double v) { return table(d, {}, {v}); };
    const table a = one(t.type, static_cast<double>(bands)), b = one(t.type, static_cast<double>(length)), c = one(t.type, static_cast<double>(rate));
    const table l = one(edges, low), h = one(edges, high);
    const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    const auto bin = [&](i64 i) {
      const double m = mel(low) + static_cast<double>(i) * (mel(high) - mel(low)) / static_cast<double>(bands + 2);
      return std::floor(static_cast<double>(length + 1) * (700 * (std::pow(10, m / 2595) - 1)) / static_cast<double>(rate));
    };
    table y(type, {length / 2 + 1, bands});
    each(y.dims, [&](const shape& i) {
      const double j = static_cast<double>(i[0]), left = bin(i[1]), peak = bin(i[1] + 1), right = bin(i[1] + 2);
      y[i] = y.kind().like(j == peak ? 1 : j < peak ? std::max(0.0, (j - left) / (peak - left)) : std::max(0.0, (right - j) / (right - peak)));
    });
    const MelWeightMatrix o{.output_datatype = type};
    t.expect(&o, {&a, &b, &c, &l, &h}, {&y}, 2);
  };
  run(8, 16, 8192, 0, 4096, dtype::f32), run(20, 512, 16000, 20, 7600, dtype::f32), run(130, 256, 8000, 64, 4000, dtype::f64);
  run(4, 33, 1000, 0, 600, dtype::f16, dtype::f16), run(5, 64, 16000, 100, 8000, dtype::u8, dtype::f64), run(0, 8, 16, 0, 8, dtype::i64);
}});

/// Elements with three digits.
std::string digits(const any_tensor& t) {
  std::string s = join({t.dims()});
  for (i64 i = 0; i < t.size(); ++i) s += join({" ", static_cast<i64>(std::lround(1000 * t.as<float>()[i]))});
  return s;
}

}  // namespace

TEST_CASE("DFT and STFT give NumPy's numbers") {
  // x = [3, -1, 4, 1, -5, 9]; np.fft.rfft(x), np.fft.fft(x, 4), np.fft.irfft(np.fft.rfft(x), 5)
  const tensor<float> x({1, 6, 1}, {3, -1, 4, 1, -5, 9});
  const tensor<i64> four({}, {4}), five({}, {5}), step({}, {2});
  const any_tensor spectrum = dft(x, {.onesided = true});
  CHECK(digits(spectrum) == "[1,4,2] 11000 0 6500 866 500 16454 -7000 0");
  CHECK(digits(apply(DFT{}, x, four)) == "[1,4,2] 7000 0 -1000 2000 7000 0 -1000 -2000");
  CHECK(digits(apply(DFT{.inverse = true, .onesided = true}, spectrum)) == "[1,6,1] 3000 -1000 4000 1000 -5000 9000");
  CHECK(digits(apply(DFT{.inverse = true, .onesided = true}, spectrum, five)) == "[1,5,1] 5000 -1356 6214 -5898 7040");
  // np.fft.rfft(x[i:i+4] * [0.5, 1, 1, 0.5]) for i in 0, 2
  const tensor<float> window({4}, {0.5f, 1, 1, 0.5f});
  CHECK(digits(stft(x, step, window)) == "[1,2,3,2] 5000 0 -2500 1500 6000 0 2500 0 7000 3500 -8500 0");
}

TEST_CASE("the axis of DFT was an attribute") {
  const auto axis = [](int opset, std::optional<i64> said) {
    fake_node n(opset);
    if (said) n.attributes["axis"] = *said;
    DFT o;
    CHECK(o.upgrade(n).has_value());
    return set_input(n, 2);
  };
  CHECK(axis(17, {}) == "int64 1 []");
  CHECK(axis(19, 2) == "int64 2 []");
  CHECK(axis(20, {}) == "absent");
}

TEST_CASE("DFT and STFT say which length, axis or shape cannot be") {
  const auto says = [](const DFT& o, const shape& dims, std::optional<i64> length, i64 axis = 1) {
    const any_tensor x(dtype::f32, dims);
    const tensor<i64> n({}, {length.value_or(0)}), a({}, {axis});
    return complaint("DFT", &o, {x, length ? any_view(n.look()) : any_view(), a.look()});
  };
  CHECK(says({}, {1, 4, 2}, 4) == "");
  CHECK(says({}, {1, 4, 2}, 0) == "DFT: dft_length is 0, not 1 to 1099511627776");
  CHECK(says({}, {1, 4, 2}, -4) == "DFT: dft_length is -4, not 1 to 1099511627776");
  CHECK(says({}, {1, 4, 2}, INT64_MAX) == "DFT: dft_length is 9223372036854775807, not 1 to 1099511627776");
  CHECK(says({}, {1, 4, 2}, i64{1} << 40).ends_with("more than the 1073741824 that are left"));
  CHECK(says({}, {1, 0, 2}, {}) == "DFT: axis 1 of [1,0,2] gives a dft_length of 0, not 1 to 1099511627776");
  CHECK(says({.inverse = true, .onesided = true}, {1, 1, 2}, {}) == "DFT: axis 1 of [1,1,2] gives a dft_length of 0, not 1 to 1099511627776");
  CHECK(says({}, {1, 4, 2}, {}, 2) == "DFT: axis 2 of [1,4,2] is that of real and imaginary parts");
  CHECK(says({}, {1, 4, 2}, {}, -1) == "DFT: axis -1 of [1,4,2] is that of real and imaginary parts");
  CHECK(says({}, {1, 4, 2}, {}, 3) == "DFT: axis 3 is out of range for [1,4,2]");
  CHECK(says({}, {1, 4, 3}, {}) == "DFT: an input of [1,4,3] has a last dimension that is neither 1 (real) nor 2 (complex)");
  CHECK(says({}, {4}, {}, 0) == "DFT: an input of [4] has no axis beside that of real and imaginary parts");
  CHECK(says({.onesided = true}, {1, 4, 2}, {}) == "DFT: onesided takes a last dimension of 1, not an input of [1,4,2]");
  CHECK(says({.inverse = true, .onesided = true}, {1, 4, 1}, {}) == "DFT: onesided and inverse takes a last dimension of 2, not an input of [1,4,1]");

  const any_tensor x = zeros(dtype::f32, {1, 10, 1}), z = zeros(dtype::f32, {1, 10, 2}), w = zeros(dtype::f32, {4});
  const tensor<i64> none({}, {0}), two({}, {2}), long_one({}, {11}), list({2}, {1, 1});
  CHECK(complaint("STFT", nullptr, {x, two.look(), w}) == "");
  CHECK(complaint("STFT", nullptr, {x, none.look(), w}) == "STFT: frame_step is 0, not 1 to 1099511627776");
  CHECK(complaint("STFT", nullptr, {x, list.look(), w}) == "STFT: frame_step of shape [2] is not one number");
  CHECK(complaint("STFT", nullptr, {x, two.look(), w, two.look()}) == "STFT: frame_length is 2, and the window has 4");
  CHECK(complaint("STFT", nullptr, {x, two.look(), any_view(), long_one.look()}) == "STFT: frames of 11 do not fit a signal of [1,10,1]");
  CHECK(complaint("STFT", nullptr, {z, two.look(), w}) == "STFT: onesided takes a last dimension of 1, not an input of [1,10,2]");
  CHECK(complaint("STFT", nullptr, {w, two.look(), w}) == "STFT: a signal of [4] is not [batch, length, 1 or 2]");
  CHECK(complaint("STFT", nullptr, {x, two.look(), x}) == "STFT: a window of [1,10,1] is not a list");
}

TEST_CASE("MelWeightMatrix says which bands cannot be, and has none outside of the spectrum") {
  const auto says = [](i64 bands, i64 length, i64 rate, float low, float high) {
    const tensor<i64> a({}, {bands}), b({}, {length}), c({}, {rate});
    const tensor<float> l({}, {low}), h({}, {high});
    return complaint("MelWeightMatrix", nullptr, {a.look(), b.look(), c.look(), l.look(), h.look()});
  };
  CHECK(says(4, 16, 100, 0, 1e9f) == "");
  CHECK(says(-1, 16, 100, 0, 50) == "MelWeightMatrix: num_mel_bins -1, dft_length 16, sample_rate 100: one is out of range");
  CHECK(says(4, 16, 0, 0, 50) == "MelWeightMatrix: num_mel_bins 4, dft_length 16, sample_rate 0: one is out of range");
  CHECK(says(4, 16, 100, 50, 20) == "MelWeightMatrix: there are no bands from 50 to 20 hertz");
  CHECK(says(4, 16, 100, __builtin_nanf(""), 20).starts_with("MelWeightMatrix: there are no bands from"));
  CHECK(says(4, 16, 100, -1000, 20) == "MelWeightMatrix: there are no bands from -1000 to 20 hertz");
  CHECK(says(i64{1} << 40, i64{1} << 40, 100, 0, 50).starts_with("MelWeightMatrix: "));
}

}  // namespace tests::ops
