#include <tenon/kernels/gemm.hpp>

#include "doctest.hpp"
#include "reference/closeness.hpp"
#include "reference/numbers.hpp"

namespace {

namespace k = tenon::kernels;
using tenon::kernels::i64;
constexpr bool strict = !tenon::simd::arch::relaxed;

// 64-byte aligned room for packed operands, with guards behind it.
template <class T>
struct room {
  std::vector<std::uint64_t> words;
  i64 bytes;
  explicit room(i64 size) : words(static_cast<std::size_t>(size / 8 + 10), guard), bytes(size) {}
  static constexpr std::uint64_t guard = 0x7ff4dead7ff4dead;  // a NaN as f32 and as f64
  T* data() {
    auto p = reinterpret_cast<std::uintptr_t>(words.data());
    return reinterpret_cast<T*>((p + 15) / 16 * 16);
  }
  bool intact() const { return words.back() == guard; }
};

struct variant {
  bool transposed_a = false, transposed_b = false, bias = false, per_row = false, residual = false,
       clamp = false;
  i64 gap = 0;  // between rows of C

  static variant number(std::uint32_t bits) {
    return {bool(bits & 1),  bool(bits & 2),  bool(bits & 4),    bool(bits & 8),
            bool(bits & 16), bool(bits & 32), i64(bits >> 6 & 3)};
  }
};

// Runs one product and counts the elements that are wrong.
template <class T>
int wrong(i64 m, i64 n, i64 depth, variant v, reference::digest& digest) {
  reference::congruential g{static_cast<std::uint32_t>(m * 7919 + n * 131 + depth)};
  const auto a = g.list<T>(m * depth), b = g.list<T>(depth * n), residual = g.list<T>(m * n);
  const auto bias = g.list<T>(m > n ? m : n);
  room<T> packed(k::packed_b_bytes<T>(depth, n)), scratch(k::gemm_scratch_bytes<T>());
  const k::b_source<T> source{b.data(), v.transposed_b ? 1 : n, v.transposed_b ? depth : 1};
  k::pack_b<T>(depth, n, source, packed.data());
  k::epilogue<T> e;
  if (v.bias) e.bias = bias.data(), e.bias_per_row = v.per_row;
  if (v.residual) e.residual = residual.data(), e.residual_stride = n;
  if (v.clamp && std::is_floating_point_v<T>) e.low = T(0), e.high = T(6);
  const i64 stride = n + v.gap;
  const T untouched = T(77);
  std::vector<T> c(static_cast<std::size_t>(m * stride), untouched);
  const k::strided_rows<T> rows{a.data(), v.transposed_a ? 1 : depth, v.transposed_a ? m : 1};
  k::gemm<T>(m, n, depth, rows, packed.data(), c.data(), stride, e, scratch.data());
  digest.add(c);

  int bad = !packed.intact() + !scratch.intact();
  using wide = reference::wide<T>;
  for (i64 i = 0; i < m; ++i)
    for (i64 j = 0; j < stride; ++j) {
      const T x = c[static_cast<std::size_t>(i * stride + j)];
      if (j >= n) {
        bad += x != untouched;
        continue;
      }
      const auto at_a = [&](i64 l) {
        return a[static_cast<std::size_t>(v.transposed_a ? l * m + i : i * depth + l)];
      };
      const auto at_b = [&](i64 l) {
        return b[static_cast<std::size_t>(v.transposed_b ? j * depth + l : l * n + j)];
      };
      const T start = v.bias ? bias[static_cast<std::size_t>(v.per_row ? i : j)] : T(0);
      const T* const r = v.residual ? &residual[static_cast<std::size_t>(i * n + j)] : nullptr;
      const auto in = [&]<class S>(S first) { return reference::finished(reference::dot<S>(depth, first, at_a, at_b), r, v.clamp); };
      bad += !reference::close<T, strict>(x, [&] { return in(start).value; }, [&] { return in(wide(start)); }, depth);
    }
  return bad;
}

// Outputs of all variants; the same in every strict build and natively.
template <class T>
constexpr std::uint64_t expected_digest = 0;
template <>
constexpr std::uint64_t expected_digest<float> = 0x89f95e0051d1fc8eu;
template <>
constexpr std::uint64_t expected_digest<double> = 0x154a29811cdeda9u;
template <>
constexpr std::uint64_t expected_digest<std::uint32_t> = 0x761cc83fcf77019au;
template <>
constexpr std::uint64_t expected_digest<std::uint64_t> = 0x39c2bb1600156eb4u;

TEST_CASE_TEMPLATE("a matrix product is the sum of products in the order of k", T, float, double,
                   std::uint32_t, std::uint64_t) {
  constexpr i64 mr = k::tile<T>::rows, nr = k::tile<T>::columns, steps = k::tile<T>::steps;
  reference::digest digest;
  std::uint32_t count = 0;
  for (i64 m : {i64(0), i64(1), mr - 1, mr, mr + 1, 3 * mr + 1})
    for (i64 n : {i64(0), i64(1), nr - 1, nr, nr + 1, 3 * nr + 1})
      for (i64 depth : {i64(0), i64(1), steps - 1, steps, steps + 1, 3 * steps + 1}) {
        INFO(m, " x ", n, " x ", depth);
        CHECK(wrong<T>(m, n, depth, variant::number(count++ * 37), digest) == 0);
      }
}

TEST_CASE_TEMPLATE("a matrix product larger than its blocks, in every variant", T, float, double,
                   std::uint32_t, std::uint64_t) {
  // Sizes are fixed, not those of the tile, so that the digest is that of every build.
  reference::digest digest;
  for (std::uint32_t bits = 0; bits < 64; ++bits) {
    INFO("variant ", bits);
    CHECK(wrong<T>(6, 21, 270, variant::number(bits), digest) == 0);
    CHECK(wrong<T>(19, 3, 270, variant::number(bits), digest) == 0);
  }
  CHECK(wrong<T>(1, 1100, 600, variant::number(4 + 16), digest) == 0);
  CHECK(wrong<T>(9, 1100, 600, variant::number(4 + 32), digest) == 0);
  CHECK(wrong<T>(70, 33, 520, variant::number(1 + 2 + 64), digest) == 0);
  MESSAGE("digest ", sizeof(T), " bytes ", digest.value);
  if (strict) CHECK(digest.value == expected_digest<T>);
}

TEST_CASE("a product with an empty inner dimension is its epilogue") {
  const float bias[] = {-1, 2, 30};
  float c[6], scratch[1];
  k::gemm<float>(2, 3, 0, k::strided_rows<float>{nullptr, 0}, nullptr, c, 3,
                 {.bias = bias, .low = 0, .high = 6}, scratch);
  const float expected[] = {0, 2, 6, 0, 2, 6};
  for (int i = 0; i < 6; ++i) CHECK(c[i] == expected[i]);
}

TEST_CASE("NaN stays NaN through the clamp, and one row can be added to all") {
  const float a[] = {1, 2}, b[] = {1, std::numeric_limits<float>::quiet_NaN()}, row[] = {3, 4};
  room<float> packed(k::packed_b_bytes<float>(1, 2)), scratch(k::gemm_scratch_bytes<float>());
  k::pack_b<float>(1, 2, {b, 2, 1}, packed.data(), 2.0f);
  float c[4];
  k::gemm<float>(
      2, 2, 1, k::strided_rows<float>{a, 1}, packed.data(), c, 2,
      {.residual = row, .residual_stride = 0, .residual_scale = 0.5f, .low = 0, .high = 5},
      scratch.data());
  CHECK(c[0] == 3.5f);
  CHECK(c[1] != c[1]);
  CHECK(c[2] == 5.0f);
  CHECK(c[3] != c[3]);
}

}  // namespace
