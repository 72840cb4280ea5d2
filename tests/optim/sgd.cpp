// Sgd: against PyTorch's rule written out, and its state as a module.
#include "tenon/optim/sgd.hpp"

#include "../doctest.hpp"

namespace tests::optim {

using namespace tenon;
namespace optim = tenon::optim;

namespace {

struct two {
  variable w = parameter(tensor<double>({2}, {1, -2})), unused = parameter(tensor<float>({1}, {3}));
  void fields(this auto& self, auto&& f) { f("w", self.w), f("unused", self.unused); }
};
/// The gradient of w is 2 w.
gradients slope(const two& net) { return backward(reduce_sum(net.w * net.w)); }
double at(const variable& v, i64 i) { return v.value().as<double>()[i]; }

}  // namespace

TEST_CASE("plain descent goes against the gradient, and leaves alone what has none") {
  two net;
  optim::Sgd sgd;
  const variable before = net.w * 1;
  sgd.step(net, slope(net), 0.25);
  CHECK(at(net.w, 0) == 0.5);
  CHECK(at(net.w, 1) == -1);
  CHECK(at(before, 1) == -2);
  CHECK(*net.unused.value().as<float>() == 3);
  i64 remembered = 0;
  each_variable(sgd, [&](const std::string&, const variable&) { ++remembered; });
  CHECK(remembered == 0);
}

TEST_CASE("momentum and weight decay follow PyTorch's rule") {
  for (const bool nesterov : {false, true}) {
    two net;
    optim::Sgd sgd{.momentum = 0.5, .weight_decay = 0.125, .nesterov = nesterov};
    double x = -2, v = 0;
    for (int i = 0; i < 3; ++i) {
      sgd.step(net, slope(net), 0.25);
      const double d = 2 * x + 0.125 * x;
      v = 0.5 * v + d;
      x -= 0.25 * (nesterov ? d + 0.5 * v : v);
      CHECK(at(net.w, 1) == x);
    }
  }
}

TEST_CASE("what it remembers has paths, and continues from there") {
  two net, other;
  optim::Sgd sgd{.momentum = 0.5}, resumed{.momentum = 0.5};
  sgd.step(net, slope(net), 0.25);
  resumed.prepare(other);
  std::map<std::string, any_tensor> record;
  each_variable(sgd, [&](const std::string& path, const variable& v) { record[path] = v.value(); });
  each_variable(resumed, [&](const std::string& path, variable& v) {
    if (record.contains(path)) v.assign(record[path]);
  });
  CHECK(record.size() == 1);
  CHECK(record.contains("velocity.w"));
  other.w.assign(net.w);
  sgd.step(net, slope(net), 0.25);
  resumed.step(other, slope(other), 0.25);
  CHECK(at(net.w, 0) == at(other.w, 0));
}

}  // namespace tests::optim
