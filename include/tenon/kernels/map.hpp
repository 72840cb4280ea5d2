// The element-wise driver: one function for every operator and type. Kernels are tile functions,
// contiguous and of whole 64-byte steps; broadcasting, strides, storage types and tails are all
// handled here by laying what does not fit into L1 tiles.
#pragma once

#include <span>

#include "../core/dtype.hpp"
#include "../simd/vec.hpp"
#include "copy.hpp"
#include "storage.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// out[i] = op(in[0][i], in[1][i], ...) for n contiguous elements, n a multiple of the step: 64
/// bytes of the widest type. `out` may be one of the inputs.
using tile_fn = void (*)(const void* op, const void* const* in, void* out, i64 n);

/// What a map reads. `compute` is `storage` or compute_dtype(storage); strides in elements against
/// the output's dims, 0 to repeat.
struct operand {
  const void* data;
  dtype storage, compute;
  shape strides;
};
/// What a map writes. It may be one of the inputs when data, strides and types are the same.
struct target {
  void* data;
  dtype storage, compute;
  shape strides;
};

namespace detail {

// The operator behind the pointer, which may be null for one without members. Small ones are
// copied: the compiler could not tell that the loop's stores leave them alone.
template <class Op>
TENON_INLINE decltype(auto) body_of(const void* op) {
  if constexpr (std::is_empty_v<Op>)
    return Op{};
  else if constexpr (std::is_trivially_copyable_v<Op>)
    return Op(*static_cast<const Op*>(op));
  else
    return (*static_cast<const Op*>(op));
}

// What a tile function computes at once: 64 bytes, or as many registers as a long body says. Four of a guest's
// would be much code; two hide what instructions wait for each other, one is smallest.
template <class Op>
consteval int pass_bytes() {
  if constexpr (requires { Op::registers; }) return std::min(64, Op::registers * simd::arch::register_bytes);
  else return 64;
}

template <class W, int N, class T>
TENON_INLINE auto load_lanes(const void* p, std::size_t i) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto bytes = simd::vec<u8, N>::load(static_cast<const u8*>(p) + i);
    return simd::vec<W, N>(__builtin_convertvector(bytes.v, typename simd::vec<W, N>::raw)) != 0;
  } else {
    return simd::vec<T, N>::load(static_cast<const T*>(p) + i);
  }
}

template <class T, int N>
TENON_INLINE void store_lanes(simd::vec<T, N> v, void* p, std::size_t i) {
  v.store(static_cast<T*>(p) + i);
}
template <class T, int N>
TENON_INLINE void store_lanes(simd::mask<T, N> m, void* p, std::size_t i) {
  using bytes = simd::vec<u8, N>;
  bytes(__builtin_convertvector(m.m & 1, typename bytes::raw)).store(static_cast<u8*>(p) + i);
}

}  // namespace detail

/// The tile function of a generic body: Out and In are compute types, bool for bytes that the body
/// sees as masks of the widest type's lanes. Lanes do not depend on the machine.
template <class Op, class Out, class... In>
void body_tile(const void* op, const void* const* in, void* out, i64 n) {
  using sizes = std::integer_sequence<std::size_t, sizeof(Out), sizeof(In)...>;
  constexpr std::size_t widest = []<std::size_t... S>(std::integer_sequence<std::size_t, S...>) {
    return std::max({S...});
  }(sizes{});
  constexpr int N = detail::pass_bytes<Op>() / widest;
  using W = simd::sized_int<widest>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const void* const p[] = {in[I]...};
    const Op& body = detail::body_of<Op>(op);
    const auto end = static_cast<std::size_t>(n);
#pragma clang loop unroll(disable) // a pass is long enough to be as fast, and half the code
    for (std::size_t i = 0; i < end; i += static_cast<std::size_t>(N))
      detail::store_lanes(body(detail::load_lanes<W, N, In>(p[I], i)...), out, i);
  }(std::index_sequence_for<In...>{});
}
template <class Op, class T>
inline constexpr tile_fn unary_tile = &body_tile<Op, T, T>;
template <class Op, class T>
inline constexpr tile_fn binary_tile = &body_tile<Op, T, T, T>;
/// The same for bodies that give a mask: bytes 0 and 1.
template <class Op, class T>
inline constexpr tile_fn predicate_tile = &body_tile<Op, bool, T>;
template <class Op, class T>
inline constexpr tile_fn compare_tile = &body_tile<Op, bool, T, T>;

namespace detail {

inline constexpr i64 tile_bytes = 12288;

/// A nest whose innermost axes, from `split` on, are computed in chunks of at most `capacity`
/// elements.
class mapping {
 public:
  mapping(tile_fn fn, const void* op, std::span<const operand> in, const target& out,
          const shape& dims)
      : fn_(fn), op_(op), operands_(static_cast<int>(in.size()) + 1) {
    for (i64 d : dims) loops_.push(d);
    bool plain = add(0, out.data, out.storage, out.compute, out.strides, dims);
    for (int k = 1; k < operands_; ++k) {
      const operand& x = in[static_cast<unsigned>(k - 1)];
      plain &= add(k, const_cast<void*>(x.data), x.storage, x.compute, x.strides, dims);
    }
    for (int k = 0; k < operands_; ++k) {
      plain &= !sides_[k].converts();
      step_ = std::min<i64>(step_, 64 / sides_[k].compute_width);
    }
    if (plain) {  // one row, direct: small tensors are spared all planning
      loops_.axes[0].size = rows_ = rows_per_chunk_ = count(dims);
      for (int k = 0; k < operands_; ++k) loops_.axes[0].step[k] = 1;
      loops_.rank = 1;
    } else if (loops_.normalize()) {
      split();
      plan();
    }
  }

  void run() {
    cursor c(loops_);
    do {
      for (i64 i = 0; i < rows_;) {
        const i64 m = std::min(rows_per_chunk_, rows_ - i);
        chunk(c, i, m);
        i += m;
      }
    } while (c.next(loops_, split_));
  }

 private:
  enum class form : u8 { direct, contiguous, constant, repeated, strided };
  struct side {
    char* data;
    char* tile;
    i64 filled;  // the offset whose elements the tile holds, for constant and repeated sides
    dtype storage, compute;
    form how;
    u8 width, compute_width;
    bool converts() const { return storage != compute; }
  };

  // True for contiguous operands.
  bool add(int k, void* data, dtype storage, dtype compute, const shape& strides,
           const shape& dims) {
    sides_[k] = {static_cast<char*>(data),
                 nullptr,
                 0,
                 storage,
                 compute,
                 form::direct,
                 static_cast<u8>(size_of(storage)),
                 static_cast<u8>(size_of(compute))};
    loops_.add(strides);
    return is_contiguous(dims, strides);
  }

  // Rows that are short for a call are taken together: the axis to cut is further out then.
  void split() {
    split_ = loops_.rank - 1;
    while (split_ > 0 && loops_.axes[split_].size * row_ < 128) row_ *= loops_.axes[split_--].size;
    rows_ = loops_.axes[split_].size;
  }

  form classify(int k) const {
    bool contiguous = true, constant = true;
    i64 step = 1;
    for (int i = loops_.rank; i-- > split_; step *= loops_.axes[i].size) {
      contiguous &= loops_.axes[i].step[k] == step;
      constant &= loops_.axes[i].step[k] == 0;
    }
    if (contiguous) return sides_[k].converts() ? form::contiguous : form::direct;
    if (constant) return form::constant;
    return loops_.axes[split_].step[k] == 0 ? form::repeated : form::strided;
  }

  void plan() {
    i64 widths = 0, staged = 0;
    bool all_direct = true;
    for (int k = 0; k < operands_; ++k) {
      side& s = sides_[k];
      s.how = classify(k);
      s.filled = -1;
      if (s.how != form::direct) widths += s.compute_width, all_direct = false;
      if (s.converts()) staged = std::max<i64>(staged, s.width);
    }
    const i64 capacity =
        all_direct ? rows_ * row_ : std::min<i64>(1024, tile_bytes / (widths + staged)) & ~i64{63};
    rows_per_chunk_ = std::min(rows_, std::max<i64>(1, capacity / row_));
    char* next = tiles_;
    for (int k = 0; k < operands_; ++k)
      if (sides_[k].how != form::direct) {
        sides_[k].tile = next;
        next += capacity * sides_[k].compute_width;
      }
    staging_ = next;
  }

  // Strided elements of a chunk of m rows, to or from contiguous ones.
  void move(int k, char* at, char* packed, i64 m, bool out) const {
    shape dims{m}, strides{loops_.axes[split_].step[k]};
    for (int i = split_ + 1; i < loops_.rank; ++i) {
      dims.push_back(loops_.axes[i].size);
      strides.push_back(loops_.axes[i].step[k]);
    }
    if (out)
      copy(packed, contiguous_strides(dims), at, strides, dims, sides_[k].width);
    else
      copy(at, strides, packed, contiguous_strides(dims), dims, sides_[k].width);
  }

  void load(int k, i64 offset, i64 m) {
    side& s = sides_[k];
    char* const from = s.data + offset * s.width;
    if (s.how == form::constant || s.how == form::repeated) {
      if (s.filled == offset + 1) return;
      s.filled = offset + 1;
      m = rows_per_chunk_;
    }
    const i64 n = m * row_;
    if (s.how == form::contiguous) {
      load_elements(s.storage, from, s.tile, n);
    } else if (s.how == form::constant) {
      alignas(16) char one[16];
      if (s.converts())
        load_elements(s.storage, from, one, 1);
      else
        copy_row(one, from, s.width);
      fill(s.tile, one, n, s.compute_width);
    } else if (s.converts()) {
      move(k, from, staging_, m, false);
      load_elements(s.storage, staging_, s.tile, n);
    } else {
      move(k, from, s.tile, m, false);
    }
  }

  void store(int k, i64 offset, i64 m) {
    side& s = sides_[k];
    char* const to = s.data + offset * s.width;
    if (s.how == form::contiguous) {
      store_elements(s.storage, s.tile, to, m * row_);
    } else if (s.converts()) {
      store_elements(s.storage, s.tile, staging_, m * row_);
      move(k, to, staging_, m, true);
    } else {
      move(k, to, s.tile, m, true);
    }
  }

  // Ones behind the last element: a division there is as safe as any other.
  static void pad(dtype compute, char* tile, i64 from, i64 to, i64 width) {
    const float f = 1;
    const double d = 1;
    const u64 i = 1;
    const void* one = compute == dtype::f32   ? static_cast<const void*>(&f)
                      : compute == dtype::f64 ? static_cast<const void*>(&d)
                                              : &i;
    fill(tile + from * width, one, to - from, width);
  }

  void chunk(const cursor& c, i64 row, i64 m) {
    const i64 n = m * row_, whole = n - n % step_, rest = n - whole;
    char* at[max_operands];
    for (int k = operands_; k-- > 0;) {
      side& s = sides_[k];
      const i64 offset = c.at[k] + row * loops_.axes[split_].step[k];
      at[k] = s.how == form::direct ? s.data + offset * s.width : s.tile;
      if (s.how != form::direct && k > 0) load(k, offset, m);
    }
    alignas(64) char end[64];
    const i64 width = sides_[0].compute_width;
    // The last step goes first and aside, because the output may be an input.
    if (rest && whole) call(at, n - step_, end, step_);
    if (whole) call(at, 0, at[0], whole);
    if (rest && whole)
      copy_row(at[0] + whole * width, end + (step_ - rest) * width,
               static_cast<std::size_t>(rest * width));
    if (!whole) single(at, rest);
    if (sides_[0].how != form::direct) store(0, c.at[0] + row * loops_.axes[split_].step[0], m);
  }

  void call(char* const* at, i64 from, char* out, i64 n) const {
    const void* in[max_operands];
    for (int k = 1; k < operands_; ++k) in[k - 1] = at[k] + from * sides_[k].compute_width;
    fn_(op_, in, out, n);
  }

  // Less than a step.
  [[gnu::noinline]] void single(char* const* at, i64 n) const {
    alignas(64) char ends[max_operands][64];
    char* padded[max_operands];
    padded[0] = ends[0];
    for (int k = 1; k < operands_; ++k) {
      const i64 w = sides_[k].compute_width;
      padded[k] = ends[k];
      copy_row(ends[k], at[k], static_cast<std::size_t>(n * w));
      pad(sides_[k].compute, ends[k], n, step_, w);
    }
    call(padded, 0, ends[0], step_);
    copy_row(at[0], ends[0], static_cast<std::size_t>(n * sides_[0].compute_width));
  }

  alignas(64) char tiles_[tile_bytes];
  nest loops_;
  side sides_[max_operands];
  tile_fn fn_;
  const void* op_;
  char* staging_ = nullptr;
  i64 row_ = 1, rows_ = 0, rows_per_chunk_ = 0, step_ = 64;
  int operands_, split_ = 0;
};

}  // namespace detail

/// Runs `fn` over `dims` elements. At most 8 inputs; every one has a stride per output dimension.
inline void map(tile_fn fn, const void* op, std::span<const operand> in, const target& out,
                const shape& dims) {
  detail::mapping(fn, op, in, out, dims).run();
}

}  // namespace tenon::inline TENON_BUILD::kernels
