// guide infer: the model of an artifacts folder, and the digits that it reads.
#include <tenon/ops/softmax.hpp>
#include <tenon/train/record.hpp>

#include "commands.hpp"
#include "data.hpp"
#include "digit.hpp"
#include "model.hpp"

namespace {

tenon::status read_digit(const Model& net, const char* file, bool as_json) {
  const auto content = tenon::read_file(file, nullptr, INT32_MAX);
  if (!content.has_value()) return std::unexpected(content.error());
  const auto in_file = [&](const tenon::error& e) { return wrap(e, {file, ": "}); };
  const auto decoded = picture::decode((*content).look());
  if (!decoded.has_value()) return in_file(decoded.error());
  const auto digit = as_digit(*decoded);
  if (!digit.has_value()) return in_file(digit.error());

  const tenon::any_tensor pixels = (*digit).pixels;
  const tenon::any_tensor shares = softmax(net(normalized(reshape(pixels, {1, 28, 28}))).value());
  const std::span p(shares.as<float>(), 10);
  const auto best = std::ranges::max_element(p) - p.begin();
  if (as_json) {
    using tenon::json;
    json::list all;
    for (float x : p) all.push_back(x);
    std::puts(write_json(json::object{{"image", file}, {"digit", best}, {"dark_on_light", (*digit).dark_on_light}, {"probabilities", std::move(all)}}).c_str());
  } else {
    std::printf("%s: %d, to %.1f %% (%s)\n", file, static_cast<int>(best), 100 * static_cast<double>(p[static_cast<std::size_t>(best)]),
                (*digit).dark_on_light ? "dark on light" : "light on dark");
  }
  return {};
}

}  // namespace

int infer(const options& o) {
  const auto c = load_guide_config(config_file(o.artifacts));
  if (!c.has_value()) return complain(program, c.error().message);
  Model net((*c).model);
  if (tenon::status s = tenon::train::load_record(tenon::train::model_file(o.artifacts), net); !s.has_value())
    return complain(program, s.error().message);
  int code = 0;
  for (const char* file : o.images)
    if (const auto done = read_digit(net, file, o.json); !done.has_value()) code = complain(program, done.error().message);
  return code;
}
