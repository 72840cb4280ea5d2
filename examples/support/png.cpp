// stb_image_write does the packing.
#include "png.hpp"

#include <cstdio>
#include <cstdlib>

namespace {
/// stb_image_write would go on where there is no memory, and write past the end of what it has.
void* grow_or_stop(void* p, std::size_t bytes) {
  if (void* grown = std::realloc(p, bytes)) return grown;
  std::fputs("no memory for a PNG file\n", stderr);
  std::exit(1);
}
}  // namespace

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(bytes) grow_or_stop(nullptr, bytes)
#define STBIW_REALLOC(p, bytes) grow_or_stop(p, bytes)
#define STBIW_FREE(p) std::free(p)
#include <stb/stb_image_write.h>

tenon::result<std::vector<std::byte>> encode_png(const tenon::view<const tenon::u8>& picture) {
  if (picture.rank() != 3 || picture.dim(2) != 3 || !picture.contiguous() || picture.size() == 0 || picture.size() > 300'000'000)
    return tenon::fail(tenon::code::invalid, {"a picture of ", picture.dims(), " cannot become a PNG file"});
  std::vector<std::byte> file;
  const auto take = [](void* to, void* bytes, int size) {
    const auto* from = static_cast<const std::byte*>(bytes);
    static_cast<std::vector<std::byte>*>(to)->assign(from, from + size);
  };
  if (!stbi_write_png_to_func(take, &file, static_cast<int>(picture.dim(1)), static_cast<int>(picture.dim(0)), 3, picture.data(), 0))
    return tenon::fail(tenon::code::invalid, {"a picture of ", picture.dims(), " could not be packed as a PNG file"});
  return file;
}
