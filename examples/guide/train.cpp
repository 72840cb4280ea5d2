// guide train: data, model, optimiser, and the learner that puts them together.
#include <sys/stat.h>

#include <cerrno>

#include <tenon/nn/loss.hpp>
#include <tenon/optim/adam.hpp>
#include <tenon/optim/schedule.hpp>
#include <tenon/train/learner.hpp>

#include "../support/terminal.hpp"
#include "../support/weights.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "model.hpp"

namespace {

using tenon::i64;

/// The configuration: of the training that goes on, or of the files and options that begin one.
tenon::result<GuideConfig> configure(const options& o) {
  if (o.resume) return load_guide_config(config_file(o.artifacts));
  GuideConfig c;
  if (o.config != nullptr) {
    auto given = load_guide_config(o.config);
    if (!given.has_value()) return given;
    c = *given;
  }
  c.epochs = o.epochs.value_or(c.epochs);
  c.batch_size = o.batch_size.value_or(c.batch_size);
  if (o.seed) c.seed = static_cast<tenon::u64>(*o.seed);
  if (mkdir(o.artifacts, 0777) != 0 && errno != EEXIST)
    return tenon::fail(tenon::code::io, {o.artifacts, ": cannot be made: ", std::strerror(errno)});
  if (tenon::status s = tenon::train::save_config(config_file(o.artifacts), c); !s.has_value()) return std::unexpected(s.error());
  return c;
}

tenon::status train_with(const GuideConfig& c, const options& o) {
  const tenon::random seed{.seed = c.seed};
  const auto mnist = Mnist::load(o.data);
  if (!mnist.has_value()) return std::unexpected(mnist.error());
  const auto split = (*mnist).split(seed.at("split"));
  if (!split.has_value()) return wrap(split.error(), {o.data, ": "});
  if ((*split).test.empty()) return tenon::fail(tenon::code::invalid, {o.data, ": ", (*mnist).size(), " pictures are too few"});
  const tenon::data::data_loader training(tenon::data::subset(*mnist, (*split).train),
                                          {.batch_size = c.batch_size, .shuffle = true, .seed = seed.at("order")});
  const tenon::data::data_loader test(tenon::data::subset(*mnist, (*split).test), {.batch_size = 100});

  Model net(c.model);
  tenon::nn::initialize(net, seed.at("model"));
  std::printf("%zu pictures to learn from, %zu for the test, %lld parameters\n", (*split).train.size(), (*split).test.size(),
              static_cast<long long>(tenon::parameter_count(net)));
  std::fflush(stdout);

  tenon::train::dashboard dashboard(dashboard_for_stdout());
  const tenon::optim::CosineRate schedule{.rate = c.learning_rate, .steps = c.epochs * training.size()};
  tenon::train::learner learner(net, tenon::optim::AdamW{}, schedule, tenon::nn::try_cross_entropy, tenon::train::Accuracy{});
  const auto done = learner.fit(training, test, {.epochs = c.epochs, .seed = seed.at("noise"), .artifacts = o.artifacts,
                                                 .resume = o.resume, .stop_after = o.stop_after, .watch = &dashboard});
  if (!done.has_value()) return std::unexpected(done.error());
  std::printf("weights %s\n", digest_of_weights(net).c_str());
  if ((*done).finished) std::printf("test accuracy %.4f\n", (*done).valid[1].value);
  else std::printf("stopped after step %lld of %lld; --resume goes on\n", static_cast<long long>((*done).step),
                   static_cast<long long>(c.epochs * training.size()));
  return {};
}

}  // namespace

int train(const options& o) {
  const auto c = configure(o);
  if (!c.has_value()) return complain(program, c.error().message);
  const tenon::status done = train_with(*c, o);
  return done.has_value() ? 0 : complain(program, done.error().message);
}
