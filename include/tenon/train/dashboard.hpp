// The dashboard: how far a training is, how long it will take, and curves of its metrics, drawn over and over at
// the same place of a terminal; where standard output is none, a line at the end of each epoch.
#pragma once

#include <chrono>
#include <cstdio>

#include "chart.hpp"
#include "observer.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct dashboard_options {
  bool terminal = false;  ///< draws; else prints lines
  bool colours = false;
  int columns = 80;
  int rows = 24;          ///< of the terminal; the dashboard takes fewer
  double (*clock)() = seconds_now;
  std::FILE* to = stdout;
};

class dashboard final : public observer {
 public:
  explicit dashboard(const dashboard_options& o = {}) : o_(o), began_(o.clock()), before_(began_) {}

  void report(const progress& p) override {
    const double now = o_.clock();
    if (!p.past) (p.training ? training_ : validation_).add(now - before_);
    before_ = now;
    take(p);
    if (p.past) return;
    if (!o_.terminal) {
      if (p.epoch_ends()) print_epoch(p);
    } else if (p.batch == p.batches() || now - drawn_ >= 0.1) {
      draw(now);
    }
  }
  void end() override {
    if (o_.terminal && last_.epochs != 0) draw(o_.clock());
  }

  /// What is drawn, a string a line, none wider than the terminal.
  std::vector<std::string> frame(double now) const {
    const int columns = std::max(o_.columns, 20);
    const bool beside = columns >= 70 && histories_.size() > 1;
    const int count = static_cast<int>(std::min<std::size_t>(histories_.size(), 2)), stacked = beside ? std::min(count, 1) : count;
    const int room = (std::clamp(o_.rows, 8, 26) - 2 - head) / std::max(stacked, 1) - 3;
    const int height = std::min(room, beside ? 9 : 7);
    const int charts = height < 2 ? 0 : count;
    screen s(head + (charts == 0 ? 0 : stacked * (height + 3)), columns);
    draw_head(s, now);
    for (int i = 0; i < charts; ++i) {
      const int width = beside ? (columns - 3) / 2 : columns, row = head + 1 + (beside ? 0 : i * (height + 3));
      draw_chart(s, row, beside && i == 1 ? columns - width : 0, width, height, histories_[static_cast<std::size_t>(i)],
                 join({"epoch ", last_.epochs}));
    }
    std::vector<std::string> lines;
    for (int row = 0; row < s.rows(); ++row) lines.push_back(s.line(row, o_.colours));
    return lines;
  }

 private:
  static constexpr int head = 4;

  /// How long the batches of one kind take.
  struct pace {
    double seconds = 0;
    i64 batches = 0;
    void add(double s) { seconds += s, ++batches; }
    double each() const { return batches == 0 ? 0 : seconds / static_cast<double>(batches); }
  };

  void take(const progress& p) {
    last_ = p;
    last_.now = last_.mean = last_.trained = {};  // they do not last
    const double x = p.steps == 0 ? 0 : static_cast<double>(p.step) / static_cast<double>(p.steps);
    for (const measurement& m : p.training ? p.now : p.mean) {
      auto at = std::ranges::find(histories_, m.name, &history::name);
      if (at == histories_.end()) at = histories_.insert(at, history{.name = std::string(m.name)});
      if (p.training) at->training.add(x, m.value);
      else if (p.epoch_ends()) at->validation.push_back({x, m.value});
    }
    for (const measurement& m : p.training ? p.mean : p.trained)
      if (const auto at = std::ranges::find(histories_, m.name, &history::name); at != histories_.end()) at->training_mean = m.value;
  }

  static std::string in_time(double seconds) {
    const auto s = static_cast<i64>(seconds + 0.5);
    char text[32];
    if (s < 3600) std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(s / 60), static_cast<int>(s % 60));
    else std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(s / 3600), static_cast<int>(s / 60 % 60), static_cast<int>(s % 60));
    return text;
  }

  void draw_head(screen& s, double now) const {
    const bool narrow = s.columns() < 60;
    int at = s.put(0, 0, join({"epoch ", last_.epoch}), ink::strong);
    at = s.put(0, at, join({" of ", last_.epochs}));
    at = s.put(0, at, join({narrow ? " " : "   ", "step ", last_.step}), ink::faint);
    if (!narrow) s.put(0, at, join({" of ", last_.steps}), ink::faint);
    s.put_right(0, s.columns(), in_time(now - began_), ink::faint);

    const bool trains = last_.training;
    const i64 batches = last_.training_batches, validations = last_.validation_batches;
    const i64 trained = trains ? last_.batch : batches, validated = trains ? 0 : last_.batch;
    // Until a validation was seen: a pass forward takes about a third of one forward and back.
    const double train = training_.each(), valid = validation_.batches != 0 ? validation_.each() : train / 3;
    const double train_left = train * static_cast<double>(batches - trained);
    const double valid_left = valid * static_cast<double>(validations - validated);
    const double epochs_left = static_cast<double>(last_.epochs - last_.epoch);
    const double all_left = train_left + valid_left + epochs_left * (train * static_cast<double>(batches) + valid * static_cast<double>(validations));
    draw_bar(s, 1, "train", trained, batches, train_left, ink::first);
    draw_bar(s, 2, "valid", validated, validations, valid_left, ink::second);
    const i64 per_epoch = batches + validations;
    draw_bar(s, 3, "all", (last_.epoch - 1) * per_epoch + trained + validated, last_.epochs * per_epoch, all_left, ink::plain);
  }
  static void draw_bar(screen& s, int row, std::string_view name, i64 done, i64 of, double left, ink colour) {
    constexpr int tail = 20;
    s.put(row, 0, name);
    const double part = of == 0 ? 0 : static_cast<double>(done) / static_cast<double>(of);
    s.bar(row, 6, s.columns() - 6 - tail, part, colour);
    s.put_right(row, s.columns() - 14, join({static_cast<i64>(part * 100), " %"}));
    s.put_right(row, s.columns(), done == of && of != 0 ? "done" : join({in_time(left), " left"}));
  }

  void draw(double now) {
    drawn_ = now;
    const std::vector<std::string> lines = frame(now);
    std::string out;
    if (drawn_lines_ > 0) out += join({"\x1b[", drawn_lines_, "A"});
    for (const std::string& line : lines) out += join({"\r", line, "\x1b[K\n"});
    if (lines.size() < drawn_lines_) out += "\x1b[J";
    drawn_lines_ = lines.size();
    std::fwrite(out.data(), 1, out.size(), o_.to);
    std::fflush(o_.to);
  }
  void print_epoch(const progress& p) const {
    std::string line = join({"epoch ", p.epoch < 10 ? " " : "", p.epoch});
    const auto add = [&](const char* what, std::string_view name, double value) {
      char text[32];
      std::snprintf(text, sizeof text, " %.4f", value);
      line += join({"  ", what, name, text});
    };
    for (const measurement& m : p.trained) add("", m.name, m.value);
    const char* what = "valid ";
    for (const measurement& m : p.mean) add(std::exchange(what, ""), m.name, m.value);
    std::fprintf(o_.to, "%s\n", line.c_str());
    std::fflush(o_.to);
  }

  dashboard_options o_;
  double began_, before_, drawn_ = -1;
  std::size_t drawn_lines_ = 0;
  progress last_;
  pace training_, validation_;
  std::vector<history> histories_;
};

}  // namespace tenon::train
TENON_COLD_END
