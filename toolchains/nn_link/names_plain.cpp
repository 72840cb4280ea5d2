// As in load.
#define NAME(function) function
#include "names.hpp"
