// Convex hulls and the smallest rectangles around points with whole coordinates: all that is compared is exact, and
// what is divided or rooted is rounded once, so that rectangles have the same bits everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

struct pixel {
  std::int64_t x, y;
};

struct point {
  double x = 0, y = 0;
  friend point operator+(point a, point b) { return {a.x + b.x, a.y + b.y}; }
  friend point operator-(point a, point b) { return {a.x - b.x, a.y - b.y}; }
  friend point operator*(double s, point a) { return {s * a.x, s * a.y}; }
  double length() const { return std::sqrt(x * x + y * y); }
};

/// A rectangle around a piece of text, at any angle: one corner, the way along the text and the way down. As y grows
/// downwards, `down` is `along` turned to the right.
struct rectangle {
  point corner, along, down;

  std::array<point, 4> corners() const { return {corner, corner + along, corner + along + down, corner + down}; }
  double width() const { return along.length(); }
  double height() const { return down.length(); }

  /// Moves every side outwards; no side may have length 0.
  rectangle grown(double by) const {
    const point a = by / width() * along, d = by / height() * down;
    return {corner - a - d, along + 2 * a, down + 2 * d};
  }
  /// The same in a picture that is larger by these factors. Whole coordinates are centres of pixels.
  rectangle scaled(double x, double y) const {
    return {{(corner.x + 0.5) * x - 0.5, (corner.y + 0.5) * y - 0.5}, {along.x * x, along.y * y}, {down.x * x, down.y * y}};
  }
  /// What was its right side is on top.
  rectangle turned_left() const { return {corner + along, down, -1.0 * along}; }
};

/// Corners of the convex hull, counter-clockwise where y grows upwards, without those on a side (A. M. Andrew, Another
/// Efficient Algorithm for Convex Hulls in Two Dimensions, 1979). The points get sorted.
inline std::vector<pixel> convex_hull(std::span<pixel> points) {
  std::ranges::sort(points, {}, [](pixel p) { return std::pair(p.x, p.y); });
  std::vector<pixel> hull;
  const auto add = [&](pixel p, std::size_t least) {
    const auto turns = [&](pixel a, pixel b) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0; };
    while (hull.size() >= least && !turns(hull[hull.size() - 2], hull.back())) hull.pop_back();
    hull.push_back(p);
  };
  for (pixel p : points) add(p, 2);
  const std::size_t half = hull.size() + 1;
  for (std::size_t i = points.size(); i-- > 0;) add(points[i], half);
  hull.pop_back();  // the first one again
  return hull;
}

/// Where pixels are in the frame of a rectangle whose sides run as (dx, dy) and, turned right, as (-dy, dx): distances
/// times the length of (dx, dy).
struct frame {
  std::int64_t dx = 1, dy = 0;
  std::int64_t left = 0, right = 0, top = 0, bottom = 0;

  std::int64_t along(pixel p) const { return p.x * dx + p.y * dy; }
  std::int64_t down(pixel p) const { return p.y * dx - p.x * dy; }
  std::int64_t scale() const { return dx * dx + dy * dy; }
  double area() const { return static_cast<double>((right - left) * (bottom - top)) / static_cast<double>(scale()); }
  rectangle as_rectangle() const {
    const auto at = [this](std::int64_t a, std::int64_t d) {
      const auto s = static_cast<double>(scale());
      return point{static_cast<double>(a * dx - d * dy) / s, static_cast<double>(a * dy + d * dx) / s};
    };
    return {at(left, top), at(right - left, 0), at(0, bottom - top)};
  }
};

/// The rectangle of the least area around a convex hull, one side of which lies on a side of the hull (H. Freeman and
/// R. Shapira, 1975). It is turned such that its way along is within 45 degrees of the x axis. None around less than
/// two points.
inline std::optional<frame> smallest_frame(std::span<const pixel> hull) {
  std::optional<frame> best;
  for (std::size_t i = 0; i < hull.size() && hull.size() > 1; ++i) {
    const pixel a = hull[i], b = hull[(i + 1) % hull.size()];
    frame f{b.x - a.x, b.y - a.y};
    if (std::abs(f.dx) < std::abs(f.dy)) f = {f.dy, -f.dx};
    if (f.dx < 0) f = {-f.dx, -f.dy};
    f.left = f.right = f.along(a), f.top = f.bottom = f.down(a);
    for (pixel p : hull) {
      f.left = std::min(f.left, f.along(p)), f.right = std::max(f.right, f.along(p));
      f.top = std::min(f.top, f.down(p)), f.bottom = std::max(f.bottom, f.down(p));
    }
    if (!best || f.area() < best->area()) best = f;
  }
  return best;
}
