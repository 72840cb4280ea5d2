// The command line.
#pragma once

#include <string_view>
#include <vector>

#include "../support/program.hpp"

inline constexpr char program[] = "onnx";

struct options {
  enum command { help, inspect, run, test } what = help;
  /// A dimension's name and its size, as in --set batch=4.
  struct dimension {
    std::string_view name;
    tenon::i64 size;
  };
  const char* model = nullptr;
  std::vector<dimension> set;
  std::vector<std::string_view> inputs;  ///< NAME=FILE.npy; a name may hold '=' as well
  const char* output_dir = nullptr;
  tenon::i64 repeat = 0;
  bool profile = false, digest = false, abuse = false;
  tenon::i64 max_memory = usual_memory, max_macs = INT64_MAX;
  std::span<char*> folders;
};

inline constexpr char usage[] =
    "usage: onnx inspect MODEL [--set DIM=N]...\n"
    "       onnx run MODEL [--input NAME=FILE.npy]... [OPTION...]\n"
    "       onnx test FOLDER...\n"
    "\n"
    "inspect tells what is in a model, what a run takes, and why it cannot run. run runs it.\n"
    "test runs the case in each FOLDER, or those in the folders in it: model.onnx, and in\n"
    "test_data_set_N/ inputs and wanted outputs, as the ONNX backend suite has them.\n"
    "\n"
    "  --set DIM=N           the size of a dimension that the model leaves open (1): DIM is its\n"
    "                        name in the model, or INPUT.AXIS where it has none\n"
    "  --input NAME=FILE     an input of the model, as NumPy's save writes it\n"
    "  --output-dir FOLDER   write each output to NAME.npy there, '/' in its name as '__'\n"
    "  --repeat N            run N times more, and print how long that took\n"
    "  --profile             print where the time goes\n"
    "  --digest              print the SHA-256 of all bytes of the outputs\n"
    "  --abuse               hand wrong inputs to each case as well, which must be refused\n"
    "  --max-memory BYTES    refuse what needs more than this (2147483648)\n"
    "  --max-macs N          refuse a run of more multiply-adds than this\n"
    "  --help                print this\n"
    "\n"
    "Exits with 0 if all went well, 1 if a file, a model, a run or a case failed, 2 for a\n"
    "command line like no other here, or that does not fit the model.\n";

tenon::result<options> parse(int argc, char** argv);
