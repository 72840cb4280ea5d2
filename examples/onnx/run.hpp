// Running a model on tensors from files.
#pragma once

#include "options.hpp"

/// The exit code.
int run(const options& o);
