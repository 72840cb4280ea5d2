// Config: what a training or a model is set to, as a plain struct with defaults that is written as JSON and read
// back. (core/config.hpp is another thing: the kind of build.)
//
//   struct GuideConfig {
//     i64 epochs = 10;
//     double rate = 1e-3;
//     void fields(this auto& self, auto&& f) { f("epochs", self.epochs), f("rate", self.rate); }
//   };
//
// Fields are truth values, whole numbers, numbers, texts, lists of these, and other configs.
#pragma once

#include <limits>

#include "../core/file.hpp"
#include "../core/json.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

namespace detail {

template <class T>
concept config_list = requires(T& t) { t.emplace_back(); t.clear(); } && !std::same_as<T, std::string>;

/// 'model.width', for messages.
inline std::string config_path(std::string_view in, std::string_view name) {
  return in.empty() ? std::string(name) : join({in, ".", name});
}

template <class T>
json config_value(const T& x) {
  if constexpr (std::integral<T> || std::floating_point<T> || std::same_as<T, std::string>) {
    return json(x);
  } else if constexpr (config_list<T>) {
    json::list items;
    for (const auto& item : x) items.push_back(config_value(item));
    return items;
  } else {
    json::object members;
    x.fields([&](std::string_view name, const auto& field) { members.push_back({std::string(name), config_value(field)}); });
    return members;
  }
}

template <class T>
status read_config(const json& v, T& to, const std::string& path) {
  const auto wrong = [&](std::string_view takes) {
    return v.wrong({path.empty() ? "the config" : "'" + path + "'", " takes ", takes, ", not ", v.kind()});
  };
  if constexpr (std::same_as<T, bool>) {
    if (v.boolean() == nullptr) return wrong("true or false");
    to = *v.boolean();
  } else if constexpr (std::integral<T>) {
    const auto n = v.integer();
    const auto natural = v.natural();
    if (!n && !natural) return v.number() ? v.wrong({"'", path, "' takes a whole number that 64 bits hold, not ", *v.number()}) : wrong("a whole number");
    if (natural ? !std::in_range<T>(*natural) : !std::in_range<T>(*n))
      return v.wrong({"'", path, "' takes a whole number from ", std::numeric_limits<T>::min(), " to ",
                      std::numeric_limits<T>::max(), ", not ", natural ? piece(*natural) : piece(*n)});
    to = natural ? static_cast<T>(*natural) : static_cast<T>(*n);
  } else if constexpr (std::floating_point<T>) {
    if (!v.number()) return wrong("a number");
    to = static_cast<T>(*v.number());
  } else if constexpr (std::same_as<T, std::string>) {
    if (v.text() == nullptr) return wrong("a text");
    to = *v.text();
  } else if constexpr (config_list<T>) {
    if (v.items() == nullptr) return wrong("a list");
    to.clear();
    for (const json& item : *v.items())
      if (status s = read_config(item, to.emplace_back(), join({path, "[", to.size() - 1, "]"})); !s.has_value()) return s;
  } else {
    if (v.members() == nullptr) return wrong("an object");
    status s;
    std::string known;
    for (const json::member& m : *v.members()) {
      bool found = false;
      known.clear();
      to.fields([&](std::string_view name, auto& field) {
        known += join({known.empty() ? "" : ", ", name});
        if (name != m.key || !s.has_value()) return;
        found = true;
        s = read_config(m.value, field, config_path(path, name));
      });
      if (!s.has_value()) return s;
      if (!found)
        return fail(code::invalid, {m.at.text(), ": there is no '", config_path(path, m.key), "'; known are ", known});
    }
  }
  return {};
}

}  // namespace detail

/// A config as JSON, a field a line.
template <class C>
std::string config_to_json(const C& c) {
  return write_json(detail::config_value(c), 2) + '\n';
}
/// The config that a text holds. What it does not say keeps the value that C gives it; what C does not know and what
/// is of the wrong type are errors with line and column.
template <class C>
result<C> config_from_json(std::string_view text) {
  const auto v = try_parse_json(text);
  if (!v.has_value()) return std::unexpected(v.error());
  C c;
  if (status s = detail::read_config(*v, c, {}); !s.has_value()) return std::unexpected(s.error());
  return c;
}

template <class C>
status save_config(const std::string& path, const C& c) {
  const std::string text = config_to_json(c);
  return replace_file(path, std::as_bytes(std::span(text)));
}
template <class C>
result<C> load_config(const std::string& path) {
  const auto file = read_file(path, nullptr, 1 << 20);
  if (!file.has_value()) return std::unexpected(file.error());
  auto c = config_from_json<C>(as_text((*file).look()));
  if (!c.has_value()) return wrap(c.error(), {path, ": "});
  return c;
}

}  // namespace tenon::train
TENON_COLD_END
