#include "model.hpp"

#include <tenon/nn/pool.hpp>
#include <tenon/ops/activation.hpp>

Model::Model(const ModelConfig& c)
    : conv1(1, c.channels, {.kernel = 3, .padding = 1}), conv2(c.channels, 2 * c.channels, {.kernel = 3, .padding = 1}),
      hidden(2 * c.channels * 7 * 7, c.hidden), out(c.hidden, 10), dropout{c.dropout} {}

tenon::variable Model::operator()(const tenon::variable& x, const tenon::nn::mode& m) const {
  using namespace tenon::nn;
  tenon::variable y = max_pool2d(relu(conv1(x)), 2);
  y = max_pool2d(relu(conv2(y)), 2);
  return out(dropout(relu(hidden(reshape(y, {x.dims()[0], -1}))), m));
}
