// Indices of Gather, Scatter and their kin, for references.
#pragma once

#include "trial.hpp"

namespace tests::ops {

/// Where an index is that counts from the end when it is negative.
inline i64 from_front(const number& index, i64 size) { return static_cast<i64>(index.integer) + (index.integer < 0 ? size : 0); }

}  // namespace tests::ops
