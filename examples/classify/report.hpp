// What the program prints: per picture a heading and a bar per label, and a table at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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

/// A bar of `share` of `width` positions, to an eighth of one; never nothing for more than nothing.
inline std::string bar(double share, std::size_t width) {
  constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double most = static_cast<double>(width) * 8;
  auto eighths = static_cast<std::size_t>(std::clamp(share * most + 0.5, share > 0 ? 1.0 : 0.0, most));
  std::string out;
  for (; eighths >= 8; eighths -= 8) out += "█";
  return out + parts[eighths];
}

/// 18.8 MB, 312.4 KB.
inline std::string in_bytes(std::int64_t n) {
  char text[32];
  if (n < 1'000'000) std::snprintf(text, sizeof text, "%.1f KB", static_cast<double>(n) / 1e3);
  else std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(n) / 1e6);
  return text;
}

/// Lines as wide as COLUMNS says, 80 without it.
class report {
 public:
  report() {
    const char* columns = std::getenv("COLUMNS");
    const int n = columns != nullptr ? std::atoi(columns) : 0;
    width_ = n > 0 ? static_cast<std::size_t>(std::clamp(n, 40, 160)) : 80;
  }

  void heading(const char* file, std::int64_t width, std::int64_t height) {
    char size[64];
    std::snprintf(size, sizeof size, "%lld × %lld", static_cast<long long>(width), static_cast<long long>(height));
    const std::size_t room = width_ - width_of(size) - 2;
    std::printf("%s  %s\n", fit(file, room).c_str(), size);
  }
  void label(std::string_view name, double probability) {
    const std::size_t names = width_ * 3 / 8, bars = width_ - names - 10;
    std::printf("  %s %.3f  %s\n", fit(name, names).c_str(), probability, bar(probability, bars).c_str());
  }
  void line() { std::puts(""); }
  void row(const char* what, const std::string& value) { std::printf("%-10s %s\n", what, value.c_str()); }

 private:
  std::size_t width_;
};
