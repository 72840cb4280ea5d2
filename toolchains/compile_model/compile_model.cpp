// An ONNX model to a C++ header with its weights beside it: what toolchains/compile-model runs.
#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include <tenon/codegen/print.hpp>
#include <tenon/codegen/sizes.hpp>
#include <tenon/core/file.hpp>
#include <tenon/onnx/load.hpp>

#include "operators.hpp"

namespace {

constexpr char usage[] =
    "usage: compile-model MODEL.onnx -o HEADER.hpp [OPTION...]\n"
    "\n"
    "Writes a C++ header that runs the model, and beside it the weights that it embeds\n"
    "(HEADER.bin). Neither is touched unless all of the model can be compiled.\n"
    "\n"
    "  -o, --output FILE   the header\n"
    "  --name NAME         the namespace; without it, named after the header\n"
    "  --set DIM=SIZE       the size of a dimension that the model leaves open, by the model's\n"
    "                      name for it, or as INPUT.AXIS\n"
    "  --max-memory BYTES  refuse an arena larger than this (2147483648)\n"
    "  --help              print this\n"
    "\n"
    "Exits with 0 if the header was written, 1 if a file or the model is at fault, 2 for a\n"
    "command line like no other here.\n";

struct options {
  std::string model, output, name;
  std::vector<tenon::codegen::size_setting> sizes;
  tenon::i64 max_memory = tenon::i64{2} << 30;
  bool help = false;
};

bool parse_number(std::string_view text, tenon::i64& n) {
  const auto [stop, e] = std::from_chars(text.data(), text.data() + text.size(), n);
  return e == std::errc{} && stop == text.data() + text.size() && n >= 0;
}

tenon::result<options> parse(int argc, char** argv) {
  enum { name = 256, set, max_memory, help };
  static constexpr option known[] = {{"output", required_argument, nullptr, 'o'}, {"name", required_argument, nullptr, name},
                                     {"set", required_argument, nullptr, set},    {"max-memory", required_argument, nullptr, max_memory},
                                     {"help", no_argument, nullptr, help},        {}};
  const auto bad = [](std::initializer_list<tenon::piece> why) { return tenon::fail(tenon::code::invalid, why); };
  options o;
  opterr = 0;  // the sentences are ours
  for (int c; (c = getopt_long(argc, argv, ":o:h", known, nullptr)) != -1;) {
    switch (c) {
      case 'o': o.output = optarg; break;
      case name: o.name = optarg; break;
      case set: {
        const std::string_view text = optarg;
        const auto equals = text.rfind('=');
        tenon::i64 n = 0;
        if (equals == text.npos || equals == 0 || !parse_number(text.substr(equals + 1), n))
          return bad({"--set takes DIM=SIZE, not '", text, "'"});
        o.sizes.push_back({std::string(text.substr(0, equals)), n});
        break;
      }
      case max_memory:
        if (!parse_number(optarg, o.max_memory)) return bad({"--max-memory takes a whole number, not '", optarg, "'"});
        break;
      case help: case 'h': o.help = true; return o;
      default:
        return bad({c == ':' ? "a value is missing after " : "there is no option ", argv[optind - 1]});
    }
  }
  if (argc - optind != 1) return bad({argc == optind ? "a model is missing" : "takes one model"});
  o.model = argv[optind];
  if (o.output.empty()) return bad({"-o HEADER.hpp is missing"});
  return o;
}

std::string_view file_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view stem_of(std::string_view path) {
  const std::string_view file = file_of(path);
  return file.substr(0, file.rfind('.'));
}

/// A file that is there in full or as it was before.
tenon::status write(const std::string& path, std::span<const std::byte> bytes) {
  const std::string part = path + ".part";
  if (auto s = tenon::write_file(part, bytes); !s.has_value()) {
    std::remove(part.c_str());
    return s;
  }
  if (std::rename(part.c_str(), path.c_str()) == 0) return {};
  std::remove(part.c_str());
  return tenon::fail(tenon::code::io, {"cannot replace '", path, "'"});
}

tenon::result<std::string> compile(const options& o) {
  namespace codegen = tenon::codegen;
  const auto file = tenon::read_file(o.model);
  if (!file.has_value()) return std::unexpected(file.error());
  const auto in_words = [&](tenon::error e) { return tenon::wrap(std::move(e), {o.model, ": "}); };
  const auto model = tenon::onnx::try_load(std::span<const std::byte>((*file).data(), (*file).size()), all_operators());
  if (!model.has_value()) return in_words(model.error());
  const auto inputs = codegen::set_sizes(*model, o.sizes);
  if (!inputs.has_value()) return in_words(inputs.error());
  std::vector<codegen::family> families;
  for (const operator_family& f : operator_families()) families.push_back({f.header, f.operators});
  const std::string beside = o.output.substr(0, o.output.size() - file_of(o.output).size());
  const std::string weights = tenon::join({stem_of(o.output), ".bin"});
  const auto made = codegen::print(*model, *inputs, {.name = o.name.empty() ? stem_of(o.output) : std::string_view(o.name),
                                                     .source = file_of(o.model), .weights = weights,
                                                     .families = families, .max_memory = o.max_memory});
  if (!made.has_value()) return in_words(made.error());
  // The header last: whoever sees the new one sees its weights.
  if (!(*made).weights.empty())
    if (auto s = write(beside + weights, (*made).weights); !s.has_value()) return std::unexpected(s.error());
  if (auto s = write(o.output, std::as_bytes(std::span((*made).header))); !s.has_value()) return std::unexpected(s.error());
  return tenon::join({o.output, ": ", (*made).summary});
}

}  // namespace

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o.has_value()) {
    std::fprintf(stderr, "compile-model: %s; `compile-model --help` lists what there is\n", o.error().message.c_str());
    return 2;
  }
  if ((*o).help) return std::fputs(usage, stdout) < 0;
  const auto done = compile(*o);
  if (!done.has_value()) {
    std::fprintf(stderr, "compile-model: %s\n", done.error().message.c_str());
    return 1;
  }
  return std::puts((*done).c_str()) < 0;
}
