// A rectangle of terminal cells to draw into: text, bars, and curves in Braille, eight dots a cell.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "../core/utf8.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

/// Colours of the terminal's own palette, so that they fit dark and light ones.
enum class ink : std::uint8_t { plain, faint, strong, first, second };

class screen {
 public:
  screen(int rows, int columns)
      : columns_(std::max(columns, 0)), cells_(static_cast<std::size_t>(std::max(rows, 0)) * static_cast<std::size_t>(columns_)) {}
  int columns() const { return columns_; }
  int rows() const { return columns_ == 0 ? 0 : static_cast<int>(cells_.size()) / columns_; }

  /// Text of characters that take one cell each; what lies outside is not drawn. Gives the column behind it.
  int put(int row, int column, std::string_view text, ink colour = ink::plain) {
    while (!text.empty()) set(row, column++, tenon::detail::take_utf8(text), colour);
    return column;
  }
  /// The same, ending before a column.
  void put_right(int row, int end, std::string_view text, ink colour = ink::plain) {
    const auto width = std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
    put(row, end - static_cast<int>(width), text, colour);
  }
  /// A line of `width` cells, strong for the part from 0 to 1 that is done.
  void bar(int row, int column, int width, double done, ink colour) {
    const int halves = static_cast<int>(std::clamp(done, 0.0, 1.0) * 2 * width + 0.5);
    for (int i = 0; i < width; ++i) {
      if (2 * i + 1 < halves) put(row, column + i, "━", colour);
      else if (2 * i < halves) put(row, column + i, "╸", colour);
      else put(row, column + i, "─", ink::faint);
    }
  }
  /// A dot of a cell's 2 x 4; rows and columns are those of dots.
  void dot(int row, int column, ink colour) {
    constexpr std::uint32_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cell* c = at(row < 0 ? -1 : row / 4, column < 0 ? -1 : column / 2);
    if (c == nullptr) return;
    if ((c->character & ~0xffu) != 0x2800) c->character = 0x2800;
    c->character |= bits[row % 4][column % 2], c->colour = colour;
  }
  /// A line through the heights, one a column of dots: 0 at the bottom, 1 at the top of `height` rows; those outside
  /// of it lie on its edge, and where there is none (NaN) the line goes on from the one before.
  void curve(int row, int column, int height, std::span<const double> heights, ink colour) {
    const int most = 4 * height - 1;
    int before = -1;
    for (std::size_t i = 0; i < heights.size(); ++i) {
      if (!(heights[i] == heights[i])) continue;
      const int y = most - static_cast<int>(std::clamp(heights[i], 0.0, 1.0) * most + 0.5);
      const int from = before < 0 ? y : before < y ? before + 1 : before > y ? before - 1 : y;
      for (int d = std::min(from, y); d <= std::max(from, y); ++d) dot(4 * row + d, 2 * column + static_cast<int>(i), colour);
      before = y;
    }
  }

  /// A row as UTF-8, without the blanks at its end; with escape sequences for the colours.
  std::string line(int row, bool colours) const {
    constexpr const char* codes[] = {"0", "2", "1", "36", "33"};
    std::string out;
    int end = columns_;
    while (end > 0 && cells_[index(row, end - 1)].character == ' ') --end;
    ink last = ink::plain;
    for (int column = 0; column < end; ++column) {
      const cell& c = cells_[index(row, column)];
      if (colours && c.colour != last && c.character != ' ') {
        out += "\x1b[0";
        if (c.colour != ink::plain) (out += ';') += codes[static_cast<int>(c.colour)];
        out += 'm';
        last = c.colour;
      }
      tenon::detail::append_utf8(out, c.character);
    }
    return last == ink::plain ? out : out + "\x1b[0m";
  }

 private:
  struct cell {
    std::uint32_t character = ' ';
    ink colour = ink::plain;
  };
  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }
  cell* at(int row, int column) {
    return row < 0 || row >= rows() || column < 0 || column >= columns_ ? nullptr : &cells_[index(row, column)];
  }
  void set(int row, int column, std::uint32_t character, ink colour) {
    if (cell* c = at(row, column)) *c = {character < ' ' || character == 0x7f ? U'?' : character, colour};
  }

  int columns_;
  std::vector<cell> cells_;
};

}  // namespace tenon::train
TENON_COLD_END
