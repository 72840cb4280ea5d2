// Regular expressions in the syntax of RE2 as programs: Thompson's construction (1968).
#pragma once

#include "../core/letter_case.hpp"
#include "regex_characters.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::detail {

/// Instructions lie one after the other, and each goes on with the next: jumps are relative, so that pieces
/// of program can be moved and repeated.
struct regex_step {
  enum class kind : u8 { range, set, split, jump, assertion };
  kind what;
  bool fold = false, negated = false;  ///< of a character: whatever its case; all others
  i32 a = 0, b = 0;  ///< first and last character; first of the ranges and their number; distance; which assertion
};
/// Between which characters a place lies.
enum class regex_place : i32 { text_begin, text_end, line_begin, line_end, word_edge, no_word_edge };

struct regex_program {
  std::vector<regex_step> steps;
  std::vector<character_range> ranges;
};

// Simple case folding leaves the two letters alone that only Turkish pairs with i.
constexpr bool is_turkish(u32 c) { return c == 0x130 || c == 0x131; }
inline u32 folded(u32 c) { return is_turkish(c) ? c : to_lower(to_upper(c)); }

/// Reads a pattern and writes the program, in one pass and without recursion.
class regex_compiler : regex_characters {
 public:
  static constexpr std::size_t most_steps = 1 << 17;
  static constexpr int most_repeats = 1000, deepest = 1000;

  using regex_characters::regex_characters;

  result<regex_program> compile() {
    open_.push_back({});
    while (why_ == nullptr && !left_.empty()) {
      const std::size_t before = position();
      read();
      if (steps_.size() > most_steps) wrong("the pattern takes more than 131072 steps");
      if (ranges_.size() > most_ranges) wrong("the classes have more than 1048576 ranges");
      if (why_ != nullptr && at_ == whole_.npos) at_ = before;
    }
    if (why_ == nullptr && open_.size() > 1) at_ = open_.back().at, wrong("a group is not closed: ')' is missing");
    if (why_ != nullptr) {
      const bool cut = whole_.size() > 60;
      return fail(code::invalid, {"pattern '", whole_.substr(0, 60), cut ? "...'" : "'", " at byte ", at_, ": ", why_});
    }
    close_branches();
    return regex_program{std::move(steps_), std::move(ranges_)};
  }

 private:
  enum flag : u8 { fold = 1, lines = 2, dot_all = 4 };
  struct group {
    i32 begin = 0, branch = 0;  // of the group and of its last alternative
    i32 jumps = -1;             // to its end: the last of a chain
    u8 flags = 0;               // around it
    std::size_t at = 0;
  };
  using kind = regex_step::kind;

  i32 here() { return static_cast<i32>(steps_.size()); }
  // What comes next is something that can be repeated.
  void begin_atom() { atom_ = here(), repeated_ = false; }

  void read() {
    if (quoted_) {
      if (skip("\\E")) quoted_ = false;
      else begin_atom(), put_literal(take());
      return;
    }
    const char c = left_.front();
    switch (c) {
      case '(': return open_group();
      case ')': return close_group();
      case '|': return next_branch();
      case '*': case '+': case '?': return repeat();
      case '{':
        if (is_repeat()) return repeat();
        break;
      case '[': {
        left_.remove_prefix(1);
        begin_atom();
        const std::size_t first = ranges_.size();
        return put_set(first, take_class());
      }
      case '\\': return read_escaped();
      case '.':
        left_.remove_prefix(1);
        begin_atom();
        if (flags_ & dot_all) put({.what = kind::range, .a = 0, .b = 0x10ffff});
        else put({.what = kind::range, .negated = true, .a = '\n', .b = '\n'});
        return;
      case '^':
        left_.remove_prefix(1);
        return put_place(flags_ & lines ? regex_place::line_begin : regex_place::text_begin);
      case '$':
        left_.remove_prefix(1);
        return put_place(flags_ & lines ? regex_place::line_end : regex_place::text_end);
      default: break;
    }
    begin_atom();
    put_literal(take());
  }

  void put(regex_step s) { steps_.push_back(s); }
  void put_place(regex_place p) {
    begin_atom();
    put({.what = kind::assertion, .a = static_cast<i32>(p)});
  }
  void put_literal(u32 c) {
    const bool folds = (flags_ & fold) != 0;
    const auto at = static_cast<i32>(folds ? folded(c) : c);
    put({.what = kind::range, .fold = folds, .a = at, .b = at});
  }
  void put_set(std::size_t first, bool others) {
    const std::size_t n = merge_ranges(first);
    put({.what = kind::set, .fold = (flags_ & fold) != 0, .negated = others, .a = static_cast<i32>(first), .b = static_cast<i32>(n)});
  }
  void read_escaped() {
    left_.remove_prefix(1);
    if (skip("Q")) return void(quoted_ = true);
    if (skip("A")) return put_place(regex_place::text_begin);
    if (skip("z")) return put_place(regex_place::text_end);
    if (skip("b")) return put_place(regex_place::word_edge);
    if (skip("B")) return put_place(regex_place::no_word_edge);
    begin_atom();
    const std::size_t first = ranges_.size();
    if (add_escaped_class()) return put_set(first, false);
    put_literal(take_escaped());
  }

  // ---- Groups ----

  void open_group() {
    const std::size_t at = position();
    left_.remove_prefix(1);
    u8 inside = flags_;
    if (skip("?P<") || (left_.starts_with("?<") && !left_.starts_with("?<=") && !left_.starts_with("?<!") && skip("?<"))) {
      std::size_t n = 0;
      while (n < left_.size() && is_word(static_cast<unsigned char>(left_[n]))) ++n;
      if (n == 0 || n == left_.size() || left_[n] != '>') return wrong("this is no name of a group");
      left_.remove_prefix(n + 1);
    } else if (skip("?")) {
      bool off = false, any = false;
      for (;; any = true) {
        if (left_.empty()) return wrong("a group is not closed: ')' is missing");
        const char c = left_.front();
        left_.remove_prefix(1);
        const auto bit = static_cast<u8>(c == 'i' ? fold : c == 'm' ? lines : c == 's' ? dot_all : 0);
        if (c == ':') break;
        if (c == ')') {
          if (!any) return wrong("flags are missing");
          flags_ = inside, atom_ = -1;
          return;
        }
        if (c == '-' && !off) off = true;
        else if (bit != 0 || c == 'U') inside = static_cast<u8>(off ? inside & ~bit : inside | bit);
        else return wrong("(? is followed by what RE2 has no group for");
      }
    }
    if (open_.size() > deepest) return wrong("groups are nested too deeply");
    open_.push_back({.begin = here(), .branch = here(), .jumps = -1, .flags = flags_, .at = at});
    flags_ = inside;
    atom_ = -1;
  }
  // Each alternative but the last begins with a choice between it and the next one, and ends with a jump.
  void next_branch() {
    left_.remove_prefix(1);
    group& g = open_.back();
    insert(g.branch, {.what = kind::split, .a = here() + 2 - g.branch});
    put({.what = kind::jump, .a = g.jumps});
    g.jumps = here() - 1;
    g.branch = here();
    atom_ = -1;
  }
  void close_branches() {
    for (i32 at = open_.back().jumps; at >= 0;) {
      regex_step& jump = steps_[static_cast<unsigned>(at)];
      const i32 next = jump.a;
      jump.a = here() - at;
      at = next;
    }
  }
  void close_group() {
    if (open_.size() == 1) return wrong("')' closes nothing");
    left_.remove_prefix(1);
    close_branches();
    atom_ = open_.back().begin, repeated_ = false;
    flags_ = open_.back().flags;
    open_.pop_back();
  }

  // ---- Repetition ----

  void insert(i32 at, regex_step s) { steps_.insert(steps_.begin() + at, s); }
  // {2}, {2,} or {2,5}; what looks otherwise is text.
  bool is_repeat() {
    std::string_view s = left_.substr(1);
    const auto number = [&](i32& n) {
      std::size_t digits = 0;
      for (n = 0; digits < s.size() && s[digits] >= '0' && s[digits] <= '9'; ++digits) n = std::min(10 * n + (s[digits] - '0'), most_repeats + 1);
      s.remove_prefix(digits);
      return digits > 0;
    };
    if (!number(least_)) return false;
    most_ = least_;
    if (s.starts_with(',')) {
      s.remove_prefix(1);
      if (!number(most_)) most_ = -1;
    }
    if (!s.starts_with('}')) return false;
    length_ = left_.size() - s.size() + 1;
    return true;
  }
  void repeat() {
    if (left_.front() != '{') least_ = left_.front() == '+', most_ = left_.front() == '?' ? 1 : -1, length_ = 1;
    if (atom_ < 0) return wrong("there is nothing to repeat");
    if (repeated_) return wrong("what is repeated already needs a group around it");
    if (least_ > most_repeats || most_ > most_repeats || (most_ >= 0 && most_ < least_))
      return wrong("a repetition is of 0 to 1000 times, the lesser number first");
    left_.remove_prefix(length_);
    skip("?");  // which of several matches is found makes no difference to a whole text
    repeated_ = true;

    const std::vector<regex_step> once(steps_.begin() + atom_, steps_.end());
    const auto size = static_cast<i32>(once.size());
    if (steps_.size() + (once.size() + 1) * static_cast<std::size_t>(std::max({least_, most_, 1})) > most_steps)
      return wrong("the pattern takes more than 131072 steps");
    const auto again = [&] { steps_.insert(steps_.end(), once.begin(), once.end()); };
    steps_.resize(static_cast<unsigned>(atom_));
    for (int i = 0; i < least_; ++i) again();
    if (most_ < 0 && least_ > 0) {
      put({.what = kind::split, .a = -size});
    } else if (most_ < 0) {
      put({.what = kind::split, .a = size + 2});
      again();
      put({.what = kind::jump, .a = -size - 1});
    }
    for (int i = least_; i < most_; ++i) {
      put({.what = kind::split, .a = size + 1});
      again();
    }
  }

  std::vector<regex_step> steps_;
  std::vector<group> open_;
  u8 flags_ = 0;
  i32 atom_ = -1;  // where the program of what can be repeated begins, or -1
  bool repeated_ = false, quoted_ = false;
  i32 least_ = 0, most_ = 0;  // of a repetition; -1: any number
  std::size_t length_ = 0;
  std::size_t at_ = std::string_view::npos;
};

}  // namespace tenon::inline TENON_BUILD::detail
TENON_COLD_END
