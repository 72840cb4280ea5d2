// WASI-NN in numbers, as guests say them: the WITX dialect of the module wasi_ephemeral_nn, with what WasmEdge
// adds to it. The specification: github.com/WebAssembly/wasi-nn, wasi-nn.witx.
#pragma once

#include "../core/dtype.hpp"
#include "../core/error.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::wasi_nn {

/// What every function of the interface returns.
enum class nn_errno : u32 {
  success,
  invalid_argument,       ///< a dead handle, an address outside of memory, an index, a type, a size
  invalid_encoding,       ///< not ONNX, or bytes that are no model
  missing_memory,         ///< the guest has no memory
  busy,
  runtime_error,
  unsupported_operation,  ///< operators that there are not, functions of other backends
  too_large,              ///< the guest's buffer is too small, or a limit would be exceeded
  not_found,              ///< no model has this name
};

/// What went wrong inside, as the guest hears of it.
constexpr nn_errno errno_of(code c) {
  switch (c) {
    case code::malformed: return nn_errno::invalid_encoding;
    case code::invalid: return nn_errno::invalid_argument;
    case code::unsupported: return nn_errno::unsupported_operation;
    case code::out_of_memory: case code::limit: return nn_errno::too_large;
    case code::not_found: return nn_errno::not_found;
    case code::io: return nn_errno::runtime_error;
  }
  return nn_errno::runtime_error;
}

/// Encodings of models: of those that guests may name, the two that mean ONNX here.
inline constexpr u32 encoding_onnx = 1, encoding_autodetect = 5;

/// Targets are CPU, GPU, TPU and WasmEdge's AUTO. They are wishes: everything runs on the processor.
inline constexpr u32 targets = 4;

/// The element type that a guest's tensor names; none where there is no such type. (Guests from before August
/// 2023 count differently from U8 on.)
constexpr dtype dtype_of_tensor(u8 type) {
  constexpr dtype types[] = {dtype::f16, dtype::f32, dtype::f64, dtype::u8, dtype::i32, dtype::i64};
  return type < std::size(types) ? types[type] : dtype::none;
}

/// True for types that WASI-NN has no name for and whose bits those of `given` are: i8 and bool are said to be U8, u32
/// I32 and u64 I64.
constexpr bool stands_for(dtype given, dtype wanted) {
  return (given == dtype::u8 && (wanted == dtype::i8 || wanted == dtype::boolean)) ||
         (given == dtype::i32 && wanted == dtype::u32) || (given == dtype::i64 && wanted == dtype::u64);
}

/// A list in a guest's memory.
struct guest_list {
  u32 at = 0, length = 0;
};

/// The record `tensor`. Three bytes beside the type are padding, which not every guest clears.
struct guest_tensor {
  static constexpr u32 size = 20;
  guest_list dimensions;  ///< of u32
  u8 type = 0;
  guest_list data;  ///< of bytes
};

/// Little endian, whatever the host.
constexpr u32 u32_at(const std::byte* p) {
  u32 v = 0;
  for (int i = 4; i-- > 0;) v = v << 8 | std::to_integer<u32>(p[i]);
  return v;
}
constexpr guest_tensor tensor_at(const std::byte* p) {
  return {{u32_at(p), u32_at(p + 4)}, std::to_integer<u8>(p[8]), {u32_at(p + 12), u32_at(p + 16)}};
}

}  // namespace tenon
TENON_COLD_END
