// The characters of regular expressions in the syntax of RE2: escapes and classes. Characters are Unicode's; \d \w \s
// and [:names:] are ASCII's, as in RE2.
#pragma once

#include <algorithm>

#include "../core/error.hpp"
#include "../core/utf8.hpp"
#include "regex_categories.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::detail {

constexpr bool is_word(u32 c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z');
}

/// Reads the characters of a pattern, and classes of them as ranges.
class regex_characters {
 public:
  explicit regex_characters(std::string_view pattern) : whole_(pattern), left_(pattern) {}

 protected:
  static constexpr std::size_t most_ranges = 1 << 20;

  std::size_t position() const { return whole_.size() - left_.size(); }
  void wrong(const char* why) {
    if (why_ == nullptr) why_ = why;
  }
  bool skip(std::string_view s) {
    if (!left_.starts_with(s)) return false;
    left_.remove_prefix(s.size());
    return true;
  }
  u32 take() {
    const std::size_t before = left_.size();
    const u32 c = take_utf8(left_);
    if (c == 0xfffd && before - left_.size() == 1) wrong("this is not UTF-8");
    return c;
  }

  // Behind a backslash: one of \d \D \s \S \w \W, or a category, added to the ranges.
  bool add_escaped_class() {
    if (left_.empty()) return false;
    const char c = left_.front();
    if (c == 'p' || c == 'P') return take_category(c == 'P'), true;
    const std::string_view members = c == 'd' || c == 'D' ? "09" : c == 's' || c == 'S' ? "\t\n\f\r  " : c == 'w' || c == 'W' ? "09AZ__az" : "";
    if (members.empty()) return false;
    left_.remove_prefix(1);
    add_members(members, c < 'a');
    return true;
  }
  // \pL, \p{Lu}, \p{^Lu}.
  void take_category(bool others) {
    left_.remove_prefix(1);
    std::string_view name = left_.substr(0, 1);
    left_.remove_prefix(name.size());
    if (name == "{") {
      name = left_.substr(0, std::min(left_.find('}'), left_.size()));
      left_.remove_prefix(std::min(name.size() + 1, left_.size()));
      if (name.starts_with('^')) name.remove_prefix(1), others = !others;
    }
    if (name == "Any" && !others) ranges_.push_back({0, 0x10ffff});
    else if (name != "Any" && !add_category(name, others, ranges_)) wrong("\\p is followed by no general category (scripts are not supported)");
  }
  // Pairs of first and last ASCII characters, in order; or all that lies between them.
  void add_members(std::string_view pairs, bool others) {
    u32 next = 0;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      const u32 a = static_cast<unsigned char>(pairs[i]), b = static_cast<unsigned char>(pairs[i + 1]);
      if (!others) ranges_.push_back({a, b});
      else if (a > next) ranges_.push_back({next, a - 1});
      next = b + 1;
    }
    if (others) ranges_.push_back({next, 0x10ffff});
  }

  // The character that is written behind a backslash.
  u32 take_escaped() {
    if (left_.empty()) return wrong("a '\\' is followed by nothing"), 0;
    const auto digit = [&](u32 base) -> u32 {
      if (left_.empty()) return base;
      const u32 c = static_cast<unsigned char>(left_.front()), lower = c | 32;
      const u32 d = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : base;
      return std::min(d, base);
    };
    const char c = left_.front();
    const u32 value = static_cast<unsigned char>(c);
    if (value < 0x80 && (!is_word(value) || c == '_')) return left_.remove_prefix(1), value;
    const std::size_t found = std::string_view("afnrtv").find(c);
    if (found != std::string_view::npos) return left_.remove_prefix(1), static_cast<u32>("\a\f\n\r\t\v"[found]);
    u32 n = 0;
    if (c >= '0' && c <= '7') {
      // \1 to \7 alone would be references to groups.
      if (c != '0' && (left_.size() < 2 || left_[1] < '0' || left_[1] > '7')) return wrong("RE2 has no references to groups"), 0;
      for (int i = 0; i < 3 && digit(8) < 8; ++i) n = 8 * n + digit(8), left_.remove_prefix(1);
      return n;
    }
    if (skip("x{")) {
      bool any = false;
      for (; digit(16) < 16; any = true) n = std::min<u32>(16 * n + digit(16), 0x110000), left_.remove_prefix(1);
      if (!any || n > 0x10ffff || !skip("}")) wrong("\\x{...} needs a character's number");
      return n;
    }
    if (skip("x")) {
      for (int i = 0; i < 2; ++i, left_.remove_prefix(1)) {
        if (digit(16) == 16) return wrong("\\x needs two digits"), 0;
        n = 16 * n + digit(16);
      }
      return n;
    }
    return wrong("RE2 has no such '\\'"), 0;
  }

  // What lies between brackets, the first of them taken; true for a class of all others.
  bool take_class() {
    const bool others = skip("^");
    for (bool begins = true; why_ == nullptr; begins = false) {
      if (left_.empty()) wrong("a class is not closed: ']' is missing");
      if (ranges_.size() > most_ranges) wrong("the classes have more than 1048576 ranges");
      if (why_ != nullptr) break;
      if (!begins && skip("]")) break;
      if (const auto end = left_.starts_with("[:") ? left_.substr(0, 16).find(":]", 2) : left_.npos; end != left_.npos) {
        if (!add_named_class(end)) wrong("there is no class of this name");
        continue;
      }
      if (left_.front() == '\\' && left_.size() > 1) {
        left_.remove_prefix(1);
        if (add_escaped_class()) continue;
        left_ = whole_.substr(position() - 1);
      }
      const u32 low = class_character();
      u32 high = low;
      if (left_.size() > 1 && left_[0] == '-' && left_[1] != ']') {
        left_.remove_prefix(1);
        high = class_character();
        if (high < low) wrong("the ends of a range are the wrong way round");
      }
      ranges_.push_back({low, high});
    }
    return others;
  }
  u32 class_character() { return skip("\\") ? take_escaped() : take(); }
  bool add_named_class(std::size_t end) {
    constexpr struct {
      std::string_view name, members;
    } classes[] = {{"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", {"\0\x7f", 2}}, {"blank", "\t\t  "},
                   {"cntrl", {"\0\x1f\x7f\x7f", 4}}, {"digit", "09"}, {"graph", "!~"}, {"lower", "az"}, {"print", " ~"},
                   {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"}, {"word", "09AZ__az"}, {"xdigit", "09AFaf"}};
    std::string_view name = left_.substr(2, end - 2);
    const bool others = name.starts_with('^');
    if (others) name.remove_prefix(1);
    for (const auto& c : classes)
      if (c.name == name) return add_members(c.members, others), left_.remove_prefix(end + 2), true;
    return false;
  }
  // The ranges from `first` on are one class: in order, and those that touch become one.
  std::size_t merge_ranges(std::size_t first) {
    auto& all = ranges_;
    std::sort(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(), [](character_range x, character_range y) { return x.first < y.first; });
    std::size_t n = first;
    for (std::size_t i = first; i < all.size(); ++i) {
      if (n > first && all[i].first <= all[n - 1].last + 1) all[n - 1].last = std::max(all[n - 1].last, all[i].last);
      else all[n++] = all[i];
    }
    all.resize(n);
    return n - first;
  }

  const std::string_view whole_;
  std::string_view left_;
  std::vector<character_range> ranges_;
  const char* why_ = nullptr;  // what is wrong
};

}  // namespace tenon::inline TENON_BUILD::detail
TENON_COLD_END
