// ONNX bytes to a model that runs: load<tenon::ops::vision>(bytes) links only those operators, load(bytes)
// all of them and wants ops/all.hpp included.
#pragma once

#include "../graph/session.hpp"
#include "import.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {
struct all;
}
namespace tenon::inline TENON_BUILD::onnx {

struct load_options {
  memory* from = nullptr;  ///< for weights and decoded tensors
  bool detach = false;     ///< copy what is needed of the bytes, which then may go
  external_data* files = nullptr;  ///< gives data that lies beside the model; null refuses it
  image_reader* images = nullptr;  ///< reads pictures for ImageDecoder, for as long as the model is used; null refuses it
  i64 max_macs = folding().macs;   ///< multiply-adds for constants that follow from others; more is left to the run
};

/// Borrows the bytes: they must outlive the model, whose weights may lie in them.
inline result<model> try_load(std::span<const std::byte> file, op_list operators, load_options options = {}) {
  auto g = import(file, operators, {.from = options.from, .files = options.files, .images = options.images});
  if (!g.has_value()) return std::unexpected(std::move(g.error()));
  folding allowed{.from = options.from, .macs = options.max_macs};
  return model::make(std::move(*g), allowed, options.detach);
}
template <class Ops = ops::all>
result<model> try_load(std::span<const std::byte> file, load_options options = {}) {
  return try_load(file, Ops{}, options);
}

/// Takes the bytes and lets go of them: weights live on in packed form or as copies.
template <class Ops = ops::all>
result<model> try_load(std::vector<std::byte>&& file, load_options options = {}) {
  const std::vector<std::byte> bytes = std::move(file);
  options.detach = true;
  return try_load(bytes, Ops{}, options);
}
inline result<model> try_load(buffer&& file, op_list operators, load_options options = {}) {
  const buffer bytes = std::move(file);
  options.detach = true;
  return try_load(bytes.look(), operators, options);
}
template <class Ops = ops::all>
result<model> try_load(buffer&& file, load_options options = {}) {
  return try_load(std::move(file), Ops{}, options);
}

/// The pleasant twins: what is wrong with the file goes to `raise`.
template <class Ops = ops::all>
model load(std::span<const std::byte> file, load_options options = {}) {
  return value_or_raise(try_load<Ops>(file, options));
}
template <class Ops = ops::all>
model load(std::vector<std::byte>&& file, load_options options = {}) {
  return value_or_raise(try_load<Ops>(std::move(file), options));
}

}  // namespace tenon
TENON_COLD_END
