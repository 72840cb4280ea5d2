// MatMul and Gemm: the matrix product, with constant right sides packed at load time.
#pragma once

#include "../kernels/gemm.hpp"
#include "move.hpp"
#include "shape.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline constexpr dtype_set product_types =
    dtypes::floating | dtype_set{dtype::i32, dtype::u32, dtype::i64, dtype::u64};
/// The types that the product is compiled for; signed integers run as unsigned, the bits are the same.
inline constexpr dtype_set product_kernels{dtype::f32, dtype::f64, dtype::u32, dtype::u64};
constexpr dtype product_kernel(dtype d) {
  const dtype c = compute_dtype(d);
  return c == dtype::i32 ? dtype::u32 : c == dtype::i64 ? dtype::u64 : c;
}

/// The bytes of a packed right side; the sizes may be what a file claims.
inline i64 packed_bytes_for(dtype d, i64 k, i64 n) {
  if (k == 0 || n == 0) return 0;
  if (n > detail::most_bytes || k > detail::most_bytes / 8 / (n + 64)) return detail::most_bytes;
  i64 bytes = 0;
  dispatch<product_kernels>(product_kernel(d), [&]<class T>() { bytes = kernels::packed_b_bytes<T>(k, n); });
  return bytes;
}

/// The plan's clamp as an epilogue has it; integers are never clamped.
template <class T>
void set_clamp(kernels::epilogue<T>& e, const interval& clamp) {
  if constexpr (std::is_floating_point_v<T>) {
    e.low = static_cast<T>(clamp.lo);
    e.high = static_cast<T>(clamp.hi);
  }
}

/// A product with NumPy's rules for more and fewer than two dimensions, as batches of [m, k] x [k, n].
struct product_frame {
  i64 m, n, k;
  shape batch, a_batch, b_batch;  ///< a_batch, b_batch: strides in matrices, 0 where it repeats
  shape out;
};
inline result<product_frame> frame_product(shape a, shape b) {
  if (a.rank() == 0 || b.rank() == 0) return fail(code::invalid, {"a scalar is no matrix: ", a, " x ", b});
  const shape a_given = a, b_given = b;
  if (a_given.rank() == 1) a.insert(0, 1);
  if (b_given.rank() == 1) b.push_back(1);
  product_frame f{a[a.rank() - 2], b.back(), a.back(), {}, {}, {}, {}};
  const shape ab = a.first(a.rank() - 2), bb = b.first(b.rank() - 2);
  const auto batch = broadcast(ab, bb);
  if (f.k != b[b.rank() - 2])
    return fail(code::invalid, {"inner dimensions differ: ", a_given, " x ", b_given});
  if (!batch) return fail(code::invalid, {"batches do not broadcast: ", a_given, " x ", b_given});
  f.batch = f.out = *batch;
  f.a_batch = broadcast_strides(ab, contiguous_strides(ab), *batch);
  f.b_batch = broadcast_strides(bb, contiguous_strides(bb), *batch);
  if (a_given.rank() > 1) f.out.push_back(f.m);
  if (b_given.rank() > 1) f.out.push_back(f.n);
  return f;
}
/// Where elements of a left side lie: from row to row, from column to column and per index of `a_batch`.
struct left_strides {
  i64 row, column, batch;
};
/// All batches of a product. Without `packed`, pack(i, out) packs matrix i of the right side; scratch holds
/// what kernels::gemm needs and, padded, one packed matrix.
template <class T, class Pack>
void multiply_batches(const product_frame& f, const T* a, const T* packed, Pack pack, T* y,
                      const kernels::epilogue<T>& e, std::byte* scratch, const left_strides* apart = nullptr) {
  const left_strides at_a = apart != nullptr ? *apart : left_strides{f.k, 1, f.m * f.k};
  T* const own = reinterpret_cast<T*>(scratch + detail::padded(kernels::gemm_scratch_bytes<T>()));
  // One right side for all batches: the left ones are the rows of one tall matrix.
  bool shared = apart == nullptr;
  for (int i = 0; i < f.batch.rank(); ++i) shared &= f.batch[i] == 1 || (f.b_batch[i] == 0 && f.a_batch[i] != 0);
  const i64 batches = shared ? 1 : count(f.batch), rows = shared ? count(f.batch) * f.m : f.m;
  i64 last = -1;
  shape at = shape::filled(f.batch.rank(), 0);
  for (i64 i = 0; i < batches; ++i) {
    i64 from_a = 0, from_b = 0;
    for (int axis = 0; axis < at.rank(); ++axis) from_a += at[axis] * f.a_batch[axis], from_b += at[axis] * f.b_batch[axis];
    if (packed == nullptr || last >= 0) {
      if (from_b != last) pack(from_b, own);
      last = from_b;
      packed = own;
    }
    kernels::gemm<T>(rows, f.n, f.k, kernels::strided_rows<T>{a + from_a * at_a.batch, at_a.row, at_a.column}, packed,
                     y + i * f.m * f.n, f.n, e, scratch);
    for (int axis = at.rank(); axis-- > 0;) {
      if (++at[axis] < f.batch[axis]) break;
      at[axis] = 0;
    }
  }
}

/// Y = A B with NumPy's rules for more and fewer than two dimensions; integers wrap.
struct MatMul {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = product_types;
  static constexpr auto inputs = "A:T B:T", outputs = "Y:T";
  static constexpr bool widen = true, clamps = true;
  static constexpr u32 packs = 0b10;

  status infer(infer_context& c) const {
    const auto f = frame_product(c.dims(0), c.dims(1));
    if (!f.has_value()) return std::unexpected(f.error());
    return c.output(0, (*f).out);
  }
  i64 packed_bytes(std::span<const known> in) const {
    const shape& b = in[1].dims;
    return b.rank() != 2 ? -1 : packed_bytes_for(in[1].type, b[0], b[1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<product_kernels>(product_kernel(in[1].type), [&]<class T>() { pack_matrix<T>(in[1].as<T>(), in[1].dims[0], in[1].dims[1], reinterpret_cast<T*>(out)); });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto f = frame_product(in[0].dims, in[1].dims);
    if (!f.has_value()) return 0;
    i64 bytes = 0;
    dispatch<product_kernels>(product_kernel(in[0].type), [&]<class T>() { bytes = detail::padded(kernels::gemm_scratch_bytes<T>()); });
    return packed ? bytes : bytes + packed_bytes_for(in[1].type, (*f).k, (*f).n);
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[0].dims.back());
  }
  status run(run_context& c) const {
    const auto f = frame_product(c.input(0).dims, c.input(1).dims);
    if (!f.has_value()) return std::unexpected(f.error());
    dispatch<product_kernels>(product_kernel(c.input(0).type), [&]<class T>() { multiply<T>(*f, c); });
    return {};
  }
  /// dA = dY B', dB = A' dY; vectors are matrices of one row or column.
  auto gradient(int i, const auto& c) const {
    auto a = c.input(0), b = c.input(1), dy = c.dy();
    shape dims = dy.dims();
    if (b.rank() == 1) dims.push_back(1), b = reshape(b, {b.dims()[0], 1}, {.allowzero = true});
    if (a.rank() == 1) dims.insert(dims.rank() - 1, 1), a = reshape(a, {1, a.dims()[0]}, {.allowzero = true});
    dy = reshape(dy, dims, {.allowzero = true});
    if (b.rank() == 2) {  // one matrix for all rows of A
      const i64 k = b.dims()[0], n = b.dims()[1], m = count(dims.first(dims.rank() - 1));
      dy = reshape(dy, {m, n}, {.allowzero = true});
      const auto d = i == 0 ? gemm(dy, b, {.transB = true}) : gemm(reshape(a, {m, k}, {.allowzero = true}), dy, {.transA = true});
      return reshape(d, c.input(i).dims(), {.allowzero = true});
    }
    const auto turned = [](const auto& x) {
      ints perm;
      for (int axis = 0; axis < x.rank(); ++axis) perm.push_back(axis);
      if (perm.size() > 1) std::swap(perm.back(), *(perm.end() - 2));
      return transpose(x, {perm});
    };
    return i == 0 ? matmul(dy, turned(b)) : matmul(turned(a), dy);
  }

 private:
  template <class T>
  static void pack_matrix(const T* b, i64 k, i64 n, T* out) {
    kernels::pack_b<T>(k, n, {b, n, 1}, out);
  }
  template <class T>
  static void multiply(const product_frame& f, run_context& c) {
    if (c.output(0).size() == 0) return;  // then the other sizes may be anything
    kernels::epilogue<T> e;
    set_clamp(e, c.clamp());
    const T* const b = c.input(1).as<T>();
    multiply_batches<T>(f, c.input(0).as<T>(), reinterpret_cast<const T*>(c.packed()),
                        [&](i64 i, T* out) { pack_matrix<T>(b + i * f.k * f.n, f.k, f.n, out); }, c.output(0).as<T>(), e, c.scratch());
  }
};

/// Y = alpha A' B' + beta C, A' and B' transposed where asked; C broadcasts to [M, N].
struct Gemm {
  using kind = kinds::general;
  static constexpr int since = 13;
  static constexpr dtype_set dtypes = product_types;
  static constexpr auto inputs = "A:T B:T C?:T", outputs = "Y:T";
  static constexpr bool widen = true, clamps = true;
  static constexpr u32 packs = 0b10;

  float alpha = 1, beta = 1;
  bool transA = false, transB = false;

  status infer(infer_context& c) const {
    if (c.rank(0) != 2 || c.rank(1) != 2)
      return c.invalid({"A and B must be matrices: ", c.dims(0), " x ", c.dims(1)});
    const auto [m, n, k] = sizes(c.dims(0), c.dims(1));
    if (k != c.dims(1)[transB ? 1 : 0])
      return c.invalid({"inner dimensions differ: ", c.dims(0), transA ? " transposed" : "", " x ", c.dims(1), transB ? " transposed" : ""});
    const shape out{m, n};
    if (dtypes::integers.has(c.type(0)) && !(is_whole(alpha) && is_whole(beta)))
      return c.invalid({"alpha ", static_cast<double>(alpha), " and beta ", static_cast<double>(beta),
                        " are not whole numbers, but the elements are ", name(c.type(0))});
    if (c.has(2) && broadcast(c.dims(2), out) != out)
      return c.invalid({"C of shape ", c.dims(2), " does not broadcast to ", out});
    return c.output(0, out);
  }
  /// Before opset 7 broadcasting of C had to be asked for.
  status upgrade(old_node& n) {
    if (n.opset() < 7) n.take_int("broadcast");
    return {};
  }
  i64 packed_bytes(std::span<const known> in) const {
    if (in[1].dims.rank() != 2) return -1;
    return packed_bytes_for(in[1].type, in[1].dims[transB ? 1 : 0], in[1].dims[transB ? 0 : 1]);
  }
  void pack(std::span<const any_view> in, std::byte* out) const {
    dispatch<product_kernels>(product_kernel(in[1].type), [&]<class T>() { pack_into<T>(in[1], reinterpret_cast<T*>(out)); });
  }
  i64 scratch(std::span<const known> in, bool packed) const {
    const auto [m, n, k] = sizes(in[0].dims, in[1].dims);
    i64 bytes = 0;
    dispatch<product_kernels>(product_kernel(in[0].type), [&]<class T>() { bytes = detail::padded(kernels::gemm_scratch_bytes<T>()); });
    if (!packed) bytes += detail::padded(packed_bytes_for(in[1].type, k, n));
    if (in.size() > 2 && expands(in[2].dims, m, n)) bytes += detail::bytes_of(shape{m, n}, size_of(compute_dtype(in[2].type)));
    return bytes;
  }
  double macs(std::span<const known> in, std::span<const known> out) const {
    return multiply_adds(out[0].dims, in[0].dims[transA ? 0 : 1]);
  }
  status run(run_context& c) const {
    dispatch<product_kernels>(product_kernel(c.input(0).type), [&]<class T>() { multiply<T>(c); });
    return {};
  }
  auto gradient(int i, const auto& c) const {
    const auto &a = c.input(0), &b = c.input(1), &dy = c.dy();
    if (i == 2) return beta == 1 ? dy : dy * beta;
    if (i == 0) return transA ? gemm(b, dy, {alpha, 1, transB, true}) : gemm(dy, b, {alpha, 1, false, !transB});
    return transB ? gemm(dy, a, {alpha, 1, true, transA}) : gemm(a, dy, {alpha, 1, !transA, false});
  }

 private:
  struct size {
    i64 m, n, k;
  };
  size sizes(const shape& a, const shape& b) const { return {a[transA ? 1 : 0], b[transB ? 0 : 1], a[transA ? 0 : 1]}; }
  /// C is read a row at a time; a column or a scalar is spread out first.
  static bool expands(const shape& c, i64, i64 n) { return n != 1 && (c.empty() || c.back() != n); }
  template <class T>
  void pack_into(const any_view& b, T* out) const {
    const i64 k = b.dims[transB ? 1 : 0], n = b.dims[transB ? 0 : 1];
    kernels::pack_b<T>(k, n, {b.as<T>(), transB ? 1 : n, transB ? k : 1}, out, scale<T>(alpha));
  }
  /// Integers take whole factors only; ONNX leaves the rest open.
  static bool is_whole(float f) { return f > -0x1p62f && f < 0x1p62f && f == static_cast<float>(static_cast<i64>(f)); }
  template <class T>
  static T scale(float f) {
    if constexpr (std::is_floating_point_v<T>) return f;
    else return static_cast<T>(static_cast<i64>(f));
  }
  template <class T>
  void multiply(run_context& c) const {
    const any_view &a = c.input(0), &b = c.input(1);
    const auto [m, n, k] = sizes(a.dims, b.dims);
    std::byte* next = c.scratch() + detail::padded(kernels::gemm_scratch_bytes<T>());
    const T* packed = reinterpret_cast<const T*>(c.packed());
    if (packed == nullptr) {
      pack_into<T>(b, reinterpret_cast<T*>(next));
      packed = reinterpret_cast<const T*>(next);
      next += detail::padded(packed_bytes_for(b.type, k, n));
    }
    kernels::epilogue<T> e;
    set_clamp(e, c.clamp());
    if (c.has(2)) {
      const any_view& add = c.input(2);
      e.residual = add.as<T>();
      e.residual_scale = scale<T>(beta);
      e.residual_stride = add.size() == m * n ? n : 0;
      if (expands(add.dims, m, n)) {
        const shape out{m, n};
        kernels::copy(add.bytes, broadcast_strides(add.dims, add.strides, out), next, contiguous_strides(out), out, sizeof(T));
        e.residual = reinterpret_cast<const T*>(next);
        e.residual_stride = n;
      }
    }
    const i64 row = transA ? 1 : k, column = transA ? m : 1;
    kernels::gemm<T>(m, n, k, kernels::strided_rows<T>{a.as<T>(), row, column}, packed, c.output(0).as<T>(), n, e, c.scratch());
  }
};

using matmul = list<MatMul, Gemm>;

}  // namespace ops

auto matmul(const operand auto& a, const operand auto& b) { return apply(ops::MatMul{}, a, b); }
auto gemm(const operand auto& a, const operand auto& b, const ops::Gemm& o = {}) { return apply(o, a, b); }
auto gemm(const operand auto& a, const operand auto& b, const operand auto& c, const ops::Gemm& o = {}) {
  return apply(o, a, b, c);
}

}  // namespace tenon
TENON_COLD_END
