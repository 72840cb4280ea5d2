// What nn-link puts into a guest: WASI-NN in a memory of its own. It reaches the guest's memory, and the models that
// were named, through the functions of nn_bridge, which nn-link writes; it imports nothing else, of WASI neither: the
// host would take its addresses for the guest's.
#include <tenon/wasi_nn/engine.hpp>

#include "operators.hpp"

#define BRIDGE(name) __attribute__((import_module("nn_bridge"), import_name(#name)))

using tenon::u32, tenon::u64;

extern "C" {
BRIDGE(copy_in) void bridge_copy_in(void* to, u32 from, u32 bytes);
BRIDGE(copy_out) void bridge_copy_out(u32 to, const void* from, u32 bytes);
BRIDGE(guest_bytes) u64 bridge_guest_bytes();
/// For each model the bytes of its name, those of its file, and the name.
BRIDGE(directory_bytes) u32 bridge_directory_bytes();
BRIDGE(directory) void bridge_directory(void* to);
BRIDGE(model) void bridge_model(u32 index, void* to);
void __wasm_call_ctors();
}

namespace {

struct guest final : tenon::wasi_nn::guest_memory {
  u64 size() const override { return bridge_guest_bytes(); }
  void copy_in(std::byte* to, u32 at, std::size_t n) const override { bridge_copy_in(to, at, n); }
  void copy_out(u32 at, const std::byte* from, std::size_t n) override { bridge_copy_out(at, from, n); }
};

struct bridge_models final : tenon::wasi_nn::named_models {
  std::string directory;
  bridge_models() : directory(bridge_directory_bytes(), '\0') { bridge_directory(directory.data()); }
  tenon::result<tenon::buffer> find(std::string_view wanted, tenon::memory* from) override {
    const std::string_view all(directory);
    u32 index = 0;
    for (std::size_t at = 0; at + 8 <= all.size(); ++index) {
      const auto* p = reinterpret_cast<const std::byte*>(all.data() + at);
      const u32 length = tenon::wasi_nn::u32_at(p), bytes = tenon::wasi_nn::u32_at(p + 4);
      const std::string_view name = all.substr(at + 8, length);
      at += 8 + length;
      if (name != wanted) continue;
      auto b = tenon::buffer::make(bytes, from);
      if (b.has_value()) bridge_model(index, (*b).data());
      return b;
    }
    return tenon::fail(tenon::code::not_found, {"no model is called ", wanted});
  }
};

struct provider {
  bridge_models models;
  guest memory;
  tenon::wasi_nn::engine engine{all_operators(), {.named = &models}};
};

/// Nobody starts this module: the first call does.
provider& the() {
  static bool started = false;
  if (!started) {
    started = true;
    __wasm_call_ctors();
  }
  static provider p;
  return p;
}

}  // namespace

#define FUNCTION(name, n, call)                                                                \
  extern "C" __attribute__((export_name(#name))) u32 nn_##name NN_PARAMETERS(n) {              \
    auto& [models, memory, engine] = the();                                                    \
    return static_cast<u32>(engine.call);                                                      \
  }
#include "functions.hpp"

// What the C library would want of WASI: to write to standard error, and to end. `raise` does both, for errors that
// are the library's own.
extern "C" {
int __imported_wasi_snapshot_preview1_fd_write(int, int, int, int) { return 8; }
int __imported_wasi_snapshot_preview1_fd_close(int) { return 8; }
int __imported_wasi_snapshot_preview1_fd_seek(int, long long, int, int) { return 8; }
int __imported_wasi_snapshot_preview1_fd_fdstat_get(int, int) { return 8; }
void __imported_wasi_snapshot_preview1_proc_exit(int) { __builtin_trap(); }
}
