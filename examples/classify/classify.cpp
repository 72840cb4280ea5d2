// Tells what is on photographs: classify MODEL LABELS PICTURE... A guest that carries everything it
// needs, from the decoder of the picture to the operators of the model.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/graph/session.hpp>
#include <tenon/onnx/load.hpp>
#include <tenon/ops/vision.hpp>

#include "../support/lines.hpp"
#include "../support/machine.hpp"
#include "../support/report.hpp"
#include "../support/scores.hpp"
#include "../support/sha256.hpp"
#include "options.hpp"

namespace {

/// What classifiers of pictures are made of; a longer list makes a larger module, and a model that wants more is
/// told which operators there are not.
using namespace tenon::ops;
using operators = tenon::list<Conv, BatchNormalization, Relu, Sigmoid, Clip, Add, Mul, Gemm, MaxPool, AveragePool,
                              GlobalAveragePool, ReduceMean, Reshape, Flatten, Identity, Transpose, Concat, Softmax>;


using outputs = std::span<const tenon::any_view>;

constexpr char program[] = "classify";

/// Says what is wrong with a file, and gives the exit code for it.
int complain_of(const char* file, const tenon::error& e) {
  return complain(program, tenon::join({file, ": ", e.message}));
}

/// The model's input as [1,3,height,width], or why it cannot take a picture.
tenon::result<tenon::shape> input_of(const tenon::model& m) {
  if (m.inputs() != 1 || m.outputs() < 1)
    return tenon::fail(tenon::code::unsupported, {"has ", m.inputs(), " inputs and ", m.outputs(),
                                                  " outputs; a picture needs one input and an answer"});
  const tenon::port p = m.input(0);
  const bool fits = p.type == tenon::dtype::f32 && p.dims.rank() == 4 && p.dims[0] <= 1 && p.dims[0] != 0 &&
                    p.dims[1] == 3 && p.dims[2] > 0 && p.dims[3] > 0;
  if (!fits)
    return tenon::fail(tenon::code::unsupported, {"input '", p.name, "' is ", name(p.type), " ", p.dims,
                                                  ", not float32 [1,3,height,width]"});
  return tenon::shape{1, 3, p.dims[2], p.dims[3]};
}

/// The first output, a score per class, or why it is not that.
tenon::result<std::span<const float>> scores_in(const tenon::model& m, outputs out) {
  const tenon::any_view& v = out[0];
  if (v.type != tenon::dtype::f32 || v.size() == 0)
    return tenon::fail(tenon::code::unsupported, {"output '", m.output(0).name, "' is ", name(v.type), " ", v.dims,
                                                  ", not a float32 score per class"});
  return std::span(v.as<float>(), static_cast<std::size_t>(v.size()));
}

class classifier {
 public:
  classifier(const options& o, const tenon::model& m, const tenon::shape& input, tenon::memory* from)
      : options_(o), model_(m), input_(input), memory_(from),
        session_(m, {.from = from, .max_memory = o.max_memory}) {}

  /// A first run, on a grey picture: finds out how many classes there are, and whether it can run.
  tenon::result<tenon::i64> warm_up() {
    const auto size = tenon::checked_count(input_.span());
    if (!size || *size > options_.max_memory / tenon::i64{sizeof(float)})
      return tenon::fail(tenon::code::limit, {"an input of ", input_, " has more bytes than the limit of ",
                                              options_.max_memory});
    auto grey = tenon::tensor<float>::try_make(input_, memory_);
    if (!grey.has_value()) return wrap(grey.error(), {"an input of ", input_, ": "});
    auto out = run(*grey);
    if (!out.has_value()) return std::unexpected(out.error());
    auto scores = scores_in(model_, *out);
    if (!scores.has_value()) return std::unexpected(scores.error());
    return static_cast<tenon::i64>((*scores).size());
  }

  /// Prints the five best labels of a picture, which came from a file.
  tenon::status classify(const char* file, const picture& pixels, const lines& labels) {
    auto input = prepare(pixels, input_[2], input_[3], memory_);
    if (!input.has_value()) return std::unexpected(input.error());
    auto out = run(*input);
    if (!out.has_value()) return std::unexpected(out.error());
    auto scores = scores_in(model_, *out);
    if (!scores.has_value()) return std::unexpected(scores.error());
    if (std::ranges::any_of(*scores, [](float x) { return std::isnan(x); }))
      return tenon::fail(tenon::code::invalid, {"the model's answer holds NaN"});

    report_.heading(file, pixels.width(), pixels.height());
    print_best(*scores, labels);
    for (const tenon::any_view& v : *out)
      if (v.type != tenon::dtype::string) digest_.add({v.bytes, static_cast<std::size_t>(v.byte_size())});
    for (tenon::i64 i = 0; i < options_.repeat; ++i) {
      const auto start = stopwatch::now();
      if (auto again = run(*input); !again.has_value()) return std::unexpected(again.error());
      times_.push_back(milliseconds_since(start));
    }
    return {};
  }

  void print_summary(const char* module, tenon::i64 model_bytes, double load_time) {
    report_.row("model", std::string(options_.model) + ", " + in_bytes(static_cast<double>(model_bytes)));
    char text[64];
    std::snprintf(text, sizeof text, "%.0f ms", load_time);
    report_.row("load", text);
    if (!times_.empty()) {
      std::ranges::nth_element(times_, times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2));
      std::snprintf(text, sizeof text, "%.1f ms, median of %zu runs", times_[times_.size() / 2], times_.size());
      report_.row("inference", text);
    }
    if (const tenon::i64 n = peak_memory(); n > 0) report_.row("memory", in_bytes(static_cast<double>(n)) + memory_kind);
    if (const tenon::i64 n = module_size(module); n > 0) report_.row("module", in_bytes(static_cast<double>(n)));
    if (options_.digest) report_.row("digest", digest_.finish());
  }

 private:
  tenon::result<outputs> run(const tenon::tensor<float>& input) {
    const tenon::any_view in[] = {input.look()};
    return session_.try_run(in);
  }

  void print_best(std::span<const float> scores, const lines& labels) {
    for (const auto [i, p] : best_of(scores)) report_.label(labels[i], static_cast<double>(p));
    report_.line();
  }

  const options& options_;
  const tenon::model& model_;
  const tenon::shape input_;
  tenon::memory* const memory_;
  tenon::session session_;
  report report_;
  sha256 digest_;
  std::vector<double> times_;
};

/// Reads and classifies one picture; the exit code.
int classify_file(classifier& c, const char* file, const lines& labels) {
  const auto content = tenon::read_file(file, nullptr, INT32_MAX);
  if (!content.has_value()) return complain(program, content.error().message);
  const auto pixels = picture::decode((*content).look());
  if (!pixels.has_value()) return complain_of(file, pixels.error());
  const auto done = c.classify(file, *pixels, labels);
  return done.has_value() ? 0 : complain_of(file, done.error());
}

int run(const options& o, const char* module) {
  auto text = tenon::read_file(o.labels, nullptr, 16 << 20);
  if (!text.has_value()) return complain(program, text.error().message);
  const lines labels(*text);

  tenon::limited_memory memory(o.max_memory);
  const auto start = stopwatch::now();
  auto file = tenon::read_file(o.model, nullptr, o.max_memory);
  if (!file.has_value()) return complain(program, file.error().message);
  const auto model_bytes = static_cast<tenon::i64>((*file).size());
  const auto model = tenon::onnx::try_load<operators>(std::move(*file), {.from = &memory});
  if (!model.has_value()) return complain_of(o.model, within(o.max_memory, model.error()));
  const double load_time = milliseconds_since(start);

  const auto input = input_of(*model);
  if (!input.has_value()) return complain_of(o.model, input.error());
  classifier c(o, *model, *input, &memory);
  const auto classes = c.warm_up();
  if (!classes.has_value()) return complain_of(o.model, within(o.max_memory, classes.error()));
  if (labels.size() != *classes)
    return complain(program, tenon::join({o.labels, " has ", labels.size(), " lines, the model has ", *classes, " classes"}));

  int code = 0;
  for (const char* picture_file : o.pictures) code |= classify_file(c, picture_file, labels);
  c.print_summary(module, model_bytes, load_time);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse(argc, argv), [&](const options& o) { return run(o, argc > 0 ? argv[0] : ""); });
}
