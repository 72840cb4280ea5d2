// The resize against bytes that Pillow 12.0.0 made (Image.resize, BICUBIC) from pictures that are
// computed here and there by the same integer formula.
#include "doctest.hpp"

#include <tenon/data/image.hpp>

#include <vector>

#include "complaint.hpp"

using tenon::i64;
using tenon::shape;
using tenon::tensor;
using tenon::u64;
using tenon::u8;
using tenon::view;
using pixels = view<const u8>;
using tests::data::complaint;
namespace data = tenon::data;

namespace {

/// Something of everything, wrapping around at 256.
tensor<u8> pattern(i64 h, i64 w, i64 channels) {
  tensor<u8> t(shape{h, w, channels});
  for (i64 y = 0; y < h; ++y)
    for (i64 x = 0; x < w; ++x)
      for (i64 c = 0; c < channels; ++c)
        t[y, x, c] = static_cast<u8>(x * 37 + y * 59 + c * 101 + x * y * 13);
  return t;
}

/// Squares of two pixels in black and white: the filter's lobes leave 0..255 on both sides.
tensor<u8> checks(i64 h, i64 w, i64 channels) {
  tensor<u8> t(shape{h, w, channels});
  for (i64 y = 0; y < h; ++y)
    for (i64 x = 0; x < w; ++x)
      for (i64 c = 0; c < channels; ++c) t[y, x, c] = (x / 2 + y / 2 + c) % 2 ? 255 : 0;
  return t;
}

/// FNV-1a, 64 bits.
u64 hash(const tensor<u8>& t) {
  u64 h = 0xcbf29ce484222325;
  for (u8 v : t) h = (h ^ v) * 0x100000001b3;
  return h;
}

std::vector<int> numbers(const tensor<u8>& t) { return {t.begin(), t.end()}; }


}  // namespace

TEST_CASE("small pictures become Pillow's, byte for byte") {
  using list = std::vector<int>;
  CHECK(numbers(data::resize(pattern(7, 5, 3), 3, 2)) ==
        list{92, 132, 110, 120, 139, 128, 171, 102, 117, 151, 141, 127, 138, 144, 120, 146, 106, 119});
  CHECK(numbers(data::resize(pattern(3, 3, 1), 5, 7)) ==
        list{0,  0,  13,  32,  50,  65,  72,  16,  21,  38,  59,  80,  97,  104, 54,  63,  84, 109,
             134, 155, 164, 94, 105, 129, 159, 189, 213, 224, 116, 128, 154, 186, 219, 245, 255});
  CHECK(numbers(data::resize(pattern(1, 1, 3), 2, 2)) == list{0, 101, 202, 0, 101, 202, 0, 101, 202, 0, 101, 202});
  CHECK(numbers(data::resize(pattern(1, 9, 1), 1, 3)) == list{39, 154, 93});
  CHECK(numbers(data::resize(pattern(40, 1, 1), 6, 2)) ==
        list{116, 116, 132, 132, 144, 144, 130, 130, 141, 141, 135, 135});
  CHECK(numbers(data::resize(checks(6, 6, 1), 4, 4)) ==
        list{0, 185, 185, 0, 180, 106, 106, 180, 180, 106, 106, 180, 0, 185, 185, 0});
  CHECK(numbers(data::resize(checks(4, 4, 1), 9, 9)) ==
        list{0,   0,   0,   8,   128, 247, 255, 255, 255, 0,   0,   0,   5,   128, 250, 255, 255,
             255, 0,   0,   0,   0,   128, 255, 255, 255, 255, 8,   8,   8,   16,  128, 239, 247,
             247, 247, 128, 128, 128, 128, 128, 128, 128, 128, 128, 247, 247, 247, 239, 128, 16,
             8,   8,   8,   255, 255, 255, 255, 128, 0,   0,   0,   0,   255, 255, 255, 250, 128,
             5,   0,   0,   0,   255, 255, 255, 247, 128, 8,   0,   0,   0});
}

TEST_CASE("large, thin and enlarged pictures have the hashes of Pillow's") {
  struct row {
    tensor<u8> (*make)(i64, i64, i64);
    i64 height, width, channels, to_height, to_width;
    u64 hash;
  };
  const row rows[] = {
      {pattern, 300, 200, 3, 224, 224, 0x38e6a11c91be80f3},
      {pattern, 97, 131, 3, 224, 160, 0x940e89a028e30fdb},
      {pattern, 97, 131, 4, 31, 17, 0xf7d8d1a9fca7d49},
      {pattern, 3, 2000, 3, 50, 5, 0x76f0980381080362},
      {pattern, 2000, 3, 1, 7, 300, 0x7d35bbdf11645129},
      {pattern, 1, 5000, 3, 1, 1, 0xa2b009196ea47b1e},
      {checks, 250, 250, 3, 224, 224, 0x61d0889fd9343cd9},
      {pattern, 2, 2, 3, 129, 65, 0xd7de4a5f2825220},
      {pattern, 513, 513, 1, 1, 1, 0xaf63f24c860211ee},
      {pattern, 1300, 1100, 3, 8, 9, 0x51aafeb7179eff1b},
  };
  for (const row& r : rows) {
    CAPTURE(r.height);
    CAPTURE(r.width);
    CHECK(hash(data::resize(r.make(r.height, r.width, r.channels), r.to_height, r.to_width)) == r.hash);
  }
}

TEST_CASE("the same size leaves every byte as it is") {
  CHECK(data::resize(checks(64, 48, 3), 64, 48) == checks(64, 48, 3));
  CHECK(data::resize(pattern(5, 9, 2), 5, 9) == pattern(5, 9, 2));
}

TEST_CASE("a plain picture stays plain, shrunk or enlarged") {
  tensor<u8> plain(shape{37, 53, 3});
  for (int value : {0, 1, 127, 254, 255}) {
    std::fill(plain.begin(), plain.end(), static_cast<u8>(value));
    for (i64 n : {1, 16, 90})
      for (u8 v : data::resize(plain, n, n)) REQUIRE(v == value);
  }
}

TEST_CASE("views are resized as if they had been copied") {
  const tensor<u8> wide = pattern(50, 80, 3), tall = pattern(81, 30, 3);
  CHECK(hash(data::resize(data::centre_square(wide.look()), 24, 24)) == 0x9eccdd9203cfb8ac);
  CHECK(hash(data::resize(data::centre_square(tall.look()), 24, 24)) == 0x34ed7dfa1dd629c1);
  CHECK(hash(data::resize(wide.look().transposed({1, 0, 2}), 24, 30)) == 0x6a6fc2ac103e992a);
  const pixels flipped = wide.look().slice(0, 49, -1, -1).slice(1, 79, -1, -2);
  CHECK(hash(data::resize(flipped, 24, 30)) == 0xae4e0a0baa916dc4);
  const pixels first_two = wide.look().slice(2, 0, 2);
  const tensor<u8> two = data::resize(first_two, 9, 9), three = data::resize(wide, 9, 9);
  for (i64 y = 0; y < 9; ++y)
    for (i64 x = 0; x < 9; ++x)
      for (i64 c = 0; c < 2; ++c) CHECK(two[y, x, c] == three[y, x, c]);
}

TEST_CASE("pixels outside of the square have no influence") {
  tensor<u8> a = pattern(40, 100, 3), b = a;
  for (i64 y = 0; y < 40; ++y)
    for (i64 c = 0; c < 3; ++c) b[y, 29, c] = b[y, 70, c] = 255;
  CHECK(data::resize(data::centre_square(a.look()), 7, 7) == data::resize(data::centre_square(b.look()), 7, 7));
}

TEST_CASE("the centred square starts at the smaller half of an odd margin") {
  const tensor<u8> wide = pattern(4, 7, 3), tall = pattern(9, 2, 3), one = pattern(1, 1, 3), strip = pattern(1, 6, 1);
  const pixels w = data::centre_square(wide.look()), t = data::centre_square(tall.look());
  CHECK(w.dims() == shape{4, 4, 3});
  CHECK(w.data() == &wide[0, 1, 0]);
  CHECK(t.dims() == shape{2, 2, 3});
  CHECK(t.data() == &tall[3, 0, 0]);
  CHECK(data::centre_square(one.look()).dims() == shape{1, 1, 3});
  CHECK(data::centre_square(strip.look()).data() == &strip[0, 2, 0]);
}

TEST_CASE("pixels become planes of normalised floats") {
  const tensor<u8> p(shape{1, 2, 3}, {0, 127, 255, 1, 2, 3});
  const tensor<float> x = data::to_nchw(p, {.mean = {127, 127, 127}, .divisor = {128, 128, 128}});
  CHECK(x == tensor<float>(shape{1, 3, 1, 2}, {-127.f / 128, -126.f / 128, 0, -125.f / 128, 1, -124.f / 128}));
  const tensor<float> each = data::to_nchw(p, {.mean = {0, 7, 5}, .divisor = {1, 2, 10}});
  CHECK(each == tensor<float>(shape{1, 3, 1, 2}, {0, 1, 60, -2.5f, 25, -0.2f}));
  CHECK(data::to_nchw(p) == tensor<float>(shape{1, 3, 1, 2}, {0, 1, 127, 2, 255, 3}));
  CHECK(data::to_nchw(p.look().slice(1, 1, -1, -1)) == tensor<float>(shape{1, 3, 1, 2}, {1, 0, 2, 127, 3, 255}));
}

TEST_CASE("what cannot be resized is named") {
  const tensor<u8> p = pattern(4, 5, 3);
  CHECK(complaint(data::try_resize(p, 0, 7)) ==
        "resize: a picture of [4,5,3] (height, width, channels) cannot become 0 x 7 pixels");
  CHECK(complaint(data::try_resize(p.look().slice(1, 0, 0), 3, 3)) ==
        "resize: a picture of [4,0,3] (height, width, channels) cannot become 3 x 3 pixels");
  CHECK(complaint(data::try_resize(pixels(p.data(), shape{4, 15}), 3, 3)) ==
        "resize: a picture of [4,15] (height, width, channels) cannot become 3 x 3 pixels");
  CHECK(complaint(data::try_resize(p, i64{1} << 60, i64{1} << 60)) ==
        "resize: a tensor of shape [4,1152921504606846976,3] has more bytes than 64 bits count");
  CHECK(complaint(data::try_to_nchw(pixels(p.data(), shape{4, 3, 5}))) ==
        "to_nchw: a picture is (height, width, at most 4 channels), not [4,3,5]");
}

TEST_CASE("memory comes from where the caller says, and all that was borrowed goes back") {
  tenon::limited_memory enough(1 << 20), little(100);
  {
    const auto r = data::try_resize(pattern(30, 30, 3), 8, 8, &enough);
    REQUIRE(r.has_value());
    CHECK(enough.used() == 8 * 8 * 3);
  }
  CHECK(enough.used() == 0);
  CHECK(complaint(data::try_resize(pattern(30, 30, 3), 8, 8, &little)) == "resize: no memory");
  CHECK(little.used() == 0);
}
