// The file TENON_EMBEDDED, as bytes of the program.
#include "engine.hpp"

namespace {
constexpr unsigned char bytes[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed TENON_EMBEDDED
#pragma clang diagnostic pop
};
}  // namespace

std::span<const std::byte> embedded_model() { return std::as_bytes(std::span(bytes)); }
