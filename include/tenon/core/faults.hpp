// What is wrong with a model, collected so that one message names all of it, and names from files as
// messages may print them.
#pragma once

#include "error.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A name from a file as messages print it: in quotes, without control characters, cut when long.
[[gnu::noinline]] inline std::string in_quotes(std::string_view name, std::string_view quote = "'") {
  constexpr std::size_t most = 80;
  std::string s(quote);
  for (char c : name.substr(0, most)) s += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  if (name.size() > most) s += "...";
  return s += quote;
}

/// The same without quotes.
inline std::string shown(std::string_view name) { return in_quotes(name, ""); }

/// "Conv 'stem'", as node::title() writes it.
inline std::string title(std::string_view op, std::string_view name) {
  return name.empty() ? shown(op) : join({shown(op), " ", in_quotes(name)});
}

/// Sentences, and the error they make together.
class faults {
 public:
  /// Beyond this many, faults are counted and not told.
  static constexpr std::size_t most = 100;

  /// Where the sentence stands, for `extend`.
  std::size_t add(code what, std::initializer_list<piece> why) { return add(error{what, join(why)}); }
  [[gnu::noinline]] std::size_t add(error e) {
    if (count_ == 0) first_ = e.what;
    if (count_ < most) sentences_.push_back(std::move(e.message));
    return count_++;
  }
  void extend(std::size_t at, std::initializer_list<piece> more) {
    if (at < sentences_.size()) sentences_[at] += join(more);
  }
  bool none() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  [[gnu::noinline]] error all() const {
    if (count_ == 1) return {first_, sentences_[0]};
    std::string s = join({count_, " faults in the model:"});
    for (const std::string& one : sentences_) s += '\n', s += one;
    if (count_ > most) s += join({"\n... and ", count_ - most, " more"});
    return {first_, std::move(s)};
  }

 private:
  std::vector<std::string> sentences_;
  std::size_t count_ = 0;
  code first_ = code::invalid;
};

}  // namespace tenon
TENON_COLD_END
