// A small transformer that reads characters and says what comes next: learned positions, blocks of causal attention
// and a perceptron, each normalised first and added to what it was given.
#pragma once

#include <cmath>
#include <vector>

#include <tenon/nn/dropout.hpp>
#include <tenon/nn/embedding.hpp>
#include <tenon/nn/linear.hpp>
#include <tenon/nn/norm.hpp>
#include <tenon/ops/activation_smooth.hpp>
#include <tenon/ops/generate.hpp>
#include <tenon/ops/softmax.hpp>

namespace characters {

using tenon::i64, tenon::shape, tenon::tensor, tenon::variable;
namespace nn = tenon::nn;

struct sizes {
  i64 context = 64, width = 64, heads = 4, blocks = 2;
  double dropout = 0.1;
};

/// [n, length, width] to the same: each position looks at itself and what is before it.
struct attention {
  nn::Linear qkv, out;
  nn::Dropout drop;
  i64 heads;

  explicit attention(const sizes& s) : qkv(s.width, 3 * s.width), out(s.width, s.width), drop{s.dropout}, heads(s.heads) {}

  variable operator()(const variable& x, const variable& mask, const nn::mode& m) const {
    const i64 n = x.dims()[0], length = x.dims()[1], width = x.dims()[2], each = width / heads;
    const variable all = transpose(reshape(qkv(x), {n, length, 3, heads, each}), {.perm = {2, 0, 3, 1, 4}});
    const auto part = split(all, {.num_outputs = 3});
    const auto of = [&](std::size_t i) { return reshape(part[i], {n, heads, length, each}); };
    const variable keys = transpose(of(1), {.perm = {0, 1, 3, 2}});
    const variable scores = matmul(of(0) * (1 / std::sqrt(static_cast<double>(each))), keys) + mask;
    const variable seen = matmul(softmax(scores), of(2));
    return drop(out(reshape(transpose(seen, {.perm = {0, 2, 1, 3}}), {n, length, width})), m);
  }
  void fields(this auto& self, auto&& f) { f("qkv", self.qkv), f("out", self.out); }
};

struct block {
  nn::LayerNorm norm1, norm2;
  attention attend;
  nn::Linear widen, narrow;
  nn::Dropout drop;

  explicit block(const sizes& s)
      : norm1(s.width), norm2(s.width), attend(s), widen(s.width, 4 * s.width), narrow(4 * s.width, s.width), drop{s.dropout} {}

  variable operator()(const variable& x, const variable& mask, const nn::mode& m) const {
    const variable y = x + attend(norm1(x), mask, m);
    return y + drop(narrow(gelu(widen(norm2(y)))), m);
  }
  void fields(this auto& self, auto&& f) {
    f("norm1", self.norm1), f("attend", self.attend), f("norm2", self.norm2), f("widen", self.widen), f("narrow", self.narrow);
  }
};

struct transformer {
  nn::Embedding symbols, positions;
  std::vector<block> blocks;
  nn::LayerNorm norm;
  nn::Linear head;

  transformer(i64 alphabet, const sizes& s)
      : symbols(alphabet, s.width), positions(s.context, s.width), blocks(static_cast<std::size_t>(s.blocks), block(s)),
        norm(s.width), head(s.width, alphabet) {
    for (block& b : blocks) b = block(s);  // copies would be handles to the same parameters
  }

  /// Scores of what comes after each of the symbols [n, length]: [n, length, alphabet].
  variable operator()(const variable& text, const nn::mode& m) const {
    const i64 length = text.dims()[1];
    tensor<float> mask({length, length});
    for (i64 i = 0; i < length; ++i)
      for (i64 j = i + 1; j < length; ++j) mask[i, j] = -1e9f;
    variable x = symbols(text) + positions(tenon::range<i64>(0, length, 1));
    for (const block& b : blocks) x = b(x, mask, m);
    return head(norm(x));
  }
  void reset(const tenon::random& r) {
    // Small beside what the blocks add.
    symbols.weight.assign(nn::normal(r.at("symbols"), symbols.weight.dims(), 0.05));
    positions.weight.assign(nn::normal(r.at("positions"), positions.weight.dims(), 0.05));
  }
  void fields(this auto& self, auto&& f) {
    f("symbols", self.symbols), f("positions", self.positions), f("blocks", self.blocks), f("norm", self.norm), f("head", self.head);
  }
};

}  // namespace characters
