// MatMulNBits, FusedMatMul and FusedConv against sums in double.
#include "tenon/ops/microsoft_products.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::FusedConv;
using tenon::ops::FusedMatMul;
using tenon::ops::MatMulNBits;

i64 bits_at(table& bytes, i64 first, i64 i, i64 bits) {
  const auto byte = static_cast<i64>(bytes.all[static_cast<std::size_t>(8 + first + i * bits / 8)].integer);
  return byte >> (i * bits % 8) & ((1 << bits) - 1);
}
void n_bits(trial& t) {
  for (i64 bits : {2, 4, 8})
    for (i64 rows : {1, 5})
      for (const auto& [k, n, block] : {std::tuple{i64{16}, i64{3}, i64{16}}, {70, 9, 32}, {33, 6, 16}})
        for (int zeros : {0, 1, 2, 3}) {  // none, packed, real, and packed with groups
          const i64 blocks = (k + block - 1) / block, blob = block * bits / 8, zero_bytes = (blocks * bits + 7) / 8;
          table a = t.draw({rows, k}, -1, 1), b = t.draw(dtype::u8, {n, blocks, blob}, 0, 255), scales = t.draw({n, blocks}, -1, 1);
          table packed = t.draw(dtype::u8, {n, zero_bytes}, 0, 255), real = t.draw({n, blocks}, 0, 3), bias = t.draw({n}), groups = t.draw(dtype::i32, {k}, 0, blocks - 1);
          table y(t.type, {rows, n});
          each(y.dims, [&](const shape& at) {
            double sum = bias[{at[1]}].real;
            for (i64 l = 0; l < k; ++l) {
              const i64 own = l / block, from = zeros == 3 ? static_cast<i64>(groups[{l}].integer) : own;
              const double zero = zeros == 0 ? static_cast<double>(1 << (bits - 1)) : zeros == 2 ? real[{at[1], from}].real
                                  : static_cast<double>(bits_at(packed, at[1] * zero_bytes, from, bits));
              const double q = static_cast<double>(bits_at(b, (at[1] * blocks + own) * blob, l % block, bits));
              sum += a[{at[0], l}].real * (q - zero) * scales[{at[1], from}].real;
            }
            y[at] = sum;
          });
          const MatMulNBits o{.K = k, .N = n, .block_size = block, .bits = bits};
          t.near = t.type == dtype::f32 ? 1e-2 : 0;
          t.expect(&o, {&a, &b, &scales, zeros == 0 ? nullptr : zeros == 2 ? &real : &packed, zeros == 3 ? &groups : nullptr, &bias}, {&y}, t.type == dtype::f32 ? 64 : 1);
        }
}
const by_reference n_bits_reference(cases{"com.microsoft.MatMulNBits", n_bits});

void fused(trial& t) {
  const i64 batch = 2, m = 3, n = 5, k = 4;
  for (int how = 0; how < 16; ++how) {
    const bool ta = how & 1, tb = how & 2, ba = how & 4, bb = how & 8;
    const auto dims = [&](i64 rows, i64 columns, bool transposed, bool batches) {
      shape s{batch, transposed ? columns : rows, transposed ? rows : columns};
      if (batches) s = {s[1], batch, s[2]};
      return s;
    };
    const auto place = [](i64 i, i64 row, i64 column, bool transposed, bool batches) {
      if (transposed) std::swap(row, column);
      return batches ? shape{row, i, column} : shape{i, row, column};
    };
    table a = t.draw(dims(m, k, ta, ba), -1, 1), b = t.draw(dims(k, n, tb, bb), -1, 1), y(t.type, {batch, m, n});
    each(y.dims, [&](const shape& i) {
      double sum = 0;
      for (i64 l = 0; l < k; ++l) sum += a[place(i[0], i[1], l, ta, ba)].real * b[place(i[0], l, i[2], tb, bb)].real;
      y[i] = sum / 2;
    });
    const FusedMatMul o{.alpha = 0.5f, .transA = ta, .transB = tb, .transBatchA = ba, .transBatchB = bb};
    t.expect(&o, {&a, &b}, {&y});
  }
}
const by_reference fused_reference(cases{"com.microsoft.FusedMatMul", fused});

void fused_conv(trial& t) {
  const struct { const char* name; floats params; double (*f)(double); } activations[] = {
      {"", {}, [](double x) { return x; }}, {"Relu", {}, [](double x) { return std::max(x, 0.0); }}, {"Tanh", {}, [](double x) { return std::tanh(x); }},
      {"Sigmoid", {}, [](double x) { return 1 / (1 + std::exp(-x)); }}, {"LeakyRelu", {0.25f}, [](double x) { return x < 0 ? x / 4 : x; }},
      {"Clip", {-0.5f, 0.75f}, [](double x) { return std::clamp(x, -0.5, 0.75); }},
      {"HardSigmoid", {0.25f, 0.5f}, [](double x) { return std::clamp(x / 4 + 0.5, 0.0, 1.0); }}};
  for (const auto& act : activations)
    for (bool added : {false, true}) {
      table x = t.draw({1, 3, 4, 5}, -1, 1), w = t.draw({2, 3, 2, 2}, -1, 1), b = t.draw({2}, -1, 1), z = t.draw({1, 2, 3, 4}, -1, 1), y(t.type, {1, 2, 3, 4});
      each(y.dims, [&](const shape& i) {
        double sum = b[{i[1]}].real;
        for (i64 c = 0; c < 3; ++c)
          for (i64 p = 0; p < 4; ++p) sum += x[{0, c, i[2] + p / 2, i[3] + p % 2}].real * w[{i[1], c, p / 2, p % 2}].real;
        y[i] = act.f(sum + (added ? z[i].real : 0));
      });
      const FusedConv o{.activation = act.name, .activation_params = act.params};
      t.near = t.type == dtype::f64 ? 1e-12 : 1e-5;
      t.expect(&o, {&x, &w, &b, added ? &z : nullptr}, {&y}, t.type == dtype::f32 || t.type == dtype::f64 ? 16 : 1);
    }
}
const by_reference fused_conv_reference(cases{"com.microsoft.FusedConv", fused_conv});

}  // namespace

TEST_CASE("MatMulNBits says what it cannot take") {
  const any_tensor a = zeros(dtype::f32, {2, 32}), b = zeros(dtype::u8, {3, 2, 8}), scales = zeros(dtype::f32, {3, 2});
  const auto says = [&](const MatMulNBits& o, std::initializer_list<any_view> more = {}) {
    std::vector<any_view> in{a, b, scales};
    in.insert(in.end(), more);
    return complaint(row("com.microsoft.MatMulNBits"), &o, in, 0);
  };
  const MatMulNBits fine{.K = 32, .N = 3, .block_size = 16};
  CHECK(says(fine) == "");
  CHECK(says({.K = 32, .N = 3, .block_size = 16, .bits = 3}) == "MatMulNBits: bits is 3, not 2, 4 or 8");
  CHECK(says({.K = 32, .N = 3, .block_size = 24}) == "MatMulNBits: block_size is 24, not a power of two from 16");
  CHECK(says({.K = 31, .N = 3, .block_size = 16}) == "MatMulNBits: A [2,32] has not 31 columns");
  CHECK(says({.K = 32, .N = 4, .block_size = 16}) == "MatMulNBits: B must be [4,2,8], not [3,2,8]");
  CHECK(says({.K = INT64_MAX, .N = 4, .block_size = 16}) == "MatMulNBits: B cannot be 9223372036854775807 x 4");
  any_tensor groups = zeros(dtype::i32, {32});
  groups.as<i32>()[31] = 2;
  CHECK(says(fine, {any_view(), groups}) == "MatMulNBits: g_idx has 2, of 2 blocks");
}

TEST_CASE("FusedConv says which activation it does not know") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 3, 3});
  const FusedConv unknown{.activation = "Gelu"}, few{.activation = "Clip", .activation_params = {1}};
  CHECK(complaint("com.microsoft.FusedConv", &unknown, {x, x}) == "FusedConv: activation 'Gelu' is unknown");
  CHECK(complaint("com.microsoft.FusedConv", &few, {x, x}) == "FusedConv: activation_params of Clip are 2, not 1");
}

}  // namespace tests::ops
