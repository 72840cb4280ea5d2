// WASI-NN for a guest that is linked with it: one memory, in which every address is checked all the same. The names by
// which headers call these functions are in names.hpp.
#include "direct.hpp"

#include <cstring>

#include <tenon/wasi_nn/engine.hpp>

#include "operators.hpp"

namespace {

using tenon::u32, tenon::u64;

struct own_memory final : tenon::wasi_nn::guest_memory {
  u64 size() const override { return u64{__builtin_wasm_memory_size(0)} << 16; }
  void copy_in(std::byte* to, u32 at, std::size_t n) const override { std::memcpy(to, reinterpret_cast<const void*>(at), n); }
  void copy_out(u32 at, const std::byte* from, std::size_t n) override { std::memcpy(reinterpret_cast<void*>(at), from, n); }
};

struct linked_models final : tenon::wasi_nn::named_models {
  tenon::result<tenon::buffer> find(std::string_view name, tenon::memory* from) override {
    for (const tenon_nn_model* m = tenon_nn_models; m->name != nullptr; ++m) {
      if (m->name != name) continue;
      auto b = tenon::buffer::make(static_cast<tenon::i64>(m->end - m->begin), from);
      if (b.has_value()) std::memcpy((*b).data(), m->begin, (*b).size());
      return b;
    }
    return tenon::fail(tenon::code::not_found, {"no model is called ", name});
  }
};

struct linked {
  linked_models models;
  own_memory memory;
  tenon::wasi_nn::engine engine{all_operators(), {.named = &models}};
};

linked& the() {
  static linked l;
  return l;
}

}  // namespace

#define FUNCTION(name, n, call)                         \
  extern "C" u32 tenon_nn_##name NN_PARAMETERS(n) {     \
    auto& [models, memory, engine] = the();             \
    return static_cast<u32>(engine.call);               \
  }
#include "functions.hpp"

extern "C" const char* tenon_nn_last_error() { return the().engine.last_error().c_str(); }
