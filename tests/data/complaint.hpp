// What is wrong, for tests of data.
#pragma once

#include <string>

namespace tests::data {

/// The message of a result, '' if there is nothing wrong.
std::string complaint(const auto& r) { return r.has_value() ? "" : r.error().message; }

}  // namespace tests::data
