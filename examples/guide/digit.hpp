// A picture of a digit, brought into the form of MNIST's: light ink on black, 28 x 28 pixels, the digit in 20 x 20
// of them, its centre of mass in the middle.
#pragma once

#include <tenon/data/image.hpp>

#include "../support/picture.hpp"

struct digit_picture {
  tenon::tensor<tenon::u8> pixels{tenon::shape{28, 28, 1}};
  bool dark_on_light = false;
};

namespace detail {

/// How much ink each pixel has, the most of it 255. The background is what most of the border is; ink is what differs
/// from it most, so pencil on paper and chalk on a board come out alike.
inline tenon::result<digit_picture> ink_of(const picture& p) {
  using tenon::i64;
  const auto rgb = p.look();
  const i64 h = p.height(), w = p.width();
  digit_picture d{tenon::tensor<tenon::u8>({h, w, 1})};
  std::array<i64, 256> border{};
  int least = 255, most = 0;
  for (i64 y = 0; y < h; ++y)
    for (i64 x = 0; x < w; ++x) {
      const int grey = (299 * rgb[y, x, 0] + 587 * rgb[y, x, 1] + 114 * rgb[y, x, 2] + 500) / 1000;
      d.pixels[y, x, 0] = static_cast<tenon::u8>(grey);
      least = std::min(least, grey), most = std::max(most, grey);
      if (y == 0 || x == 0 || y == h - 1 || x == w - 1) ++border[static_cast<unsigned>(grey)];
    }
  i64 half = 0;
  for (const i64 n : border) half += n;
  half /= 2;
  int paper = 0;
  for (i64 below = border[0]; below <= half && paper < 255;) below += border[static_cast<unsigned>(++paper)];

  d.dark_on_light = paper - least > most - paper;
  const int range = std::max(paper - least, most - paper);
  if (range < 32) return tenon::fail(tenon::code::invalid, {"shows no digit: its pixels are from ", least, " to ", most, " of 255"});
  for (tenon::u8& x : d.pixels) {
    const int ink = std::max(d.dark_on_light ? paper - x : x - paper, 0);
    x = static_cast<tenon::u8>((255 * ink + range / 2) / range);
  }
  return d;
}

}  // namespace detail

inline tenon::result<digit_picture> as_digit(const picture& p) {
  using tenon::i64;
  auto d = detail::ink_of(p);
  if (!d.has_value()) return d;
  const tenon::view<const tenon::u8> ink = std::as_const((*d).pixels).look();
  const i64 h = ink.dim(0), w = ink.dim(1);
  if (h == 28 && w == 28) return d;  // one of MNIST's, or drawn for it

  // What lies outside of all ink of some strength is cut off; what is left fits into 20 x 20.
  i64 top = h, bottom = 0, left = w, right = 0;
  for (i64 y = 0; y < h; ++y)
    for (i64 x = 0; x < w; ++x)
      if (ink[y, x, 0] >= 64) top = std::min(top, y), bottom = std::max(bottom, y + 1), left = std::min(left, x), right = std::max(right, x + 1);
  const i64 height = bottom - top, width = right - left, longer = std::max(height, width);
  const auto fitted = [&](i64 n) { return std::max<i64>((20 * n + longer / 2) / longer, 1); };
  auto small = tenon::data::try_resize(ink.slice(0, top, bottom).slice(1, left, right), fitted(height), fitted(width));
  if (!small.has_value()) return std::unexpected(small.error());

  i64 sum = 0, sum_y = 0, sum_x = 0;
  const i64 rows = (*small).dim(0), columns = (*small).dim(1);
  for (i64 y = 0; y < rows; ++y)
    for (i64 x = 0; x < columns; ++x) {
      const i64 v = (*small)[y, x, 0];
      sum += v, sum_y += v * (2 * y + 1), sum_x += v * (2 * x + 1);
    }
  // Of twice the coordinates: the middle is at 28.
  const auto start = [&](i64 moment, i64 size) {
    return sum == 0 ? (28 - size) / 2 : std::clamp<i64>((28 * sum - moment + sum) / (2 * sum), 0, 28 - size);
  };
  const i64 y0 = start(sum_y, rows), x0 = start(sum_x, columns);
  (*d).pixels = tenon::tensor<tenon::u8>({28, 28, 1});
  for (i64 y = 0; y < rows; ++y)
    for (i64 x = 0; x < columns; ++x) (*d).pixels[y0 + y, x0 + x, 0] = (*small)[y, x, 0];
  return d;
}
