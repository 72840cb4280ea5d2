#include "tenon/train/dashboard.hpp"

#include "doctest.hpp"
#include "tenon/core/file.hpp"

using tenon::i64;
using namespace tenon::train;

namespace {

double now = 0;

std::size_t width(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Tells of a training of four epochs of 20 steps, a second each, until step `stop`; a validation takes 2 seconds.
void run(dashboard& d, i64 stop) {
  for (i64 step = 1; step <= stop; ++step) {
    now += 1;
    const double loss = 2 / (1 + 0.2 * static_cast<double>(step));
    const measurement m[] = {{"loss", loss}, {"accuracy", 1 - loss / 2}};
    const i64 epoch = (step + 19) / 20;
    progress p{.epoch = epoch, .epochs = 4, .batch = (step - 1) % 20 + 1, .training_batches = 20, .validation_batches = 2, .step = step, .steps = 80};
    p.now = p.mean = m;
    d.report(p);
    for (i64 batch = 1; p.batch == 20 && batch <= 2; ++batch) {
      now += 1;
      progress v = p;
      v.training = false, v.batch = batch, v.trained = m;
      d.report(v);
      if (batch == 2) break;
    }
  }
}

}  // namespace

TEST_CASE("the dashboard says how far it is and how long it takes") {
  now = 100;
  std::FILE* nowhere = std::fopen(tests::scratch("dashboard.txt").c_str(), "wb");
  REQUIRE(nowhere != nullptr);
  dashboard d({.terminal = true, .columns = 80, .clock = [] { return now; }, .to = nowhere});
  run(d, 50);
  const std::vector<std::string> lines = d.frame(now);
  REQUIRE(lines.size() > 4);
  CHECK(lines[0] == "epoch 3 of 4   step 50 of 80                                                0:54");
  CHECK(lines[1] == "train ━━━━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────  50 %     0:10 left");
  CHECK(lines[2] == "valid ──────────────────────────────────────────────────────   0 %     0:02 left");
  CHECK(lines[3] == "all   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━─────────────────────  61 %     0:34 left");
  CHECK(lines[5] == "loss  ━ train 0.182  ◆ valid 0.222        accuracy  ━ train 0.909  ◆ valid 0.889");
  std::fclose(nowhere);
}

TEST_CASE("no line is wider than the terminal, and all of them fit its height") {
  std::FILE* nowhere = std::fopen(tests::scratch("dashboard.txt").c_str(), "wb");
  REQUIRE(nowhere != nullptr);
  for (int columns : {20, 21, 40, 59, 69, 70, 80, 120, 300})
    for (int rows : {5, 12, 24, 60}) {
      now = 0;
      dashboard d({.terminal = true, .columns = columns, .rows = rows, .clock = [] { return now; }, .to = nowhere});
      CHECK(d.frame(now).size() == 4);
      for (i64 stop : {1, 19, 20, 80}) {
        run(d, stop);
        const std::vector<std::string> lines = d.frame(now);
        CHECK(lines.size() < static_cast<std::size_t>(std::max(rows, 8)));
        for (const std::string& line : lines) CHECK(width(line) <= static_cast<std::size_t>(columns));
      }
    }
  std::fclose(nowhere);
}

TEST_CASE("where there is no terminal an epoch is a line") {
  const std::string path = tests::scratch("lines.txt");
  std::FILE* file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  dashboard d({.clock = [] { return now; }, .to = file});
  run(d, 41);
  d.end();
  std::fclose(file);
  const auto text = tenon::read_file(path);
  REQUIRE(text.has_value());
  CHECK(tenon::as_text((*text).look()) ==
        "epoch  1  loss 0.4000  accuracy 0.8000  valid loss 0.4000  accuracy 0.8000\n"
        "epoch  2  loss 0.2222  accuracy 0.8889  valid loss 0.2222  accuracy 0.8889\n");
}
