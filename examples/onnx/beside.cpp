#include "beside.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include <tenon/core/faults.hpp>
#include <tenon/onnx/sha1.hpp>

files_beside::files_beside(std::string model) : folder_(std::move(model)) {
  const auto slash = folder_.rfind('/');
  folder_.resize(slash == folder_.npos ? 0 : slash + 1);
}

tenon::result<std::string> files_beside::path_of(std::string_view location) const {
  const auto refused = [&](std::string_view why) {
    return tenon::fail(tenon::code::unsupported, {"external data in ", tenon::in_quotes(location), " is refused: ", why});
  };
  if (location.empty()) return refused("it has no location");
  if (location.front() == '/' || location.back() == '/' || location.find('\\') != location.npos || location.find(':') != location.npos ||
      location.find('\0') != location.npos)
    return refused("only relative paths of plain names are read");
  std::string path = folder_;
  for (std::string_view rest = location; !rest.empty();) {
    const auto slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name == "..") return refused("it leaves the model's folder");
    path += name;
    struct stat about;
    if (lstat(path.c_str(), &about) != 0) return refused("there is no such file beside the model");
    if (S_ISLNK(about.st_mode)) return refused("links are not followed");
    const bool last = slash == rest.npos;
    if (last ? !S_ISREG(about.st_mode) : !S_ISDIR(about.st_mode)) return refused("it is no plain file");
    if (!last) path += '/';
    rest.remove_prefix(last ? rest.size() : slash + 1);
  }
  return path;
}

tenon::result<tenon::i64> files_beside::size(std::string_view location) {
  const auto path = path_of(location);
  if (!path.has_value()) return std::unexpected(path.error());
  struct stat about;
  if (stat((*path).c_str(), &about) != 0) return tenon::fail(tenon::code::invalid, {*path, ": cannot be read"});
  return static_cast<tenon::i64>(about.st_size);
}

tenon::status files_beside::read(std::string_view location, tenon::i64 offset, std::span<std::byte> to) {
  const auto path = path_of(location);
  if (!path.has_value()) return std::unexpected(path.error());
  std::FILE* const file = std::fopen((*path).c_str(), "rb");
  const bool read = file != nullptr && fseeko(file, static_cast<off_t>(offset), SEEK_SET) == 0 &&
                    std::fread(to.data(), 1, to.size(), file) == to.size();
  if (file != nullptr) std::fclose(file);
  if (!read) return tenon::fail(tenon::code::invalid, {*path, ": cannot be read"});
  return {};
}

tenon::status files_beside::verify(std::string_view location, std::string_view sha1) {
  if (verified_ != location) {
    const auto bytes = size(location);
    if (!bytes.has_value()) return std::unexpected(bytes.error());
    tenon::onnx::sha1 sum;
    std::byte piece[4096];
    for (tenon::i64 at = 0; at < *bytes; at += sizeof piece) {
      const auto part = std::span(piece).first(static_cast<std::size_t>(std::min<tenon::i64>(*bytes - at, sizeof piece)));
      if (tenon::status s = read(location, at, part); !s.has_value()) return s;
      sum.add(part);
    }
    verified_ = location;
    sum_ = sum.digest();
  }
  const auto same = [](char said, char digit) { return said == digit || (said >= 'A' && said <= 'F' && said + ('a' - 'A') == digit); };
  if (std::ranges::equal(sha1, sum_, same)) return {};
  return tenon::fail(tenon::code::invalid, {"file ", tenon::in_quotes(location), " has SHA-1 ", sum_, " and not ", tenon::shown(sha1), ", which the model says"});
}
