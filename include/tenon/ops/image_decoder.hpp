// ImageDecoder: the file of a picture to its pixels. Formats are no matter of tensors: the program that embeds tenon
// brings what reads them.
#pragma once

#include "../core/faults.hpp"
#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// Reads the files of pictures, for ImageDecoder; onnx::load_options takes one for all of a model.
class image_reader {
 public:
  /// The picture as [height, width, 3]: red, green, blue. The bytes may be anything. Formats and sizes that are not
  /// wanted are errors, told before memory is taken for them.
  virtual result<tensor<u8>> read(std::span<const std::byte> file, memory* from) = 0;

 protected:
  ~image_reader() = default;
};

namespace ops {

/// The picture in the bytes of a file, as [height, width, channels]. A file that cannot be decoded is an error.
struct ImageDecoder {
  using kind = kinds::general;
  static constexpr int since = 20;
  static constexpr dtype_set dtypes{dtype::u8};
  static constexpr auto inputs = "encoded_stream:T", outputs = "image:T";

  std::string pixel_format = "RGB";

  image_reader* images = nullptr;

  status validate() const {
    if (pixel_format != "RGB" && pixel_format != "BGR" && !grey())
      return fail(code::invalid, {"pixel_format is ", in_quotes(pixel_format), ", not 'RGB', 'BGR' or 'Grayscale'"});
    if (images == nullptr)
      return fail(code::unsupported, {"there is nothing that reads pictures: `images` of the load options, or of the operator, gives it"});
    return {};
  }
  status produce(produce_context& c) const {
    if (const shape& dims = c.input(0).dims; dims.rank() != 1) return c.invalid({"the bytes of a file have one dimension, not the shape ", dims});
    any_tensor own;
    const auto x = dense(c, c.input(0), own);
    if (!x.has_value()) return std::unexpected(x.error());
    const auto read = images->read({(*x).bytes, static_cast<std::size_t>((*x).size())}, c.from());
    if (!read.has_value()) return std::unexpected(read.error());
    const shape& dims = (*read).dims();
    if (dims.rank() != 3 || dims[2] != 3) return c.invalid({"what reads pictures gave one of shape ", dims, ", not [height,width,3]"});
    if (status s = make(c, dtype::u8, {dims[0], dims[1], grey() ? 1 : 3}, c.output(0)); !s.has_value()) return s;
    const u8* from = (*read).data();
    u8* to = c.output(0).edit().as<u8>();
    const int first = pixel_format == "BGR" ? 2 : 0;
    for (i64 left = dims[0] * dims[1]; left > 0; --left, from += 3) {
      if (grey()) *to++ = luma(from);
      else *to++ = from[first], *to++ = from[1], *to++ = from[2 - first];
    }
    return {};
  }

 private:
  bool grey() const { return pixel_format == "Grayscale"; }
  /// The brightness of ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue, in 16-bit fixed point.
  static u8 luma(const u8* p) { return static_cast<u8>((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16); }
};

using image_decoding = list<ImageDecoder>;

}  // namespace ops

/// image_decoder(bytes, {.images = &reader})
auto image_decoder(const operand auto& x, const ops::ImageDecoder& o) { return apply(o, x); }

}  // namespace tenon
TENON_COLD_END
