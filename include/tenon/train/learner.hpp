// Learner: a model, an optimiser, a schedule and a loss, and the loop over epochs that trains with them.
//
//   auto done = train::learner(net, optim::Adam{}, optim::CosineRate{...}, nn::try_cross_entropy, train::Accuracy{})
//                   .fit(training, validation, {.epochs = 10, .artifacts = "artifacts", .watch = &dashboard});
//
// A training can be stopped after any step. Gone on with, it gives the same bits as one that was not.
#pragma once

#include <array>
#include <optional>
#include <tuple>

#include "../autodiff/backward.hpp"
#include "../data/data_loader.hpp"
#include "../nn/module.hpp"
#include "journal.hpp"
#include "metric.hpp"
#include "record.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

struct fit_options {
  i64 epochs = 1;
  random seed{};             ///< of what modules draw while they train (Dropout)
  std::string artifacts{};   ///< a folder for record and journal; empty: nothing is written
  bool resume = false;       ///< goes on with the record that is there
  i64 stop_after = 0;        ///< so many steps; 0: when all epochs are done
  i64 save_every = 0;        ///< writes a record after so many steps, besides that of each epoch
  observer* watch = nullptr;
};

/// How far a training came, and what was measured last.
struct fitted {
  bool finished = false;
  i64 epoch = 0, step = 0;                 ///< epochs that are done, steps
  std::vector<measurement> train, valid;
};

namespace detail {

/// Sums of metrics, as a part of a record.
class sums {
 public:
  explicit sums(std::size_t n) : sum_(tensor<double>({static_cast<i64>(n)})), count_(tensor<i64>({static_cast<i64>(n)})) {}
  void clear() { *this = sums(static_cast<std::size_t>(sum_.size())); }
  void add(std::span<const part_sum> parts) {
    tensor<double> s({sum_.size()});
    tensor<i64> c({sum_.size()});
    for (i64 i = 0; i < s.size(); ++i) {
      part_sum p = (*this)[i];
      p += parts[static_cast<std::size_t>(i)];
      s[i] = p.sum, c[i] = p.count;
    }
    sum_.assign(s), count_.assign(c);
  }
  part_sum operator[](i64 i) const { return {sum_.value().as<double>()[i], count_.value().as<i64>()[i]}; }
  void fields(this auto& self, auto&& f) { f("sum", self.sum_), f("count", self.count_); }

 private:
  variable sum_, count_;
};

/// Where a training is: all that its record has beside model and optimiser.
struct position {
  explicit position(std::size_t metrics) : train(metrics), valid(metrics) {}
  counter epoch, batch, step;  ///< epochs done, batches of the next one done, all steps
  counter batches, examples;   ///< of an epoch: another dataset cannot go on
  counter lines;               ///< of the journal
  sums train, valid;
  void fields(this auto& self, auto&& f) {
    f("epoch", self.epoch.value), f("batch", self.batch.value), f("step", self.step.value);
    f("batches", self.batches.value), f("examples", self.examples.value), f("lines", self.lines.value);
    f("train", self.train), f("valid", self.valid);
  }
};

/// The parts of a record together.
template <class Model, class Optimizer>
struct checkpoint {
  Model& model;
  Optimizer& optimizer;
  position& at;
  void fields(this auto& self, auto&& f) { f("model", self.model), f("optimizer", self.optimizer), f("position", self.at); }
};

}  // namespace detail

/// Trains `model`, whose copies are handles to the same parameters. `schedule(step)` is the learning rate of step 0,
/// 1, ...; `loss(answers, targets)` the mean over a batch, float32 or float64, or a result of it, for targets that are
/// wrong. Metrics are measured beside the loss.
template <class Model, class Optimizer, class Schedule, class Objective, metric... Metrics>
class learner {
 public:
  learner(Model model, Optimizer optimizer, Schedule schedule, Objective loss, Metrics... metrics)
      : model_(std::move(model)), optimizer_(std::move(optimizer)), schedule_(std::move(schedule)), loss_(std::move(loss)),
        metrics_(Loss{}, std::move(metrics)...) {}

  template <data::dataset Train, data::dataset Valid>
  result<fitted> fit(const data::data_loader<Train>& training, const data::data_loader<Valid>& validation, const fit_options& o) {
    auto done = run(training, validation, o);
    journal_.reset();
    if (o.watch != nullptr) o.watch->end();
    return done;
  }

  /// Means of loss and metrics over a dataset.
  template <data::dataset D>
  result<std::vector<measurement>> evaluate(const data::data_loader<D>& of) const {
    parts all{};
    const auto batches = of.epoch(0);
    for (i64 i = 0; i < batches.size(); ++i) {
      const auto some = measure(batches[i]);
      if (!some.has_value()) return std::unexpected(some.error());
      for (std::size_t k = 0; k < count; ++k) all[k] += (*some)[k];
    }
    std::vector<measurement> out;
    for (std::size_t k = 0; k < count; ++k) out.push_back({names()[k], all[k].mean()});
    return out;
  }

  const Model& model() const { return model_; }

 private:
  static constexpr std::size_t count = 1 + sizeof...(Metrics);
  using parts = std::array<part_sum, count>;

  static constexpr std::array<std::string_view, count> names() { return {Loss::name, Metrics::name...}; }

  variable answer(const variable& x, const nn::mode& m) const {
    if constexpr (requires { model_(x, m); }) return model_(x, m);
    else return model_(x);
  }
  parts measure(const data::batch& b, const variable& y, const variable& loss) const {
    const any_tensor& value = loss.value();
    const outcome o{b, y, value.type() == dtype::f64 ? *value.as<double>() : static_cast<double>(*value.as<float>())};
    return std::apply([&](const auto&... m) { return parts{m(o)...}; }, metrics_);
  }
  result<parts> measure(const data::batch& b) const {
    const variable y = answer(b.inputs, {});
    const result<variable> loss = loss_(y, b.targets);
    if (!loss.has_value()) return std::unexpected(loss.error());
    return measure(b, y, *loss);
  }

  template <class Train, class Valid>
  result<fitted> run(const data::data_loader<Train>& training, const data::data_loader<Valid>& validation, const fit_options& o) {
    detail::position at(count);
    optimizer_.prepare(model_);
    detail::checkpoint<Model, Optimizer> all{model_, optimizer_, at};
    if (o.resume)
      if (status s = load(o, all, training); !s.has_value()) return std::unexpected(s.error());
    at.batches = training.size(), at.examples = training.all().size();
    progress p{.epochs = o.epochs, .training_batches = training.size(), .validation_batches = validation.size(),
               .steps = o.epochs * training.size()};
    if (!o.artifacts.empty()) {
      auto j = journal::open(journal_file(o.artifacts), o.resume ? at.lines : 0);
      if (!j.has_value()) return std::unexpected(j.error());
      journal_.emplace(std::move(*j));
      if (o.watch != nullptr) journal_->tell(p, *o.watch);
    }

    const auto save = [&]() -> status {
      if (o.artifacts.empty()) return {};
      if (!journal_->state().has_value()) return journal_->state();
      at.lines = journal_->lines();
      if (status s = save_record(training_file(o.artifacts), all); !s.has_value()) return s;
      return save_record(model_file(o.artifacts), model_);
    };
    const auto result_now = [&] {
      return fitted{at.epoch >= o.epochs, at.epoch, at.step, means(at.train), means(at.valid)};
    };
    for (i64 made = 0; at.epoch < o.epochs;) {
      p.epoch = at.epoch + 1;
      if (at.batch == 0) at.train.clear();
      const auto batches = training.epoch(at.epoch);
      p.training = true;
      while (at.batch < batches.size()) {
        p.rate = static_cast<double>(schedule_(static_cast<i64>(at.step)));
        if (status s = step(batches[at.batch], at, p.rate, o.seed); !s.has_value()) return std::unexpected(s.error());
        at.batch = at.batch + 1, at.step = at.step + 1;
        p.batch = at.batch, p.step = at.step;
        tell(p, last_, at, o.watch);
        ++made;
        const bool stops = o.stop_after != 0 && made == o.stop_after;
        if (stops || (o.save_every != 0 && at.step % o.save_every == 0))
          if (status s = save(); !s.has_value()) return std::unexpected(s.error());
        if (stops) return result_now();
      }
      p.training = false, p.step = at.step;
      at.valid.clear();
      const auto tests = validation.epoch(0);
      for (p.batch = 1; p.batch <= tests.size(); ++p.batch) {
        const auto some = measure(tests[p.batch - 1]);
        if (!some.has_value()) return wrap(some.error(), {"batch ", p.batch, " of the validation: "});
        last_ = *some;
        at.valid.add(last_);
        tell(p, last_, at, o.watch);
      }
      at.epoch = at.epoch + 1, at.batch = 0;
      if (status s = save(); !s.has_value()) return std::unexpected(s.error());
    }
    return result_now();
  }

  /// One step of the optimiser.
  status step(const data::batch& b, detail::position& at, double rate, const random& seed) {
    const variable y = answer(b.inputs, nn::mode::training(seed.at(join({"step ", static_cast<i64>(at.step)}))));
    const result<variable> loss = loss_(y, b.targets);
    if (!loss.has_value()) return wrap(loss.error(), {"step ", static_cast<i64>(at.step) + 1, ": "});
    last_ = measure(b, y, *loss);
    if (const double x = last_[0].sum; !(x - x == 0))
      return fail(code::invalid, {"the loss is ", x == x ? "infinite" : "not a number", " at step ", static_cast<i64>(at.step) + 1,
                                  "; a lower learning rate may help"});
    const auto g = try_backward(*loss);
    if (!g.has_value()) return std::unexpected(g.error());
    optimizer_.step(model_, *g, rate);
    at.train.add(last_);
    return {};
  }

  template <class All, class Train>
  status load(const fit_options& o, All& all, const data::data_loader<Train>& training) {
    const std::string path = training_file(o.artifacts);
    if (status s = load_record(path, all); !s.has_value()) return s;
    const detail::position& at = all.at;
    const i64 epoch = at.epoch, batch = at.batch, steps = at.step, lines = at.lines;
    if (at.batches != training.size() || at.examples != training.all().size())
      return fail(code::invalid, {path, ": is of a training with ", static_cast<i64>(at.batches), " batches of ", static_cast<i64>(at.examples),
                                  " examples an epoch; here are ", training.size(), " of ", static_cast<i64>(training.all().size())});
    if (epoch < 0 || epoch > o.epochs || batch < 0 || batch > training.size() || lines < 0 || steps != epoch * training.size() + batch)
      return fail(code::malformed, {path, ": says epoch ", epoch, ", batch ", batch, ", step ", steps, " of ", o.epochs, " epochs of ",
                                    training.size(), " batches"});
    return {};
  }

  static std::vector<measurement> means(const detail::sums& s) {
    std::vector<measurement> out;
    for (std::size_t k = 0; k < count; ++k) out.push_back({names()[k], s[static_cast<i64>(k)].mean()});
    return out;
  }
  void tell(progress& p, const parts& now, const detail::position& at, observer* watch) {
    const detail::sums& all = p.training ? at.train : at.valid;
    std::array<measurement, count> of_batch;
    for (std::size_t k = 0; k < count; ++k) of_batch[k] = {names()[k], now[k].mean()};
    const std::vector<measurement> so_far = means(all), trained = p.training ? std::vector<measurement>() : means(at.train);
    p.now = of_batch, p.mean = so_far, p.trained = trained;
    if (journal_) journal_->report(p);
    if (watch != nullptr) watch->report(p);
    p.now = p.mean = p.trained = {};
  }

  Model model_;
  Optimizer optimizer_;
  Schedule schedule_;
  Objective loss_;
  std::tuple<Loss, Metrics...> metrics_;
  parts last_{};
  std::optional<journal> journal_;
};

}  // namespace tenon::train
TENON_COLD_END
