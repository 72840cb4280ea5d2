// What becomes of a JPEG picture's coefficients, to the last bit as in libjpeg (and so as ImageDecoder specifies it, which
// names libjpeg-turbo's "fancy" upsampling): included before stb_image, which takes these functions for its own.
#pragma once

#include <algorithm>

namespace {

using pixel_type = unsigned char;

/// The inverse cosine transform of 8 numbers that are `step` apart, with 13 more binary places: the factors of Loeffler,
/// Ligtenberg and Moschytz (1989), each rounded on its own, multiplied out. 64 bits, as the numbers may be anything.
inline void transform_8(const long long* in, int step, long long* out) {
  static constexpr int even[4][4] = {{8192, 10703, 8192, 4433}, {8192, 4433, -8192, -10704}, {8192, -4433, -8192, 10704}, {8192, -10703, 8192, -4433}};
  static constexpr int odd[4][4] = {{11363, 9633, 6437, 2260}, {9633, -2259, -11362, -6436}, {6437, -11362, 2261, 9633}, {2260, -6436, 9633, -11363}};
  for (int i = 0; i < 4; ++i) {
    long long e = 0, o = 0;
    for (int j = 0; j < 4; ++j) e += even[i][j] * in[2 * j * step], o += odd[i][j] * in[(2 * j + 1) * step];
    out[i] = e + o, out[7 - i] = e - o;
  }
}

/// Columns first, which keep 2 of the 13 places, then rows.
void stbi__idct_block(pixel_type* out, int stride, short data[64]) {
  long long in[64], columns[64], line[8];
  std::copy_n(data, 64, in);
  for (int x = 0; x < 8; ++x) {
    transform_8(in + x, 8, line);
    for (int y = 0; y < 8; ++y) columns[8 * y + x] = (line[y] + (1 << 10)) >> 11;
  }
  for (int y = 0; y < 8; ++y, out += stride) {
    transform_8(columns + 8 * y, 1, line);
    for (int x = 0; x < 8; ++x) out[x] = static_cast<pixel_type>(std::clamp(((line[x] + (1 << 17)) >> 18) + 128, 0ll, 255ll));
  }
}

/// A row of `w` numbers as twice as many pixels, each 3/4 of the nearest number and 1/4 of the next one, without their last
/// `bits` places. What is added before, to the left and to the right one of two pixels, rounds halves down here and up there.
template <class Number>
pixel_type* twice_as_wide(pixel_type* out, int w, int bits, int left, int right, Number number) {
  for (int i = 0; i < w; ++i) {
    const int here = 3 * number(i);
    out[2 * i] = static_cast<pixel_type>((here + number(std::max(i - 1, 0)) + left) >> bits);
    out[2 * i + 1] = static_cast<pixel_type>((here + number(std::min(i + 1, w - 1)) + right) >> bits);
  }
  return out;
}
/// Less than three columns are repeated.
pixel_type* repeated(pixel_type* out, const pixel_type* in, int w) {
  for (int i = 0; i < w; ++i) out[2 * i] = out[2 * i + 1] = in[i];
  return out;
}
pixel_type* stbi__resample_row_h_2(pixel_type* out, pixel_type* near, pixel_type*, int w, int) {
  return w < 3 ? repeated(out, near, w) : twice_as_wide(out, w, 2, 1, 2, [=](int i) { return near[i]; });
}
pixel_type* stbi__resample_row_hv_2(pixel_type* out, pixel_type* near, pixel_type* far, int w, int) {
  return w < 3 ? repeated(out, near, w) : twice_as_wide(out, w, 4, 8, 7, [=](int i) { return 3 * near[i] + far[i]; });
}
/// The upper one of two rows is nearer to the row before them.
pixel_type* stbi__resample_row_v_2(pixel_type* out, pixel_type* near, pixel_type* far, int w, int) {
  for (int i = 0; i < w; ++i) out[i] = static_cast<pixel_type>((3 * near[i] + far[i] + (near > far ? 1 : 2)) >> 2);
  return out;
}

/// ITU-R BT.601, in 16-bit fixed point.
void stbi__YCbCr_to_RGB_row(pixel_type* out, const pixel_type* y, const pixel_type* blue, const pixel_type* red, int count, int step) {
  constexpr int half = 1 << 15;
  for (int i = 0; i < count; ++i, out += step) {
    const int b = blue[i] - 128, r = red[i] - 128;
    const int sums[] = {(91881 * r + half) >> 16, (-22554 * b - 46802 * r + half) >> 16, (116130 * b + half) >> 16};
    for (int k = 0; k < 3; ++k) out[k] = static_cast<pixel_type>(std::clamp(y[i] + sums[k], 0, 255));
    if (step == 4) out[3] = 255;
  }
}

}  // namespace
