// The journal of a training: a line of JSON per step and per epoch, in the artifacts folder.
//
//   {"step":17,"epoch":1,"rate":0.001,"loss":0.53213,"accuracy":0.84375}
//   {"step":282,"epoch":1,"train":{"loss":0.31,"accuracy":0.9},"valid":{"loss":0.11,"accuracy":0.97}}
//
// It knows no time, so the same training writes the same journal.
#pragma once

#include "../core/file.hpp"
#include "../core/json.hpp"
#include "observer.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

class journal final : public observer {
 public:
  /// Goes on behind the first `keep` lines of a file, or of those that it has; what comes after them is a training
  /// that was stopped without a record.
  static result<journal> open(const std::string& path, i64 keep = 0) {
    journal j;
    j.path_ = path;
    if (keep > 0)
      if (const auto file = read_file(path); file.has_value()) {
        const std::string_view all = as_text((*file).look());
        std::size_t end = 0;
        for (; j.lines_ < keep && all.find('\n', end) != all.npos; ++j.lines_) end = all.find('\n', end) + 1;
        j.kept_ = all.substr(0, end);
      }
    if (status s = replace_file(path, std::as_bytes(std::span(j.kept_))); !s.has_value()) return std::unexpected(s.error());
    j.file_.reset(std::fopen(path.c_str(), "ab"));
    if (!j.file_) return fail(code::io, {path, ": cannot be written: ", std::strerror(errno)});
    return j;
  }

  i64 lines() const { return lines_; }
  /// What went wrong with writing.
  const status& state() const { return state_; }

  /// Tells the lines that were kept, as they were reported then. A line that is none of a journal's is passed over.
  void tell(const progress& of, observer& to) const {
    std::string_view rest = kept_;
    while (!rest.empty()) {
      const std::size_t n = rest.find('\n');
      const auto line = try_parse_json(rest.substr(0, n));
      rest.remove_prefix(n + 1);
      if (line.has_value()) tell(*line, of, to);
    }
  }

  void report(const progress& p) override {
    if (!p.training && !p.epoch_ends()) return;
    json::object line{{"step", p.step}, {"epoch", p.epoch}};
    if (p.training) {
      line.push_back({"rate", p.rate});
      add(line, p.now);
    } else {
      json::object train, valid;
      add(train, p.trained), add(valid, p.mean);
      line.push_back({"train", std::move(train)}), line.push_back({"valid", std::move(valid)});
    }
    write(write_json(std::move(line)) + '\n');
  }

 private:
  journal() = default;

  static void add(json::object& to, std::span<const measurement> all) {
    for (const measurement& m : all) to.push_back({std::string(m.name), static_cast<float>(m.value)});
  }
  static std::vector<measurement> measured(const json& object) {
    std::vector<measurement> all;
    if (object.members() != nullptr)
      for (const json::member& m : *object.members())
        if (m.key != "step" && m.key != "epoch" && m.key != "rate" && m.value.number()) all.push_back({m.key, *m.value.number()});
    return all;
  }
  static void tell(const json& line, progress p, observer& to) {
    const json *step = line.find("step"), *epoch = line.find("epoch"), *train = line.find("train"), *valid = line.find("valid");
    if (step == nullptr || epoch == nullptr || !step->integer() || !epoch->integer()) return;
    p.past = true, p.step = *step->integer(), p.epoch = *epoch->integer();
    p.training = valid == nullptr;
    p.batch = p.training ? p.step - (p.epoch - 1) * p.training_batches : p.validation_batches;
    const std::vector<measurement> all = measured(p.training ? line : *valid);
    const std::vector<measurement> trained = train == nullptr ? std::vector<measurement>() : measured(*train);
    p.now = p.mean = all, p.trained = trained;
    to.report(p);
  }
  void write(const std::string& line) {
    if (!state_.has_value()) return;
    ++lines_;
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::fflush(file_.get()) != 0)
      state_ = fail(code::io, {path_, ": cannot be written: ", std::strerror(errno)});
  }

  struct closing {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::string path_, kept_;
  std::unique_ptr<std::FILE, closing> file_;
  i64 lines_ = 0;
  status state_;
};

}  // namespace tenon::train
TENON_COLD_END
