#include "tenon/core/npy.hpp"

#include <cstring>
#include <vector>

#include "doctest.hpp"
#include "tenon/core/random.hpp"

using tenon::any_tensor;
using tenon::any_view;
using tenon::code;
using tenon::dtype;
using tenon::i64;
using tenon::shape;
using tenon::tensor;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes_of(const std::string& s) { return std::as_bytes(std::span(s)); }

/// A file with this header text and these elements.
std::string file(const std::string& header, const std::string& data, int version = 1) {
  std::string s = "\x93NUMPY";
  s += static_cast<char>(version);
  s += '\0';
  const std::size_t n = header.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) s += static_cast<char>(n >> 8 * i & 255);
  return s + header + data;
}
std::string header(const std::string& type, const std::string& dims, bool fortran = false) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + dims + ", }\n";
}
std::string failure(const std::string& s, tenon::memory* m = nullptr) {
  const auto t = tenon::parse_npy(bytes_of(s), m);
  return t.has_value() ? "read" : t.error().message;
}
template <class T>
tensor<T> parsed(const std::string& s, dtype raw = dtype::none) {
  auto t = tenon::parse_npy(bytes_of(s), nullptr, raw);
  if (!t.has_value()) {
    FAIL_CHECK((t.error().message));
    return {};
  }
  if ((*t).type() != tenon::dtype_of<T>) {
    FAIL_CHECK("type " << std::string(tenon::name((*t).type())));
    return {};
  }
  return tensor<T>((*t).dims(),
                   std::span<const T>((*t).as<T>(), static_cast<std::size_t>((*t).size())));
}
std::string formatted(const any_view& v) {
  const auto b = tenon::format_npy(v);
  if (!b.has_value()) return b.error().message;
  return std::string(tenon::as_text((*b).look()));
}

}  // namespace

TEST_CASE("headers are NumPy's, byte for byte") {  // from np.save of NumPy 2.4.6
  const auto numpy = [](const std::string& text, std::size_t spaces) {
    return "\x93NUMPY\1\0\x76\0"s + text + std::string(spaces, ' ') + "\n";
  };
  CHECK(tenon::npy_header(dtype::f32, {3, 4}) ==
        numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", 58));
  CHECK(tenon::npy_header(dtype::boolean, {7}) ==
        numpy("{'descr': '|b1', 'fortran_order': False, 'shape': (7,), }", 60));
  CHECK(tenon::npy_header(dtype::c128, {}) ==
        numpy("{'descr': '<c16', 'fortran_order': False, 'shape': (), }", 61));
  CHECK(tenon::npy_header(dtype::bf16, {0, 1, 2}) ==
        numpy("{'descr': '<V2', 'fortran_order': False, 'shape': (0, 1, 2), }", 55));
  CHECK(tenon::npy_header(dtype::i8, shape::filled(12, 1)).size() == 128);
  CHECK(tenon::npy_header(dtype::i8, shape::filled(12, 1000000)).size() == 192);
}

TEST_CASE("every element type goes out and comes back") {
  for (int i = 1; i < tenon::dtype_count; ++i) {
    const auto d = static_cast<dtype>(i);
    if (d == dtype::string) continue;
    for (const shape& dims : {shape{2, 3}, shape{}, shape{5}, shape{0, 4}, shape{1, 2, 1, 2, 1}}) {
      any_tensor t(d, dims);
      const auto n = static_cast<std::size_t>(t.look().byte_size());
      for (std::size_t k = 0; k < n; ++k) t.data()[k] = static_cast<std::byte>(k % 2);
      const std::string s = formatted(t);
      CHECK(s.size() % 64 == n % 64);
      const auto back = tenon::parse_npy(bytes_of(s), nullptr, d);
      REQUIRE(back.has_value());
      if (!back.has_value()) return;
      CHECK((*back).type() == d);
      CHECK((*back).dims() == dims);
      CHECK(std::equal(t.data(), t.data() + n, (*back).data()));
    }
  }
}

TEST_CASE("views of any strides are written in row-major order") {
  const tensor<tenon::i16> t({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(formatted(t.look().transposed()) ==
        formatted(tensor<tenon::i16>({3, 2}, {1, 4, 2, 5, 3, 6})));
  CHECK(formatted(t.look().slice(1, 2, -1, -1)) ==
        formatted(tensor<tenon::i16>({2, 3}, {3, 2, 1, 6, 5, 4})));
  CHECK(formatted(t.look().slice(0, 0, 1).broadcast_to({2, 3})) ==
        formatted(tensor<tenon::i16>({2, 3}, {1, 2, 3, 1, 2, 3})));
  CHECK(formatted(any_view()) == "npy: there is no tensor to write");
}

TEST_CASE("byte orders, storage orders and versions") {
  const tensor<tenon::i32> want({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto little = [](std::initializer_list<int> v) {
    std::string s;
    for (int x : v) s += static_cast<char>(x), s.append(3, '\0');
    return s;
  };
  std::string big = little({1, 2, 3, 4, 5, 6});
  std::reverse(big.begin(), big.end());
  std::string six;
  for (int i = 0; i < 6; ++i) six += big.substr(static_cast<std::size_t>(20 - 4 * i), 4);
  for (int version : {1, 2, 3}) {
    CHECK(parsed<tenon::i32>(file(header("<i4", "(2, 3)"), little({1, 2, 3, 4, 5, 6}), version)) ==
          want);
    CHECK(parsed<tenon::i32>(file(header(">i4", "(2, 3)"), six, version)) == want);
    CHECK(parsed<tenon::i32>(
              file(header("<i4", "(2, 3)", true), little({1, 4, 2, 5, 3, 6}), version)) == want);
  }
  CHECK(parsed<tenon::f16>(file(header(">f2", "(1,)"), "\x3c\x00"s)) ==
        tensor<tenon::f16>({1}, {tenon::f16(1)}));
  const auto c =
      parsed<tenon::complex<float>>(file(header(">c8", "()"), "\x3f\x80\0\0\x40\0\0\0"s));
  CHECK(c == tensor<tenon::complex<float>>({}, {{1, 2}}));
  CHECK(parsed<tenon::i8>(file(header("|i1", "(2, 0)", true), "")).dims() == shape{2, 0});
  // Quotes, order, spaces, Python 2's long, and what comes after the array.
  CHECK(parsed<tenon::u8>(file("{\"shape\":(2L,),'descr':\t'|u1' ,\"fortran_order\":False}",
                               "\1\2more")) == tensor<tenon::u8>({2}, {1, 2}));
}

TEST_CASE("bytes are made what their type allows") {
  CHECK(parsed<bool>(file(header("|b1", "(3,)"), "\0\1\xff"s)) ==
        tensor<bool>({3}, {false, true, true}));
  CHECK(int{parsed<tenon::i4>(file(header("|V1", "(1,)"), "\x5f"), dtype::i4)[0]} == -1);
  CHECK(parsed<tenon::f4e2m1>(file(header("<V1", "(1,)"), "\x5f"), dtype::f4e2m1)[0].bits == 15);
  CHECK(parsed<tenon::f6e2m3>(file(header("|V1", "(1,)"), "\xff"), dtype::f6e2m3)[0].bits == 63);
  CHECK(parsed<tenon::f8e5m2>(file(header("<f1", "(1,)"), "\x3c"))[0] == 1.0f);
  CHECK(parsed<tenon::bf16>(file(header("<V2", "(1,)"), "\x80\x3f"))[0] == 1.0f);
  CHECK(failure(file(header("|V1", "(1,)"), "\1")) ==
        "npy: element type '|V1' is not read; it does not say what the bytes mean");
}

TEST_CASE("strings of fixed width") {
  using strings = tensor<std::string>;
  CHECK(parsed<std::string>(file(header("|S3", "(3,)"), "abc\0\0\0de\0"s)) ==
        strings({3}, {"abc", "", "de"}));
  const std::string wide = "\xe9\0\0\0\xac\x20\0\0\x00\xf6\x01\0x\0\0\0\0\0\0\0\0\0\0\0"s;
  CHECK(parsed<std::string>(file(header("<U3", "(2,)"), wide)) == strings({2}, {"é€😀", "x"}));
  CHECK(parsed<std::string>(file(header(">U1", "(1,)"), "\0\0\0z"s)) == strings({1}, {"z"}));
  CHECK(parsed<std::string>(file(header("<U1", "(1,)"), "\xff\xff\xff\xff")) ==
        strings({1}, {"\xef\xbf\xbd"}));
  const strings t({2, 2}, {"é€😀", "", "plain", std::string(70, 'x')});
  CHECK(parsed<std::string>(formatted(t)) == t);
  CHECK(parsed<std::string>(formatted(t.look().transposed()))[0, 1] == "plain");
  CHECK(parsed<std::string>(formatted(strings({1}, {"a\xff\xc3"}))) ==
        strings({1}, {"a\xef\xbf\xbd\xef\xbf\xbd"}));
  CHECK(formatted(strings({0})).contains("'<U1'"));
}

TEST_CASE("what is wrong with a file is said in a sentence") {
  CHECK(failure("") == "npy: no NumPy array");
  CHECK(failure("\x93NUMP") == "npy: no NumPy array");
  CHECK(failure("\x89PNG\r\n\x1a\n and more of it") == "npy: no NumPy array");
  CHECK(failure("\x93NUMPY\1\0"s) == "npy: ends in its header");
  CHECK(failure(file(header("<f4", "(1,)"), "1234").substr(0, 40)) == "npy: ends in its header");
  CHECK(failure("\x93NUMPY\2\0\xff\xff\xff\xff{}"s) == "npy: ends in its header");
  CHECK(failure("\x93NUMPY\4\0\1\0\0\0{}"s) == "npy: format version 4.0 is not read");
  CHECK(failure("\x93NUMPY\1\7\1\0\0\0{}"s) == "npy: format version 1.7 is not read");
  CHECK(failure(file(header("<f4", "(2, 3)"), "1234")) ==
        "npy: shape [2,3] of float32 takes 24 bytes, the file has 4");
  CHECK(failure(file(header("<f4", "(1099511627776,)"), "1234")) ==
        "npy: shape [1099511627776] of float32 takes 4398046511104 bytes, the file has 4");
  CHECK(failure(file(header("<f4", "(65536, 65536)"), "")) ==
        "npy: shape [65536,65536] of float32 takes 17179869184 bytes, the file has 0");
  CHECK(failure(file(header("<f4", "(4611686018427387904, 2)"), "")) ==
        "npy: a tensor of shape [4611686018427387904,2] has more bytes than 64 bits count");
  CHECK(failure(file(header("<f4", "(9223372036854775808,)"), "")) ==
        "npy: the header has a dimension that 64 bits do not hold");
  CHECK(failure(file(header("<f4", "(0, 4611686018427387904, 4611686018427387904)", true), "")) ==
        "read");
  CHECK(failure(file(header("<f4", "(-1,)"), "")) ==
        "npy: the header has a dimension that is not a natural number");
  CHECK(failure(file(header("<f4", "(1 2)"), "")) ==
        "npy: the header has no comma between dimensions");
  CHECK(failure(file(header("<f4", "(1,1,1,1,1,1,1,1,1,1,1,1,1)"), "1234")) ==
        "npy: more than 12 dimensions");
  CHECK(failure(file(header("<f4", "7"), "")) == "npy: the header has no tuple as 'shape'");
  CHECK(failure(file(header("|O", "(1,)"), "")) == "npy: element type '|O' is not read");
  CHECK(failure(file(header("<f16", "(1,)"), "")) == "npy: element type '<f16' is not read");
  CHECK(failure(file(header("<M8[ns]", "(1,)"), "")) == "npy: element type '<M8[ns]' is not read");
  CHECK(failure(file(header("<U0", "(1000000000,)"), "")) == "npy: element type '<U0' is not read");
  CHECK(failure(file(header("<U99999999999", "(1,)"), "")) ==
        "npy: element type '<U99999999999' is not read");
  CHECK(failure(file(header("", "(1,)"), "")) == "npy: element type '' is not read");
  CHECK(failure(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "")) ==
        "npy: records of several fields are not read");
  CHECK(failure(file("[]", "")) == "npy: the header does not start with {");
  CHECK(failure(file("{}", "")) == "npy: the header lacks 'descr', 'fortran_order' or 'shape'");
  CHECK(failure(file("{'shape': (), 'shape': ()}", "")) == "npy: the header has a key twice");
  CHECK(failure(file("{'colour': 3}", "")) == "npy: the header has an unknown key");
  CHECK(failure(file("{'fortran_order': 3}", "")) ==
        "npy: the header has neither True nor False as 'fortran_order'");
  CHECK(failure(file(header("<f4", "(1,)") + "x", "1234")) ==
        "npy: the header goes on after its }");
  tenon::limited_memory m(64);
  CHECK(failure(file(header("|u1", "(100,)"), std::string(100, ' ')), &m) == "npy: no memory");
}

TEST_CASE("files are saved and loaded by name") {
  const std::string path = tests::scratch("saved.npy");
  const tensor<double> t({2, 2}, {1, 2, 3, 4});
  CHECK(tenon::save_npy(path, t).has_value());
  const auto back = tenon::load_npy(path);
  REQUIRE(back.has_value());
  if (!back.has_value()) return;
  CHECK((*back).as<double>()[3] == 4);
  CHECK(tenon::write_file(path, bytes_of("no array")).has_value());
  CHECK(tenon::load_npy(path).error().message == path + ": npy: no NumPy array");
  CHECK(tenon::load_npy(path + "x").error().message == path + "x: cannot be opened: No such file or directory");
  CHECK(tenon::save_npy(path, any_view()).error().message ==
        path + ": npy: there is no tensor to write");
}

TEST_CASE("changed and truncated files are read or refused within bounded memory") {
  const tensor<std::string> words({2, 2}, {"one", "two", "three", "é"});
  const std::string seeds[] = {formatted(tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})),
                               formatted(words), formatted(tensor<bool>({3})),
                               file(header(">i2", "(3, 2, 2)", true), std::string(24, '\7'), 2),
                               file(header("|S2", "(2, 3)", true), "abcdefghijkl", 3)};
  const tenon::random r{2026, tenon::fnv1a("npy")};
  std::uint64_t draw = 0;
  const auto below = [&](std::size_t n) { return r.below(static_cast<std::uint32_t>(n), draw++); };
  constexpr std::string_view tokens = "0123456789<>|'\"(),{}:biufcVSUTL \n\0\xff";
  int accepted = 0;
  i64 peak = 0, left = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string s = seeds[below(std::size(seeds))];
    for (std::uint32_t i = 0, n = below(4); i < n; ++i) {
      const std::size_t at = below(s.size());
      switch (below(4)) {
        case 0:
          s[at] = static_cast<char>(below(256));
          break;
        case 1:
          s[at] = tokens[below(tokens.size())];
          break;
        case 2:
          s.insert(at, 1, tokens[below(tokens.size())]);
          break;
        default:
          s.erase(at, 1 + below(8));
      }
    }
    if (below(4) == 0) s.resize(below(s.size()));
    // Exactly as large as the file, so that reading beyond it is seen.
    const std::vector<std::byte> exact(bytes_of(s).begin(), bytes_of(s).end());
    tenon::limited_memory m(1 << 16);
    {
      const auto t = tenon::parse_npy(exact, &m);
      accepted += t.has_value();
      if (!t.has_value()) CHECK(t.error().message.starts_with("npy: "));
    }
    peak = std::max(peak, m.peak());
    left += m.used();
  }
  CHECK(accepted > 1000);
  CHECK(accepted < 19000);
  CHECK(peak <= 64 * 64);
  CHECK(left == 0);
}
