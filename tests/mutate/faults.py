"""Faults to plant in kernels: (header below include/tenon, text that stands there once, text instead, test that must see it, or
one case of it where all take long). In the text instead, $ is whether this one is planted: all are compiled at once, and one at a
time is switched on."""

FAULTS = [
    ("kernels/copy.hpp", "for (i64 i = whole_rows; i < rows; ++i)", "for (i64 i = whole_rows; i + $ < rows; ++i)", "kernels/copy"),
    ("kernels/copy.hpp", "detail::copy_row(d, pattern, left);", "detail::copy_row(d, pattern, $ ? left / 2 : left);", "kernels/copy"),
    ("kernels/map.hpp", "end + (step_ - rest) * width", "end + (step_ - rest - $) * width", "kernels/map"),
    ("kernels/map.hpp", "if (s.filled == offset + 1) return;", "if ($ ? s.filled >= 0 : s.filled == offset + 1) return;", "kernels/map"),
    ("kernels/map.hpp", "static_cast<std::size_t>(n * sides_[0].compute_width)", "static_cast<std::size_t>((n - $) * sides_[0].compute_width)", "kernels/map"),
    ("kernels/reduce.hpp", "if (l > 1) counts_[l - 1] = 0;", "if (l > 1 && !$) counts_[l - 1] = 0;", "kernels/reduce"),
    ("kernels/reduce.hpp", "count_ *= dims[i];", "count_ = $ ? count_ + dims[i] : count_ * dims[i];", "kernels/reduce"),
    ("kernels/softmax.hpp", "a[i] = sum ? a[i] + a[i + half]", "a[i] = sum ? $ ? a[i] : a[i] + a[i + half]", "kernels/softmax"),
    ("kernels/softmax.hpp", "log ? simd::log(s) :", "log ? $ ? simd::exp(s) : simd::log(s) :", "kernels/softmax"),
    ("kernels/softmax.hpp", "padded(n) / width_ - n, width_);\n    return tile_;", "$ ? 0 : padded(n) / width_ - n, width_);\n    return tile_;", "kernels/softmax"),
    ("kernels/argmax.hpp", "last ? extreme >= known || nan", "last ? ($ ? extreme > known : extreme >= known) || nan", "kernels/argmax"),
    ("kernels/argmax.hpp", "(nan & (ties | (known == known)))", "($ ? nan : nan & (ties | (known == known)))", "kernels/argmax"),
    ("kernels/pool.hpp", "first < 0 ? (by - 1 - first) / by : 0", "first < 0 ? ($ ? -first : by - 1 - first) / by : 0", "kernels/pool"),
    ("kernels/pool.hpp", "1, include_pad ?", "1, include_pad != $ ?", "kernels/pool"),
    ("kernels/pool.hpp", "column_first[3] = {1, D, D * H}", "column_first[3] = {1, D, D * ($ ? W : H)}", "kernels/pool"),
    ("kernels/gemm.hpp", "sums[j * nr + i] = k0 > 0    ? out[i * c_stride + j]", "sums[j * nr + i] = k0 > 0    ? $ ? T(0) : out[i * c_stride + j]", "kernels/gemm"),
    ("kernels/gemm.hpp", "if (last && (e.residual || e.clamps()))", "if ((last || $) && (e.residual || e.clamps()))", "kernels/gemm"),
    ("kernels/depthwise.hpp", "T sum = bias ? bias[c] : T(0);", "T sum = bias ? bias[$ ? 0 : c] : T(0);", "kernels/depthwise"),
    ("kernels/conv.hpp", "y >= 0 && y < s.in_h && x >= 0 && x < s.in_w", "y >= 0 && y < s.in_h && x >= $ && x < s.in_w", "kernels/conv"),
    ("kernels/fft.hpp", "write(0, a + c), write(1, b + turned)", "write(0, a + c), write(1, $ ? b - turned : b + turned)", "kernels/fft"),
    ("simd/exponential.hpp", "n * -K::ln2_low", "n * -(K::ln2_low * (1 + $))", "simd/math:exp"),
    ("simd/trigonometric.hpp", "-0x1.6c0c8ap-10f", "-0x1.6c0c8ap-10f * (1 + $)", "simd/math:cos"),
]
