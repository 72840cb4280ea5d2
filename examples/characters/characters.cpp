// Learns to write like a text, letter by letter: characters [OPTION...] TEXT. A small transformer, trained here and
// now; every host gets the same weights, and writes the same.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <tenon/autodiff/backward.hpp>
#include <tenon/core/file.hpp>
#include <tenon/nn/loss.hpp>
#include <tenon/ops/generate.hpp>
#include <tenon/optim/adam.hpp>
#include <tenon/optim/schedule.hpp>

#include "../support/weights.hpp"
#include "options.hpp"
#include "transformer.hpp"

namespace {

constexpr char program[] = "characters";

using characters::transformer;
using tenon::any_tensor, tenon::i64, tenon::tensor, tenon::variable;
namespace nn = tenon::nn;

/// A text as numbers of its different bytes.
struct corpus {
  std::string alphabet;
  std::vector<i64> text;

  explicit corpus(std::string_view s) : alphabet(s) {
    std::ranges::sort(alphabet);
    alphabet.erase(std::ranges::unique(alphabet).begin(), alphabet.end());
    for (const char c : s) text.push_back(static_cast<i64>(std::ranges::lower_bound(alphabet, c) - alphabet.begin()));
  }
  /// Pieces from these places on; `by` 1: what follows each of their characters.
  tensor<i64> pieces(std::span<const i64> starts, i64 length, i64 by) const {
    tensor<i64> t({static_cast<i64>(starts.size()), length});
    for (i64 i = 0; i < t.dim(0); ++i) std::copy_n(text.data() + starts[static_cast<std::size_t>(i)] + by, length, &t[i, 0]);
    return t;
  }
};

variable loss_of(const transformer& net, const corpus& c, std::span<const i64> starts, i64 length, const nn::mode& m) {
  const variable scores = net(c.pieces(starts, length, 0), m);
  const i64 n = scores.dims()[0] * length;
  return nn::cross_entropy(reshape(scores, {n, scores.dims()[2]}), tenon::reshape(c.pieces(starts, length, 1), {n}));
}
double number(const variable& v) { return static_cast<double>(*v.value().as<float>()); }

void learn(transformer& net, const corpus& c, const options& o, const characters::sizes& s) {
  const tenon::random seed{.seed = static_cast<std::uint64_t>(o.seed)};
  nn::initialize(net, seed.at("net"));
  // The last tenth is not learned; pieces of it, evenly apart, are for the test.
  const i64 all = static_cast<i64>(c.text.size()), known = all * 9 / 10, room = all - known - s.context - 1;
  std::vector<i64> test;
  for (i64 i = 0; i < 16; ++i) test.push_back(known + room * i / 15);

  tenon::optim::AdamW adam{.beta2 = 0.99};
  const tenon::optim::CosineRate rate{.rate = 3e-3, .steps = o.steps, .least = 3e-4, .warmup = std::min<i64>(o.steps / 10, 50)};
  const i64 every = std::max<i64>(1, o.steps / 10);
  double sum = 0;
  for (i64 step = 0; step < o.steps; ++step) {
    const tenon::random r = seed.at("step " + std::to_string(step));
    std::vector<i64> starts;
    for (i64 i = 0; i < o.batch; ++i)
      starts.push_back(r.below(static_cast<std::uint32_t>(known - s.context), static_cast<std::uint64_t>(i)));
    const variable loss = loss_of(net, c, starts, s.context, nn::mode::training(r.at("dropout")));
    adam.step(net, backward(loss), rate(step));
    sum += number(loss);
    if ((step + 1) % every == 0) {
      std::printf("step %5lld  loss %.4f  of what it never saw %.4f\n", static_cast<long long>(step + 1), sum / static_cast<double>(every),
                  number(loss_of(nn::frozen(net), c, test, s.context, {})));
      std::fflush(stdout);
      sum = 0;
    }
  }
}

/// Draws one character after the other, each by its probability after those before it.
void write(const transformer& trained, const corpus& c, const options& o, i64 context) {
  const transformer net = nn::frozen(trained);
  const tenon::random r = tenon::random{.seed = static_cast<std::uint64_t>(o.seed)}.at("write");
  constexpr double temperature = 0.8;
  std::vector<i64> text{c.text[0]};
  for (i64 i = 0; i < o.length; ++i) {
    const i64 n = std::min<i64>(context, static_cast<i64>(text.size())), letters = static_cast<i64>(c.alphabet.size());
    const variable scores = net(tensor<i64>({1, n}, std::span(text).last(static_cast<std::size_t>(n))), {});
    tensor<float> last({1, letters});
    const float* const row = scores.value().as<float>() + (n - 1) * letters;
    for (i64 j = 0; j < letters; ++j) last[0, j] = static_cast<float>(static_cast<double>(row[j]) / temperature);
    const any_tensor p = tenon::softmax(last);
    double left = r.uniform64(static_cast<std::uint64_t>(i));
    i64 next = 0;
    while (next + 1 < letters && left >= static_cast<double>(p.as<float>()[next])) left -= static_cast<double>(p.as<float>()[next++]);
    text.push_back(next);
    std::putchar(c.alphabet[static_cast<std::size_t>(next)]);
  }
  std::putchar('\n');
}

int run(const options& o) {
  const auto file = tenon::read_file(o.text, nullptr, i64{1} << 28);
  if (!file.has_value()) return complain(program, file.error().message);
  const characters::sizes s;
  const std::string_view text = tenon::as_text((*file).look());
  if (static_cast<i64>(text.size()) < 20 * s.context)
    return complain(program, tenon::join({o.text, ": has ", text.size(), " bytes; ", 20 * s.context, " are the least to learn from"}));
  const corpus c(text);
  transformer net(static_cast<i64>(c.alphabet.size()), s);
  std::printf("%zu characters, %zu different ones; %lld parameters\n", text.size(), c.alphabet.size(),
              static_cast<long long>(tenon::parameter_count(net)));
  learn(net, c, o, s);
  std::printf("weights %s\n\n", digest_of_weights(net).c_str());
  write(net, c, o, s.context);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse(argc, argv), run);
}
