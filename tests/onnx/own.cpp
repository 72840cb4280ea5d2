// An operator of the user's own, in the user's own namespace: found by the loader through a list, run in a
// plan, and told apart from those that nobody knows.
#include "doctest.hpp"

#include "tenon/onnx/load.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/body.hpp"
#include "writer.hpp"

namespace acme {

using namespace tenon::kinds;

/// y = x^3 * gain; element by element, with everything that follows from it.
struct Cube {
  using kind = unary;
  static constexpr std::string_view domain = "com.acme";
  static constexpr int since = 2;
  static constexpr tenon::dtype_set dtypes = tenon::dtypes::floating;
  float gain = 1;
  auto operator()(auto x) const {
    using T = tenon::simd::scalar_t<decltype(x)>;
    return x * x * x * T(gain);
  }
};

/// The sums of the elements before each one, along the only axis.
struct Before {
  using kind = general;
  static constexpr std::string_view domain = "com.acme";
  static constexpr int since = 1;
  static constexpr tenon::dtype_set dtypes = {tenon::dtype::f32};
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  tenon::status infer(tenon::infer_context& c) const {
    if (c.rank(0) != 1) return c.invalid({"X has shape ", c.dims(0), ", and a list is expected"});
    return c.output(0, c.dims(0));
  }
  tenon::status run(tenon::run_context& c) const {
    float sum = 0;
    for (tenon::i64 i = 0; i < c.input(0).size(); ++i) {
      c.output(0).as<float>()[i] = sum;
      sum += c.input(0).as<float>()[i];
    }
    return {};
  }
};

using all = tenon::join_t<tenon::ops::arithmetic, tenon::list<Cube, Before>>;

}  // namespace acme

namespace {

using namespace tests::onnx;
using tenon::dtype;

parts model() {
  parts p;
  p.nodes = {node("Cube", "c", {"x"}, {"y"}, {real("gain", 2)}, "com.acme"), node("Add", "", {"y", "x"}, {"z"}),
             node("Before", "b", {"z"}, {"s"}, {}, "com.acme")};
  p.inputs = {value("x", dtype::f32, {-1})};
  p.outputs = {value("s", dtype::f32, {-1})};
  p.domains = {{"com.acme", 2}};
  return p;
}

}  // namespace

TEST_CASE("an operator of one's own is loaded and run like any other") {
  const message bytes = model().model();
  auto m = tenon::onnx::try_load<acme::all>(bytes.span());
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  if (!m.has_value()) return;
  tenon::session s(*m);
  const tenon::tensor<float> x({4}, {1, 2, 3, -1});
  const tenon::any_view y = s(x);
  CHECK(std::vector<float>(y.as<float>(), y.as<float>() + y.size()) == std::vector<float>{0, 3, 21, 78});
  CHECK(tenon::apply(acme::Cube{.gain = 0.5f}, x).as<float>()[2] == 13.5f);
  const tenon::tensor<float> square({2, 2}, {1, 2, 3, 4});
  const tenon::any_view wrong[] = {square};
  parts p = model();
  p.inputs = {value("x", dtype::f32, {-1, -1})};
  const message flat = p.model();
  auto n = tenon::onnx::try_load<acme::all>(flat.span());
  if (!n.has_value()) return;
  tenon::session t(*n);
  const auto r = t.try_run(wrong);
  CHECK((!r.has_value() && r.error().message == "Before 'b': X has shape [2,2], and a list is expected"));
}

TEST_CASE("without its list it is an operator that nobody knows") {
  const message bytes = model().model();
  const auto m = tenon::onnx::try_load<tenon::ops::arithmetic>(bytes.span());
  REQUIRE(!m.has_value());
  if (!m.has_value())
    CHECK(m.error().message ==
          "2 faults in the model:\n"
          "Cube 'c': there is no operator 'Cube' of domain 'com.acme' (version 2, float32)\n"
          "Before 'b': there is no operator 'Before' of domain 'com.acme' (version 2)");
}
