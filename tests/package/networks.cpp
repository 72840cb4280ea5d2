// A program for convolutional networks alone, as small as a user can have it: loader.cpp with the operators of
// ops/vision.hpp, on float32 (TENON_DTYPES).
#include <tenon/ops/vision.hpp>

#include "loader.cpp"

tenon::op_list all_operators() { return tenon::ops::vision{}; }
