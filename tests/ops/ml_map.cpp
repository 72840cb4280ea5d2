// Maps: from classifiers, and to tensors.
#include "containers.hpp"

namespace tests::ops {
namespace {

using tenon::ops::CastMap;
using tenon::ops::DictVectorizer;
using tenon::ops::ZipMap;

any_tensor map(tenon::form f, any_tensor keys, any_tensor values) {
  any_tensor parts[] = {std::move(keys), std::move(values)};
  return value_or_raise(try_contain(in_form(f, parts[1].type()), parts));
}

TEST_CASE("rows become maps") {
  const any_tensor x = tensor<float>({2, 2}, {1, 2, 3, 4}), row = tensor<float>({2}, {5, 6}), cube = zeros(dtype::f32, {1, 1, 2});
  CHECK(made("ZipMap", ZipMap{.classlabels_int64s = {7, 9}}, {x}) == "{{[7 9],\n [1. 2.]},\n {[7 9],\n [3. 4.]}}");
  CHECK(made("ZipMap", ZipMap{.classlabels_strings = {"a", "b"}}, {row}) == "{{['a' 'b'],\n [5. 6.]}}");
  CHECK(made("ZipMap", ZipMap{.classlabels_strings = {"a"}}, {row}) == "ZipMap: X has shape [2], and there are 1 labels");
  CHECK(made("ZipMap", ZipMap{.classlabels_strings = {"a", "b"}}, {cube}) == "ZipMap: X has shape [1,1,2], and there are 2 labels");
  CHECK(made("ZipMap", ZipMap{}, {x}) == "ZipMap: one of classlabels_int64s and classlabels_strings is expected, and none is given");
  CHECK(made("ZipMap", ZipMap{.classlabels_int64s = {1, 2}, .classlabels_strings = {"a", "b"}}, {x}) ==
        "ZipMap: one of classlabels_int64s and classlabels_strings is expected, and both are given");
}

TEST_CASE("maps become tensors") {
  const any_tensor words = map(tenon::form::text_map, tensor<std::string>({2}, {"a", "c"}), tensor<i64>({2}, {4, 8})),
                   numbers = map(tenon::form::integer_map, tensor<i64>({3}, {5, 0, 2}), tensor<float>({3}, {50.5f, 0.5f, 20.5f})),
                   texts = map(tenon::form::integer_map, tensor<i64>({1}, {1}), tensor<std::string>({1}, {"one"}));
  CHECK(made("DictVectorizer", DictVectorizer{.string_vocabulary = {"a", "c", "b", "z"}}, {words}) == "[4 8 0 0]");
  CHECK(made("DictVectorizer", DictVectorizer{.int64_vocabulary = {2, 1}}, {texts}) == "['' 'one']");
  CHECK(made("DictVectorizer", DictVectorizer{.int64_vocabulary = {2, 3}}, {texts}) == "DictVectorizer: key 1 is not in the vocabulary");
  CHECK(made("DictVectorizer", DictVectorizer{.string_vocabulary = {"d", "a"}}, {words}) == "DictVectorizer: key 'c' is not in the vocabulary");
  CHECK(made("DictVectorizer", DictVectorizer{.string_vocabulary = {"a"}}, {texts}) ==
        "DictVectorizer: X is map of int64 to string, and the vocabulary is of string");
  CHECK(made("CastMap", CastMap{}, {numbers}) == "[[ 0.5 20.5 50.5]]");
  CHECK(made("CastMap", CastMap{.cast_to = "TO_INT64"}, {numbers}) == "[[ 0 20 50]]");
  CHECK(made("CastMap", CastMap{.map_form = "SPARSE", .max_map = 7}, {numbers}) == "[[ 0.5  0.  20.5  0.   0.  50.5  0. ]]");
  CHECK(made("CastMap", CastMap{.map_form = "SPARSE", .max_map = 5}, {numbers}) == "CastMap: key 5 is out of range for max_map 5");
  CHECK(made("CastMap", CastMap{.cast_to = "TO_STRING", .map_form = "SPARSE", .max_map = 2}, {texts}) == "[['0' 'one']]");
  CHECK(made("CastMap", CastMap{.map_form = "sparse"}, {numbers}) == "CastMap: map_form 'sparse' is unknown");
  CHECK(made("CastMap", CastMap{}, {words}) == "CastMap: input X cannot be map of string to int64");
  CHECK(made("CastMap", CastMap{}, {tensor<float>({1}, {1})}) == "CastMap: input X cannot be float32");
}

}  // namespace
}  // namespace tests::ops
