// The command line, and the file of settings that may stand behind it.
#pragma once

#include <string_view>

#include <tenon/core/dtype.hpp>
#include <tenon/core/json.hpp>

#include "../support/program.hpp"

inline constexpr char program[] = "ops";

struct options {
  enum command { run, list, help } what = run;
  std::string op = "Add";
  bool named = false;  ///< --op-type was given
  std::optional<tenon::dtype> type;  ///< FP32 where nobody says
  tenon::json input;                 ///< a list of tensors, or null
  std::string input_name;            ///< where it is from, for messages
  tenon::json::object attributes;
  int outputs = 0;
  tenon::i64 max_memory = usual_memory;
};

inline constexpr char usage[] =
    "usage: ops [OPTION...]\n"
    "\n"
    "Applies an operator to tensors, and prints the result as JSON.\n"
    "\n"
    "  ops -I '[[1, 2, 3], [10, 20, 30]]'\n"
    "  ops -o Softmax -a axis=0 -I '[[[1, 2], [3, 4]]]'\n"
    "  ops -o Argmax -d INT8 -i inputs.json\n"
    "\n"
    "  -o, --op-type NAME            the operator, in any case (Add)\n"
    "  -d, --data-type TYPE          what the tensors hold: FP32, INT32, INT8, FP64, INT64,\n"
    "                                UINT8, BOOL, STRING and others (FP32)\n"
    "  -I, --input JSON              the tensors, each like\n"
    "                                {\"input-data\": [1, 2, 3, 4], \"shape\": [2, 2], \"dim-size\": 2}\n"
    "                                or [[1, 2], [3, 4]], null for one that is left out\n"
    "  -i, --input-data-file FILE    the same from a file\n"
    "  -a, --attribute NAME=VALUE    an attribute of the operator; VALUE is JSON, or a text\n"
    "  -c, --ms-backend-config FILE  settings in JSON for what the command line leaves open:\n"
    "                                {\"op-type\": ..., \"data-type\": ..., \"input\": [...],\n"
    "                                \"input-data-file\": ..., \"attributes\": {...}}\n"
    "      --outputs N               print N outputs, of operators that have optional ones\n"
    "      --max-memory BYTES        refuse what needs more than this (2147483648)\n"
    "      --list                    print all operators, or with -o what there is to say of one\n"
    "  -h, --help                    print this\n"
    "\n"
    "A tensor that holds something else says so: {\"input-data\": {\"INT64Array\": [0, 1]}, ...} or\n"
    "\"data-type\": \"INT64\". An input that cannot be of the type of -d is of one that it can be:\n"
    "indices are INT64, conditions BOOL. Results have the same form, so that they are inputs again;\n"
    "NaN and infinities are the texts \"NaN\", \"Infinity\" and \"-Infinity\".\n"
    "\n"
    "As in MindSpore's command, Argmax of a list gives [maximum, index], and EqualCount a number;\n"
    "with attributes or of more dimensions it is ONNX's ArgMax, which gives indices. A pair whose\n"
    "index may not fit its type is INT32 or FP64.\n"
    "\n"
    "Exits with 0 if there is a result, 1 if a file cannot be read or memory does not suffice, 2 for\n"
    "a request that makes no sense.\n";

tenon::result<options> parse(int argc, char** argv);
