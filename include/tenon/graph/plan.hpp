// From a graph and the shapes of its inputs to a list of steps in which every value has a fixed place:
// shapes are inferred, element orders chosen, places in one arena assigned. Nothing is allocated for
// the run itself, so the memory it will take is known first.
#pragma once

#include "../ops/run.hpp"
#include "arena.hpp"
#include "infer.hpp"
#include "ir.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A value of the plan: a value of the graph, or the same in another element order.
struct planned {
  known what;
  order stored = order::plain;
  enum class home : u8 { nowhere, arena, input, constant, deferred } where = home::nowhere;
  i64 offset = 0;  ///< in the arena; the index of the input
  int root = -1;   ///< shares the bytes of this one (a reshape, a result in place)
  int first = 0, last = 0;  ///< steps between which the bytes must hold
};

/// One thing to do. `node` -1 stores input 0 in the order of output 0.
struct step {
  int node = -1;
  std::vector<int> inputs, outputs;  ///< planned values, -1 for absent ones
  i64 scratch = 0, scratch_bytes = 0;
  interval clamp;         ///< fused into this node
  bool deferred = false;  ///< shapes are only known just before it runs; outputs lie outside the arena
};

struct plan {
  std::vector<planned> values;
  std::vector<step> steps;
  std::vector<int> outputs;        ///< planned values, in plain order
  std::vector<any_tensor> folded;  ///< elements that followed from the shapes
  std::vector<std::pair<int, int>> fused;  ///< nodes that another one does along with its own work, and that one
  i64 arena_bytes = 0;
  workload work;
};

namespace detail {

class planner {
 public:
  planner(const graph& g, inferred&& known_values) : g_(g), values_(std::move(known_values)) {}

  plan make() {
    const int n = static_cast<int>(g_.values.size());
    out_.values.resize(static_cast<std::size_t>(n));
    twins_.assign(static_cast<std::size_t>(n), -1);
    for (int v = 0; v < n; ++v) {
      planned& p = at(v);
      p.what = values_.at[static_cast<unsigned>(v)];
      p.root = v;
      if (p.what.constant) p.where = planned::home::constant;
    }
    for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
      at(g_.inputs[i]).where = planned::home::input;
      at(g_.inputs[i]).offset = static_cast<i64>(i);
    }
    fuse();
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) add(static_cast<int>(i));
    for (int v : g_.outputs) out_.outputs.push_back(in_order(v, order::plain));
    find_lifetimes();
    place();
    out_.folded = std::move(values_.elements);
    out_.work = values_.work;
    return std::move(out_);
  }

 private:
  planned& at(int v) { return out_.values[static_cast<unsigned>(v)]; }

  /// What the plan lets a node do beside its own: add a residual, then clamp, and write `output`.
  struct extra {
    bool gone = false;  ///< another node does it
    int residual = -1, output = -1;
    interval clamp;
  };
  extra& extra_of(int node) { return extras_[static_cast<unsigned>(node)]; }

  /// Sums and clamps become part of the node before them, where that one can and nobody else reads it.
  void fuse() {
    extras_.resize(g_.nodes.size());
    const std::vector<int> uses = count_uses(g_);
    std::vector<int> maker(g_.values.size(), -1);
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const node& n = g_.nodes[i];
      for (int v : n.outputs)
        if (v >= 0) maker[static_cast<unsigned>(v)] = static_cast<int>(i);
      const op_info& info = n.op.info();
      const bool sum = info.fuse.is_sum && n.inputs.size() == 2 && n.inputs[0] != n.inputs[1];
      if (values_.nodes[i] != inferred::runs || n.outputs.size() != 1 || (!sum && info.fuse.as_clamp == nullptr))
        continue;
      // Of two addends the one that is made last takes the other: that one is there by then.
      const auto made = [&](int v) { return maker[static_cast<unsigned>(v)]; };
      const int own = sum && made(n.inputs[1]) > made(n.inputs[0]) ? n.inputs[1] : n.inputs[0];
      const int by = made(own);
      if (by < 0 || uses[static_cast<unsigned>(own)] != 1 || values_.nodes[static_cast<unsigned>(by)] != inferred::runs ||
          at(own).what.dims != at(n.outputs[0]).what.dims)
        continue;
      const fusion& can = g_.nodes[static_cast<unsigned>(by)].op.info().fuse;
      extra& e = extra_of(by);
      if (sum) {
        const int other = n.inputs[0] == own ? n.inputs[1] : n.inputs[0];
        if (can.residual < 0 || e.residual >= 0 || !e.clamp.everything() || at(other).what.constant ||
            at(other).what.dims != at(own).what.dims)
          continue;
        e.residual = other;
      } else {
        std::vector<any_view> in;
        for (int v : n.inputs) in.push_back(v < 0 ? any_view() : at(v).what.constant);
        // Products of integers wrap, and are not clamped on the way.
        const bool real = dtypes::floating.has(at(own).what.type);
        const auto range = can.clamps && real ? info.fuse.as_clamp(n.op.get(), in) : std::nullopt;
        if (!range) continue;
        const auto inside = [&](double x) { return std::min(std::max(x, range->lo), range->hi); };
        e.clamp = {inside(e.clamp.lo), inside(e.clamp.hi)};
      }
      e.output = n.outputs[0];
      extra_of(static_cast<int>(i)).gone = true;
      out_.fused.push_back({static_cast<int>(i), by});
      maker[static_cast<unsigned>(n.outputs[0])] = by;
    }
  }

  void add(int index) {
    const node& n = g_.nodes[static_cast<unsigned>(index)];
    const op_info& info = n.op.info();
    const auto state = values_.nodes[static_cast<unsigned>(index)];
    const extra& e = extra_of(index);
    if (state == inferred::folded || e.gone) return;
    step s;
    s.node = index;
    s.clamp = e.clamp;
    s.deferred = state == inferred::later;
    const order to = s.deferred ? order::plain : output_order(n, info);
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      const int v = n.inputs[i];
      s.inputs.push_back(v < 0 ? -1 : in_order(v, input_order(info, static_cast<int>(i), v, to)));
    }
    if (e.residual >= 0) {
      s.inputs.resize(static_cast<std::size_t>(info.fuse.residual) + 1, -1);
      s.inputs.back() = in_order(e.residual, to);
    }
    s.outputs = n.outputs;
    if (e.output >= 0) s.outputs[0] = e.output;
    // The bytes of a reshape are its input's: nothing is left to do.
    if (info.reshapes && !s.deferred) {
      at(s.outputs[0]).root = s.inputs[0];
      at(s.outputs[0]).where = planned::home::arena;
      return;
    }
    for (int v : s.outputs)
      if (v >= 0) {
        at(v).where = s.deferred ? planned::home::deferred : planned::home::arena;
        at(v).stored = to;
      }
    if (!s.deferred) {
      const auto in = describe(s.inputs), out = describe(s.outputs);
      s.scratch_bytes = scratch_bytes(info, n.op.get(), in, out, n.packed.data() != nullptr);
    }
    out_.steps.push_back(std::move(s));
  }

  std::vector<known> describe(const std::vector<int>& ids) {
    std::vector<known> k;
    for (int v : ids) k.push_back(v < 0 ? known{} : at(v).what);
    return k;
  }

  bool is_image(int v) { return v >= 0 && at(v).what.dims.rank() >= 3; }

  order output_order(const node& n, const op_info& info) {
    switch (info.orders) {
      case order_rule::plain: return order::plain;
      case order_rule::channels_last:
        return is_image(n.inputs[0]) ? order::channels_last : order::plain;
      case order_rule::follows: return at(n.inputs[0]).stored;
      case order_rule::any:
        for (int v : n.inputs)
          if (v >= 0 && at(v).stored == order::channels_last &&
              (info.kind == op_kind::general ? at(v).what.dims.rank() == at(n.outputs[0]).what.dims.rank()
                                             : at(v).what.dims == at(n.outputs[0]).what.dims))
            return order::channels_last;
        return order::plain;
    }
    return order::plain;
  }

  /// The order in which an operator that writes `to` wants its input i. Operands that broadcast are
  /// read through strides and stay as they are.
  order input_order(const op_info& info, int i, int v, order to) {
    const planned& p = at(v);
    if (info.strided && info.kind == op_kind::general) return p.stored;  // moves elements from wherever they lie
    if (info.orders == order_rule::plain || to == order::plain) return order::plain;
    if (p.what.dims.rank() < 3 || p.where == planned::home::constant) return p.stored;
    if (info.orders == order_rule::channels_last) {
      // An image of few channels is read in place by the first convolution.
      const bool few = p.what.dims[1] <= 4;
      return i == 0 && !few ? order::channels_last : p.stored;
    }
    return to;
  }

  /// The value in the wanted order, stored anew where it has another one.
  int in_order(int v, order wanted) {
    const planned p = at(v);
    if (p.stored == wanted || p.where == planned::home::deferred ||
        same_layout(p.what.dims, strides_of(p.what.dims, wanted), strides_of(p.what.dims, p.stored))) {
      return v;
    }
    if (int& twin = twins_[static_cast<unsigned>(v)]; twin >= 0) return twin;
    planned t;
    t.what = p.what;
    t.what.constant = {};
    t.stored = wanted;
    t.where = planned::home::arena;
    const int id = static_cast<int>(out_.values.size());
    t.root = id;
    out_.values.push_back(t);
    twins_.push_back(v);
    twins_[static_cast<unsigned>(v)] = id;
    step s;
    s.inputs = {v};
    s.outputs = {id};
    out_.steps.push_back(std::move(s));
    return id;
  }

  int root(int v) {
    while (at(v).root != v) v = at(v).root;
    return v;
  }

  void find_lifetimes() {
    const int end = static_cast<int>(out_.steps.size());
    for (planned& p : out_.values) p.first = end, p.last = -1;
    for (int i = 0; i < end; ++i) {
      const step& s = out_.steps[static_cast<unsigned>(i)];
      for (const auto* ids : {&s.inputs, &s.outputs})
        for (int v : *ids)
          if (v >= 0) {
            planned& p = at(root(v));
            p.first = std::min(p.first, i);
            p.last = std::max(p.last, i);
          }
    }
    for (int v : out_.outputs) at(root(v)).last = end;
    for (int i = 0; i < end; ++i) run_in_place(i);
  }

  /// An element-wise result takes the place of an operand that nobody reads afterwards.
  void run_in_place(int i) {
    const step& s = out_.steps[static_cast<unsigned>(i)];
    if (s.node < 0 || s.deferred || s.outputs.size() != 1) return;
    const op_info& info = g_.nodes[static_cast<unsigned>(s.node)].op.info();
    const bool elementwise = info.kind == op_kind::unary || info.kind == op_kind::binary;
    const int to = s.outputs[0];
    for (std::size_t j = 0; elementwise && j < s.inputs.size(); ++j) {
      if (s.inputs[j] < 0) continue;
      const int from = root(s.inputs[j]);
      planned &a = at(from), &b = at(to);
      if (a.where != planned::home::arena || a.last != i || at(s.inputs[j]).stored != b.stored ||
          at(s.inputs[j]).what.dims != b.what.dims || at(s.inputs[j]).what.type != b.what.type || b.root != to)
        continue;
      b.root = from;
      a.last = std::max(a.last, b.last);
      return;
    }
  }

  void place() {
    std::vector<block> blocks;
    std::vector<i64*> targets;
    for (std::size_t v = 0; v < out_.values.size(); ++v) {
      planned& p = out_.values[v];
      if (p.root != static_cast<int>(v) || p.where != planned::home::arena || p.last < 0) continue;
      blocks.push_back({count(p.what.dims) * size_of(p.what.type), p.first, p.last, 0});
      targets.push_back(&p.offset);
    }
    for (std::size_t i = 0; i < out_.steps.size(); ++i) {
      step& s = out_.steps[i];
      if (s.scratch_bytes == 0) continue;
      blocks.push_back({s.scratch_bytes, static_cast<int>(i), static_cast<int>(i), 0});
      targets.push_back(&s.scratch);
    }
    out_.arena_bytes = assign_places(blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) *targets[i] = blocks[i].offset;
    // What shares bytes is where its root is.
    for (std::size_t v = 0; v < out_.values.size(); ++v) {
      planned& p = out_.values[v];
      const planned& r = at(root(static_cast<int>(v)));
      if (&p == &r) continue;
      p.where = r.where, p.offset = r.offset;
      if (r.where == planned::home::constant) p.what.constant = {p.what.type, p.what.dims, r.what.constant.bytes};
    }
  }

  const graph& g_;
  inferred values_;
  plan out_;
  std::vector<int> twins_;
  std::vector<extra> extras_;
};

}  // namespace detail

/// Plans a run for these input dtypes and shapes. All that is wrong is reported at once.
[[gnu::noinline]] inline result<plan> make_plan(const graph& g, std::span<const known> inputs, folding& left) {
  result<inferred> k = infer_shapes(g, inputs, left);
  if (!k.has_value()) return std::unexpected(k.error());
  plan p = detail::planner(g, std::move(*k)).make();
  if (p.arena_bytes < 0) return fail(code::limit, {"the values of a run have more bytes than 64 bits count"});
  return p;
}
inline result<plan> make_plan(const graph& g, std::span<const known> inputs) {
  folding left;
  return make_plan(g, inputs, left);
}

}  // namespace tenon
TENON_COLD_END
