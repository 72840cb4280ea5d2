// What the guide's model and its training are set to. It is kept in the artifacts folder: who reads the weights
// must build the same model.
#pragma once

#include <tenon/train/config.hpp>

struct ModelConfig {
  tenon::i64 channels = 8;   ///< of the first convolution; the second has twice as many
  tenon::i64 hidden = 64;
  double dropout = 0.25;
  void fields(this auto& self, auto&& f) { f("channels", self.channels), f("hidden", self.hidden), f("dropout", self.dropout); }
};

struct GuideConfig {
  ModelConfig model;
  tenon::i64 epochs = 10;
  tenon::i64 batch_size = 32;
  tenon::u64 seed = 1;
  double learning_rate = 0.002;
  void fields(this auto& self, auto&& f) {
    f("model", self.model), f("epochs", self.epochs), f("batch_size", self.batch_size), f("seed", self.seed);
    f("learning_rate", self.learning_rate);
  }
  /// That a training can be made of it: files are not trusted.
  tenon::status check() const {
    const auto within = [](const char* what, tenon::i64 n, tenon::i64 most) -> tenon::status {
      if (n >= 1 && n <= most) return {};
      return tenon::fail(tenon::code::invalid, {"'", what, "' is ", n, ", not from 1 to ", most});
    };
    for (tenon::status s : {within("model.channels", model.channels, 512), within("model.hidden", model.hidden, 65536),
                            within("epochs", epochs, 100'000), within("batch_size", batch_size, 65536)})
      if (!s.has_value()) return s;
    if (!(model.dropout >= 0 && model.dropout < 1))
      return tenon::fail(tenon::code::invalid, {"'model.dropout' is ", model.dropout, ", not at least 0 and below 1"});
    if (!(learning_rate > 0 && learning_rate <= 1))
      return tenon::fail(tenon::code::invalid, {"'learning_rate' is ", learning_rate, ", not above 0 and at most 1"});
    return {};
  }
};

/// The artifacts: this, and the records that the learner writes.
inline std::string config_file(const std::string& artifacts) { return artifacts + "/config.json"; }
inline tenon::result<GuideConfig> load_guide_config(const std::string& path) {
  auto c = tenon::train::load_config<GuideConfig>(path);
  if (!c.has_value()) return c;
  if (tenon::status s = (*c).check(); !s.has_value()) return wrap(s.error(), {path, ": "});
  return c;
}
