// Reductions: axes that are out of range or not known yet, reductions of nothing, and axes of older
// opsets.
#include "tenon/ops/reduce.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

const char* const names[] = {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"};

number extreme(const std::vector<number>& x, bool least) {
  number r = x[0];
  for (const number& v : x) {
    if (v.is_nan()) return v;
    if (least ? v < r : r < v) r = v;
  }
  return r;
}
number total(const std::vector<number>& x, const number& zero) {
  number r = zero;
  for (const number& v : x) r = r + v;
  return r;
}
const by_reference sum_reference(folding{"ReduceSum", total, true});
const by_reference mean_reference(folding{"ReduceMean", [](const std::vector<number>& x, const number& zero) {
  const number sum = total(x, zero);
  return zero.whole && x.empty() ? zero : sum / zero.like(static_cast<double>(x.size()));
}, true});
const by_reference max_reference(folding{"ReduceMax", [](const std::vector<number>& x, const number&) { return extreme(x, false); }, false});
const by_reference min_reference(folding{"ReduceMin", [](const std::vector<number>& x, const number&) { return extreme(x, true); }, false});

std::string says(const char* name, const any_view& x, const any_view& axes) {
  const any_op op(row(name));
  const std::string all = complaint(name, op.get(), {x, axes});
  CHECK((all.empty() || all.starts_with(join({name, ": "}))));
  return all.empty() ? all : all.substr(std::string_view(name).size() + 2);
}

}  // namespace

TEST_CASE("reductions say which axis is out of range") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), scalar = zeros(dtype::f32, {}), s = zeros(dtype::string, {2});
  for (const char* name : names) {
    CHECK(says(name, x, tensor<i64>({2}, {1, -2})) == "");
    CHECK(says(name, x, tensor<i64>({1}, {2})) == "axis 2 is out of range for rank 2");
    CHECK(says(name, x, tensor<i64>({2}, {0, -3})) == "axis -3 is out of range for rank 2");
    CHECK(says(name, x, tensor<i64>({1}, {INT64_MIN})) == "axis -9223372036854775808 is out of range for rank 2");
    CHECK(says(name, scalar, tensor<i64>({1}, {0})) == "axis 0 is out of range for rank 0");
    CHECK(says(name, x, tensor<i32>({1}, {0})) == "input axes cannot be int32");
    CHECK(says(name, s, {}) == "input data cannot be string");
    CHECK(says(name, x, tensor<i64>(shape{1000})) == "");
  }
}

TEST_CASE("axes are read as they lie in memory") {
  const tensor<float> x({2, 3, 1}, {1, 2, 3, 4, 5, 6});
  const i64 backwards[] = {0, 7, 2, 7};
  const any_view axes(dtype::i64, shape{2}, shape{-2}, reinterpret_cast<const std::byte*>(backwards + 2));
  const any_view in[] = {x.look(), axes};
  const any_op op(row("ReduceSum"));
  const auto r = try_apply(row("ReduceSum"), op.get(), in);
  REQUIRE(r.has_value());
  if (!r.has_value()) return;
  CHECK(join({(*r)[0].dims()}) == "[1,3,1]");
  CHECK(((*r)[0].as<float>()[0] == 5 && (*r)[0].as<float>()[1] == 7 && (*r)[0].as<float>()[2] == 9));
}

TEST_CASE("axes that are not known yet are waited for") {
  for (const char* name : names) {
    const known in[] = {{dtype::f32, shape{2, 3}, {}}, {dtype::i64, shape{1}, {}}};
    known out[1];
    infer_context c(row(name), in, out);
    const any_op op(row(name));
    CHECK(row(name).infer(op.get(), c).has_value());
    CHECK(c.is_later());
  }
}

TEST_CASE("reductions of nothing give what changes nothing, and never trap") {
  const tensor<float> none({0, 2});
  const tensor<i32> whole({0, 2});
  const tensor<bool> truth({0});
  CHECK(reduce_sum(none, {0}).as<float>()[1] == 0);
  CHECK(reduce_max(none, {0}).as<float>()[1] == -__builtin_inff());
  CHECK(reduce_min(none, {0}).as<float>()[1] == __builtin_inff());
  const any_tensor mean = reduce_mean(none, {0});
  CHECK(mean.as<float>()[0] != mean.as<float>()[0]);
  CHECK(reduce_max(whole, {0}).as<i32>()[1] == INT32_MIN);
  CHECK(reduce_min(whole, {0}).as<i32>()[1] == INT32_MAX);
  CHECK(reduce_mean(whole, {0}).as<i32>()[0] == 0);
  CHECK(reduce_min(truth).as<bool>()[0]);
  CHECK(!reduce_max(truth).as<bool>()[0]);
}

TEST_CASE("reductions of opset 11 have their axes as an attribute") {
  for (const char* name : names) {
    any_op op(row(name));
    fake_node n(11), all(11);
    n.attributes["axes"] = ints{1, -1};
    CHECK(row(name).upgrade(op.get(), n).has_value());
    CHECK(row(name).upgrade(op.get(), all).has_value());
    CHECK(set_input(n, 1) == "int64 1 -1 [2]");
    CHECK(set_input(all, 1) == "absent");
    CHECK(!n.has_attribute("axes"));
  }
}

}  // namespace tests::ops
