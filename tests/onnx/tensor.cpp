#include "doctest.hpp"

#include "tenon/onnx/tensor.hpp"
#include "writer.hpp"

namespace {

using namespace tests::onnx;
using tenon::dtype;
using tenon::i64;
using tenon::onnx::constant_data;

struct decoded {
  message bytes;
  constant_data data;
  std::string fault;

  explicit decoded(const message& m) : bytes(m) {
    tenon::onnx::import_state in{bytes.span().data(), nullptr, tenon::onnx::budget(1 << 20)};
    tenon::onnx::tensor_proto t;
    const bool going = t.read(bytes.span(), in) && decode(t, in, "w", data);
    fault = !going ? in.stop.message : in.found.none() ? "" : in.found.all().message;
    CHECK(static_cast<bool>(data.view) == fault.empty());
  }
  bool borrowed() const { return data.view && !data.owned; }
  std::string why() const { return fault.empty() ? "decoded" : fault; }
  /// The elements' bytes, which may lie at any address.
  template <class T>
  std::vector<T> as() const {
    if (!data.view) return {};
    std::vector<T> v(static_cast<std::size_t>(data.view.size()));
    if (!v.empty()) std::memcpy(v.data(), data.view.bytes, v.size() * sizeof(T));
    return v;
  }
};

TEST_CASE("raw data is borrowed") {
  const decoded f(floats("w", {2, 1}, {1.5f, -2}));
  REQUIRE(f.why() == "decoded");
  CHECK(f.borrowed());
  CHECK(f.as<float>() == std::vector<float>{1.5f, -2});
  CHECK(f.data.view.dims == tenon::shape{2, 1});
  const decoded half(tensor("h", dtype::f16, {2}).text(9, {"\x00\x3c\x00\xc0", 4}));
  CHECK(half.borrowed());
  CHECK(half.as<std::uint16_t>() == std::vector<std::uint16_t>{0x3c00, 0xc000});
  const decoded flags(tensor("b", dtype::boolean, {3}).text(9, {"\0\1\1", 3}));
  CHECK(flags.borrowed());
  const decoded odd(tensor("b", dtype::boolean, {3}).text(9, {"\0\2\xff", 3}));  // to look at these as bool is undefined
  CHECK(!odd.borrowed());
  CHECK(odd.as<std::uint8_t>() == std::vector<std::uint8_t>{0, 1, 1});
  const decoded scalar(tensor("s", dtype::i64, {}).text(9, {"\5\0\0\0\0\0\0\0", 8}));
  CHECK(scalar.as<i64>() == std::vector<i64>{5});
  const decoded none(tensor("s", dtype::f32, {0, 3}).text(9, ""));
  CHECK(none.why() == "decoded");
  CHECK(none.data.view.dims == tenon::shape{0, 3});
  CHECK(none.data.view.bytes != nullptr);
}

TEST_CASE("typed fields are decoded") {
  CHECK(decoded(tensor("", dtype::f32, {2}).packed_fixed<float>(4, {1, 2})).as<float>() == std::vector<float>{1, 2});
  CHECK(decoded(tensor("", dtype::f32, {2}).fixed(4, 1.0f).fixed(4, 2.0f)).as<float>() == std::vector<float>{1, 2});
  CHECK(decoded(tensor("", dtype::f64, {2}).packed_fixed<double>(10, {1, 2})).as<double>() == std::vector<double>{1, 2});
  CHECK(decoded(tensor("", dtype::i64, {3}).packed(7, {1, -2, i64{1} << 40})).as<i64>() ==
        std::vector<i64>{1, -2, i64{1} << 40});
  CHECK(decoded(tensor("", dtype::i32, {2}).packed(5, {1, -2})).as<std::int32_t>() == std::vector<std::int32_t>{1, -2});
  CHECK(decoded(tensor("", dtype::i16, {2}).packed(5, {1, -2})).as<std::int16_t>() == std::vector<std::int16_t>{1, -2});
  CHECK(decoded(tensor("", dtype::u16, {2}).packed(5, {1, 65535})).as<std::uint16_t>() ==
        std::vector<std::uint16_t>{1, 65535});
  CHECK(decoded(tensor("", dtype::i8, {2}).packed(5, {1, -128})).as<std::int8_t>() == std::vector<std::int8_t>{1, -128});
  CHECK(decoded(tensor("", dtype::u8, {2}).packed(5, {1, 255})).as<std::uint8_t>() == std::vector<std::uint8_t>{1, 255});
  CHECK(decoded(tensor("", dtype::u32, {1}).packed(11, {4294967295})).as<std::uint32_t>() ==
        std::vector<std::uint32_t>{4294967295u});
  CHECK(decoded(tensor("", dtype::u64, {1}).packed(11, {-1})).as<std::uint64_t>() == std::vector<std::uint64_t>{UINT64_MAX});
  CHECK(decoded(tensor("", dtype::boolean, {3}).packed(5, {0, 1, 256})).as<std::uint8_t>() ==
        std::vector<std::uint8_t>{0, 1, 1});
  CHECK(decoded(tensor("", dtype::f16, {1}).packed(5, {0x3c00})).as<std::uint16_t>() == std::vector<std::uint16_t>{0x3c00});
  CHECK(decoded(tensor("", dtype::bf16, {1}).packed(5, {0x3f80})).as<std::uint16_t>() == std::vector<std::uint16_t>{0x3f80});
  CHECK(decoded(tensor("", dtype::f8e4m3fn, {2}).packed(5, {0x38, 0xff})).as<std::uint8_t>() ==
        std::vector<std::uint8_t>{0x38, 0xff});
  CHECK(decoded(tensor("", dtype::c64, {1}).packed_fixed<float>(4, {1, 2})).as<tenon::complex<float>>() ==
        std::vector<tenon::complex<float>>{{1, 2}});
  CHECK(decoded(tensor("", dtype::c128, {1}).packed_fixed<double>(10, {1, 2})).as<tenon::complex<double>>() ==
        std::vector<tenon::complex<double>>{{1, 2}});
  const decoded s(tensor("", dtype::string, {2}).text(6, "a text of more than fifteen bytes").text(6, ""));
  REQUIRE(s.why() == "decoded");
  CHECK(s.data.view.as<std::string>()[0] == "a text of more than fifteen bytes");
  CHECK(s.data.view.as<std::string>()[1].empty());
}

TEST_CASE("types below a byte take a byte per element") {
  using bytes = std::vector<std::int8_t>;
  for (const bool raw : {true, false}) {
    const auto with = [&](dtype d, std::initializer_list<i64> dims, std::initializer_list<i64> packed) {
      message m = tensor("", d, dims);
      std::string s;
      for (i64 b : packed) s += static_cast<char>(b);
      return decoded(raw ? m.text(9, s) : m.packed(5, packed));
    };
    CHECK(with(dtype::i4, {5}, {0x21, 0xf7, 0x08}).as<std::int8_t>() == bytes{1, 2, 7, -1, -8});
    CHECK(with(dtype::u4, {3}, {0x21, 0x0f}).as<std::int8_t>() == bytes{1, 2, 15});
    CHECK(with(dtype::f4e2m1, {3}, {0x21, 0x0f}).as<std::int8_t>() == bytes{1, 2, 15});
    CHECK(with(dtype::i2, {5}, {0b10'11'01'00, 0b01}).as<std::int8_t>() == bytes{0, 1, -1, -2, 1});
    CHECK(with(dtype::u2, {5}, {0b10'11'01'00, 0b01}).as<std::int8_t>() == bytes{0, 1, 3, 2, 1});
    CHECK(with(dtype::u2, {0}, {}).why() == "decoded");
    CHECK(with(dtype::f6e3m2, {5}, raw ? std::initializer_list<i64>{0x81, 0x30, 0xfc, 0x2a} : std::initializer_list<i64>{1, 2, 3, 63, 42}).as<std::int8_t>() ==
          bytes{1, 2, 3, 63, 42});
  }
  CHECK(decoded(tensor("", dtype::i4, {5}).text(9, "ab")).why() == "w: raw_data has 2 bytes, but shape [5] of int4 needs 3");
}

TEST_CASE("tensors that cannot be decoded say why") {
  CHECK(decoded(tensor("", dtype::string, {1}).text(9, "a")).why() == "w: strings cannot be raw_data");
  CHECK(decoded(tensor("", dtype::f32, {1}).add(3, {})).why() == "w: tensors in segments are not supported");
  CHECK(decoded(tensor("", dtype::f32, {1}).packed(5, {1})).why() ==
        "w: float_data has 0 entries, but shape [1] of float32 needs 1");
  CHECK(decoded(tensor("", dtype::i64, {1}).text(7, std::string(10, '\xff') + "\x01")).why() ==
        "a list of numbers is damaged at byte 6 of the file: a number has more than 64 bits");
  CHECK(decoded(tensor("", dtype::f32, {i64{1} << 20}).text(4, std::string(4 << 20, '\0'))).why() ==
        "the model unfolds to more than 1048576 bytes, the most that is allowed");
  CHECK(decoded(message().number(1, 3).text(9, "a")).why() == "w: element type 0 is unknown");
  CHECK(decoded(message().number(2, 1).text(1, "\x80")).why() ==
        "a tensor is damaged at byte 2 of the file: a field reaches beyond the end");
}

}  // namespace
