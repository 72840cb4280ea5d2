// The command line.
#pragma once

#include "../support/program.hpp"
#include "parts.hpp"

struct options {
  std::span<char*> files;
  const char* labels = nullptr;
  speech_rules rules;
  bool help = false;
};

inline constexpr char usage[] =
    "usage: speech [OPTION...] FILE.wav...\n"
    "\n"
    "Marks the spoken parts of recordings: prints the seconds from which to which somebody\n"
    "speaks. Takes WAV files of any rate and number of channels. The model, Silero VAD, is in\n"
    "the program; the options are those of Silero's own rules.\n"
    "\n"
    "  --threshold P     speech begins where it is so likely, from 0 to 1 (0.5)\n"
    "  --min-speech MS   parts that are not longer are none (250)\n"
    "  --min-silence MS  pauses that are shorter are none (100)\n"
    "  --pad MS          parts begin so much earlier and end so much later (30)\n"
    "  --labels LABELS   write the parts of the one recording into a file, as labels for Audacity\n"
    "  --help            print this\n"
    "\n"
    "Exits with 0 if all recordings were marked, 1 if one was not, 2 for a command line like\n"
    "no other here.\n";

inline tenon::result<options> parse(int argc, char** argv) {
  enum { threshold = 256, speech, silence, pad, labels };
  static constexpr option known[] = {{"threshold", required_argument, nullptr, threshold},
                                     {"min-speech", required_argument, nullptr, speech},
                                     {"min-silence", required_argument, nullptr, silence},
                                     {"pad", required_argument, nullptr, pad},
                                     {"labels", required_argument, nullptr, labels},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == 'h') o.help = true;
    else if (c == labels) o.labels = value;
    else if (c == threshold) {
      char* end = nullptr;
      o.rules.threshold = std::strtod(value, &end);
      if (end == value || *end != '\0' || !(o.rules.threshold > 0 && o.rules.threshold <= 1))
        return tenon::fail(tenon::code::invalid, {"--threshold takes a number above 0 and at most 1, not '", value, "'"});
    } else {
      const auto n = parse_number(c == speech ? "min-speech" : c == silence ? "min-silence" : "pad", value, 3'600'000, 0);
      if (!n.has_value()) return std::unexpected(n.error());
      (c == speech ? o.rules.least_speech : c == silence ? o.rules.least_silence : o.rules.padding) = *n * 16;  // samples of a millisecond
    }
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  o.files = *rest;
  if (o.help) return o;
  if (o.files.empty()) return tenon::fail(tenon::code::invalid, {"recordings are missing"});
  if (o.labels != nullptr && o.files.size() != 1) return tenon::fail(tenon::code::invalid, {"--labels takes one recording, not ", o.files.size()});
  return o;
}
