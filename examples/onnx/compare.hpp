// Whether a tensor is what it should be.
#pragma once

#include <tenon/core/value.hpp>

struct tolerance {
  double rtol = 1e-3, atol = 1e-7;
};

/// Dtype and shape exactly, strings exactly, numbers where |is - want| <= atol + rtol * |want|; a NaN
/// equals a NaN. The error says where they differ first, and how often.
tenon::status compare(const tenon::any_view& is, const tenon::any_view& want, tolerance t);
