// A chart of what a metric was from the first step to the last: training as a curve, validation as marks.
#pragma once

#include <cmath>
#include <cstdio>
#include <limits>

#include "../core/error.hpp"
#include "screen.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

/// Values over [0, 1), in so few pieces that a long run takes no more memory than a short one.
class trace {
 public:
  void add(double x, double value) {
    if (!(value - value == 0)) return;
    piece& p = pieces_[static_cast<std::size_t>(std::clamp(x, 0.0, 1.0) * (pieces - 1))];
    p.sum += value, ++p.count;
  }
  /// Means of n parts of equal width; NaN where there is nothing.
  std::vector<double> means(int n) const {
    std::vector<double> out;
    for (int i = 0; i < n; ++i) {
      piece all;
      const int start = i * pieces / n, stop = std::max((i + 1) * pieces / n, start + 1);
      for (int j = start; j < stop; ++j) {
        const piece& p = pieces_[static_cast<std::size_t>(j)];
        all.sum += p.sum, all.count += p.count;
      }
      out.push_back(all.count == 0 ? std::numeric_limits<double>::quiet_NaN() : all.sum / all.count);
    }
    return out;
  }

 private:
  struct piece {
    double sum = 0;
    int count = 0;
  };
  static constexpr int pieces = 600;
  std::vector<piece> pieces_ = std::vector<piece>(pieces);
};

/// What a chart shows of one metric.
struct history {
  struct mark {
    double x, value;
  };
  std::string name;
  trace training{};
  std::vector<mark> validation{};
  double training_mean = std::numeric_limits<double>::quiet_NaN();  ///< of the epoch, for the heading
};

/// A number in five characters: 0.071, 12.31, 431.0.
inline std::string short_number(double x) {
  char text[32];
  const double size = std::fabs(x);
  std::snprintf(text, sizeof text, size >= 1e5 || (size < 1e-3 && size > 0) ? "%.0e" : size < 10 ? "%.3f" : size < 100 ? "%.2f" : "%.1f", x);
  return text;
}

namespace detail {

struct value_range {
  double low = 0, high = 1;
};
/// From the lowest value to the highest; of many, without the tenth at the end where training began, which would
/// leave no height to see what came after.
inline value_range range_of(std::vector<double> curve, std::span<const history::mark> marks) {
  std::erase_if(curve, [](double x) { return x != x; });
  const bool falls = !curve.empty() && curve.front() > curve.back();
  std::ranges::sort(curve);
  const std::size_t aside = curve.size() < 20 ? 0 : curve.size() / 10;
  value_range r;
  if (!curve.empty()) r = {curve[falls ? 0 : aside], curve[curve.size() - 1 - (falls ? aside : 0)]};
  else if (!marks.empty()) r = {marks[0].value, marks[0].value};
  for (const history::mark& m : marks)
    if (m.value - m.value == 0) r.low = std::min(r.low, m.value), r.high = std::max(r.high, m.value);
  if (r.high - r.low < 1e-6) r.low -= 5e-4, r.high += 5e-4;
  return r;
}

}  // namespace detail

/// Draws a heading, `height` rows of curve and a row with the axis; `end` stands at the right of that.
inline void draw_chart(screen& to, int row, int column, int width, int height, const history& h, std::string_view end) {
  constexpr int labels = 6;
  const int plot = column + labels + 1, plot_width = width - labels - 1;
  int at = to.put(row, column, h.name, ink::strong);
  if (h.training_mean == h.training_mean) {
    at = to.put(row, at + 2, "━ train ", ink::first);
    at = to.put(row, at, short_number(h.training_mean));
  }
  if (!h.validation.empty()) {
    at = to.put(row, at + 2, "◆ valid ", ink::second);
    to.put(row, at, short_number(h.validation.back().value));
  }
  if (plot_width < 4 || height < 1) return;
  std::vector<double> heights = h.training.means(2 * plot_width);
  const detail::value_range r = detail::range_of(heights, h.validation);
  for (double& y : heights) y = (y - r.low) / (r.high - r.low);
  for (int i = 0; i < height; ++i) to.put(row + 1 + i, plot - 1, i == 0 || i == height - 1 || 2 * i == height - 1 ? "┤" : "│", ink::faint);
  to.put_right(row + 1, plot - 2, short_number(r.high), ink::faint);
  if (height > 2) to.put_right(row + height, plot - 2, short_number(r.low), ink::faint);
  if (height % 2 == 1 && height > 4) to.put_right(row + 1 + height / 2, plot - 2, short_number((r.low + r.high) / 2), ink::faint);
  to.curve(row + 1, plot, height, heights, ink::first);
  for (const history::mark& m : h.validation) {
    if (!(m.value - m.value == 0)) continue;
    const double y = std::clamp((m.value - r.low) / (r.high - r.low), 0.0, 1.0);
    to.put(row + height - static_cast<int>(y * (height - 1) + 0.5), plot + std::min(static_cast<int>(m.x * plot_width), plot_width - 1), "◆",
           ink::second);
  }
  const int axis = row + 1 + height;
  to.put(axis, plot - 1, "└", ink::faint);
  for (int i = 0; i < plot_width; ++i) to.put(axis, plot + i, "─", ink::faint);
  to.put_right(axis, column + width, join({" ", end}), ink::faint);
}

}  // namespace tenon::train
TENON_COLD_END
