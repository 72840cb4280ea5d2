// What the program can find out about itself: the memory it took, and its own size.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#if !defined(__wasm__)
#include <sys/resource.h>
#endif

#if defined(__wasm__)
inline constexpr char memory_kind[] = " of linear memory at the peak";
/// Linear memory never shrinks, so what there is now is the peak.
inline std::int64_t peak_memory() { return static_cast<std::int64_t>(__builtin_wasm_memory_size(0)) * 65536; }
#else
inline constexpr char memory_kind[] = " resident at the peak";
inline std::int64_t peak_memory() {
  rusage used;
  return getrusage(RUSAGE_SELF, &used) == 0 ? used.ru_maxrss * std::int64_t{1024} : 0;
}
#endif

/// Bytes of the module that is running, 0 where it cannot know: a guest sees its own file only if it
/// lies in a folder that was shared, and toolchains/run says where in TENON_MODULE.
inline std::int64_t module_size([[maybe_unused]] const char* module) {
#if defined(__wasm__)
  const char* const places[] = {std::getenv("TENON_MODULE"), module};
  for (const char* path : places) {
    std::FILE* file = path != nullptr ? std::fopen(path, "rb") : nullptr;
    if (file == nullptr) continue;
    char magic[4] = {};
    const bool wasm = std::fread(magic, 1, 4, file) == 4 && std::memcmp(magic, "\0asm", 4) == 0;
    const long size = wasm && std::fseek(file, 0, SEEK_END) == 0 ? std::ftell(file) : 0;
    std::fclose(file);
    if (size > 0) return size;
  }
#endif
  return 0;
}
