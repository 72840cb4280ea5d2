// The lines of a text file: what a list of labels is.
#pragma once

#include <algorithm>
#include <string_view>

#include <tenon/core/memory.hpp>

/// The lines of a text, without the empty ones at its end.
class lines {
 public:
  explicit lines(tenon::buffer content) : content_(std::move(content)), end_(content_.data() + content_.size()) {
    const std::byte* const start = content_.data();
    while (end_ != start && is_space(end_[-1])) --end_;
    count_ = end_ == start ? 0 : 1 + std::count(start, end_, std::byte{'\n'});
  }
  tenon::i64 size() const { return count_; }
  /// By walking there: a handful of lookups does not pay for an index.
  std::string_view operator[](tenon::i64 line) const {
    const std::byte* p = content_.data();
    for (; line > 0; --line) p = std::find(p, end_, std::byte{'\n'}) + 1;
    const std::byte* stop = std::find(p, end_, std::byte{'\n'});
    while (stop != p && is_space(stop[-1])) --stop;
    return {reinterpret_cast<const char*>(p), static_cast<std::size_t>(stop - p)};
  }

 private:
  static bool is_space(std::byte b) {
    return b == std::byte{'\n'} || b == std::byte{'\r'} || b == std::byte{' '} || b == std::byte{'\t'};
  }
  tenon::buffer content_;
  const std::byte* end_;
  tenon::i64 count_ = 0;
};
