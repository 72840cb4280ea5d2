// Sizes for open dimensions: by name, by axis, and what is left open.
#include "tenon/codegen/sizes.hpp"

#include "../doctest.hpp"
#include "../graph/builder.hpp"
#include "tenon/ops/activation.hpp"

using namespace tenon;
using codegen::size_setting;

namespace {

model open_model() {
  tests::graph_builder b;
  b.input("a", dtype::f32, {-1, 3, -1}).input("b", dtype::i64, {-1});
  b.g.at(b.value("a")).symbols = {"batch", "", ""};
  b.g.at(b.value("b")).symbols = {"batch"};
  b.node(ops::Relu{}, {"a"}, {"y"}).output("y");
  return b.model();
}
std::string error_of(std::initializer_list<size_setting> settings) {
  const model m = open_model();
  const auto r = codegen::set_sizes(m, std::span(settings.begin(), settings.size()));
  return r.has_value() ? "nothing" : r.error().message;
}

}  // namespace

TEST_CASE("dimensions get their sizes by name and by axis") {
  const model m = open_model();
  const size_setting settings[] = {{"batch", 2}, {"a.2", 7}};
  const auto r = codegen::set_sizes(m, settings);
  REQUIRE(r.has_value());
  CHECK((*r)[0].dims == shape{2, 3, 7});
  CHECK((*r)[1].dims == shape{2});
  const size_setting own[] = {{"batch", 2}, {"a.2", 7}, {"b.0", 5}};
  const auto s = codegen::set_sizes(m, own);
  REQUIRE(s.has_value());
  CHECK((*s)[1].dims == shape{5});  // the axis by itself goes before the name
}

TEST_CASE("what is left open is asked for, all at once, and settings of no use are told") {
  CHECK(error_of({}) == "input 'a' of float32 [?,3,?] has dimensions without a size; say which with --set batch=SIZE --set a.2=SIZE");
  CHECK(error_of({{"batch", 2}}) == "input 'a' of float32 [2,3,?] has dimensions without a size; say which with --set a.2=SIZE");
  CHECK(error_of({{"batch", 2}, {"a.2", 7}, {"a.1", 3}, {"n", 1}}) ==
        "2 faults in the model:\nno input has an open dimension 'a.1'\nno input has an open dimension 'n'");
  CHECK(error_of({{"batch", 2}, {"a.2", -7}}) == "dimension 'a.2' cannot be -7");
}
