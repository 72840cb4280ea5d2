// What tells trained weights from others.
#pragma once

#include <cstdio>
#include <string>

#include <tenon/autodiff/fields.hpp>
#include <tenon/core/random.hpp>

/// FNV-1a of all variables of these modules: trainings that print the same have the same weights, bit by bit.
template <class... M>
std::string digest_of_weights(const M&... modules) {
  std::uint64_t digest = tenon::fnv1a("");
  const auto add = [&](const std::string&, const tenon::variable& v) {
    const tenon::any_view look = v.value().look();
    digest = tenon::fnv1a(tenon::as_text({look.bytes, static_cast<std::size_t>(look.byte_size())}), digest);
  };
  (tenon::each_variable(modules, add), ...);
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}
