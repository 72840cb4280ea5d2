// Adagrad, Adam and Momentum of ONNX's training domain: one step of an optimiser, for any number of tensors.
#pragma once

#include "body.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

inline constexpr dtype_set trained_types{dtype::f32, dtype::f64};

/// After rate and count come `parts` lists of as many tensors: values, gradients, and what is carried on. The
/// outputs are all but the gradients.
inline status infer_training(infer_context& c, int parts) {
  for (int i = 0; i < 2; ++i)
    if (count(c.dims(i)) != 1) return c.invalid({i == 0 ? "R" : "T", " of shape ", c.dims(i), " is no scalar"});
  const int n = (c.inputs() - 2) / parts;
  if (n * parts != c.inputs() - 2) return c.invalid({c.inputs() - 2, " tensors are not ", parts, " for each that is trained"});
  if (c.outputs() > n * (parts - 1)) return c.invalid({c.outputs(), " outputs where there are ", n * (parts - 1)});
  for (int i = 0; i < n * parts; ++i) {
    const int first = 2 + i % n, at = 2 + i;
    if (!trained_types.has(c.type(at))) return fail(code::unsupported, {"input ", at, " cannot be ", name(c.type(at))});
    if (c.type(at) != c.type(first) || c.dims(at) != c.dims(first))
      return c.invalid({"input ", at, ", ", name(c.type(at)), " ", c.dims(at), ", does not fit input ", first, ", ", name(c.type(first)), " ", c.dims(first)});
    if (i / n == 1) continue;
    if (status s = c.output(i < n ? i : i - n, c.type(at), c.dims(at)); !s.has_value()) return s;
  }
  return {};
}
inline double scalar_of(const any_view& v) {
  return v.type == dtype::f64 ? *v.as<double>() : v.type == dtype::i64 ? static_cast<double>(*v.as<i64>()) : static_cast<double>(*v.as<float>());
}

/// Calls step(in, out) with a register of each of a tensor's parts, and stores what it leaves in `out`.
template <int Parts, class F>
void train(run_context& c, F step) {
  const int n = (c.inputs() - 2) / Parts;
  for (int i = 0; i < n; ++i)
    dispatch<trained_types>(c.input(2 + i).type, [&]<class T>() {
      using V = simd::vec<T>;
      const i64 size = c.input(2 + i).size();
      for (i64 at = 0; at < size; at += V::lanes) {
        V in[Parts], out[Parts - 1];
        for (int p = 0; p < Parts; ++p) in[p] = V::load(c.input(2 + p * n + i).template as<T>() + at, size - at);
        step(in, out);
        for (int p = 0; p < Parts - 1; ++p)
          if (const int to = p * n + i; to < c.outputs() && c.output(to)) out[p].store(c.output(to).template as<T>() + at, size - at);
      }
    });
}

}  // namespace detail

namespace ops {

/// Each element's rate falls with the squares of all its gradients (Duchi, Hazan and Singer, 2011).
struct Adagrad {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.preview.training";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = tenon::detail::trained_types;
  static constexpr auto inputs = "R:T T:I inputs:**", outputs = "outputs:**";

  float decay_factor = 0, epsilon = 1e-6f, norm_coefficient = 0;

  status infer(infer_context& c) const { return tenon::detail::infer_training(c, 3); }
  status run(run_context& c) const {
    const double rate = tenon::detail::scalar_of(c.input(0)) / (1 + tenon::detail::scalar_of(c.input(1)) * static_cast<double>(decay_factor));
    tenon::detail::train<3>(c, [&]<class V>(const V* in, V* out) {
      using T = simd::scalar_t<V>;
      const V g = in[0] * T(norm_coefficient) + in[1];
      out[1] = in[2] + g * g;
      out[0] = in[0] - g * T(rate) / (sqrt(out[1]) + T(epsilon));
    });
    return {};
  }
};

/// Running means of gradients, over the root of those of their squares (Kingma and Ba, 2014).
struct Adam {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.preview.training";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = tenon::detail::trained_types;
  static constexpr auto inputs = "R:T T:I inputs:**", outputs = "outputs:**";

  float alpha = 0.9f, beta = 0.999f, epsilon = 1e-6f, norm_coefficient = 0, norm_coefficient_post = 0;

  status infer(infer_context& c) const { return tenon::detail::infer_training(c, 4); }
  status run(run_context& c) const {
    double rate = tenon::detail::scalar_of(c.input(0));
    if (const double t = tenon::detail::scalar_of(c.input(1)); t > 0)
      rate *= sqrt(1 - pow(static_cast<double>(beta), t)) / (1 - pow(static_cast<double>(alpha), t));
    tenon::detail::train<4>(c, [&]<class V>(const V* in, V* out) {
      using T = simd::scalar_t<V>;
      const V g = in[0] * T(norm_coefficient) + in[1];
      out[1] = in[2] * T(alpha) + g * (T(1) - T(alpha));
      out[2] = in[3] * T(beta) + g * g * (T(1) - T(beta));
      out[0] = (in[0] - out[1] / (sqrt(out[2]) + T(epsilon)) * T(rate)) * (T(1) - T(norm_coefficient_post));
    });
    return {};
  }
};

/// Descent along a decaying sum of gradients, or, as Nesterov does, along what that sum will be.
struct Momentum {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.preview.training";
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = tenon::detail::trained_types;
  static constexpr auto inputs = "R:T T:I inputs:**", outputs = "outputs:**";

  required<float> alpha{}, beta{};
  required<std::string> mode{};
  required<float> norm_coefficient{};

  status infer(infer_context& c) const {
    if (mode.value != "standard" && mode.value != "nesterov") return c.invalid({"mode '", mode.value, "' is unknown"});
    return tenon::detail::infer_training(c, 3);
  }
  status run(run_context& c) const {
    const double rate = tenon::detail::scalar_of(c.input(0));
    const float fresh = tenon::detail::scalar_of(c.input(1)) > 0 ? beta.value : 1.0f;
    const bool nesterov = mode.value == "nesterov";
    tenon::detail::train<3>(c, [&]<class V>(const V* in, V* out) {
      using T = simd::scalar_t<V>;
      const V g = in[0] * T(norm_coefficient.value) + in[1];
      out[1] = in[2] * T(alpha.value) + g * T(fresh);
      out[0] = in[0] - (nesterov ? V(g + out[1] * T(alpha.value)) : out[1]) * T(rate);
    });
    return {};
  }
};

using training = list<Adagrad, Adam, Momentum>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
