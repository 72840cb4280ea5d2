#include "options.hpp"

#include <tenon/core/file.hpp>

#include "types.hpp"

namespace {

using tenon::code, tenon::fail, tenon::json, tenon::result, tenon::status;

constexpr option known[] = {{"ms-backend-config", required_argument, nullptr, 'c'},
                            {"op-type", required_argument, nullptr, 'o'},
                            {"data-type", required_argument, nullptr, 'd'},
                            {"input", required_argument, nullptr, 'I'},
                            {"input-data-file", required_argument, nullptr, 'i'},
                            {"attribute", required_argument, nullptr, 'a'},
                            {"outputs", required_argument, nullptr, 'n'},
                            {"max-memory", required_argument, nullptr, 'm'},
                            {"list", no_argument, nullptr, 'l'},
                            {"help", no_argument, nullptr, 'h'},
                            {}};

result<json> parse_text(std::string_view text, std::string_view where) {
  auto v = tenon::try_parse_json(text);
  if (!v.has_value()) return tenon::wrap(v.error(), {where, ": "});
  return v;
}
result<json> read_json(const std::string& file) {
  const auto bytes = tenon::read_file(file, nullptr, tenon::i64{1} << 28);
  if (!bytes.has_value()) return std::unexpected(bytes.error());
  const std::string_view text = tenon::as_text((*bytes).look());
  if (text.starts_with(std::string_view("\0asm", 4)))
    return fail(code::invalid, {file, ": is a WebAssembly module; the operators are part of this program, and a file of "
                                      "settings or data is JSON"});
  return parse_text(text, file);
}

/// A request as it comes together: what was said first holds.
struct request {
  options o;
  std::string input_file;

  status set_type(std::string_view name) {
    const auto d = type_of(name);
    if (!d.has_value()) return std::unexpected(d.error());
    o.type = *d;
    return {};
  }

  /// NAME=VALUE.
  status attribute(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == text.npos)
      return fail(code::invalid, {"--attribute takes NAME=VALUE, not ", tenon::in_quotes(text)});
    json::member m{std::string(text.substr(0, equals)), nullptr};
    const std::string_view value = text.substr(equals + 1);
    auto v = tenon::try_parse_json(value);
    m.value = v.has_value() ? std::move(*v) : json(value);
    m.value.at = {};
    o.attributes.push_back(std::move(m));
    return {};
  }

  /// What the command line leaves open, from a file of settings.
  status settings(const std::string& file) {
    auto v = read_json(file);
    if (!v.has_value()) return std::unexpected(v.error());
    const auto wrong = [&](const tenon::error& e) { return tenon::wrap(e, {file, ": "}); };
    if ((*v).members() == nullptr) return wrong((*v).wrong({"settings are an object, not ", (*v).kind()}).error());
    static constexpr std::string_view keys[] = {"op-type", "data-type", "input", "input-data-file", "attributes"};
    json::object attributes;
    for (const json::member& m : *(*v).members()) {
      const auto key = std::ranges::find(keys, m.key) - std::begin(keys);
      if (key < 2 || key == 3)
        if (m.value.text() == nullptr) return wrong(m.value.wrong({m.key, " is a text, not ", m.value.kind()}).error());
      switch (key) {
        case 0:
          if (!o.named) o.op = *m.value.text();
          o.named = true;
          break;
        case 1:
          if (!o.type)
            if (status s = set_type(*m.value.text()); !s.has_value()) return wrong(m.value.wrong({s.error().message}).error());
          break;
        case 2:
          if (o.input_name.empty() && input_file.empty()) o.input = m.value, o.input_name = file;
          break;
        case 3:
          if (o.input_name.empty() && input_file.empty()) input_file = *m.value.text();
          break;
        case 4:
          if (m.value.members() == nullptr)
            return wrong(m.value.wrong({"attributes are an object, not ", m.value.kind()}).error());
          attributes = *m.value.members();
          break;
        default:
          return wrong({code::invalid,
                        tenon::join({m.at.text(), ": unknown key ", tenon::in_quotes(m.key),
                                     nearest(m.key, keys, "there are op-type, data-type, input, input-data-file and attributes")})});
      }
    }
    // The command line's come last, and hold.
    attributes.insert(attributes.end(), o.attributes.begin(), o.attributes.end());
    o.attributes = std::move(attributes);
    return {};
  }
};

/// Errors of the command line itself say where to look.
std::unexpected<tenon::error> lost(tenon::error e) {
  e.message += tenon::join({"; `", program, " --help` lists what there is"});
  return std::unexpected(std::move(e));
}

}  // namespace

result<options> parse(int argc, char** argv) {
  request r;
  const char *config = nullptr, *type = nullptr, *input = nullptr;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> status {
    switch (c) {
      case 'c': config = value; return {};
      case 'o': r.o.op = value, r.o.named = true; return {};
      case 'd': type = value; return {};
      case 'I': input = value; return {};
      case 'i': r.input_file = value; return {};
      case 'a': return r.attribute(value);
      case 'l': r.o.what = options::list; return {};
      case 'h': r.o.what = options::help; return {};
      default: {
        const bool memory = c == 'm';
        const auto n = parse_number(memory ? "max-memory" : "outputs", value, memory ? INT64_MAX : 1024);
        if (!n.has_value()) return std::unexpected(n.error());
        if (memory) r.o.max_memory = *n;
        else r.o.outputs = static_cast<int>(*n);
        return {};
      }
    }
  }, ":c:o:d:I:i:a:h");
  if (!rest.has_value()) return lost(rest.error());
  if (r.o.what == options::help) return std::move(r.o);
  if (!(*rest).empty())
    return lost({code::invalid, tenon::join({"everything is an option here, and ", tenon::in_quotes((*rest)[0]), " is none"})});
  if (input != nullptr && !r.input_file.empty()) return lost({code::invalid, "--input and --input-data-file are both given"});
  if (type != nullptr)
    if (status s = r.set_type(type); !s.has_value()) return std::unexpected(s.error());
  if (input != nullptr) {
    auto v = parse_text(input, "--input");
    if (!v.has_value()) return std::unexpected(v.error());
    r.o.input = std::move(*v), r.o.input_name = "--input";
  }
  if (config != nullptr)
    if (status s = r.settings(config); !s.has_value()) return std::unexpected(s.error());
  if (r.o.what == options::list) return std::move(r.o);
  if (!r.input_file.empty()) {
    auto v = read_json(r.input_file);
    if (!v.has_value()) return std::unexpected(v.error());
    r.o.input = std::move(*v), r.o.input_name = r.input_file;
  }
  if (r.o.input_name.empty())
    return lost({code::invalid, "tensors are missing: --input takes JSON, --input-data-file a file of it"});
  if (r.o.input.items() == nullptr)
    return tenon::wrap(r.o.input.wrong({"a list of tensors is expected, not ", r.o.input.kind()}).error(), {r.o.input_name, ": "});
  return std::move(r.o);
}
