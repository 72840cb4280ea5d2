// com.microsoft's products: MatMulNBits, FusedMatMul and FusedConv.
#pragma once

#include "../kernels/n_bits.hpp"
#include "activation.hpp"
#include "activation_piecewise.hpp"
#include "arithmetic.hpp"
#include "conv.hpp"
#include "math.hpp"
#include "matmul.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Y = A B + bias, where the columns of B[K, N] are quantised to 2, 4 or 8 bits in blocks along K. B stays as it is:
/// read from memory its bits are fewer than those of floats, and one row of A is what a language model has.
struct MatMulNBits {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f16, dtype::bf16};
  static constexpr auto inputs = "A:T B:U scales:T zero_points?:Z g_idx?:G bias?:T", outputs = "Y:T";
  static constexpr type_variable types[] = {{'U', {dtype::u8}}, {'Z', {dtype::u8, dtype::f32, dtype::f16, dtype::bf16}}, {'G', {dtype::i32}}};
  static constexpr bool widen = true;

  required<i64> K{}, N{}, block_size{};
  i64 bits = 4;
  i64 accuracy_level = 0;  ///< the least; all is computed in float32
  i64 weight_prepacked = 0;

  status infer(infer_context& c) const {
    if (bits != 2 && bits != 4 && bits != 8) return fail(code::unsupported, {"bits is ", bits, ", not 2, 4 or 8"});
    if (weight_prepacked != 0) return fail(code::unsupported, {"weight_prepacked is ", weight_prepacked, ", which is a layout of some graphics card"});
    if (block_size < 16 || block_size > i64{1} << 30 || (block_size & (block_size - 1)) != 0)
      return c.invalid({"block_size is ", block_size.value, ", not a power of two from 16"});
    if (K < 1 || N < 0 || K > i64{1} << 40 || N > i64{1} << 40) return c.invalid({"B cannot be ", K.value, " x ", N.value});
    const i64 blocks = blocks_of(), blob = block_size * bits / 8, zeros = (blocks * bits + 7) / 8;
    shape y = c.dims(0);
    if (y.rank() < 1 || y.back() != K) return c.invalid({"A ", y, " has not ", K.value, " columns"});
    // Files of some versions have the lists in one dimension.
    const auto is = [&](int i, const shape& wanted) { return c.dims(i) == wanted || c.dims(i) == shape{count(wanted)}; };
    if (!is(1, shape{N, blocks, blob}) && c.dims(1) != shape{N, blocks * blob}) return c.invalid({"B must be ", shape{N, blocks, blob}, ", not ", c.dims(1)});
    if (!is(2, shape{N, blocks})) return c.invalid({"scales must be ", shape{N, blocks}, ", not ", c.dims(2)});
    if (c.has(3)) {
      const shape wanted{N, c.type(3) == dtype::u8 ? zeros : blocks};
      if (!is(3, wanted)) return c.invalid({"zero_points must be ", wanted, ", not ", c.dims(3)});
    }
    if (c.has(4) && (c.rank(4) != 1 || c.dims(4)[0] < K)) return c.invalid({"g_idx must have ", K.value, " elements, not ", c.dims(4)});
    if (c.has(5) && c.dims(5) != shape{N}) return c.invalid({"bias must be ", shape{N}, ", not ", c.dims(5)});
    y[y.rank() - 1] = N;
    return c.output(0, y);
  }
  i64 scratch(std::span<const known> in, bool) const {
    i64 bytes = detail::padded(kernels::gemm_scratch_bytes<float>()) + packed_bytes_for(dtype::f32, K, columns());
    if (wide_zeros(in.size() > 3 ? in[3].type : dtype::none)) bytes += detail::bytes_of(in[3].dims, 4);
    return bytes;
  }
  double macs(std::span<const known>, std::span<const known> out) const {
    return multiply_adds(out[0].dims, K);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    kernels::n_bits b{.bits = static_cast<int>(bits), .k = K, .n = N, .block = block_size, .blocks = blocks_of(),
                      .data = c.input(1).as<u8>(), .scales = c.input(2).as<float>()};
    auto* const panels = reinterpret_cast<float*>(c.scratch() + detail::padded(kernels::gemm_scratch_bytes<float>()));
    if (c.has(3)) {
      const any_view& zeros = c.input(3);
      auto* const own = reinterpret_cast<float*>(reinterpret_cast<std::byte*>(panels) + packed_bytes_for(dtype::f32, K, columns()));
      if (wide_zeros(zeros.type)) kernels::load_elements(zeros.type, zeros.bytes, own, zeros.size()), b.zeros = own;
      else if (zeros.type == dtype::f32) b.zeros = zeros.as<float>();
      else b.packed_zeros = zeros.as<u8>();
    }
    if (c.has(4)) {
      b.groups = c.input(4).as<i32>();
      for (i64 i = 0; i < K; ++i)
        if (b.groups[i] < 0 || b.groups[i] >= b.blocks) return fail(code::invalid, {"g_idx has ", b.groups[i], ", of ", b.blocks, " blocks"});
    }
    const i64 rows = y.size() / N;
    const float* const bias = c.has(5) ? c.input(5).as<float>() : nullptr;
    if (rows == 1 && b.groups == nullptr) {
      kernels::multiply_row_n_bits(b, c.input(0).as<float>(), bias, y.as<float>());
      return {};
    }
    for (i64 j = 0; j < N; j += columns()) {
      const i64 n = std::min(columns(), N - j);
      kernels::pack_n_bits(b, j, n, panels);
      kernels::epilogue<float> e;
      if (bias != nullptr) e.bias = bias + j;
      kernels::gemm<float>(rows, n, K, kernels::strided_rows<float>{c.input(0).as<float>(), K, 1}, panels, y.as<float>() + j, N, e, c.scratch());
    }
    return {};
  }

 private:
  i64 blocks_of() const { return (K + block_size - 1) / block_size; }
  /// So many columns at a time stay in the cache as floats.
  i64 columns() const { return std::clamp<i64>((i64{1} << 16) / K / 16 * 16, 16, 512); }
  static bool wide_zeros(dtype d) { return d == dtype::f16 || d == dtype::bf16; }
};

/// Y = alpha A B with NumPy's rules, where A and B may come with their last two dimensions exchanged, or with
/// their first one behind the other batches.
struct FusedMatMul {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "A:T B:T", outputs = "Y:T";
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b10;

  float alpha = 1;
  bool transA = false, transB = false, transBatchA = false, transBatchB = false;

  status infer(infer_context& c) const {
    const auto f = frame_product(side(c.dims(0), transA, transBatchA).dims, side(c.dims(1), transB, transBatchB).dims);
    if (!f.has_value()) return std::unexpected(f.error());
    return c.output(0, (*f).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape b = side(in[1].dims, transB, transBatchB).dims;
    return b.rank() != 2 ? -1 : packed_bytes_for(in[1].type, b[0], b[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    const layout b = side(in[1].dims, transB, transBatchB);
    dispatch<kernel_types>(in[1].type, [&]<class T>() {
      kernels::pack_b<T>(b.dims[0], b.dims[1], {in[1].as<T>(), b.strides[0], b.strides[1]}, reinterpret_cast<T*>(out), static_cast<T>(alpha));
    });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_product(side(in[0].dims, transA, transBatchA).dims, side(in[1].dims, transB, transBatchB).dims);
    if (!f.has_value()) return 0;
    i64 bytes = 0;
    dispatch<kernel_types>(in[0].type, [&]<class T>() { bytes = detail::padded(kernels::gemm_scratch_bytes<T>()); });
    return packed ? bytes : bytes + packed_bytes_for(in[1].type, (*f).k, (*f).n);
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, side(in[0].dims, transA, transBatchA).dims.back());
  }
  status run(run_context& c) const {
    const layout a = side(c.input(0).dims, transA, transBatchA), b = side(c.input(1).dims, transB, transBatchB);
    auto f = frame_product(a.dims, b.dims);
    if (!f.has_value()) return std::unexpected(f.error());
    const bool plain = !transA && !transBatchA;
    const int ar = a.dims.rank(), br = b.dims.rank();
    const i64 row = br > 1 ? b.strides[br - 2] : b.strides[0], column = br > 1 ? b.strides[br - 1] : 1;
    if (!plain && ar > 1) (*f).a_batch = broadcast_strides(a.dims.first(ar - 2), a.strides.first(ar - 2), (*f).batch);
    if (br > 1) (*f).b_batch = broadcast_strides(b.dims.first(br - 2), b.strides.first(br - 2), (*f).batch);
    dispatch<kernel_types>(c.input(0).type, [&]<class T>() {
      const left_strides apart = ar > 1 ? left_strides{a.strides[ar - 2], a.strides[ar - 1], 1} : left_strides{0, 1, 1};
      multiply_batches<T>(*f, c.input(0).as<T>(), reinterpret_cast<const T*>(c.packed()), [&](i64 at, T* out) {
        kernels::pack_b<T>((*f).k, (*f).n, {c.input(1).as<T>() + at, row, column}, out, static_cast<T>(alpha));
      }, c.output(0).as<T>(), {}, c.scratch(), plain ? nullptr : &apart);
    });
    return {};
  }

 private:
  static constexpr dtype_set kernel_types{dtype::f32, dtype::f64};
  struct layout {
    shape dims, strides;
  };
  /// A side as the product sees it.
  static layout side(const shape& x, bool transposed, bool batches) {
    layout l{x, contiguous_strides(x)};
    const int r = x.rank();
    if (batches && r > 2)
      for (shape* s : {&l.dims, &l.strides}) {
        const i64 first = (*s)[0];
        s->erase(0);
        s->insert(r - 2, first);
      }
    if (transposed && r > 1)
      for (shape* s : {&l.dims, &l.strides}) std::swap((*s)[r - 2], (*s)[r - 1]);
    return l;
  }
};

/// Y = activation(Conv(X, W, B) + Z).
struct FusedConv {
  using kind = kinds::general;
  static constexpr std::string_view domain = "com.microsoft";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T W:T B?:T Z?:T", outputs = "Y:T";
  static constexpr auto orders = order_rule::channels_last;
  static constexpr bool widen = true;
  static constexpr u32 packs = 0b10;

  std::string activation{};
  floats activation_params{};
  std::string auto_pad = "NOTSET";
  ints dilations{};
  i64 group = 1;
  ints kernel_shape{};
  ints pads{};
  ints strides{};

  Conv worker() const { return {auto_pad, dilations, group, kernel_shape, pads, strides}; }
  status infer(infer_context& c) const {
    const std::size_t given = activation_params.size(), wanted = activation == "LeakyRelu" ? 1 : activation == "Clip" || activation == "HardSigmoid" ? 2 : 0;
    if (wanted == 0 && !activation.empty() && activation != "Relu" && activation != "Tanh" && activation != "Sigmoid")
      return fail(code::unsupported, {"activation '", activation, "' is unknown"});
    if (given < wanted) return c.invalid({"activation_params of ", activation, " are ", wanted, ", not ", given});
    return worker().infer(c);
  }
  status run(run_context& c) const {
    const mutable_any_view& y = c.output(0);
    const std::span<const mutable_any_view> out(&y, 1);
    const any_view in[] = {c.input(0), c.input(1), c.has(2) ? c.input(2) : any_view()}, terms[] = {y, c.has(3) ? c.input(3) : any_view()};
    run_context product(in, out, c.scratch(), c.packed());
    if (status s = worker().run(product); !s.has_value()) return s;
    run_context sum(terms, out), alone(std::span(terms).first(1), out);
    if (terms[1])
      if (status s = run_body(Add{}, sum); !s.has_value()) return s;
    if (activation == "Relu") return run_body(Relu{}, alone);
    if (activation == "Tanh") return run_body(Tanh{}, alone);
    if (activation == "Sigmoid") return run_body(Sigmoid{}, alone);
    if (activation == "LeakyRelu") return run_body(LeakyRelu{activation_params[0]}, alone);
    if (activation == "HardSigmoid") return run_body(HardSigmoid{activation_params[0], activation_params[1]}, alone);
    if (activation == "Clip") return run_body(bounds{activation_params[0], activation_params[1]}, alone);
    return {};
  }

 private:
  struct bounds {
    using kind = kinds::unary;
    static constexpr dtype_set dtypes = FusedConv::dtypes;
    float low, high;
    auto operator()(auto x) const {
      using T = simd::scalar_t<decltype(x)>;
      return clamp(x, T(low), T(high));
    }
  };
};

using microsoft_products = list<MatMulNBits, FusedMatMul, FusedConv>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
