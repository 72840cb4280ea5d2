// WAV files that are written here byte by byte, and sounds whose samples at any rate are known: tones.
#include "doctest.hpp"

#include <tenon/data/audio.hpp>

#include <cmath>

#include "complaint.hpp"

using tenon::i64;
using tenon::shape;
using tenon::tensor;
using tests::data::complaint;
namespace data = tenon::data;

namespace {

std::string little(std::uint64_t n, int bytes) {
  std::string s;
  for (; bytes-- > 0; n >>= 8) s += static_cast<char>(n);
  return s;
}
std::string chunk(const std::string& name, const std::string& body) {
  return name + little(body.size(), 4) + body + std::string(body.size() % 2, 0);
}
struct format {
  int tag = 1, channels = 1, rate = 16000, bits = 16, block = -1;
  std::string bytes(const std::string& more = "") const {
    const int frame = block < 0 ? channels * bits / 8 : block;
    return chunk("fmt ", little(static_cast<unsigned>(tag), 2) + little(static_cast<unsigned>(channels), 2) + little(static_cast<unsigned>(rate), 4) +
                             little(static_cast<unsigned>(rate * frame), 4) + little(static_cast<unsigned>(frame), 2) + little(static_cast<unsigned>(bits), 2) + more);
  }
};
std::string riff(const std::string& chunks) { return "RIFF" + little(chunks.size() + 4, 4) + "WAVE" + chunks; }

std::span<const std::byte> bytes(const std::string& s) { return std::as_bytes(std::span(s)); }

/// The samples of a file, of all channels, in one.
std::vector<float> samples(const std::string& file) {
  const auto w = data::try_parse_wav(bytes(file));
  CHECK(complaint(w) == "");
  if (!w.has_value()) return {};
  const auto mixed = data::try_mix(*w);
  CHECK(complaint(mixed) == "");
  return mixed.has_value() ? std::vector<float>((*mixed).begin(), (*mixed).end()) : std::vector<float>{};
}

/// A tone of so many turns a second.
tensor<float> tone(double turns, i64 rate, i64 n) {
  tensor<float> t(shape{n});
  for (i64 i = 0; i < n; ++i) t[i] = static_cast<float>(std::sin(2 * std::numbers::pi * turns * static_cast<double>(i) / static_cast<double>(rate)));
  return t;
}

}  // namespace

TEST_CASE("samples of every kind become floats") {
  using list = std::vector<float>;
  const auto real = [](auto... x) { return (std::string(reinterpret_cast<const char*>(&x), sizeof x) + ...); };
  const std::string extensible = little(22, 2) + little(16, 2) + little(0, 4) + little(1, 2) + std::string("\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 14);
  struct row {
    format f;
    std::string more, samples;
    list wanted;
  };
  const row rows[] = {
      {{.bits = 8}, "", std::string("\0\x80\xff\xc0", 4), {-1, 0, 127.f / 128, 0.5f}},
      {{.bits = 16}, "", little(0x8000, 2) + little(0x7fff, 2) + little(0xffff, 2), {-1, 32767.f / 32768, -1.f / 32768}},
      {{.bits = 24}, "", little(0x800000, 3) + little(1, 3) + little(0x400000, 3), {-1, 0x1p-23f, 0.5f}},
      {{.bits = 32}, "", little(0x80000000, 4) + little(0x20000000, 4), {-1, 0.25f}},
      {{.tag = 3, .bits = 32}, "", real(0.1f, -2.5f), {0.1f, -2.5f}},
      {{.tag = 3, .bits = 64}, "", real(0.1, 1e-30), {0.1f, 1e-30f}},
      {{.tag = 0xfffe}, extensible, little(0x4000, 2), {0.5f}},
      {{.channels = 2}, "", little(0x4000, 2) + little(0, 2) + little(0xc000, 2) + little(0x8000, 2), {0.25f, -0.75f}},
      {{.channels = 3, .bits = 8}, "", std::string("\x80\x80\xe0", 3), {0.25f}},
      {{}, "", "", {}},
  };
  for (const row& r : rows) {
    CAPTURE(r.f.bits);
    CHECK(samples(riff(r.f.bytes(r.more) + chunk("data", r.samples))) == r.wanted);
  }
  // Other chunks are passed over, with the byte that fills an odd one up; so is half a frame at the end.
  const std::string two = little(0x4000, 2) + little(0xc000, 2);
  CHECK(samples(riff(chunk("LIST", "odd") + format{}.bytes() + chunk("fact", "1234") + chunk("data", two) + chunk("LIST", "more"))) == list{0.5f, -0.5f});
  CHECK(samples(riff(format{}.bytes() + chunk("data", two + "x"))) == list{0.5f, -0.5f});
  // Of a size that was not known when it was written, all that is there are samples.
  for (std::uint64_t size : {0x7ffff000u, 0xffffffffu}) CHECK(samples(riff(format{}.bytes() + "data" + little(size, 4) + two)) == list{0.5f, -0.5f});
}

TEST_CASE("what a file says of itself is there before its samples are read") {
  const std::string file = riff(format{.channels = 2, .rate = 44100, .bits = 24}.bytes() + chunk("data", std::string(600, 0)));
  const auto w = data::try_parse_wav(bytes(file));
  REQUIRE(w.has_value());
  CHECK((*w).rate == 44100);
  CHECK((*w).channels == 2);
  CHECK((*w).frames == 100);
}

TEST_CASE("files that are none, or broken, have a sentence") {
  const std::string good = riff(format{}.bytes() + chunk("data", "12345678"));
  const auto with = [](const format& f) { return riff(f.bytes() + chunk("data", "12345678")); };
  const std::pair<std::string, std::string> rows[] = {
      {"", "the file is empty"},
      {"RIFF", "not a WAV file"},
      {"not a recording", "not a WAV file"},
      {"RIFF\4\0\0\0AVI LIST", "not a WAV file"},
      {good.substr(0, 12), "a broken WAV file (it has no samples)"},
      {good.substr(0, 30), "a broken WAV file (it ends 6 bytes too early)"},
      {good.substr(0, 38), "a broken WAV file (it has no samples)"},
      {good.substr(0, good.size() - 3), "a broken WAV file (it ends 3 bytes too early)"},
      {riff(format{}.bytes()), "a broken WAV file (it has no samples)"},
      {riff(chunk("data", "12345678") + format{}.bytes()), "a broken WAV file (samples before their format)"},
      {riff(chunk("fmt ", "short") + chunk("data", "1234")), "a WAV file in format 0, of which only 1 (integers) and 3 (floating point) are read"},
      {with({.tag = 85}), "a WAV file in format 85, of which only 1 (integers) and 3 (floating point) are read"},
      {with({.tag = 0xfffe}), "a WAV file in format 65534, of which only 1 (integers) and 3 (floating point) are read"},
      {with({.bits = 12}), "a WAV file of 12 bits a sample; integers have 8, 16, 24 or 32"},
      {with({.bits = 0}), "a WAV file of 0 bits a sample; integers have 8, 16, 24 or 32"},
      {with({.tag = 3, .bits = 16}), "a WAV file of 16 bits a sample; floating point has 32 or 64"},
      {with({.channels = 0}), "a broken WAV file (0 channels of 16 bits in frames of 0 bytes, 16000 a second)"},
      {with({.channels = 2, .block = 3}), "a broken WAV file (2 channels of 16 bits in frames of 3 bytes, 16000 a second)"},
      {with({.rate = 0}), "a broken WAV file (1 channels of 16 bits in frames of 2 bytes, 0 a second)"},
  };
  for (const auto& [file, sentence] : rows) CHECK(complaint(data::try_parse_wav(bytes(file))) == sentence);
  // Cut anywhere, a file is an error, or has the samples that are left.
  for (std::size_t n = 0; n < good.size(); ++n) CHECK_FALSE(data::try_parse_wav(bytes(good.substr(0, n))).has_value());

  const std::string huge = riff(format{.tag = 3, .channels = 2, .bits = 32}.bytes() + chunk("data", little(0, 8) + little(0, 4) + little(0x7f800000, 4)));
  const auto w = data::try_parse_wav(bytes(huge));
  REQUIRE(w.has_value());
  CHECK(complaint(data::try_mix(*w)) == "sample 1 of channel 1 is inf");
  tenon::limited_memory little_memory(4);
  CHECK(complaint(data::try_mix(*w, &little_memory)) == "a recording of 2 samples: no memory");
}

TEST_CASE("a tone is the same tone at another rate, or gone where that cannot say it") {
  struct row {
    i64 rate, to;
    double turns;
    float loud;
  };
  // Below 4/5 of half the lower rate, and above that half.
  const row rows[] = {{22050, 16000, 440, 1}, {22050, 16000, 6300, 1},  {22050, 16000, 8100, 0}, {44100, 16000, 1000, 1}, {44100, 16000, 12000, 0},
                      {48000, 16000, 3000, 1}, {48000, 16000, 20000, 0}, {8000, 16000, 3100, 1},  {11025, 16000, 300, 1},  {16000, 1000, 300, 1},
                      {16000, 1000, 5000, 0},  {16001, 16000, 5000, 1},  {16000, 16000, 7900, 1}};
  for (const row& r : rows) {
    CAPTURE(r.rate);
    CAPTURE(r.turns);
    const i64 n = r.rate / 8 + 5;
    const auto out = data::try_resample(tone(r.turns, r.rate, n), r.rate, r.to);
    REQUIRE(complaint(out) == "");
    REQUIRE((*out).size() == (n * r.to + r.rate - 1) / r.rate);
    const tensor<float> wanted = tone(r.turns, r.to, (*out).size());
    double worst = 0;
    const i64 edge = 36 * std::max(r.rate, r.to) / r.rate;  // the silence around is mixed into it
    for (i64 i = edge; i < (*out).size() - edge; ++i) worst = std::max(worst, static_cast<double>(std::abs((*out)[i] - r.loud * wanted[i])));
    CHECK(worst < 5e-5);
  }
}

TEST_CASE("rows of any stride are resampled, short ones and none at all") {
  const tensor<float> twice(shape{6, 2}, {1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9}), once(shape{6}, {1, 2, 3, 4, 5, 6});
  const tenon::view<const float> column(twice.data(), shape{6}, shape{2});
  CHECK(data::try_resample(column, 8000, 12000).value() == data::try_resample(once, 8000, 12000).value());
  CHECK(data::try_resample(column, 8000, 8000).value() == once);
  CHECK(data::try_resample(tensor<float>(shape{0}), 8000, 12000).value().size() == 0);
  CHECK(data::try_resample(tensor<float>(shape{1}), 44100, 16000).value().size() == 1);
  const tensor<float> ones = [] {
    tensor<float> t(shape{500});
    std::fill(t.begin(), t.end(), 1.f);
    return t;
  }();
  CHECK(std::abs(data::try_resample(ones, 22050, 16000).value()[180] - 1) < 1e-6f);

  CHECK(complaint(data::try_resample(once, 999, 16000)) == "resample: [6] samples at 999 Hz cannot become some at 16000 Hz; one row of them can, from 1000 to 384000 Hz");
  CHECK_FALSE(data::try_resample(once, 16000, i64{1} << 40).has_value());
  CHECK_FALSE(data::try_resample(tenon::view<const float>(twice.data(), shape{12, 1}), 8000, 16000).has_value());
  tenon::limited_memory little_memory(100);
  CHECK(complaint(data::try_resample(once, 8000, 12000, &little_memory)) == "resample: no memory");
}
