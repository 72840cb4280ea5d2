// A picture of a line to its text: how the recogniser wants lines, and what it answers (PaddleOCR,
// tools/infer/predict_rec.py).
#pragma once

#include <string>

#include <tenon/data/image.hpp>

#include "../support/lines.hpp"

namespace recognize {

inline constexpr tenon::i64 line_height = 48;
/// The width it was trained with, and the least; more comes in steps, so that lines share plans.
inline constexpr tenon::i64 usual_width = 320, width_step = 32;
/// What is longer, as many times its height, gets squeezed: some 200 letters.
inline constexpr tenon::i64 longest = 100;

/// The width of a line of so many pixels, when it is as high as it shall be.
inline tenon::i64 width_of(tenon::i64 height, tenon::i64 width) {
  return std::clamp<tenon::i64>((line_height * width + height - 1) / height, 1, longest * line_height);
}
/// The width of the network's input for it.
inline tenon::i64 input_width(tenon::i64 width) {
  return std::max(usual_width, (width + width_step - 1) / width_step * width_step);
}

/// A line [height, width, 3] as the network takes it: blue, green and red from -1 to 1, 0 behind the end.
inline tenon::result<tenon::tensor<float>> try_prepare(const tenon::view<const tenon::u8>& line) {
  const tenon::i64 width = width_of(line.dim(0), line.dim(1));
  auto small = tenon::data::try_resize(line.slice(2, 2, -1, -1), line_height, width);
  if (!small.has_value()) return std::unexpected(small.error());
  auto planes = tenon::data::try_to_nchw(*small, {.mean = {127.5f, 127.5f, 127.5f}, .divisor = {127.5f, 127.5f, 127.5f}});
  if (!planes.has_value()) return planes;
  auto input = tenon::tensor<float>::try_make(tenon::shape{1, 3, line_height, input_width(width)});
  if (!input.has_value()) return input;
  for (tenon::i64 row = 0; row < 3 * line_height; ++row)
    std::copy_n((*planes).data() + row * width, width, (*input).data() + row * (*input).dim(3));
  return input;
}

struct reading {
  std::string text;
  double confidence = 0;  ///< the mean of the characters' likelihoods
};

/// The text in likelihoods [steps, 2 + characters], of which the first is nothing and the last a space: at each step
/// the likeliest, where it is not that of the step before (greedy decoding of A. Graves et al., Connectionist
/// Temporal Classification, 2006).
inline reading read(const tenon::view<const float>& likelihoods, const std::vector<std::string_view>& characters) {
  reading r;
  tenon::i64 before = 0, n = 0;
  for (tenon::i64 step = 0; step < likelihoods.dim(0); ++step) {
    const float* p = &likelihoods[step, 0];
    const tenon::i64 best = std::max_element(p, p + likelihoods.dim(1)) - p;
    if (best != std::exchange(before, best) && best != 0) {
      r.text += best <= std::ssize(characters) ? characters[static_cast<std::size_t>(best - 1)] : " ";
      r.confidence += static_cast<double>(p[best]), ++n;
    }
  }
  if (n > 0) r.confidence /= static_cast<double>(n);
  return r;
}

}  // namespace recognize
