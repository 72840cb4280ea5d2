// WASI-NN, by this library: each function of the interface is a member that takes the guest's numbers and answers with
// one. Nothing a guest passes makes it trap. Who embeds it says which operators there are, and how the guest's
// memory is reached.
#pragma once

#include "../onnx/import.hpp"
#include "graph.hpp"
#include "handles.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::wasi_nn {

/// Models that a guest loads by name, wherever they come from.
class named_models {
 public:
  /// The bytes of an ONNX file; code::not_found where no model is called so.
  virtual result<buffer> find(std::string_view name, memory* from) = 0;

 protected:
  ~named_models() = default;
};

struct engine_options {
  memory* from = nullptr;  ///< for weights, tensors and arenas
  named_models* named = nullptr;
  i64 max_memory = i64{2} << 30;  ///< of one model's file, and of the values of one context
  std::size_t max_handles = 1024;  ///< graphs, and contexts, that live at a time
};

class engine {
 public:
  explicit engine(op_list operators, engine_options options = {})
      : operators_(operators), options_(options), graphs_(options.max_handles), contexts_(options.max_handles) {}
  engine(const engine&) = delete;

  /// What was wrong with the last call that did not succeed.
  const std::string& last_error() const { return last_error_; }

  nn_errno load(guest_memory& guest, u32 builders, u32 count, u32 encoding, u32 target, u32 handle) {
    return answer("load", [&] {
      return publish(guest, handle, [&]() -> result<u32> {
        if (encoding != encoding_onnx && encoding != encoding_autodetect)
          return fail(code::malformed, {"encoding ", encoding, ": only 1 (ONNX) and 5 (autodetect) are known"});
        if (target >= targets) return fail(code::invalid, {"target ", target, ": there are 0 (CPU) to 3 (AUTO)"});
        if (count != 1) return fail(code::invalid, {count, " builders: an ONNX model is one"});
        const auto where = guest.read_list(builders, "the list of builders");
        if (!where.has_value()) return std::unexpected(where.error());
        if (status s = guest.check((*where).at, (*where).length, "the model"); !s.has_value()) return std::unexpected(s.error());
        if (status s = within_limit((*where).length); !s.has_value()) return std::unexpected(s.error());
        auto bytes = guest.read_all(*where, options_.from, "the model");
        if (!bytes.has_value()) return std::unexpected(bytes.error());
        return load(*bytes, "");
      });
    });
  }

  /// A name that is loaded has one graph, until that is unloaded.
  nn_errno load_by_name(guest_memory& guest, u32 name, u32 length, u32 handle) {
    return answer("load_by_name", [&] { return by_name(guest, {name, length}, handle); });
  }
  nn_errno load_by_name_with_config(guest_memory& guest, u32 name, u32 length, u32 config, u32 config_length, u32 handle) {
    return answer("load_by_name_with_config", [&]() -> status {
      const auto text = read_text(guest, {config, config_length}, "the configuration");
      if (!text.has_value()) return std::unexpected(text.error());
      if (std::string_view bare(*text); bare.find_first_not_of(" \t\r\n{}") != bare.npos)
        return fail(code::unsupported, {"the configuration says ", *text, ", and a model has nothing to be configured"});
      return by_name(guest, {name, length}, handle);
    });
  }

  nn_errno init_execution_context(guest_memory& guest, u32 graph, u32 handle) {
    return answer("init_execution_context", [&] {
      return publish(guest, handle, [&]() -> result<u32> {
        auto g = graphs_.find(graph);
        if (g == nullptr) return dead("graph", graph);
        return contexts_.insert(std::make_shared<context>(
            std::move(g), session_options{.from = options_.from, .max_memory = options_.max_memory}));
      });
    });
  }

  nn_errno set_input(guest_memory& guest, u32 handle, u32 index, u32 tensor) {
    return answer("set_input", [&]() -> status {
      const auto c = usable(handle);
      if (!c.has_value()) return std::unexpected(c.error());
      std::byte record[guest_tensor::size];
      if (status s = guest.read(tensor, record, "the tensor"); !s.has_value()) return s;
      return (*c)->set_input(guest, index, tensor_at(record));
    });
  }

  nn_errno compute(u32 handle) {
    return answer("compute", [&]() -> status {
      const auto c = usable(handle);
      if (!c.has_value()) return std::unexpected(c.error());
      return (*c)->compute();
    });
  }

  /// The size goes to `written` also when the buffer is too small for it; then nothing goes into the buffer. Also of a
  /// graph that has been unloaded.
  nn_errno get_output(guest_memory& guest, u32 handle, u32 index, u32 buffer, u32 size, u32 written) {
    return answer("get_output", [&]() -> status {
      const auto c = contexts_.find(handle);
      if (c == nullptr) return dead("context", handle);
      if (status s = guest.check(buffer, size, "the buffer"); !s.has_value()) return s;
      if (status s = guest.check(written, 4, "the place for the size"); !s.has_value()) return s;
      const auto bytes = c->output(index);
      if (!bytes.has_value()) return std::unexpected(bytes.error());
      const auto n = static_cast<i64>((*bytes).size());
      if (n > UINT32_MAX) return fail(code::limit, {"output ", index, " has ", n, " bytes, more than a guest can count"});
      if (status s = guest.write(written, static_cast<u32>(n), "the place for the size"); !s.has_value()) return s;
      if (n > size) return fail(code::limit, {"output ", index, " has ", n, " bytes, the buffer ", size});
      return guest.write(buffer, *bytes, "the buffer");
    });
  }

  nn_errno unload(u32 graph) {
    return answer("unload", [&]() -> status {
      const auto g = graphs_.remove(graph);
      if (g == nullptr) return dead("graph", graph);
      g->detached = true;
      return {};
    });
  }
  nn_errno finalize_execution_context(u32 handle) {
    return answer("finalize_execution_context",
                  [&]() -> status { return contexts_.remove(handle) != nullptr ? status{} : dead("context", handle); });
  }

  /// What only backends of language models have: compute_single, get_output_single, fini_single.
  nn_errno token_by_token(std::string_view function) {
    return answer(function, []() -> status { return fail(code::unsupported, {"an ONNX model does not run token by token"}); });
  }

 private:
  template <class F>
  nn_errno answer(std::string_view function, F f) {
    const status s = f();
    if (s.has_value()) return nn_errno::success;
    last_error_ = join({function, ": ", s.error().message});
    return errno_of(s.error().what);
  }
  static std::unexpected<error> dead(std::string_view what, u32 handle) {
    return fail(code::invalid, {"there is no ", what, " ", handle});
  }

  /// Writes the handle that f gives. Whether it can be written is seen before the work.
  template <class F>
  static status publish(guest_memory& guest, u32 at, F f) {
    if (status s = guest.check(at, 4, "the place for the handle"); !s.has_value()) return s;
    const result<u32> handle = f();
    if (!handle.has_value()) return std::unexpected(handle.error());
    return guest.write(at, *handle, "the place for the handle");
  }

  status within_limit(i64 bytes) const {
    if (bytes <= options_.max_memory) return {};
    return fail(code::limit, {"a model of ", bytes, " bytes, more than the limit of ", options_.max_memory});
  }
  static result<std::string> read_text(const guest_memory& guest, guest_list l, piece what) {
    if (l.length > 64 << 10) return fail(code::invalid, {what, " has ", l.length, " bytes, more than 64 KB"});
    if (status s = guest.check(l.at, l.length, what); !s.has_value()) return std::unexpected(s.error());
    std::string text(l.length, '\0');
    if (status s = guest.read(l.at, std::as_writable_bytes(std::span(text)), what); !s.has_value()) return std::unexpected(s.error());
    return text;
  }

  status by_name(guest_memory& guest, guest_list where, u32 handle) {
    return publish(guest, handle, [&]() -> result<u32> {
      const auto name = read_text(guest, where, "the name");
      if (!name.has_value()) return std::unexpected(name.error());
      if (name->empty()) return fail(code::not_found, {"no model has an empty name"});
      if (const u32 there = graphs_.find_if([&](const loaded_graph& g) { return g.name == *name; }); there != 0) return there;
      if (options_.named == nullptr) return fail(code::not_found, {"there are no models with names"});
      auto bytes = options_.named->find(*name, options_.from);
      if (!bytes.has_value()) return std::unexpected(bytes.error());
      if (status s = within_limit(static_cast<i64>((*bytes).size())); !s.has_value()) return std::unexpected(s.error());
      return load(*bytes, *name);
    });
  }
  result<u32> load(const buffer& bytes, std::string name) {
    auto g = onnx::import(bytes.look(), operators_, {.from = options_.from});
    if (!g.has_value()) return std::unexpected(g.error());
    auto m = model::make(std::move(*g), options_.from, true);
    if (!m.has_value()) return std::unexpected(m.error());
    return graphs_.insert(std::make_shared<loaded_graph>(std::move(*m), std::move(name)));
  }

  /// A context that may be set and run: after an unload there are only outputs to be had.
  result<std::shared_ptr<context>> usable(u32 handle) {
    auto c = contexts_.find(handle);
    if (c == nullptr) return dead("context", handle);
    if (c->graph().detached) return fail(code::invalid, {"the graph of context ", handle, " has been unloaded"});
    return c;
  }

  op_list operators_;
  engine_options options_;
  handle_table<loaded_graph> graphs_;
  handle_table<context> contexts_;
  std::string last_error_;
};

}  // namespace tenon
TENON_COLD_END
