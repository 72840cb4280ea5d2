// Embedding: a learned vector for each of a number of things.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/gather.hpp"
#include "initializer.hpp"
#include "module.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Integers [...] (int32 or int64) to their rows [..., width] of a table; one that is out of range is an error.
struct Embedding {
  variable weight;  ///< [entries, width]

  Embedding(i64 entries, i64 width) : weight(parameter(tensor<float>({entries, width}))) {}

  variable operator()(const variable& indices) const { return gather(weight, indices); }
  void reset(const random& r) { weight.assign(normal(r.at("weight"), weight.dims())); }
  void fields(this auto& self, auto&& f) { f("weight", self.weight); }
};

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
