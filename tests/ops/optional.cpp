// Optional values, there and missing.
#include "containers.hpp"

namespace tests::ops {
namespace {

using tenon::ops::Identity;
using tenon::ops::Optional;
using tenon::ops::OptionalGetElement;
using tenon::ops::OptionalHasElement;

TEST_CASE("an optional value is there or missing") {
  const any_tensor x = tensor<float>({2}, {1, 2}), s = tenon::sequence({x});
  const dtype of_x = in_form(tenon::form::optional, dtype::f32), of_s = in_form(tenon::form::optional_sequence, dtype::f32);
  any_tensor elements[] = {x, s};
  const any_tensor has_x = value_or_raise(try_contain(of_x, std::span(elements, 1))), has_s = value_or_raise(try_contain(of_s, std::span(elements + 1, 1))),
                   no_x = value_or_raise(try_contain(of_x, {})), no_s = value_or_raise(try_contain(of_s, {}));
  CHECK(made("Optional", Optional{}, {x}) == "{[1. 2.]}");
  CHECK(made("Optional", Optional{}, {s}) == "{{[1. 2.]}}");
  CHECK(made("Optional", Optional{.type = {s.type()}}, {}) == "{}");
  CHECK(made("Optional", Optional{}, {}) == "Optional: there is neither an input nor a type");
  CHECK(made("Optional", Optional{.type = {dtype::i64}}, {x}) == "Optional: the input is float32 where int64 is expected");
  CHECK(made("Optional", Optional{}, {no_x}) == "Optional: optional float32 cannot be optional");
  CHECK(made("OptionalGetElement", OptionalGetElement{}, {has_x}) == "[1. 2.]");
  CHECK(made("OptionalGetElement", OptionalGetElement{}, {has_s}) == "{[1. 2.]}");
  CHECK(made("OptionalGetElement", OptionalGetElement{}, {s}) == "{[1. 2.]}");
  CHECK(made("OptionalGetElement", OptionalGetElement{}, {x}) == "[1. 2.]");
  CHECK(made("OptionalGetElement", OptionalGetElement{}, {no_s}) ==
        "OptionalGetElement: the input, optional sequence of float32, has no element");
  for (const any_tensor& v : {x, s, has_x, has_s}) CHECK(made("OptionalHasElement", OptionalHasElement{}, {v}) == "True");
  for (const any_tensor& v : {no_x, no_s, any_tensor()}) CHECK(made("OptionalHasElement", OptionalHasElement{}, {v}) == "False");
  CHECK(made("OptionalHasElement", OptionalHasElement{}, {}) == "False");
  CHECK(made("Identity", Identity{}, {has_s}) == "{{[1. 2.]}}");
}

}  // namespace
}  // namespace tests::ops
