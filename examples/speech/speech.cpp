// Marks the spoken parts of recordings: speech FILE.wav... Silero VAD is in the program; it hears 32 milliseconds at a time,
// and remembers.
#include <algorithm>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/data/audio.hpp>

#include "../support/engine.hpp"
#include "../support/program.hpp"
#include "options.hpp"

namespace {

constexpr char program[] = "speech";

// What the model hears at a time: the last samples of before, and new ones.
constexpr tenon::i64 hertz = 16000, before = 64, fresh = 512;

/// How likely each 512 samples are speech.
tenon::result<std::vector<float>> listen(engine& model, const tenon::tensor<float>& samples) {
  std::vector<float> likely;
  tenon::tensor<float> heard(tenon::shape{1, before + fresh}), state(tenon::shape{2, 1, 128});
  tenon::tensor<tenon::i64> rate(tenon::shape{});
  *rate.data() = hertz;
  for (tenon::i64 at = 0; at < samples.size(); at += fresh) {
    std::copy_n(heard.data() + fresh, before, heard.data());
    const tenon::i64 n = std::min(fresh, samples.size() - at);
    std::fill(std::copy_n(samples.data() + at, n, heard.data() + before), heard.end(), 0.f);
    const auto out = model.run({heard, state, rate});
    if (!out.has_value()) return std::unexpected(out.error());
    likely.push_back(*(*out)[0].as<float>());
    std::copy_n((*out)[1].as<float>(), state.size(), state.data());
  }
  return likely;
}

double seconds(tenon::i64 samples) { return static_cast<double>(samples) / hertz; }

void print(const char* file, const tenon::data::wav& w, const std::vector<part>& parts) {
  std::printf("%s: %.2f s, %lld Hz, %lld channel%s\n", file, static_cast<double>(w.frames) / static_cast<double>(w.rate),
              static_cast<long long>(w.rate), static_cast<long long>(w.channels), w.channels == 1 ? "" : "s");
  tenon::i64 all = 0;
  for (const part& p : parts) {
    std::printf("%9.3f - %9.3f\n", seconds(p.begin), seconds(p.end));
    all += p.end - p.begin;
  }
  std::printf("%zu part%s, %.2f s of speech\n", parts.size(), parts.size() == 1 ? "" : "s", seconds(all));
}

/// A line per part, as Audacity imports them.
tenon::status write_labels(const char* file, const std::vector<part>& parts) {
  std::string text;
  for (const part& p : parts) {
    char line[80];
    std::snprintf(line, sizeof line, "%.6f\t%.6f\tspeech\n", seconds(p.begin), seconds(p.end));
    text += line;
  }
  return tenon::write_file(file, std::as_bytes(std::span(text)));
}

tenon::status mark(engine& model, const char* file, const options& o) {
  const auto bytes = tenon::read_file(file, nullptr, INT32_MAX);
  if (!bytes.has_value()) return std::unexpected(bytes.error());
  const auto in_file = [&](tenon::error e) { return tenon::wrap(std::move(e), {file, ": "}); };
  const auto recording = tenon::data::try_parse_wav((*bytes).look());
  if (!recording.has_value()) return in_file(recording.error());
  auto samples = tenon::data::try_mix(*recording);
  if (samples.has_value()) samples = tenon::data::try_resample(*samples, (*recording).rate, hertz);
  if (!samples.has_value()) return in_file(samples.error());
  const auto likely = listen(model, *samples);
  if (!likely.has_value()) return in_file(likely.error());
  const std::vector<part> parts = spoken_parts(*likely, fresh, (*samples).size(), o.rules);
  print(file, *recording, parts);
  return o.labels == nullptr ? tenon::status{} : write_labels(o.labels, parts);
}

int run(const options& o) {
  auto model = engine::make();
  if (!model.has_value()) return complain(program, model.error().message);
  int code = 0;
  for (const char* file : o.files)
    if (const auto done = mark(*model, file, o); !done.has_value()) code = complain(program, done.error().message);
  return code;
}

}  // namespace

int main(int argc, char** argv) { return run_program(program, usage, parse(argc, argv), run); }
