#include "tenon/core/random.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "doctest.hpp"

using words = std::array<std::uint32_t, 4>;

static_assert(tenon::fnv1a("") == 0xcbf29ce484222325u);
static_assert(tenon::fnv1a("a") == 0xaf63dc4c8601ec8cu);
static_assert(tenon::fnv1a("foobar") == 0x85944171f73967e8u);

TEST_CASE("Philox4x32-10 gives the published words") {  // kat_vectors of Random123
  CHECK((tenon::philox4x32({0, 0, 0, 0}, {0, 0}) ==
         words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t f = 0xffffffff;
  CHECK((tenon::philox4x32({f, f, f, f}, {f, f}) ==
         words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((tenon::philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                           {0xa4093822, 0x299f31d0}) ==
         words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_CASE("random numbers are a function of seed, stream and index") {
  constexpr tenon::random r{7, tenon::fnv1a("dropout")};
  static_assert(r.uniform(3) == tenon::random{7, tenon::fnv1a("dropout")}.uniform(3));
  CHECK(r.word(0) != tenon::random{8, r.stream}.word(0));
  CHECK(r.word(0) != tenon::random{7}.word(0));
  CHECK(r.word(5) == r.block(1)[1]);
  CHECK(r.word64(3) == (std::uint64_t{r.word(6)} << 32 | r.word(7)));
  CHECK(r.at("a").stream != r.at("b").stream);
  CHECK(r.at("a").at("b").stream != r.at("b").at("a").stream);
  CHECK(r.at("a").at("b").stream != r.at("ab").stream);
}

TEST_CASE("uniform numbers lie in [0, 1) and are spread evenly") {
  const tenon::random r{1};
  const std::uint64_t n = 100000;
  double sum = 0, squares = 0, sum64 = 0;
  bool inside = true;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(r.uniform(i)), y = r.uniform64(i);
    inside = inside && x >= 0 && x < 1 && y >= 0 && y < 1;
    sum += x, squares += x * x, sum64 += y;
  }
  CHECK(inside);
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.01));
  CHECK(squares / n == doctest::Approx(1.0 / 3).epsilon(0.01));
  CHECK(sum64 / n == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("a filled span holds the same numbers wherever it starts") {
  const tenon::random r{42, 3};
  for (std::uint64_t first = 0; first < 9; ++first)
    for (std::size_t n = 0; n < 12; ++n) {
      std::vector<float> x(n, -1.0f);
      r.fill_uniform(x, first);
      bool same = true;
      for (std::size_t i = 0; i < n; ++i) same = same && x[i] == r.uniform(first + i);
      CHECK(same);
    }
}

TEST_CASE("integers below a bound") {
  const tenon::random r{5};
  int seen[7] = {};
  for (std::uint64_t i = 0; i < 70000; ++i) ++seen[r.below(7, i)];
  for (int s : seen) CHECK(std::abs(s - 10000) < 500);
  CHECK(r.below(1, 9) == 0);
  CHECK(r.below(0xffffffff, 1) < 0xffffffff);
}

TEST_CASE("shuffling keeps every element and depends on the seed") {
  std::vector<int> x(100), y, z;
  std::iota(x.begin(), x.end(), 0);
  y = z = x;
  tenon::random{1}.shuffle(std::span(y));
  tenon::random{2}.shuffle(std::span(z));
  CHECK(y != x);
  CHECK(y != z);
  std::sort(y.begin(), y.end());
  CHECK(y == x);
  std::vector<int> none;
  tenon::random{1}.shuffle(std::span(none));
  CHECK(none.empty());
}
