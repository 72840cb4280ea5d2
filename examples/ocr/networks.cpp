#include "networks.hpp"

#include <tenon/onnx/load.hpp>
#include <tenon/ops/activation_piecewise.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/conv_transpose.hpp>
#include <tenon/ops/math.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/resize.hpp>
#include <tenon/ops/slice.hpp>
#include <tenon/ops/vision.hpp>

namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char detector_file[] = {
#embed <ch_PP-OCRv4_det_infer.onnx>
};
constexpr unsigned char recogniser_file[] = {
#embed <ch_PP-OCRv4_rec_infer.onnx>
};
constexpr unsigned char characters_file[] = {
#embed <ppocr_keys_v1.txt>
};
#pragma clang diagnostic pop

/// What they are made of.
using namespace tenon::ops;
using operators = tenon::list<Conv, ConvTranspose, BatchNormalization, Relu, HardSigmoid, Sigmoid, Clip, Add, Sub, Mul, Div,
                              Pow, Sqrt, MatMul, AveragePool, GlobalAveragePool, ReduceMean, Softmax, Resize, Cast, Shape,
                              Reshape, Squeeze, Transpose, Slice, Concat>;

}  // namespace

struct network::running {
  explicit running(tenon::model&& m) : model(std::move(m)), session(model) {}
  running(const running&) = delete;

  static tenon::result<network> load(std::span<const unsigned char> file) {
    auto m = tenon::onnx::try_load<operators>(std::as_bytes(file));
    if (!m.has_value()) return std::unexpected(m.error());
    return network(std::make_unique<running>(std::move(*m)));
  }

  tenon::model model;
  tenon::session session;
};

tenon::result<network> network::detector() { return running::load(detector_file); }
tenon::result<network> network::recogniser() { return running::load(recogniser_file); }
network::network(std::unique_ptr<running> r) : running_(std::move(r)) {}
network::network(network&&) noexcept = default;
network::~network() = default;

tenon::result<tenon::view<const float>> network::try_run(const tenon::tensor<float>& input) {
  const tenon::any_view in[] = {input.look()};
  const auto out = running_->session.try_run(in);
  if (!out.has_value()) return std::unexpected(out.error());
  return tenon::view<const float>((*out)[0].as<float>(), (*out)[0].dims);
}

std::string_view character_lines() { return {reinterpret_cast<const char*>(characters_file), sizeof characters_file}; }
