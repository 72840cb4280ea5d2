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
};

namespace detail {

/// The elements of a node's outputs, when all it needs is known and they are small enough, or no more than
/// `allowed` bytes.
inline bool try_fold(const op_info& info, const void* op, std::span<const known> in, std::span<known> out,
                     std::vector<any_tensor>& folded, i64 allowed = 0, memory* from = nullptr) {
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
  auto made = try_apply(info, op, views, {.outputs = static_cast<int>(out.size()), .from = from});
  if (!made.has_value()) return false;  // the run will say what is wrong, with the node's name
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].constant = (*made)[i].look();
    folded.push_back(std::move((*made)[i]));
  }
  return true;
}

}  // namespace detail

/// Infers dtypes and shapes, and elements where they follow; `inputs` as graph::inputs.
[[gnu::noinline]] inline result<inferred> infer_shapes(const graph& g, std::span<const known> inputs) {
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
    const bool folded = !wait && detail::try_fold(info, n.op.get(), in, out, r.elements);
    // Strings own memory, and there are none in the arena.
    for (const known& k : out) wait |= (k.type == dtype::string || is_container(k.type)) && !folded && !info.reshapes;
    if (wait) {
      r.nodes[i] = inferred::later;
      continue;
    }
    r.nodes[i] = folded ? inferred::folded : inferred::runs;
    for (std::size_t j = 0; j < out.size(); ++j)
      if (n.outputs[j] >= 0) r.at[static_cast<unsigned>(n.outputs[j])] = out[j];
  }
  if (!found.none()) return std::unexpected(found.all());
  return r;
}

}  // namespace tenon
TENON_COLD_END
