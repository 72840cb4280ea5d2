// Portable pictures, PBM, PGM and PPM, in all six forms: stb_image has two of them, and those for a greatest value of 255 only.
#pragma once

#include <cstdlib>
#include <span>

#include <tenon/core/tensor.hpp>

namespace pnm {

/// A picture of three bytes a pixel, which are the caller's to free.
struct rgb {
  tenon::u8* pixels;
  tenon::i64 height, width;
};

/// A file's text and bytes, one after the other.
class source {
 public:
  explicit source(std::span<const std::byte> file) : file_(file) {}
  std::size_t left() const { return file_.size() - at_; }
  void skip(std::size_t n) { at_ += n; }
  tenon::i64 byte() { return std::to_integer<tenon::i64>(file_[at_++]); }
  /// The number behind white space and comments, at most so large; of one digit, if `single`. -1: there is none.
  tenon::i64 number(tenon::i64 most, bool single = false) {
    while (left() > 0 && (is_space() || here() == '#')) {
      if (here() == '#')
        while (left() > 0 && here() != '\n') ++at_;
      else ++at_;
    }
    tenon::i64 n = -1;
    while (left() > 0 && here() >= '0' && here() <= '9') {
      n = std::max<tenon::i64>(n, 0) * 10 + here() - '0';
      if (n > most) return -1;
      ++at_;
      if (single) break;
    }
    return n;
  }
  bool is_space() const { return left() > 0 && (here() == ' ' || (here() >= '\t' && here() <= '\r')); }

 private:
  int here() const { return std::to_integer<int>(file_[at_]); }
  std::span<const std::byte> file_;
  std::size_t at_ = 0;
};

inline int form_of(std::span<const std::byte> file) {
  source s(file);
  if (file.size() < 3 || s.byte() != 'P') return 0;
  const tenon::i64 form = s.byte() - '0';
  return form >= 1 && form <= 6 && (s.is_space() || file[2] == std::byte('#')) ? static_cast<int>(form) : 0;
}

inline tenon::result<rgb> read(std::span<const std::byte> file, tenon::i64 most_pixels) {
  using tenon::i64;
  const auto broken = [](std::initializer_list<tenon::piece> why) {
    return tenon::fail(tenon::code::malformed, {"a broken PNM picture (", tenon::join(why), ")"});
  };
  const int form = form_of(file), raw = form > 3, bits = form % 3 == 1, channels = form % 3 == 0 ? 3 : 1;
  source s(file);
  s.skip(2);
  const i64 width = s.number(INT32_MAX), height = s.number(INT32_MAX), most = bits ? 1 : s.number(65535);
  if (width < 1 || height < 1 || most < 1 || (raw && !s.is_space())) return broken({"its header has no width, height and greatest value"});
  if (height > most_pixels / width)
    return tenon::fail(tenon::code::limit, {"a picture of ", width, " x ", height, " pixels, more than ", most_pixels / 1'000'000, " megapixels"});
  if (raw) s.skip(1);
  // Every number that is text takes a byte at least.
  const i64 row = raw && bits ? (width + 7) / 8 : width * channels * (raw && most > 255 ? 2 : 1);
  if (static_cast<i64>(s.left()) < row * height) return broken({"the file ends too early"});

  auto* const pixels = static_cast<tenon::u8*>(std::malloc(static_cast<std::size_t>(3 * width * height)));
  if (pixels == nullptr) return tenon::fail(tenon::code::out_of_memory, {"no memory for a picture of ", width, " x ", height, " pixels"});
  tenon::u8* to = pixels;
  i64 packed = 0;
  for (i64 y = 0; y < height; ++y)
    for (i64 x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        i64 v;
        if (!raw) v = s.number(most, bits);
        else if (bits) packed = x % 8 == 0 ? s.byte() : packed << 1, v = packed >> 7 & 1;
        else v = s.byte(), v = std::min(most > 255 ? v << 8 | s.byte() : v, most);
        if (v < 0) {
          std::free(pixels);
          return broken({"pixel ", y * width + x, " is no number from 0 to ", most});
        }
        if (bits) v = 1 - v;  // 1 is black
        *to++ = static_cast<tenon::u8>((v * 255 + most / 2) / most);
        if (channels == 1) to[0] = to[1] = to[-1], to += 2;
      }
  return rgb{pixels, height, width};
}

}  // namespace pnm
