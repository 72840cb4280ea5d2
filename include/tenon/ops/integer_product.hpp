// MatMulInteger and QLinearMatMul: products of 8-bit integers with zero points, summed in 32 bits, and of 8-bit floats,
// summed in float.
#pragma once

#include "../kernels/quantize.hpp"
#include "matmul.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set bytes_types{dtype::i8, dtype::u8};

/// A number of 8 bits as what the product multiplies: u32 of integers, float of any.
template <class T = u32>
T byte_at(const any_view& x, i64 place) {
  if constexpr (std::is_same_v<T, float>) {
    float y = 0;
    kernels::load_reals(x.type, x.bytes + place, &y, 1);
    return y;
  } else {
    return x.type == dtype::i8 ? static_cast<u32>(i32{x.as<i8>()[place]}) : x.as<u8>()[place];
  }
}
/// Scales and zero points of a side: a vector belongs to the rows of the left one.
inline shape per_row(const shape& dims, bool left) {
  shape s = dims;
  if (left && dims.rank() == 1) s.push_back(1);
  return s;
}
/// Their strides along the matrix, or nothing where they do not fit.
inline std::optional<shape> strides_along(const shape& dims, const shape& matrix, bool left) {
  if (count(dims) == 1) return shape::filled(matrix.rank(), 0);
  const shape own = per_row(dims, left);
  if (own.rank() > matrix.rank() || broadcast(own, matrix) != matrix) return std::nullopt;
  return broadcast_strides(own, contiguous_strides(own), matrix);
}

/// out = x - zero, wide; the zero points fit.
template <class T>
void load_centred(const any_view& x, const any_view& zero, T* out) {
  if constexpr (std::is_same_v<T, float>) kernels::load_reals(x.type, x.bytes, out, x.size());
  else kernels::load_elements(x.type, x.bytes, out, x.size());
  if (!zero) return;
  const shape strides = *strides_along(zero.dims, x.dims, true);
  for_each_offset(x.dims, strides, [&](i64 at) { *out++ -= byte_at<T>(zero, at); });
}
/// Packs matrix i of the right side without its zero points.
template <class T>
void pack_centred(const any_view& b, const any_view& zero, i64 i, T* out) {
  constexpr i64 nr = kernels::tile<T>::columns;
  const bool vector = b.rank() == 1;
  const i64 n = vector ? 1 : b.dims.back(), k = vector ? b.dims[0] : b.dims[b.rank() - 2];
  shape strides = shape::filled(b.rank(), 0);
  i64 start = 0, row = 0, column = 0;
  if (zero && zero.size() > 1) {
    strides = *strides_along(zero.dims, b.dims, false);
    i64 rest = i;
    for (int axis = b.rank() - 2; axis-- > 0; rest /= b.dims[axis]) start += rest % b.dims[axis] * strides[axis];
    column = strides.back();
    row = vector ? 0 : strides[b.rank() - 2];
  }
  for (i64 j0 = 0; j0 < n; j0 += nr)
    for (i64 l = 0; l < k; ++l)
      for (i64 j = j0; j < j0 + nr; ++j)
        *out++ = j < n ? byte_at<T>(b, (i * k + l) * n + j) - (zero ? byte_at<T>(zero, start + l * row + j * column) : T(0)) : T(0);
}

/// The product of numbers of 8 bits: int32 in u32, or float.
struct integer_product {
  static status check(infer_context& c, int a, int b, int a_zero, int b_zero) {
    const auto fits = [&](int zero, int of, std::string_view title) -> status {
      if (!c.has(zero) || strides_along(c.dims(zero), c.dims(of), of == a)) return {};
      return c.invalid({title, " of shape ", c.dims(zero), " does not fit ", c.dims(of)});
    };
    if (status s = fits(a_zero, a, "a_zero_point"); !s.has_value()) return s;
    return fits(b_zero, b, "b_zero_point");
  }
  static i64 scratch(const shape& a, const product_frame& f, bool packed) {
    const i64 bytes = detail::bytes_of(a, 4) + detail::padded(std::max(kernels::gemm_scratch_bytes<u32>(), kernels::gemm_scratch_bytes<float>()));
    return packed ? bytes : bytes + packed_bytes_for(dtype::u32, f.k, f.n);
  }
  template <class T>
  static void multiply(const product_frame& f, const any_view& a, const any_view& a_zero, const any_view& b,
                       const any_view& b_zero, const std::byte* packed, T* y, std::byte* scratch) {
    auto* const left = reinterpret_cast<T*>(scratch);
    load_centred<T>(a, a_zero, left);
    multiply_batches<T>(f, left, reinterpret_cast<const T*>(packed),
                        [&](i64 i, T* out) { pack_centred<T>(b, b_zero, i, out); }, y, {},
                        scratch + detail::bytes_of(a.dims, 4));
  }
};

/// Y = (A - a_zero_point) (B - b_zero_point); zero points for all, for rows of A, for columns of B.
struct MatMulInteger {
  using kind = kinds::general;
  static constexpr int since = 10;
  static constexpr dtype_set dtypes = bytes_types;
  static constexpr auto inputs = "A:T B:U a_zero_point?:T b_zero_point?:U", outputs = "Y:Y";
  static constexpr type_variable types[] = {{'U', bytes_types}, {'Y', {dtype::i32}}};
  static constexpr u32 packs = 0b1010;

  status infer(infer_context& c) const {
    const auto f = frame_product(c.dims(0), c.dims(1));
    if (!f.has_value()) return std::unexpected(f.error());
    if (status s = integer_product::check(c, 0, 1, 2, 3); !s.has_value()) return s;
    return c.output(0, dtype::i32, (*f).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape& b = in[1].dims;
    const bool zero = in.size() > 3 && in[3].type != dtype::none;
    if (b.rank() != 2 || (zero && !strides_along(in[3].dims, b, false))) return -1;
    return packed_bytes_for(dtype::u32, b[0], b[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    pack_centred<u32>(in[1], in.size() > 3 ? in[3] : any_view(), 0, reinterpret_cast<u32*>(out));
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_product(in[0].dims, in[1].dims);
    return f.has_value() ? integer_product::scratch(in[0].dims, *f, packed) : 0;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[0].dims.back());
  }
  status run(run_context& c) const {
    const auto f = frame_product(c.input(0).dims, c.input(1).dims);
    if (!f.has_value()) return std::unexpected(f.error());
    integer_product::multiply<u32>(*f, c.input(0), c.has(2) ? c.input(2) : any_view(), c.input(1), c.has(3) ? c.input(3) : any_view(),
                                   c.packed(), c.output(0).as<u32>(), c.scratch());
    return {};
  }
};

/// The product of quantized matrices, quantized: saturate(round(A B a_scale b_scale / y_scale) + y_zero_point). Only
/// integers round to whole numbers.
struct QLinearMatMul {
  using kind = kinds::general;
  static constexpr int since = 21;
  static constexpr dtype_set dtypes = bytes_types | dtypes::float8;
  static constexpr auto inputs =
      "a:T a_scale:S a_zero_point:T b:U b_scale:S b_zero_point:U y_scale:S y_zero_point:V";
  static constexpr auto outputs = "y:V";
  static constexpr type_variable types[] = {
      {'U', bytes_types | dtypes::float8}, {'V', bytes_types | dtypes::float8}, {'S', {dtype::f32, dtype::f16, dtype::bf16}}};
  static constexpr u32 packs = 0b101000;

  status infer(infer_context& c) const {
    const auto f = frame_product(c.dims(0), c.dims(3));
    if (!f.has_value()) return std::unexpected(f.error());
    if (dtypes::float8.has(c.type(0)) != dtypes::float8.has(c.type(3)))
      return fail(code::unsupported, {"the product of ", name(c.type(0)), " and ", name(c.type(3)), " is not supported"});
    if (status s = integer_product::check(c, 0, 3, 2, 5); !s.has_value()) return s;
    for (int i : {1, 4, 6, 7})
      if (!strides_along(c.dims(i), (*f).out, i != 4))
        return c.invalid({"input ", i, " of shape ", c.dims(i), " does not fit the product of ", (*f).out});
    return c.output(0, (*f).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape& b = in[3].dims;
    if (b.rank() != 2 || !strides_along(in[5].dims, b, false)) return -1;
    return packed_bytes_for(dtype::u32, b[0], b[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    if (dtypes::float8.has(in[3].type)) pack_centred<float>(in[3], in[5], 0, reinterpret_cast<float*>(out));
    else pack_centred<u32>(in[3], in[5], 0, reinterpret_cast<u32*>(out));
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_product(in[0].dims, in[3].dims);
    if (!f.has_value()) return 0;
    i64 bytes = detail::bytes_of((*f).out, 4) + integer_product::scratch(in[0].dims, *f, packed);
    for (int i : {1, 4, 6}) bytes += detail::bytes_of(in[static_cast<unsigned>(i)].dims, 4);
    return bytes;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[0].dims.back());
  }
  status run(run_context& c) const {
    const auto f = frame_product(c.input(0).dims, c.input(3).dims);
    if (!f.has_value()) return std::unexpected(f.error());
    const mutable_any_view& y = c.output(0);
    std::byte* next = c.scratch();
    const auto take = [&](const shape& dims) {
      std::byte* const p = next;
      next += detail::bytes_of(dims, 4);
      return p;
    };
    std::byte* const sums = take(y.dims);
    const bool reals = dtypes::float8.has(c.input(0).type), real_y = dtypes::float8.has(y.type);
    kernels::nest n;
    for (i64 d : y.dims) n.push(d);
    n.add(contiguous_strides(y.dims));
    const float* scales[3];
    unsigned which = 0;
    for (int i : {1, 4, 6}) {
      auto* const own = reinterpret_cast<float*>(take(c.input(i).dims));
      kernels::load_reals(c.input(i).type, c.input(i).bytes, own, c.input(i).size());
      scales[which++] = own;
      n.add(*strides_along(c.input(i).dims, y.dims, i != 4));
    }
    n.add(*strides_along(c.input(7).dims, y.dims, true));
    const auto multiply = [&]<class T>(T* to) { integer_product::multiply<T>(*f, c.input(0), c.input(2), c.input(3), c.input(5), c.packed(), to, next); };
    if (reals) multiply(reinterpret_cast<float*>(sums));
    else multiply(reinterpret_cast<u32*>(sums));
    if (!n.normalize()) return {};
    const auto [low, high] = kernels::range_of(y.type);
    const kernels::nest::axis& in = n.inner();
    kernels::cursor at(n);
    do {
      for (i64 i = 0; i < in.size; ++i) {
        const auto place = [&](int k) { return at.at[k] + i * in.step[k]; };
        const float scale = scales[0][place(1)] * scales[1][place(2)] / scales[2][place(3)];
        const double product = reals ? static_cast<double>(reinterpret_cast<const float*>(sums)[place(0)]) : static_cast<double>(reinterpret_cast<const i32*>(sums)[place(0)]);
        const double q = product * static_cast<double>(scale);
        if (real_y) {
          const double sum = q + static_cast<double>(byte_at<float>(c.input(7), place(4)));
          kernels::cast(dtype::f64, &sum, y.type, y.bytes + place(0), 1);
        } else {
          const double sum = simd::round_even(q) + static_cast<double>(static_cast<i32>(byte_at(c.input(7), place(4))));
          y.as<u8>()[place(0)] = static_cast<u8>(static_cast<i32>(sum == sum ? std::clamp<double>(sum, low, high) : 0.0));
        }
      }
    } while (at.next(n, n.rank - 1));
    return {};
  }
};

using integer_products = list<MatMulInteger, QLinearMatMul>;

}  // namespace ops

auto matmul_integer(const operand auto& a, const operand auto& b) { return apply(ops::MatMulInteger{}, a, b); }

}  // namespace tenon
TENON_COLD_END
