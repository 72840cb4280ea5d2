// A JPEG or PNG file as pixels.
#pragma once

#include <cstdlib>
#include <memory>
#include <span>

#include <tenon/core/tensor.hpp>

/// Decoded pixels, [height, width, 3].
class picture {
 public:
  /// An error names what is wrong with the file. More than 100 megapixels are refused undecoded.
  static tenon::result<picture> decode(std::span<const std::byte> file);

  tenon::i64 height() const { return height_; }
  tenon::i64 width() const { return width_; }
  tenon::view<const tenon::u8> look() const { return {pixels_.get(), tenon::shape{height_, width_, 3}}; }

 private:
  picture(tenon::u8* pixels, tenon::i64 height, tenon::i64 width)
      : pixels_(pixels, std::free), height_(height), width_(width) {}
  std::unique_ptr<tenon::u8, void (*)(void*)> pixels_;
  tenon::i64 height_, width_;
};
