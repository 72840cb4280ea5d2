// The window that convolutions and pools slide over an image: attributes resolved against the sizes
// of one input, with every product checked.
#pragma once

#include "contract.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// Attributes as ONNX has them; empty lists mean ones (strides, dilations) and zeros (pads).
struct window_attributes {
  std::string_view auto_pad{};
  std::span<const i64> strides{}, dilations{}, pads{};
  bool ceil_mode = false;
};

/// One entry per spatial dimension.
struct window {
  shape kernel, stride, dilation, begin, end, out;
};

/// Sizes and paddings of a window over `in` (spatial dimensions only).
[[gnu::noinline]] inline result<window> resolve_window(const window_attributes& a, std::span<const i64> kernel,
                                                       std::span<const i64> in) {
  const auto bad = [](std::initializer_list<piece> why) { return fail(code::invalid, why); };
  const std::size_t rank = in.size();
  if (kernel.size() != rank) return bad({"a kernel of ", kernel, " does not fit ", rank, " spatial dimensions"});
  if (!a.strides.empty() && a.strides.size() != rank) return bad({"strides ", a.strides, " need ", rank, " entries"});
  if (!a.dilations.empty() && a.dilations.size() != rank)
    return bad({"dilations ", a.dilations, " need ", rank, " entries"});
  if (!a.pads.empty() && a.pads.size() != 2 * rank) return bad({"pads ", a.pads, " need ", 2 * rank, " entries"});
  const bool same_upper = a.auto_pad == "SAME_UPPER", same_lower = a.auto_pad == "SAME_LOWER";
  if (!same_upper && !same_lower && a.auto_pad != "VALID" && a.auto_pad != "NOTSET" && !a.auto_pad.empty())
    return bad({"auto_pad '", a.auto_pad, "' is unknown"});
  constexpr i64 most = i64{1} << 31;  // of any attribute: far above sense, far below overflow
  for (i64 d : in)
    if (d > i64{1} << 61) return bad({"an input of ", in, " is too large"});
  window w;
  for (std::size_t i = 0; i < rank; ++i) {
    const i64 stride = a.strides.empty() ? 1 : a.strides[i], dilation = a.dilations.empty() ? 1 : a.dilations[i];
    i64 begin = 0, end = 0, out = 0;
    if (!same_upper && !same_lower && a.auto_pad != "VALID" && !a.pads.empty()) begin = a.pads[i], end = a.pads[i + rank];
    if (kernel[i] < 1 || kernel[i] > most || stride < 1 || stride > most || dilation < 1 || dilation > most ||
        begin < 0 || begin > most || end < 0 || end > most)
      return bad({"kernel ", kernel, ", strides ", a.strides, ", dilations ", a.dilations, ", pads ", a.pads,
                  ": an entry is out of range"});
    const i64 reach = (kernel[i] - 1) * dilation + 1;
    if (same_upper || same_lower) {
      out = (in[i] + stride - 1) / stride;
      const i64 total = std::max<i64>(0, (out - 1) * stride + reach - in[i]);
      begin = same_upper ? total / 2 : total - total / 2;
      end = total - begin;
    } else {
      const i64 room = in[i] + begin + end - reach;
      if (room < 0)
        return bad({"a window of ", reach, " is larger than the padded input of ", in[i] + begin + end});
      out = room / stride + 1;
      // A window that ceil_mode adds must start inside the input or its padding at the front.
      if (a.ceil_mode && room % stride != 0 && out * stride < in[i] + begin) ++out;
    }
    w.kernel.push_back(kernel[i]);
    w.stride.push_back(stride);
    w.dilation.push_back(dilation);
    w.begin.push_back(begin);
    w.end.push_back(end);
    w.out.push_back(out);
  }
  return w;
}

inline ints as_ints(const shape& s) { return {s.begin(), s.end()}; }
/// Pads as attributes have them. Behind the image there are as many as put all windows inside it; where that
/// is fewer than none, `cut` says how much of it no window sees.
inline ints exact_pads(const window& w, const shape& in, ints* cut = nullptr) {
  ints pads = as_ints(w.begin);
  for (int i = 0; i < w.out.rank(); ++i) {
    const i64 end = (w.out[i] - 1) * w.stride[i] + (w.kernel[i] - 1) * w.dilation[i] + 1 - in[i] - w.begin[i];
    pads.push_back(std::max<i64>(end, 0));
    if (cut != nullptr) cut->push_back(std::max<i64>(-end, 0));
  }
  return pads;
}

/// [N, C] of the input (C may be replaced) and the spatial dimensions of a window.
inline shape with_spatial(i64 n, i64 c, const shape& spatial) {
  shape s{n, c};
  for (i64 d : spatial) s.push_back(d);
  return s;
}

}  // namespace tenon
TENON_COLD_END
