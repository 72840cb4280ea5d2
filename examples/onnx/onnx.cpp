// Looks into ONNX models, runs them, and tests operators on cases of the ONNX backend suite.
#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "test.hpp"

namespace {

constexpr char usage[] =
    "usage: onnx test [OPTION...] FOLDER...\n"
    "\n"
    "Runs the case in each FOLDER, or all cases in the folders in it: model.onnx, and in\n"
    "test_data_set_N inputs and wanted outputs, as in the ONNX backend suite. Prints a line\n"
    "per failing case.\n"
    "\n"
    "  --max-memory BYTES  refuse what needs more than this (2147483648)\n"
    "  --help              print this\n"
    "\n"
    "Exits with 0 if all went well, 1 if a file, a run or a case failed, 2 for a command\n"
    "line like no other here.\n";

tenon::result<options> parse(int argc, char** argv) {
  enum { max_memory = 256, help };
  static constexpr option known[] = {{"max-memory", required_argument, nullptr, max_memory},
                                     {"help", no_argument, nullptr, help},
                                     {}};
  options o;
  opterr = 0;  // the sentences are ours
  for (int c; (c = getopt_long(argc, argv, ":h", known, nullptr)) != -1;) {
    if (c == max_memory) {
      const char* end = optarg + std::strlen(optarg);
      const auto [stop, e] = std::from_chars(optarg, end, o.max_memory);
      if (e != std::errc{} || stop != end || o.max_memory < 1)
        return tenon::fail(tenon::code::invalid, {"--max-memory takes a whole number from 1, not '", optarg, "'"});
    } else if (c == help || c == 'h') {
      return options{};
    } else {
      return tenon::fail(tenon::code::invalid,
                         {c == ':' ? "a value is missing after " : "there is no option ", argv[optind - 1]});
    }
  }
  const std::span rest(argv + optind, static_cast<std::size_t>(argc - optind));
  if (rest.empty()) return tenon::fail(tenon::code::invalid, {"a command is missing"});
  if (std::string_view(rest[0]) != "test")
    return tenon::fail(tenon::code::invalid, {"there is no command '", rest[0], "'"});
  if (rest.size() < 2) return tenon::fail(tenon::code::invalid, {"folders are missing"});
  o.command = options::test;
  o.names = rest.subspan(1);
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o.has_value()) {
    std::fprintf(stderr, "onnx: %s; `onnx --help` lists what there is\n", o.error().message.c_str());
    return 2;
  }
  if ((*o).command == options::help) return std::fputs(usage, stdout) < 0;
  const int code = test(*o);
  if (std::fflush(stdout) != 0) {
    std::fputs("onnx: standard output: cannot be written\n", stderr);
    return 1;
  }
  return code;
}
