// Tells how English words are spoken: phonemes WORD... The model of g2p_en is in the program: a GRU reads the letters, and
// another, in a Loop, writes phonemes until it writes the end.
#include <algorithm>
#include <string>

#include <tenon/core/tensor.hpp>
#include <tenon/core/utf8.hpp>

#include "../support/engine.hpp"
#include "../support/program.hpp"
#include "../support/text.hpp"

namespace {

constexpr char program[] = "phonemes";

constexpr char usage[] =
    "usage: phonemes WORD...\n"
    "\n"
    "Tells how English words are spoken, in the phonemes of ARPAbet: vowels end in their stress,\n"
    "1 for the first, 2 for the second, 0 for none. Words are of the letters a to z, in any case.\n"
    "The model, that of g2p_en 2.1, is in the program.\n"
    "\n"
    "  --help   print this\n"
    "\n"
    "Exits with 0 if all words were told, 1 if one was not, 2 for a command line like no other\n"
    "here.\n";

// The model's tables. Of letters the first three are padding, what is unknown, and the end.
constexpr tenon::i64 first_letter = 3, end_of_word = 2, end_of_phonemes = 3;
constexpr std::size_t longest = 1000;
constexpr const char* phonemes[] = {
    "<pad>", "<unk>", "<s>", "</s>", "AA0", "AA1", "AA2", "AE0", "AE1", "AE2", "AH0", "AH1", "AH2", "AO0", "AO1", "AO2", "AW0", "AW1", "AW2",
    "AY0",   "AY1",   "AY2", "B",    "CH",  "D",   "DH",  "EH0", "EH1", "EH2", "ER0", "ER1", "ER2", "EY0", "EY1", "EY2", "F",   "G",   "HH",
    "IH0",   "IH1",   "IH2", "IY0",  "IY1", "IY2", "JH",  "K",   "L",   "M",   "N",   "NG",  "OW0", "OW1", "OW2", "OY0", "OY1", "OY2", "P",
    "R",     "S",     "SH",  "T",    "TH",  "UH0", "UH1", "UH2", "UW",  "UW0", "UW1", "UW2", "V",   "W",   "Y",   "Z",   "ZH"};

/// The word as the model reads it: a number per letter, and the end.
tenon::result<tenon::tensor<tenon::i64>> letters_of(std::string_view word) {
  if (word.empty()) return tenon::fail(tenon::code::invalid, {"a word without letters"});
  if (word.size() > longest) return tenon::fail(tenon::code::limit, {"a word of ", word.size(), " letters, more than ", longest});
  tenon::tensor<tenon::i64> letters(tenon::shape{static_cast<tenon::i64>(word.size()) + 1, 1});
  tenon::i64* to = letters.data();
  for (std::string_view rest = word; !rest.empty();) {
    const std::string_view before = rest;
    const std::uint32_t c = tenon::detail::take_utf8(rest) | 32;
    if (c < 'a' || c > 'z')
      return tenon::fail(tenon::code::invalid, {fit(word, width_of(word)), ": '", fit(before.substr(0, before.size() - rest.size()), 1),
                                                "' is none of the letters a to z"});
    *to++ = first_letter + (c - 'a');
  }
  *to = end_of_word;
  return letters;
}

/// Prints the word's phonemes, and says if there would have been more.
tenon::status tell(engine& model, const char* word, std::size_t width) {
  const auto letters = letters_of(word);
  if (!letters.has_value()) return std::unexpected(letters.error());
  const auto out = model.run({*letters});
  if (!out.has_value()) return wrap(out.error(), {word, ": "});
  std::span written((*out)[0].as<tenon::i64>(), static_cast<std::size_t>((*out)[0].size()));
  const bool ended = !written.empty() && written.back() == end_of_phonemes;
  if (ended) written = written.first(written.size() - 1);
  std::string spoken;
  for (const tenon::i64 p : written) {
    if (p < 0 || p >= std::ssize(phonemes)) return tenon::fail(tenon::code::invalid, {word, ": there is no phoneme ", p});
    spoken.append(" ").append(phonemes[p]);
  }
  std::printf("%s %s\n", fit(word, width).c_str(), spoken.c_str());
  if (!ended) complain(program, tenon::join({word, ": these are its first ", written.size(), " phonemes; the model writes no more"}));
  return {};
}

int run(std::span<char*> words) {
  auto model = engine::make();
  if (!model.has_value()) return complain(program, model.error().message);
  std::size_t width = 0;
  for (const char* word : words) width = std::max(width, std::min<std::size_t>(width_of(word), 60));
  int code = 0;
  for (const char* word : words)
    if (const auto told = tell(*model, word, std::max(width, width_of(word))); !told.has_value()) code = complain(program, told.error().message);
  return code;
}

struct options {
  std::span<char*> words;
  bool help = false;
};

tenon::result<options> parse(int argc, char** argv) {
  static constexpr option known[] = {{"help", no_argument, nullptr, 'h'}, {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int, const char*) -> tenon::status {
    o.help = true;
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (!o.help && (*rest).empty()) return tenon::fail(tenon::code::invalid, {"words are missing"});
  o.words = *rest;
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse(argc, argv), [](const options& o) { return run(o.words); });
}
