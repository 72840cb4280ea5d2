// The contract: signatures read from their text, inputs checked against them, output types that follow.
#include "tenon/ops/contract.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

/// Formals as a text, kept in the type.
template <std::size_t N>
struct text_of {
  char all[N]{};
  consteval text_of(const char (&s)[N]) { std::copy_n(s, N, all); }
};
template <text_of S>
struct spec {
  static consteval std::string_view text() { return {S.all, sizeof S.all - 1}; }
};
template <text_of S>
constexpr signature formals = signature_of<spec<S>>;

struct sample {
  op_info info{};
  sample(const signature& in, const signature& out) {
    info.inputs = in, info.outputs = out;
    info.dtypes = dtypes::floating;
  }
  std::string says(std::initializer_list<dtype> types) const {
    std::vector<known> in;
    for (dtype d : types) in.push_back({d, shape{1}, {}});
    const status s = check_inputs(info, in);
    return s.has_value() ? "" : s.error().message;
  }
};

}  // namespace

TEST_CASE("a signature says name, type, what may be left out and what repeats") {
  static constexpr signature s = formals<"X:T W:T B?:U rest:*">;
  static_assert(s.size == 4 && !s.variadic() && s.least() == 4);
  CHECK(s.at(2).name == "B");
  CHECK(s.at(2).optional);
  CHECK(s.at(2).type == 'U');
  CHECK(s.at(3).type == '*');
  static constexpr signature optional = formals<"X:T min?:T max?:T">, variadic = formals<"first:I inputs:T*">;
  static_assert(optional.least() == 1 && optional.size == 3 && variadic.variadic() && variadic.size == 2);
  CHECK(variadic.at(1).name == "inputs");
  CHECK(variadic.at(9).name == "inputs");
  CHECK(variadic.at(1).variadic);
}

TEST_CASE("inputs are checked against the signature") {
  const sample s(formals<"X:T B?:T axes?:I">, formals<"Y:T">), v(formals<"inputs:T*">, formals<"Y:T">),
      mixed(formals<"X:T Y:U">, formals<"Z:U">), any(formals<"A:* B:*">, formals<"C:T">);
  CHECK(s.says({dtype::f32}) == "");
  CHECK(s.says({dtype::f32, dtype::none, dtype::i64}) == "");
  CHECK(s.says({dtype::f32, dtype::none, dtype::none}) == "");
  CHECK(s.says({}) == "takes 1 to 3 inputs, not 0");
  CHECK(s.says({dtype::f32, dtype::f32, dtype::i64, dtype::f32}) == "takes 1 to 3 inputs, not 4");
  CHECK(s.says({dtype::none}) == "input X is missing");
  CHECK(s.says({dtype::i8}) == "input X cannot be int8");
  CHECK(s.says({dtype::f32, dtype::f16}) == "input B is float16 where float32 is expected");
  CHECK(s.says({dtype::f32, dtype::f32, dtype::i32}) == "input axes cannot be int32");
  CHECK(v.says({}) == "takes 1 or more inputs, not 0");
  CHECK(v.says({dtype::f32, dtype::f32, dtype::f32}) == "");
  CHECK(v.says({dtype::f32, dtype::f32, dtype::f64}) == "input inputs is float64 where float32 is expected");
  CHECK(mixed.says({dtype::f32, dtype::string}) == "");
  CHECK(mixed.says({dtype::f32}) == "takes 2 inputs, not 1");
  CHECK(any.says({dtype::string, dtype::i4}) == "");
}

TEST_CASE("an output has the type of its variable") {
  const type_variable counts[] = {{'C', {dtype::i32}}};
  sample s(formals<"X:T shape:I">, formals<"Y:T n:I truth:B count:C other:V">);
  s.info.types = counts;
  const known in[] = {{dtype::f16, shape{2}, {}}, {dtype::i64, shape{1}, {}}};
  known out[5];
  infer_context c(s.info, in, out);
  for (int i = 0; i < 4; ++i) CHECK(c.output(i, shape{i}).has_value());
  CHECK(out[0].type == dtype::f16);
  CHECK(out[1].type == dtype::i64);
  CHECK(out[2].type == dtype::boolean);
  CHECK(out[3].type == dtype::i32);
  CHECK(out[3].dims == shape{3});
  const status other = c.output(4, shape{1});
  REQUIRE(!other.has_value());
  if (!other.has_value()) CHECK(other.error().message == "the dtype of output 4 is not said");
  const status huge = c.output(0, shape{i64{1} << 40, i64{1} << 40});
  REQUIRE(!huge.has_value());
  if (!huge.has_value())
    CHECK(huge.error().message == "output 0 would have shape [1099511627776,1099511627776], more elements than 64 bits count");
  const status many = c.output(0, shape{i64{1} << 28, i64{1} << 29});
  REQUIRE(!many.has_value());
  if (!many.has_value()) CHECK(many.error().message == "a tensor of shape [268435456,536870912] has more bytes than 64 bits count");
  // Outputs that nobody asked for are left alone.
  CHECK(c.output(7, dtype::f32, shape{1}).has_value());
}

TEST_CASE("elements of a known input are dimensions when they fit") {
  const sample s(formals<"X:T shape:I">, formals<"Y:T">);
  const tensor<i64> dims({3}, {2, -1, 0});
  const tensor<i64> many(shape{13});
  const tensor<i32> narrow({2}, {4, 5});
  const known in[] = {{dtype::f16, shape{2}, {}}, {dtype::i64, shape{3}, dims.look()}, {dtype::i64, shape{13}, many.look()}, {dtype::i32, shape{2}, narrow.look()}};
  infer_context c(s.info, in, {});
  CHECK(c.constant_dims(1) == shape{2, -1, 0});
  CHECK(!c.constant_dims(0));
  CHECK(!c.constant_dims(2));
  CHECK(c.constant_dims(3) == shape{4, 5});
  CHECK(!c.has(4));
}

TEST_CASE("an operator knows its attributes through its row alone") {
  any_op a(row("Conv")), b(std::move(a));
  CHECK(&b.info() == &row("Conv"));
  CHECK(b.get() != nullptr);
  CHECK(row("Conv").attributes.size() == 6);
  CHECK(row("Conv").attributes[2].name == "group");
  CHECK(operators().find("ai.onnx", "Conv") == &row("Conv"));
  CHECK(operators().find("ai.onnx.ml", "Conv") == nullptr);
  CHECK(operators().find("", "conv") == nullptr);
}

}  // namespace tests::ops
