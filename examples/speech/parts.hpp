// Spoken parts from how likely it is that each stretch of a recording is speech, by the rules that Silero publishes with
// its model (get_speech_timestamps): a threshold to begin, a lower one to end, and how long parts and pauses have to be.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include <tenon/core/shape.hpp>

/// Durations in samples.
struct speech_rules {
  double threshold = 0.5;
  tenon::i64 least_speech = 4000, least_silence = 1600, padding = 480;
};
/// From its first sample to the one behind its last.
struct part {
  tenon::i64 begin, end;
};

/// `likely` has a number for each `stretch` of the samples, of which there are `total`.
inline std::vector<part> spoken_parts(std::span<const float> likely, tenon::i64 stretch, tenon::i64 total, const speech_rules& by) {
  const double still = std::max(by.threshold - 0.15, 0.01);  // speech that has begun goes on at this
  constexpr tenon::i64 none = -1;
  std::vector<part> parts;
  tenon::i64 begin = none, silence = none, at = 0;  // where speech, and silence in it, began
  const auto close = [&](tenon::i64 end) {
    if (end - begin > by.least_speech) parts.push_back({begin, end});
    begin = silence = none;
  };
  for (const float p : likely) {
    const double x = static_cast<double>(p);
    if (x >= by.threshold) {
      silence = none;
      if (begin == none) begin = at;
    } else if (begin != none && x < still) {
      if (silence == none) silence = at;
      if (at - silence >= by.least_silence) close(silence);
    }
    at += stretch;
  }
  if (begin != none) close(total);

  // Parts reach further than what was heard, at most to the middle of a pause.
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == 0) parts[i].begin = std::max<tenon::i64>(0, parts[i].begin - by.padding);
    if (i + 1 == parts.size()) {
      parts[i].end = std::min(total, parts[i].end + by.padding);
      continue;
    }
    const tenon::i64 reach = std::min(by.padding, (parts[i + 1].begin - parts[i].end) / 2);
    parts[i].end += reach, parts[i + 1].begin -= reach;
  }
  return parts;
}
