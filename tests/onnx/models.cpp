// A real model through the importer, with the operators that it needs.
#include "doctest.hpp"

#include <cstdio>
#include <map>
#include <vector>

#include "tenon/onnx/import.hpp"
#include "tenon/ops/vision.hpp"

namespace {

std::vector<std::byte> file(const char* path) {
  std::vector<std::byte> bytes;
  std::FILE* f = std::fopen(path, "rb");
  if (f == nullptr) return bytes;
  bytes.resize(std::size_t{32} << 20);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), f));
  std::fclose(f);
  return bytes;
}

TEST_CASE("EfficientNet-Lite0 imports, its weights where the file has them") {
  const auto bytes = file("build/models/efficientnet_lite0.onnx");
  REQUIRE(bytes.size() > 18'000'000);
  tenon::limited_memory counted(1 << 20);
  const auto r = tenon::onnx::import(bytes, tenon::ops::vision{}, {.from = &counted});
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
  for (const tenon::value_info& v : g.values) weights += v.is_constant() ? v.constant.byte_size() : 0;
  CHECK(weights > 18'500'000);
}

TEST_CASE("every prefix of a real model's first bytes is refused") {
  const auto bytes = file("build/models/efficientnet_lite0.onnx");
  for (std::size_t n = 0; n < 2000 && n < bytes.size(); ++n)
    CHECK(!tenon::onnx::import(std::span(bytes).first(n), tenon::ops::vision{}).has_value());
}

}  // namespace
