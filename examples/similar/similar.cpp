// Ranks sentences by what they mean: similar QUERY FILE... MiniLM, a small transformer, is in the program, and gives each
// sentence a direction in 384 dimensions; the cosine between two is how similar they are.
#include <algorithm>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/simd/math.hpp>

#include "../support/engine.hpp"
#include "../support/program.hpp"
#include "../support/text.hpp"
#include "options.hpp"
#include "tokenizer.hpp"

namespace {

constexpr char program[] = "similar";

constexpr unsigned char vocabulary[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed <bert_vocabulary.txt>
#pragma clang diagnostic pop
};

/// The tokens that the model was made to read, of a longer sentence the first.
constexpr std::size_t most_tokens = 256;

struct sentence {
  std::string text, where;
  std::vector<tenon::i64> tokens;
  std::size_t order = 0;
  double score = 0;
};

/// The mean of what the model says of each token, of length 1. A sentence runs by itself: with no padding the mask is all
/// ones, and the result does not depend on the others.
tenon::result<std::vector<double>> direction(engine& model, std::vector<tenon::i64> tokens) {
  const tenon::shape dims{1, static_cast<tenon::i64>(tokens.size())};
  std::vector<tenon::i64> mask(tokens.size(), 1), types(tokens.size(), 0);
  const auto input = [&](const std::vector<tenon::i64>& v) { return tenon::any_view(tenon::view<const tenon::i64>(v.data(), dims)); };
  const auto out = model.run({input(tokens), input(mask), input(types)});
  if (!out.has_value()) return std::unexpected(out.error());
  const tenon::any_view& hidden = (*out)[0];
  std::vector<double> sum(static_cast<std::size_t>(hidden.dim(2)));
  const float* x = hidden.as<float>();
  for (tenon::i64 token = 0; token < hidden.dim(1); ++token)
    for (double& s : sum) s += static_cast<double>(*x++);
  double square = 0;
  for (const double s : sum) square += s * s;
  for (double& s : sum) s /= tenon::simd::sqrt(square);
  return sum;
}

/// All of standard input, which need not be a file.
tenon::result<std::string> read_stdin() {
  std::string all;
  char some[4096];
  for (std::size_t n; (n = std::fread(some, 1, sizeof some, stdin)) > 0;) all.append(some, n);
  if (std::ferror(stdin)) return tenon::fail(tenon::code::io, {"standard input: cannot be read"});
  return all;
}

/// Adds the lines of a text in which there is anything to read.
void add_sentences(const tokenizer& cut, std::string_view text, const char* file, std::vector<sentence>& to) {
  for (tenon::i64 line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    sentence s{std::string(one.substr(0, one.find_last_not_of(" \t\r") + 1)), tenon::join({file, ": line ", line}), cut(one), to.size()};
    if (s.tokens.size() > 2) to.push_back(std::move(s));  // more than its beginning and its end
  }
}

/// Says so where a sentence is longer than what the model reads.
void shorten(sentence& s, tenon::i64 end) {
  if (s.tokens.size() <= most_tokens) return;
  complain(program, tenon::join({s.where, " has ", s.tokens.size(), " tokens, of which the model reads the first ", most_tokens}));
  s.tokens.resize(most_tokens);
  s.tokens.back() = end;
}

tenon::status rank(const options& o, const std::vector<double>& wanted, engine& model, std::vector<sentence>& all) {
  // Those of one length after the other: the session's plan for it is made once.
  std::ranges::sort(all, {}, [](const sentence& s) { return std::pair(s.tokens.size(), s.order); });
  for (sentence& s : all) {
    const auto found = direction(model, s.tokens);
    if (!found.has_value()) return wrap(found.error(), {s.where, ": "});
    for (std::size_t i = 0; i < wanted.size(); ++i) s.score += wanted[i] * (*found)[i];
  }
  std::ranges::sort(all, {}, [](const sentence& s) { return std::pair(-s.score, s.order); });
  for (const sentence& s : std::span(all).first(std::min(all.size(), static_cast<std::size_t>(o.best))))
    std::printf("%7.4f  %s\n", s.score, fit(s.text, width_of(s.text)).c_str());
  return {};
}

void print_tokens(const tokenizer& cut, const sentence& s) {
  std::string line;
  for (const tenon::i64 t : s.tokens) line.append(line.empty() ? "" : " ").append(cut.token(t));
  std::puts(line.c_str());
}

int run(const options& o) {
  const tokenizer cut(tenon::as_text(std::as_bytes(std::span(vocabulary))));
  sentence query{o.query, "the query", cut(o.query)};
  if (query.tokens.size() <= 2) return refuse(program, "the query has nothing to read");
  int code = 0;
  std::vector<sentence> all;
  for (const char* file : o.files) {
    const auto content = tenon::read_file(file, nullptr, 64 << 20);
    if (content.has_value())
      add_sentences(cut, tenon::as_text((*content).look()), file, all);
    else
      code = complain(program, content.error().message);
  }
  if (o.files.empty()) {
    const auto content = read_stdin();
    if (!content.has_value()) return complain(program, content.error().message);
    add_sentences(cut, *content, "standard input", all);
  }
  if (o.tokens) {
    print_tokens(cut, query);
    for (const sentence& s : all) print_tokens(cut, s);
    return code;
  }
  if (all.empty()) return code != 0 ? code : complain(program, tenon::join({o.files.empty() ? "standard input" : o.files[0], ": there is no sentence"}));

  shorten(query, cut.number("[SEP]"));
  for (sentence& s : all) shorten(s, cut.number("[SEP]"));
  auto model = engine::make();
  if (!model.has_value()) return complain(program, model.error().message);
  const auto wanted = direction(*model, query.tokens);
  if (!wanted.has_value()) return complain(program, wanted.error().message);
  const auto ranked = rank(o, *wanted, *model, all);
  return ranked.has_value() ? code : complain(program, ranked.error().message);
}

}  // namespace

int main(int argc, char** argv) { return run_program(program, usage, parse(argc, argv), run); }
