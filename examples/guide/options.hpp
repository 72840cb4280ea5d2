// The command line.
#pragma once

#include <optional>

#include "../support/program.hpp"

inline constexpr char program[] = "guide";

struct options {
  bool help = false, train = false;
  // of both commands
  const char* artifacts = nullptr;
  // train
  const char* data = nullptr;
  const char* config = nullptr;
  std::optional<tenon::i64> epochs, batch_size, seed;
  tenon::i64 stop_after = 0;
  bool resume = false;
  // infer
  bool json = false;
  std::span<char*> images;
};

inline constexpr char usage[] =
    "usage: guide train --data DIR --artifacts DIR [OPTION...]\n"
    "       guide infer --artifacts DIR [--json] IMAGE...\n"
    "\n"
    "Learns to read handwritten digits, and reads them. `train` takes mnist.images.npy\n"
    "and mnist.labels.npy from the data folder (toolchains/get-models DIR mnist) and\n"
    "leaves configuration, weights and journal in the artifacts folder. `infer` tells\n"
    "which digit is on each PNG or JPEG picture, dark on light or light on dark.\n"
    "\n"
    "  --epochs N          how often all pictures are looked at (10)\n"
    "  --batch-size N      pictures per step (32)\n"
    "  --seed N            of the split, the first weights and the order of pictures (1)\n"
    "  --config FILE       these and more, as config.json in an artifacts folder\n"
    "  --stop-after STEPS  stop then\n"
    "  --resume            go on where the training in the artifacts folder stopped\n"
    "  --json              answer in JSON, a line per picture\n"
    "  --help              print this\n"
    "\n"
    "Exits with 0 if all went well, 1 if a file or the training failed, 2 for a command\n"
    "line like no other here. COLUMNS is how wide the dashboard may be, without NO_COLOR\n"
    "it has colours.\n";

inline tenon::result<options> parse(int argc, char** argv) {
  enum { data = 256, artifacts, config, epochs, batch_size, seed, stop_after, resume, json };
  static constexpr option known[] = {{"data", required_argument, nullptr, data},
                                     {"artifacts", required_argument, nullptr, artifacts},
                                     {"config", required_argument, nullptr, config},
                                     {"epochs", required_argument, nullptr, epochs},
                                     {"batch-size", required_argument, nullptr, batch_size},
                                     {"seed", required_argument, nullptr, seed},
                                     {"stop-after", required_argument, nullptr, stop_after},
                                     {"resume", no_argument, nullptr, resume},
                                     {"json", no_argument, nullptr, json},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  options o;
  bool of_train = false;  // an option that infer has not
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    of_train |= c != artifacts && c != json && c != 'h';
    if (c == 'h') o.help = true;
    else if (c == data) o.data = value;
    else if (c == artifacts) o.artifacts = value;
    else if (c == config) o.config = value;
    else if (c == resume) o.resume = true;
    else if (c == json) o.json = true;
    else {
      const bool is_seed = c == seed;
      const char* name = c == epochs ? "epochs" : c == batch_size ? "batch-size" : is_seed ? "seed" : "stop-after";
      const auto n = parse_number(name, value, is_seed ? INT64_MAX : c == stop_after ? 1'000'000'000 : 65536, is_seed ? 0 : 1);
      if (!n.has_value()) return std::unexpected(n.error());
      if (c == stop_after) o.stop_after = *n;
      else (c == epochs ? o.epochs : c == batch_size ? o.batch_size : o.seed) = *n;
    }
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (o.help) return o;
  const auto wrong = [](std::initializer_list<tenon::piece> why) { return tenon::fail(tenon::code::invalid, why); };
  if ((*rest).empty()) return wrong({"a command is missing: train or infer"});
  const std::string_view command = (*rest)[0];
  o.images = (*rest).subspan(1);
  o.train = command == "train";
  if (!o.train && command != "infer") return wrong({"there is no command '", command, "', only train and infer"});
  if (o.artifacts == nullptr) return wrong({"--artifacts DIR is missing"});
  if (!o.train) {
    if (of_train) return wrong({"infer takes --artifacts, --json and pictures only"});
    if (o.images.empty()) return wrong({"pictures are missing"});
    return o;
  }
  if (o.data == nullptr) return wrong({"--data DIR is missing"});
  if (o.json || !o.images.empty()) return wrong({"train takes no ", o.json ? "--json" : "pictures"});
  if (o.resume && (o.config != nullptr || o.epochs || o.batch_size || o.seed))
    return wrong({"--resume goes on with the configuration that is in ", o.artifacts, "; --epochs, --batch-size, --seed and --config are for a new training"});
  return o;
}
