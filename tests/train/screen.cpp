#include "tenon/train/chart.hpp"

#include "doctest.hpp"

using tenon::train::screen;
using tenon::train::ink;

namespace {

std::string lines(const screen& s) {
  std::string all;
  for (int i = 0; i < s.rows(); ++i) all += s.line(i, false) + "\n";
  return all;
}

}  // namespace

TEST_CASE("text is clipped, bars have halves, control characters do nothing") {
  screen s(3, 6);
  s.put(0, -1, "abc");
  s.put(0, 4, "é\x1b[0m");
  s.put_right(1, 6, "12 %");
  s.bar(2, 0, 6, 0.42, ink::first);
  s.put(3, 0, "outside");
  CHECK(lines(s) == "bc  é?\n  12 %\n━━╸───\n");
  screen none(0, 0);
  none.put(0, 0, "x");
  CHECK(none.rows() == 0);
}

TEST_CASE("colours begin where they change and end with the line") {
  screen s(1, 8);
  s.put(0, s.put(0, 0, "ab", ink::first), "c");
  s.put(0, 5, "d", ink::strong);
  CHECK(s.line(0, true) == "\x1b[0;36mab\x1b[0mc  \x1b[0;1md\x1b[0m");
  CHECK(s.line(0, false) == "abc  d");
}

TEST_CASE("curves are joined lines of dots") {
  screen s(2, 3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double heights[] = {0, 1, nan, 0.5, -3, 7};
  s.curve(0, 0, 2, heights, ink::plain);
  CHECK(lines(s) == "⢸⢰⢸\n⡸ ⡿\n");
}

TEST_CASE("a chart has its labels, axis and marks") {
  tenon::train::history h{.name = "loss"};
  for (int i = 0; i < 100; ++i) h.training.add(i / 100.0, 1 - i / 100.0);
  h.training.add(0.5, std::numeric_limits<double>::infinity());
  h.training_mean = 0.01;
  h.validation = {{0.5, 0.6}, {1, 0.25}};
  screen s(7, 34);
  tenon::train::draw_chart(s, 0, 0, 34, 5, h, "epoch 2");
  CHECK(lines(s) == "loss  ━ train 0.010  ◆ valid 0.250\n"
                    "0.895 ┤⠉⠉⠉⠑⠢⠤⣀⡀\n"
                    "      │       ⠈⠑⠢⠤⣀ ◆\n"
                    "0.453 ┤            ⠉⠑⠒⠤⣀⡀\n"
                    "      │                 ⠈⠑⠢⠤⣀⡀   ◆\n"
                    "0.010 ┤                      ⠈⠑⠒⠤⣀\n"
                    "      └─────────────────── epoch 2\n");
  CHECK(tenon::train::short_number(0) == "0.000");
  CHECK(tenon::train::short_number(12.345) == "12.35");
  CHECK(tenon::train::short_number(1e-5) == "1e-05");
}
