// Einsum: every pair of operands becomes batches of matrix products, by sorting its labels into those of
// both that stay, of one that stay, and those that are summed over.
#pragma once

#include "matmul.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Labels are numbers: A-Z, a-z, then the dimensions of an ellipsis, the last one last.
struct einsum_equation {
  static constexpr int labels = 64, ellipsis = 52;

  std::string_view left;
  i64 size[labels];
  shape out;  ///< its labels
  u64 stays = 0;

  /// The operands' dimensions, wherever they are.
  struct operands {
    const void* self;
    const shape& (*dims)(const void* self, int i);
    int count;
  };

  static result<einsum_equation> resolve(std::string_view text, const operands& in) {
    const auto bad = [&](std::initializer_list<piece> why) { return fail(code::invalid, {"equation '", text, "' ", join(why)}); };
    einsum_equation e;
    std::ranges::fill(e.size, -1);
    const auto arrow = text.find("->");
    e.left = text.substr(0, arrow);
    u64 once = 0, more = 0, wide = 0;
    int dots = 0, i = 0;
    for (std::string_view rest = e.left;; ++i) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (i >= in.count) return bad({"has more operands than the ", in.count, " given"});
      const shape& dims = in.dims(in.self, i);
      shape term;
      int hidden = 0;
      if (!parse(rest.substr(0, comma), dims.rank(), term, hidden))
        return bad({"does not fit operand ", i, " of shape ", dims});
      dots = std::max(dots, hidden);
      u64 own = 0;
      for (int d = 0; d < dims.rank(); ++d) {
        i64& known = e.size[term[d]];
        if (known >= 0 && known != dims[d] && known != 1 && dims[d] != 1)
          return bad({"has a label for ", known, " and for ", dims[d], " indices"});
        if (known < 0 || known == 1) known = dims[d];
        const u64 bit = u64{1} << term[d];
        more |= own & bit;
        own |= bit;
        if (known != 1) wide |= bit;
      }
      more |= once & own;
      once |= own;
      if (comma == rest.size()) break;
      rest.remove_prefix(comma + 1);
    }
    if (i + 1 != in.count) return bad({"has ", i + 1, " operands, not ", in.count});
    if (std::popcount(wide) > max_rank) return fail(code::limit, {"equation '", text, "' has more than ", max_rank, " labels"});
    if (arrow != text.npos) {
      int hidden = 0;
      if (!parse(text.substr(arrow + 2), -1 - dots, e.out, hidden)) return bad({"has an output that cannot be read"});
    } else {
      for (int l = labels - dots; l < labels; ++l) e.out.push_back(l);
      for (int l = 0; l < ellipsis; ++l)
        if ((once & ~more) >> l & 1) {
          if (e.out.rank() == max_rank) return bad({"has too many labels in its output"});
          e.out.push_back(l);
        }
    }
    for (i64 l : e.out) {
      const u64 bit = u64{1} << l;
      if ((e.stays & bit) != 0 || e.size[l] < 0) return bad({"has a label in its output that is repeated or unknown"});
      e.stays |= bit;
    }
    return e;
  }

  /// Reads one term; `rank` dimensions, or for an output -1 - (dimensions of the ellipsis).
  static bool parse(std::string_view text, int rank, shape& term, int& hidden) {
    int named = 0;
    for (char c : text) named += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto dots = text.find("...");
    hidden = dots == text.npos ? 0 : rank < 0 ? -1 - rank : rank - named;
    if (hidden < 0 || hidden > labels - ellipsis || named + hidden > max_rank || (rank >= 0 && named + hidden != rank)) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c >= 'A' && c <= 'Z') term.push_back(c - 'A');
      else if (c >= 'a' && c <= 'z') term.push_back(26 + c - 'a');
      else if (i == dots) {
        for (int l = labels - hidden; l < labels; ++l) term.push_back(l);
        i += 2;
      } else if (c != ' ') return false;
    }
    return true;
  }
  /// The labels of operand i, which are known to be right.
  shape term(int i, int rank) const {
    std::string_view rest = left;
    for (; i > 0; --i) rest.remove_prefix(rest.find(',') + 1);
    shape t;
    int hidden = 0;
    parse(rest.substr(0, rest.find(',')), rank, t, hidden);
    return t;
  }
};

/// Labels with the elements they index: no label twice (a diagonal has the sum of its strides).
struct einsum_operand {
  shape labels, strides;

  static einsum_operand of(const shape& term, const shape& dims) {
    einsum_operand o;
    const shape strides = contiguous_strides(dims);
    for (int d = 0; d < dims.rank(); ++d) {
      if (dims[d] == 1) continue;
      const i64* known = std::ranges::find(o.labels, term[d]);
      if (known != o.labels.end()) o.strides[static_cast<int>(known - o.labels.begin())] += strides[d];
      else o.labels.push_back(term[d]), o.strides.push_back(strides[d]);
    }
    return o;
  }
  u64 bits() const {
    u64 b = 0;
    for (i64 l : labels) b |= u64{1} << l;
    return b;
  }
  i64 stride(i64 label) const {
    const i64* at = std::ranges::find(labels, label);
    return at == labels.end() ? 0 : strides[static_cast<int>(at - labels.begin())];
  }
};

/// One pair: a as [batch, m, k] times b as [batch, k, n].
struct einsum_pair {
  shape a_dims, a_strides, b_dims, b_strides;
  i64 batch = 1, m = 1, n = 1, k = 1;
  einsum_operand out;

  einsum_pair(const einsum_equation& e, const einsum_operand& a, const einsum_operand& b, u64 needed) {
    const u64 in_a = a.bits(), in_b = b.bits(), all = in_a | in_b;
    shape kept;
    const auto take = [&](u64 which, i64& size, bool of_a, bool of_b, bool stays) {
      for (int l = 0; l < einsum_equation::labels; ++l) {
        if ((which >> l & 1) == 0) continue;
        if (__builtin_mul_overflow(size, e.size[l], &size)) size = detail::most_bytes;  // of claimed dimensions
        if (of_a) a_dims.push_back(e.size[l]), a_strides.push_back(a.stride(l));
        if (of_b) b_dims.push_back(e.size[l]), b_strides.push_back(b.stride(l));
        if (stays) out.labels.push_back(l), kept.push_back(e.size[l]);
      }
    };
    take(in_a & in_b & needed, batch, true, true, true);
    take(in_a & ~in_b & needed, m, true, false, true);
    take(all & ~needed, k, true, true, false);
    take(in_b & ~in_a & needed, n, false, true, true);
    out.strides = contiguous_strides(kept);
  }
};

/// Sums of products over labels, as in "bij,bjk->bik"; "..." stands for dimensions that broadcast.
struct Einsum {
  using kind = kinds::general;
  static constexpr int since = 28;
  static constexpr dtype_set dtypes = dtypes::numeric;
  static constexpr auto inputs = "Inputs:T*", outputs = "Output:T";
  static constexpr bool widen = true;

  required<std::string> equation{};

  status infer(infer_context& c) const {
    const auto e = einsum_equation::resolve(equation.value, {&c, [](const void* self, int i) -> const shape& {
      return static_cast<const infer_context*>(self)->dims(i);
    }, c.inputs()});
    if (!e.has_value()) return std::unexpected(e.error());
    shape dims;
    for (i64 l : (*e).out) dims.push_back((*e).size[l]);
    return c.output(0, dims);
  }
  i64 scratch(std::span<const known> in, bool) const {
    const einsum_equation::operands all = operands_of(in);
    const auto e = einsum_equation::resolve(equation.value, all);
    return e.has_value() ? sizes_of(*e, all, in[0].type).all() : 0;
  }
  double macs(std::span<const known> in, std::span<const known>) const {
    const einsum_equation::operands all = operands_of(in);
    double n = 0;
    if (const auto e = einsum_equation::resolve(equation.value, all); e.has_value())
      each_pair(*e, all, [&](const einsum_pair& p, int) {
        n += static_cast<double>(p.batch) * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
      });
    return n;
  }
  status run(run_context& c) const {
    const einsum_equation::operands all{&c, [](const void* self, int i) -> const shape& {
      return static_cast<const run_context*>(self)->input(i).dims;
    }, c.inputs()};
    const auto e = einsum_equation::resolve(equation.value, all);
    if (!e.has_value()) return std::unexpected(e.error());
    const sizes s = sizes_of(*e, all, c.input(0).type);
    dispatch<product_kernels>(product_kernel(c.input(0).type), [&]<class T>() { multiply<T>(*e, all, s, c); });
    return {};
  }

 private:
  static einsum_equation::operands operands_of(std::span<const known> in) {
    return {in.data(), [](const void* self, int i) -> const shape& { return static_cast<const known*>(self)[i].dims; },
            static_cast<int>(in.size())};
  }
  /// Bytes of scratch, each the most of any pair.
  struct sizes {
    i64 left = 0, right = 0, packed = 0, product = 0, gemm = 0;
    i64 all() const { return left + right + packed + 2 * product + gemm; }
  };
  /// Calls f(pair, i) for each pair of what has been multiplied so far and operand i; a single operand
  /// goes with the number 1.
  template <class F>
  static void each_pair(const einsum_equation& e, const einsum_equation::operands& in, F f) {
    const auto operand = [&](int i) {
      const shape& dims = in.dims(in.self, i);
      return einsum_operand::of(e.term(i, dims.rank()), dims);
    };
    einsum_operand a = operand(0);
    for (int i = 1; i < std::max(in.count, 2); ++i) {
      u64 needed = e.stays;
      for (int later = i + 1; later < in.count; ++later) needed |= operand(later).bits();
      const einsum_pair p(e, a, i < in.count ? operand(i) : einsum_operand(), needed);
      f(p, i);
      a = p.out;
    }
  }
  static sizes sizes_of(const einsum_equation& e, const einsum_equation::operands& in, dtype type) {
    sizes s;
    const i64 size = size_of(compute_dtype(type));
    each_pair(e, in, [&](const einsum_pair& p, int) {
      const auto most = [](i64& to, i64 bytes) { to = std::max(to, bytes); };
      most(s.left, detail::bytes_of(p.a_dims, size));
      most(s.right, detail::bytes_of(p.b_dims, size));
      most(s.packed, detail::padded(packed_bytes_for(type, p.k, p.n)));
      most(s.product, detail::bytes_of(shape{p.batch, p.m, p.n}, size));
    });
    dispatch<product_kernels>(product_kernel(type), [&]<class T>() { s.gemm = detail::padded(kernels::gemm_scratch_bytes<T>()); });
    return s;
  }
  template <class T>
  static void multiply(const einsum_equation& e, const einsum_equation::operands& all, const sizes& s, run_context& c) {
    std::byte* next = c.scratch();
    const auto take = [&](i64 bytes) {
      T* const p = reinterpret_cast<T*>(next);
      next += bytes;
      return p;
    };
    T *const left = take(s.left), *const right = take(s.right), *const packed = take(s.packed);
    T* const products[] = {take(s.product), take(s.product)};
    std::byte* const gemm_scratch = next;
    const auto in_order = [](const T* from, const shape& strides, const shape& dims, T* to) {
      if (is_contiguous(dims, strides)) return from;
      kernels::copy(from, strides, to, contiguous_strides(dims), dims, sizeof(T));
      return static_cast<const T*>(to);
    };
    const T* so_far = c.input(0).as<T>();
    einsum_operand known;
    static constexpr T one[] = {T(1)};
    each_pair(e, all, [&](const einsum_pair& p, int i) {
      const T* const a = in_order(so_far, p.a_strides, p.a_dims, left);
      const T* const b = in_order(i < all.count ? c.input(i).as<T>() : one, p.b_strides, p.b_dims, right);
      T* const y = products[i % 2];
      for (i64 batch = 0; batch < p.batch; ++batch) {
        kernels::pack_b<T>(p.k, p.n, {b + batch * p.k * p.n, p.n, 1}, packed);
        kernels::gemm<T>(p.m, p.n, p.k, kernels::strided_rows<T>{a + batch * p.m * p.k, p.k, 1}, packed, y + batch * p.m * p.n,
                         p.n, {}, gemm_scratch);
      }
      so_far = y;
      known = p.out;
    });
    const mutable_any_view& y = c.output(0);
    shape strides;
    for (i64 l : e.out) strides.push_back(known.stride(l));
    kernels::copy(so_far, strides, y.bytes, y.strides, y.dims, sizeof(T));
  }
};

using einsum = list<Einsum>;

}  // namespace ops

/// einsum({a, b}, {.equation = "ij,jk->ik"})
inline any_tensor einsum(std::initializer_list<any_view> operands, const ops::Einsum& o) {
  return std::move(apply_all(o, std::span(operands.begin(), operands.size()))[0]);
}

}  // namespace tenon
TENON_COLD_END
