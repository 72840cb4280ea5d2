// What ImageDecoder reads pictures with: BMP, JPEG, PNG and PNM.
#pragma once

#include <tenon/ops/image_decoder.hpp>

#include "../support/picture.hpp"

/// More than 100 megapixels are refused undecoded.
class images final : public tenon::image_reader {
 public:
  tenon::result<tenon::tensor<tenon::u8>> read(std::span<const std::byte> file, tenon::memory* from) override {
    const auto p = picture::decode(file);
    if (!p.has_value()) return std::unexpected(p.error());
    const auto pixels = (*p).look();
    auto t = tenon::tensor<tenon::u8>::try_make(pixels.dims(), from);
    if (t.has_value()) std::copy_n(pixels.data(), count(pixels.dims()), (*t).data());
    return t;
  }
};
