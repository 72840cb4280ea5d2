// ImageDecoder with a reader that is handed to it: the formats of pixels, and what cannot be.
#include "tenon/ops/image_decoder.hpp"

#include "containers.hpp"

namespace tests::ops {
namespace {

using tenon::ops::ImageDecoder;

/// Reads "files" whose first three bytes are dimensions, the others pixels.
struct plain_reader final : image_reader {
  result<tensor<u8>> read(std::span<const std::byte> file, memory* from) override {
    const auto at = [&](std::size_t i) { return std::to_integer<u8>(file[i]); };
    if (file.size() < 3) return fail(code::malformed, {"a picture of ", file.size(), " bytes"});
    auto t = tensor<u8>::try_make(shape{at(0), at(1), at(2)}, from);
    if (t.has_value())
      for (std::size_t i = 3; i < file.size(); ++i) (*t).data()[i - 3] = at(i);
    return t;
  }
};

TEST_CASE("ImageDecoder gives the pixels in the order that is asked for") {
  plain_reader reader;
  const tensor<u8> file({9}, {1, 2, 3, 255, 0, 1, 10, 20, 30});
  CHECK(made("ImageDecoder", ImageDecoder{.images = &reader}, {file}) == "[[[255   0   1]\n  [ 10  20  30]]]");
  CHECK(made("ImageDecoder", ImageDecoder{.pixel_format = "BGR", .images = &reader}, {file}) == "[[[  1   0 255]\n  [ 30  20  10]]]");
  // 76.245 + 0.114; 2.99 + 11.74 + 3.42
  CHECK(made("ImageDecoder", ImageDecoder{.pixel_format = "Grayscale", .images = &reader}, {file}) == "[[[76]\n  [18]]]");
  CHECK(made("ImageDecoder", ImageDecoder{.images = &reader}, {tensor<u8>({3}, {0, 5, 3})}) == to_string(any_tensor(dtype::u8, {0, 5, 3})));

  // Every other byte of one.
  const tensor<u8> apart({6, 2}, {1, 9, 1, 9, 3, 9, 7, 9, 8, 9, 6, 9});
  const any_view column(dtype::u8, {6}, {2}, const_cast<std::byte*>(any_view(apart.look()).bytes));
  const ImageDecoder o{.images = &reader};
  const auto out = try_apply(row("ImageDecoder"), &o, std::span(&column, 1));
  REQUIRE(out.has_value());
  CHECK(to_string((*out)[0]) == "[[[7 8 6]]]");
}

TEST_CASE("ImageDecoder says what cannot be decoded") {
  plain_reader reader;
  const ImageDecoder o{.images = &reader}, alone{}, odd{.pixel_format = "CMYK", .images = &reader};
  const any_tensor file = tensor<u8>({6}, {1, 1, 3, 1, 2, 3});
  const auto says = [&](const ImageDecoder& op, const any_view& v) { return complaint("ImageDecoder", &op, {v}); };
  CHECK(says(o, file) == "");
  CHECK(says(alone, file) == "ImageDecoder: there is nothing that reads pictures: `images` of the load options, or of the operator, gives it");
  CHECK(says(odd, file) == "ImageDecoder: pixel_format is 'CMYK', not 'RGB', 'BGR' or 'Grayscale'");
  CHECK(says(o, zeros(dtype::u8, {2, 3})) == "ImageDecoder: the bytes of a file have one dimension, not the shape [2,3]");
  CHECK(says(o, zeros(dtype::i8, {9})) == "ImageDecoder: input encoded_stream cannot be int8");
  CHECK(says(o, zeros(dtype::u8, {2})) == "ImageDecoder: a picture of 2 bytes");
  CHECK(says(o, zeros(dtype::u8, {0})) == "ImageDecoder: a picture of 0 bytes");
  CHECK(says(o, tensor<u8>({4}, {1, 1, 1, 7})) == "ImageDecoder: what reads pictures gave one of shape [1,1,1], not [height,width,3]");
  const any_view in[] = {file};
  const auto out = try_apply(row("ImageDecoder"), &o, in, {.limit = 2});
  CHECK((!out.has_value() && out.error().message == "ImageDecoder: a tensor of shape [1,1,3] does not fit the 2 bytes that are left"));
}

}  // namespace
}  // namespace tests::ops
