// Optimisers against PyTorch's rules written out, their state as a module, and schedules.
#include "tenon/optim/state.hpp"

#include "../doctest.hpp"
#include "tenon/optim/adam.hpp"
#include "tenon/optim/schedule.hpp"
#include "tenon/optim/sgd.hpp"

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

TEST_CASE("Adam and AdamW follow PyTorch's rules") {
  const auto check = [](auto optimizer, bool decoupled) {
    two net;
    double x = -2, m = 0, v = 0, b1 = 1, b2 = 1;
    for (int i = 0; i < 4; ++i) {
      optimizer.step(net, slope(net), 0.25);
      double d = 2 * x;
      if (decoupled) x -= 0.25 * 0.125 * x;
      else d += 0.125 * x;
      m = 0.75 * m + 0.25 * d;
      v = 0.875 * v + 0.125 * d * d;
      b1 *= 0.75, b2 *= 0.875;
      x -= 0.25 * (m / (1 - b1)) / (simd::sqrt(v / (1 - b2)) + 1e-3);
      CHECK(at(net.w, 1) == doctest::Approx(x).epsilon(1e-12));
    }
    std::string paths;
    each_variable(optimizer, [&](const std::string& path, const variable&) { paths += path + " "; });
    CHECK(paths == "first.w second.w steps ");
    CHECK(optimizer.steps == 4);
  };
  check(optim::Adam{.beta1 = 0.75, .beta2 = 0.875, .epsilon = 1e-3, .weight_decay = 0.125}, false);
  check(optim::AdamW{.beta1 = 0.75, .beta2 = 0.875, .epsilon = 1e-3, .weight_decay = 0.125}, true);
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

TEST_CASE("a copy of an optimiser goes on by itself") {
  two net, other;
  optim::Adam adam;
  adam.step(net, slope(net), 0.25);
  other.w.assign(net.w);
  optim::Adam copy = adam, assigned;
  assigned = copy;
  copy.step(other, slope(other), 0.25);
  copy.step(other, slope(other), 0.25);
  CHECK(copy.steps == 3);
  CHECK(adam.steps == 1);
  CHECK(assigned.steps == 1);
  two third;
  third.w.assign(net.w);
  adam.step(net, slope(net), 0.25);
  assigned.step(third, slope(third), 0.25);
  CHECK(at(net.w, 1) == at(third.w, 1));
  CHECK(adam.steps == 2);
}

TEST_CASE("rates are functions of the step") {
  CHECK(optim::ConstantRate{0.5}(1000) == 0.5);
  const optim::StepRate stairs{.rate = 8, .every = 3, .factor = 0.5};
  CHECK(stairs(2) == 8);
  CHECK(stairs(3) == 4);
  CHECK(stairs(8) == 2);
  CHECK(stairs(i64{1} << 40) == 0);
  const optim::CosineRate wave{.rate = 3, .steps = 100, .least = 1, .warmup = 4};
  CHECK(wave(0) == 0.75);
  CHECK(wave(3) == 3);
  CHECK(wave(4) == 3);
  CHECK(wave(54) == doctest::Approx(2));
  CHECK(wave(104) == 1);
  CHECK(wave(1000) == 1);
}

}  // namespace tests::optim
