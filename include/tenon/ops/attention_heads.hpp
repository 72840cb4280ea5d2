// What operators of attention share: heads wherever they lie, their products one after the other, and the
// turning of pairs.
#pragma once

#include "../kernels/softmax.hpp"
#include "matmul.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Where the rows of (batch, head) begin, and from one to the next.
template <class T>
struct head_rows {
  T* data = nullptr;
  i64 batch = 0, head = 0, row = 0;

  T* at(i64 b, i64 h) const { return data + b * batch + h * head; }
  operator head_rows<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, batch, head, row};
  }
};
/// Of [batch, length, heads * width]: side by side.
template <class T>
head_rows<T> heads_beside(T* data, i64 length, i64 heads, i64 width) {
  return {data, length * heads * width, width, heads * width};
}
/// Of [batch, heads, length, width]: one after the other.
template <class T>
head_rows<T> heads_apart(T* data, i64 heads, i64 length, i64 width) {
  return {data, heads * length * width, length * width, width};
}

/// Rows of the past, then fresh ones.
template <class T>
void extend_rows(const T* past, i64 kept, const T* fresh, i64 row, i64 count, i64 width, T* to) {
  if (kept > 0) std::memcpy(to, past, static_cast<std::size_t>(kept * width) * sizeof(T));
  kernels::copy(fresh, {row, 1}, to + kept * width, {width, 1}, {count, width}, sizeof(T));
}

struct attention_sizes {
  i64 batch, q_heads, kv_heads, q_length, total, head, v_head;
};
/// Where things lie in scratch, in bytes.
struct attention_places {
  i64 keys = 0, values = 0, scores = 0, gemm = 0, bytes = 0;

  attention_places(const attention_sizes& s, dtype type) {
    const auto take = [&](i64& place, i64 size) {
      place = bytes;
      bytes += detail::padded(size);
    };
    take(keys, packed_bytes_for(type, s.head, s.total));
    take(values, packed_bytes_for(type, s.total, s.v_head));
    take(scores, detail::bytes_of(shape{s.q_length, s.total}, size_of(compute_dtype(type))));
    i64 product = 0;
    dispatch<product_kernels>(product_kernel(type), [&]<class T>() { product = kernels::gemm_scratch_bytes<T>(); });
    take(gemm, product);
  }
};

/// What happens between the two products: [q_length, total] scores of a head become weights.
template <class T>
class attention_weights {
 public:
  virtual void weigh(i64 b, i64 h, T* scores) = 0;

 protected:
  ~attention_weights() = default;
};

/// y = weigh(scale q k') v for every head; several heads of q may share one of k and v. A y without data is not
/// wanted.
template <class T>
[[gnu::noinline]] void attend(const attention_sizes& s, const head_rows<const T>& q, const head_rows<const T>& k, const head_rows<const T>& v,
                              const head_rows<T>& y, T scale, attention_weights<T>& rule, std::byte* scratch) {
  if (s.q_length == 0) return;  // there may be any number of empty heads
  const attention_places l(s, dtype_of<T>);
  const auto at = [&](i64 place) { return reinterpret_cast<T*>(scratch + place); };
  T *const keys = at(l.keys), *const values = at(l.values), *const scores = at(l.scores);
  const i64 group = s.kv_heads > 0 ? s.q_heads / s.kv_heads : 0;
  for (i64 b = 0; b < s.batch; ++b)
    for (i64 g = 0; g < s.kv_heads; ++g) {
      kernels::pack_b<T>(s.head, s.total, {k.at(b, g), 1, k.row}, keys, scale);
      if (y.data != nullptr) kernels::pack_b<T>(s.total, s.v_head, {v.at(b, g), v.row, 1}, values);
      for (i64 h = g * group; h < (g + 1) * group; ++h) {
        kernels::gemm<T>(s.q_length, s.total, s.head, kernels::strided_rows<T>{q.at(b, h), q.row, 1}, keys, scores, s.total, {}, at(l.gemm));
        rule.weigh(b, h, scores);
        if (y.data != nullptr)
          kernels::gemm<T>(s.q_length, s.v_head, s.total, kernels::strided_rows<T>{scores, s.total, 1}, values, y.at(b, h), y.row, {}, at(l.gemm));
      }
    }
}

/// x = limit * tanh(x / limit).
template <class T>
void cap_scores(T* x, i64 n, T limit) {
  using V = simd::vec<T>;
  for (i64 i = 0; i < n; i += V::lanes) V(simd::tanh(V::load(x + i, n - i) / limit) * limit).store(x + i, n - i);
}
/// Softmax of a row.
template <class T>
void soften_scores(T* x, i64 n) {
  kernels::softmax({x, dtype_of<T>, dtype_of<T>, {1}}, {x, dtype_of<T>, dtype_of<T>, {1}}, {n}, 0, false);
}

/// y: pairs among the first 2 * half of n elements (neighbours where interleaved, else half apart) turned by
/// angles, the others as they are.
[[gnu::noinline]] inline void turn_pairs(const float* x, float* y, const float* cosine, const float* sine, i64 half, i64 n, bool interleaved) {
  using V = simd::vec<float>;
  std::memcpy(y + 2 * half, x + 2 * half, static_cast<std::size_t>(n - 2 * half) * 4);
  if (interleaved) {
    for (i64 i = 0; i < half; ++i) {
      y[2 * i] = cosine[i] * x[2 * i] - sine[i] * x[2 * i + 1];
      y[2 * i + 1] = sine[i] * x[2 * i] + cosine[i] * x[2 * i + 1];
    }
    return;
  }
  for (i64 i = 0; i < half; i += V::lanes) {
    const i64 m = half - i;
    const V a = V::load(x + i, m), b = V::load(x + half + i, m), c = V::load(cosine + i, m), s = V::load(sine + i, m);
    V(c * a - s * b).store(y + i, m);
    V(s * a + c * b).store(y + half + i, m);
  }
}

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
