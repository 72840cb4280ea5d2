// A model in a guest that a host drives: bytes in, load, run, logits out. The host does the timing.
#include <cstdio>
#include <vector>

#include <tenon/onnx/load.hpp>

namespace {
std::vector<std::byte> file;
std::optional<tenon::model> model;
std::optional<tenon::session> session;
tenon::any_tensor input;
std::span<const tenon::any_view> outputs;

int complain(const tenon::error& e) {
  std::fprintf(stderr, "%s\n", e.message.c_str());
  return 1;
}
}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

/// Where the host puts a model of so many bytes.
EXPORT(place) std::byte* place(int bytes) {
  file.resize(static_cast<std::size_t>(bytes));
  return file.data();
}

/// 0 when the model is loaded.
EXPORT(load) int load() {
  auto m = tenon::onnx::try_load(std::move(file));
  if (!m.has_value()) return complain(m.error());
  model = std::move(*m);
  session.emplace(*model);
  return 0;
}

/// Where the host puts the float input of these dimensions.
EXPORT(shape) void* shape(int n, int c, int h, int w) {
  input = tenon::any_tensor(tenon::dtype::f32, {n, c, h, w});
  return input.data();
}

/// 0 when the model has run.
EXPORT(run) int run() {
  const tenon::any_view in[] = {input};
  auto r = session->try_run(in);
  if (!r.has_value()) return complain(r.error());
  outputs = *r;
  return 0;
}

EXPORT(output) const std::byte* output() { return outputs[0].bytes; }
EXPORT(output_size) int output_size() { return static_cast<int>(outputs[0].size()); }
