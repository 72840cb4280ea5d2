// Sequences, optionals and maps as values.
#include "tenon/core/container.hpp"

#include "doctest.hpp"
#include "tenon/core/print.hpp"

namespace tests::containers {

namespace {

using namespace tenon;

any_tensor vector(std::initializer_list<float> v) { return tensor<float>({static_cast<i64>(v.size())}, v); }

std::string why(dtype type, std::vector<any_tensor> elements) {
  const auto r = try_contain(type, elements);
  return r.has_value() ? "" : r.error().message;
}

}  // namespace

TEST_CASE("a type has a form and an element type") {
  const std::pair<form, const char*> names[] = {{form::tensor, "float16"}, {form::sequence, "sequence of float16"}, {form::optional, "optional float16"},
      {form::optional_sequence, "optional sequence of float16"}, {form::integer_map, "map of int64 to float16"}, {form::text_map, "map of string to float16"},
      {form::integer_maps, "sequence of maps of int64 to float16"}, {form::text_maps, "sequence of maps of string to float16"}};
  for (const auto& [f, name] : names) {
    const dtype d = in_form(f, dtype::f16);
    CHECK(full_name(d) == name);
    CHECK((form_of(d) == f && element_of(d) == dtype::f16 && is_container(d) == (f != form::tensor)));
    CHECK((dtypes::any.has(d) && dtypes::all.has(d) == (f == form::tensor) && compute_dtype(d) == (f == form::tensor ? dtype::f32 : d)));
    CHECK(size_of(d) == (f == form::tensor ? 2 : sizeof(shared_value)));
  }
}

TEST_CASE("elements are shared and go with the last that holds them") {
  limited_memory memory(1 << 20);
  {
    any_tensor elements[] = {value_or_raise(any_tensor::try_make(dtype::f32, {1000}, &memory))};
    any_tensor one = value_or_raise(try_contain(in_form(form::sequence, dtype::f32), elements, &memory)), two = one;
    CHECK(!elements[0]);
    CHECK(item(one, 0).bytes == item(two, 0).bytes);
    CHECK(memory.used() < 5000);
    one = {};
    CHECK(item(two, 0).as<float>()[999] == 0);
    two.as<shared_value>()[0] = {};
    CHECK(!item(two, 0));
    CHECK(memory.used() < 1000);
  }
  CHECK(memory.used() == 0);
  any_tensor elements[] = {vector({1})};
  limited_memory none(100);
  CHECK(!try_contain(in_form(form::sequence, dtype::f32), elements, &none).has_value());
  CHECK(none.used() == 0);
}

TEST_CASE("a value is put together as its type says") {
  const dtype s = in_form(form::sequence, dtype::f32), o = in_form(form::optional, dtype::f32), m = in_form(form::text_map, dtype::f32);
  const any_tensor x = vector({1, 2}), keys = tensor<std::string>({2}, {"a", "b"});
  CHECK(why(s, {x, x}) == "");
  CHECK(why(s, {}) == "");
  CHECK(why(s, {x, keys}) == "element 1 of sequence of float32 is string");
  CHECK(why(s, {x, any_tensor()}) == "element 1 of sequence of float32 is missing");
  CHECK(why(o, {x, x}) == "optional float32 cannot have shape [2]");
  CHECK(why(in_form(form::optional_sequence, dtype::f32), {x}) == "element 0 of optional sequence of float32 is float32");
  CHECK(why(m, {keys, x}) == "");
  CHECK(why(m, {keys}) == "map of string to float32 cannot have shape [1]");
  CHECK(why(m, {x, x}) == "element 0 of map of string to float32 is float32");
  CHECK(why(m, {keys, vector({1})}) == "a map has keys of shape [2] for values of shape [1]");
  any_tensor parts[] = {keys, x};
  CHECK(why(in_form(form::text_maps, dtype::f32), {value_or_raise(try_contain(m, parts))}) == "");
  CHECK(!check_container(any_tensor(s, {2})).has_value());
  CHECK(!check_container(any_tensor(s, {1, 1})).has_value());
  CHECK(!any_tensor::try_make(in_form(form::sequence, dtype::none), {0}).has_value());
  CHECK(to_string(sequence({x, vector({3})})) == "{[1. 2.],\n [3.]}");
}

}  // namespace tests::containers
