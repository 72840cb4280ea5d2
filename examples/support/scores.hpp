// What a classifier of pictures takes, and the best of what it answers.
#pragma once

#include <vector>

#include <tenon/data/image.hpp>
#include <tenon/ops/softmax.hpp>

#include "picture.hpp"

/// The centre of a picture as [1,3,height,width], in the numbers that EfficientNet-Lite was trained with.
inline tenon::result<tenon::tensor<float>> prepare(const picture& p, tenon::i64 height, tenon::i64 width, tenon::memory* from = nullptr) {
  auto small = tenon::data::try_resize(tenon::data::centre_square(p.look()), height, width, from);
  if (!small.has_value()) return std::unexpected(small.error());
  return tenon::data::try_to_nchw(*small, {.mean = {127, 127, 127}, .divisor = {128, 128, 128}}, from);
}

struct scored {
  tenon::i64 index;
  float probability;
};

/// The `most` best of a softmax over scores, of equal ones the first.
inline std::vector<scored> best_of(std::span<const float> scores, std::size_t most = 5) {
  const tenon::any_tensor all = softmax(tenon::view<const float>(scores.data(), tenon::shape{static_cast<tenon::i64>(scores.size())}));
  std::vector<scored> best;
  for (tenon::i64 i = 0; i < all.size(); ++i) {
    const float p = all.as<float>()[i];
    auto at = best.end();
    while (at != best.begin() && at[-1].probability < p) --at;
    if (at == best.end() && best.size() == most) continue;
    best.insert(at, {i, p});
    if (best.size() > most) best.pop_back();
  }
  return best;
}
