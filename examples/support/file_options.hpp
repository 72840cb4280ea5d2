// The command line of programs that tell something about each of the files they are given.
#pragma once

#include "program.hpp"

struct file_options {
  std::span<char*> files;
  bool json = false, digest = false, help = false;
};

/// `what` says what is missing where there are no files.
inline tenon::result<file_options> parse_file_options(int argc, char** argv, const char* what) {
  static constexpr option known[] = {
      {"json", no_argument, nullptr, 'j'}, {"digest", no_argument, nullptr, 'd'}, {"help", no_argument, nullptr, 'h'}, {}};
  file_options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char*) -> tenon::status {
    (c == 'j' ? o.json : c == 'd' ? o.digest : o.help) = true;
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (!o.help && (*rest).empty()) return tenon::fail(tenon::code::invalid, {what, " are missing"});
  o.files = *rest;
  return o;
}
