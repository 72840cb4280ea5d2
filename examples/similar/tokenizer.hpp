// BERT's tokeniser: a text is cut into words and signs, without accents and in lower case, and those into the longest
// pieces that a vocabulary has (Devlin et al. 2018; Wu et al. 2016 call them WordPieces).
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tenon/core/letter_case.hpp>
#include <tenon/core/utf8.hpp>

#include "../support/lines.hpp"
#include "unicode.hpp"

namespace unicode {

inline bool within(std::span<const char32_t[2]> ranges, char32_t c) {
  const auto behind = std::ranges::upper_bound(ranges, c, {}, [](const char32_t(&r)[2]) { return r[0]; });
  return behind != ranges.begin() && c <= behind[-1][1];
}
inline bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\n') || c == '\r' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}
/// Ideographs, each of which is a word; BERT's own ranges.
inline bool is_ideograph(char32_t c) {
  static constexpr char32_t ranges[][2] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},   {0x20000, 0x2a6df},
                                           {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b820, 0x2ceaf}, {0x2f800, 0x2fa1f}};
  return within(ranges, c);
}

/// Gives `take` what a character becomes: nothing, itself, or others.
template <class F>
void fold(char32_t c, F&& take) {
  if (c >= 0xac00 && c < 0xd7a4) {  // a syllable of Hangul: 19 initial letters, 21 vowels, 27 final letters or none
    const char32_t s = c - 0xac00;
    take(0x1100 + s / 588), take(0x1161 + s % 588 / 28);
    if (s % 28 != 0) take(0x11a7 + s % 28);
    return;
  }
  const auto becomes = std::ranges::equal_range(parts, c, {}, [](const char32_t(&p)[2]) { return p[0]; });
  for (const auto& p : becomes) take(tenon::detail::to_lower(p[1]));
  if (becomes.empty() && !within(dropped, c)) take(tenon::detail::to_lower(c));
}

}  // namespace unicode

class tokenizer {
 public:
  /// The vocabulary has a token a line, and must outlive this.
  explicit tokenizer(std::string_view vocabulary) {
    for (std::string_view rest = vocabulary; !rest.empty(); rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1))
      tokens_.push_back(rest.substr(0, rest.find('\n')));
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool goes_on = tokens_[i].size() > 2 && tokens_[i].starts_with("##");
      (goes_on ? later_ : first_).emplace(tokens_[i].substr(goes_on ? 2 : 0), static_cast<std::int64_t>(i));
      longest_ = std::max(longest_, tokens_[i].size());
    }
  }

  /// The numbers of a text's tokens, with those that stand for its beginning and its end.
  std::vector<std::int64_t> operator()(std::string_view text) const {
    std::vector<std::int64_t> all{number("[CLS]")};
    for (const std::string& word : words(text)) add_pieces(word, all);
    all.push_back(number("[SEP]"));
    return all;
  }
  std::string_view token(std::int64_t number) const { return tokens_[static_cast<std::size_t>(number)]; }
  std::int64_t number(std::string_view token) const {
    const auto at = first_.find(token);
    return at == first_.end() ? 0 : at->second;
  }

 private:
  static std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    bool inside = false;
    const auto put = [&](char32_t c, bool alone) {
      if (alone || !inside) all.emplace_back();
      tenon::detail::append_utf8(all.back(), c);
      inside = !alone;
    };
    while (!text.empty()) {
      const char32_t c = tenon::detail::take_utf8(text);
      if (c == 0 || c == 0xfffd) continue;  // no character
      if (unicode::is_space(c)) inside = false;
      else unicode::fold(c, [&](char32_t d) { put(d, unicode::is_ideograph(c) || unicode::within(unicode::punctuation, d)); });
    }
    return all;
  }

  /// The longest piece that there is, again and again; a word that is not made of pieces is one unknown token.
  void add_pieces(std::string_view word, std::vector<std::int64_t>& to) const {
    constexpr std::ptrdiff_t most = 100;  // characters of a word
    const std::size_t before = to.size();
    bool known = std::ranges::count_if(word, [](char c) { return (c & 0xc0) != 0x80; }) <= most;
    for (std::string_view rest = word; known && !rest.empty();) {
      const auto& pieces = rest.size() == word.size() ? first_ : later_;
      std::size_t n = std::min(rest.size(), longest_);
      auto at = pieces.find(rest.substr(0, n));
      while (at == pieces.end() && --n > 0) at = pieces.find(rest.substr(0, n));
      known = at != pieces.end();
      if (!known) break;
      to.push_back(at->second);
      rest.remove_prefix(n);
    }
    if (known) return;
    to.resize(before);
    to.push_back(number("[UNK]"));
  }

  std::vector<std::string_view> tokens_;
  std::unordered_map<std::string_view, std::int64_t> first_, later_;  // of a word, and of the rest of one
  std::size_t longest_ = 0;
};
