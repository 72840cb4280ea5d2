// An ONNX file to a graph. Everything that is wrong with a model is found in one go and told in one
// message; weights stay where they are in the file's bytes. The format: onnx.proto and docs/IR.md of
// github.com/onnx/onnx, IR versions 3 to 14.
#pragma once

#include "graph.hpp"
#include "sniff.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

inline constexpr int oldest_ir = 3, newest_ir = 14;

struct import_options {
  memory* from = nullptr;  ///< for decoded tensors
  i64 limit = -1;          ///< bytes that importing may allocate; -1: four times the file plus 1 MB
  external_data* files = nullptr;  ///< gives data that lies beside the model; null refuses it
  image_reader* images = nullptr;  ///< reads pictures for ImageDecoder; null refuses it
};

namespace detail {

class importer {
 public:
  importer(byte_span file, const op_list& ops, const import_options& options)
      : file_(file),
        in_{file.data(), options.from, budget(options.limit >= 0 ? options.limit : budget::of_file(file.size()))},
        model_{ops, in_} {
    in_.files = options.files;
    in_.images = options.images;
  }

  result<graph> run() {
    if (!read_model()) return std::unexpected(std::move(in_.stop));
    graph_importer g(bytes_, model_, nullptr);
    if (!g.read()) return std::unexpected(std::move(in_.stop));
    tell_missing(model_);
    if (!in_.found.none()) return std::unexpected(in_.found.all());
    return g.take();
  }

 private:
  std::size_t fault(code what, std::initializer_list<piece> why) { return in_.found.add(what, why); }

  bool no_model(const wire_reader& r, const model_proto& m) {
    if (file_.empty()) return in_.end(code::malformed, {"the file is empty"});
    if (const auto what = looks_like(file_); !what.empty())
      return in_.end(code::malformed, {"not an ONNX model: the file is ", what});
    // A file cut short reads well up to the cut; other bytes soon show a field that no model has.
    const std::string_view last = model_proto::field_name(r.key());
    if (r.fault() == wire_fault::truncated && m.strange == 0 && !last.empty() && m.known > 0) {
      if (r.missing() == 0) return in_.end(code::malformed, {"the file ends inside ", last});
      return in_.end(code::malformed, {"the file ends inside ", last, ", ", static_cast<i64>(r.missing()),
                                       " bytes too early"});
    }
    if (r.fault() == wire_fault::none) return in_.end(code::malformed, {"not an ONNX model: there is no graph in it"});
    if (m.strange == 0 && m.known > 0) return in_.sound(r, "the model");
    return in_.end(code::malformed, {"not an ONNX model: byte ", r.position() - file_.data(),
                                     " of the file begins no field of one"});
  }

  bool read_model() {
    model_proto m;
    wire_reader r = m.read(wire_reader(file_));
    if (r.fault() != wire_fault::none || m.graphs == 0) return no_model(r, m);
    if (m.graphs > 1) return in_.end(code::malformed, {"the model has ", m.graphs, " graphs"});
    if (m.ir_version < oldest_ir || m.ir_version > newest_ir)
      fault(code::unsupported,
            {"IR version ", m.ir_version, " is unknown (", oldest_ir, " to ", newest_ir, " are known)"});
    if (m.trainings != 0) fault(code::unsupported, {"training information in a model is not supported"});
    if (m.opsets == 0) fault(code::invalid, {"the model imports no opset"});
    if (!in_.take(m.opsets, sizeof(opset_proto))) return false;
    model_.imports.all.reserve(static_cast<std::size_t>(m.opsets));
    for (wire_reader o(file_); o.next(bytes_key(8));) {
      opset_proto p;
      if (!in_.sound(p.read(o.inside()), "an opset import")) return false;
      const bool main = p.domain.empty();
      if (p.version < 1 || (main && p.version > newest_opset)) {
        if (main)
          fault(code::unsupported, {"opset ", p.version, " is unknown (1 to ", newest_opset, " are known)"});
        else fault(code::unsupported, {"opset ", p.version, " of domain ", in_quotes(p.domain), " is unknown"});
      }
      if (main) model_.opset = static_cast<int>(std::clamp<i64>(p.version, 1, newest_opset));
      model_.imports.all.push_back(p);
    }
    bytes_ = m.graph;
    return read_functions(wire_reader(file_), m.functions, model_);
  }

  const byte_span file_;
  import_state in_;
  import_model model_;
  byte_span bytes_;  ///< of the graph
};

}  // namespace detail

/// The model in `file` as a graph of operators from `ops`. Constants in the graph look into `file`,
/// whose bytes must stay where they are for as long as the graph is used.
[[gnu::noinline]] inline result<graph> import(byte_span file, const op_list& ops, const import_options& options = {}) {
  return detail::importer(file, ops, options).run();
}

}  // namespace tenon
TENON_COLD_END
