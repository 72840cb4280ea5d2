#include "options.hpp"

namespace {

using tenon::code, tenon::fail;

struct flag {
  const char* name;
  bool takes_value;
  unsigned commands;  // a bit for each options::command that knows it
};
constexpr unsigned inspect = 1u << options::inspect, run = 1u << options::run, test = 1u << options::test;
enum { set, input, output_dir, repeat, profile, digest, abuse, max_memory, max_macs, count };
constexpr flag flags[count] = {{"set", true, inspect | run}, {"input", true, run},   {"output-dir", true, run},
                               {"repeat", true, run},        {"profile", false, run}, {"digest", false, run},
                               {"abuse", false, test},       {"max-memory", true, inspect | run | test},
                               {"max-macs", true, run}};

tenon::status take(options& o, int which, std::string_view value) {
  const char* name = flags[which].name;
  const auto number = [&](tenon::i64& to, std::string_view text, tenon::i64 most, tenon::i64 least) -> tenon::status {
    const auto n = parse_number(name, text, most, least);
    if (!n.has_value()) return std::unexpected(n.error());
    to = *n;
    return {};
  };
  const auto equals = value.rfind('=');
  switch (which) {
    case set:
      if (equals == 0 || equals == value.npos)
        return fail(code::invalid, {"--set takes DIM=N, not '", value, "'"});
      o.set.push_back({value.substr(0, equals), 0});
      return number(o.set.back().size, value.substr(equals + 1), INT64_MAX, 0);
    case input:
      if (equals == 0 || equals == value.npos)
        return fail(code::invalid, {"--input takes NAME=FILE, not '", value, "'"});
      o.inputs.push_back(value);
      return {};
    case output_dir: o.output_dir = value.data(); return {};
    case repeat: return number(o.repeat, value, 1'000'000, 1);
    case profile: o.profile = true; return {};
    case digest: o.digest = true; return {};
    case abuse: o.abuse = true; return {};
    case max_macs: return number(o.max_macs, value, INT64_MAX, 1);
    default: return number(o.max_memory, value, INT64_MAX, 1);
  }
}

}  // namespace

tenon::result<options> parse(int argc, char** argv) {
  constexpr int first = 256;
  option known[count + 2] = {};
  for (int i = 0; i < count; ++i)
    known[i] = {flags[i].name, flags[i].takes_value ? required_argument : no_argument, nullptr, first + i};
  known[count] = {"help", no_argument, nullptr, 'h'};
  options o;
  bool help = false, given[count] = {};
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == 'h') {
      help = true;
      return {};
    }
    given[c - first] = true;
    return take(o, c - first, value == nullptr ? "" : value);
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (help) return options{};

  constexpr const char* commands[] = {"", "inspect", "run", "test"};
  if ((*rest).empty()) return fail(code::invalid, {"a command is missing: inspect, run or test"});
  for (int i = options::inspect; i <= options::test; ++i)
    if (std::string_view((*rest)[0]) == commands[i]) o.what = static_cast<options::command>(i);
  if (o.what == options::help) return fail(code::invalid, {"there is no command '", (*rest)[0], "'"});
  for (int i = 0; i < count; ++i)
    if (given[i] && (flags[i].commands >> o.what & 1) == 0)
      return fail(code::invalid, {commands[o.what], " does not take --", flags[i].name});
  o.folders = (*rest).subspan(1);
  if (o.what == options::test) {
    if (o.folders.empty()) return fail(code::invalid, {"a folder is missing"});
    return o;
  }
  if (o.folders.empty()) return fail(code::invalid, {"a model is missing"});
  if (o.folders.size() > 1) return fail(code::invalid, {"one model is expected, and '", o.folders[1], "' is another"});
  o.model = o.folders[0];
  return o;
}
