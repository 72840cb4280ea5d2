// The command line.
#pragma once

#include <span>

#include <tenon/core/shape.hpp>

struct options {
  enum { help, test } command = help;
  std::span<char*> names;  ///< folders
  tenon::i64 max_memory = tenon::i64{2} << 30;
};
