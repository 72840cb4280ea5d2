// Learns to read scikit-learn's handwritten digits, 1,797 pictures of 8x8 pixels: digits IMAGES LABELS.
// A perceptron of two layers, trained by plain gradient descent; every host gets the same weights.
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>

#include <tenon/autodiff/backward.hpp>
#include <tenon/core/npy.hpp>
#include <tenon/core/random.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/loss.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/search.hpp>

#include "../support/weights.hpp"

namespace {

using tenon::any_tensor, tenon::dtype, tenon::i64, tenon::tensor, tenon::variable;

/// All that is learned: two matrices and two biases.
struct perceptron {
  variable w1, b1, w2, b2;

  variable operator()(const variable& x) const { return gemm(relu(gemm(x, w1, b1)), w2, b2); }
  void fields(this auto& self, auto&& f) { f("w1", self.w1), f("b1", self.b1), f("w2", self.w2), f("b2", self.b2); }
};

variable random_weights(i64 in, i64 out, const tenon::random& r) {
  tensor<float> w({in, out});
  r.fill_uniform({w.begin(), w.end()});
  for (float& x : w) x = (2 * x - 1) / std::sqrt(static_cast<float>(in));
  return tenon::parameter(w);
}

double accuracy(const variable& scores, const any_tensor& labels) {
  const any_tensor read = tenon::arg_max(scores.value(), {.axis = 1, .keepdims = false});
  const any_tensor right = tenon::cast(tenon::equal(read, labels), dtype::f32);
  return static_cast<double>(*tenon::reduce_mean(right).as<float>());
}

int learn(const any_tensor& pictures, const any_tensor& labels) {
  const tenon::random seed{.seed = 1};
  const i64 n = pictures.dims()[0], pixels = pictures.size() / n, trained = n * 4 / 5, batch = 32;
  const any_tensor images = (tenon::reshape(variable(tenon::cast(pictures, dtype::f32)), {n, pixels}) / 16).value();

  // The pictures in a random order: the first are for training, the others for the test.
  std::vector<i64> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  seed.at("split").shuffle(std::span(order));
  const auto rows = [&](i64 from, i64 to) {
    return tensor<i64>({to - from}, std::span(order).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
  };

  perceptron net{random_weights(pixels, 64, seed.at("w1")), tenon::parameter(tensor<float>({64})),
                 random_weights(64, 10, seed.at("w2")), tenon::parameter(tensor<float>({10}))};
  for (int epoch = 1; epoch <= 30; ++epoch) {
    seed.at("epoch " + std::to_string(epoch)).shuffle(std::span(order).first(static_cast<std::size_t>(trained)));
    double sum = 0;
    for (i64 at = 0; at < trained; at += batch) {
      const auto some = rows(at, std::min(at + batch, trained));
      const variable loss = softmax_cross_entropy_loss(net(tenon::gather(images, some)), tenon::gather(labels, some));
      const tenon::gradients g = backward(loss);
      net.fields([&](const char*, variable& p) { p.assign(p - 0.3 * g[p]); });
      sum += static_cast<double>(*loss.value().as<float>()) * static_cast<double>(some.size());
    }
    std::printf("epoch %2d  loss %.4f\n", epoch, sum / static_cast<double>(trained));
  }

  const auto rest = rows(trained, n);
  std::printf("test accuracy %.4f\n", accuracy(net(tenon::gather(images, rest)), tenon::gather(labels, rest)));
  std::printf("weights %s\n", digest_of_weights(net).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: digits IMAGES.npy LABELS.npy\n");
    return 2;
  }
  const auto images = tenon::load_npy(argv[1]), labels = tenon::load_npy(argv[2]);
  for (const auto* file : {&images, &labels})
    if (!file->has_value()) {
      std::fprintf(stderr, "digits: %s\n", file->error().message.c_str());
      return 1;
    }
  const any_tensor &pictures = *images, &digits = *labels;
  if (pictures.type() != dtype::u8 || pictures.rank() != 3 || pictures.dims()[0] < 10 || pictures.size() == 0 ||
      digits.type() != dtype::i64 || digits.dims() != tenon::shape{pictures.dims()[0]}) {
    std::fprintf(stderr, "digits: takes uint8 [n,height,width] and int64 [n], n at least 10, not %s\n",
                 tenon::join({name(pictures.type()), " ", pictures.dims(), " and ", name(digits.type()), " ", digits.dims()}).c_str());
    return 1;
  }
  for (i64 i = 0; i < digits.size(); ++i)
    if (const i64 digit = digits.as<i64>()[i]; digit < 0 || digit > 9) {
      std::fprintf(stderr, "digits: %s\n", tenon::join({argv[2], ": label ", i, " is ", digit, ", not a digit"}).c_str());
      return 1;
    }
  return learn(pictures, digits);
}
