// stb_image does the decoding, without its SIMD code: natively the same instructions as in a guest. With PICTURE_MORE
// defined there are BMP and PNM pictures beside JPEG and PNG, and JPEG ones have libjpeg's pixels.
#include "picture.hpp"

#ifdef PICTURE_MORE
#define STBI_ONLY_BMP
#include "jpeg_kernels.hpp"
#include "pnm.hpp"
#endif
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_THREAD_LOCALS
#define STBI_NO_SIMD
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#ifdef PICTURE_MORE  // stb_image defines its kernels under other names, and uses those of jpeg_kernels.hpp
#define stbi__idct_block(out, stride, data) stbi__idct_block_of_stb(out, stride, data)
#define stbi__resample_row_h_2(out, near, far, w, hs) stbi__resample_row_h_2_of_stb(out, near, far, w, hs)
#define stbi__resample_row_v_2(out, near, far, w, hs) stbi__resample_row_v_2_of_stb(out, near, far, w, hs)
#define stbi__resample_row_hv_2(out, near, far, w, hs) stbi__resample_row_hv_2_of_stb(out, near, far, w, hs)
#define stbi__YCbCr_to_RGB_row(out, y, cb, cr, count, step) stbi__YCbCr_to_RGB_row_of_stb(out, y, cb, cr, count, step)
#endif
// A picture is decoded once and the model runs for longer: small is worth more here than fast. What
// broken JPEGs make overflow is the brightness of a pixel; where stb_image copies from or to null, it
// copies no bytes.
#pragma clang attribute push( \
        __attribute__((minsize, no_sanitize("signed-integer-overflow", "shift", "nonnull-attribute"))), apply_to = function)
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

/// In a JPEG picture a block of 64 pixels takes at least a bit, and some component has half as many blocks as fit; in a BMP
/// one, whose rows may also go downwards (a height below 0), a pixel does.
claim claim_of(std::span<const std::byte> file, bool jpeg) {
  int width = 0, height = 0, channels = 0;
  reader header{file};
  if (!stbi_info_from_callbacks(&from_reader, &header, &width, &height, &channels)) return {};
  return {width, height < 0 ? -tenon::i64{height} : height, jpeg ? 2 * 64 * 8 : 8};
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

#ifdef PICTURE_MORE
/// What other formats are called, of those that ImageDecoder has.
const char* name_of_other(std::span<const std::byte> file) {
  if (starts_with(file, {0, 0, 0, 12, 'j', 'P', ' ', ' '}) || starts_with(file, {0xff, 0x4f, 0xff, 0x51})) return "JPEG 2000";
  if (starts_with(file, {'I', 'I', '*', 0}) || starts_with(file, {'M', 'M', 0, '*'})) return "TIFF";
  if (starts_with(file, {'R', 'I', 'F', 'F'}) && file.size() > 12 && starts_with(file.subspan(8), {'W', 'E', 'B', 'P'})) return "WebP";
  return nullptr;
}
#endif

}  // namespace

tenon::result<picture> picture::decode(std::span<const std::byte> file) {
  const bool png = starts_with(file, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}), jpeg = starts_with(file, {0xff, 0xd8});
  bool bmp = false;
#ifdef PICTURE_MORE
  if (pnm::form_of(file) != 0) {
    auto p = pnm::read(file, most_pixels);
    if (!p.has_value()) return std::unexpected(p.error());
    return picture((*p).pixels, (*p).height, (*p).width);
  }
  if (const char* other = name_of_other(file))
    return tenon::fail(tenon::code::unsupported, {"a ", other, " picture; only BMP, JPEG, PNG and PNM ones are read"});
  bmp = starts_with(file, {'B', 'M'});
  if (!png && !jpeg && !bmp)
    return tenon::fail(tenon::code::malformed, {"not a BMP, JPEG, PNG or PNM picture (unknown image type)"});
#else
  if (!png && !jpeg) return tenon::fail(tenon::code::malformed, {"not a JPEG or PNG picture (unknown image type)"});
#endif
  if (jpeg && has_overlong_table(file))
    return tenon::fail(tenon::code::malformed, {"a broken JPEG picture (a Huffman table of more than 256 codes)"});
  const char* kind = png ? "PNG" : jpeg ? "JPEG" : "BMP";
  const claim c = png ? claim_of_png(file) : claim_of(file, jpeg);
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
  if (bmp && (all.ran_out || width == 0 || height == 0)) {  // what is missing was taken for zeros
    std::free(pixels);
    return tenon::fail(tenon::code::malformed, {"a broken BMP picture (", all.ran_out ? "the file ends too early" : "no pixels", ")"});
  }
  return picture(pixels, height, width);
}
