// What programs have in common: options, complaints, and the time.
#pragma once

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>

#include <tenon/core/shape.hpp>

/// What is refused unless --max-memory says otherwise.
inline constexpr tenon::i64 usual_memory = tenon::i64{2} << 30;

/// A whole number, or an error that names the option.
inline tenon::result<tenon::i64> parse_number(const char* option, std::string_view text, tenon::i64 most,
                                              tenon::i64 least = 1) {
  tenon::i64 n = 0;
  const auto [stop, e] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (e != std::errc{} || stop != text.data() + text.size() || n < least || n > most)
    return tenon::fail(tenon::code::invalid,
                       {"--", option, " takes a whole number from ", least, " to ", most, ", not '", text, "'"});
  return n;
}

/// Gives every option with its argument to `take`, until one is 'h'; what is left are the operands. `letters` are
/// getopt's.
template <class F>
tenon::result<std::span<char*>> parse_options(int argc, char** argv, const option* known, F&& take, const char* letters = ":h") {
  opterr = 0;  // the sentences are ours
  for (int c; (c = getopt_long(argc, argv, letters, known, nullptr)) != -1;) {
    if (c == ':' || c == '?')
      return tenon::fail(tenon::code::invalid,
                         {c == ':' ? "a value is missing after " : "there is no option ", argv[std::min(optind, argc) - 1]});  // musl counts the missing one
    if (tenon::status s = take(c, optarg); !s.has_value()) return std::unexpected(s.error());
    if (c == 'h') break;
  }
  return std::span(argv + optind, static_cast<std::size_t>(argc - optind));
}

/// Says on standard error what is wrong, and gives the exit code for it.
inline int complain(const char* program, const std::string& sentence) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", program, sentence.c_str());
  return 1;
}
/// The same for a command line or a request that cannot be met.
inline int refuse(const char* program, const std::string& sentence) {
  complain(program, tenon::join({sentence, "; `", program, " --help` lists what there is"}));
  return 2;
}
/// The exit code, when all that was printed got out.
inline int finish(const char* program, int code) {
  return std::fflush(stdout) == 0 ? code : complain(program, "standard output: cannot be written");
}

/// What main does with the options that were parsed: says what is wrong with them, prints the usage where `help` is
/// asked for, or gives them to `run`.
template <class Options, class F>
int run_program(const char* program, const char* usage, const tenon::result<Options>& o, F&& run) {
  if (!o.has_value()) return refuse(program, o.error().message);
  if ((*o).help) return std::fputs(usage, stdout) < 0;
  return finish(program, run(*o));
}

/// "no memory", where it was a limit of ours that was reached, with the limit.
inline tenon::error within(tenon::i64 limit, tenon::error e) {
  if (e.what == tenon::code::out_of_memory) e.message += tenon::join({" within the limit of ", limit, " bytes"});
  return e;
}

using stopwatch = std::chrono::steady_clock;
inline double milliseconds_since(stopwatch::time_point start) {
  return std::chrono::duration<double, std::milli>(stopwatch::now() - start).count();
}
