#include "tenon/train/learner.hpp"

#include "doctest.hpp"
#include "tenon/nn/linear.hpp"
#include "tenon/nn/loss.hpp"
#include "tenon/optim/sgd.hpp"

using tenon::i64;
using tenon::tensor;
using tenon::variable;
namespace train = tenon::train;
namespace data = tenon::data;

namespace {

/// Two classes that a line divides, and noise that only a training draws.
struct Net {
  tenon::nn::Linear line{2, 2};
  variable calls = tensor<i64>(tenon::shape{}, {0});
  variable operator()(const variable& x, const tenon::nn::mode& m) const {
    if (!m.trains()) return line(x);
    variable(calls).assign(tensor<i64>(tenon::shape{}, {*calls.value().as<i64>() + 1}));
    tensor<float> noise(x.dims());
    m.draw().fill_uniform({noise.begin(), noise.end()});
    return line(x + noise * variable(tensor<float>(tenon::shape{}, {0.1f})));
  }
  void fields(this auto& self, auto&& f) { f("line", self.line), f("calls", self.calls); }
};

data::tensor_dataset points(i64 n, i64 wrong = 0) {
  tensor<float> x({n, 2});
  tensor<i64> side({n});
  tenon::random{.seed = 3}.fill_uniform({x.begin(), x.end()});
  for (i64 i = 0; i < n; ++i) side[i] = x[i, 0] + 0.3f > x[i, 1];
  if (wrong != 0) side[n - 1] = wrong;
  return {x, side};
}

const data::data_loader training(points(22), {.batch_size = 4, .shuffle = true, .seed = {.seed = 9}});
const data::data_loader validation(points(10), {.batch_size = 4});

auto new_learner(double rate = 0.5) {
  Net net;
  tenon::nn::initialize(net, {.seed = 2});
  return train::learner(net, tenon::optim::Sgd{.momentum = 0.9}, [rate](i64 step) { return step < 3 ? rate / 2 : rate; },
                        tenon::nn::try_cross_entropy, train::Accuracy{});
}
const std::string folder = tests::scratch(".");
train::fit_options options() { return {.epochs = 3, .seed = {.seed = 4}, .artifacts = folder}; }
std::string failure(const tenon::result<train::fitted>& r) { return r.has_value() ? "done" : r.error().message; }
std::string content(const std::string& path) {
  const auto file = tenon::read_file(path);
  return file.has_value() ? std::string(tenon::as_text((*file).look())) : file.error().message;
}

struct counting final : train::observer {
  i64 steps = 0, past = 0, validations = 0, ends = 0;
  void report(const train::progress& p) override {
    steps += p.training && !p.past, past += p.past, validations += p.epoch_ends() && !p.past;
  }
  void end() override { ++ends; }
};

}  // namespace

TEST_CASE("a training learns, and says what it does") {
  counting watch;
  train::fit_options o = options();
  o.epochs = 30, o.watch = &watch;
  auto learner = new_learner();
  const auto done = learner.fit(training, validation, o);
  REQUIRE(done.has_value());
  if (!done.has_value()) return;
  CHECK((*done).finished);
  CHECK((*done).step == 180);
  REQUIRE((*done).valid.size() == 2);
  CHECK((*done).valid[1].name == "accuracy");
  CHECK((*done).valid[1].value >= 0.9);
  CHECK(watch.steps == 180);
  CHECK(watch.validations == 30);
  CHECK(watch.ends == 1);
  const auto again = learner.evaluate(validation);
  REQUIRE(again.has_value());
  CHECK((*again)[0].value == (*done).valid[0].value);
  CHECK(*learner.model().calls.value().as<i64>() == 180);
}

TEST_CASE("stopped after any step and gone on with, it gives the same bits") {
  REQUIRE(new_learner().fit(training, validation, options()).has_value());
  const std::string record = content(train::training_file(folder)), model = content(train::model_file(folder)),
                    journal = content(train::journal_file(folder));
  CHECK(std::ranges::count(journal, '\n') == 21);
  CHECK(journal.starts_with("{\"step\":1,\"epoch\":1,\"rate\":0.25,\"loss\":"));
  for (i64 stop = 1; stop <= 18; ++stop) {
    train::fit_options o = options();
    o.stop_after = stop;
    const auto first = new_learner().fit(training, validation, o);
    REQUIRE(first.has_value());
    CHECK((*first).step == stop);
    CHECK(!(*first).finished);
    // What came after the record does not count.
    std::FILE* file = std::fopen(train::journal_file(folder).c_str(), "ab");
    REQUIRE(file != nullptr);
    std::fputs("{\"step\":99,\"epoch\":3}\nhalf a li", file);
    std::fclose(file);
    counting watch;
    o.stop_after = 0, o.resume = true, o.watch = &watch;
    const auto second = new_learner().fit(training, validation, o);
    REQUIRE(second.has_value());
    CHECK((*second).finished);
    CHECK(watch.steps == 18 - stop);
    CHECK(watch.past == stop + (stop - 1) / 6);
    CHECK(content(train::training_file(folder)) == record);
    CHECK(content(train::model_file(folder)) == model);
    CHECK(content(train::journal_file(folder)) == journal);
  }
}

TEST_CASE("a finished training can be gone on with, and does nothing") {
  REQUIRE(new_learner().fit(training, validation, options()).has_value());
  const std::string record = content(train::training_file(folder));
  train::fit_options o = options();
  o.resume = true;
  const auto done = new_learner().fit(training, validation, o);
  REQUIRE(done.has_value());
  CHECK((*done).finished);
  CHECK((*done).valid[0].value > 0);
  CHECK(content(train::training_file(folder)) == record);
}

TEST_CASE("what cannot be gone on with is an error, and so is a loss that is no number") {
  train::fit_options o = options();
  o.stop_after = 2;
  REQUIRE(new_learner().fit(training, validation, o).has_value());
  o.resume = true;
  const data::data_loader other(points(30), training.options());
  const std::string path = train::training_file(folder);
  CHECK(failure(new_learner().fit(other, validation, o)) ==
        path + ": is of a training with 6 batches of 22 examples an epoch; here are 8 of 30");
  REQUIRE(tenon::write_file(path, {}).has_value());
  CHECK(failure(new_learner().fit(training, validation, o)) == path + ": safetensors: 0 bytes are too few for a header");
  counting watch;
  CHECK(failure(new_learner(3e38).fit(training, validation, {.epochs = 3, .watch = &watch})) ==
        "the loss is infinite at step 5; a lower learning rate may help");
  CHECK(watch.ends == 1);
}

TEST_CASE("a target that is no class ends a training with an error that says which") {
  const data::data_loader wrong(points(22, 7), {.batch_size = 4});
  const std::string says = "SoftmaxCrossEntropyLoss: label 7 is not one of 2 classes";
  CHECK(failure(new_learner().fit(wrong, validation, {.epochs = 1})) == "step 6: " + says);
  CHECK(failure(new_learner().fit(training, wrong, {.epochs = 1})) == "batch 6 of the validation: " + says);
  const auto means = new_learner().evaluate(wrong);
  REQUIRE(!means.has_value());
  CHECK(means.error().message == says);
}
