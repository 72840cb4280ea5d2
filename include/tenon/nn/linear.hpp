// Linear: every output a weighted sum of all inputs.
#pragma once

#include "../autodiff/elementwise.hpp"
#include "../ops/matmul.hpp"
#include "initializer.hpp"
#include "module.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {
namespace nn {

/// y = x W' + b over the last dimension of x [..., in], which may have others before it.
struct Linear {
  struct options {
    bool bias = true;
  };
  variable weight;  ///< [out, in]
  variable bias;    ///< [out], or none

  Linear(i64 in, i64 out, options o = {true})
      : weight(parameter(tensor<float>({out, in}))), bias(o.bias ? parameter(tensor<float>({out})) : variable()) {}

  variable operator()(const variable& x) const {
    const i64 out = weight.dims()[0], in = weight.dims()[1];
    if (x.rank() < 1 || x.dims().back() != in) raise({code::invalid, join({"Linear: takes [...,", in, "], not ", x.dims()})});
    shape rows = x.dims();
    rows[rows.rank() - 1] = out;
    const bool flat = x.rank() == 2;
    const variable table = flat ? x : reshape(x, {in == 0 ? 0 : x.size() / in, in}, {.allowzero = true});
    const variable y = bias ? gemm(table, weight, bias, {.transB = true}) : gemm(table, weight, {.transB = true});
    return flat ? y : reshape(y, rows, {.allowzero = true});
  }
  void reset(const random& r) {
    weight.assign(kaiming_uniform(r.at("weight"), weight.dims()));
    // As for the weights: by the number of inputs.
    if (bias) bias.assign(uniform(r.at("bias"), bias.dims(), 1 / simd::sqrt(static_cast<double>(std::max<i64>(1, weight.dims()[1])))));
  }
  void fields(this auto& self, auto&& f) { f("weight", self.weight), f("bias", self.bias); }
};

}  // namespace nn
}  // namespace tenon
TENON_COLD_END
