// Reductions: axes that are out of range or not known yet, reductions of nothing, and axes of older
// opsets.
#include "tenon/ops/reduce.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

const char* const names[] = {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                             "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"};

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
}, true, 1});
const by_reference max_reference(folding{"ReduceMax", [](const std::vector<number>& x, const number&) { return extreme(x, false); }, false});
const by_reference min_reference(folding{"ReduceMin", [](const std::vector<number>& x, const number&) { return extreme(x, true); }, false});

number squares(const std::vector<number>& x, const number& zero) {
  number r = zero;
  for (const number& v : x) r = r + v * v;
  return r;
}
const by_reference prod_reference(folding{"ReduceProd", [](const std::vector<number>& x, const number& zero) {
  number r = zero.like(1);
  for (const number& v : x) r = r * v;
  return r;
}, true, 128});
const by_reference l1_reference(folding{"ReduceL1", [](const std::vector<number>& x, const number& zero) {
  number r = zero;
  for (const number& v : x) r = v < zero ? r - v : r + v;
  return r;
}, true});
const by_reference square_reference(folding{"ReduceSumSquare", squares, true});
const by_reference l2_reference(folding{"ReduceL2", [](const std::vector<number>& x, const number& zero) {
  return zero.like(std::sqrt(static_cast<double>(squares(x, zero))));
}, true, 1});
/// Of integers the whole part, as Cast cuts it.
number cut(double x, const number& zero) {
  if (!zero.whole) return number(x);
  return number::of(x != x ? 0 : x < -0x1p63 ? -(reference::wide{1} << 63) : static_cast<reference::wide>(x));
}
const by_reference log_sum_reference(folding{"ReduceLogSum", [](const std::vector<number>& x, const number& zero) {
  return cut(std::log(static_cast<double>(total(x, zero))), zero);
}, true, 4, 0});
// From 1 on, so that the logarithm of the sum and the greatest do not cancel.
const by_reference log_sum_exp_reference(folding{"ReduceLogSumExp", [](const std::vector<number>& x, const number& zero) {
  double sum = 0;
  for (const number& v : x) sum += std::exp(static_cast<double>(v));
  return cut(std::log(sum), zero);
}, true, 8, 1, 9});

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
  CHECK(reduce_prod(whole, {0}).as<i32>()[1] == 1);
  CHECK(reduce_l2(whole, {0}).as<i32>()[1] == 0);
  CHECK(reduce_log_sum(none, {0}).as<float>()[1] == -__builtin_inff());
  CHECK(reduce_log_sum_exp(none, {0}).as<float>()[1] == -__builtin_inff());
  CHECK(reduce_min(truth).as<bool>()[0]);
  CHECK(!reduce_max(truth).as<bool>()[0]);
}

TEST_CASE("ReduceLogSumExp neither overflows nor subtracts infinities") {
  const float inf = __builtin_inff();
  const tensor<float> x({5, 2}, {1000, 1000, -1000, -1000, -inf, -inf, inf, 1, -inf, 3});
  const any_tensor y = reduce_log_sum_exp(x, {1});
  const auto is = [&](i64 i, float want) { return y.as<float>()[i] == want; };
  CHECK((is(0, 1000.693147f) && is(1, -999.306853f) && is(2, -inf) && is(3, inf) && is(4, 3)));
}

TEST_CASE("ReduceL2 of integers uses the sign bit of its sum of squares") {
  CHECK(reduce_l2(tensor<i32>({2}, {46340, 40000})).as<i32>()[0] == 61215);
  CHECK(reduce_l2(tensor<u64>({1}, {4000000000u})).as<u64>()[0] == 4000000000u);
}

TEST_CASE("without axes a reduction may still do what follows it") {
  const tensor<float> x({2}, {3, -2});
  const any_tensor y = reduce_sum_square(x, {}, {.noop_with_empty_axes = true});
  CHECK((y.as<float>()[0] == 9 && y.as<float>()[1] == 4));
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
