// What the program prints: per picture a heading and a bar per label, and a table at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "text.hpp"

/// A bar of `share` of `width` positions, to an eighth of one; never nothing for more than nothing.
inline std::string bar(double share, std::size_t width) {
  constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double most = static_cast<double>(width) * 8;
  auto eighths = static_cast<std::size_t>(std::clamp(share * most + 0.5, share > 0 ? 1.0 : 0.0, most));
  std::string out;
  for (; eighths >= 8; eighths -= 8) out += "█";
  return out + parts[eighths];
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
