#include "tenon/train/config.hpp"

#include <cstdint>

#include "doctest.hpp"

namespace {

struct Inner {
  int width = 64;
  void fields(this auto& self, auto&& f) { f("width", self.width); }
};
struct Config {
  Inner model;
  double rate = 1e-3;
  float decay = 0.1f;
  bool shuffle = true;
  std::string name = "a \"b\"";
  std::vector<tenon::i64> steps{1, 2};
  std::uint64_t seed = 0;
  void fields(this auto& self, auto&& f) {
    f("model", self.model), f("rate", self.rate), f("decay", self.decay), f("shuffle", self.shuffle), f("name", self.name);
    f("steps", self.steps), f("seed", self.seed);
  }
};

std::string failure(std::string_view text) {
  const auto c = tenon::train::config_from_json<Config>(text);
  return c.has_value() ? "read" : c.error().message;
}

}  // namespace

TEST_CASE("a config becomes JSON and comes back; what is not said keeps its default") {
  const std::string text = tenon::train::config_to_json(Config{});
  CHECK(text == "{\n  \"model\": {\n    \"width\": 64\n  },\n  \"rate\": 0.001,\n  \"decay\": 0.1,\n  \"shuffle\": true,\n"
                "  \"name\": \"a \\\"b\\\"\",\n  \"steps\": [1, 2],\n  \"seed\": 0\n}\n");
  const auto same = tenon::train::config_from_json<Config>(text);
  REQUIRE(same.has_value());
  CHECK(tenon::train::config_to_json(*same) == text);
  const auto some = tenon::train::config_from_json<Config>(R"({"steps": [7], "model": {"width": 2e1}, "seed": 18446744073709551615})");
  REQUIRE(some.has_value());
  if (!some.has_value()) return;
  CHECK((*some).model.width == 20);
  CHECK((*some).steps == std::vector<tenon::i64>{7});
  CHECK((*some).seed == UINT64_MAX);
  CHECK(tenon::train::config_to_json(*some).ends_with("\"seed\": 18446744073709551615\n}\n"));
  CHECK((*some).rate == 1e-3);
}

TEST_CASE("unknown keys and wrong types are errors with line and column") {
  CHECK(failure("{\n  \"rat\": 1\n}") == "line 2, column 3: there is no 'rat'; known are model, rate, decay, shuffle, name, steps, seed");
  CHECK(failure("{\"model\": {\"hight\": 1}}") == "line 1, column 12: there is no 'model.hight'; known are width");
  CHECK(failure("{\"rate\": \"fast\"}") == "line 1, column 10: 'rate' takes a number, not a text");
  CHECK(failure("{\"shuffle\": 1}") == "line 1, column 13: 'shuffle' takes true or false, not a number");
  CHECK(failure("{\"model\": 1}") == "line 1, column 11: 'model' takes an object, not a number");
  CHECK(failure("{\"model\": {\"width\": 1.5}}") == "line 1, column 21: 'model.width' takes a whole number that 64 bits hold, not 1.5");
  CHECK(failure("{\"model\": {\"width\": 3000000000}}") ==
        "line 1, column 21: 'model.width' takes a whole number from -2147483648 to 2147483647, not 3000000000");
  CHECK(failure("{\"seed\": -1}") == "line 1, column 10: 'seed' takes a whole number from 0 to 18446744073709551615, not -1");
  CHECK(failure("{\"steps\": [1, null]}") == "line 1, column 15: 'steps[1]' takes a whole number, not null");
  CHECK(failure("[]") == "line 1, column 1: the config takes an object, not a list");
  CHECK(failure("{\"rate\": 1, \"rate\": 2}").starts_with("line 1, column 13: the key "));
  CHECK(failure("{").starts_with("line 1, column 2: "));
}
