// Force-included where Google Benchmark is built for wasm32-wasip1, whose libc++ has no threads and
// no <fstream>: stand-ins for what the library names. Output to files is ignored.
#pragma once
#ifdef __cplusplus
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <mutex>
extern "C" __attribute__((weak)) int gethostname(char* name, size_t size) {
  if (size) *name = 0;
  return 0;
}
namespace std {
struct mutex {
  void lock() {}
  void unlock() {}
  bool try_lock() { return true; }
};
struct condition_variable {
  template <class L>
  void wait(L&) {}
  template <class L, class P>
  void wait(L&, P) {}
  template <class L, class D, class P>
  bool wait_for(L&, const D&, P p) {
    return p();
  }
  void notify_all() {}
  void notify_one() {}
};
struct thread {
  thread() {}
  template <class F, class... A>
  explicit thread(F&&, A&&...) {
    __builtin_trap();
  }
  void join() {}
};
template <>
class basic_ofstream<char> : public ostream {
 public:
  basic_ofstream() : ostream(nullptr) {}
  void open(const string&) {}
  bool is_open() const { return false; }
  void close() {}
};
template <>
class basic_ifstream<char> : public istream {
 public:
  basic_ifstream() : istream(nullptr) {}
  explicit basic_ifstream(const char*) : istream(nullptr) {}
  explicit basic_ifstream(const string&) : istream(nullptr) {}
  bool is_open() const { return false; }
  void close() {}
};
}  // namespace std
#endif
