#include "tenon/core/safetensors.hpp"

#include <cstring>

#include "doctest.hpp"

using tenon::dtype;
using tenon::shape;
using tenon::tensor;

namespace {

std::string as_file(const std::string& header, const std::string& data = {}, std::uint64_t longer = 0) {
  std::string s;
  for (int i = 0; i < 8; ++i) s += static_cast<char>((header.size() + longer) >> 8 * i & 255);
  return s + header + data;
}
tenon::result<tenon::safetensors> parse(const std::string& bytes) { return tenon::parse_safetensors(std::as_bytes(std::span(bytes))); }
std::string refusal(const std::string& bytes) {
  const auto f = parse(bytes);
  return f.has_value() ? "read" : f.error().message;
}

}  // namespace

TEST_CASE("tensors are written and read back, the widest elements first") {
  const tensor<float> a({2, 3}, {1, 2, 3, 4, 5, 6});
  const tensor<tenon::u8> b({3}, {7, 8, 9});
  const tensor<tenon::i64> c(shape{}, {-1});
  const tensor<float> none({0, 4});
  const tenon::named_tensor all[] = {{"b", b}, {"layer.a", a}, {"c", c}, {"none", none}};
  const auto bytes = tenon::format_safetensors(all, {{"format", "pt"}});
  REQUIRE(bytes.has_value());
  if (!bytes.has_value()) return;
  const std::string_view text = tenon::as_text((*bytes).look().subspan(8));
  CHECK(text.starts_with(R"({"__metadata__":{"format":"pt"},"c":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                         R"("layer.a":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},)"));
  const auto f = tenon::parse_safetensors((*bytes).look());
  REQUIRE(f.has_value());
  if (!f.has_value()) return;
  CHECK((*f).metadata.at("format") == "pt");
  REQUIRE((*f).tensors.size() == 4);
  const auto* read = (*f).find("layer.a");
  REQUIRE(read != nullptr);
  CHECK((read->bytes.data() - (*bytes).data()) % 8 == 0);
  const auto copy = read->copy();
  REQUIRE(copy.has_value());
  CHECK((*copy).dims() == a.dims());
  CHECK(std::memcmp((*copy).data(), a.data(), 24) == 0);
  CHECK((*f).find("none")->dims == shape{0, 4});
  CHECK((*f).find("a") == nullptr);
}

TEST_CASE("a bool is 0 or 1, whatever the byte") {
  const std::string bytes = as_file(R"({"x":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})", std::string("\0\1\7", 3));
  const auto f = parse(bytes);
  REQUIRE(f.has_value());
  const auto x = (*f).tensors[0].copy();
  REQUIRE(x.has_value());
  CHECK(std::memcmp((*x).data(), "\0\1\1", 3) == 0);
}

TEST_CASE("what is wrong with a file is said, and nothing outside of it is read") {
  CHECK(refusal("") == "safetensors: 0 bytes are too few for a header");
  CHECK(refusal(as_file("{}", "", 1)) == "safetensors: a header of 3 bytes in a file of 10");
  CHECK(refusal(std::string(8, '\xff') + "{}") == "safetensors: a header of 18446744073709551615 bytes in a file of 10");
  CHECK(refusal(as_file("{", "")) == "safetensors: the header: line 1, column 2: the text ends where a key in quotes is expected");
  CHECK(refusal(as_file("[]")) == "safetensors: the header is a list, not an object");
  CHECK(refusal(as_file("{}")) == "read");
  CHECK(refusal(as_file("{}", "x")) == "safetensors: 1 bytes behind the last tensor belong to none");
  const auto one = [](const std::string& entry) { return refusal(as_file("{\"x\":" + entry + "}", "12345678")); };
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[0,8]})") == "read");
  CHECK(one("1") == "safetensors: the header: line 1, column 6: tensor 'x' is a number, not an object");
  CHECK(one(R"({"shape":[1],"data_offsets":[0,8]})") == "safetensors: the header: line 1, column 6: tensor 'x' has no text as 'dtype'");
  CHECK(one(R"({"dtype":"F12","shape":[1],"data_offsets":[0,8]})") ==
        "safetensors: the header: line 1, column 15: tensor 'x' has dtype 'F12', which is not read");
  CHECK(one(R"({"dtype":"F64","shape":[-1],"data_offsets":[0,8]})").ends_with("tensor 'x' has a dimension that is not a natural number"));
  CHECK(one(R"({"dtype":"F64","shape":[1.5],"data_offsets":[0,8]})").ends_with("tensor 'x' has a dimension that is not a natural number"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[0,16]})").ends_with("tensor 'x' lies from byte 0 to 16 of 8 bytes"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[8,0]})").ends_with("tensor 'x' lies from byte 8 to 0 of 8 bytes"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[-8,0]})").ends_with("tensor 'x' lies from byte -8 to 0 of 8 bytes"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[0]})").ends_with("tensor 'x' has no list of two numbers as 'data_offsets'"));
  CHECK(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})").ends_with("tensor 'x' of float32 [1] takes 4 bytes, not 8"));
  CHECK(one(R"({"dtype":"F64","shape":[4294967296,4294967296,8],"data_offsets":[0,8]})").ends_with("has more bytes than 64 bits count"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[0,8],"more":1})").ends_with("tensor 'x' has an unknown member 'more'"));
  CHECK(one(R"({"dtype":"F64","shape":[1],"data_offsets":[0,8]},"x":{})").ends_with("the key 'x' is given twice, first at line 1, column 2"));
  const auto two = [](const char* a, const char* b) {
    return refusal(as_file(std::string("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":") + a +
                        "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + b + "}}", "12345678"));
  };
  CHECK(two("[4,8]", "[0,4]") == "read");
  CHECK(two("[0,4]", "[0,4]") == "safetensors: tensor 'b' begins at byte 0, where 4 is next");
  CHECK(two("[0,4]", "[3,7]") == "safetensors: tensor 'b' begins at byte 3, where 4 is next");
}
