// Strings as JSON writes them, for programs that answer other programs.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// In quotes, with what must be escaped; bytes from 0x80 go through, as the text is UTF-8.
inline std::string in_json(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    char escape[8] = {c};
    if (c == '"' || c == '\\') std::snprintf(escape, sizeof escape, "\\%c", c);
    else if (static_cast<unsigned char>(c) < 32) std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
    out += escape;
  }
  return out += '"';
}
