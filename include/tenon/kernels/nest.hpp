// The loops around a kernel: axes with one stride per operand, brought into the first operand's
// memory order and merged wherever all operands allow it, then walked by a cursor. So every driver
// here sees the longest rows there are, whatever the layout was called.
#pragma once

#include "../core/shape.hpp"
#include "../simd/arch.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// One output and eight inputs.
inline constexpr int max_operands = 9;

/// Axes from the outermost to the innermost. Operand 0 decides about their order.
struct nest {
  struct axis {
    i64 size;
    i64 step[max_operands];
    /// The first steps only; and not by memory.copy, which costs a guest more than the elements do.
    void assign(const axis& from, int count) {
      const i64* s = from.step;
      size = from.size;
      for (i64 *to = step, *end = step + count; to < end; ++to, ++s) {
        simd::arch::opaque(s);
        *to = *s;
      }
    }
  };
  axis axes[max_rank];     // not initialized: that would take longer than small copies
  i64 base[max_operands];  ///< the offset in elements at which each operand starts
  int rank = 0, operands = 0;

  axis& inner() { return axes[rank - 1]; }
  const axis& inner() const { return axes[rank - 1]; }

  void push(i64 size) { axes[rank++].size = size; }
  /// One stride per axis that was pushed.
  void add(const shape& strides) {
    for (int i = 0; i < rank; ++i) axes[i].step[operands] = strides[i];
    base[operands++] = 0;
  }

  /// Drops axes of one element, turns those that operand 0 walks backwards, sorts and merges. False
  /// when there is nothing to walk; else at least one axis is left.
  bool normalize() {
    int kept = 0;
    for (int i = 0; i < rank; ++i) {
      if (axes[i].size == 0) return false;
      if (axes[i].size == 1) continue;
      axis a;
      a.assign(axes[i], operands);
      if (a.step[0] < 0)
        for (int k = 0; k < operands; ++k) {
          base[k] += (a.size - 1) * a.step[k];
          a.step[k] = -a.step[k];
        }
      int at = kept++;
      for (; at > 0 && outside(a, axes[at - 1]); --at) axes[at].assign(axes[at - 1], operands);
      axes[at].assign(a, operands);
    }
    rank = 0;
    for (int i = 0; i < kept; ++i) {
      if (rank > 0 && merges(axes[rank - 1], axes[i])) {
        const i64 size = axes[rank - 1].size * axes[i].size;
        axes[rank - 1].assign(axes[i], operands);
        axes[rank - 1].size = size;
      } else {
        if (rank != i) axes[rank].assign(axes[i], operands);
        ++rank;
      }
    }
    if (rank == 0) {
      axes[rank++].size = 1;
      for (i64& s : axes[0].step) s = 1;
    }
    return true;
  }

  /// Elements of the axes from `first` on.
  i64 count(int first = 0) const {
    i64 n = 1;
    for (int i = first; i < rank; ++i) n *= axes[i].size;
    return n;
  }

 private:
  bool outside(const axis& a, const axis& b) const {
    for (int k = 0; k < operands; ++k) {
      const i64 x = a.step[k] < 0 ? -a.step[k] : a.step[k],
                y = b.step[k] < 0 ? -b.step[k] : b.step[k];
      if (x != y) return x > y;
    }
    return false;
  }
  bool merges(const axis& outer, const axis& in) const {
    for (int k = 0; k < operands; ++k)
      if (outer.step[k] != in.step[k] * in.size) return false;
    return true;
  }
};

/// A position in the outermost axes of a nest: at[k] is operand k's offset.
struct cursor {
  i64 at[max_operands];
  i64 index[max_rank];

  explicit cursor(const nest& n) {
    const i64* from = n.base;
    for (i64 *to = at, *end = at + n.operands; to < end; ++to, ++from) {
      simd::arch::opaque(from);  // or it would be a memory.copy
      *to = *from;
    }
    for (i64 *i = index, *end = index + n.rank; i < end; ++i) {
      simd::arch::opaque(i);
      *i = 0;
    }
  }
  /// Moves on within the first `axes` axes; false after the last position.
  bool next(const nest& n, int axes) {
    while (axes-- > 0) {
      const nest::axis& a = n.axes[axes];
      const i64 step = ++index[axes] < a.size ? 1 : 1 - a.size;
      for (int k = 0; k < n.operands; ++k) at[k] += step * a.step[k];
      if (step == 1) return true;
      index[axes] = 0;
    }
    return false;
  }
};

}  // namespace tenon::inline TENON_BUILD::kernels
