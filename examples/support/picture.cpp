// stb_image does the decoding, without its SIMD code: natively the same instructions as in a guest.
#include "picture.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_THREAD_LOCALS
#define STBI_NO_SIMD
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
// A picture is decoded once and the model runs for longer: small is worth more here than fast. What
// broken JPEGs make overflow is the brightness of a pixel.
#pragma clang attribute push( \
        __attribute__((minsize, no_sanitize("signed-integer-overflow", "shift"))), apply_to = function)
#include <stb/stb_image.h>
#pragma clang attribute pop

#include <algorithm>
#include <string_view>

namespace {

constexpr tenon::i64 most_pixels = 100'000'000;

bool starts_with(std::span<const std::byte> file, std::initializer_list<int> signature) {
  return file.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), file.begin(),
                    [](int s, std::byte b) { return s == std::to_integer<int>(b); });
}

/// The file as stb_image reads it, which takes what is beyond the end for zeros and then complains
/// about them.
struct reader {
  std::span<const std::byte> rest;
  bool ran_out = false;

  int read(char* to, int size) {
    const std::size_t n = std::min(rest.size(), static_cast<std::size_t>(size));
    std::copy_n(reinterpret_cast<const char*>(rest.data()), n, to);
    rest = rest.subspan(n);
    ran_out |= n == 0;
    return static_cast<int>(n);
  }
  void skip(int size) {
    const bool beyond = size < 0 || static_cast<std::size_t>(size) > rest.size();
    ran_out |= beyond;
    rest = rest.subspan(beyond ? rest.size() : static_cast<std::size_t>(size));
  }
};

constexpr stbi_io_callbacks from_reader{
    [](void* r, char* to, int size) { return static_cast<reader*>(r)->read(to, size); },
    [](void* r, int size) { static_cast<reader*>(r)->skip(size); },
    [](void* r) { return static_cast<int>(static_cast<reader*>(r)->rest.empty()); }};

std::unexpected<tenon::error> broken(const char* kind, const reader& r) {
  std::string_view why = stbi_failure_reason();
  if (r.ran_out || why == "outofdata") why = "the file ends too early";
  // One of the reasons quotes four bytes of the file.
  const bool plain = std::ranges::all_of(why, [](char c) { return c >= ' ' && c <= '~'; });
  return tenon::fail(tenon::code::malformed,
                     {"a broken ", kind, " picture (", plain && !why.empty() ? why : "unknown chunk", ")"});
}

/// The size that a picture's header claims, looked at before anything is allocated for it; zeros where
/// the decoder has to say what is wrong.
struct claim {
  tenon::i64 width = 0, height = 0;
  /// Pixels that one byte of the file can stand for.
  tenon::i64 most_per_byte = 1;
};

/// Deflate packs at most 1032 bytes into one. stb_image would refuse sizes of its own, without values.
claim claim_of_png(std::span<const std::byte> file) {
  if (file.size() < 26) return {};
  const auto at = [&](std::size_t i) { return std::to_integer<tenon::i64>(file[i]); };
  const auto number = [&](std::size_t i) { return at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3); };
  const tenon::i64 depth = std::max<tenon::i64>(at(24), 1);
  const tenon::i64 channels = at(25) == 2 ? 3 : at(25) == 4 ? 2 : at(25) == 6 ? 4 : 1;
  return {number(16), number(20), std::max<tenon::i64>(1032 * 8 / (depth * channels), 1)};
}

/// A block of 64 pixels takes at least a bit, and some component has half as many blocks as fit.
claim claim_of_jpeg(std::span<const std::byte> file) {
  int width = 0, height = 0, channels = 0;
  reader header{file};
  if (!stbi_info_from_callbacks(&from_reader, &header, &width, &height, &channels)) return {};
  return {width, height, 2 * 64 * 8};
}

/// True if a Huffman table of the file has more than 256 codes, which stb_image before 2.28 writes
/// past the end of an array. Finds every segment that stb_image would: those lie one after the other,
/// after pixels that hold no 0xff but before 0 and before the numbers of restarts.
bool has_overlong_table(std::span<const std::byte> file) {
  const auto at = [&](std::size_t i) { return i < file.size() ? std::to_integer<std::size_t>(file[i]) : 0; };
  for (std::size_t i = 2; i < file.size();) {
    if (at(i) != 0xff || at(i + 1) == 0xff) {
      ++i;
      continue;
    }
    const std::size_t marker = at(i + 1);
    i += 2;
    if (marker == 0xd9) return false;
    if (marker < 2 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const std::size_t end = i + std::max<std::size_t>(at(i) << 8 | at(i + 1), 2);
    for (std::size_t table = i + 2; marker == 0xc4 && table < end;) {
      std::size_t codes = 0;
      for (std::size_t length = 1; length <= 16; ++length) codes += at(table + length);
      if (codes > 256) return true;
      table += 17 + codes;
    }
    i = end;
  }
  return false;
}

}  // namespace

tenon::result<picture> picture::decode(std::span<const std::byte> file) {
  const bool png = starts_with(file, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
  if (!png && !starts_with(file, {0xff, 0xd8}))
    return tenon::fail(tenon::code::malformed, {"not a JPEG or PNG picture (unknown image type)"});
  if (!png && has_overlong_table(file))
    return tenon::fail(tenon::code::malformed, {"a broken JPEG picture (a Huffman table of more than 256 codes)"});
  const char* kind = png ? "PNG" : "JPEG";
  const claim c = png ? claim_of_png(file) : claim_of_jpeg(file);
  if (c.width > 0 && c.height > most_pixels / c.width)
    return tenon::fail(tenon::code::limit, {"a picture of ", c.width, " x ", c.height, " pixels, more than ",
                                            most_pixels / 1'000'000, " megapixels"});
  if (c.width * c.height / c.most_per_byte > static_cast<tenon::i64>(file.size()))
    return tenon::fail(tenon::code::malformed, {"a broken ", kind, " picture (", file.size(), " bytes cannot hold ",
                                                c.width, " x ", c.height, " pixels)"});

  int width = 0, height = 0, channels = 0;
  reader all{file};
  stbi_uc* pixels = stbi_load_from_callbacks(&from_reader, &all, &width, &height, &channels, 3);
  if (pixels == nullptr) return broken(kind, all);
  return picture(pixels, height, width);
}
