#include "tenon/onnx/sha1.hpp"

#include "doctest.hpp"

TEST_CASE("the standard's examples") {
  const auto digest = [](const std::string& text, int times = 1) {
    tenon::onnx::sha1 s;
    for (int i = 0; i < times; ++i) s.add(std::as_bytes(std::span(text)));
    return s.digest();
  };
  CHECK(digest("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(digest("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(digest("aaaaaaaaaa", 100'000) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}
