// Whole files in and out, through <cstdio>; the sentences begin with the file's name.
#pragma once

#include <cerrno>
#include <climits>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "memory.hpp"

extern "C" int fsync(int);  // POSIX's, which <cstdio> lacks

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The bytes of a regular file, of which there are at most `limit`.
inline result<buffer> read_file(const std::string& path, memory* from = nullptr, i64 limit = INT64_MAX) {
  const auto fault = [&](code what, std::initializer_list<piece> why) { return fail(what, {path, ": ", join(why)}); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!f) return fault(code::not_found, {"cannot be opened: ", std::strerror(errno)});
  // The size is asked for first and not trusted: of a folder it is nonsense, a file may change.
  const long size = std::fseek(f.get(), 0, SEEK_END) == 0 ? std::ftell(f.get()) : -1;
  if (size < 0 || size == LONG_MAX || std::fseek(f.get(), 0, SEEK_SET) != 0) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> folder(std::fopen((path + "/.").c_str(), "rb"), std::fclose);
    return fault(code::io, {folder ? "is a folder" : "is not a regular file"});
  }
  if (size > limit) return fault(code::limit, {"has ", size, " bytes, more than the limit of ", limit});
  auto bytes = buffer::make(size, from);
  if (!bytes.has_value()) return wrap(bytes.error(), {path, ": has ", size, " bytes: "});
  if (std::fread((*bytes).data(), 1, (*bytes).size(), f.get()) != (*bytes).size())
    return fault(code::io, {"cannot be read: ", std::ferror(f.get()) ? std::strerror(errno) : "it has become shorter"});
  return bytes;
}

/// Writes a file, over one that was there.
inline status write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (f == nullptr) return fail(code::io, {path, ": cannot be created: ", std::strerror(errno)});
  const std::size_t n = std::fwrite(bytes.data(), 1, bytes.size(), f);
  if (std::fclose(f) != 0 || n != bytes.size())
    return fail(code::io, {path, ": cannot be written: of ", bytes.size(), " bytes ", n, " went out"});
  return {};
}

/// The same, but whoever reads meanwhile, or after a crash, finds the old bytes or the new ones, all of them: they
/// are written to PATH.new, handed to the disk, and renamed.
inline status replace_file(const std::string& path, std::span<const std::byte> bytes) {
  const std::string fresh = path + ".new";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(fresh.c_str(), "wb"), std::fclose);
  const auto fault = [&](std::string_view what) { return fail(code::io, {path, ": cannot be ", what, ": ", std::strerror(errno)}); };
  if (!f) return fault("created");
  const auto give_up = [&](std::string_view what) {
    auto told = fault(what);  // before closing and removing say something else
    f.reset();
    std::remove(fresh.c_str());
    return told;
  };
  bool out = std::fwrite(bytes.data(), 1, bytes.size(), f.get()) == bytes.size() && std::fflush(f.get()) == 0;
  // Some hosts have no such call; then the rename is all there is.
  if (out && fsync(fileno(f.get())) != 0) out = errno == ENOSYS || errno == ENOTSUP || errno == EINVAL;
  if (!out || std::fclose(f.release()) != 0) return give_up("written");
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return give_up("replaced");
  return {};
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
