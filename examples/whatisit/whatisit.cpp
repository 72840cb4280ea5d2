// Tells what is on photographs: whatisit PICTURE... The model and its labels are in the program: EfficientNet-Lite0
// as a header that compile-model made, so that there is no file beside it and no loader in it.
#include <string>

#include <tenon/core/file.hpp>
#include <tenon/core/json_value.hpp>

#include "../support/file_options.hpp"
#include "../support/lines.hpp"
#include "../support/program.hpp"
#include "../support/report.hpp"
#include "../support/scores.hpp"
#include "../support/sha256.hpp"
#include "efficientnet_lite0.hpp"

namespace {

constexpr char program[] = "whatisit";

constexpr char usage[] =
    "usage: whatisit [OPTION...] PICTURE...\n"
    "\n"
    "Tells what is on photographs, JPEG or PNG files, of which it looks at the largest\n"
    "centred square. The model, EfficientNet-Lite0, and its 1000 labels are in the program.\n"
    "\n"
    "  --json     print an object per picture, one a line\n"
    "  --digest   print the SHA-256 of all scores that the model gave\n"
    "  --help     print this\n"
    "\n"
    "Exits with 0 if all pictures were classified, 1 if one was not, 2 for a command line\n"
    "like no other here. COLUMNS is how wide the lines may be.\n";

constexpr unsigned char label_text[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed <imagenet_labels.txt>
#pragma clang diagnostic pop
};

class classifier {
 public:
  explicit classifier(const file_options& o) : options_(o), labels_(label_text) {}

  /// Prints the five best labels of the picture in a file.
  tenon::status classify(const char* file) {
    const auto content = tenon::read_file(file, nullptr, INT32_MAX);
    if (!content.has_value()) return std::unexpected(content.error());
    const auto in_words = [&](tenon::error e) { return tenon::wrap(std::move(e), {file, ": "}); };
    const auto pixels = picture::decode((*content).look());
    if (!pixels.has_value()) return in_words(pixels.error());
    const auto input = prepare(*pixels, height, width);
    if (!input.has_value()) return in_words(input.error());
    const auto logits = model_.try_run(*input);
    if (!logits.has_value()) return in_words(logits.error());

    const std::span<const float> scores((*logits).data(), static_cast<std::size_t>((*logits).size()));
    digest_.add(std::as_bytes(scores));
    if (options_.json) print_json(file, *pixels, best_of(scores));
    else print(file, *pixels, best_of(scores));
    return {};
  }
  void finish() {
    if (options_.digest) report_.row("digest", digest_.finish());
  }

 private:
  static constexpr tenon::i64 height = efficientnet_lite0::model::input_dims()[2],
                              width = efficientnet_lite0::model::input_dims()[3];

  void print(const char* file, const picture& p, const std::vector<scored>& best) {
    report_.heading(file, p.width(), p.height());
    for (const auto [i, probability] : best) report_.label(labels_[i], static_cast<double>(probability));
    report_.line();
  }
  void print_json(const char* file, const picture& p, const std::vector<scored>& best) {
    std::string all;
    for (const auto& [i, probability] : best)
      all += tenon::join({all.empty() ? "" : ", ", "{\"label\": ", tenon::json_text(labels_[i]), ", \"probability\": ",
                          tenon::json_number(static_cast<double>(probability), tenon::binary32), "}"});
    std::puts(tenon::join({"{\"file\": ", tenon::json_text(file), ", \"width\": ", p.width(), ", \"height\": ", p.height(),
                           ", \"best\": [", all, "]}"}).c_str());
  }

  const file_options& options_;
  const lines labels_;
  efficientnet_lite0::model model_;
  report report_;
  sha256 digest_;
};

int run(const file_options& o) {
  int code = 0;
  classifier c(o);
  for (const char* file : o.files)
    if (const auto done = c.classify(file); !done.has_value()) code = complain(program, done.error().message);
  c.finish();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse_file_options(argc, argv, "pictures"), run);
}
