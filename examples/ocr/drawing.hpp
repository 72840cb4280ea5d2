// Lines on a picture.
#pragma once

#include <tenon/core/tensor.hpp>

#include "geometry.hpp"

/// Draws a straight line, a dot of `wide` x `wide` pixels at each step; what is outside of the picture is left out.
inline void draw_line(tenon::tensor<tenon::u8>& picture, point from, point to, tenon::i64 wide, const tenon::u8 (&colour)[3]) {
  const point way = to - from;
  const double steps = std::floor(std::max({std::abs(way.x), std::abs(way.y), 1.0}) + 0.5);
  for (double i = 0; i <= steps; ++i) {
    const point p = from + i / steps * way;
    const auto start = [wide](double v) { return static_cast<tenon::i64>(std::floor(v + 0.5)) - wide / 2; };
    for (tenon::i64 y = start(p.y); y < start(p.y) + wide; ++y)
      for (tenon::i64 x = start(p.x); x < start(p.x) + wide; ++x)
        if (y >= 0 && x >= 0 && y < picture.dim(0) && x < picture.dim(1))
          for (int c = 0; c < 3; ++c) picture[y, x, c] = colour[c];
  }
}

inline void draw_box(tenon::tensor<tenon::u8>& picture, const rectangle& r) {
  constexpr tenon::u8 red[3] = {220, 30, 30};
  const tenon::i64 wide = 1 + std::max(picture.dim(0), picture.dim(1)) / 800;
  const auto c = r.corners();
  for (std::size_t i = 0; i < 4; ++i) draw_line(picture, c[i], c[(i + 1) % 4], wide, red);
}
