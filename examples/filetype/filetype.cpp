// Tells what files hold, whatever they are called: filetype FILE... Magika's model is in the program, as a header that
// compile-model made; what it is shown of a file, and when it is believed, are Magika's own rules.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/core/json_value.hpp>

#include "../support/file_options.hpp"
#include "../support/lines.hpp"
#include "../support/program.hpp"
#include "../support/sha256.hpp"
#include "../support/text.hpp"
#include "magika_v3_3.hpp"

namespace {

constexpr char program[] = "filetype";

constexpr char usage[] =
    "usage: filetype [OPTION...] FILE...\n"
    "\n"
    "Tells what files hold, by the first and last of their bytes. The model, Magika 3.3, which\n"
    "knows 214 types, is in the program.\n"
    "\n"
    "  --json     print an object per file, one a line\n"
    "  --digest   print the SHA-256 of all scores that the model gave\n"
    "  --help     print this\n"
    "\n"
    "Exits with 0 if all files were read, 1 if one was not, 2 for a command line like no\n"
    "other here.\n";

constexpr unsigned char type_text[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed <magika_v3_3.labels.txt>
#pragma clang diagnostic pop
};

// ---- What the model is shown ----

constexpr long looked_at = 4096;     // bytes from either end of a file,
constexpr std::size_t shown = 1024;  // and what remains of them without spaces at the outer end
constexpr std::size_t too_few = 8;   // with less than this the model is not asked
constexpr tenon::i32 padding = 256;

struct ends {
  std::string first, last;
};

/// The first and the last 4096 bytes of a file, which may be the same.
tenon::result<ends> read_ends(const char* path) {
  const auto whole = tenon::read_file(path, nullptr, looked_at);
  if (whole.has_value()) {
    const std::string all(tenon::as_text((*whole).look()));
    return ends{all, all};
  }
  if (whole.error().what != tenon::code::limit) return std::unexpected(whole.error());
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(path, "rb"), std::fclose);
  ends e{std::string(looked_at, 0), std::string(looked_at, 0)};
  if (!f || std::fread(e.first.data(), 1, looked_at, f.get()) != looked_at || std::fseek(f.get(), -looked_at, SEEK_END) != 0 ||
      std::fread(e.last.data(), 1, looked_at, f.get()) != looked_at)
    return tenon::fail(tenon::code::io, {path, ": cannot be read: ", std::strerror(errno)});
  return e;
}

constexpr char spaces[] = " \t\n\r\v\f";

using features = tenon::tensor<tenon::i32, magika_v3_3::model::bytes_dims>;

/// 1024 bytes from the start, behind them what is missing, and as many from the end, before them what is missing.
features features_of(const ends& e) {
  features out;
  std::fill(out.begin(), out.end(), padding);
  const std::string_view first = std::string_view(e.first).substr(std::min(e.first.find_first_not_of(spaces), e.first.size()));
  const std::string_view last = std::string_view(e.last).substr(0, e.last.find_last_not_of(spaces) + 1);
  const auto number = [](char c) { return static_cast<tenon::i32>(static_cast<unsigned char>(c)); };
  std::ranges::transform(first.substr(0, shown), out.begin(), number);
  const std::string_view tail = last.substr(last.size() - std::min(last.size(), shown));
  std::ranges::transform(tail, out.end() - static_cast<std::ptrdiff_t>(tail.size()), number);
  return out;
}

bool is_utf8(std::string_view s) {
  while (!s.empty()) {
    const std::size_t before = s.size();
    if (tenon::detail::take_utf8(s) == 0xfffd && before - s.size() == 1) return false;
  }
  return true;
}

// ---- What is made of its answer ----

/// A line of the table of types: columns between tabs.
struct type {
  std::string_view label, said;  ///< its name, and the name that is given out for it
  double least = 0;              ///< the score from which it is
  bool text = false;
  std::string_view mime, description;
};

std::vector<type> all_types() {
  const lines table(type_text);
  std::vector<type> all;
  for (tenon::i64 i = 0; i < table.size(); ++i) {
    std::string_view rest = table[i], column[6];
    for (std::string_view& c : column) {
      c = rest.substr(0, rest.find('\t'));
      rest.remove_prefix(std::min(c.size() + 1, rest.size()));
    }
    all.push_back({column[0], column[1], std::strtod(std::string(column[2]).c_str(), nullptr), column[3] == "text", column[4], column[5]});
  }
  return all;
}

struct verdict {
  const type* is = nullptr;
  const type* guess = nullptr;  ///< what it rather is, where the model is not sure enough
  float score = 1;
};

class teller {
 public:
  tenon::result<verdict> tell(const char* path) {
    const auto bytes = read_ends(path);
    if (!bytes.has_value()) return std::unexpected(bytes.error());
    if ((*bytes).first.empty()) return verdict{&named("empty"), nullptr, 1};
    const features input = features_of(*bytes);
    if ((*bytes).first.size() < too_few || input[0, too_few - 1] == padding)
      return verdict{&named(is_utf8((*bytes).first) ? "txt" : "unknown"), nullptr, 1};

    const auto scores = model_.try_run(input);
    if (!scores.has_value()) return std::unexpected(scores.error());
    digest_.add(std::as_bytes(std::span((*scores).data(), static_cast<std::size_t>((*scores).size()))));
    const float* best = std::max_element((*scores).data(), (*scores).data() + (*scores).size());
    const type& guess = types_[static_cast<std::size_t>(best - (*scores).data())];
    const type& is = named(guess.said);
    if (static_cast<double>(*best) >= guess.least) return verdict{&is, nullptr, *best};
    const type& safe = named(is.text ? "txt" : "unknown");
    return verdict{&safe, &is == &safe ? nullptr : &is, *best};
  }
  std::string digest() { return digest_.finish(); }

 private:
  const type& named(std::string_view label) const { return *std::ranges::find(types_, label, &type::label); }

  std::vector<type> types_ = all_types();
  magika_v3_3::model model_;
  sha256 digest_;
};

// ---- The program ----

void print(const char* file, std::size_t width, const verdict& v) {
  std::printf("%s  %s %.3f  %s%s%s\n", fit(file, std::max(width, width_of(file))).c_str(), fit(v.is->label, 12).c_str(), static_cast<double>(v.score),
              std::string(v.is->description).c_str(), v.guess != nullptr ? ", perhaps " : "",
              v.guess != nullptr ? std::string(v.guess->description).c_str() : "");
}
void print_json(const char* file, const verdict& v) {
  std::puts(tenon::join({"{\"file\": ", tenon::json_text(file), ", \"label\": ", tenon::json_text(v.is->label), ", \"score\": ",
                         tenon::json_number(static_cast<double>(v.score), tenon::binary32), ", \"mime\": ", tenon::json_text(v.is->mime),
                         ", \"description\": ", tenon::json_text(v.is->description), "}"}).c_str());
}

int run(const file_options& o) {
  int code = 0;
  std::size_t width = 0;
  for (const char* file : o.files) width = std::max(width, std::min<std::size_t>(width_of(file), 60));
  teller t;
  for (const char* file : o.files) {
    const auto v = t.tell(file);
    if (!v.has_value()) code = complain(program, v.error().message);
    else if (o.json) print_json(file, *v);
    else print(file, width, *v);
  }
  if (o.digest) std::printf("digest     %s\n", t.digest().c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse_file_options(argc, argv, "files"), run);
}
