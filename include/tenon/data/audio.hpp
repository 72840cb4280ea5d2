// Recordings: the samples of a WAV file as floats of one channel, at the sampling rate that a network wants. The
// resampler weighs neighbours with a sinc in a Kaiser window (J. O. Smith, Digital Audio Resampling; J. F. Kaiser's
// window is a quotient of Bessel functions), one set of weights per phase. Its sums are in double and in order, so the
// bits are the same everywhere.
#pragma once

#include <cstring>
#include <numbers>
#include <numeric>
#include <vector>

#include "../core/tensor.hpp"
#include "../simd/math.hpp"

namespace tenon::inline TENON_BUILD::data {

/// What a WAV file says of its samples, and where they lie in its bytes.
struct wav {
  i64 rate = 0, channels = 0, frames = 0;  ///< a frame is a sample of every channel
  int bits = 0;                            ///< of a sample
  bool real = false;                       ///< floating point; else integers, which of 8 bits are unsigned
  std::span<const std::byte> samples;
};

namespace detail {

/// Little-endian numbers and names in bytes, whose ends the caller has checked.
struct riff {
  std::span<const std::byte> file;
  u64 number(std::size_t at, unsigned bytes) const {
    u64 n = 0;
    for (unsigned i = bytes; i-- > 0;) n = n << 8 | std::to_integer<u64>(file[at + i]);
    return n;
  }
  bool has(std::size_t at, std::string_view name) const { return std::memcmp(file.data() + at, name.data(), name.size()) == 0; }
};

TENON_COLD_BEGIN
inline status read_format(const riff& r, std::size_t at, std::size_t size, wav& w) {
  constexpr u64 integers = 1, reals = 3, extensible = 0xfffe;
  u64 format = size < 16 ? 0 : r.number(at, 2);
  if (format == extensible && size >= 40) format = r.number(at + 24, 2);  // how the identifier of the format begins
  if (format != integers && format != reals)
    return fail(code::unsupported, {"a WAV file in format ", format, ", of which only 1 (integers) and 3 (floating point) are read"});
  w.real = format == reals;
  w.channels = static_cast<i64>(r.number(at + 2, 2)), w.rate = static_cast<i64>(r.number(at + 4, 4));
  w.bits = static_cast<int>(r.number(at + 14, 2));
  const bool known = w.real ? w.bits == 32 || w.bits == 64 : w.bits == 8 || w.bits == 16 || w.bits == 24 || w.bits == 32;
  if (!known)
    return fail(code::unsupported, {"a WAV file of ", w.bits, " bits a sample; ",
                                    w.real ? "floating point has 32 or 64" : "integers have 8, 16, 24 or 32"});
  const i64 block = static_cast<i64>(r.number(at + 12, 2)), frame = w.channels * w.bits / 8;
  if (w.channels == 0 || block != frame || w.rate == 0)
    return fail(code::malformed, {"a broken WAV file (", w.channels, " channels of ", w.bits, " bits in frames of ", block,
                                  " bytes, ", w.rate, " a second)"});
  return {};
}
TENON_COLD_END

/// A sample as a number; those of integers from -1 to below 1.
inline double sample(const riff& r, const wav& w, std::size_t at) {
  const unsigned bytes = static_cast<unsigned>(w.bits) / 8;
  const u64 n = r.number(at, bytes);
  if (w.real) return bytes == 8 ? std::bit_cast<double>(n) : static_cast<double>(std::bit_cast<float>(static_cast<u32>(n)));
  const u32 high = static_cast<u32>(n << (32 - w.bits));
  return static_cast<double>(static_cast<i32>(bytes == 1 ? high ^ 0x80000000u : high)) / 0x1p31;
}

/// The modified Bessel function of the first kind and order 0, by its series.
inline double bessel(double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < 40; ++k) {
    const double root = x / (2 * k);
    term *= root * root;
    sum += term;
  }
  return sum;
}

}  // namespace detail

TENON_COLD_BEGIN
/// Reads the header of a WAV file; `samples` lie in the bytes given. Integers of 8 to 32 bits and floating point,
/// any rate and number of channels.
inline result<wav> try_parse_wav(std::span<const std::byte> file) {
  const detail::riff r{file};
  if (file.empty()) return fail(code::malformed, {"the file is empty"});
  if (file.size() < 12 || !r.has(0, "RIFF") || !r.has(8, "WAVE")) return fail(code::malformed, {"not a WAV file"});
  wav w;
  for (std::size_t at = 12; file.size() - at >= 8;) {
    const u64 size = r.number(at + 4, 4);
    const std::size_t body = at + 8, rest = file.size() - body;
    const bool data = r.has(at, "data");
    if (data && w.bits == 0) return fail(code::malformed, {"a broken WAV file (samples before their format)"});
    // Who writes into a pipe cannot go back and say how much it was.
    const bool open = data && size >= 0x7fff0000 && size > rest;
    if (size > rest && !open) return fail(code::malformed, {"a broken WAV file (it ends ", size - rest, " bytes too early)"});
    if (data) {
      w.samples = file.subspan(body, open ? rest : static_cast<std::size_t>(size));
      w.frames = static_cast<i64>(w.samples.size()) / (w.channels * w.bits / 8);
      return w;
    }
    if (r.has(at, "fmt "))
      if (status s = detail::read_format(r, body, static_cast<std::size_t>(size), w); !s.has_value()) return std::unexpected(s.error());
    at = body + std::min(static_cast<std::size_t>(size + size % 2), rest);
  }
  return fail(code::malformed, {"a broken WAV file (it has no samples)"});
}
TENON_COLD_END

/// The mean of all channels.
inline result<tensor<float>> try_mix(const wav& w, memory* from = nullptr) {
  auto out = tensor<float>::try_make(shape{w.frames}, from);
  if (!out.has_value()) return wrap(out.error(), {"a recording of ", w.frames, " samples: "});
  const detail::riff r{w.samples};
  std::size_t at = 0;
  for (i64 i = 0; i < w.frames; ++i) {
    double sum = 0;
    for (i64 c = 0; c < w.channels; ++c, at += static_cast<unsigned>(w.bits) / 8) {
      const double x = detail::sample(r, w, at);
      if (!(x <= 0x1p100 && x >= -0x1p100)) return fail(code::invalid, {"sample ", i, " of channel ", c, " is ", x});
      sum += x;
    }
    (*out)[i] = static_cast<float>(sum / static_cast<double>(w.channels));
  }
  return out;
}

/// The sound of which `rate` samples are a second, with `to` samples a second; both from 1,000 to 384,000. What is above
/// 4/5 of half the lower rate fades, and of what is above that half 90 decibels are gone; around the sound there is silence.
inline result<tensor<float>> try_resample(const view<const float>& in, i64 rate, i64 to, memory* from = nullptr) {
  constexpr i64 least = 1000, most = 384'000;
  for (i64 r : {rate, to})
    if (r < least || r > most || in.rank() != 1)
      return fail(code::invalid, {"resample: ", in.dims(), " samples at ", rate, " Hz cannot become some at ", to, " Hz; one row of them can, from ",
                                  least, " to ", most, " Hz"});
  const i64 common = std::gcd(rate, to), up = to / common, down = rate / common, n = in.dim(0);
  constexpr double reach = 32, beta = 8.96, middle = 10.0 / 11;  // where half of it has faded
  const double cut = middle * std::min(1.0, static_cast<double>(to) / static_cast<double>(rate));
  const double half = reach / cut;
  const i64 side = static_cast<i64>(half) + 1, taps = 2 * side;
  const i64 size = n / down * up + (n % down * up + down - 1) / down;
  const i64 phases = std::min(up, size), step = in.strides()[0];

  auto out = tensor<float>::try_make(shape{size}, from);
  if (!out.has_value()) return wrap(out.error(), {"resample: "});
  if (up == down) {
    for (i64 i = 0; i < size; ++i) (*out)[i] = in[i];
    return out;
  }
  auto weights = tensor<float>::try_make(shape{phases, taps}, from);
  if (!weights.has_value()) return wrap(weights.error(), {"resample: "});
  std::vector<double> row(static_cast<std::size_t>(taps));
  for (i64 i = 0; i < phases; ++i) {
    // Output i lies `offset` behind an input, the one that tap side - 1 is for.
    const double offset = static_cast<double>(i * down % up) / static_cast<double>(up);
    const auto weight = [&](i64 k) {
      const double x = static_cast<double>(k - side + 1) - offset, edge = 1 - x * x / (half * half), angle = std::numbers::pi * cut * x;
      return edge <= 0 ? 0.0 : (x == 0 ? 1.0 : simd::sin(angle) / angle) * detail::bessel(beta * simd::sqrt(edge));
    };
    double sum = 0;
    for (i64 k = 0; k < taps; ++k) sum += row[static_cast<std::size_t>(k)] = weight(k);
    for (i64 k = 0; k < taps; ++k) (*weights)[i, k] = static_cast<float>(row[static_cast<std::size_t>(k)] / sum);  // a constant stays one
  }

  for (i64 i = 0; i < size; ++i) {
    const i64 first = i / up * down + i % up * down / up - side + 1;
    const float* w = &(*weights)[i % up, 0];
    double sum = 0;
    for (i64 k = std::max<i64>(0, -first), end = std::min(taps, n - first); k < end; ++k)
      sum += static_cast<double>(w[k]) * static_cast<double>(in.data()[(first + k) * step]);
    (*out)[i] = static_cast<float>(sum);
  }
  return out;
}

}  // namespace tenon::inline TENON_BUILD::data
