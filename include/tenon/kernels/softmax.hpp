// Softmax and its logarithm along one axis, the maximum subtracted. A line is a run of contiguous
// elements: along the axis they share one maximum and one sum (coefficients with step 0), across it
// every lane has its own (step 64 bytes). The same three loops do both.
#pragma once

#include "../simd/math.hpp"
#include "map.hpp"

namespace tenon::inline TENON_BUILD::kernels {

namespace detail {

/// The loops of one type, over whole 64-byte steps; coefficients advance by `step` bytes (0 or 64).
struct softmax_steps {
  void (*maxima)(const void* x, i64 bytes, char* top, i64 step);
  /// `sum` may be null.
  void (*exponentials)(const void* x, i64 bytes, void* out, const char* top, char* sum, i64 step);
  void (*sums)(const void* x, i64 bytes, char* sum, i64 step);
  void (*affine)(const void* x, i64 bytes, void* out, const char* factor, const char* addend,
                 i64 step);
  /// (x - first) - second: of numbers near each other nothing is lost.
  void (*less)(const void* x, i64 bytes, void* out, const char* first, const char* second,
               i64 step);
  /// The maximum or the sum of the lanes of a block, and the block of one value.
  double (*gather)(char* block, bool sum);
  void (*splat)(double x, char* block);
  /// From maxima and sums to factors and addends, or from sums to their logarithms.
  void (*close)(char* top, char* sum, i64 bytes, bool log);
  u64 lowest;
};

template <class T>
struct softmax_loops {
  using V = simd::full_vec<T>;
  static constexpr i64 N = V::lanes;
  TENON_INLINE static V load(const void* p, i64 byte) {
    return V::load(reinterpret_cast<const T*>(static_cast<const char*>(p) + byte));
  }
  TENON_INLINE static void store(V v, void* p, i64 byte) {
    v.store(reinterpret_cast<T*>(static_cast<char*>(p) + byte));
  }

  static void maxima(const void* x, i64 bytes, char* top, i64 step) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < bytes; i += 64, top += step)
      store(simd::max(load(top, 0), load(x, i)), top, 0);
  }
  static void exponentials(const void* x, i64 bytes, void* out, const char* top, char* sum,
                           i64 step) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < bytes; i += 64, top += step, sum += sum ? step : 0) {
      const V e = simd::exp(load(x, i) - load(top, 0));
      store(e, out, i);
      if (sum) store(load(sum, 0) + e, sum, 0);
    }
  }
  static void sums(const void* x, i64 bytes, char* sum, i64 step) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < bytes; i += 64, sum += step) store(load(sum, 0) + load(x, i), sum, 0);
  }
  static void affine(const void* x, i64 bytes, void* out, const char* factor, const char* addend,
                     i64 step) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < bytes; i += 64, factor += step, addend += step)
      store(load(x, i) * load(factor, 0) + load(addend, 0), out, i);
  }
  static void less(const void* x, i64 bytes, void* out, const char* first, const char* second,
                   i64 step) {
#pragma clang loop unroll(disable)
    for (i64 i = 0; i < bytes; i += 64, first += step, second += step)
      store((load(x, i) - load(first, 0)) - load(second, 0), out, i);
  }
  static double gather(char* block, bool sum) {
    auto* a = reinterpret_cast<T*>(block);
    for (i64 half = N / 2; half > 0; half /= 2)
      for (i64 i = 0; i < half; ++i) a[i] = sum ? a[i] + a[i + half] : simd::max(a[i], a[i + half]);
    return a[0];
  }
  static void splat(double x, char* block) { store(V(static_cast<T>(x)), block, 0); }
  static void close(char* top, char* sum, i64 bytes, bool log) {
    for (i64 i = 0; i < bytes; i += 64) {
      const V s = load(sum, i);
      store(log ? simd::log(s) : V(T(1)) / s, sum, i);
      if (!log) store(V(T(0)), top, i);
    }
  }
};
template <class T, class Bits>
inline constexpr softmax_steps softmax_steps_of{
    &softmax_loops<T>::maxima,
    &softmax_loops<T>::exponentials,
    &softmax_loops<T>::sums,
    &softmax_loops<T>::affine,
    &softmax_loops<T>::less,
    &softmax_loops<T>::gather,
    &softmax_loops<T>::splat,
    &softmax_loops<T>::close,
    std::bit_cast<Bits>(-std::numeric_limits<T>::infinity())};
inline const softmax_steps& steps_for(dtype compute) {
  if constexpr (compiled.has(dtype::f64))
    if (compute == dtype::f64) return softmax_steps_of<double, u64>;
  return softmax_steps_of<float, u32>;
}

class softmaxing {
 public:
  softmaxing(const operand& in, const target& out, const shape& dims, int axis, bool log)
      : in_(in),
        out_(out),
        f_(steps_for(in.compute)),
        width_(size_of(in.compute)),
        lanes_(64 / width_),
        size_(dims[axis]),
        in_step_(in.strides[axis]),
        out_step_(out.strides[axis]),
        log_(log) {
    shape steps, out_steps;
    for (int i = 0; i < dims.rank(); ++i) {
      if (i == axis) continue;
      kept_.push(dims[i]);
      steps.push_back(in.strides[i]);
      out_steps.push_back(out.strides[i]);
    }
    kept_.add(steps);
    kept_.add(out_steps);
  }

  void run() {
    if (size_ == 0 || !kept_.normalize()) return;
    const nest::axis& k = kept_.inner();
    const auto magnitude = [](i64 x) { return x < 0 ? -x : x; };
    along_ = kept_.count() == 1 ||
             (size_ >= 16 && (magnitude(in_step_) < magnitude(k.step[0]) || k.size < 16));
    const i64 w = along_ ? 1 : capacity();
    cursor c(kept_);
    do {
      for (i64 j = 0; j < k.size;) {
        const i64 n = part(w, k.size - j);
        lines(c.at[0] + j * k.step[0], c.at[1] + j * k.step[1], n);
        j += n;
      }
    } while (c.next(kept_, kept_.rank - 1));
  }

 private:
  static constexpr i64 bytes_ = 2048;

  i64 capacity() const { return bytes_ / width_; }
  // Whole steps as long as there are any, so that only the last line has a padded end.
  i64 part(i64 most, i64 left) const {
    if (left >= most) return most;
    return left > 8 * lanes_ ? left - left % lanes_ : left;
  }
  i64 padded(i64 n) const { return (n + lanes_ - 1) / lanes_ * 64; }

  const char* load(i64 at, i64 step, i64 n) {
    const i64 width = size_of(in_.storage);
    const char* from = static_cast<const char*>(in_.data) + at * width;
    const bool converts = in_.storage != in_.compute;
    if (!converts && step == 1 && n % lanes_ == 0) return from;
    if (!converts && step == 1)
      copy_row(tile_, from, static_cast<std::size_t>(n * width));
    else
      copy(from, {step}, converts ? staging_ : tile_, {1}, {n}, width);
    if (converts) load_elements(in_.storage, staging_, tile_, n);
    fill(tile_ + n * width_, &f_.lowest, padded(n) / width_ - n, width_);
    return tile_;
  }
  char* direct(i64 at, i64 step, i64 n) {
    if (out_.storage != out_.compute || step != 1 || n % lanes_ != 0) return nullptr;
    return static_cast<char*>(out_.data) + at * width_;
  }
  void store(const char* from, i64 at, i64 step, i64 n) {
    const i64 width = size_of(out_.storage);
    if (out_.storage != out_.compute) {
      store_elements(out_.storage, from, staging_, n);
      from = staging_;
    }
    char* const to = static_cast<char*>(out_.data) + at * width;
    if (step == 1)
      copy_row(to, from, static_cast<std::size_t>(n * width));
    else
      copy(from, {1}, to, {step}, {n}, width);
  }

  // Calls f(line's offset in, and out, its elements) for each line of n lanes, or along the axis.
  template <class F>
  void each(i64 in, i64 out, i64 n, F f) {
    if (!along_) {
      for (i64 i = 0; i < size_; ++i) f(in + i * in_step_, out + i * out_step_, n);
      return;
    }
    for (i64 i = 0; i < size_;) {
      const i64 m = part(capacity(), size_ - i);
      f(in + i * in_step_, out + i * out_step_, m);
      i += m;
    }
  }

  // Of 16-bit elements exponentials and sums are such elements, as in NumPy and in the function by
  // which ONNX defines Softmax; a sum beyond their range stays, where infinity would make all zeros.
  bool narrow() const {
    return (compiled.has(dtype::f16) || compiled.has(dtype::bf16)) && !log_ && size_of(out_.storage) == 2;
  }
  void round(const char* from, char* to, i64 bytes) {
    store_elements(out_.storage, from, staging_, bytes / width_);
    load_elements(out_.storage, staging_, to, bytes / width_);
  }
  void round_sums(i64 bytes) {
    round(sum_, again_, bytes);
    auto* const sums = reinterpret_cast<float*>(sum_);
    const auto* const rounded = reinterpret_cast<const float*>(again_);
    for (i64 i = 0; i < bytes / width_; ++i)
      if (rounded[i] < std::numeric_limits<float>::infinity()) sums[i] = rounded[i];
  }
  void exponentials(const char* x, i64 bytes, char* to, const char* top, char* sum, i64 step) {
    f_.exponentials(x, bytes, to, top, narrow() ? nullptr : sum, step);
    if (!narrow()) return;
    round(to, to, bytes);
    if (sum) f_.sums(to, bytes, sum, step);
  }

  void lines(i64 in, i64 out, i64 w) {
    const i64 step = along_ ? 0 : 64, coefficients = along_ ? 64 : padded(w);
    const i64 in_by = along_ ? in_step_ : kept_.inner().step[0];
    const i64 out_by = along_ ? out_step_ : kept_.inner().step[1];
    fill(top_, &f_.lowest, coefficients / width_, width_);
    each(in, out, w,
         [&](i64 i, i64, i64 n) { f_.maxima(load(i, in_by, n), padded(n), top_, step); });
    if (along_) f_.splat(f_.gather(top_, false), top_);
    std::memset(sum_, 0, static_cast<std::size_t>(coefficients));
    double total = 0;
    const bool kept = along_ && size_ == part(capacity(), size_);
    each(in, out, w, [&](i64 i, i64 o, i64 n) {
      char* const to = log_ ? nullptr : direct(o, out_by, n);
      exponentials(load(i, in_by, n), padded(n), to ? to : result_, top_, sum_, step);
      if (!along_) return;
      total += f_.gather(sum_, true);
      std::memset(sum_, 0, 64);
    });
    if (along_) f_.splat(total, sum_);
    if (narrow()) round_sums(coefficients);
    // Exponentials that were not kept are computed again.
    if (!log_ && !kept) std::memcpy(again_, top_, static_cast<std::size_t>(coefficients));
    f_.close(top_, sum_, coefficients, log_);
    each(in, out, w, [&](i64 i, i64 o, i64 n) {
      char* const to = direct(o, out_by, n);
      const char* from = log_ ? load(i, in_by, n) : to ? to : result_;
      if (!log_ && !to && !kept)
        exponentials(load(i, in_by, n), padded(n), result_, again_, nullptr, step);
      if (log_) f_.less(from, padded(n), to ? to : result_, top_, sum_, step);
      else f_.affine(from, padded(n), to ? to : result_, sum_, top_, step);
      if (!to) store(result_, o, out_by, n);
    });
  }

  alignas(64) char tile_[bytes_];
  alignas(64) char staging_[bytes_];
  alignas(64) char result_[bytes_];
  alignas(64) char top_[bytes_];
  alignas(64) char sum_[bytes_];
  alignas(64) char again_[bytes_];
  nest kept_;
  const operand& in_;
  const target& out_;
  const softmax_steps& f_;
  i64 width_, lanes_, size_, in_step_, out_step_;
  bool log_, along_ = false;
};

}  // namespace detail

/// out = softmax(in) along `axis`, or its logarithm, computed in f32 or f64 (in.compute); of 16-bit
/// elements exponentials and sums are rounded, too. Both have a stride for each of dims; `out` may be
/// `in` when strides and types are the same.
inline void softmax(const operand& in, const target& out, const shape& dims, int axis, bool log) {
  detail::softmaxing(in, out, dims, axis, log).run();
}

}  // namespace tenon::inline TENON_BUILD::kernels
