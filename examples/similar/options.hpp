// The command line.
#pragma once

#include "../support/program.hpp"

struct options {
  const char* query = nullptr;
  std::span<char*> files;
  tenon::i64 best = INT64_MAX;
  bool tokens = false, help = false;
};

inline constexpr char usage[] =
    "usage: similar [OPTION...] QUERY [FILE...]\n"
    "\n"
    "Ranks sentences, the lines of FILE or of standard input, by how much they mean the same as\n"
    "QUERY: 1 is the same, 0 nothing of it. The model, all-MiniLM-L6-v2, and its vocabulary are\n"
    "in the program; it was trained on English.\n"
    "\n"
    "  --best N   print the N most similar ones\n"
    "  --tokens   print the tokens of the query and of each line instead\n"
    "  --help     print this\n"
    "\n"
    "Exits with 0 if all was read and ranked, 1 if a file or a run failed, 2 for a command line\n"
    "like no other here.\n";

inline tenon::result<options> parse(int argc, char** argv) {
  static constexpr option known[] = {{"best", required_argument, nullptr, 'b'}, {"tokens", no_argument, nullptr, 't'}, {"help", no_argument, nullptr, 'h'}, {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == 't') o.tokens = true;
    if (c == 'h') o.help = true;
    if (c != 'b') return {};
    const auto n = parse_number("best", value, INT64_MAX);
    if (!n.has_value()) return std::unexpected(n.error());
    o.best = *n;
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (o.help) return o;
  if ((*rest).empty()) return tenon::fail(tenon::code::invalid, {"a query is missing"});
  o.query = (*rest)[0];
  o.files = (*rest).subspan(1);
  return o;
}
