// What there is to know of the terminal; a guest cannot ask for its size, so COLUMNS and LINES say it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <tenon/train/dashboard.hpp>

inline int number_from(const char* variable, int usual) {
  const char* text = std::getenv(variable);
  const int n = text != nullptr ? std::atoi(text) : 0;
  return n > 0 ? std::clamp(n, 20, 1000) : usual;
}

/// A dashboard where standard output is a terminal, else lines.
inline tenon::train::dashboard_options dashboard_for_stdout() {
  const char *term = std::getenv("TERM"), *no_color = std::getenv("NO_COLOR");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return {.terminal = isatty(STDOUT_FILENO) != 0 && !dumb,
          .colours = no_color == nullptr || *no_color == '\0',
          .columns = number_from("COLUMNS", 80),
          .rows = number_from("LINES", 24)};
}
