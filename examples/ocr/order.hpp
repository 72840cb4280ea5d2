// In which order boxes of text are read.
#pragma once

#include "geometry.hpp"

namespace reading {

struct extent {
  double left, right, top, bottom;
  explicit extent(const rectangle& r) {
    const auto c = r.corners();
    const auto [x0, x1] = std::ranges::minmax(c, {}, &point::x);
    const auto [y0, y1] = std::ranges::minmax(c, {}, &point::y);
    left = x0.x, right = x1.x, top = y0.y, bottom = y1.y;
  }
  double middle() const { return (top + bottom) / 2; }
  bool beside(const extent& o) const { return right <= o.left || o.right <= left; }
};

/// Sorts boxes by two rules (T. M. Breuel, High Performance Document Layout Analysis, 2003), so that columns are read
/// one after the other, and headings across them before them: of two that share columns of pixels the upper one comes
/// first; of two side by side the left one, unless a third lies between them in height and reaches over both.
inline std::vector<rectangle> in_order(std::vector<rectangle> boxes) {
  std::ranges::sort(boxes, {}, [](const rectangle& r) { return std::pair(extent(r).middle(), extent(r).left); });
  std::vector<extent> at(boxes.begin(), boxes.end());
  const auto before = [&](std::size_t a, std::size_t b) {
    if (!at[a].beside(at[b])) return a < b;
    if (at[a].left > at[b].left) return false;
    for (std::size_t c = std::min(a, b) + 1; c < std::max(a, b); ++c)
      if (!at[c].beside(at[a]) && !at[c].beside(at[b])) return false;
    return true;
  };
  std::vector<rectangle> ordered;
  std::vector<bool> met(boxes.size());
  // Depth first: a box when all before it are out. Boxes that overlap at angles may have no order, and get one anyhow.
  const auto put = [&](const auto& self, std::size_t b) -> void {
    if (met[b]) return;
    met[b] = true;
    for (std::size_t a = 0; a < boxes.size(); ++a)
      if (!met[a] && before(a, b)) self(self, a);
    ordered.push_back(boxes[b]);
  };
  for (std::size_t b = 0; b < boxes.size(); ++b) put(put, b);
  return ordered;
}

}  // namespace reading
