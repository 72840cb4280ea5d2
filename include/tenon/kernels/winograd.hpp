// 3x3 and 5x5 convolutions with stride 1 in a quarter or a third of the multiplications: minimal
// filtering F(4x4, 3x3) and F(2x2, 5x5) (Winograd 1980; Lavin and Gray 2016). Tiles of 6x6 input
// pixels, their filters and their output pixels are polynomials at the points 0, +-5/8, +-3/2 and
// infinity; in each of the 36 pairs of points the channels are a matrix product. The usual points
// 0, +-1, +-2 lose three times as many bits; these, whose powers are exact, lose hardly more than the
// plain sum does.
#pragma once

#include "conv_shape.hpp"
#include "gemm.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

inline constexpr int wide = 6, pairs = wide * wide;  // of a tile
constexpr int outputs_of(const conv_shape& s) { return wide + 1 - static_cast<int>(s.kernel_h); }

/// One dimension of the three transforms.
template <class T>
struct minimal_filter {
  using V = tile_vec<T>;
  static constexpr double a = 0.625, b = 1.5, aa = a * a, bb = b * b;
  static constexpr T A = T(a), B = T(b), AA = T(aa), BB = T(bb), AAA = T(aa * a), BBB = T(bb * b);

  /// Six neighbours of the input, `step` apart, into `to`, `to_step` apart.
  template <class Load, class Store>
  TENON_INLINE static void of_input(Load load, Store store) {
    const V d0 = load(0), d1 = load(1), d2 = load(2), d3 = load(3), d4 = load(4), d5 = load(5);
    const V product(T(aa * bb)), sum(T(-(aa + bb)));
    store(0, mul_add(d0, product, mul_add(d2, sum, d4)));
    const V even_a = mul_add(d2, V(-BB), d4), odd_a = mul_add(d1, V(-BB), d3) * V(A);
    store(1, even_a + odd_a);
    store(2, even_a - odd_a);
    const V even_b = mul_add(d2, V(-AA), d4), odd_b = mul_add(d1, V(-AA), d3) * V(B);
    store(3, even_b + odd_b);
    store(4, even_b - odd_b);
    store(5, mul_add(d1, product, mul_add(d3, sum, d5)));
  }
  /// Six points into neighbours of the output.
  template <int Outputs, class Load, class Store>
  TENON_INLINE static void of_output(Load load, Store store) {
    const V m1 = load(1), m2 = load(2), m3 = load(3), m4 = load(4);
    const V even_a = m1 + m2, odd_a = m1 - m2, even_b = m3 + m4, odd_b = m3 - m4;
    store(0, load(0) + even_a + even_b);
    if constexpr (Outputs == 2) {
      store(1, mul_add(odd_a, V(A), mul_add(odd_b, V(B), load(5))));
    } else {
      store(1, mul_add(odd_a, V(A), odd_b * V(B)));
      store(2, mul_add(even_a, V(AA), even_b * V(BB)));
      store(3, mul_add(odd_a, V(AAA), mul_add(odd_b, V(BBB), load(5))));
    }
  }
  /// Weights, `step` apart, into six points.
  static void of_weights(const double* w, int count, int step, double* to, int to_step) {
    constexpr double points[] = {0, a, -a, b, -b};
    constexpr double divisors[] = {aa * bb, 2 * aa * (aa - bb), 2 * aa * (aa - bb), 2 * bb * (bb - aa), 2 * bb * (bb - aa)};
    for (int p = 0; p < wide - 1; ++p) {
      double sum = 0;
      for (int i = count; i-- > 0;) sum = sum * points[p] + w[i * step];
      to[p * to_step] = sum / divisors[p];
    }
    to[(wide - 1) * to_step] = w[(count - 1) * step];
  }
};

/// Transforms one tile: table[y * wide + x] points at channel 0 of an input pixel.
template <class T>
[[gnu::noinline]] void transform_input(const T* const* table, i64 channels, T* to,
                                       std::ptrdiff_t pair_stride) {
  using V = tile_vec<T>;
  constexpr int lanes = tile<T>::lanes;
  V between[pairs];
  for (i64 c = 0;;) {
    const T* const* pixel = table;
#pragma clang loop unroll(disable)
    for (V *column = between, *end = between + wide; column != end; ++column, ++pixel)
      minimal_filter<T>::of_input(
          [&](int y) __attribute__((always_inline)) { return V::load(pixel[y * wide] + c); },
          [&](int y, V x) __attribute__((always_inline)) { column[y * wide] = x; });
    T* out = to + c;
#pragma clang loop unroll(disable)
    for (const V *row = between, *end = between + pairs; row != end; row += wide)
      minimal_filter<T>::of_input([&](int x) __attribute__((always_inline)) { return row[x]; },
                                  [&](int, V x) __attribute__((always_inline)) {
                                    x.store(out);
                                    out += pair_stride;
                                  });
    if (c + lanes >= channels) return;
    c = c + 2 * lanes <= channels ? c + lanes : channels - lanes;
  }
}

/// Where one tile of the output goes, and what is done to it.
template <class T>
struct output_tile {
  T* to;
  std::ptrdiff_t row, pixel;
  int rows, columns;  // of the tile that are inside the image
  const T *bias, *residual;
  std::ptrdiff_t residual_row, residual_pixel;
  T residual_scale, low, high;
};

template <class T, int Outputs>
[[gnu::noinline]] void transform_output(const T* from, std::ptrdiff_t pair_stride, i64 channels,
                                        const output_tile<T>& o) {
  using V = tile_vec<T>;
  constexpr int lanes = tile<T>::lanes;
  const V low(o.low), high(o.high), scale(o.residual_scale);
  V between[Outputs * wide], line[Outputs];
  for (i64 c = 0;;) {
    const T* in = from + c;
#pragma clang loop unroll(disable)
    for (V *column = between, *end = between + wide; column != end; ++column, in += pair_stride)
      minimal_filter<T>::template of_output<Outputs>(
          [&](int y) __attribute__((always_inline)) { return V::load(in + y * wide * pair_stride); },
          [&](int y, V x) __attribute__((always_inline)) { column[y * wide] = x; });
    const V bias = o.bias ? V::load(o.bias + c) : V(T(0));
    T* to = o.to + c;
    const T* residual = o.residual ? o.residual + c : nullptr;
#pragma clang loop unroll(disable)
    for (int y = 0; y < o.rows; ++y) {
      minimal_filter<T>::template of_output<Outputs>(
          [&](int x) __attribute__((always_inline)) { return between[y * wide + x]; },
          [&](int x, V v) __attribute__((always_inline)) { line[x] = v + bias; });
      for (int x = 0; x < o.columns; ++x) {
        V v = line[x];
        if (residual) v = mul_add(V::load(residual + x * o.residual_pixel), scale, v);
        simd::clamp(v, low, high).store(to + x * o.pixel);
      }
      to += o.row;
      if (residual) residual += o.residual_row;
    }
    if (c + lanes >= channels) return;
    c = c + 2 * lanes <= channels ? c + lanes : channels - lanes;
  }
}

/// Tiles of a convolution, and how many go through the products at a time: few enough that their
/// transforms stay in L2, and many enough that reading the weights does not cost more.
struct tiling {
  i64 rows, columns, total, block;
  explicit tiling(const conv_shape& s)
      : rows((s.out_h + outputs_of(s) - 1) / outputs_of(s)),
        columns((s.out_w + outputs_of(s) - 1) / outputs_of(s)),
        total(s.batch * rows * columns) {
    constexpr i64 floats = 256 << 10, least = 64;
    const i64 fit = floats / (pairs * (s.group_in() + s.group_out()));
    block = block_size(total, fit < least ? least : fit, 4);
  }
  // The odd 16 keep the 36 products of a tile out of each other's cache sets.
  i64 pair_stride(i64 channels) const { return block * channels + 16; }
};

}  // namespace detail

/// Whether minimal filtering pays: a function of the weights and steps alone, since weights are
/// packed before the size of an image is known.
template <class T>
constexpr bool filters_minimally(const conv_shape& s) {
  return std::is_same_v<T, float> && (s.kernel_h == 3 || s.kernel_h == 5) && s.kernel_w == s.kernel_h && s.stride_h == 1 &&
         s.stride_w == 1 && s.dilation_h == 1 && s.dilation_w == 1 && s.group_in() >= 16 &&
         s.group_out() >= 16;
}

/// Size of the packed weights: 36 matrices [group_in, group_out] per group.
template <class T>
constexpr i64 packed_winograd_bytes(const conv_shape& s) {
  return s.groups * detail::pairs * packed_b_bytes<T>(s.group_in(), s.group_out());
}

/// Packs contiguous weights [out_channels][in_channels / groups][kernel][kernel]. Rounded once.
template <class T>
[[gnu::noinline]] void pack_winograd(const conv_shape& s, const T* oihw, T* packed) {
  constexpr i64 nr = tile<T>::columns;
  const int r = static_cast<int>(s.kernel_h), taps = r * r;
  const i64 k = s.group_in(), n = s.group_out();
  const i64 matrix = packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T));
  for (i64 g = 0; g < s.groups; ++g, oihw += n * k * taps, packed += detail::pairs * matrix) {
    T* to = packed;
    for (i64 j0 = 0; j0 < n; j0 += nr)
      for (i64 i = 0; i < k; ++i)
        for (i64 j = 0; j < nr; ++j, ++to) {
          double w[25] = {}, half[5 * detail::wide], whole[detail::pairs];
          for (int t = 0; t < taps && j0 + j < n; ++t) w[t] = static_cast<double>(oihw[((j0 + j) * k + i) * taps + t]);
          for (int x = 0; x < r; ++x) detail::minimal_filter<T>::of_weights(w + x, r, r, half + x, r);
          for (int y = 0; y < detail::wide; ++y)
            detail::minimal_filter<T>::of_weights(half + y * r, r, 1, whole + y * detail::wide, 1);
          for (int p = 0; p < detail::pairs; ++p) to[p * matrix] = static_cast<T>(whole[p]);
        }
  }
}

/// Scratch of `winograd`, 16-byte aligned: that of `gemm`, the transforms, a pixel of zeros, a tile.
template <class T>
constexpr i64 winograd_scratch_bytes(const conv_shape& s) {
  const detail::tiling t(s);
  return gemm_scratch_bytes<T>() +
         (s.group_in() * (1 + detail::pairs) + detail::pairs * (t.pair_stride(s.group_in()) + t.pair_stride(s.group_out()))) *
             static_cast<i64>(sizeof(T));
}

/// Convolution for which filters_minimally() holds; arguments as `conv` has them.
template <class T>
[[gnu::noinline]] void winograd(const conv_shape& s, const image<T>& in, const T* packed, T* out,
                                i64 out_stride, const epilogue<T>& e, void* scratch) {
  using namespace detail;
  const i64 k = s.group_in(), n = s.group_out();
  const i64 matrix = packed_b_bytes<T>(k, n) / static_cast<i64>(sizeof(T));
  const tiling t(s);
  const int outputs = outputs_of(s);
  const auto transform_back = outputs == 4 ? &transform_output<T, 4> : &transform_output<T, 2>;
  const i64 in_stride = t.pair_stride(k), product_stride = t.pair_stride(n);
  T* const transformed = reinterpret_cast<T*>(static_cast<char*>(scratch) + gemm_scratch_bytes<T>());
  T* const products = transformed + pairs * in_stride;
  T* const zeros = products + pairs * product_stride;
  T* const gathered = zeros + k;  // a tile whose channels lie apart
  for (i64 c = 0; c < k; ++c) zeros[c] = T(0);
  for (i64 g = 0; g < s.groups; ++g, packed += pairs * matrix) {
    const T* data = in.data + g * k * in.c;
    for (i64 first = 0; first < t.total; first += t.block) {
      const i64 count = t.total - first < t.block ? t.total - first : t.block;
      const auto each = [&](auto f) {
        i64 x = first % t.columns, y = first / t.columns % t.rows, b = first / t.columns / t.rows;
        for (i64 i = 0; i < count; ++i) {
          f(i, b, y * outputs, x * outputs);
          if (++x == t.columns) {
            x = 0;
            if (++y == t.rows) y = 0, ++b;
          }
        }
      };
      each([&](i64 i, i64 b, i64 y, i64 x) {
        const T* table[pairs];
        for (int p = 0; p < pairs; ++p) {
          const i64 iy = y - s.pad_top + p / wide, ix = x - s.pad_left + p % wide;
          const bool inside = iy >= 0 && iy < s.in_h && ix >= 0 && ix < s.in_w;
          table[p] = inside ? data + b * in.n + iy * in.y + ix * in.x : zeros;
        }
        T* const to = transformed + i * k;
        for (int p = 0; p < pairs && in.c != 1; ++p) {
          if (table[p] == zeros) continue;
          for (i64 c = 0; c < k; ++c) gathered[p * k + c] = table[p][c * in.c];
          table[p] = gathered + p * k;
        }
        transform_input<T>(table, k, to, static_cast<std::ptrdiff_t>(in_stride));
      });
      for (int p = 0; p < pairs; ++p)
        gemm<T>(count, n, k, strided_rows<T>{transformed + p * in_stride, k}, packed + p * matrix,
                products + p * product_stride, n, {}, scratch);
      each([&](i64 i, i64 b, i64 y, i64 x) {
        const i64 pixel = (b * s.out_h + y) * s.out_w + x;
        const i64 residual = pixel * e.residual_stride + g * n;
        transform_back(products + i * n, static_cast<std::ptrdiff_t>(product_stride), n,
                            {.to = out + pixel * out_stride + g * n,
                             .row = static_cast<std::ptrdiff_t>(s.out_w * out_stride),
                             .pixel = static_cast<std::ptrdiff_t>(out_stride),
                             .rows = static_cast<int>(s.out_h - y < outputs ? s.out_h - y : outputs),
                             .columns = static_cast<int>(s.out_w - x < outputs ? s.out_w - x : outputs),
                             .bias = e.bias ? e.bias + g * n : nullptr,
                             .residual = e.residual ? e.residual + residual : nullptr,
                             .residual_row = static_cast<std::ptrdiff_t>(s.out_w * e.residual_stride),
                             .residual_pixel = static_cast<std::ptrdiff_t>(e.residual_stride),
                             .residual_scale = e.residual_scale,
                             .low = e.low,
                             .high = e.high});
      });
    }
  }
}

}  // namespace tenon::inline TENON_BUILD::kernels
