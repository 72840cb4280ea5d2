// Element types by the names of the seed's command: FP32, INT32, INT8, and so on for all others.
#pragma once

#include <optional>

#include <tenon/core/dtype.hpp>
#include <tenon/core/faults.hpp>

#include "../support/nearest.hpp"

constexpr std::string_view type_name(tenon::dtype d) {
  static constexpr std::string_view names[tenon::dtype_count] = {
      "",        "FP32",        "UINT8",  "INT8",   "UINT16",    "INT16",      "INT32", "INT64",     "STRING",
      "BOOL",    "FP16",        "FP64",   "UINT32", "UINT64",    "COMPLEX64",  "COMPLEX128", "BF16", "FP8E4M3FN",
      "FP8E4M3FNUZ", "FP8E5M2", "FP8E5M2FNUZ", "UINT4", "INT4",  "FP4E2M1",    "FP8E8M0", "UINT2",   "INT2",   "FP6E2M3",   "FP6E3M2"};
  return names[static_cast<unsigned>(d)];
}

/// The names of those that a set has, with something between them.
inline std::string names_of(tenon::dtype_set set, std::string_view between) {
  std::string all;
  for (int i = 1; i < tenon::dtype_count; ++i)
    if (const auto d = static_cast<tenon::dtype>(i); set.has(d)) all.append(all.empty() ? "" : between).append(type_name(d));
  return all;
}

/// A type by this name or by NumPy's, in any case.
constexpr std::optional<tenon::dtype> find_type(std::string_view name) {
  for (int i = 1; i < tenon::dtype_count; ++i) {
    const auto d = static_cast<tenon::dtype>(i);
    if (same_but_case(name, type_name(d)) || same_but_case(name, tenon::name(d))) return d;
  }
  return std::nullopt;
}

/// The same, or an error that names those that there are.
inline tenon::result<tenon::dtype> type_of(std::string_view name) {
  if (const auto d = find_type(name)) return *d;
  return tenon::fail(tenon::code::invalid,
                     {"there is no data type ", tenon::in_quotes(name), "; there are ", names_of(tenon::dtypes::all, ", ")});
}
