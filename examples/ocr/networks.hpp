// The two networks, PP-OCRv4 for Chinese and English, and the characters that the second one knows: they are in the
// program.
#pragma once

#include <memory>
#include <string_view>

#include <tenon/core/tensor.hpp>

/// A network that takes one tensor and gives one.
class network {
 public:
  /// Pictures [1,3,height,width], sides multiples of 32, to how likely each pixel is text, [1,1,height,width].
  static tenon::result<network> detector();
  /// A line [1,3,48,width] to likelihoods [1,steps,2 + characters]: of nothing, the characters, a space.
  static tenon::result<network> recogniser();
  network(network&&) noexcept;
  ~network();

  /// The answer holds until the next run.
  tenon::result<tenon::view<const float>> try_run(const tenon::tensor<float>& input);

 private:
  struct running;
  explicit network(std::unique_ptr<running>);
  std::unique_ptr<running> running_;
};

/// A line per character.
std::string_view character_lines();
