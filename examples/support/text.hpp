// Text for people: what fits into a column, and numbers with three or four digits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

/// Positions that a UTF-8 text takes in a terminal, for alphabets whose letters take one.
inline std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// The text in exactly `width` positions, shortened with an ellipsis or filled up; control characters,
/// which a terminal would obey, become question marks.
inline std::string fit(std::string_view text, std::size_t width) {
  std::size_t room = width, size = 0;
  const bool cut = width_of(text) > width;
  if (cut) --room;
  for (std::size_t seen = 0; size < text.size(); ++size)
    if ((text[size] & 0xc0) != 0x80 && ++seen > room) break;
  std::string out(text.substr(0, size));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  if (cut) return out + "…";
  return out + std::string(width - width_of(text), ' ');
}

/// A number with one digit after the point and the first of the units, each a thousand of the one before,
/// that leaves less than a thousand of it.
inline std::string in_units(double x, std::initializer_list<const char*> units) {
  auto unit = units.begin();
  for (; x >= 999.95 && unit + 1 != units.end(); ++unit) x /= 1000;
  char text[48];
  std::snprintf(text, sizeof text, "%.*f%s", unit == units.begin() ? 0 : 1, x, *unit);
  return text;
}
/// 312 B, 18.8 MB.
inline std::string in_bytes(double n) { return in_units(n, {" B", " KB", " MB", " GB", " TB"}); }
/// 42, 4.1 million, 19.6 billion.
inline std::string in_words(double n) { return in_units(n, {"", " thousand", " million", " billion", " trillion"}); }
