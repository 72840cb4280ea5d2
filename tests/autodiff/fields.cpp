// The walk over what a module names: paths, lists, what is left out, and parameters that lie at two paths.
#include "tenon/autodiff/fields.hpp"

#include <array>
#include <optional>

#include "../doctest.hpp"

namespace tests::autodiff {

using namespace tenon;

namespace {

struct pair {
  variable weight = parameter(tensor<float>({2, 3})), none, buffer = tensor<float>({4});
  void fields(this auto& self, auto&& f) { f("weight", self.weight), f("none", self.none), f("buffer", self.buffer); }
};
struct tree {
  pair first;
  std::vector<pair> layers{2};
  std::array<std::optional<pair>, 2> some{std::nullopt, pair{}};
  variable scale = parameter(tensor<double>(shape{}, {1}));
  void fields(this auto& self, auto&& f) {
    f("first", self.first), f("layers", self.layers), f("some", self.some), f("scale", self.scale), f("again", self.first.weight);
  }
};

}  // namespace

TEST_CASE("variables are visited by dotted path, in the order of fields") {
  const tree t;
  std::string paths;
  each_variable(t, [&](const std::string& path, const variable& v) { paths += join({path, " ", v.dims(), "\n"}); });
  CHECK(paths == "first.weight [2,3]\nfirst.buffer [4]\nlayers.0.weight [2,3]\nlayers.0.buffer [4]\nlayers.1.weight [2,3]\n"
                 "layers.1.buffer [4]\nsome.1.weight [2,3]\nsome.1.buffer [4]\nscale []\nagain [2,3]\n");
}

TEST_CASE("parameters are what has gradients, each once") {
  const tree t;
  std::string paths;
  for (const named_variable& p : parameters(t)) paths += p.path + " ";
  CHECK(paths == "first.weight layers.0.weight layers.1.weight some.1.weight scale ");
  CHECK(parameter_count(t) == 4 * 6 + 1);
}

TEST_CASE("a visitor may replace a variable") {
  tree t;
  each_variable(t, [](const std::string&, variable& v) { v = parameter(any_tensor(dtype::f64, v.dims())); });
  CHECK(t.layers[1].buffer.type() == dtype::f64);
  CHECK(t.layers[1].buffer.wants_gradient());
}

}  // namespace tests::autodiff
