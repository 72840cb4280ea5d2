// Dropout: the identity, NumPy's masks in training, wrong inputs and older opsets.
#include "tenon/ops/dropout.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Dropout;

void dropout_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (const shape& dims : {shape{}, {1}, {n + 1}, {2, 3, 4}, {3, 3 * n + 1}, {0, 2}}) {
    table x = t.draw(dims), mask(dtype::boolean, dims), zero(dtype::f32, {}), yes(dtype::boolean, {}), half(dtype::f32, {});
    each(dims, [&](const shape& i) { mask[i] = number::of(1); });
    half.all[8] = 0.5, yes.all[8] = number::of(1);
    const Dropout o;
    t.expect(&o, {&x}, {&x, &mask}, 0, "inference");
    t.expect(&o, {&x, &half}, {&x}, 0, "a ratio that nobody asks for");
    t.expect(&o, {&x, &zero, &yes}, {&x, &mask}, 0, "training with nothing to drop");
  }
  // numpy.random.RandomState(0).uniform(size=(2, 3)): 0.549 0.715 0.603 0.545 0.424 0.646
  table x = t.draw({2, 3}), y = x, mask(dtype::boolean, {2, 3}), ratio(dtype::f32, {}), yes(dtype::boolean, {});
  ratio.all[8] = 0.75, yes.all[8] = number::of(1);
  each(x.dims, [&](const shape& i) { y[i] = 0.0; });
  const Dropout o{.seed = 0}, three{.seed = 3};
  t.expect(&o, {&x, &ratio, &yes}, {&y, &mask}, 0, "all dropped");
  // RandomState(3): 0.551 0.708 0.291 0.511 0.893 0.896
  mask[{1, 1}] = mask[{1, 2}] = number::of(1);
  for (i64 i : {1, 2}) y[{1, i}] = x[{1, i}].real * 4;
  t.expect(&three, {&x, &ratio, &yes}, {&y, &mask}, 0, "two are left");
}
const by_reference dropout_reference(cases{"Dropout", dropout_cases});

TEST_CASE("Dropout says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {3}), list = zeros(dtype::f32, {2}), flags = zeros(dtype::boolean, {2}), one = tensor<float>(shape{}, {1.0f}),
                   nan = tensor<float>(shape{}, {__builtin_nanf("")}), yes = tensor<bool>(shape{1}, {true});
  const Dropout o;
  CHECK(complaint("Dropout", &o, {x, list}) == "Dropout: ratio of shape [2] is no scalar");
  CHECK(complaint("Dropout", &o, {x, one, flags}) == "Dropout: training_mode of shape [2] is no scalar");
  CHECK(complaint("Dropout", &o, {x, one, yes}) == "Dropout: ratio 1 is not between 0 and 1");
  CHECK(complaint("Dropout", &o, {x, nan, yes}) == "Dropout: ratio nan is not between 0 and 1");
  CHECK(complaint("Dropout", &o, {x, one}) == "");
}

TEST_CASE("Dropout of older opsets") {
  const op_info& info = row("Dropout");
  Dropout eleven, six, tested;
  fake_node n11(11), n6(6), test6(6);
  n11.attributes["ratio"] = 0.25f;
  test6.attributes["is_test"] = i64{1};
  test6.attributes["consumed_inputs"] = ints{0};
  CHECK((info.upgrade(&eleven, n11).has_value() && info.upgrade(&six, n6).has_value() && info.upgrade(&tested, test6).has_value()));
  CHECK((eleven.old_ratio.value == 0.25f && !eleven.trains.value));
  CHECK((six.old_ratio.value == 0.5f && six.trains.value));
  CHECK((!tested.trains.value && test6.attributes.empty()));
  // Before opset 10 the mask is of the data's type. RandomState(0): 0.549 0.715 0.603 0.545, and the ratio is a half.
  CHECK((six.typed_mask.value && !eleven.typed_mask.value));
  const any_tensor x = tensor<double>(shape{4}, {1, 2, 3, 4});
  const any_view in[] = {x};
  for (const Dropout& o : {six, tested}) {
    const auto made = try_apply(info, &o, in);
    REQUIRE(made.has_value());
    if (!made.has_value()) return;
    CHECK((*made)[1].type() == dtype::f64);
    for (i64 i = 0; i < 4; ++i) CHECK((*made)[1].as<double>()[i] == 1);
    CHECK((*made)[0].as<double>()[3] == (o.trains.value ? 8 : 4));
  }
}

}  // namespace tests::ops
