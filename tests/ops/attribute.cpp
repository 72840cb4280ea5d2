// Attributes: names, types and defaults read off a struct's members.
#include "tenon/ops/attribute.hpp"

#include "../doctest.hpp"

namespace tests::ops {

using namespace tenon;

namespace attribute_samples {

struct many {
  float alpha = 0.5f;
  i64 group = 1;
  bool flag{};
  std::string mode = "up";
  floats scales{};
  ints pads{};
  strings labels{};
  any_tensor value{};
  required<dtype> to{};
  std::optional<i64> size{};
  required<ints> shape_of_it{};
  std::optional<float> ratio{};
  struct {
    int hidden;
  } state{};
  upgraded<bool> older{};
};
struct none {};

}  // namespace attribute_samples

using attribute_samples::many;
using attribute_samples::none;

TEST_CASE("members are attributes by name, type and need") {
  using enum attribute_type;
  const auto& all = attributes_of<many>;
  const attribute expected[] = {
      {"alpha", real}, {"group", integer}, {"flag", boolean}, {"mode", text}, {"scales", reals}, {"pads", integers},
      {"labels", texts}, {"value", attribute_type::tensor}, {"to", element_type, true}, {"size", integer, false, true},
      {"shape_of_it", integers, true}, {"ratio", real, false, true}, {"state", internal, false, false, true},
      {"older", boolean, false, false, true}};
  REQUIRE(all.size() == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CHECK(all[i].name == expected[i].name);
    CHECK(all[i].type == expected[i].type);
    CHECK(all[i].needed == expected[i].needed);
    CHECK(all[i].optional == expected[i].optional);
    CHECK(all[i].hidden == expected[i].hidden);
  }
  CHECK(attributes_of<none>.empty());
  CHECK(type_name<many> == "many");
}

TEST_CASE("a walk hands over every member where it is") {
  struct collector final : attribute_sink {
    void member(const attribute& a, void* at) override {
      names.push_back(std::string(a.name));
      if (a.name == "group") *static_cast<i64*>(at) = 7;
      if (a.name == "size") *static_cast<std::optional<i64>*>(at) = 9;
      if (a.name == "shape_of_it") *static_cast<ints*>(at) = {1, 2};
    }
    std::vector<std::string> names;
  } seen;
  many m;
  walk_attributes<many>(&m, seen);
  CHECK(seen.names.size() == 14);
  CHECK(m.group == 7);
  CHECK(m.size == 9);
  CHECK(m.shape_of_it.value == ints{1, 2});
  none n;
  walk_attributes<none>(&n, seen);
  CHECK(seen.names.size() == 14);
}

TEST_CASE("a required attribute is written and read as its value") {
  struct holder {
    required<i64> axis{};
  };
  const holder h{.axis = i64{3}};
  const i64 axis = h.axis;
  CHECK(axis == 3);
}

}  // namespace tests::ops
