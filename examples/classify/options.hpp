// The command line.
#pragma once

#include "../support/program.hpp"

struct options {
  const char* model = nullptr;
  const char* labels = nullptr;
  std::span<char*> pictures;
  tenon::i64 repeat = 5;
  tenon::i64 max_memory = usual_memory;
  bool digest = false;
  bool help = false;
};

inline constexpr char usage[] =
    "usage: classify [OPTION...] MODEL LABELS PICTURE...\n"
    "\n"
    "Tells what is on photographs. MODEL is an ONNX file that takes float32\n"
    "[1,3,height,width] and answers with a score per class, LABELS a text file with one\n"
    "line per class, each PICTURE a JPEG or PNG file. Looks at the largest centred square.\n"
    "\n"
    "  --repeat N          run the model N times per picture and print the median (5)\n"
    "  --digest            print the SHA-256 of all bytes that the model answered\n"
    "  --max-memory BYTES  refuse what needs more than this (2147483648)\n"
    "  --help              print this\n"
    "\n"
    "Exits with 0 if all pictures were classified, 1 if a file or a run failed, 2 for a\n"
    "command line like no other here. COLUMNS is how wide the lines may be.\n";

inline tenon::result<options> parse(int argc, char** argv) {
  enum { repeat = 256, digest, max_memory };
  static constexpr option known[] = {{"repeat", required_argument, nullptr, repeat},
                                     {"digest", no_argument, nullptr, digest},
                                     {"max-memory", required_argument, nullptr, max_memory},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == digest || c == 'h') {
      (c == digest ? o.digest : o.help) = true;
      return {};
    }
    const auto n = parse_number(c == repeat ? "repeat" : "max-memory", value, c == repeat ? 10'000 : INT64_MAX);
    if (!n.has_value()) return std::unexpected(n.error());
    (c == repeat ? o.repeat : o.max_memory) = *n;
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (o.help) return o;
  if ((*rest).size() < 3) {
    constexpr const char* missing[] = {"a model, labels and pictures are", "labels and pictures are",
                                       "pictures are"};
    return tenon::fail(tenon::code::invalid, {missing[(*rest).size()], " missing"});
  }
  o.model = (*rest)[0];
  o.labels = (*rest)[1];
  o.pictures = (*rest).subspan(2);
  return o;
}
