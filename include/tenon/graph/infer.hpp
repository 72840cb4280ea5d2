// Shapes of all values from the shapes of the inputs. Only the operators' own `infer` computes them;
// here is the order, the constants that follow from shapes, and the report of all that is wrong.
#pragma once

#include "../ops/eager.hpp"
#include "ir.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// Results up to this many bytes, or four times the bytes they come from, are computed ahead of the
/// run; a few bytes of file must not become much memory.
constexpr bool worth_folding(i64 in_bytes, i64 out_bytes) {
  return out_bytes <= (1 << 20) || out_bytes / 4 <= in_bytes;
}

/// What may be computed ahead: where its memory comes from, and how many bytes and multiply-adds are left for it. What
/// takes more waits for the run, which counts it.
struct folding {
  memory* from = nullptr;
  i64 bytes = INT64_MAX, macs = 10'000'000'000;
};

/// What nodes take off a budget (`work_of`), and which of them the most.
struct workload {
  i64 macs = 0, most = 0;
  int heaviest = -1;
  void add(int node, i64 work) {
    macs = std::min(macs + work, most_work);
    if (work > most) most = work, heaviest = node;
  }
};

/// What is known of every value of a graph for given inputs.
struct inferred {
  enum state : u8 {
    runs,    ///< shapes are known, it runs in the plan
    folded,  ///< elements are known already
    later,   ///< needs elements that are only known when the nodes before it have run
  };
  std::vector<known> at;      ///< per value
  std::vector<state> nodes;   ///< per node
  std::vector<any_tensor> elements;  ///< of what was folded
  workload work;  ///< of nodes that run
};

namespace detail {

/// The elements of a node's outputs, when all it needs is known and they are small enough, or no more than
/// `allowed` bytes.
inline bool try_fold(const op_info& info, const void* op, std::span<const known> in, std::span<known> out,
                     std::vector<any_tensor>& folded, folding& left, i64 allowed = 0) {
  i64 in_bytes = 0, out_bytes = 0;
  for (const known& k : in) {
    if (k.type == dtype::none) continue;
    if (!k.constant && !info.shape_only) return false;
    if (k.constant && k.constant.bytes == nullptr && k.constant.size() != 0) return false;  // packed and let go
    in_bytes += k.constant.byte_size();
  }
  for (const known& k : out) out_bytes += count(k.dims) * size_of(k.type);
  if (!worth_folding(in_bytes, out_bytes) && (out_bytes < 0 || out_bytes > allowed)) return false;
  std::vector<any_view> views;
  for (const known& k : in) views.push_back(k.constant ? k.constant : any_view(k.type, k.dims, nullptr));
  auto made = try_apply(info, op, views, {.outputs = static_cast<int>(out.size()), .from = left.from, .limit = left.bytes, .macs = &left.macs});
  if (!made.has_value()) return false;  // the run will say what is wrong, with the node's name
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].constant = (*made)[i].look();
    left.bytes -= out[i].constant.byte_size();
    folded.push_back(std::move((*made)[i]));
  }
  return true;
}

}  // namespace detail

/// Infers dtypes and shapes, and elements where they follow; `inputs` as graph::inputs.
[[gnu::noinline]] inline result<inferred> infer_shapes(const graph& g, std::span<const known> inputs, folding& left) {
  inferred r;
  r.at.resize(g.values.size());
  r.nodes.resize(g.nodes.size());
  faults found;
  std::vector<bool> broken(g.values.size());
  for (std::size_t i = 0; i < g.values.size(); ++i)
    if (g.values[i].is_constant()) r.at[i] = {g.values[i].type, g.values[i].dims, g.values[i].constant()};
  for (std::size_t i = 0; i < g.inputs.size(); ++i) r.at[static_cast<unsigned>(g.inputs[i])] = inputs[i];

  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    const op_info& info = n.op.info();
    std::vector<known> in, out(n.outputs.size());
    bool wait = false, skip = false;
    for (int v : n.inputs) {
      in.push_back(v < 0 ? known{} : r.at[static_cast<unsigned>(v)]);
      if (v < 0) continue;
      skip |= broken[static_cast<unsigned>(v)];
      wait |= in.back().type == dtype::none;
    }
    status s;
    if (!skip && !wait) {
      infer_context c(info, in, out);
      s = check_inputs(info, in);
      if (s.has_value()) s = info.infer(n.op.get(), c);
      wait = c.is_later();
      if (!s.has_value()) found.add(wrap(s.error(), {n.title(), ": "}).error());
    }
    if (skip || !s.has_value()) {
      for (int v : n.outputs)
        if (v >= 0) broken[static_cast<unsigned>(v)] = true;
      continue;
    }
    const bool folded = !wait && detail::try_fold(info, n.op.get(), in, out, r.elements, left);
    // Strings own memory, and there are none in the arena.
    for (const known& k : out) wait |= (k.type == dtype::string || is_container(k.type)) && !folded && !info.reshapes;
    if (wait) {
      r.nodes[i] = inferred::later;
      continue;
    }
    r.nodes[i] = folded ? inferred::folded : inferred::runs;
    if (!folded) r.work.add(static_cast<int>(i), work_of(info, n.op.get(), in, out));
    for (std::size_t j = 0; j < out.size(); ++j)
      if (n.outputs[j] >= 0) r.at[static_cast<unsigned>(n.outputs[j])] = out[j];
  }
  if (!found.none()) return std::unexpected(found.all());
  return r;
}
inline result<inferred> infer_shapes(const graph& g, std::span<const known> inputs) {
  folding left;
  return infer_shapes(g, inputs, left);
}

}  // namespace tenon
TENON_COLD_END
