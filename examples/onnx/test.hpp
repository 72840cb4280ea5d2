// Cases as the ONNX backend suite lays them out: model.onnx and test_data_set_*/{input,output}_*.pb.
#pragma once

#include "options.hpp"

/// Runs the cases in all folders and prints a line per failing one; the exit code.
int test(const options& o);
