// From the map of a detector of text, which says of every pixel how likely it is text, to boxes around lines: the
// post-processing of differentiable binarization (M. Liao et al., Real-time Scene Text Detection with Differentiable
// Binarization, 2020), with the values that PaddleOCR uses for these models (tools/infer/utility.py).
#pragma once

#include <tenon/core/tensor.hpp>

#include "geometry.hpp"

namespace boxes {

inline constexpr float text_from = 0.3f;         ///< det_db_thresh: what is text
inline constexpr double sure_from = 0.6;         ///< det_db_box_thresh: the mean of a piece that counts
inline constexpr double unclip_ratio = 1.5;      ///< det_db_unclip_ratio
inline constexpr double least_side = 3;          ///< min_size: of a box before it has grown; 2 more behind that
inline constexpr std::size_t most = 1000;        ///< max_candidates

/// The box around a connected piece of the map, if it is large enough.
inline std::optional<rectangle> box_around(std::span<pixel> piece) {
  const auto f = smallest_frame(convex_hull(piece));
  const auto shorter = [](const rectangle& r) { return std::min(r.width(), r.height()); };
  if (!f || shorter(f->as_rectangle()) < least_side) return {};
  const rectangle r = f->as_rectangle();
  // The network was taught shrunken boxes. Moving a rectangle's outline outwards makes a rectangle, with round
  // corners that the smallest rectangle around it does not see.
  const rectangle grown = r.grown(r.width() * r.height() * unclip_ratio / (2 * (r.width() + r.height())));
  return shorter(grown) < least_side + 2 ? std::nullopt : std::optional(grown);
}

/// The boxes in a map [height, width], in its coordinates. What counts is how sure all of a piece is (PaddleOCR's
/// det_db_score_mode "slow"), not what its box is filled with: lines on a page that is bent fill half of theirs.
inline std::vector<rectangle> find(const tenon::view<const float>& map) {
  const tenon::i64 height = map.dim(0), width = map.dim(1);
  const auto is_text = [&](tenon::i64 x, tenon::i64 y) {
    return x >= 0 && y >= 0 && x < width && y < height && map[y, x] > text_from;
  };
  std::vector<rectangle> found;
  std::vector<bool> seen(static_cast<std::size_t>(height * width));
  std::vector<pixel> open, outline;
  const auto visit = [&](tenon::i64 x, tenon::i64 y) {
    if (!is_text(x, y) || seen[static_cast<std::size_t>(y * width + x)]) return;
    seen[static_cast<std::size_t>(y * width + x)] = true;
    open.push_back({x, y});
  };
  std::size_t pieces = 0;
  for (tenon::i64 y = 0; y < height; ++y)
    for (tenon::i64 x = 0; x < width; ++x) {
      visit(x, y);
      if (open.empty()) continue;
      if (++pieces > most) return found;
      outline.clear();
      double sum = 0, n = 0;
      while (!open.empty()) {
        const pixel p = open.back();
        open.pop_back();
        sum += static_cast<double>(map[p.y, p.x]), n += 1;
        if (!is_text(p.x - 1, p.y) || !is_text(p.x + 1, p.y)) outline.push_back(p);  // the hull's corners are among these
        for (tenon::i64 dy = -1; dy <= 1; ++dy)
          for (tenon::i64 dx = -1; dx <= 1; ++dx) visit(p.x + dx, p.y + dy);
      }
      if (sum < sure_from * n) continue;
      if (const auto box = box_around(outline)) found.push_back(*box);
    }
  return found;
}

}  // namespace boxes
