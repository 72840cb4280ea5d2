// Cuts a box out of a picture, whatever its angle, as a picture of its own.
#pragma once

#include <tenon/core/tensor.hpp>

#include "geometry.hpp"

/// Weights of four neighbours for a position t behind the second of them, in [0, 1): the cubic of Keys, a = -1/2.
inline std::array<double, 4> cubic_weights(double t) {
  const double u = 1 - t;
  return {-0.5 * t * u * u, 1 - t * t * (2.5 - 1.5 * t), 1 - u * u * (2.5 - 1.5 * u), -0.5 * u * t * t};
}

/// The pixels of a rectangle as [height, width, 3], as many as it has, or more: at least `least` from top to bottom. It gets
/// squeezed where it is longer than `longest` times its height. What is outside of the picture [height, width, 3] looks
/// like its edge.
inline tenon::result<tenon::tensor<tenon::u8>> try_straighten(const tenon::view<const tenon::u8>& picture, const rectangle& r,
                                                              tenon::i64 least, tenon::i64 longest) {
  const double more = std::max(static_cast<double>(least) / r.height(), 1.0);
  const auto pixels = [&](double length) { return std::max<tenon::i64>(static_cast<tenon::i64>(length * more + 0.5), 1); };
  const tenon::i64 height = pixels(r.height()), width = std::min(pixels(r.width()), longest * height);
  auto out = tenon::tensor<tenon::u8>::try_make(tenon::shape{height, width, 3});
  if (!out.has_value()) return tenon::wrap(out.error(), {"a line of ", height, " x ", width, " pixels: "});
  const point right = 1.0 / static_cast<double>(width) * r.along, down = 1.0 / static_cast<double>(height) * r.down;
  for (tenon::i64 y = 0; y < height; ++y)
    for (tenon::i64 x = 0; x < width; ++x) {
      const point p = r.corner + (static_cast<double>(x) + 0.5) * right + (static_cast<double>(y) + 0.5) * down;
      const double px = std::floor(p.x), py = std::floor(p.y);
      const auto wx = cubic_weights(p.x - px), wy = cubic_weights(p.y - py);
      double sums[3] = {0.5, 0.5, 0.5};
      for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 4; ++i) {
          const auto at = [](double first, int k, tenon::i64 size) {
            return std::clamp(static_cast<tenon::i64>(first) + k - 1, tenon::i64{0}, size - 1);
          };
          const tenon::i64 row = at(py, j, picture.dim(0)), column = at(px, i, picture.dim(1));
          const double w = wy[static_cast<unsigned>(j)] * wx[static_cast<unsigned>(i)];
          for (int c = 0; c < 3; ++c) sums[c] += w * static_cast<double>(picture[row, column, c]);
        }
      for (int c = 0; c < 3; ++c) (*out)[y, x, c] = static_cast<tenon::u8>(std::clamp(sums[c], 0.0, 255.0));
    }
  return out;
}
