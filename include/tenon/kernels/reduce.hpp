// Reductions over any axes by an erased fold. An operator says what is accumulated (`term`), with
// which monoid, and what becomes of the sum (`finish`); Sum, Mean, L1 and L2 share all but those
// lines. Rows are folded in 128-byte blocks and partial results in a cascade of 32s, so that errors
// grow with the logarithm of the count, in an order that depends on dims and strides alone.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/vec.hpp"
#include "map.hpp"

namespace tenon::inline TENON_BUILD::kernels {

// Monoids: how partial results combine, and the value that changes nothing.
struct plus {
  template <class T>
  static constexpr T identity() {
    return T(0);
  }
  static auto combine(auto a, auto b) { return a + b; }
};
struct times {
  template <class T>
  static constexpr T identity() {
    return T(1);
  }
  static auto combine(auto a, auto b) { return a * b; }
};
/// The greatest; NaN wins.
struct most {
  template <class T>
  static constexpr T identity() {
    using limits = std::numeric_limits<T>;
    return limits::has_infinity ? -limits::infinity() : limits::lowest();
  }
  static auto combine(auto a, auto b) { return simd::max(a, b); }
};
/// The least; NaN wins.
struct least {
  template <class T>
  static constexpr T identity() {
    using limits = std::numeric_limits<T>;
    return limits::has_infinity ? limits::infinity() : limits::max();
  }
  static auto combine(auto a, auto b) { return simd::min(a, b); }
};

/// What the reduction driver sees of an operator in one compute type.
struct fold {
  dtype compute;
  u64 identity, neutral;  ///< bits: an accumulator's start, and an element that changes nothing
  /// acc[128 bytes] = combine(acc, term(x)) for `rows` blocks of x, `stride` bytes apart.
  void (*accumulate)(const void* op, const void* x, i64 stride, i64 rows, void* acc,
                     const void* shift);
  /// into[i] = combine(into[i], from[i]) over whole blocks.
  void (*combine)(void* into, const void* from, i64 bytes);
  /// Combines the lanes of a block into its first, in a fixed tree.
  void (*gather)(void* block);
  /// Null, or acc[i] = finish(acc[i], count) over whole blocks.
  void (*finish)(const void* op, void* acc, const void* shift, i64 bytes, i64 count);
  /// Null, or what is reduced first, to be handed to term and finish.
  const fold* shift;
};

namespace detail {

inline constexpr i64 block_bytes = 128;

template <class T>
inline constexpr int block_lanes = block_bytes / sizeof(T);

template <class M, class Op, class T>
void accumulate(const void* op, const void* x, i64 stride, i64 rows, void* acc, const void* shift) {
  using V = simd::full_vec<T>;
  constexpr int N = V::lanes;
  const Op& o = body_of<Op>(op);
  const auto term = [&](V v, int i) __attribute__((always_inline)) {
    if constexpr (requires { o.term(v, v); })
      return o.term(v, V::load(static_cast<const T*>(shift) + i));
    else if constexpr (requires { o.term(v); })
      return o.term(v);
    else
      return v;
  };
  auto* const a = static_cast<T*>(acc);
  const auto* p = static_cast<const char*>(x);
  const auto step = static_cast<std::ptrdiff_t>(stride);
  V low = V::load(a), high = V::load(a + N);
#pragma clang loop unroll(disable)
  for (; rows > 0; --rows, p += step) {
    const auto* row = reinterpret_cast<const T*>(p);
    low = M::combine(low, term(V::load(row), 0));
    high = M::combine(high, term(V::load(row + N), N));
  }
  low.store(a);
  high.store(a + N);
}

template <class M, class T>
void combine(void* into, const void* from, i64 bytes) {
  using V = simd::full_vec<T>;
  auto* a = static_cast<T*>(into);
  const auto* b = static_cast<const T*>(from);
#pragma clang loop unroll(disable)
  for (; bytes > 0; bytes -= 64, a += V::lanes, b += V::lanes)
    V(M::combine(V::load(a), V::load(b))).store(a);
}

template <class M, class T, int N>
TENON_INLINE T gather_lanes(simd::vec<T, N> v) {
  if constexpr (N == 1)
    return v[0];
  else
    return gather_lanes<M>(simd::vec<T, N / 2>(M::combine(simd::low_half(v), simd::high_half(v))));
}
template <class M, class T>
void gather(void* block) {
  using V = simd::full_vec<T>;
  auto* a = static_cast<T*>(block);
  *a = gather_lanes<M>(V(M::combine(V::load(a), V::load(a + V::lanes))));
}

template <class Op, class T>
void finish(const void* op, void* acc, const void* shift, i64 bytes, i64 count) {
  using V = simd::full_vec<T>;
  const Op& o = body_of<Op>(op);
  // An empty mean is NaN in floats; integers must not trap.
  const V n(static_cast<T>(std::is_integral_v<T> ? std::max<i64>(count, 1) : count));
  auto* a = static_cast<T*>(acc);
#pragma clang loop unroll(disable)
  for (i64 i = 0; i < bytes / static_cast<i64>(sizeof(T)); i += V::lanes) {
    const V v = V::load(a + i);
    if constexpr (requires { o.finish(v, n, n); })
      V(o.finish(v, n, V::load(static_cast<const T*>(shift) + i))).store(a + i);
    else
      V(o.finish(v, n)).store(a + i);
  }
}

struct no_term {};
template <class T>
constexpr u64 bits(T x) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<u32>(x);
  else
    return std::bit_cast<u64>(x);
}

template <class Op, class T>
constexpr fold make_fold() {
  using M = typename Op::monoid;
  using V = simd::full_vec<T>;
  constexpr bool shifted = requires(const Op& o, V v) { o.term(v, v); };
  constexpr bool termed = shifted || requires(const Op& o, V v) { o.term(v); };
  fold f{};
  f.compute = dtype_of<T>;
  f.identity = f.neutral = bits(M::template identity<T>());
  if constexpr (requires { Op::template neutral<T>(); })
    f.neutral = bits(Op::template neutral<T>());
  f.accumulate = &detail::accumulate<M, std::conditional_t<termed, Op, no_term>, T>;
  f.combine = &detail::combine<M, T>;
  f.gather = &detail::gather<M, T>;
  if constexpr (
      requires(const Op& o, V v) { o.finish(v, v); } ||
      requires(const Op& o, V v) { o.finish(v, v, v); })
    f.finish = &detail::finish<Op, T>;
  return f;
}
template <class M>
struct plain {
  using monoid = M;
};

}  // namespace detail

/// The fold of an operator: `using monoid`, optionally `term(x)` (default x), `finish(acc, count)`
/// and, where term(x, shift) and finish(acc, count, shift) want a reduction to be done before,
/// `using shift` (a monoid). `neutral<T>()` is needed where term(identity) is not the identity.
/// Bodies see vectors.
template <class Op, class T>
inline constexpr fold fold_of = [] {
  fold f = detail::make_fold<Op, T>();
  if constexpr (requires { typename Op::shift; })
    f.shift = &fold_of<detail::plain<typename Op::shift>, T>;
  return f;
}();

namespace detail {

/// The accumulators of up to 1 KB of columns: every 32 rows of one level are one row of the next.
class cascade {
 public:
  static constexpr i64 width = 1024;

  cascade(const fold& f, const void* op) : f_(f), op_(op), element_(size_of(f.compute)) {}

  [[gnu::noinline]] void begin(i64 bytes, const char* shift) {
    bytes_ = bytes, shift_ = shift, rows_ = 0;
    for (int& c : counts_) c = 0;
    fill(levels_[0], &f_.identity, bytes / element_, element_);
  }
  [[gnu::noinline]] void feed(const char* x, i64 stride, i64 rows) {
    while (rows > 0) {
      const i64 m = std::min(rows, radix - rows_);
      for (i64 b = 0; b < bytes_; b += block_bytes)
        f_.accumulate(op_, x + b, stride, m, levels_[0] + b, shift_ + b);
      x += m * stride, rows -= m, rows_ += m;
      if (rows_ == radix) carry();
    }
  }
  [[gnu::noinline]] char* result() {
    for (int l = 1; l < depth; ++l)
      if (counts_[l] > 0) f_.combine(levels_[0], levels_[l], bytes_);
    return levels_[0];
  }

 private:
  static constexpr int depth = 4;
  static constexpr i64 radix = 32;

  void carry() {
    for (int l = 1; l < depth; ++l) {
      if (counts_[l]++ == 0)
        copy_row(levels_[l], levels_[l - 1], static_cast<std::size_t>(bytes_));
      else
        f_.combine(levels_[l], levels_[l - 1], bytes_);
      if (l > 1) counts_[l - 1] = 0;
      if (counts_[l] < radix) break;
    }
    rows_ = 0;
    fill(levels_[0], &f_.identity, bytes_ / element_, element_);
  }

  alignas(64) char levels_[depth][width];
  const fold& f_;
  const void* op_;
  const char* shift_ = nullptr;
  i64 element_, bytes_ = 0, rows_ = 0;
  int counts_[depth] = {};
};

class reduction {
 public:
  reduction(const fold& f, const void* op, const operand& in, const target& out, const shape& dims,
            u32 axes)
      : f_(f),
        op_(op),
        in_(in),
        out_(out),
        width_(size_of(f.compute)),
        in_width_(size_of(in.storage)),
        lanes_(block_bytes / width_),
        converts_(in.storage != in.compute) {
    shape steps, reduced_steps, out_steps;
    for (int i = 0; i < dims.rank(); ++i) {
      if (axes >> i & 1) {
        reduced_.push(dims[i]);
        reduced_steps.push_back(in.strides[i]);
        count_ *= dims[i];
      } else {
        kept_.push(dims[i]);
        steps.push_back(in.strides[i]);
        out_steps.push_back(out.strides[i]);
      }
    }
    kept_.add(steps);
    kept_.add(out_steps);
    reduced_.add(reduced_steps);
  }

  void run() {
    if (!kept_.normalize()) return;
    const bool empty = !reduced_.normalize();
    const nest::axis &k = kept_.inner(), &r = reduced_.inner();
    const auto size = [](i64 step) { return step < 0 ? -step : step; };
    by_rows_ =
        kept_.count() == 1 || (r.size >= 32 && (size(r.step[0]) < size(k.step[0]) || k.size < 16));
    if (converts_ || (by_rows_ ? r.step[0] != 1 : k.step[0] != 1 || k.size % lanes_ != 0)) {
      std::memset(tile_, 0, sizeof tile_);
      std::memset(staging_, 0, sizeof staging_);
    }
    cursor c(kept_);
    do {
      for (i64 j = 0; j < k.size; j += cascade::width / width_) {
        const i64 w = std::min(cascade::width / width_, k.size - j);
        if (empty) {
          fill(results_, &f_.identity, w, width_);
          if (f_.shift) fill(shifts_, &f_.shift->identity, w, width_);
        } else {
          const i64 at = c.at[0] + reduced_.base[0] + j * k.step[0];
          if (f_.shift) {
            compute(*f_.shift, at, w);
            std::memcpy(shifts_, results_, sizeof shifts_);
          }
          compute(f_, at, w);
        }
        store(c.at[1] + j * k.step[1], w);
      }
    } while (c.next(kept_, kept_.rank - 1));
  }

 private:
  i64 whole(i64 n) const { return (n + lanes_ - 1) / lanes_ * lanes_; }

  const char* source(i64 offset) const {
    return static_cast<const char*>(in_.data) + offset * in_width_;
  }

  // rows x n elements as rows of `pitch` elements in the tile.
  [[gnu::noinline]] void pack(i64 offset, i64 row_step, i64 rows, i64 step, i64 n, i64 pitch) {
    copy(source(offset), {row_step, step}, converts_ ? staging_ : tile_, {pitch, 1}, {rows, n},
         in_width_);
    if (converts_) load_elements(in_.storage, staging_, tile_, rows * pitch);
  }
  i64 capacity() const {
    const i64 n = static_cast<i64>(sizeof tile_) / width_;
    return converts_ ? std::min(n, static_cast<i64>(sizeof staging_) / in_width_) : n;
  }

  void compute(const fold& f, i64 offset, i64 w) {
    cascade sums(f, op_);
    if (by_rows_) {
      for (i64 i = 0; i < w; ++i) row(sums, f, offset + i * kept_.inner().step[0], i);
      return;
    }
    const bool direct = !converts_ && kept_.inner().step[0] == 1;
    const i64 body = direct ? w - w % lanes_ : 0;
    if (body > 0) columns(sums, offset, 0, body, true);
    if (body < w) columns(sums, offset + body * kept_.inner().step[0], body, w - body, false);
  }

  void row(cascade& sums, const fold& f, i64 offset, i64 i) {
    alignas(64) char shift[block_bytes];
    if (f.shift) fill(shift, shifts_ + i * width_, lanes_, width_);
    sums.begin(block_bytes, shift);
    const nest::axis& r = reduced_.inner();
    const bool direct = !converts_ && r.step[0] == 1;
    cursor c(reduced_);
    do {
      const i64 at = offset + c.at[0] - reduced_.base[0];
      const i64 body = direct ? r.size - r.size % lanes_ : 0;
      if (body > 0) sums.feed(source(at), block_bytes, body / lanes_);
      for (i64 j = body; j < r.size;) {
        const i64 n = std::min(r.size - j, capacity()), padded = whole(n);
        if (direct)
          copy_row(tile_, source(at + j), static_cast<std::size_t>(n * width_));
        else
          pack(at + j * r.step[0], 0, 1, r.step[0], n, n);
        fill(tile_ + n * width_, &f.neutral, padded - n, width_);
        sums.feed(tile_, block_bytes, padded / lanes_);
        j += n;
      }
    } while (c.next(reduced_, reduced_.rank - 1));
    char* const block = sums.result();
    f.gather(block);
    copy_row(results_ + i * width_, block, static_cast<std::size_t>(width_));
  }

  void columns(cascade& sums, i64 offset, i64 first, i64 w, bool direct) {
    const i64 pitch = whole(w), bytes = pitch * width_;
    sums.begin(bytes, shifts_ + first * width_);
    const nest::axis& r = reduced_.inner();
    const i64 fit = capacity() / pitch;
    cursor c(reduced_);
    do {
      const i64 at = offset + c.at[0] - reduced_.base[0];
      if (direct) {
        sums.feed(source(at), r.step[0] * width_, r.size);
        continue;
      }
      for (i64 j = 0; j < r.size; j += fit) {
        const i64 m = std::min(fit, r.size - j);
        pack(at + j * r.step[0], r.step[0], m, kept_.inner().step[0], w, pitch);
        sums.feed(tile_, bytes, m);
      }
    } while (c.next(reduced_, reduced_.rank - 1));
    std::memcpy(results_ + first * width_, sums.result(), static_cast<std::size_t>(w * width_));
  }

  void store(i64 offset, i64 w) {
    if (f_.finish) f_.finish(op_, results_, shifts_, whole(w) * width_, count_);
    const i64 out_width = size_of(out_.storage);
    const char* from = results_;
    if (out_.storage != out_.compute) {
      store_elements(out_.storage, results_, staging_, w);
      from = staging_;
    }
    copy(from, {1}, static_cast<char*>(out_.data) + offset * out_width, {kept_.inner().step[1]},
         {w}, out_width);
  }

  alignas(64) char tile_[4096];
  alignas(64) char staging_[2048];
  alignas(64) char results_[cascade::width];
  alignas(64) char shifts_[cascade::width];
  nest kept_, reduced_;
  const fold& f_;
  const void* op_;
  const operand& in_;
  const target& out_;
  i64 width_, in_width_, lanes_, count_ = 1;
  bool converts_, by_rows_ = false;
};

}  // namespace detail

/// out = fold of `in` over the axes whose bits are set. dims are the input's, and both have a
/// stride for each of them (the output's are ignored on reduced axes). Reducing nothing gives the
/// identity.
inline void reduce(const fold& f, const void* op, const operand& in, const target& out,
                   const shape& dims, u32 axes) {
  detail::reduction(f, op, in, out, dims, axes).run();
}

}  // namespace tenon::inline TENON_BUILD::kernels
