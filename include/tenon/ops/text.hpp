// StringConcat, StringSplit, StringNormalizer, RegexFullMatch: texts, which are UTF-8.
#pragma once

#include "elements.hpp"
#include "regex.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// An error unless so many characters have room: strings take theirs where nobody can refuse them.
inline status room_for(produce_context& c, i64 characters) {
  auto room = c.make(dtype::u8, shape{characters});
  if (!room.has_value()) return std::unexpected(room.error());
  c.drop(std::move(*room));
  return {};
}

/// Z = X followed by Y, with broadcasting.
struct StringConcat {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = {dtype::string};
  static constexpr auto inputs = "X:T Y:T", outputs = "Z:T";
  static constexpr bool strided = true;

  status produce(produce_context& c) const {
    const any_view in[] = {c.input(0), c.input(1)};
    const auto dims = broadcast(in[0].dims, in[1].dims);
    if (!dims) return c.invalid({"shapes do not broadcast: ", in[0].dims, " and ", in[1].dims});
    auto z = c.make(dtype::string, *dims);
    if (!z.has_value()) return std::unexpected(z.error());
    const mutable_any_view out = (*z).edit();
    const auto *x = in[0].as<std::string>(), *y = in[1].as<std::string>();
    i64 characters = 0;
    each_element(in, out, [&](const i64* at) { characters += static_cast<i64>(x[at[1]].size() + y[at[2]].size()); });
    if (status s = room_for(c, characters); !s.has_value()) return s;
    each_element(in, out, [&](const i64* at) { (out.as<std::string>()[at[0]] = x[at[1]]) += y[at[2]]; });
    c.output(0) = std::move(*z);
    return {};
  }
};

/// Y = the pieces of each text between delimiters, or between runs of white space when there is none, followed by
/// empty texts up to the most pieces; Z = how many. From the maxsplit-th delimiter on nothing is cut.
struct StringSplit {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = {dtype::string};
  static constexpr auto inputs = "X:T", outputs = "Y:T Z?:I";

  std::string delimiter{};
  std::optional<i64> maxsplit{};

  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    const auto* texts = x.as<std::string>();
    if (status s = check_rank(x.rank() + 1); !s.has_value()) return s;
    auto z = c.make(dtype::i64, x.dims);
    if (!z.has_value()) return std::unexpected(z.error());
    const std::vector<std::size_t> borders = borders_of(delimiter);
    i64 most = 0, characters = 0;
    for (i64 i = 0; i < x.size(); ++i) {
      most = std::max(most, (*z).as<i64>()[i] = split(texts[i], borders, nullptr));
      characters += static_cast<i64>(texts[i].size());
    }
    shape dims = x.dims;
    dims.push_back(most);
    auto y = c.make(dtype::string, dims);
    if (!y.has_value()) return std::unexpected(y.error());
    if (status s = room_for(c, characters); !s.has_value()) return s;
    for (i64 i = 0; i < x.size(); ++i) split(texts[i], borders, (*y).as<std::string>() + i * most);
    c.output(0) = std::move(*y);
    if (c.outputs() > 1) c.output(1) = std::move(*z);
    return {};
  }

 private:
  // Unicode's white space, and the four ASCII separators, as in Python.
  static bool is_space(u32 c) {
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
  }
  /// Bytes before the first character that is white space, or is not.
  static std::size_t run_of(std::string_view s, bool space) {
    std::string_view left = s;
    while (!left.empty()) {
      const std::string_view before = left;
      if (is_space(tenon::detail::take_utf8(left)) != space) return s.size() - before.size();
    }
    return s.size();
  }
  // Knuth, Morris and Pratt's search (1977): no text makes it slow. borders[i]: of the first i characters.
  static std::vector<std::size_t> borders_of(std::string_view s) {
    std::vector<std::size_t> borders(s.size() + 1);
    for (std::size_t i = 1, n = 0; i < s.size(); ++i) {
      while (n > 0 && s[i] != s[n]) n = borders[n];
      borders[i + 1] = s[i] == s[n] ? ++n : 0;
    }
    return borders;
  }
  std::size_t find(std::string_view s, const std::vector<std::size_t>& borders) const {
    for (std::size_t i = 0, n = 0; i < s.size(); ++i) {
      while (n > 0 && s[i] != delimiter[n]) n = borders[n];
      if (s[i] == delimiter[n]) ++n;
      if (n == delimiter.size()) return i + 1 - n;
    }
    return s.npos;
  }
  /// The number of pieces, which are stored unless `to` is null.
  [[gnu::noinline]] i64 split(std::string_view s, const std::vector<std::size_t>& borders, std::string* to) const {
    const i64 most = maxsplit && *maxsplit >= 0 ? *maxsplit : INT64_MAX;
    i64 n = 0;
    const auto cut = [&](std::size_t length, std::size_t gap) {
      if (to != nullptr) to[n] = s.substr(0, length);
      ++n;
      s.remove_prefix(length + gap);
    };
    if (delimiter.empty()) {
      for (;;) {
        s.remove_prefix(run_of(s, true));
        if (s.empty()) return n;
        cut(n == most ? s.size() : run_of(s, false), 0);
      }
    }
    for (std::size_t at; n < most && (at = find(s, borders)) != s.npos;) cut(at, delimiter.size());
    cut(s.size(), 0);
    return n;
  }
};

/// Words without those of `stopwords`, in upper or lower case if so wanted. `locale` matters where it is Turkish
/// or Azeri: there the upper case of i has a dot.
struct StringNormalizer {
  using kind = kinds::general;
  static constexpr int since = 10;
  static constexpr dtype_set dtypes = {dtype::string};
  static constexpr auto inputs = "X:T", outputs = "Y:T";

  std::string case_change_action = "NONE";
  bool is_case_sensitive = false;
  std::string locale{};
  strings stopwords{};

  status validate() const {
    if (case_change_action == "UPPER" || case_change_action == "LOWER" || case_change_action == "NONE") return {};
    return fail(code::invalid, {"case_change_action '", case_change_action, "' is unknown"});
  }
  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    if (x.rank() != 1 && !(x.rank() == 2 && x.dims[0] == 1)) return c.invalid({"an input of ", x.dims, " is neither [C] nor [1,C]"});
    const bool upper = case_change_action == "UPPER", changes = case_change_action != "NONE";
    i64 characters = 0;
    for (i64 i = 0; i < x.size(); ++i) characters += static_cast<i64>(x.as<std::string>()[i].size());
    // A letter's other case may be longer, by half at most (two bytes become three), and there are copies to compare.
    if (status s = room_for(c, 4 * characters); !s.has_value()) return s;

    strings stops = stopwords;
    if (!is_case_sensitive)
      for (std::string& s : stops) s = in_case(s, false);
    std::sort(stops.begin(), stops.end());
    std::vector<const std::string*> kept;
    for (i64 i = 0; i < x.size(); ++i) {
      const std::string& word = x.as<std::string>()[i];
      if (!std::binary_search(stops.begin(), stops.end(), is_case_sensitive || stops.empty() ? word : in_case(word, false))) kept.push_back(&word);
    }
    shape dims = x.dims;
    dims[dims.rank() - 1] = std::max<i64>(static_cast<i64>(kept.size()), 1);  // one empty text where none is left
    auto y = c.make(dtype::string, dims);
    if (!y.has_value()) return std::unexpected(y.error());
    for (std::size_t i = 0; i < kept.size(); ++i) (*y).as<std::string>()[i] = changes ? in_case(*kept[i], upper) : *kept[i];
    c.output(0) = std::move(*y);
    return {};
  }

 private:
  // Bytes that are not UTF-8 stay.
  [[gnu::noinline]] std::string in_case(std::string_view s, bool upper) const {
    const bool turkish = locale.starts_with("tr") || locale.starts_with("az");
    std::string out;
    while (!s.empty()) {
      const std::string_view before = s;
      const u32 c = tenon::detail::take_utf8(s);
      u32 to = upper ? tenon::detail::to_upper(c) : tenon::detail::to_lower(c);
      if (turkish && upper && c == 'i') to = 0x130;
      if (turkish && !upper && c == 'I') to = 0x131;
      if (to == c) out += before.substr(0, before.size() - s.size());
      else tenon::detail::append_utf8(out, to);
    }
    return out;
  }
};

/// Whether all of each text matches a regular expression of RE2's syntax (ops/regex.hpp).
struct RegexFullMatch {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes = {dtype::string};
  static constexpr auto inputs = "X:T", outputs = "Y:B";

  required<std::string> pattern{};

  status validate() const {
    if (const auto r = regex::compile(pattern.value); !r.has_value()) return std::unexpected(r.error());
    return {};
  }
  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const {
    auto r = regex::compile(pattern.value);
    if (!r.has_value()) return std::unexpected(r.error());
    for (i64 i = 0; i < c.input(0).size(); ++i) c.output(0).as<bool>()[i] = (*r).full_match(c.input(0).as<std::string>()[i]);
    return {};
  }
};

using texts = list<StringConcat, StringSplit, StringNormalizer, RegexFullMatch>;

}  // namespace ops

auto regex_full_match(const operand auto& x, const ops::RegexFullMatch& o) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
