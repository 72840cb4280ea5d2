// Attention in double, of whatever functions give.
#pragma once

#include "trial.hpp"

namespace tests::ops {

struct head_sizes {
  i64 batch = 2, heads = 2, length = 3, total = 3, width = 4, v_width = 4;
};
/// Calls out(b, h, i, e, y) with y = softmax(q k' / sqrt(width) + more) v; `sink` is another score, without value.
template <class Q, class K, class V, class More, class Out>
void attended(const head_sizes& s, Q q, K k, V v, More more, Out out, double sink = -HUGE_VAL) {
  for (i64 b = 0; b < s.batch; ++b)
    for (i64 h = 0; h < s.heads; ++h)
      for (i64 i = 0; i < s.length; ++i) {
        std::vector<double> weights;
        double sum = std::exp(sink);
        for (i64 j = 0; j < s.total; ++j) {
          double score = 0;
          for (i64 e = 0; e < s.width; ++e) score += q(b, h, i, e) * k(b, h, j, e);
          weights.push_back(std::exp(more(b, h, i, j, score / std::sqrt(static_cast<double>(s.width)))));
          sum += weights.back();
        }
        for (i64 e = 0; e < s.v_width; ++e) {
          double y = 0;
          for (i64 j = 0; j < s.total; ++j) y += weights[static_cast<std::size_t>(j)] / sum * v(b, h, j, e);
          out(b, h, i, e, y);
        }
      }
}
inline void expect_near(trial& t, const void* op, std::initializer_list<const table*> in, std::initializer_list<const table*> out) {
  t.near = t.type == dtype::f32 ? 1e-5 : t.type == dtype::f16 ? 4e-3 : 3e-2;
  t.expect(op, in, out, t.type == dtype::f32 ? 64 : 2);
}

}  // namespace tests::ops
