// The two commands; each gives the exit code.
#pragma once

#include "options.hpp"

int train(const options& o);
int infer(const options& o);
