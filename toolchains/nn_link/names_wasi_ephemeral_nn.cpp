// As in wasi_ephemeral_nn_load: WAMR's.
#define NAME(function) wasi_ephemeral_nn_##function
#include "names.hpp"
