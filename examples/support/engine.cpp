// Loading and running, once for all programs that carry a model.
#include "engine.hpp"

#include <tenon/graph/session.hpp>
#include <tenon/onnx/load.hpp>

#include "operators.hpp"

struct engine::parts {
  explicit parts(tenon::model&& m) : model(std::move(m)) {}
  tenon::model model;
  tenon::session session{model};
};

engine::engine(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
engine::engine(engine&&) noexcept = default;
engine::~engine() = default;

tenon::result<engine> engine::make(std::span<const std::byte> model) {
  auto loaded = tenon::onnx::try_load(model, all_operators());
  if (!loaded.has_value()) return wrap(std::move(loaded.error()), {"the model in the program: "});
  return engine(std::make_unique<parts>(std::move(*loaded)));
}

tenon::result<std::span<const tenon::any_view>> engine::run(std::initializer_list<tenon::any_view> inputs) {
  return parts_->session.try_run({inputs.begin(), inputs.size()});
}
