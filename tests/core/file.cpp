#include "tenon/core/file.hpp"

#include <cstring>

#include "doctest.hpp"

using tenon::code;

TEST_CASE("files are written and read whole") {
  const std::string path = tests::scratch("file.bin");
  for (std::string_view text : {std::string_view("a\0b\r\n", 5), std::string_view()}) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    CHECK(tenon::write_file(path, bytes).has_value());
    tenon::limited_memory m(64);
    const auto read = tenon::read_file(path, &m);
    REQUIRE(read.has_value());
    if (!read.has_value()) return;
    CHECK((*read).size() == text.size());
    CHECK(std::equal(bytes.begin(), bytes.end(), (*read).data()));
  }
}

TEST_CASE("a file is replaced as a whole") {
  const std::string path = tests::scratch("replaced.bin");
  for (std::string_view text : {std::string_view("first"), std::string_view("2")}) {
    CHECK(tenon::replace_file(path, std::as_bytes(std::span(text.data(), text.size()))).has_value());
    const auto read = tenon::read_file(path);
    REQUIRE(read.has_value());
    if (!read.has_value()) return;
    CHECK(tenon::as_text((*read).look()) == text);
    CHECK(!tenon::read_file(path + ".new").has_value());
  }
  const std::string nowhere = tests::scratch("no/such/folder.bin");
  const auto missing = tenon::replace_file(nowhere, {});
  REQUIRE(!missing.has_value());
  CHECK(missing.error().message == nowhere + ": cannot be created: No such file or directory");
  // A folder cannot be replaced by a file, and nothing is left beside it.
  const auto folder = tenon::replace_file("tests", {});
  REQUIRE(!folder.has_value());
  CHECK(folder.error().what == code::io);
  CHECK(folder.error().message.starts_with("tests: cannot be replaced: "));
  CHECK(!tenon::read_file("tests.new").has_value());
}

TEST_CASE("what is wrong with a file is said with its name") {
  const std::string missing = tests::scratch("missing.bin"), path = tests::scratch("large.bin");
  const auto none = tenon::read_file(missing);
  REQUIRE(!none.has_value());
  CHECK(none.error().what == code::not_found);
  CHECK(none.error().message == missing + ": cannot be opened: No such file or directory");
  const std::string bytes(100, 'x');
  CHECK(tenon::write_file(path, std::as_bytes(std::span(bytes))).has_value());
  tenon::limited_memory m(64);
  const auto large = tenon::read_file(path, &m);
  REQUIRE(!large.has_value());
  CHECK(large.error().what == code::out_of_memory);
  CHECK(large.error().message == path + ": has 100 bytes: no memory");
  const std::string nowhere = tests::scratch("no/such/folder.bin");
  const auto written = tenon::write_file(nowhere, std::as_bytes(std::span(bytes)));
  REQUIRE(!written.has_value());
  CHECK(written.error().message == nowhere + ": cannot be created: No such file or directory");
  const auto folder = tenon::read_file("tests");
  REQUIRE(!folder.has_value());
  CHECK(folder.error().message == "tests: is a folder");
  const auto over = tenon::read_file(path, nullptr, 99);
  REQUIRE(!over.has_value());
  CHECK(over.error().what == code::limit);
  CHECK(over.error().message == path + ": has 100 bytes, more than the limit of 99");
}
