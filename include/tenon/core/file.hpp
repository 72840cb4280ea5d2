// Whole files in and out, through <cstdio>; the sentences name the file.
#pragma once

#include <climits>
#include <cstdio>
#include <span>
#include <string>

#include "memory.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The bytes of a file.
inline result<buffer> read_file(const std::string& path, memory* from = nullptr) {
  std::FILE* f = std::fopen(path.c_str(), "rb");
  if (f == nullptr) return fail(code::not_found, {"cannot open '", path, "'"});
  // The size is asked for first and not trusted: of a folder it is nonsense, a file may change.
  const long size = std::fseek(f, 0, SEEK_END) == 0 ? std::ftell(f) : -1;
  if (size < 0 || size == LONG_MAX || std::fseek(f, 0, SEEK_SET) != 0) {
    std::fclose(f);
    return fail(code::io, {"cannot read '", path, "': not a file with a size"});
  }
  auto bytes = buffer::make(size, from);
  if (bytes.has_value()) {
    const std::size_t n = std::fread((*bytes).data(), 1, (*bytes).size(), f);
    if (n != (*bytes).size())
      bytes = fail(code::io, {"cannot read '", path, "': ", n, " of ", size, " bytes came"});
  } else {
    bytes = wrap(bytes.error(), {"cannot read '", path, "' of ", size, " bytes: "});
  }
  std::fclose(f);
  return bytes;
}

/// Writes a file, over one that was there.
inline status write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (f == nullptr) return fail(code::io, {"cannot create '", path, "'"});
  const std::size_t n = std::fwrite(bytes.data(), 1, bytes.size(), f);
  if (std::fclose(f) != 0 || n != bytes.size())
    return fail(code::io,
                {"cannot write '", path, "': of ", bytes.size(), " bytes ", n, " went out"});
  return {};
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
