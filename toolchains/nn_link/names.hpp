// Names by which a header may call the functions of WASI-NN: NAME(load). In an archive, so that only those are taken that
// the guest calls: `load` may be a function of its own. The linker goes by these names, and has no use for an import then.
#include <cstdint>

using u32 = std::uint32_t;

#define FUNCTION(name, n, call)                        \
  extern "C" u32 tenon_nn_##name NN_PARAMETERS(n);     \
  extern "C" u32 NAME(name) NN_PARAMETERS(n) { return tenon_nn_##name NN_ARGUMENTS(n); }
#include "functions.hpp"
