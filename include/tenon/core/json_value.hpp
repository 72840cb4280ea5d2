// JSON (RFC 8259) as values, and as text again; json.hpp reads. A value knows where it stood in its text,
// so that what is wrong with it can be said with line and column.
#pragma once

#include <variant>
#include <vector>

#include "error.hpp"
#include "parse_double.hpp"
#include "utf8.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A place in a text, counted from 1; columns in characters. Zero: not from a text.
struct text_position {
  std::uint32_t line = 0, column = 0;
  std::string text() const { return join({"line ", line, ", column ", column}); }
};

/// null, a truth value, a number, a text, a list, or an object, which keeps the order of its members.
class json {
 public:
  struct member;
  using list = std::vector<json>;
  using object = std::vector<member>;

  json(std::nullptr_t = nullptr);
  json(std::same_as<bool> auto b) : value_(b) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  json(I n) : json(static_cast<double>(n)) {
    if (std::in_range<std::int64_t>(n)) value_.template emplace<std::int64_t>(n);
    else value_.template emplace<std::uint64_t>(static_cast<std::make_unsigned_t<I>>(n));
  }
  json(double x);
  /// As the decimal number of the fewest digits that means it: 0.1f is 0.1.
  json(float x);
  json(std::string s);
  json(std::string_view s);
  json(const char* s);
  json(list l);
  json(object o);
  json(const json& o);
  json(json&& o) noexcept;
  json& operator=(json o) noexcept;
  ~json();

  text_position at;

  /// What it is, in words: "a number".
  std::string_view kind() const {
    static constexpr std::string_view kinds[] = {"null",     "true or false", "a number", "a number",
                                                 "a number", "a text",        "a list",   "an object"};
    return kinds[value_.index()];
  }
  bool is_null() const { return value_.index() == 0; }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const list* items() const { return std::get_if<list>(&value_); }
  const object* members() const { return std::get_if<object>(&value_); }
  /// A number without fraction that an int64 holds; 2.0 and 2e3 are such.
  std::optional<std::int64_t> integer() const {
    if (const auto* n = std::get_if<std::int64_t>(&value_)) return *n;
    const auto* x = std::get_if<double>(&value_);
    if (x == nullptr || !(*x >= -0x1p63 && *x < 0x1p63)) return std::nullopt;
    const auto n = static_cast<std::int64_t>(*x);
    return static_cast<double>(n) == *x ? std::optional(n) : std::nullopt;
  }
  /// The same of a uint64.
  std::optional<std::uint64_t> natural() const {
    if (const auto* n = std::get_if<std::uint64_t>(&value_)) return *n;
    if (const auto n = integer()) return *n >= 0 ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
    const auto* x = std::get_if<double>(&value_);  // above all int64, so that it has no fraction
    return x != nullptr && *x >= 0x1p63 && *x < 0x1p64 ? std::optional(static_cast<std::uint64_t>(*x)) : std::nullopt;
  }
  /// A number, rounded to nearest.
  std::optional<double> number() const {
    if (const auto* n = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*n);
    if (const auto* x = std::get_if<double>(&value_)) return *x;
    if (const auto* n = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*n);
    return std::nullopt;
  }
  /// True of numbers that were written with a fraction or an exponent, or do not fit 64 bits.
  bool is_real() const { return std::holds_alternative<double>(value_); }
  /// The member of an object, or null.
  const json* find(std::string_view key) const;

  /// An error about this value, which begins with its place.
  [[gnu::noinline]] std::unexpected<error> wrong(std::initializer_list<piece> why) const {
    return fail(code::invalid, {at.line == 0 ? "" : at.text() + ": ", join(why)});
  }

 private:
  // Of whole numbers a uint64 holds those only that are above all int64.
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, list, object> value_;
};

struct json::member {
  std::string key;
  json value;
  text_position at = {};  ///< of the key
};

inline json::json(std::nullptr_t) {}
inline json::json(double x) : value_(x) {}
inline json::json(std::string s) : value_(std::move(s)) {}
inline json::json(std::string_view s) : value_(std::string(s)) {}
inline json::json(const char* s) : value_(std::string(s)) {}
inline json::json(list l) : value_(std::move(l)) {}
inline json::json(object o) : value_(std::move(o)) {}
// Here, where a member is complete.
inline json::json(const json& o) = default;
inline json::json(json&& o) noexcept = default;
inline json& json::operator=(json o) noexcept {
  at = o.at, value_ = std::move(o.value_);
  return *this;
}
inline json::~json() = default;

inline const json* json::find(std::string_view key) const {
  if (const object* o = members())
    for (const member& m : *o)
      if (m.key == key) return &m.value;
  return nullptr;
}

/// A number as JSON has it, with the fewest digits that mean it and a fraction or an exponent. JSON has no
/// infinities and no NaN: they become null.
[[gnu::noinline]] inline std::string json_number(double x, binary_format format = binary64) {
  if (!(x - x == 0)) return "null";
  const double size = x < 0 ? -x : x;
  if (size == 0 || (size >= 1e-4 && size < 1e16)) return positional(x, format, {}, zeros::one);
  return scientific(x, format, {}, zeros::none, 1);
}

inline json::json(float x) : value_(static_cast<double>(x)) {
  if (const auto v = parse_double(json_number(static_cast<double>(x), binary32))) value_ = *v;
}

/// A text with its quotes; what is not UTF-8 in it becomes U+FFFD.
[[gnu::noinline]] inline std::string json_text(std::string_view s) {
  std::string out = "\"";
  while (!s.empty()) {
    const std::uint32_t c = detail::take_utf8(s);
    constexpr std::string_view short_ones = "\b\f\n\r\t\"\\", letters = "bfnrt\"\\";
    if (c < 128 && short_ones.contains(static_cast<char>(c))) {
      out += '\\', out += letters[short_ones.find(static_cast<char>(c))];
    } else if (c < 32 || c == 127) {
      out += "\\u00", out += "0123456789abcdef"[c >> 4], out += "0123456789abcdef"[c & 15];
    } else {
      detail::append_utf8(out, c);
    }
  }
  return out += '"';
}

namespace detail {

[[gnu::noinline]] inline void write_json(std::string& out, const json& v, int indent, int depth) {
  const auto line = [&](int level) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent * level), ' ');
  };
  if (const auto* items = v.items()) {
    bool flat = true;  // numbers and such stand side by side
    for (const json& i : *items) flat = flat && i.items() == nullptr && i.members() == nullptr;
    out += '[';
    for (const json& i : *items) {
      if (&i != items->data()) out += flat && indent >= 0 ? ", " : ",";
      if (!flat) line(depth + 1);
      write_json(out, i, indent, depth + 1);
    }
    if (!flat) line(depth);
    out += ']';
  } else if (const auto* members = v.members()) {
    out += '{';
    for (const json::member& m : *members) {
      if (&m != members->data()) out += ',';
      line(depth + 1);
      out += json_text(m.key) += indent < 0 ? ":" : ": ";
      write_json(out, m.value, indent, depth + 1);
    }
    if (!members->empty()) line(depth);
    out += '}';
  } else if (const std::string* s = v.text()) {
    out += json_text(*s);
  } else if (const bool* b = v.boolean()) {
    out += *b ? "true" : "false";
  } else if (v.is_null()) {
    out += "null";
  } else {
    out += v.is_real() ? json_number(*v.number()) : v.integer() ? join({*v.integer()}) : join({*v.natural()});
  }
}

}  // namespace detail

/// As text, in one line, or with members below each other, so much indented.
inline std::string write_json(const json& v, int indent = -1) {
  std::string out;
  detail::write_json(out, v, indent, 0);
  return out;
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
