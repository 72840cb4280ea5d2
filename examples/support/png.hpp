// Pixels as a PNG file.
#pragma once

#include <vector>

#include <tenon/core/tensor.hpp>

/// The file of a picture [height, width, 3] that lies row-major, at most 100 megapixels. Ends the program where there is no
/// memory.
tenon::result<std::vector<std::byte>> encode_png(const tenon::view<const tenon::u8>& picture);
