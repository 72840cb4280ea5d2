// What bytes look like that are no ONNX model: the most frequent mistake is not a broken model but
// another file, so the message says which.
#pragma once

#include "wire.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// What these bytes are, as in "the file is a PNG picture"; empty when nothing is recognised.
[[gnu::noinline]] inline std::string_view looks_like(byte_span file) {
  struct known {
    std::uint8_t at;
    std::string_view magic, name;
  };
  using namespace std::string_view_literals;
  static constexpr known table[] = {
      {0, "\xff\xd8\xff"sv, "a JPEG picture"},
      {0, "\x89PNG"sv, "a PNG picture"},
      {0, "GIF8"sv, "a GIF picture"},
      {0, "PK\x03\x04"sv, "a ZIP archive (PyTorch and Keras write such models)"},
      {0, "\x80\x02"sv, "a Python pickle (old PyTorch models are)"},
      {0, "\x1f\x8b"sv, "compressed with gzip"},
      {0, "version https://git-lfs"sv, "a Git LFS pointer, not the model that it stands for"},
      {0, "GGUF"sv, "a GGUF model"},
      {4, "TFL3"sv, "a TensorFlow Lite model"},
      {4, "ORTM"sv, "a model in onnxruntime's own format"},
      {0, "\x89HDF"sv, "an HDF5 file (old Keras models are)"},
      {0, "\x93NUMPY"sv, "a NumPy array"},
      {8, "{\""sv, "a safetensors file: weights without a graph"},
      {0, "\0asm"sv, "a WebAssembly module"},
      {0, "\x7f" "ELF"sv, "a native program"},
      {0, "%PDF"sv, "a PDF document"},
  };
  const std::string_view text = as_text(file);
  for (const known& k : table)
    if (text.size() >= k.at && text.substr(k.at).starts_with(k.magic)) return k.name;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  if (text[first] == '{') return "a JSON document";
  if (text[first] != '<') return {};
  const std::string_view head = text.substr(first, 512);
  return head.find("html") != head.npos || head.find("HTML") != head.npos ? "an HTML page" : "an XML document";
}

}  // namespace tenon
TENON_COLD_END
