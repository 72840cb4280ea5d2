// Weights that a model keeps in files beside it. Without somebody who gives their bytes they are refused.
#pragma once

#include <span>
#include <string_view>

#include "../core/error.hpp"
#include "../core/shape.hpp"

namespace tenon::inline TENON_BUILD::onnx {

/// Gives the bytes of files that a model names. The location comes from the model and may say anything:
/// what may be read is for the implementation to decide.
class external_data {
 public:
  /// The size of a file, or why it is not given.
  virtual result<i64> size(std::string_view location) = 0;
  /// Fills `to` with the file's bytes from `offset` on; offset and size lie within the file.
  virtual status read(std::string_view location, i64 offset, std::span<std::byte> to) = 0;
  /// Whether a file has this SHA-1, in hexadecimal digits: asked for each tensor whose model says it. sha1.hpp computes it.
  virtual status verify(std::string_view /*location*/, std::string_view /*sha1*/) { return {}; }

 protected:
  ~external_data() = default;
};

}  // namespace tenon
