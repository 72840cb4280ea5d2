// What the program reads: whole files, and the lines of a list of labels.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <tenon/core/memory.hpp>

using bytes = std::vector<std::byte>;

/// A regular file of at most `limit` bytes.
inline tenon::result<bytes> read_file(const char* path, tenon::i64 limit) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "rb"), std::fclose);
  struct stat about;
  if (!file || fstat(fileno(file.get()), &about) != 0)
    return tenon::fail(tenon::code::not_found, {"cannot be opened: ", std::strerror(errno)});
  if (!S_ISREG(about.st_mode))
    return tenon::fail(tenon::code::io, {S_ISDIR(about.st_mode) ? "is a folder" : "is not a regular file"});
  const tenon::i64 size = about.st_size;
  if (size > limit)
    return tenon::fail(tenon::code::limit, {"has ", size, " bytes, more than the limit of ", limit});
  // A vector ends the program where there is no memory; a buffer says so.
  if (auto room = tenon::buffer::make(size); !room.has_value())
    return tenon::wrap(room.error(), {"has ", size, " bytes: "});
  bytes content(static_cast<std::size_t>(size));
  if (std::fread(content.data(), 1, content.size(), file.get()) != content.size())
    return tenon::fail(tenon::code::io, {"cannot be read: ", std::ferror(file.get()) ? std::strerror(errno)
                                                                                      : "it has become shorter"});
  return content;
}

/// The lines of a text, without the empty ones at its end.
class lines {
 public:
  explicit lines(bytes content) : content_(std::move(content)) {
    std::size_t n = content_.size();
    while (n > 0 && is_space(content_[n - 1])) --n;
    content_.resize(n);
    count_ = n == 0 ? 0 : 1 + std::count(content_.begin(), content_.end(), std::byte{'\n'});
  }
  tenon::i64 size() const { return count_; }
  /// By walking there: a handful of lookups does not pay for an index.
  std::string_view operator[](tenon::i64 line) const {
    const std::byte* p = content_.data();
    const std::byte* const end = p + content_.size();
    for (; line > 0; --line) p = std::find(p, end, std::byte{'\n'}) + 1;
    const std::byte* stop = std::find(p, end, std::byte{'\n'});
    while (stop != p && is_space(stop[-1])) --stop;
    return {reinterpret_cast<const char*>(p), static_cast<std::size_t>(stop - p)};
  }

 private:
  static bool is_space(std::byte b) {
    return b == std::byte{'\n'} || b == std::byte{'\r'} || b == std::byte{' '} || b == std::byte{'\t'};
  }
  bytes content_;
  tenon::i64 count_ = 0;
};
