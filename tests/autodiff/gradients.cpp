// Every operator that has a gradient, against central differences in float64: first and second
// derivatives. What operators without one say is in backward.cpp.
#include "difference.hpp"
#include "operators.hpp"
#include "tenon/codegen/attributes.hpp"
#include "tenon/core/file.hpp"
#include "tenon/graph/ir.hpp"
#include "tenon/ops/all.hpp"

std::span<const tenon::row_and_rule> operator_rules();  // of all operators, see cmake/operators.cmake

namespace tests::autodiff {

namespace {

/// A shape, or elements, as operators take them.
any_tensor list_of(std::initializer_list<i64> values) { return tensor<i64>(shape{static_cast<i64>(values.size())}, values); }

class trial : public difference {
 public:
  explicit trial(const row_and_rule& r) : difference(fnv1a(r.row->name)), info_(r.row), rule_(r.rule) {}
  /// One application of the operator with these attributes.
  template <class Op>
  void of(const Op& op, std::initializer_list<any_tensor> inputs, int outputs = 1, u32 fixed = 0) {
    check({info_, rule_, &op, [](const void* o) -> std::shared_ptr<const void> {
             return std::make_shared<const Op>(*static_cast<const Op*>(o));
           }}, std::span(inputs.begin(), inputs.size()), outputs, fixed);
  }
  /// With the attributes' defaults.
  void plain(std::initializer_list<any_tensor> inputs) {
    const any_op op(*info_);
    check({info_, rule_, op.get(), [](const void* o) { return std::shared_ptr<const void>(std::shared_ptr<void>(), o); }},
          std::span(inputs.begin(), inputs.size()));
  }

 private:
  const op_info* info_;
  const tenon::detail::gradient_rule rule_;
};

/// Where an element-wise operator is smooth, if that is not everywhere beside multiples of 1/4.
struct domain {
  std::string_view name;
  double low, high;
};
constexpr domain domains[] = {
    {"Acos", -0.9, 0.9}, {"Acosh", 1.1, 3}, {"Asin", -0.9, 0.9}, {"Atanh", -0.9, 0.9}, {"Div", 0.5, 2},
    {"Log", 0.25, 3}, {"Mod", 0.6, 0.7}, {"Reciprocal", 0.5, 2}, {"Sqrt", 0.25, 3},
};

struct cases {
  std::string_view name;
  void (*of)(trial&);
};
const cases all_cases[] = {
    {"Clip", [](trial& t) {
       t.of(ops::Clip{}, {t.draw({3, 7}), t.draw({}, -1.4, -1.1), t.draw({}, 0.6, 0.9)});
       t.of(ops::Clip{}, {t.draw({3, 7}), any_tensor(), t.draw({}, 0.6, 0.9)});
       t.of(ops::Clip{}, {t.draw({3, 7}), t.draw({}, -1.4, -1.1)});
       t.of(ops::Clip{.lowest = {-1.25f}, .highest = {0.75f}}, {t.draw({3, 7})});
     }},
    {"MatMul", [](trial& t) {
       t.of(ops::MatMul{}, {t.draw({2, 3}), t.draw({3, 4})});
       t.of(ops::MatMul{}, {t.draw({2, 2, 3}), t.draw({3, 2})});
       t.of(ops::MatMul{}, {t.draw({2, 1, 2, 3}), t.draw({2, 3, 2})});
       t.of(ops::MatMul{}, {t.draw({3}), t.draw({3})});
       t.of(ops::MatMul{}, {t.draw({2, 3}), t.draw({3})});
       t.of(ops::MatMul{}, {t.draw({3}), t.draw({3, 2})});
       t.of(ops::MatMul{}, {t.draw({3}), t.draw({2, 3, 2})});
       t.of(ops::MatMul{}, {t.draw({2, 2, 3}), t.draw({3})});
       t.of(ops::MatMul{}, {t.draw({2, 0}), t.draw({0, 3})});
     }},
    {"Gemm", [](trial& t) {
       for (const bool a : {false, true})
         for (const bool b : {false, true})
           t.of(ops::Gemm{.alpha = 0.5f, .beta = 2, .transA = a, .transB = b},
                {t.draw(a ? shape{3, 2} : shape{2, 3}), t.draw(b ? shape{4, 3} : shape{3, 4}), t.draw({4})});
       t.of(ops::Gemm{}, {t.draw({2, 3}), t.draw({3, 4}), t.draw({2, 1})});
       t.of(ops::Gemm{}, {t.draw({2, 3}), t.draw({3, 4})});
     }},
    {"Transpose", [](trial& t) {
       t.of(ops::Transpose{}, {t.draw({2, 3, 2})});
       t.of(ops::Transpose{{2, 0, 1}}, {t.draw({2, 3, 2})});
       t.of(ops::Transpose{}, {t.draw({})});
     }},
    {"Reshape", [](trial& t) {
       t.of(ops::Reshape{}, {t.draw({2, 6}), list_of({3, -1})});
       t.of(ops::Reshape{.allowzero = true}, {t.draw({2, 0}), list_of({0, 3})});
     }},
    {"Squeeze", [](trial& t) {
       t.of(ops::Squeeze{}, {t.draw({2, 1, 3, 1})});
       t.of(ops::Squeeze{}, {t.draw({2, 1, 3, 1}), list_of({-1})});
     }},
    {"Unsqueeze", [](trial& t) { t.of(ops::Unsqueeze{}, {t.draw({2, 3}), list_of({0, 3})}); }},
    {"tenon.LegacyBroadcast", [](trial& t) { t.of(ops::LegacyBroadcast{.axis = 1}, {t.draw({3}), any_tensor(dtype::f32, {2, 3, 4})}); }},
    {"Expand", [](trial& t) {
       t.of(ops::Expand{}, {t.draw({3, 1}), list_of({2, 1, 4})});
       t.of(ops::Expand{}, {t.draw({}), list_of({2, 2})});
       t.of(ops::Expand{}, {t.draw({2, 3}), list_of({1})});
     }},
    {"Where", [](trial& t) {
       const any_tensor mask = tensor<bool>({2, 3}, {true, false, true, false, false, true});
       t.of(ops::Where{}, {mask, t.draw({2, 3}), t.draw({3})});
       t.of(ops::Where{}, {mask, t.draw({}), t.draw({2, 2, 3})});
     }},
    {"Pow", [](trial& t) {
       t.of(ops::Pow{}, {t.draw({2, 3}, 0.5, 2), t.draw({3})});
       t.of(ops::Pow{}, {t.draw({2, 3}), list_of({3})});
       t.of(ops::Pow{}, {t.draw({2, 3}), list_of({0, 1, 2})});
       t.of(ops::Pow{}, {t.draw({2, 2}), tensor<i32>(shape{}, {-2})});
     }},
    {"Gelu", [](trial& t) {
       t.of(ops::Gelu{}, {t.draw({13})});
       t.of(ops::Gelu{.approximate = "tanh"}, {t.draw({13})});
     }},
    {"com.microsoft.Gelu", [](trial& t) { t.of(ops::MicrosoftGelu{}, {t.draw({13})}); }},
    {"com.microsoft.BiasGelu", [](trial& t) { t.of(ops::BiasGelu{}, {t.draw({2, 5}), t.draw({5})}); }},
    {"com.microsoft.FastGelu", [](trial& t) {
       t.of(ops::FastGelu{}, {t.draw({2, 5}), t.draw({5})});
       t.of(ops::FastGelu{}, {t.draw({13})});
     }},
    {"com.microsoft.QuickGelu", [](trial& t) { t.of(ops::QuickGelu{}, {t.draw({13})}); }},
    {"LogSoftmax", [](trial& t) {
       t.of(ops::LogSoftmax{}, {t.draw({3, 4})});
       t.of(ops::LogSoftmax{.axis = 0}, {t.draw({3, 4})});
       t.of(ops::LogSoftmax{.axis = 1, .flattens = {true}}, {t.draw({2, 2, 3})});
     }},
    {"Slice", [](trial& t) {
       t.of(ops::Slice{}, {t.draw({5, 4}), list_of({3, 1}), list_of({-6, 4}), list_of({0, 1}), list_of({-2, 1})});
       t.of(ops::Slice{}, {t.draw({5}), list_of({1}), list_of({1})});
     }},
    {"Tile", [](trial& t) { t.of(ops::Tile{}, {t.draw({2, 3}), list_of({2, 2})}); }},
    {"Pad", [](trial& t) {
       for (const char* mode : {"constant", "edge", "reflect", "wrap"}) t.of(ops::Pad{.mode = mode}, {t.draw({3, 3}), list_of({1, 2, 0, 1})});
       t.of(ops::Pad{}, {t.draw({3, 3}), list_of({-1, 2, 0, 1})});
     }},
    {"Gather", [](trial& t) {
       t.of(ops::Gather{}, {t.draw({4, 2}), list_of({1, -1, 1})});
       t.of(ops::Gather{.axis = 1}, {t.draw({2, 3}), tensor<i32>({2, 2}, {0, 2, 2, 0})});
     }},
    {"GatherElements", [](trial& t) {
       t.of(ops::GatherElements{.axis = 1}, {t.draw({2, 3}), tensor<i64>({2, 2}, {0, 2, 1, 1})});
     }},
    {"GatherND", [](trial& t) {
       t.of(ops::GatherND{}, {t.draw({2, 3, 2}), tensor<i64>({2, 2}, {0, 2, 1, 1})});
       t.of(ops::GatherND{.batch_dims = 1}, {t.draw({2, 3}), tensor<i64>({2, 1}, {2, 2})});
     }},
    {"ScatterElements", [](trial& t) {
       t.of(ops::ScatterElements{.axis = 1, .reduction = "add"}, {t.draw({2, 3}), tensor<i64>({2, 2}, {0, 2, 1, 1}), t.draw({2, 2})});
     }},
    {"ScatterND", [](trial& t) {
       t.of(ops::ScatterND{.reduction = "add"}, {t.draw({3, 2}), tensor<i64>({3, 1}, {0, 2, 0}), t.draw({3, 2})});
     }},
    {"DepthToSpace", [](trial& t) {
       t.of(ops::DepthToSpace{.blocksize = 2}, {t.draw({1, 4, 1, 2})});
       t.of(ops::DepthToSpace{.blocksize = 2, .mode = "CRD"}, {t.draw({1, 8, 1, 2})});
     }},
    {"SpaceToDepth", [](trial& t) { t.of(ops::SpaceToDepth{.blocksize = 2}, {t.draw({1, 1, 2, 4})}); }},
    {"ReverseSequence", [](trial& t) { t.of(ops::ReverseSequence{}, {t.draw({3, 2}), list_of({2, 3})}); }},
    {"Trilu", [](trial& t) {
       t.of(ops::Trilu{}, {t.draw({3, 3})});
       t.of(ops::Trilu{.upper = false}, {t.draw({2, 3, 3}), tensor<i64>(shape{}, {1})});
     }},
    {"CenterCropPad", [](trial& t) { t.of(ops::CenterCropPad{}, {t.draw({3, 4}), list_of({5, 2})}); }},
    {"Compress", [](trial& t) {
       t.of(ops::Compress{.axis = 0}, {t.draw({3, 2}), tensor<bool>({3}, {true, false, true})});
       t.of(ops::Compress{}, {t.draw({3, 2}), tensor<bool>({4}, {true, false, true, true})});
     }},
    {"MaxPool", [](trial& t) {
       t.of(ops::MaxPool{.kernel_shape = ints{2, 2}, .strides = {2, 2}}, {t.distinct({2, 1, 4, 4})});
       t.of(ops::MaxPool{.kernel_shape = ints{3}, .pads = {1, 1}}, {t.distinct({1, 2, 5})});
     }},
    {"AveragePool", [](trial& t) {
       t.of(ops::AveragePool{.kernel_shape = ints{2, 2}, .strides = {2, 2}}, {t.draw({2, 2, 5, 4})});
       for (const bool all : {false, true})
         t.of(ops::AveragePool{.ceil_mode = all, .count_include_pad = all, .kernel_shape = ints{3, 2}, .pads = {1, 0, 1, 1}, .strides = {2, 1}},
              {t.draw({1, 2, 4, 3})});
     }},
    {"GlobalMaxPool", [](trial& t) { t.of(ops::GlobalMaxPool{}, {t.distinct({2, 2, 3})}); }},
    {"Conv", [](trial& t) {
       t.of(ops::Conv{}, {t.draw({2, 2, 4, 3}), t.draw({3, 2, 2, 2}), t.draw({3})});
       t.of(ops::Conv{.pads = {1, 0, 1, 1}, .strides = {2, 1}}, {t.draw({1, 1, 4, 4}), t.draw({2, 1, 2, 3})});
       t.of(ops::Conv{.strides = {3, 2}}, {t.draw({2, 1, 6, 4}), t.draw({1, 1, 2, 1})});
       t.of(ops::Conv{.dilations = {2, 1}, .group = 2, .strides = {1, 2}}, {t.draw({2, 4, 4, 3}), t.draw({2, 2, 2, 2}), t.draw({2})});
       t.of(ops::Conv{.auto_pad = "SAME_UPPER"}, {t.draw({1, 2, 4}), t.draw({1, 2, 3})});
       t.of(ops::Conv{.group = 3, .pads = {1, 1, 1, 1}}, {t.draw({1, 3, 3, 2}), t.draw({3, 1, 3, 3})});
     }},
    {"ConvTranspose", [](trial& t) {
       t.of(ops::ConvTranspose{}, {t.draw({2, 2, 2, 3}), t.draw({2, 3, 2, 2}), t.draw({3})});
       t.of(ops::ConvTranspose{.group = 2, .output_padding = {1, 0}, .pads = {1, 0, 0, 1}, .strides = {2, 1}},
            {t.draw({1, 2, 2, 3}), t.draw({2, 1, 3, 2})});
     }},
    {"LayerNormalization", [](trial& t) {
       t.of(ops::LayerNormalization{}, {t.draw({3, 4}), t.draw({4}), t.draw({4})}, 1);
       t.of(ops::LayerNormalization{.axis = 1}, {t.draw({2, 2, 2}), t.draw({2, 2})}, 1);
     }},
    {"RMSNormalization", [](trial& t) {
       t.of(ops::RMSNormalization{}, {t.draw({3, 4}), t.draw({4})});
       t.of(ops::RMSNormalization{.axis = 1, .epsilon = 0.5f}, {t.draw({2, 2, 2}), t.draw({2, 1})});
     }},
    {"BatchNormalization", [](trial& t) {
       t.of(ops::BatchNormalization{.training_mode = true}, {t.draw({3, 2, 2}), t.draw({2}), t.draw({2}), any_tensor(dtype::f32, {2}), any_tensor(dtype::f32, {2})}, 3);
     }},
    {"Dropout", [](trial& t) {
       t.of(ops::Dropout{.seed = 3}, {t.draw({12}), tensor<float>(shape{}, {0.25f}), tensor<bool>(shape{}, {true})}, 2);
       t.of(ops::Dropout{}, {t.draw({3})}, 2);
       t.of(ops::Dropout{.seed = 3, .trains = {true}, .old_ratio = {0.25f}}, {t.draw({12})}, 2);
     }},
    {"NegativeLogLikelihoodLoss", [](trial& t) {
       for (const char* reduction : {"none", "sum", "mean"}) {
         t.of(ops::NegativeLogLikelihoodLoss{.reduction = reduction, .ignore_index = 1}, {t.draw({4, 3}), list_of({2, 1, 0, 2})});
         t.of(ops::NegativeLogLikelihoodLoss{.reduction = reduction},
              {t.draw({2, 3, 2}), tensor<i64>({2, 2}, {2, 1, 0, 2}), tensor<double>({3}, {1, 2, 0.5})}, 1, 0b100);
       }
     }},
    {"SoftmaxCrossEntropyLoss", [](trial& t) {
       for (const char* reduction : {"none", "sum", "mean"})
         t.of(ops::SoftmaxCrossEntropyLoss{.reduction = reduction, .ignore_index = 1}, {t.draw({4, 3}), list_of({2, 1, 0, 2})}, 2);
       t.of(ops::SoftmaxCrossEntropyLoss{}, {t.draw({2, 3, 2}), tensor<i64>({2, 2}, {2, 1, 0, 2})}, 2);
     }},
    {"GlobalAveragePool", [](trial& t) { t.of(ops::GlobalAveragePool{}, {t.draw({2, 3, 2, 2})}); }},
    {"Flatten", [](trial& t) { t.of(ops::Flatten{}, {t.draw({2, 3, 2})}); }},
    {"Identity", [](trial& t) { t.of(ops::Identity{}, {t.draw({2, 3})}); }},
    {"Concat", [](trial& t) {
       t.of(ops::Concat{.axis = 1}, {t.draw({2, 3}), t.draw({2, 1}), t.draw({2, 2})});
       t.of(ops::Concat{.axis = -2}, {t.draw({1, 2, 3})});
     }},
    {"Split", [](trial& t) {
       t.of(ops::Split{.axis = 1, .num_outputs = 3}, {t.draw({2, 7})}, 3);
       t.of(ops::Split{.axis = -2}, {t.draw({5, 2}), list_of({1, 4})}, 2);
     }},
    {"CastLike", [](trial& t) { t.of(ops::CastLike{}, {t.draw({2, 3}), any_tensor(dtype::f64, {1})}, 1, 0b10); }},
    {"Cast", [](trial& t) { t.of(ops::Cast{.to = dtype::f64}, {t.draw({2, 3})}); }},
    {"Softmax", [](trial& t) {
       t.of(ops::Softmax{}, {t.draw({3, 4})});
       t.of(ops::Softmax{.axis = 0}, {t.draw({3, 4})});
       t.of(ops::Softmax{.axis = 1, .flattens = {true}}, {t.draw({2, 2, 3})});
       t.of(ops::Softmax{}, {t.draw({})});
     }},
};

/// The checks of an operator; false when it has none.
bool walk(trial& t, const op_info& info) {
  const std::string title = join({info.domain, info.domain.empty() ? "" : ".", info.name});
  for (const cases& c : all_cases)
    if (c.name == title) {
      c.of(t);
      return true;
    }
  if (info.kind == op_kind::general) return false;
  if (info.kind == op_kind::reduction) {
    const bool positive = info.name == "ReduceLogSum";
    const auto values = [&](const shape& dims) { return positive ? t.draw(dims, 0.5, 2) : t.distinct(dims); };
    t.plain({values({3, 4})}), t.plain({values({2, 3, 2}), list_of({0, -1})}), t.plain({values({5}), list_of({0})});
    t.plain({positive ? values({}) : t.draw({}, 0.5, 1)});
    return true;
  }
  double low = -2, high = 2;
  for (const domain& d : domains)
    if (d.name == info.name) low = d.low, high = d.high;
  const auto draw = [&](const shape& dims) { return t.draw(dims, low, high); };
  if (info.kind == op_kind::unary) {
    t.plain({draw({13})}), t.plain({draw({})}), t.plain({draw({2, 0})});
    return true;
  }
  if (info.name == "SwiGLU") {  // does not broadcast
    t.plain({draw({2, 3}), draw({2, 3})});
    return true;
  }
  if (info.name == "PRelu") {  // its slope broadcasts to X
    t.plain({draw({2, 3}), draw({3})}), t.plain({draw({2, 3}), draw({2, 1})});
    return true;
  }
  for (const auto& [a, b] : {std::pair<shape, shape>{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{1, 3}, {2, 1}}, {{}, {2, 2}}, {{1, 1}, {3}}})
    t.plain({draw(a), draw(b)});
  if (info.kind == op_kind::variadic) t.plain({draw({2, 2})}), t.plain({draw({2, 3}), draw({3}), draw({2, 1})});
  return true;
}

}  // namespace

// ---- The README's table ----

/// "float integer bool", or names where a family is not whole.
std::string spelled(dtype_set set) {
  if (set == dtypes::any) return "any value";
  if (set == dtypes::all) return "all";
  struct group {
    std::string_view name;
    dtype_set set;
  };
  static constexpr group groups[] = {{"float", dtypes::floating}, {"integer", dtypes::integers}, {"signed", dtypes::signed_integers},
                                     {"unsigned", dtypes::unsigned_integers}, {"float8", dtypes::float8},
                                     {"tiny", dtypes::tiny_integers}, {"complex", {dtype::c64, dtype::c128}}};
  std::string text;
  for (const group& g : groups)
    if ((set.bits & g.set.bits) == g.set.bits) text += join({text.empty() ? "" : " ", g.name}), set.bits &= ~g.set.bits;
  for (int d = 1; d < dtype_count; ++d)
    if (set.has(static_cast<dtype>(d))) text += join({text.empty() ? "" : " ", name(static_cast<dtype>(d))});
  return text;
}

std::string text_of(const char* path) {
  const auto file = read_file(path);
  REQUIRE_MESSAGE(file.has_value(), path);
  return file.has_value() ? std::string(as_text((*file).look())) : std::string();
}

/// Whether the code of a model can have the operator: it holds tensors of numbers, and shapes that are known when it is
/// printed. Some follow from elements: there these must be constants.
std::string_view in_generated_code(const op_info& info) {
  const any_op op(info);
  codegen::weights w;
  const auto foreign = [&](const signature& s) {
    return std::ranges::any_of(std::span(s.formals, static_cast<std::size_t>(s.size)), [&](const formal& f) {
      return !f.optional && (f.forms != 0 || info.set_of(f.type) == dtype_set{dtype::string});
    });
  };
  if (info.produce != nullptr || foreign(info.inputs) || foreign(info.outputs) || !codegen::spell_operator(info, op.get(), w).unknown.empty()) return "";
  if (info.validate != nullptr && !info.validate(op.get()).has_value()) return "yes";
  // What infer says when it knows all but the elements of the first input, whatever the rank is that it wants.
  bool texts = false;
  for (int rank = 0; rank < 5; ++rank) {
    const shape dims = shape{2, 2, 2, 2}.first(rank);
    std::vector<any_tensor> held;
    std::vector<known> in, out(static_cast<std::size_t>(info.outputs.size));
    for (int i = 0; i < info.inputs.size; ++i) {
      int d = 1;
      while (!info.set_of(info.inputs.at(i).type).has(static_cast<dtype>(d)) || static_cast<dtype>(d) == dtype::string) ++d;
      held.push_back(any_tensor(static_cast<dtype>(d), dims));
      in.push_back({held.back().type(), dims, i == 0 ? any_view() : held.back().look()});
    }
    infer_context c(info, in, out);
    if (!info.infer(op.get(), c).has_value()) continue;
    if (c.is_later()) return "of constants";
    texts |= std::ranges::find(out, dtype::string, &known::type) != out.end();
  }
  return texts ? "" : "yes";
}

/// One line per operator. The first opset that has it is ONNX's own figure; files of that one and of all
/// later ones are read.
std::string table_of_operators() {
  const std::string versions = "\n" + text_of("tests/onnx/first_versions.tsv");
  std::vector<std::string> lines;
  const auto add = [&](const op_info* info, bool has_gradient) {
    std::string opsets = join({info->since});
    if (const auto at = versions.find(join({"\n", info->name, "\t"})); info->domain.empty() && at != versions.npos) {
      const auto from = at + info->name.size() + 2;
      opsets = join({versions.substr(from, versions.find('\n', from) - from), " to ", newest_opset});
    }
    lines.push_back(join({"| ", info->domain, info->domain.empty() ? "" : ".", info->name, " | ", spelled(info->dtypes), " | ",
                          opsets, " | ", has_gradient && info->dtypes.has(dtype::f64) ? "yes" : "", " | ", in_generated_code(*info), " |\n"}));
  };
  for (const row_and_rule& r : operator_rules()) add(r.row, r.rule != nullptr);
  add(operators::differentiable().find("ai.onnx.preview.training", "Gradient"), true);
  std::ranges::sort(lines);
  std::string table = "| operator | element types of T | opsets | gradient | in generated code |\n|---|---|---|---|---|\n";
  for (const std::string& l : lines) table += l;
  return table;
}

TEST_CASE("the README's table of operators is what their rows say") {
  const std::string readme = text_of("README.md"), table = table_of_operators();
  const bool there = readme.find("\n" + table + "\n") != std::string::npos;
  CHECK(there);
  if (!there) std::cout << "README.md should have:\n\n" << table << "\n";
}

TEST_CASE("every gradient matches central differences, and so does its own") {
  int with = 0, without = 0;
  i64 compared = 0;
  std::string none;
  for (const row_and_rule& r : operator_rules()) {
    const op_info* const info = r.row;
    if (!info->dtypes.has(dtype::f64)) continue;
    if (r.rule == nullptr) {
      none += join({" ", info->name});
      continue;
    }
    ++with;
    trial t(r);
    if (!walk(t, *info)) {
      ++without;
      MESSAGE(info->name, " has a gradient that nothing checks");
    }
    CHECK_MESSAGE(t.compared > 0, info->name, " has cases without derivatives");
    CHECK_MESSAGE(t.faults == 0, t.faults, " of ", t.compared, " derivatives are wrong, first: ", t.first_fault);
    compared += t.compared;
  }
  std::cout << with << " operators with gradients, " << without << " of them without checks; " << compared
            << " derivatives compared; none have:" << none << "\n";
  CHECK(without == 0);
  CHECK(compared > 500);
}

}  // namespace tests::autodiff
