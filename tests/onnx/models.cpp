// A real model through the importer, with the operators that it needs.
#include "doctest.hpp"

#include <map>

#include "support/allocations.hpp"
#include "operators.hpp"
#include "tenon/core/file.hpp"
#include "tenon/core/npy.hpp"
#include "tenon/onnx/load.hpp"

namespace {

tenon::buffer file(const char* path) {
  auto bytes = tenon::read_file(path);
  REQUIRE_MESSAGE(bytes.has_value(), (bytes.has_value() ? "" : bytes.error().message));
  return bytes.has_value() ? std::move(*bytes) : tenon::buffer();
}
std::span<const std::byte> look(const tenon::buffer& b) { return {b.data(), b.size()}; }

TEST_CASE("EfficientNet-Lite0 imports, its weights where the file has them") {
  const auto content = file("build/models/efficientnet_lite0.onnx");
  const auto bytes = look(content);
  REQUIRE(bytes.size() > 18'000'000);
  tenon::limited_memory counted(1 << 20);
  const auto r = tenon::onnx::import(bytes, all_operators(), {.from = &counted});
  REQUIRE_MESSAGE(r.has_value(), (r.has_value() ? "" : r.error().message));
  if (!r.has_value()) return;
  const tenon::graph& g = *r;
  CHECK(counted.peak() < 1024);  // the bounds of Clip, which are no raw_data
  std::map<std::string_view, int> nodes;
  for (const tenon::node& n : g.nodes) ++nodes[n.op.info().name];
  CHECK(nodes == std::map<std::string_view, int>{{"Conv", 49}, {"BatchNormalization", 49}, {"Clip", 33}, {"Add", 9},
                                                 {"GlobalAveragePool", 1}, {"Flatten", 1}, {"Gemm", 1}});
  CHECK(g.nodes.front().title() == "Conv '_conv_stem'");
  CHECK(g.nodes.back().title() == "Gemm 'logits'");
  REQUIRE(g.inputs.size() == 1);
  CHECK(g.at(g.inputs[0]).dims.from(1) == tenon::shape{3, 224, 224});
  tenon::i64 weights = 0;
  for (const tenon::value_info& v : g.values) weights += v.is_constant() ? v.constant().byte_size() : 0;
  CHECK(weights > 18'500'000);
}

TEST_CASE("every prefix of a real model's first bytes is refused") {
  const auto content = file("build/models/efficientnet_lite0.onnx");
  const auto bytes = look(content);
  for (std::size_t n = 0; n < 2000 && n < bytes.size(); ++n)
    CHECK(!tenon::onnx::import(bytes.first(n), all_operators()).has_value());
}

TEST_CASE("EfficientNet-Lite0 gives onnxruntime's logits to 1e-3, and its runs allocate nothing") {
  const auto content = file("build/models/efficientnet_lite0.onnx");
  const auto input = tenon::load_npy("build/models/efficientnet_lite0.input.npy");
  const auto logits = tenon::load_npy("build/models/efficientnet_lite0.logits.npy");
  REQUIRE((input.has_value() && logits.has_value()));
  const auto m = tenon::onnx::try_load(look(content), all_operators());
  REQUIRE_MESSAGE(m.has_value(), (m.has_value() ? "" : m.error().message));
  if (!m.has_value()) return;
  CHECK((*m).notes().fused.size() == 49);
  tenon::session s(*m);
  const tenon::any_view in[] = {*input};
  const auto first = s.try_run(in);
  REQUIRE_MESSAGE(first.has_value(), (first.has_value() ? "" : first.error().message));
  if (!first.has_value()) return;
  CHECK(s.planned().steps.size() == 51);
  const auto check = [&](const tenon::any_view& y) {
    REQUIRE(y.dims == (*logits).dims());
    float worst = 0;
    for (tenon::i64 i = 0; i < y.size(); ++i)
      worst = std::max(worst, std::abs(y.as<float>()[i] - (*logits).as<float>()[i]));
    CHECK(worst < 1e-3f);
  };
  check((*first)[0]);
  const auto before = tests::allocations();
#ifdef __wasm__
  const auto pages = __builtin_wasm_memory_size(0);
#endif
  for (int i = 0; i < 20; ++i) REQUIRE(s.try_run(in).has_value());
  CHECK(tests::allocations() == before);
#ifdef __wasm__
  CHECK(__builtin_wasm_memory_size(0) == pages);
#endif
  const auto last = s.try_run(in);
  if (last.has_value()) check((*last)[0]);
}

}  // namespace
