// Pictures: tensors of 8-bit pixels, [height, width, channels], on their way to a network. The resize
// is anti-aliased bicubic, with the rounding that networks were trained and measured with: weights in
// 22-bit fixed point, columns first, 8 bits kept in between, as in Pillow. Its sums are of integers,
// so the bits are the same everywhere.
#pragma once

#include "../core/tensor.hpp"

namespace tenon::inline TENON_BUILD::data {

/// The largest centred square of a picture, nothing copied. Odd margins are the smaller above and left.
template <class T>
view<T> centre_square(const view<T>& picture) {
  const i64 h = picture.dim(0), w = picture.dim(1), n = std::min(h, w);
  const i64 top = (h - n) / 2, left = (w - n) / 2;
  return picture.slice(0, top, top + n).slice(1, left, left + n);
}

namespace detail {

inline constexpr int weight_bits = 22;  // eight bits of pixel, one of sign, one for sums above 255
inline constexpr i32 half = i32{1} << (weight_bits - 1);

/// The cubic of Keys with a = -1/2 (Catmull-Rom), 0 from 2 on.
inline double bicubic(double x) {
  constexpr double a = -0.5;
  x = x < 0 ? -x : x;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// A resize along one axis: each target position is a weighted sum of neighbours in the source.
class filter {
 public:
  static result<filter> make(i64 from, i64 to, memory* source) {
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double stretch = scale > 1 ? scale : 1;  // shrinking widens the filter: no aliases
    const double support = 2 * stretch;
    // From center - support + 1/2 to center + support + 1/2, each rounded down.
    const i64 taps = std::min(from, static_cast<i64>(2 * support) + 2);
    auto ranges = tensor<i64>::try_make(shape{to, 2}, source);
    if (!ranges.has_value()) return std::unexpected(ranges.error());
    auto weights = tensor<i32>::try_make(shape{to, taps}, source);
    if (!weights.has_value()) return std::unexpected(weights.error());

    filter f(std::move(*ranges), std::move(*weights));
    for (i64 i = 0; i < to; ++i) {
      const double center = (static_cast<double>(i) + 0.5) * scale;
      const i64 low = std::max<i64>(static_cast<i64>(center - support + 0.5), 0);
      const i64 high = std::min(static_cast<i64>(center + support + 0.5), from);
      const auto weight = [&](i64 j) { return bicubic((static_cast<double>(j) - center + 0.5) / stretch); };
      double sum = 0;
      for (i64 j = low; j < high; ++j) sum += weight(j);
      for (i64 j = low; j < high; ++j) {
        const double w = weight(j) / sum * (i32{1} << weight_bits);
        f.weights_[i, j - low] = static_cast<i32>(w < 0 ? w - 0.5 : w + 0.5);
      }
      f.ranges_[i, 0] = low, f.ranges_[i, 1] = high - low;
    }
    return f;
  }

  i64 size() const { return ranges_.dim(0); }
  i64 first(i64 i) const { return ranges_[i, 0]; }
  i64 taps(i64 i) const { return ranges_[i, 1]; }
  const i32* weights(i64 i) const { return &weights_[i, 0]; }

 private:
  filter(tensor<i64> ranges, tensor<i32> weights)
      : ranges_(std::move(ranges)), weights_(std::move(weights)) {}
  tensor<i64> ranges_;
  tensor<i32> weights_;
};

inline u8 pixel(i32 sum) { return static_cast<u8>(std::clamp(sum >> weight_bits, 0, 255)); }

/// One row of C interleaved channels, filtered along its pixels, which are `step` bytes apart.
template <int C>
void filter_row(const u8* in, i64 step, const filter& f, u8* out, i64 out_step) {
  for (i64 x = 0; x < f.size(); ++x, out += out_step) {
    const u8* p = in + f.first(x) * step;
    const i32* w = f.weights(x);
    i32 sums[C];
    for (i32& s : sums) s = half;
    for (i64 j = 0; j < f.taps(x); ++j, p += step)
      for (int c = 0; c < C; ++c) sums[c] += w[j] * p[c];
    for (int c = 0; c < C; ++c) out[c] = pixel(sums[c]);
  }
}

inline void filter_columns(const view<const u8>& in, const filter& f, u8* out) {
  const i64 channels = in.dim(2), row = f.size() * channels;
  for (i64 y = 0; y < in.dim(0); ++y, out += row) {
    const u8* p = in.data() + y * in.strides()[0];
    const i64 step = in.strides()[1];
    if (channels == 3 && in.strides()[2] == 1) filter_row<3>(p, step, f, out, channels);
    else
      for (i64 c = 0; c < channels; ++c)
        filter_row<1>(p + c * in.strides()[2], step, f, out + c, channels);
  }
}

/// Rows of `row` bytes, each the weighted sum of whole rows, a strip of them at a time.
inline void filter_rows(const u8* in, i64 row, const filter& f, u8* out) {
  constexpr i64 strip = 256;
  for (i64 y = 0; y < f.size(); ++y, out += row)
    for (i64 start = 0; start < row; start += strip) {
      const i64 n = std::min(strip, row - start);
      i32 sums[strip];
      std::fill_n(sums, n, half);
      const u8* p = in + f.first(y) * row + start;
      for (i64 j = 0; j < f.taps(y); ++j, p += row) {
        const i32 w = f.weights(y)[j];
        for (i64 x = 0; x < n; ++x) sums[x] += w * p[x];
      }
      for (i64 x = 0; x < n; ++x) out[start + x] = pixel(sums[x]);
    }
}

}  // namespace detail

/// The picture in height x width pixels: bicubic, anti-aliased where it shrinks. Strides may be any;
/// pixels outside of the view have no influence.
inline result<tensor<u8>> try_resize(const view<const u8>& picture, i64 height, i64 width,
                                     memory* from = nullptr) {
  const shape& dims = picture.dims();
  if (dims.rank() != 3 || count(dims) == 0 || height < 1 || width < 1)
    return fail(code::invalid, {"resize: a picture of ", dims, " (height, width, channels) cannot become ",
                                height, " x ", width, " pixels"});
  const i64 channels = dims[2];
  auto narrow = tensor<u8>::try_make(shape{dims[0], width, channels}, from);
  if (!narrow.has_value()) return wrap(narrow.error(), {"resize: "});
  auto out = tensor<u8>::try_make(shape{height, width, channels}, from);
  if (!out.has_value()) return wrap(out.error(), {"resize: "});
  {
    auto columns = detail::filter::make(dims[1], width, from);
    if (!columns.has_value()) return wrap(columns.error(), {"resize: "});
    detail::filter_columns(picture, *columns, (*narrow).data());
  }
  auto rows = detail::filter::make(dims[0], height, from);
  if (!rows.has_value()) return wrap(rows.error(), {"resize: "});
  detail::filter_rows((*narrow).data(), width * channels, *rows, (*out).data());
  return out;
}
inline tensor<u8> resize(const view<const u8>& picture, i64 height, i64 width) {
  return value_or_raise(try_resize(picture, height, width));
}

/// What becomes of a pixel: (value - mean) / divisor, each channel with its own.
struct normalization {
  std::array<float, 4> mean{0, 0, 0, 0};
  std::array<float, 4> divisor{1, 1, 1, 1};
};

/// A picture of up to four channels as a network takes it: [1, channels, height, width].
inline result<tensor<float>> try_to_nchw(const view<const u8>& picture, const normalization& by = {},
                                         memory* from = nullptr) {
  if (picture.rank() != 3 || picture.dim(2) > 4)
    return fail(code::invalid, {"to_nchw: a picture is (height, width, at most 4 channels), not ", picture.dims()});
  const i64 height = picture.dim(0), width = picture.dim(1), channels = picture.dim(2);
  auto out = tensor<float>::try_make(shape{1, channels, height, width}, from);
  if (!out.has_value()) return wrap(out.error(), {"to_nchw: "});
  float* to = (*out).data();
  for (i64 c = 0; c < channels; ++c) {
    const auto at = static_cast<unsigned>(c);
    for (i64 y = 0; y < height; ++y)
      for (i64 x = 0; x < width; ++x)
        *to++ = (static_cast<float>(picture[y, x, c]) - by.mean[at]) / by.divisor[at];
  }
  return out;
}
inline tensor<float> to_nchw(const view<const u8>& picture, const normalization& by = {}) {
  return value_or_raise(try_to_nchw(picture, by));
}

}  // namespace tenon::data
