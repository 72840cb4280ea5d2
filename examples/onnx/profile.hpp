// Where the time of a run goes, by operator.
#pragma once

#include <string>
#include <vector>

#include <tenon/graph/session.hpp>

#include "../support/program.hpp"

class profiler final : public tenon::observer {
 public:
  bool on = false;

  void before() override { start_ = stopwatch::now(); }
  void after(const tenon::node* what, std::span<const tenon::any_view> in, std::span<const tenon::any_view> out) override;
  /// A line per operator, the slowest first, as they were per run.
  void print(tenon::i64 runs);

 private:
  struct row {
    std::string_view op;
    double calls = 0, time = 0, macs = 0, bytes = 0;
  };
  stopwatch::time_point start_;
  std::vector<row> rows_;
};
