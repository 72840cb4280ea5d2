// A graph and its execution contexts: what the handles of WASI-NN stand for.
#pragma once

#include <memory>

#include "../graph/session.hpp"
#include "guest_memory.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::wasi_nn {

/// A loaded model. When it is unloaded its handle dies, and it lives on while contexts hold it.
struct loaded_graph {
  tenon::model model;
  std::string name;  ///< of one loaded by name
  bool detached = false;
};

/// Inputs, a session, and the outputs of its last run.
class context {
 public:
  context(std::shared_ptr<const loaded_graph> of, session_options options)
      : graph_(std::move(of)), from_(options.from), session_(graph_->model, options),
        inputs_(static_cast<std::size_t>(graph_->model.inputs())) {}

  const loaded_graph& graph() const { return *graph_; }

  /// Takes a copy of the guest's tensor, if it is one that the model takes. Dimensions that the model leaves open are
  /// what the guest says.
  status set_input(const guest_memory& guest, u32 index, const guest_tensor& t) {
    if (index >= inputs_.size())
      return fail(code::invalid, {"there is no input ", index, ": the model has ", inputs_.size()});
    const auto dims = read_dims(guest, t.dimensions);
    if (!dims.has_value()) return std::unexpected(dims.error());
    const int i = static_cast<int>(index);
    dtype type = dtype_of_tensor(t.type);
    if (type == dtype::none) return fail(code::invalid, {"tensor type ", t.type, ": there are 0 (F16) to 5 (I64)"});
    if (const dtype wanted = graph_->model.input(i).type; stands_for(type, wanted)) type = wanted;
    const auto elements = checked_count((*dims).span());  // first, as strides of too many would overflow
    if (elements)
      if (status s = graph_->model.check_input(i, any_view(type, *dims, nullptr)); !s.has_value()) return s;
    const auto bytes = elements ? checked_product(*elements, size_of(type)) : std::nullopt;
    if (!bytes || *bytes != t.data.length)
      return fail(code::invalid, {"a tensor of ", name(type), " ", *dims, " does not have ", t.data.length, " bytes"});
    if (status s = guest.check(t.data.at, t.data.length, "the tensor's data"); !s.has_value()) return s;

    any_tensor& input = inputs_[index];
    if (status s = make(input, type, *dims); !s.has_value()) return s;
    if (status s = guest.read(t.data.at, {input.data(), t.data.length}, "the tensor's data"); !s.has_value()) return s;
    if (type == dtype::boolean)
      for (i64 b = 0; b < *elements; ++b) input.data()[b] = std::byte{input.data()[b] != std::byte{0}};
    return {};
  }

  status compute() {
    computed_ = false;
    std::vector<any_view> in;
    for (const any_tensor& t : inputs_) in.push_back(t);
    auto out = session_.try_run(in);
    if (!out.has_value()) return std::unexpected(out.error());
    outputs_.resize((*out).size());
    for (std::size_t i = 0; i < outputs_.size(); ++i) {  // copies: a view may be one of an input, which is set again
      const any_view& v = (*out)[i];
      if (status s = make(outputs_[i], v.type, v.dims); !s.has_value()) return s;
      copy_elements(v, outputs_[i].edit());
    }
    computed_ = true;
    return {};
  }

  /// The elements of an output, row by row.
  result<std::span<const std::byte>> output(u32 index) const {
    if (const auto n = static_cast<u32>(graph_->model.outputs()); index >= n)
      return fail(code::invalid, {"there is no output ", index, ": the model has ", n});
    if (!computed_) return fail(code::invalid, {"nothing has been computed"});
    const any_view v = outputs_[index];
    if (v.type == dtype::string || is_container(v.type))
      return fail(code::unsupported, {"output ", index, " is ", is_container(v.type) ? full_name(v.type) : "of strings", ", which a buffer cannot hold"});
    return std::span(v.bytes, static_cast<std::size_t>(v.byte_size()));
  }

 private:
  static result<shape> read_dims(const guest_memory& guest, guest_list l) {
    if (!shape::fits(l.length)) return fail(code::invalid, {"a tensor of ", l.length, " dimensions, more than ", max_rank});
    std::byte bytes[4 * max_rank];
    if (status s = guest.read(l.at, std::span(bytes, std::size_t{4} * l.length), "the list of dimensions"); !s.has_value())
      return std::unexpected(s.error());
    shape dims;
    for (u32 i = 0; i < l.length; ++i) dims.push_back(u32_at(bytes + 4 * i));
    return dims;
  }
  /// Kept where it has the type and the dimensions already.
  status make(any_tensor& t, dtype type, const shape& dims) const {
    if (t.type() == type && t.dims() == dims) return {};
    t = {};
    auto made = any_tensor::try_make_uninitialized(type, dims, from_);
    if (!made.has_value()) return std::unexpected(made.error());
    t = std::move(*made);
    return {};
  }

  std::shared_ptr<const loaded_graph> graph_;
  memory* from_;
  session session_;
  std::vector<any_tensor> inputs_, outputs_;
  bool computed_ = false;
};

}  // namespace tenon
TENON_COLD_END
