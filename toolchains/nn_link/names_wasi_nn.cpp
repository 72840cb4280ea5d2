// As in wasi_nn_load.
#define NAME(function) wasi_nn_##function
#include "names.hpp"
