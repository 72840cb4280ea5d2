// MaxPool, AveragePool and LpPool over windows of a [N, C, D, H, W] tensor in any layout. Lanes are
// channels where these are contiguous, else neighbouring outputs of a row that see equally many
// taps. Columns of a window are summed first, then the columns, so that every layout gives the same
// bits.
#pragma once

#include "../core/dtype.hpp"
#include "../simd/math.hpp"
#include "copy.hpp"

namespace tenon::inline TENON_BUILD::kernels {

/// Windows over depth, height and width, fully resolved. Unused dimensions keep the defaults.
struct window {
  i64 kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
  i64 pad_begin[3] = {}, pad_end[3] = {};
};

namespace detail {

/// The taps of a window that are inside of the input: steps in elements, counts at least 1.
struct taps {
  i64 count[3], step[3];
  i64 lane_step, out_step;  ///< from one lane to the next
  i64 index_step[3], lane_index;  ///< the same of positions, where these are wanted
  double divisor;
  i64 power;  ///< of a pool over powers
};
using pool_fn = void (*)(const taps&, const void* in, void* out, i64 lanes);

// Calls f(first tap of a column) for each column of a window and g(tap) for the others.
template <class T, class F, class G>
TENON_INLINE void each_tap(const taps& t, const T* p, F f, G g) {
  const auto deep = static_cast<std::ptrdiff_t>(t.step[0]),
             down = static_cast<std::ptrdiff_t>(t.step[1]),
             across = static_cast<std::ptrdiff_t>(t.step[2]);
  for (i64 k = t.count[2]; k > 0; --k, p += across) {
    f(p);
    const T* plane = p;
    i64 j = 1;  // the first tap is done
    for (i64 i = t.count[0]; i > 0; --i, plane += deep, j = 0)
      for (const T* row = plane + j * down; j < t.count[1]; ++j, row += down) g(row);
  }
}

struct pool_most {
  template <class V, class T>
  TENON_INLINE static V reduce(const taps& t, const T* p, auto load) {
    // The plain comparison drops NaN, in a third of the time of one that does not.
    V most = load(p);
    [[maybe_unused]] auto nan = most != most;
    const auto take = [&](const T* tap) __attribute__((always_inline)) {
      const V x = load(tap);
      most = simd::pmax(most, x);
      if constexpr (std::is_floating_point_v<T>) nan = nan | (x != x);
    };
    each_tap(t, p, take, take);
    if constexpr (std::is_floating_point_v<T>)
      most = simd::select(nan, std::numeric_limits<T>::quiet_NaN(), most);
    return most;
  }
};
struct pool_mean {
  template <class V, class T>
  TENON_INLINE static V reduce(const taps& t, const T* p, auto load) {
    V all(T(0)), column(T(0));
    each_tap(
        t, p,
        [&](const T* tap)
            __attribute__((always_inline)) { all = all + column, column = load(tap); },
        [&](const T* tap) __attribute__((always_inline)) { column = column + load(tap); });
    return (all + column) / V(static_cast<T>(t.divisor));
  }
};

// (sum of |x|^p)^(1/p)
struct pool_length {
  template <class V>
  TENON_INLINE static V raised(V x, i64 p) {
    if (p == 1) return simd::abs(x);
    if (p == 2) return x * x;
    V result = simd::abs(x), base = result;
    for (--p; p > 0; p >>= 1, base = base * base)
      if (p & 1) result = result * base;
    return result;
  }
  template <class V, class T>
  TENON_INLINE static V reduce(const taps& t, const T* p, auto load) {
    V sum(T(0));
    const auto take = [&](const T* tap) __attribute__((always_inline)) { sum = sum + raised(V(load(tap)), t.power); };
    each_tap(t, p, take, take);
    if (t.power == 1) return sum;
    if (t.power == 2) return simd::sqrt(sum);
    return simd::pow(sum, V(T(1) / static_cast<T>(t.power)));
  }
};

template <class V, class T>
TENON_INLINE V every_second(const T* p) {
  constexpr int N = V::lanes;
  return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    return simd::shuffle<(I < N / 2 ? 2 * I : 2 * I + 1)...>(V::load(p), V::load(p + N - 1));
  }(std::make_integer_sequence<int, N>());
}

// The maxima of lanes that lie side by side, over at most 64 taps: a list of pointers, one loop.
template <class T>
[[gnu::noinline]] void pool_side_by_side(const taps& t, const T* x, T* y, i64 lanes) {
  using V = simd::vec<T, 32 / sizeof(T)>;
  constexpr i64 N = V::lanes;
  const T* list[64];
  const T** end = list;
  const auto take = [&](const T* tap) { *end++ = tap; };
  each_tap(t, x, take, take);
  for (i64 i = 0; i < lanes; i += N) {
    const i64 at = std::min(i, lanes - N);  // the last vector overlaps the one before
    V most = V::load(list[0] + at);
    [[maybe_unused]] auto nan = most != most;
#pragma clang loop unroll(disable)
    for (const T* const* tap = list + 1; tap < end; ++tap) {
      const V v = V::load(*tap + at);
      most = simd::pmax(most, v);
      if constexpr (std::is_floating_point_v<T>) nan = nan | (v != v);
    }
    if constexpr (std::is_floating_point_v<T>)
      most = simd::select(nan, std::numeric_limits<T>::quiet_NaN(), most);
    most.store(y + at);
  }
}

template <class M, class T>
void pool_lanes(const taps& t, const void* in, void* out, i64 lanes) {
  // Half a step: a vector of maxima and one of what was seen of NaN, twice, stay in registers.
  using V = simd::vec<T, 32 / sizeof(T)>;
  constexpr i64 N = V::lanes;
  const auto* const x = static_cast<const T*>(in);
  auto* const y = static_cast<T*>(out);
  if constexpr (std::is_same_v<M, pool_most>)
    if (t.out_step == 1 && t.lane_step == 1 && lanes >= N && t.count[0] * t.count[1] * t.count[2] <= 64)
      return pool_side_by_side<T>(t, x, y, lanes);
  if (t.out_step == 1 && lanes >= N && (t.lane_step == 1 || t.lane_step == 2)) {
    const auto one = [](const T* p) __attribute__((always_inline)) { return V::load(p); };
    const auto two = [](const T* p) __attribute__((always_inline)) { return every_second<V>(p); };
    for (i64 i = 0; i < lanes; i += N) {
      const i64 at = std::min(i, lanes - N);  // the last vector overlaps the one before
      const V v = t.lane_step == 1 ? M::template reduce<V>(t, x + at, one)
                                   : M::template reduce<V>(t, x + 2 * at, two);
      v.store(y + at);
    }
    return;
  }
  for (i64 i = 0; i < lanes; ++i)
    y[i * t.out_step] =
        M::template reduce<T>(t, x + i * t.lane_step, [](const T* p) { return *p; });
}

/// The first of each window's greatest elements (a NaN before all), and its position; the first tap of the
/// first window lies at `at`.
template <class T>
[[gnu::noinline]] void pool_index(const taps& t, const void* in, void* out, i64* indices, i64 at, i64 lanes) {
  const auto* x = static_cast<const T*>(in);
  auto* y = static_cast<T*>(out);
  for (; lanes > 0; --lanes, x += t.lane_step, at += t.lane_index, y += t.out_step, indices += t.out_step) {
    T best = *x;
    i64 where = 0;
    for (i64 i = 0; i < t.count[0]; ++i)
      for (i64 j = 0; j < t.count[1]; ++j) {
        const T* tap = x + i * t.step[0] + j * t.step[1];
        i64 place = i * t.index_step[0] + j * t.index_step[1];
        for (i64 k = 0; k < t.count[2]; ++k, tap += t.step[2], place += t.index_step[2]) {
          const T v = *tap;
          const bool more = (v > best) | ((v != v) & (best == best));  // not branches: they would be guesses
          best = more ? v : best;
          where = more ? place : where;
        }
      }
    *y = best;
    *indices = at + where;
  }
}
using pool_index_fn = void (*)(const taps&, const void* in, void* out, i64* indices, i64 at, i64 lanes);

class pooling {
 public:
  pooling(i64 width, const void* in, const shape& in_strides, void* out, const shape& out_strides,
          const shape& in_dims, const shape& out_dims, const window& w)
      : width_(width),
        in_(static_cast<const char*>(in)),
        out_(static_cast<char*>(out)),
        is_(in_strides),
        os_(out_strides),
        id_(in_dims),
        od_(out_dims),
        w_(w) {}

  pool_fn reduce = nullptr;
  pool_index_fn find = nullptr;
  i64* indices = nullptr;
  bool column_major = false, include_pad = false;
  i64 power = 2;

  void run() {
    if (count(od_) == 0 || count(id_) == 0) return;
    const bool channels = !find && is_[1] == 1 && os_[1] == 1 && od_[1] > 1;
    taps t{};
    t.power = power;
    for (i64 n = 0; n < od_[0]; ++n)
      for (i64 c = 0; c < (channels ? 1 : od_[1]); ++c)
        for (i64 z = 0; z < od_[2]; ++z)
          for (i64 y = 0; y < od_[3]; ++y) {
            const i64 in =
                n * is_[0] + c * is_[1] + clip(t, 0, z) * is_[2] + clip(t, 1, y) * is_[3];
            const i64 out = n * os_[0] + c * os_[1] + z * os_[2] + y * os_[3];
            for (i64 x = 0; x < od_[4];)
              x += lanes(t, in, out, (n * id_[1] + c) * id_[2] * id_[3] * id_[4], z, y, x, channels);
          }
  }

 private:
  // Taps inside of the input, and where the first one is.
  i64 clip(taps& t, int d, i64 at) const {
    const i64 first = at * w_.stride[d] - w_.pad_begin[d], by = w_.dilation[d], size = id_[d + 2];
    const i64 skip = first < 0 ? (by - 1 - first) / by : 0;
    const i64 end = first < size ? std::min(w_.kernel[d], (size - 1 - first) / by + 1) : 0;
    t.step[d] = by * is_[d + 2];
    t.count[d] = std::max<i64>(end - skip, 0);
    return first + skip * by;
  }
  // Taps inside of the padded input.
  i64 padded_taps(int d, i64 at) const {
    const i64 first = at * w_.stride[d] - w_.pad_begin[d], by = w_.dilation[d];
    const i64 last = id_[d + 2] + w_.pad_end[d] - 1 - first;
    return last < 0 ? 0 : std::min(w_.kernel[d], last / by + 1);
  }

  // Outputs from x on, and how many; `plane` is the position of the channel's first element.
  i64 lanes(taps& t, i64 in, i64 out, i64 plane, i64 z, i64 y, i64 x, bool channels) {
    const i64 from = in + clip(t, 2, x) * is_[4];
    char* const to = out_ + (out + x * os_[4]) * width_;
    i64 n = 1;
    if (channels) {
      t.lane_step = t.out_step = 1;
      n = od_[1];
    } else {
      t.lane_step = w_.stride[2] * is_[4], t.out_step = os_[4];
      // Outputs on from here whose windows are as complete as this one.
      if (t.count[2] == w_.kernel[2]) {
        const i64 reach = id_[4] - 1 - (w_.kernel[2] - 1) * w_.dilation[2] + w_.pad_begin[2];
        n = std::min(od_[4], reach / w_.stride[2] + 1) - x;
      }
    }
    const i64 inside = t.count[0] * t.count[1] * t.count[2];
    t.divisor = static_cast<double>(std::max<i64>(
        1, include_pad ? padded_taps(0, z) * padded_taps(1, y) * padded_taps(2, x) : inside));
    if (inside == 0)
      nothing(to, t.out_step, n);
    else if (find)
      find(t, in_ + from * width_, to, indices + out + x * os_[4], plane + position(t, z, y, x), n);
    else
      reduce(t, in_ + from * width_, to, n);
    return channels ? 1 : n;
  }

  // Windows that see padding only.
  void nothing(char* to, i64 step, i64 n) const {
    for (i64 i = 0; i < n; ++i) {
      copy_row(to + i * step * width_, &empty, static_cast<std::size_t>(width_));
      if (find) indices[(to - out_) / width_ + i * step] = 0;
    }
  }

  // Where the first tap lies in its plane, and how far it is from there to others.
  i64 position(taps& t, i64 z, i64 y, i64 x) const {
    const i64 D = id_[2], H = id_[3], W = id_[4];
    const i64 row_major[3] = {H * W, W, 1}, column_first[3] = {1, D, D * H};
    const i64* const unit = column_major ? column_first : row_major;
    const i64 where[3] = {z, y, x};
    i64 at = 0;
    taps unused{};
    for (int d = 0; d < 3; ++d) {
      at += clip(unused, d, where[d]) * unit[d];
      t.index_step[d] = w_.dilation[d] * unit[d];
    }
    t.lane_index = w_.stride[2] * unit[2];
    return at;
  }

 public:
  u64 empty = 0;  ///< bits of what a window without elements gives

 private:
  i64 width_;
  const char* in_;
  char* out_;
  const shape &is_, &os_, &id_, &od_;
  const window& w_;
};

}  // namespace detail

/// The greatest of each window; NaN wins. Dims and strides are [N, C, D, H, W]; f32, f64, i8 or u8
/// (false for others). `indices`, with the output's strides, gets the flat position in the
/// row-major input, or with `column_major` that in which the first spatial dimension runs fastest
/// (storage_order 1).
inline bool max_pool(dtype type, const void* in, const shape& in_strides, void* out,
                     const shape& out_strides, const shape& in_dims, const shape& out_dims,
                     const window& w, i64* indices = nullptr, bool column_major = false) {
  using namespace detail;
  pooling p(size_of(type), in, in_strides, out, out_strides, in_dims, out_dims, w);
  p.indices = indices;
  p.column_major = column_major;
  const bool known = dispatch<dtype_set{dtype::f32, dtype::f64, dtype::i8, dtype::u8}>(type, [&]<class T>() {
    p.reduce = &pool_lanes<pool_most, T>;
    if (indices) p.find = &pool_index<T>;
    using limits = std::numeric_limits<T>;
    const T lowest = limits::has_infinity ? -limits::infinity() : limits::lowest();
    std::memcpy(&p.empty, &lowest, sizeof lowest);
  });
  if (!known) return false;
  p.run();
  return true;
}

/// The mean of each window: over the elements inside of the input, or with `count_include_pad`
/// inside of the padded input. Dims and strides as in max_pool; f32 or f64 (false for others).
inline bool average_pool(dtype type, const void* in, const shape& in_strides, void* out,
                         const shape& out_strides, const shape& in_dims, const shape& out_dims,
                         const window& w, bool count_include_pad) {
  using namespace detail;
  pooling p(size_of(type), in, in_strides, out, out_strides, in_dims, out_dims, w);
  p.include_pad = count_include_pad;
  if (!dispatch<dtype_set{dtype::f32, dtype::f64}>(type, [&]<class T>() { p.reduce = &pool_lanes<pool_mean, T>; }))
    return false;
  p.run();
  return true;
}

/// (sum of |x|^power)^(1/power) of each window, over the elements inside of the input. Dims and strides
/// as in max_pool; f32 or f64 (false for others).
inline bool length_pool(dtype type, const void* in, const shape& in_strides, void* out, const shape& out_strides,
                        const shape& in_dims, const shape& out_dims, const window& w, i64 power) {
  using namespace detail;
  pooling p(size_of(type), in, in_strides, out, out_strides, in_dims, out_dims, w);
  p.power = power;
  if (!dispatch<dtype_set{dtype::f32, dtype::f64}>(type, [&]<class T>() { p.reduce = &pool_lanes<pool_length, T>; }))
    return false;
  p.run();
  return true;
}

}  // namespace tenon::inline TENON_BUILD::kernels
