// doctest for natives and guests. Test files include it first and doctest through nothing else: the
// guest's libc++ has no <fstream>, and its <csignal> wants a macro, both before anyone else asks.
#pragma once
#if defined(__wasi__) && !defined(_WASI_EMULATED_SIGNAL)
#define _WASI_EMULATED_SIGNAL  // declarations only; nothing of it is linked
#endif
#ifndef __cpp_exceptions
// A failing REQUIRE then does not end its test case: return where what follows depends on it.
#define DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS
#endif
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_NO_MULTITHREADING
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#if defined(_LIBCPP_VERSION) && defined(_LIBCPP_HAS_FILESYSTEM) && !_LIBCPP_HAS_FILESYSTEM
template <>
class std::basic_fstream<char> : public std::iostream {  // doctest's --out=FILE is ignored
 public:
  basic_fstream() : std::iostream(nullptr) {}
  void open(const char*, std::ios_base::openmode) {}
  bool is_open() const { return false; }
  void close() {}
};
#endif
#include <doctest/doctest.h>

namespace tests {

/// A file in a folder that this test file, under this runtime, has for itself. Sources are found from
/// the current folder ("tests/...") and so are models ("build/models/..."), on every runtime.
inline std::string scratch(const std::string& file) {
  const char* folder = std::getenv("TENON_SCRATCH");
  return std::string(folder ? folder : "build") + "/" + file;
}

}  // namespace tests
