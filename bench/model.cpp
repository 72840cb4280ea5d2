// A model in a guest that a host drives: bytes in, load, inputs in, run, outputs out. The host does
// the timing. Names are zero-terminated, dtypes ONNX's numbers, dimensions 64 bits each.
#include <cstdio>
#include <optional>
#include <vector>

#include <tenon/onnx/load.hpp>

#include "operators.hpp"

namespace {
std::vector<std::byte> file;
std::optional<tenon::model> model;
std::optional<tenon::session> session;
std::vector<tenon::any_tensor> inputs;
std::span<const tenon::any_view> outputs;
std::vector<tenon::i64> dims;
std::string text;

int complain(const tenon::error& e) {
  std::fprintf(stderr, "%s\n", e.message.c_str());
  return 1;
}
const char* keep(std::string_view s) {
  text = s;
  return text.c_str();
}
const tenon::any_view& output_at(int i) { return outputs[static_cast<unsigned>(i)]; }
}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

/// Where the host puts a model of so many bytes.
EXPORT(place) std::byte* place(int bytes) {
  file.resize(static_cast<std::size_t>(bytes));
  return file.data();
}

/// 0 when the model is loaded; its bytes are gone then.
EXPORT(load) int load() {
  const std::vector<std::byte> bytes = std::move(file);
  auto m = tenon::onnx::try_load(bytes, all_operators(), {.detach = true});
  if (!m.has_value()) return complain(m.error());
  model = std::move(*m);
  session.emplace(*model);
  inputs.resize(static_cast<std::size_t>(model->inputs()));
  return 0;
}

EXPORT(input_count) int input_count() { return model->inputs(); }
EXPORT(output_count) int output_count() { return model->outputs(); }
EXPORT(input_name) const char* input_name(int i) { return keep(model->input(i).name); }
EXPORT(output_name) const char* output_name(int i) { return keep(model->output(i).name); }

/// Where the host puts the dimensions of a tensor of this rank, before it asks for `input`.
EXPORT(dimensions) tenon::i64* dimensions(int rank) {
  dims.resize(static_cast<std::size_t>(rank));
  return dims.data();
}
/// Where the host puts the elements of input i; null where it cannot have this type.
EXPORT(input) std::byte* input(int i, int type) {
  auto t = tenon::any_tensor::try_make(static_cast<tenon::dtype>(type), tenon::shape(std::span<const tenon::i64>(dims)));
  if (!t.has_value()) return complain(t.error()), nullptr;
  return (inputs[static_cast<unsigned>(i)] = std::move(*t)).data();
}

/// 0 when the model has run.
EXPORT(run) int run() {
  std::vector<tenon::any_view> in;
  for (const tenon::any_tensor& t : inputs) in.push_back(t);
  auto r = session->try_run(in);
  if (!r.has_value()) return complain(r.error());
  outputs = *r;
  return 0;
}

EXPORT(output) const std::byte* output(int i) { return output_at(i).bytes; }
EXPORT(output_type) int output_type(int i) { return static_cast<int>(output_at(i).type); }
EXPORT(output_size) int output_size(int i) { return static_cast<int>(output_at(i).size()); }
