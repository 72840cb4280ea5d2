// What is done to a graph once, at load time: constants folded, neighbours fused, weights packed.
// The operators say what they can take in (`fusion` in their rows); no operator is named here.
#pragma once

#include "infer.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// What the rewriting did, for people: "BatchNormalization 'bn1' into Conv 'stem'".
struct rewrite_notes {
  std::vector<std::string> folded, fused;
};

namespace detail {

/// Copies a constant out of the file's bytes.
inline status move_out(graph& g, int v, memory* from) {
  value_info& c = g.at(v);
  auto t = any_tensor::try_make_uninitialized(c.type, c.dims, from);
  if (!t.has_value()) return std::unexpected(t.error());
  std::memcpy((*t).data(), c.elements, static_cast<std::size_t>(c.constant().byte_size()));
  c.hold(std::move(*t));
  return {};
}

/// Kernels read through typed pointers: borrowed elements that a file has at odd addresses move out.
inline status align(graph& g, int v, memory* from) { return g.at(v).aligned() ? status() : move_out(g, v, from); }

inline bool constant_inputs(const graph& g, const node& n) {
  return !n.inputs.empty() && std::all_of(n.inputs.begin(), n.inputs.end(),
                                          [&](int v) { return v < 0 || g.at(v).is_constant(); });
}

inline std::vector<any_view> constants_of(const graph& g, const node& n) {
  std::vector<any_view> in;
  for (int v : n.inputs) in.push_back(v < 0 ? any_view() : g.at(v).constant());
  return in;
}

/// Values that some operator wants to pack: weights.
inline std::vector<bool> wanted_packed(const graph& g) {
  std::vector<bool> wanted(g.values.size());
  for (const node& n : g.nodes)
    for (std::size_t i = 0; i < n.inputs.size() && i < 32; ++i)
      if ((n.op.info().packs >> i & 1) != 0 && n.inputs[i] >= 0) wanted[static_cast<unsigned>(n.inputs[i])] = true;
  return wanted;
}

/// Replaces nodes that depend on constants only. Weights that a small file generates may take as much as
/// a run may, since every run would make and pack them anew. What fails here fails again, with a message,
/// when shapes are inferred.
inline status fold_constants(graph& g, folding& allowed, rewrite_notes& notes) {
  const std::vector<bool> weights = wanted_packed(g);
  i64 left = i64{2} << 30;
  std::erase_if(g.nodes, [&](node& n) {
    if (!constant_inputs(g, n)) return false;
    for (int v : n.inputs)
      if (v >= 0 && !align(g, v, allowed.from).has_value()) return false;
    std::vector<known> in, out(n.outputs.size());
    for (const any_view& v : constants_of(g, n)) in.push_back({v.type, v.dims, v});
    const op_info& info = n.op.info();
    infer_context c(info, in, out);
    std::vector<any_tensor> made;
    if (!check_inputs(info, in).has_value() || !info.infer(n.op.get(), c).has_value() || c.is_later() ||
        !try_fold(info, n.op.get(), in, out, made, allowed,
                  n.outputs.size() == 1 && n.outputs[0] >= 0 && weights[static_cast<unsigned>(n.outputs[0])] ? left : 0))
      return false;
    for (const any_tensor& t : made) left -= t.look().byte_size();
    notes.folded.push_back(n.title());
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (n.outputs[i] < 0) continue;
      g.at(n.outputs[i]).hold(std::move(made[i]));
    }
    return true;
  });
  return {};
}

class fuser {
 public:
  fuser(graph& g, rewrite_notes& notes) : g_(g), notes_(notes), uses_(count_uses(g)) {
    for (std::size_t i = 0; i < g.nodes.size(); ++i)
      for (int v : g.nodes[i].outputs)
        if (v >= 0) g.at(v).producer = static_cast<int>(i);
  }

  void run() {
    gone_.assign(g_.nodes.size(), false);
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) absorb_affine(static_cast<int>(i));
    std::size_t i = 0;
    std::erase_if(g_.nodes, [&](const node&) { return gone_[i++]; });
  }

 private:
  /// The node that writes v, if nobody but one reader reads v.
  node* only_producer(int v) {
    if (v < 0 || uses_[static_cast<unsigned>(v)] != 1 || g_.at(v).producer < 0) return nullptr;
    node& p = g_.nodes[static_cast<unsigned>(g_.at(v).producer)];
    return p.outputs.size() == 1 ? &p : nullptr;
  }

  /// The rank of v, as far as it follows from what makes it without knowing any shape; else -1.
  int rank_of(int v) {
    for (std::size_t left = g_.nodes.size() + 1; v >= 0 && left > 0; --left) {
      if (g_.at(v).ranked) return g_.at(v).dims.rank();
      if (g_.at(v).producer < 0) return -1;
      const node& p = g_.nodes[static_cast<unsigned>(g_.at(v).producer)];
      const op_info& info = p.op.info();
      const bool keeps = info.kind == op_kind::unary || (info.kind == op_kind::general && info.orders != order_rule::plain);
      if (!keeps || p.inputs.empty()) return -1;
      v = p.inputs[0];
    }
    return -1;
  }

  void absorb_affine(int index) {
    node& n = g_.nodes[static_cast<unsigned>(index)];
    const auto as_affine = n.op.info().fuse.as_affine;
    node* p = as_affine == nullptr || n.inputs.empty() || n.outputs.size() != 1 ? nullptr : only_producer(n.inputs[0]);
    if (p == nullptr || p->op.info().fuse.absorb_affine == nullptr) return;
    const auto affine = as_affine(n.op.get(), constants_of(g_, n));
    any_tensor w, b;
    if (affine && affine->rank != 0 && affine->rank != rank_of(n.inputs[0])) return;
    if (!affine || !p->op.info().fuse.absorb_affine(p->op.get(), constants_of(g_, *p), *affine, w, b)) return;
    p->inputs.resize(std::max<std::size_t>(p->inputs.size(), 3), -1);
    p->inputs[1] = g_.add_constant(n.title() + " in " + p->title() + " (W)", std::move(w));
    p->inputs[2] = g_.add_constant(n.title() + " in " + p->title() + " (B)", std::move(b));
    merge(*p, index);
  }

  void merge(node& into, int index) {
    node& n = g_.nodes[static_cast<unsigned>(index)];
    notes_.fused.push_back(n.title() + " into " + into.title());
    into.outputs[0] = n.outputs[0];
    g_.at(n.outputs[0]).producer = static_cast<int>(&into - g_.nodes.data());
    gone_[static_cast<unsigned>(index)] = true;
  }

  graph& g_;
  rewrite_notes& notes_;
  std::vector<int> uses_;
  std::vector<bool> gone_;
};

/// Packs weights into their operators' own forms.
inline status pack_weights(graph& g, memory* from) {
  const std::vector<int> uses = count_uses(g);
  for (node& n : g.nodes) {
    const op_info& info = n.op.info();
    if (info.pack == nullptr) continue;
    std::vector<known> in;
    std::vector<any_tensor> moved;
    bool constant = true;
    std::vector<any_view> views = constants_of(g, n);
    for (std::size_t i = 0; i < views.size(); ++i) {
      if ((info.packs >> i & 1) != 0 && n.inputs[i] >= 0) constant &= static_cast<bool>(views[i]);
      else views[i] = {};
    }
    if (!constant) continue;
    for (any_view& v : views) {
      in.push_back({v.type, v.dims, v});
      if (!v) continue;
      // One aligned (and widened) copy at a time: the packed form is what stays.
      auto t = any_tensor::try_make_uninitialized(v.type, v.dims, from);
      if (!t.has_value()) return std::unexpected(t.error());
      std::memcpy((*t).data(), v.bytes, static_cast<std::size_t>(v.byte_size()));
      if (const dtype wide = compute_dtype(v.type); !info.widen.empty() && wide != v.type) {
        auto w = any_tensor::try_make_uninitialized(wide, v.dims, from);
        if (!w.has_value()) return std::unexpected(w.error());
        kernels::load_elements(v.type, (*t).data(), (*w).data(), v.size());
        *t = std::move(*w);
      }
      v = (*t).look();
      in.back() = {v.type, v.dims, v};
      moved.push_back(std::move(*t));
    }
    const i64 bytes = info.packed_bytes(n.op.get(), in);
    if (bytes < 0) continue;  // not in a form this operator packs: inference will say why, or run does without
    auto b = buffer::make(bytes, from);
    if (!b.has_value()) return wrap(b.error(), {n.title(), ": "});
    info.pack(n.op.get(), views, (*b).data());
    n.packed = std::move(*b);
    // At once: unpacked and packed weights of a whole model together would double its memory.
    for (std::size_t i = 0; i < views.size(); ++i)
      if (views[i] && uses[static_cast<unsigned>(n.inputs[i])] == 1 && g.at(n.inputs[i]).owned) g.at(n.inputs[i]).release();
  }
  return {};
}

/// Constants that are still read as they are must lie where kernels can read them; owned ones that
/// nobody reads any more go. With `detach` nothing lies in the file's bytes afterwards.
inline status settle_constants(graph& g, memory* from, bool detach) {
  std::vector<bool> read(g.values.size());
  for (const node& n : g.nodes)
    for (std::size_t i = 0; i < n.inputs.size(); ++i)
      if (n.inputs[i] >= 0 && (n.packed.data() == nullptr || (n.op.info().packs >> i & 1) == 0))
        read[static_cast<unsigned>(n.inputs[i])] = true;
  for (int v : g.outputs) read[static_cast<unsigned>(v)] = true;
  for (std::size_t v = 0; v < g.values.size(); ++v) {
    value_info& c = g.values[v];
    if (!c.is_constant()) continue;
    if (read[v]) {
      if (c.aligned() && (c.owned || !detach)) continue;
      if (status s = move_out(g, static_cast<int>(v), from); !s.has_value()) return s;
    } else if (c.owned || detach) {
      c.release();  // the elements live on in packed form
    }
  }
  return {};
}

}  // namespace detail

/// Folds, fuses and packs. With `detach` the graph borrows nothing from the file afterwards.
[[gnu::noinline]] inline result<rewrite_notes> rewrite(graph& g, folding& allowed, bool detach) {
  rewrite_notes notes;
  memory* const from = allowed.from;
  if (status s = detail::fold_constants(g, allowed, notes); !s.has_value()) return std::unexpected(s.error());
  detail::fuser(g, notes).run();
  if (status s = detail::pack_weights(g, from); !s.has_value()) return std::unexpected(s.error());
  if (status s = detail::settle_constants(g, from, detach); !s.has_value()) return std::unexpected(s.error());
  return notes;
}

}  // namespace tenon
TENON_COLD_END
