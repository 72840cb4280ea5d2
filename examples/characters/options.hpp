// The command line.
#pragma once

#include "../support/program.hpp"

struct options {
  const char* text = nullptr;
  tenon::i64 steps = 1000, batch = 16, length = 600, seed = 1;
  bool help = false;
};

inline constexpr char usage[] =
    "usage: characters [OPTION...] TEXT\n"
    "\n"
    "Learns to write like the file TEXT, letter by letter, and writes. What it never saw\n"
    "is the last tenth of the text.\n"
    "\n"
    "  --steps N   training steps (1000)\n"
    "  --batch N   pieces of text in each step (16)\n"
    "  --length N  letters to write at the end (600)\n"
    "  --seed N    of all that is random (1)\n"
    "  --help      print this\n"
    "\n"
    "Exits with 0 if it wrote, 1 if the file is no text to learn from, 2 for a command line\n"
    "like no other here.\n";

inline tenon::result<options> parse(int argc, char** argv) {
  enum { steps = 256, batch, length, seed };
  static constexpr option known[] = {{"steps", required_argument, nullptr, steps},
                                     {"batch", required_argument, nullptr, batch},
                                     {"length", required_argument, nullptr, length},
                                     {"seed", required_argument, nullptr, seed},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == 'h') return o.help = true, tenon::status();
    const auto n = c == steps    ? parse_number("steps", value, 1'000'000)
                   : c == batch  ? parse_number("batch", value, 1024)
                   : c == length ? parse_number("length", value, 1'000'000, 0)
                                 : parse_number("seed", value, INT64_MAX, 0);
    if (!n.has_value()) return std::unexpected(n.error());
    (c == steps ? o.steps : c == batch ? o.batch : c == length ? o.length : o.seed) = *n;
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (o.help) return o;
  if ((*rest).size() != 1) return tenon::fail(tenon::code::invalid, {"takes one TEXT, not ", (*rest).size()});
  o.text = (*rest)[0];
  return o;
}
