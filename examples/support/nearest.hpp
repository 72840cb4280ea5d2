// Names that somebody may have meant: what is said beside "there is no ...".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// ASCII letters are the same in either case.
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }
inline bool same_but_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Letters to insert, remove, change or swap with their neighbour until one name is the other (Damerau and
/// Levenshtein's distance, without changes between swapped letters).
inline std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

/// "; nearest are Max, Mean and Min": at most three names that are like the wanted one, or what is said where none is.
template <class Names>
std::string nearest(std::string_view wanted, const Names& names, std::string_view otherwise) {
  struct candidate {
    std::size_t far;
    std::string_view name;
  };
  std::vector<candidate> found;
  wanted = wanted.substr(0, 64);  // longer than any name
  const auto begins = [](std::string_view a, std::string_view b) {
    return b.size() >= 3 && a.size() >= b.size() && same_but_case(a.substr(0, b.size()), b);
  };
  for (const std::string_view name : names) {
    std::size_t far = distance(wanted, name);
    if (begins(name, wanted) || begins(wanted, name)) far = std::min<std::size_t>(far, 1);
    if (far <= std::max<std::size_t>(1, std::min(wanted.size(), name.size()) / 3)) found.push_back({far, name});
  }
  std::ranges::sort(found, {}, [](const candidate& c) { return std::pair(c.far, c.name); });
  const std::size_t n = std::min<std::size_t>(found.size(), 3);
  std::string text;
  if (n == 0) return text.append("; ").append(otherwise);
  for (std::size_t i = 0; i < n; ++i) {
    text += i == 0 ? n == 1 ? "; nearest is " : "; nearest are " : i + 1 == n ? " and " : ", ";
    text += found[i].name;
  }
  return text;
}
