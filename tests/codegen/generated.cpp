// Models compiled to headers, in the same program as the loader: the same bits.
#include "tenon/codegen/generated.hpp"

#include <cstring>

#include "../doctest.hpp"
#include "../support/allocations.hpp"
#include "classifier.hpp"
#include "mixed.hpp"
#include "operators.hpp"
#include "pictures.hpp"
#include "tenon/core/file.hpp"
#include "tenon/core/random.hpp"
#include "tenon/onnx/load.hpp"

using namespace tenon;

namespace {

/// What the loader says of a model for these inputs.
class loaded {
 public:
  explicit loaded(const std::string& name) {
    auto file = read_file(TENON_CODEGEN_MODELS "/" + name + ".onnx");
    REQUIRE_MESSAGE(file.has_value(), (file.has_value() ? "" : file.error().message));
    bytes_ = std::move(*file);
    model_ = value_or_raise(onnx::try_load(std::span<const std::byte>(bytes_.data(), bytes_.size()), all_operators()));
  }
  std::span<const any_view> run(std::initializer_list<any_view> inputs) { return session_.run(inputs); }

 private:
  buffer bytes_;
  model model_;
  session session_{model_};
};

bool same_bits(const any_view& a, const any_view& b) {
  return a.type == b.type && a.dims == b.dims && a.contiguous() && b.contiguous() && a.size() > 0 &&
         std::memcmp(a.bytes, b.bytes, static_cast<std::size_t>(a.byte_size())) == 0;
}

template <class T, class E>
tensor<T, E> random_tensor(unsigned seed) {
  tensor<T, E> t;
  for (T& x : t) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<T>(static_cast<float>(static_cast<int>(seed >> 8) - (1 << 23)) / static_cast<float>(1 << 21));
  }
  return t;
}

}  // namespace

TEST_CASE("a classifier as a header gives the loader's bits, and its runs allocate nothing") {
  classifier::model here;
  loaded model("classifier");
  for (unsigned seed = 1; seed < 50; ++seed) {
    const auto x = random_tensor<float, classifier::model::x_dims>(seed);
    const auto y = here(x);
    static_assert(std::is_same_v<decltype(y), const view<const float, extents<3, 5>>>);
    CHECK(same_bits(y, model.run({x})[0]));
  }
  const auto x = random_tensor<float, classifier::model::x_dims>(0);
  const auto before = tests::allocations();
  for (int i = 0; i < 100; ++i) REQUIRE(here.try_run(x).has_value());
  CHECK(tests::allocations() == before);
}

TEST_CASE("convolutions, fused and packed, give the loader's bits") {
  pictures::model here;
  loaded model("pictures");
  for (unsigned seed = 1; seed < 10; ++seed) {
    const auto x = random_tensor<float, pictures::model::default_2_dims>(seed);
    const auto y = here(x);
    const auto wanted = model.run({x});
    CHECK(same_bits(y.model_2, wanted[0]));
    CHECK(same_bits(y.pooled, wanted[1]));
  }
}

TEST_CASE("several inputs and outputs, of several types") {
  auto here = mixed::model::make();
  REQUIRE(here.has_value());
  loaded model("mixed");
  const auto a = random_tensor<f16, mixed::model::a_dims>(1);
  const auto b = random_tensor<f16, mixed::model::b_dims>(2);
  const auto n = random_tensor<i64, mixed::model::n_dims>(3);
  const auto y = (*here).try_run(a, b, n);
  REQUIRE_MESSAGE(y.has_value(), (y.has_value() ? "" : y.error().message));
  const auto wanted = model.run({a, b, n});
  CHECK(same_bits((*y).product, wanted[0]));
  CHECK(same_bits((*y).same, wanted[1]));
  CHECK(same_bits((*y).constant, wanted[2]));
  CHECK(same_bits((*y).twice, wanted[3]));
}

TEST_CASE("what the compiler cannot know of an argument is checked when the model runs") {
  classifier::model here;
  const auto said = [&](const any_view& v) {
    const auto y = here.try_run(v);
    return y.has_value() ? "nothing" : y.error().message;
  };
  const tensor<float> fits(shape{3, 12}), wide(shape{3, 13}), tall(shape{12, 3});
  CHECK(here.try_run(fits).has_value());
  CHECK(said(fits) == "nothing");
  CHECK(said(wide) == "input 'x' is float32 [3,12], not float32 [3,13]");
  CHECK(said(tensor<double>(shape{3, 12})) == "input 'x' is float32 [3,12], not float64 [3,12]");
  CHECK(said(tall.look().transposed()) == "input 'x' does not lie row-major");
  CHECK(said(any_view(dtype::f32, {3, 12}, nullptr)) == "input 'x' has no elements");
  CHECK(said(any_view()) == "input 'x' is float32 [3,12], not undefined []");
  using taken = codegen::argument<float, classifier::model::x_dims>;
  static_assert(std::is_convertible_v<tensor<float, extents<3, 12>>, taken>);
  static_assert(std::is_convertible_v<view<float>, taken>);
  static_assert(std::is_convertible_v<any_tensor, taken>);
  static_assert(!std::is_convertible_v<tensor<float, extents<3, 13>>, taken>);
  static_assert(!std::is_convertible_v<tensor<double>, taken>);
}

TEST_CASE("memory comes from where the caller says, or there is none") {
  limited_memory none(16), enough(1 << 20);
  const auto refused = classifier::model::make(&none);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().what == code::out_of_memory);
  CHECK(classifier::model::make(&enough).has_value());
  CHECK(enough.peak() > 0);
}
