#include "tenon/train/record.hpp"

#include "doctest.hpp"

using tenon::tensor;
using tenon::variable;

namespace {

struct Part {
  variable weight = tenon::parameter(tensor<float>({2}, {1, 2}));
  variable none;
  void fields(this auto& self, auto&& f) { f("weight", self.weight), f("none", self.none); }
};
struct Whole {
  std::vector<Part> parts = std::vector<Part>(2);
  variable count = tensor<tenon::i64>(tenon::shape{}, {7});
  void fields(this auto& self, auto&& f) { f("parts", self.parts), f("count", self.count); }
};

}  // namespace

TEST_CASE("a record gives everything that fields names its value back") {
  const std::string path = tests::scratch("whole.safetensors");
  Whole a;
  a.parts[1].weight.assign(tensor<float>({2}, {3, 4}));
  REQUIRE(tenon::train::save_record(path, a).has_value());
  Whole b;
  b.count.assign(tensor<tenon::i64>(tenon::shape{}, {0}));
  const variable handle = b.parts[1].weight;
  REQUIRE(tenon::train::load_record(path, b).has_value());
  CHECK(handle.value().as<float>()[1] == 4);
  CHECK(handle.wants_gradient());
  CHECK(*b.count.value().as<tenon::i64>() == 7);
}

TEST_CASE("a record that does not fit changes nothing and says all that is wrong") {
  const std::string path = tests::scratch("other.safetensors");
  const tensor<float> two({2}, {5, 6}), three({3});
  const tenon::named_tensor all[] = {{"parts.0.weight", two}, {"parts.1.weight", three}, {"bias", two}};
  const auto bytes = tenon::format_safetensors(all);
  REQUIRE(bytes.has_value());
  REQUIRE(tenon::write_file(path, (*bytes).look()).has_value());
  Whole w;
  const auto s = tenon::train::load_record(path, w);
  REQUIRE(!s.has_value());
  CHECK(s.error().message == path + ": the record does not fit: 'parts.1.weight' is float32 [3], not float32 [2]\n"
                                    "  lacks 'count'\n  has 'bias', which has no place");
  CHECK(w.parts[0].weight.value().as<float>()[0] == 1);
  REQUIRE(tenon::write_file(path, (*bytes).look().first(20)).has_value());
  CHECK(tenon::train::load_record(path, w).error().message.starts_with(path + ": safetensors: a header of "));
}
