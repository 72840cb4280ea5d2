// Depthwise convolution, channels-last: four output pixels at a time, channels in the lanes. Where
// four neighbours have all their columns inside the image their windows overlap and slide; pixels
// at the edges, and every unusual step, go through a table of pointers, with zeros for the padding.
// The sum runs over (y, x) from the bias on in all of them.
#pragma once

#include "conv_shape.hpp"
#include "epilogue.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

inline constexpr int pixels = 4;  // of a tile
inline constexpr int slide = 5;   // the widest window that slides

template <class T>
constexpr bool in_lanes(const conv_shape& s) {
  return s.out_channels == s.in_channels && s.in_channels >= tile<T>::lanes;
}

template <class T>
constexpr i64 padded_channels(const conv_shape& s) {
  constexpr i64 lanes = 16 / sizeof(T);
  return (s.in_channels + lanes - 1) / lanes * lanes;
}

// Channels that do not fill the last block: it starts earlier and does some channels again.
template <class T>
constexpr i64 block_start(i64 block, i64 channels) {
  constexpr i64 lanes = tile<T>::lanes;
  const i64 c = block * lanes;
  return c + lanes <= channels ? c : channels - lanes;
}

template <class T>
struct depthwise_job {
  const T* packed;
  const T* bias;  // zeros where there is none
  i64 channels;
  int taps;
  T low, high;
};

// Where a run of whole blocks begins.
template <class T>
struct block_run {
  const T *in, *packed, *bias;
  T* out;
  int blocks;
};

template <class T>
TENON_INLINE tile_vec<T> bounded(tile_vec<T> x, tile_vec<T> low, tile_vec<T> high) {
  if constexpr (std::is_floating_point_v<T>)
    return simd::clamp(x, low, high);
  else
    return x;
}

// Four neighbouring output pixels whose windows, `rows` rows of `width` <= slide taps, lie inside
// the image. The loop over rows is a real one, and so are the exits after each tap: they keep
// engines from loading everything first, which spills.
template <class T, int Stride>
[[gnu::noinline]] void slide_tile(block_run<T> run, std::ptrdiff_t pixel, std::ptrdiff_t row,
                                  int rows, int width, std::ptrdiff_t packed_step,
                                  std::ptrdiff_t out_pixel, T lowest, T highest) {
  using V = tile_vec<T>;
  constexpr int lanes = tile<T>::lanes;
  const std::ptrdiff_t column = Stride * pixel;
  const T* w_next = run.packed;
  do {
    const T* line = run.in;
    const T* w = w_next;
    w_next += packed_step;
    run.in += lanes;
    V a0 = V::load(run.bias), a1 = a0, a2 = a0, a3 = a0;
    run.bias += lanes;
    const auto tap = [&](V k, V x0, V x1, V x2, V x3) __attribute__((always_inline)) {
      a0 = mul_add(x0, k, a0), a1 = mul_add(x1, k, a1), a2 = mul_add(x2, k, a2),
      a3 = mul_add(x3, k, a3);
    };
    for (int left = rows;;) {
      int taps = width;
      simd::opaque(taps);
      // Tap t of pixel j reads column t + j * Stride: three of four slide over from tap t - Stride.
      const T* p = line;
      V x0 = V::load(p), x1 = V::load(p += column), x2 = V::load(p += column),
        x3 = V::load(p += column);
      V y0, y1, y2, y3;
      for (;;) {
        tap(V::load(w), x0, x1, x2, x3);
        if (taps == 1) break;
        if constexpr (Stride == 1) {
          y0 = x1, y1 = x2, y2 = x3, y3 = V::load(p += pixel);
        } else {
          p = line + pixel;
          y0 = V::load(p), y1 = V::load(p += column), y2 = V::load(p += column),
          y3 = V::load(p += column);
        }
        tap(V::load(w + lanes), y0, y1, y2, y3);
        if (taps == 2) break;
        if constexpr (Stride == 1)
          x0 = y1, x1 = y2, x2 = y3;
        else
          x0 = x1, x1 = x2, x2 = x3;
        x3 = V::load(p += pixel);
        tap(V::load(w + 2 * lanes), x0, x1, x2, x3);
        if (taps == 3) break;
        if constexpr (Stride == 1)
          y0 = x1, y1 = x2, y2 = x3;
        else
          y0 = y1, y1 = y2, y2 = y3;
        y3 = V::load(p += pixel);
        tap(V::load(w + 3 * lanes), y0, y1, y2, y3);
        if (taps == 4) break;
        if constexpr (Stride == 1)
          x0 = y1, x1 = y2, x2 = y3;
        else
          x0 = x1, x1 = x2, x2 = x3;
        tap(V::load(w + 4 * lanes), x0, x1, x2, V::load(p + pixel));
        break;
      }
      if (--left == 0) break;
      line += row;
      w += width * lanes;
    }
    const V low(lowest), high(highest);
    T* o = run.out;
    run.out += lanes;
    bounded<T>(a0, low, high).store(o);
    bounded<T>(a1, low, high).store(o += out_pixel);
    bounded<T>(a2, low, high).store(o += out_pixel);
    bounded<T>(a3, low, high).store(o += out_pixel);
  } while (--run.blocks != 0);
}

// Four output pixels anywhere: table[tap][pixel] points at channel 0 of what the tap reads.
template <class T>
[[gnu::noinline]] void table_tile(const depthwise_job<T>& job, const T* const* table,
                                  T* const* out) {
  using V = tile_vec<T>;
  constexpr int lanes = tile<T>::lanes;
  const V low(job.low), high(job.high);
  const T* w = job.packed;
  const T* const* const end = table + job.taps * pixels;
  for (i64 c = 0;;) {
    V a0 = V::load(job.bias + c), a1 = a0, a2 = a0, a3 = a0;
    for (const T* const* at = table; at != end; at += pixels, w += lanes) {
      const V k = V::load(w);
      a0 = mul_add(V::load(at[0] + c), k, a0);
      a1 = mul_add(V::load(at[1] + c), k, a1);
      a2 = mul_add(V::load(at[2] + c), k, a2);
      a3 = mul_add(V::load(at[3] + c), k, a3);
    }
    bounded<T>(a0, low, high).store(out[0] + c);
    bounded<T>(a1, low, high).store(out[1] + c);
    bounded<T>(a2, low, high).store(out[2] + c);
    bounded<T>(a3, low, high).store(out[3] + c);
    if (c + lanes >= job.channels) return;
    c = c + 2 * lanes <= job.channels ? c + lanes : job.channels - lanes;
  }
}

// Collects output pixels for table_tile.
template <class T>
class pixel_table {
 public:
  pixel_table(const depthwise_job<T>& job, const conv_shape& s, const image<T>& in, const T* zeros,
              const T** table)
      : job_(job), s_(s), in_(in), zeros_(zeros), table_(table) {}

  void add(i64 n, i64 y, i64 x, T* out) {
    const T** to = table_ + used_;
    const i64 top = y * s_.stride_h - s_.pad_top, left = x * s_.stride_w - s_.pad_left;
    for (i64 ky = 0; ky < s_.kernel_h; ++ky) {
      const i64 iy = top + ky * s_.dilation_h;
      const bool row_inside = iy >= 0 && iy < s_.in_h;
      const T* row = in_.data + n * in_.n + iy * in_.y;
      for (i64 kx = 0; kx < s_.kernel_w; ++kx, to += pixels) {
        const i64 ix = left + kx * s_.dilation_w;
        *to = row_inside && ix >= 0 && ix < s_.in_w ? row + ix * in_.x : zeros_;
      }
    }
    out_[used_] = out;
    if (++used_ == pixels) run();
  }

  // Pixels that are missing in the last tile are its first one again.
  void finish() {
    if (used_ == 0) return;
    for (int j = used_; j < pixels; ++j) {
      out_[j] = out_[0];
      for (i64 t = 0; t < s_.taps(); ++t) table_[t * pixels + j] = table_[t * pixels];
    }
    run();
  }

 private:
  void run() {
    table_tile<T>(job_, table_, out_);
    used_ = 0;
  }

  const depthwise_job<T>& job_;
  const conv_shape& s_;
  const image<T>& in_;
  const T* zeros_;
  const T** table_;
  T* out_[pixels];
  int used_ = 0;
};

// Any number of output channels per group, any strides: one element at a time.
template <class T>
[[gnu::noinline]] void depthwise_plain(const conv_shape& s, const image<T>& in, const T* packed,
                                       T* out, i64 out_stride, const T* bias, T low, T high) {
  constexpr i64 lanes = tile<T>::lanes;
  const i64 per_group = s.group_out();
  for (i64 n = 0; n < s.batch; ++n)
    for (i64 y = 0; y < s.out_h; ++y)
      for (i64 x = 0; x < s.out_w; ++x, out += out_stride)
        for (i64 c = 0; c < s.out_channels; ++c) {
          const T* w = packed + c * s.taps();
          i64 w_step = 1;
          if (in_lanes<T>(s)) {
            const i64 block = c / lanes;
            w = packed + block * lanes * s.taps() + (c - block_start<T>(block, s.out_channels));
            w_step = lanes;
          }
          const T* channel = in.data + n * in.n + c / per_group * in.c;
          T sum = bias ? bias[c] : T(0);
          for (i64 ky = 0; ky < s.kernel_h; ++ky) {
            const i64 iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
            for (i64 kx = 0; kx < s.kernel_w; ++kx, w += w_step) {
              const i64 ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
              if (iy >= 0 && iy < s.in_h && ix >= 0 && ix < s.in_w)
                sum += channel[iy * in.y + ix * in.x] * *w;
            }
          }
          if constexpr (std::is_floating_point_v<T>)
            sum = sum < low ? low : high < sum ? high : sum;
          out[c] = sum;
        }
}

}  // namespace detail

/// Size of packed depthwise weights: in blocks of lanes, [block][tap][lane].
template <class T>
constexpr i64 packed_depthwise_bytes(const conv_shape& s) {
  return (detail::in_lanes<T>(s) ? detail::padded_channels<T>(s) : s.out_channels) * s.taps() *
         static_cast<i64>(sizeof(T));
}

/// Packs contiguous weights [out_channels][1][kernel_h][kernel_w].
template <class T>
[[gnu::noinline]] void pack_depthwise(const conv_shape& s, const T* oihw, T* packed) {
  constexpr i64 lanes = tile<T>::lanes;
  const i64 taps = s.taps();
  if (!detail::in_lanes<T>(s)) {
    for (i64 i = 0; i < s.out_channels * taps; ++i) packed[i] = oihw[i];
    return;
  }
  for (i64 block = 0; block * lanes < s.out_channels; ++block) {
    const T* from = oihw + detail::block_start<T>(block, s.out_channels) * taps;
    for (i64 t = 0; t < taps; ++t)
      for (i64 j = 0; j < lanes; ++j) *packed++ = from[j * taps + t];
  }
}

/// Scratch of `depthwise`, 16-byte aligned: a pixel of zeros and the pointers of one tile.
template <class T>
constexpr i64 depthwise_scratch_bytes(const conv_shape& s) {
  return detail::padded_channels<T>(s) * static_cast<i64>(sizeof(T)) +
         s.taps() * detail::pixels * static_cast<i64>(sizeof(const T*));
}

/// Convolution with one input channel per group; arguments as `conv` has them.
template <class T>
[[gnu::noinline]] void depthwise(const conv_shape& s, const image<T>& in, const T* packed, T* out,
                                 i64 out_stride, const epilogue<T>& e, void* scratch) {
  constexpr i64 lanes = tile<T>::lanes;
  const bool later = e.residual != nullptr;  // then the clamp comes after it
  const T low = later ? e.lowest() : e.low, high = later ? e.highest() : e.high;
  if (!detail::in_lanes<T>(s) || in.c != 1) {
    detail::depthwise_plain<T>(s, in, packed, out, out_stride, e.bias, low, high);
  } else {
    // A pixel of zeros, then the table.
    T* const zeros = static_cast<T*>(scratch);
    const auto table = reinterpret_cast<const T**>(zeros + detail::padded_channels<T>(s));
    for (i64 c = 0; c < s.in_channels; ++c) zeros[c] = T(0);
    const detail::depthwise_job<T> job{
        packed, e.bias ? e.bias : zeros, s.out_channels, static_cast<int>(s.taps()), low, high};
    // Output columns whose windows lie inside the image.
    const bool slides = s.dilation_w == 1 && s.stride_w <= 2 && s.kernel_w <= detail::slide;
    const i64 span = s.in_w - s.kernel_w + s.pad_left;
    i64 x0 = (s.pad_left + s.stride_w - 1) / s.stride_w;
    i64 x1 = span < 0 ? 0 : span / s.stride_w + 1;
    if (x1 > s.out_w) x1 = s.out_w;
    if (!slides || x1 - x0 < detail::pixels) x0 = x1 = s.out_w;
    const auto slide = s.stride_w == 1 ? &detail::slide_tile<T, 1> : &detail::slide_tile<T, 2>;
    const auto packed_step = static_cast<std::ptrdiff_t>(s.taps() * lanes);
    detail::pixel_table<T> edge(job, s, in, zeros, table);
    const auto pixel = static_cast<std::ptrdiff_t>(in.x),
               row = static_cast<std::ptrdiff_t>(in.y * s.dilation_h);
    T* to = out;
    for (i64 n = 0; n < s.batch; ++n) {
      for (i64 y = 0; y < s.out_h; ++y, to += s.out_w * out_stride) {
        const i64 top = y * s.stride_h - s.pad_top;
        const i64 ky0 = top < 0 ? (-top + s.dilation_h - 1) / s.dilation_h : 0;
        const i64 below = s.in_h - top;
        i64 ky1 = below <= 0 ? 0 : (below + s.dilation_h - 1) / s.dilation_h;
        if (ky1 > s.kernel_h) ky1 = s.kernel_h;
        const bool rows = ky1 > ky0;
        for (i64 x = 0; x < (rows ? x0 : s.out_w); ++x) edge.add(n, y, x, to + x * out_stride);
        if (!rows) continue;
        for (i64 x = x0; x < x1; x += detail::pixels) {
          if (x > x1 - detail::pixels) x = x1 - detail::pixels;
          const T* from = in.data + n * in.n + (top + ky0 * s.dilation_h) * in.y +
                          (x * s.stride_w - s.pad_left) * in.x;
          const auto run = [&](i64 c, i64 first, i64 blocks) {
            const T* w = packed + first * packed_step + ky0 * s.kernel_w * lanes;
            slide({from + c, w, job.bias + c, to + x * out_stride + c, static_cast<int>(blocks)},
                  pixel, row, static_cast<int>(ky1 - ky0), static_cast<int>(s.kernel_w),
                  packed_step, static_cast<std::ptrdiff_t>(out_stride), low, high);
          };
          const i64 whole = s.out_channels / lanes;
          run(0, 0, whole);
          if (s.out_channels % lanes != 0) run(s.out_channels - lanes, whole, 1);
        }
        for (i64 x = x1; x < s.out_w; ++x) edge.add(n, y, x, to + x * out_stride);
      }
    }
    edge.finish();
  }
  if (!later) return;
  detail::finish_rows<T>(out, out_stride, e.residual, e.residual_stride, e.residual_scale, e.low,
                         e.high, s.batch * s.out_h * s.out_w, s.out_channels);
}

}  // namespace tenon::inline TENON_BUILD::kernels
