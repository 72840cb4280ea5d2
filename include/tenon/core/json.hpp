// Reads JSON (RFC 8259). The text is not trusted: lists and objects are at most 64 deep, keys are different,
// memory is bounded, and what is wrong is said with line and column.
#pragma once

#include "faults.hpp"
#include "json_value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

class json_reader {
 public:
  json_reader(std::string_view text, std::int64_t limit) : text_(text), left_(limit) {}

  result<json> read() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = counted_ = 3;  // a mark that some editors put in front
    json v;
    if (!value(v, 0) || !end()) return std::unexpected(std::move(error_));
    return v;
  }

 private:
  static constexpr int deepest = 64;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool digit() const { return peek() >= '0' && peek() <= '9'; }
  void skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// The place of the next byte; each byte is counted once.
  text_position position() {
    for (; counted_ < at_; ++counted_)
      if (text_[counted_] == '\n') ++here_.line, here_.column = 1;
      else if ((text_[counted_] & 0xc0) != 0x80) ++here_.column;
    return here_;
  }
  [[gnu::noinline]] bool fault(text_position at, std::initializer_list<piece> why) {
    error_ = {code::malformed, join({at.text(), ": ", join(why)})};
    return false;
  }
  /// The next character is none of those that could come here.
  [[gnu::noinline]] bool expected(std::string_view what) {
    if (at_ == text_.size()) return fault(position(), {"the text ends where ", what, " is expected"});
    std::string_view rest = text_.substr(at_);
    std::size_t n = 0;
    const auto word = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
    while (n < rest.size() && n < 20 && word(rest[n])) ++n;
    if (n == 0) {
      const std::string_view before = rest;
      take_utf8(rest);
      n = before.size() - rest.size();
      rest = before;
    }
    return fault(position(), {what, " is expected, not ", in_quotes(rest.substr(0, n))});
  }
  /// Takes memory before it is allocated.
  bool room(std::size_t bytes) {
    left_ -= static_cast<std::int64_t>(bytes);
    if (left_ >= 0) return true;
    error_ = {code::limit, join({position().text(), ": the text unfolds to more bytes than are allowed"})};
    return false;
  }

  bool end() {
    skip();
    return at_ == text_.size() || expected("the end of the text");
  }

  bool value(json& to, int depth) {
    skip();
    const text_position at = position();
    if (!room(2 * sizeof(json))) return false;
    bool good = true;
    if (peek() == '{' || peek() == '[') {
      if (depth == deepest) return fault(at, {"more than ", deepest, " lists and objects inside each other"});
      good = text_[at_++] == '{' ? object(to, depth + 1) : list(to, depth + 1);
    } else if (peek() == '"') {
      std::string s;
      good = text(s);
      to = json(std::move(s));
    } else if (peek() == '-' || digit()) {
      good = number(to, at);
    } else if (word("true")) {
      to = json(true);
    } else if (word("false")) {
      to = json(false);
    } else if (!word("null")) {
      return expected("a value");
    }
    to.at = at;
    return good;
  }
  bool word(std::string_view w) {
    if (!text_.substr(at_).starts_with(w)) return false;
    at_ += w.size();
    return true;
  }

  bool list(json& to, int depth) {
    json::list items;
    if (!take(']')) {
      do {
        if (!value(items.emplace_back(), depth)) return false;
      } while (take(','));
      if (!take(']')) return expected("',' or ']'");
    }
    to = json(std::move(items));
    return true;
  }
  bool object(json& to, int depth) {
    json::object members;
    if (!take('}')) {
      do {
        skip();
        json::member m;
        m.at = position();
        if (peek() != '"') return expected("a key in quotes");
        if (!room(2 * sizeof m) || !text(m.key)) return false;
        if (!take(':')) return expected("':'");
        if (!value(m.value, depth)) return false;
        members.push_back(std::move(m));
      } while (take(','));
      if (!take('}')) return expected("',' or '}'");
    }
    if (!distinct(members)) return false;
    to = json(std::move(members));
    return true;
  }
  bool distinct(const json::object& members) {
    std::vector<const json::member*> sorted;
    for (const json::member& m : members) sorted.push_back(&m);
    std::sort(sorted.begin(), sorted.end(), [](const json::member* a, const json::member* b) { return a->key != b->key ? a->key < b->key : a < b; });
    for (std::size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i]->key == sorted[i - 1]->key)
        return fault(sorted[i]->at,
                     {"the key ", in_quotes(sorted[i]->key), " is given twice, first at ", sorted[i - 1]->at.text()});
    return true;
  }

  bool number(json& to, text_position at) {
    const std::size_t start = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (digit()) ++at_;
      return at_ > from;
    };
    bool whole = true;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
      if (digit()) return fault(at, {"a number that goes on after its first 0"});
    } else if (!digits()) {
      return expected("a digit");
    }
    if (peek() == '.') {
      ++at_, whole = false;
      if (!digits()) return expected("a digit");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_, whole = false;
      if (peek() == '-' || peek() == '+') ++at_;
      if (!digits()) return expected("a digit");
    }
    const std::string_view s = text_.substr(start, at_ - start);
    const bool minus = s[0] == '-';
    std::uint64_t n = 0;
    bool fits = whole && s != "-0";  // whose sign only a double has
    for (const char c : s.substr(minus)) fits = fits && add_digit(n, c);
    if (fits && n <= (std::uint64_t{1} << 63) - !minus) {
      to = json(static_cast<std::int64_t>(minus ? 0 - n : n));
      return true;
    }
    if (fits && !minus) {
      to = json(n);
      return true;
    }
    const double x = *parse_double(s);
    if (!(x - x == 0)) return fault(at, {"the number ", shown(s), " is larger than 64 bits hold"});
    to = json(x);
    return true;
  }

  bool text(std::string& to) {
    const text_position start = position();
    ++at_;
    while (true) {
      if (at_ == text_.size()) return fault(start, {"the text that begins here has no end"});
      if (!room(2)) return false;
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 32)
        return fault(position(), {"a control character in a text; \\n and \\t are written so"});
      if (c == '\\') {
        if (!escape(to)) return false;
        continue;
      }
      std::string_view rest = text_.substr(at_);
      const std::size_t before = rest.size();
      if (take_utf8(rest) == 0xfffd && before - rest.size() == 1)
        return fault(position(), {"a byte that is not UTF-8"});
      to += text_.substr(at_, before - rest.size());
      at_ += before - rest.size();
    }
  }
  bool escape(std::string& to) {
    const text_position at = position();
    const auto unit = [&](std::uint32_t& u) {
      if (!text_.substr(at_).starts_with("\\u")) return false;
      u = 0;
      for (std::size_t i = 2; i < 6; ++i) {
        const char c = at_ + i < text_.size() ? text_[at_ + i] : '\0';
        const auto place = std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c | 32) : c);
        if (place == std::string_view::npos) return false;
        u = u << 4 | static_cast<std::uint32_t>(place);
      }
      at_ += 6;
      return true;
    };
    std::uint32_t u = 0, low = 0;
    if (unit(u)) {
      if (u >= 0xd800 && u < 0xdc00 && unit(low) && low >= 0xdc00 && low < 0xe000)
        u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
      if (u >= 0xd800 && u < 0xe000) return fault(at, {"half of a surrogate pair"});
      append_utf8(to, u);
      return true;
    }
    constexpr auto none = std::string_view::npos;
    const auto place = at_ + 1 < text_.size() ? std::string_view("\"\\/bfnrt").find(text_[at_ + 1]) : none;
    if (place == none)
      return fault(at, {"no such escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"});
    to += "\"\\/\b\f\n\r\t"[place];
    at_ += 2;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0, counted_ = 0;
  std::int64_t left_;
  text_position here_{1, 1};
  error error_{code::malformed, {}};
};

}  // namespace detail

/// The value that a text holds. Keys are different, lists and objects at most 64 deep, and the whole takes at
/// most `limit` bytes; the message begins with line and column.
inline result<json> try_parse_json(std::string_view text, std::int64_t limit = std::int64_t{1} << 28) {
  return detail::json_reader(text, limit).read();
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
