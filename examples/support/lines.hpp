// The lines of a text: what a list of labels is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

/// The lines of a text that somebody keeps, without the empty ones at its end.
class lines {
 public:
  explicit lines(std::string_view text) : text_(trimmed(text)) {}
  /// The same of a file's bytes, or of embedded ones.
  explicit lines(const auto& bytes) : lines(std::string_view(reinterpret_cast<const char*>(std::data(bytes)), std::size(bytes))) {}

  std::int64_t size() const { return text_.empty() ? 0 : 1 + std::ranges::count(text_, '\n'); }
  /// By walking there: a handful of lookups does not pay for an index.
  std::string_view operator[](std::int64_t line) const {
    std::string_view rest = text_;
    for (; line > 0; --line) rest.remove_prefix(rest.find('\n') + 1);
    return trimmed(rest.substr(0, rest.find('\n')));
  }

 private:
  static std::string_view trimmed(std::string_view s) { return s.substr(0, s.find_last_not_of(" \t\r\n") + 1); }
  std::string_view text_;
};
