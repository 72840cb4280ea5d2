// The files beside a model that its weights may lie in: plain ones in its folder and below.
#pragma once

#include <string>

#include <tenon/onnx/external.hpp>

/// Never `..`, an absolute path, or a link: a model is not to say what of a disk is read.
class files_beside final : public tenon::onnx::external_data {
 public:
  explicit files_beside(std::string model);
  tenon::result<tenon::i64> size(std::string_view location) override;
  tenon::status read(std::string_view location, tenon::i64 offset, std::span<std::byte> to) override;
  tenon::status verify(std::string_view location, std::string_view sha1) override;

 private:
  /// The path of a location that may be read.
  tenon::result<std::string> path_of(std::string_view location) const;
  std::string folder_;
  std::string verified_, sum_;  // of the last file that was verified: tensors of one lie one after the other
};
