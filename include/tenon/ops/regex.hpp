// Whole texts against regular expressions, in time proportional to the text: the machine keeps a set of states per
// character as Pike's does, so that no pattern makes it slow.
#pragma once

#include "regex_program.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A compiled pattern, with the memory that matching needs.
class regex {
 public:
  /// What is wrong with a pattern is told with its position.
  static result<regex> compile(std::string_view pattern) {
    auto p = detail::regex_compiler(pattern).compile();
    if (!p.has_value()) return std::unexpected(p.error());
    return regex(std::move(*p));
  }

  /// True when all of the text is what the pattern describes. Bytes that are not UTF-8 are U+FFFD.
  [[gnu::noinline]] bool full_match(std::string_view text) {
    const auto next_of = [&] { return text.empty() ? none : detail::take_utf8(text); };
    u32 before = none, next = next_of();
    now_.clear();
    bool done = start(0, before, next);
    while (next != none && !now_.empty()) {
      before = next, next = next_of();
      std::swap(now_, last_);
      now_.clear();
      ++place_;
      done = false;
      for (u32 at : last_)
        if (takes(program_.steps[at], before)) done |= follow(at + 1, before, next);
    }
    return next == none && done;
  }

 private:
  static constexpr u32 none = ~u32{0};
  using kind = detail::regex_step::kind;

  explicit regex(detail::regex_program p) : program_(std::move(p)), seen_(program_.steps.size() + 1) {}

  bool start(u32 at, u32 before, u32 next) {
    ++place_;
    return follow(at, before, next);
  }
  // Adds what can be reached without a character; true when the end of the program can. Each state is looked at
  // once per place.
  bool follow(u32 from, u32 before, u32 next) {
    bool end = false;
    waiting_.assign(1, from);
    while (!waiting_.empty()) {
      const u32 at = waiting_.back();
      waiting_.pop_back();
      if (std::exchange(seen_[at], place_) == place_) continue;
      if (at == program_.steps.size()) {
        end = true;
        continue;
      }
      const detail::regex_step& s = program_.steps[at];
      if (s.what == kind::split || s.what == kind::jump) waiting_.push_back(at + static_cast<u32>(s.a));
      if (s.what == kind::split || (s.what == kind::assertion && holds(s, before, next))) waiting_.push_back(at + 1);
      if (s.what == kind::range || s.what == kind::set) now_.push_back(at);
    }
    return end;
  }
  static bool holds(const detail::regex_step& s, u32 before, u32 next) {
    const bool edge = (before != none && detail::is_word(before)) != (next != none && detail::is_word(next));
    switch (static_cast<detail::regex_place>(s.a)) {
      case detail::regex_place::text_begin: return before == none;
      case detail::regex_place::text_end: return next == none;
      case detail::regex_place::line_begin: return before == none || before == '\n';
      case detail::regex_place::line_end: return next == none || next == '\n';
      case detail::regex_place::word_edge: return edge;
      case detail::regex_place::no_word_edge: return !edge;
    }
    return false;
  }
  bool takes(const detail::regex_step& s, u32 c) const {
    bool in = contains(s, c);
    if (!in && s.fold && !detail::is_turkish(c))
      in = contains(s, detail::to_lower(c)) || contains(s, detail::to_upper(c)) || contains(s, detail::folded(c));
    return in != s.negated;
  }
  bool contains(const detail::regex_step& s, u32 c) const {
    if (s.what == kind::range) return c >= static_cast<u32>(s.a) && c <= static_cast<u32>(s.b);
    const std::span set = std::span(program_.ranges).subspan(static_cast<u32>(s.a), static_cast<u32>(s.b));
    const auto after = std::upper_bound(set.begin(), set.end(), c, [](u32 x, const detail::character_range& r) { return x < r.first; });
    return after != set.begin() && c <= after[-1].last;
  }

  detail::regex_program program_;
  std::vector<u64> seen_;  // at which place a state was looked at last
  std::vector<u32> now_, last_, waiting_;
  u64 place_ = 0;
};

}  // namespace tenon
TENON_COLD_END
