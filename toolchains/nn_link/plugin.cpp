// The same engine as a plugin of WasmEdge, for guests that are not linked:
//   WASMEDGE_PLUGIN_PATH=libtenon_wasi_nn.so wasmedge guest.wasm
// Models for load_by_name are named as elsewhere in WasmEdge, NAME:ENCODING:TARGET:FILE, in --nn-preload or in the variable
// WASMEDGE_WASINN_PRELOAD; several with a semicolon in between. What goes wrong is told on standard error.
#include <wasmedge/wasmedge.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>

#include <tenon/core/file.hpp>
#include <tenon/wasi_nn/engine.hpp>

#include "operators.hpp"

namespace {

using tenon::u32, tenon::u64;
using tenon::wasi_nn::nn_errno;

WasmEdge_String preload{}, no_preload{};

class frame_memory final : public tenon::wasi_nn::guest_memory {
 public:
  explicit frame_memory(WasmEdge_MemoryInstanceContext* m) : memory_(m) {}
  u64 size() const override { return u64{WasmEdge_MemoryInstanceGetPageSize(memory_)} << 16; }

 private:
  void copy_in(std::byte* to, u32 at, std::size_t n) const override {
    std::memcpy(to, WasmEdge_MemoryInstanceGetPointerConst(memory_, at, static_cast<u32>(n)), n);
  }
  void copy_out(u32 at, const std::byte* from, std::size_t n) override {
    std::memcpy(WasmEdge_MemoryInstanceGetPointer(memory_, at, static_cast<u32>(n)), from, n);
  }
  WasmEdge_MemoryInstanceContext* memory_;
};

/// The part of `text` before the next `end`, which is taken away with it.
std::string_view take(std::string_view& text, char end) {
  const auto at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == text.npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

struct preloaded final : tenon::wasi_nn::named_models {
  static tenon::result<tenon::buffer> in(std::string_view list, std::string_view wanted, tenon::memory* from) {
    while (!list.empty()) {
      std::string_view entry = take(list, ';');
      const std::string_view name = take(entry, ':'), encoding = take(entry, ':');
      take(entry, ':');  // the target, which is a wish
      if (name != wanted) continue;
      if (encoding != "onnx" && encoding != "ONNX" && encoding != "autodetect")
        return tenon::fail(tenon::code::malformed, {"model ", name, " is said to be ", encoding, ", and only onnx is known"});
      return tenon::read_file(std::string(entry), from, i64{2} << 30);
    }
    return tenon::fail(tenon::code::not_found, {"no model is called ", wanted});
  }
  tenon::result<tenon::buffer> find(std::string_view name, tenon::memory* from) override {
    auto found = in({preload.Buf, preload.Length}, name, from);
    if (found.has_value() || found.error().what != tenon::code::not_found) return found;
    const char* variable = std::getenv("WASMEDGE_WASINN_PRELOAD");
    return in(variable != nullptr ? variable : "", name, from);
  }
  using i64 = tenon::i64;
};

/// One per module instance of the host; guests may call from several threads.
struct host {
  std::mutex lock;
  preloaded models;
  tenon::wasi_nn::engine engine{all_operators(), {.named = &models}};
};

template <class F>
WasmEdge_Result answer(void* data, const WasmEdge_CallingFrameContext* frame, WasmEdge_Value* out, F f) {
  host& h = *static_cast<host*>(data);
  WasmEdge_MemoryInstanceContext* m = WasmEdge_CallingFrameGetMemoryInstance(frame, 0);
  nn_errno code = nn_errno::missing_memory;
  if (m != nullptr) {
    const std::lock_guard held(h.lock);
    frame_memory memory(m);
    code = f(memory, h.engine);
    if (code != nn_errno::success) std::fprintf(stderr, "[WASI-NN] %s\n", h.engine.last_error().c_str());
  }
  out[0] = WasmEdge_ValueGenI32(static_cast<std::int32_t>(code));
  return WasmEdge_Result_Success;
}

void add(WasmEdge_ModuleInstanceContext* to, host* h, const char* name, u32 parameters, WasmEdge_HostFunc_t f) {
  const WasmEdge_ValType i32 = WasmEdge_ValTypeGenI32(), types[] = {i32, i32, i32, i32, i32};
  WasmEdge_FunctionTypeContext* type = WasmEdge_FunctionTypeCreate(types, parameters, &i32, 1);
  WasmEdge_String text = WasmEdge_StringCreateByCString(name);
  WasmEdge_ModuleInstanceAddFunction(to, text, WasmEdge_FunctionInstanceCreate(type, f, h, 0));
  WasmEdge_StringDelete(text);
  WasmEdge_FunctionTypeDelete(type);
}

#define FUNCTION(name, n, call)                                                                                     \
  WasmEdge_Result nn_##name(void* data, const WasmEdge_CallingFrameContext* frame, const WasmEdge_Value* in, WasmEdge_Value* out) { \
    return answer(data, frame, out, [&]([[maybe_unused]] auto& memory, auto& engine) {                              \
      [[maybe_unused]] u32 v[5] = {};                                                                               \
      for (int i = 0; i < n; ++i) v[i] = static_cast<u32>(WasmEdge_ValueGetI32(in[i]));                             \
      [[maybe_unused]] const auto [a, b, c, d, e] = v;                                                              \
      return engine.call;                                                                                           \
    });                                                                                                             \
  }
#include "functions.hpp"
#undef FUNCTION

WasmEdge_ModuleInstanceContext* create(const WasmEdge_ModuleDescriptor*) {
  auto* h = new host;
  WasmEdge_String name = WasmEdge_StringCreateByCString("wasi_ephemeral_nn");
  WasmEdge_ModuleInstanceContext* m = WasmEdge_ModuleInstanceCreateWithData(name, h, [](void* p) { delete static_cast<host*>(p); });
  WasmEdge_StringDelete(name);
#define FUNCTION(function, n, call) add(m, h, #function, n, nn_##function);
#include "functions.hpp"
#undef FUNCTION
  return m;
}

// Both are called wasi_nn, or WasmEdge keeps the stub that it has for when there is no plugin.
WasmEdge_ModuleDescriptor modules[] = {{"wasi_nn", "WASI-NN for ONNX models", create}};
WasmEdge_ProgramOption options[] = {{"nn-preload", "Models for load_by_name: NAME:ENCODING:TARGET:FILE[;...]",
                                     WasmEdge_ProgramOptionType_String, &preload, &no_preload}};
const WasmEdge_PluginDescriptor descriptor = {
    "wasi_nn", "WASI-NN for ONNX models, by tenon", WasmEdge_Plugin_CurrentAPIVersion, {0, 1, 0, 0}, 1, 1, modules, options};

}  // namespace

extern "C" [[gnu::visibility("default")]] const WasmEdge_PluginDescriptor* WasmEdge_Plugin_GetDescriptor() { return &descriptor; }
