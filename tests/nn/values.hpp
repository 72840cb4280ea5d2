// What variables hold, for tests of modules.
#pragma once

#include <vector>

#include "tenon/autodiff/variable.hpp"

namespace tests::nn {

/// The elements of a variable of float32.
inline std::vector<float> values(const tenon::variable& v) { return {v.value().as<float>(), v.value().as<float>() + v.size()}; }

}  // namespace tests::nn
