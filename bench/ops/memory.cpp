// Rows OPERATOR/TYPE/SHAPE of operators that do little for each byte: prepared once, as a session
// does it, then run.
#include <cstring>
#include <tenon/core/value.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/pool.hpp>
#include <tenon/ops/reduce.hpp>
#include <tenon/ops/move.hpp>
#include <tenon/ops/softmax.hpp>

#include "bench/rows.hpp"

namespace {

using tenon::any_tensor;
using tenon::dtype;
using tenon::i64;
using tenon::shape;

/// Memory of its own for each tensor of one node; images lie channels-last where asked.
template <class Op>
void add(const std::string& name, Op op, std::vector<any_tensor> in, bool channels_last = false) {
  bench::add_row(std::string(tenon::info_of<Op>.name) + "/" + name, [=](benchmark::State& state) {
    const tenon::op_info& info = tenon::info_of<Op>;
    std::vector<tenon::known> from, to(static_cast<std::size_t>(info.outputs.size));
    std::vector<tenon::any_view> views;
    double bytes = 0;
    for (const any_tensor& t : in) {
      views.push_back(t);
      if (channels_last) views.back().strides = tenon::channels_last_strides(t.dims());
      from.push_back({t.type(), t.dims(), t});
      bytes += static_cast<double>(views.back().byte_size());
    }
    tenon::infer_context shapes(info, from, to);
    if (!info.infer(&op, shapes).has_value()) return state.SkipWithError("inference fails");
    to.resize(1);
    any_tensor out(to[0].type, to[0].dims);
    tenon::mutable_any_view target = out.edit();
    if (channels_last) target.strides = tenon::channels_last_strides(out.dims());
    bytes += static_cast<double>(target.byte_size());
    auto scratch = tenon::buffer::make(tenon::scratch_bytes(info, &op, from, to, false, 0, !channels_last), nullptr);
    if (!scratch.has_value()) return state.SkipWithError("no memory");
    tenon::run_context c(views, std::span(&target, 1), (*scratch).data());
    bench::measure_bytes(state, bytes, [&] {
      if (!tenon::run_node(info, &op, c).has_value()) state.SkipWithError("the run fails");
    });
  });
}

any_tensor numbers(const shape& dims) {
  any_tensor t(dtype::f32, dims);
  for (i64 i = 0; i < t.size(); ++i) t.as<float>()[i] = static_cast<float>(i % 251) * 0.03125f - 4;
  return t;
}
any_tensor bytes(const shape& dims) { return any_tensor(dtype::u8, dims); }
any_tensor axes(i64 axis) {
  any_tensor t(dtype::i64, {1});
  *t.as<i64>() = axis;
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tenon::ops;
  add("f32/1048576", Add{}, {numbers({1 << 20}), numbers({1 << 20})});
  add("f32/1024x1024 + 1024", Add{}, {numbers({1024, 1024}), numbers({1024})});
  add("f32/1048576", Relu{}, {numbers({1 << 20})});
  add("f32/1048576", Exp{}, {numbers({1 << 20})});
  add("f32/1048576", Sigmoid{}, {numbers({1 << 20})});
  add("f32/1024x1024", Softmax{}, {numbers({1024, 1024})});
  add("f32/12x128x128", Softmax{}, {numbers({12, 128, 128})});
  add("f32/1048576", ReduceSum{}, {numbers({1 << 20})});
  add("f32/1024x1024 rows", ReduceMax{}, {numbers({1024, 1024}), axes(1)});
  add("f32/1024x1024 columns", ReduceMean{}, {numbers({1024, 1024}), axes(0)});
  MaxPool pool;
  pool.kernel_shape.value = {3, 3}, pool.strides = {2, 2};
  add("f32/3x3 s2 112x112x64", pool, {numbers({1, 64, 112, 112})}, true);
  pool.strides = {1, 1}, pool.pads = {1, 1, 1, 1};
  add("f32/3x3 s1 28x28x192", pool, {numbers({1, 192, 28, 28})}, true);
  add("f32/28x28x1024", GlobalAveragePool{}, {numbers({1, 1024, 28, 28})}, true);
  add("f32/1024x1024", Transpose{}, {numbers({1024, 1024})});
  add("u8/1024x1024", Transpose{}, {bytes({1024, 1024})});
  Transpose to_last;
  to_last.perm = {0, 2, 3, 1};
  add("f32/64x56x56 to last", to_last, {numbers({1, 64, 56, 56})});
  Transpose heads;
  heads.perm = {0, 2, 1, 3};
  add("f32/128x12x32 heads", heads, {numbers({1, 128, 12, 32})});
  return bench::run_rows(argc, argv);
}
