// First values of parameters: each is drawn from a stream of its own, so that neither the order of parameters nor
// a new one beside it changes the others.
#pragma once

#include "../autodiff/variable.hpp"
#include "../core/random.hpp"
#include "../simd/math.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// Evenly from [-bound, bound).
inline tensor<float> uniform(const random& r, const shape& dims, double bound) {
  tensor<float> t(dims);
  r.fill_uniform({t.begin(), t.end()});
  for (float& x : t) x = static_cast<float>((2 * static_cast<double>(x) - 1) * bound);
  return t;
}
/// Normally distributed around 0 (Box and Muller, 1958).
inline tensor<float> normal(const random& r, const shape& dims, double deviation = 1) {
  tensor<float> t(dims);
  std::uint64_t i = 0;
  for (float& x : t) {
    const double u = 1 - r.uniform64(2 * i), angle = 2 * 3.14159265358979323846 * r.uniform64(2 * i + 1);
    x = static_cast<float>(deviation * simd::sqrt(-2 * simd::log(u)) * simd::cos(angle));
    ++i;
  }
  return t;
}
/// For weights [out, in, ...], by how many inputs each output sums (He et al., "Delving deep into rectifiers",
/// 2015). The gain of 1/sqrt(3) is what Burn and PyTorch start linear and convolutional layers with.
inline tensor<float> kaiming_uniform(const random& r, const shape& dims, double gain = 0.57735026918962576) {
  const i64 fan_in = std::max<i64>(1, count(dims.from(1)));
  return uniform(r, dims, gain * simd::sqrt(3 / static_cast<double>(fan_in)));
}

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
