// What is in a model, what a run of it takes, and why it cannot run.
#pragma once

#include "options.hpp"

/// The exit code.
int inspect(const options& o);
