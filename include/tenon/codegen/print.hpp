// A plan as a C++ header: what a session does for one set of input shapes, written down. Values, places,
// packed weights and steps are the plan's own, so the bits are the session's.
#pragma once

#include "../graph/model.hpp"
#include "../graph/plan.hpp"
#include "attributes.hpp"
#include "generated.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

/// Operators that a header of include/tenon/ops/ defines.
struct family {
  std::string_view header;  ///< "conv.hpp"
  op_list operators;
};

struct header_options {
  std::string_view name = "model";      ///< of the namespace
  std::string_view source = {};         ///< what it is made from, for the first line
  std::string_view weights = {};        ///< the file that the header embeds, as #embed is to find it
  std::span<const family> families{};   ///< without, the header includes all operators
  i64 max_memory = i64{2} << 30;        ///< an arena above this is refused
};

struct printed {
  std::string header;
  std::vector<std::byte> weights;  ///< what is to be in the file; may be empty
  std::string summary;             ///< one line for people
};

namespace detail {

class printer {
 public:
  printer(const model& m, const plan& p, const header_options& options)
      : g_(m.nodes()), plan_(p), options_(options), in_plan_(in_plan), members_(in_plan), class_scope_(in_class) {}

  result<printed> run() {
    refuse();
    if (found_.none()) {
      name_values();
      for (const step& s : plan_.steps) add(s);
      if (!bytes_.bytes().empty() && options_.weights.empty())
        found_.add(code::invalid, {"the header has weights to embed, and no file is named for them"});
    }
    if (!found_.none()) return std::unexpected(found_.all());
    printed out;
    out.header = header();
    out.summary = join({plan_.steps.size(), " steps, arena ", plan_.arena_bytes, " bytes, weights ", bytes_.bytes().size(), " bytes"});
    out.weights = bytes_.take();
    return out;
  }

 private:
  static constexpr std::initializer_list<std::string_view> in_plan = {
      "absent", "arena", "arena_bytes", "arguments", "bytes", "caller", "constant", "most_operands", "operators", "ops",
      "order", "owned", "packed", "place", "run", "runner", "steps", "with"};
  static constexpr std::initializer_list<std::string_view> in_class = {
      "arguments", "from", "make", "memory", "model", "outputs", "plan", "run", "try_run"};

  const planned& at(int v) const { return plan_.values[static_cast<unsigned>(v)]; }
  const node& node_of(const step& s) const { return g_.nodes[static_cast<unsigned>(s.node)]; }
  static bool is_packed(const node& n, std::size_t input) {
    return tenon::detail::is_packed(n.op.info(), n.packed.data() != nullptr, input);
  }

  // ---- What has no generated form ----

  void refuse() {
    for (const step& s : plan_.steps) {
      const std::string who = s.node < 0 ? "a copy" : node_of(s).title();
      bool strings = false;
      for (const auto* ids : {&s.inputs, &s.outputs})
        for (int v : *ids) strings |= v >= 0 && at(v).what.type == dtype::string;
      if (strings) found_.add(code::unsupported, {who, ": strings have no generated form"});
      else if (s.deferred) found_.add(code::unsupported, {who, ": the shape of its result is only known when it runs"});
      if (s.deferred) continue;
      if (s.node < 0) continue;
      weights scratch;
      const spelled_operator o = spell_operator(node_of(s).op.info(), node_of(s).op.get(), scratch);
      if (!o.unknown.empty()) found_.add(code::unsupported, {who, ": ", o.unknown, " has no generated form"});
    }
    for (int v : g_.inputs)
      if (const dtype d = at(v).what.type; d == dtype::string || is_container(d))
        found_.add(code::unsupported, {"input ", in_quotes(g_.at(v).name), ": ", is_container(d) ? full_name(d) : "strings", is_container(d) ? " has" : " have", " no generated form"});
    if (plan_.arena_bytes > options_.max_memory)
      found_.add(code::limit, {"a run needs ", plan_.arena_bytes, " bytes for its values, more than the limit of ", options_.max_memory});
  }

  // ---- Values ----

  /// Inputs and outputs first: they are what users see.
  void name_values() {
    names_.assign(plan_.values.size(), {});
    for (int v : g_.inputs) name(v);
    for (std::size_t i = 0; i < g_.outputs.size(); ++i)
      name(plan_.outputs[i], g_.at(g_.outputs[i]).name);
  }
  const std::string& name(int v, std::string_view wanted = {}) {
    std::string& s = names_[static_cast<unsigned>(v)];
    if (!s.empty()) return s;
    std::string made_up;
    if (wanted.empty()) {
      if (static_cast<std::size_t>(v) < g_.values.size()) wanted = g_.at(v).name;
      else wanted = made_up = reordered(v);
    }
    return s = in_plan_.give(wanted);
  }
  std::string reordered(int v) {
    for (const step& s : plan_.steps)
      if (s.node < 0 && s.outputs[0] == v)
        return join({name(s.inputs[0]), at(v).stored == order::channels_last ? "_channels_last" : "_plain"});
    return {};
  }

  /// The value's name in the plan's namespace, declared if it was not.
  const std::string& use(int v, bool packed = false) {
    const std::string& s = name(v);
    const std::size_t i = static_cast<std::size_t>(v);
    if (declared_.size() <= i) declared_.resize(plan_.values.size());
    if (declared_[i]) return s;
    const planned& p = at(v);
    const std::string dims = join({"{", listed(p.what.dims.span()), "}"});
    const std::string_view type = type_of(p.what.type);
    const std::string_view stored = p.stored == order::channels_last ? ", order::channels_last" : "";
    std::string& to = p.where == planned::home::constant ? constants_ : values_;
    switch (p.where) {
      case planned::home::arena: to += join({"inline constexpr place ", s, " = arena<", type, ">(", p.offset, ", ", dims, stored, ");\n"}); break;
      case planned::home::input: to += join({"inline constexpr place ", s, " = caller<", type, ">(", p.offset, ", ", dims, ");\n"}); break;
      case planned::home::constant:
        if (packed) return packed_name(v, type, dims);
        to += join({"inline constexpr place ", s, " = constant<", type, ">(",
                    bytes_.add({p.what.constant.bytes, static_cast<std::size_t>(p.what.constant.byte_size())}), ", ", dims, ");\n"});
        break;
      case planned::home::nowhere: case planned::home::deferred: break;  // refused before
    }
    declared_[i] = true;
    return s;
  }
  /// A constant may be read by one operator as it is and by another in packed form.
  const std::string& packed_name(int v, std::string_view type, const std::string& dims) {
    for (const auto& [value, s] : packed_)
      if (value == v) return s;
    packed_.emplace_back(v, in_plan_.give(join({name(v), "_packed"})));
    constants_ += join({"inline constexpr place ", packed_.back().second, " = packed<", type, ">(", dims, ");\n"});
    return packed_.back().second;
  }

  // ---- Steps ----

  void add(const step& s) {
    const std::string in = s.inputs.empty() || s.inputs[0] < 0 ? "" : join({at(s.inputs[0]).what.dims, " "});
    const std::string shapes = join({"  // ", in, "-> ", at(s.outputs[0]).what.dims, "\n"});
    if (s.node < 0) {
      steps_ += join({"  run.store(", use(s.inputs[0]), ", ", use(s.outputs[0]), ");", shapes});
      return;
    }
    const node& n = node_of(s);
    const op_info& info = n.op.info();
    std::string more;
    const auto option = [&](std::initializer_list<piece> what) { more += join({more.empty() ? "" : ", ", join(what)}); };
    const bool direct = as_it_is(s, n);
    if (needs_scratch(s, n, direct)) option({".scratch = ", s.scratch});
    if (n.packed.data() != nullptr) option({".packed = ", bytes_.add({n.packed.data(), n.packed.size()})});
    if (!s.clamp.everything()) {
      const std::string lo = s.clamp.lo == -__builtin_inf() ? "" : join({".lo = ", spelled(s.clamp.lo, false)});
      const std::string hi = s.clamp.hi == __builtin_inf() ? "" : join({".hi = ", spelled(s.clamp.hi, false)});
      option({".clamp = {", lo, lo.empty() || hi.empty() ? "" : ", ", hi, "}"});
    }
    std::string inputs, outputs;
    for (std::size_t i = 0; i < s.inputs.size(); ++i)
      inputs += join({i == 0 ? "" : ", ", s.inputs[i] < 0 ? "absent" : input(s, n, i)});
    for (std::size_t i = 0; i < s.outputs.size(); ++i)
      outputs += join({i == 0 ? "" : ", ", s.outputs[i] < 0 ? "absent" : use(s.outputs[i])});
    steps_ += join({"  run.", direct ? "step(" : "converting_step(", literal(n.title()), ", ", op(n), ", {", inputs, "}, {", outputs, "}",
                    more.empty() ? "" : join({", {", more, "}"}), ");", shapes});
    most_operands_ = std::max(most_operands_, s.inputs.size() + s.outputs.size());
    include(info);
    needs(s, info);
  }

  /// An input of a step. A constant is called after the node that reads it first: "stem_W".
  const std::string& input(const step& s, const node& n, std::size_t i) {
    const int v = s.inputs[i];
    const signature& formals = n.op.info().inputs;
    if (at(v).where == planned::home::constant && !n.name.empty() && static_cast<int>(i) < formals.size && !formals.at(static_cast<int>(i)).variadic)
      name(v, join({n.name, "_", formals.at(static_cast<int>(i)).name}));
    return use(v, is_packed(n, i));
  }
  /// True where run_node would hand the operands to the operator as they lie.
  bool as_it_is(const step& s, const node& n) const {
    std::vector<any_view> in;
    std::vector<mutable_any_view> out;
    const auto add = [&](auto& to, int v) {
      if (v < 0) return to.push_back({});
      const planned& p = at(v);
      to.push_back({p.what.type, p.what.dims, strides_of(p.what.dims, p.stored), nullptr});
    };
    for (int v : s.inputs) add(in, v);
    for (int v : s.outputs) add(out, v);
    return tenon::detail::takes_all(n.op.info(), run_context(in, out, nullptr, n.packed.data()));
  }
  static bool needs_scratch(const step&, const node& n, bool direct) { return !direct || n.op.info().scratch != nullptr; }

  /// The operator: on the spot where making it takes no memory, else a member made once.
  std::string op(const node& n) {
    const spelled_operator o = spell_operator(n.op.info(), n.op.get(), bytes_);
    if (!o.allocates) return o.text;
    for (const auto& [text, member] : operators_)
      if (text == o.text) return "with." + member;
    std::string wanted;
    for (char c : n.op.info().name) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper && !wanted.empty() && wanted.back() >= 'a' && wanted.back() <= 'z') wanted += '_';
      wanted += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    operators_.emplace_back(o.text, members_.give(wanted));
    return "with." + operators_.back().second;
  }

  void include(const op_info& info) {
    for (const family& f : options_.families)
      if (f.operators.find(info.domain, info.name) == &info) {
        includes_.insert(std::string(f.header));
        return;
      }
    includes_.insert("all.hpp");
  }
  /// Types that kernels must be compiled for; what only moves bytes asks for none.
  void needs(const step& s, const op_info& info) {
    if (info.dtypes == dtypes::all) return;
    const auto add = [&](const signature& formals, const std::vector<int>& ids) {
      for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids[i] >= 0 && formals.at(static_cast<int>(i)).type == 'T') {
          const dtype d = at(ids[i]).what.type;
          types_ = types_ | dtype_set{d, dtypes::floating.has(d) ? compute_dtype(d) : d};
        }
    };
    add(info.inputs, s.inputs);
    add(info.outputs, s.outputs);
  }

  // ---- The text ----

  struct port {
    int value;
    std::string name, dims, type;
  };
  std::vector<port> ports(const std::vector<int>& values, std::span<const int> named) {
    std::vector<port> all;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const known& k = at(values[i]).what;
      const std::string name = class_scope_.give(g_.at(named[i]).name);
      for (const char* of : {"_dims", "_view"}) class_scope_.give(name + of);
      all.push_back({values[i], name, listed(k.dims.span()), std::string(type_of(k.type))});
    }
    return all;
  }
  std::string told(const std::vector<int>& values, std::span<const int> named) const {
    std::string s;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const known& k = at(values[i]).what;
      s += join({i == 0 ? "" : ", ", shown(g_.at(named[i]).name), " ", tenon::name(k.type), " ", k.dims});
    }
    return s;
  }

  std::string header() {
    for (int v : plan_.outputs) use(v);
    const std::vector<port> in = ports(g_.inputs, g_.inputs), out = ports(plan_.outputs, g_.outputs);
    for (const port& p : in) use(p.value);
    const std::size_t weight_bytes = bytes_.bytes().size();
    const std::string space = identifiers({}).give(options_.name);

    std::string s = join({"// ", options_.source.empty() ? "A model" : shown(options_.source), " as C++, by tenon " TENON_VERSION "; made, not written: do not edit.\n//   ",
                          told(g_.inputs, g_.inputs), " -> ", told(plan_.outputs, g_.outputs), "\n//   ", plan_.steps.size(), " steps, an arena of ", plan_.arena_bytes,
                          " bytes, ", weight_bytes, " bytes of weights", types_.bits == 0 ? "" : "; computes in ", types_.bits == 0 ? "" : dtype_list(types_, ","),
                          types_.bits == 0 ? "" : " (the program is smaller with -DTENON_DTYPES=", types_.bits == 0 ? "" : dtype_list(types_, ","),
                          types_.bits == 0 ? "" : ")", "\n#pragma once\n\n#include <tenon/codegen/generated.hpp>\n"});
    for (const std::string& file : includes_) s += join({"#include <tenon/ops/", file, ">\n"});
    s += join({"\nTENON_COLD_BEGIN\nnamespace ", space, "::inline TENON_BUILD {\n\n/// The plan: nothing in here is for users.\nnamespace plan {\n\n"
               "using namespace tenon::codegen;\nusing tenon::order;\nnamespace ops = tenon::ops;\n"});
    if (types_.bits != 0)
      s += join({"static_assert(compiles({", dtype_list(types_, ", ", "tenon::dtype::"), "}), \"TENON_DTYPES leaves out what this model computes in\");\n"});
    s += join({"static_assert(packed_lanes == ", packed_lanes, " && sizeof(void*) <= ", sizeof(void*),
               ", \"weights are packed and places are made for another kind of build\");\n\n"});
    if (weight_bytes != 0) {
      char digest[20];
      std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(bytes_.digest()));
      s += join({"// With other weights this is another header, which compiler caches see by their FNV-1a: ", digest,
                 "\n#pragma clang diagnostic push\n#pragma clang diagnostic ignored \"-Wc23-extensions\"\n"
                 "alignas(64) inline constexpr unsigned char bytes[] = {\n#embed ", embedded(options_.weights),
                 "\n};\n#pragma clang diagnostic pop\nstatic_assert(sizeof bytes == ", weight_bytes, ", \"these are not the weights of this header\");\n"});
    } else {
      s += "inline constexpr const unsigned char* bytes = nullptr;\n";
    }
    s += join({"\ninline constexpr tenon::i64 arena_bytes = ", plan_.arena_bytes, ";\ninline constexpr int most_operands = ", most_operands_, ";\n"});
    if (!constants_.empty()) s += "\n// Constants: places in the weights.\n" + constants_;
    s += "\n// Inputs, and results with their places in the arena.\n" + values_;
    s += join({"\n/// Operators whose attributes take memory.\nstruct operators {", operators_.empty() ? "" : "\n"});
    for (const auto& [text, member] : operators_)
      s += join({"  ", std::string_view(text).substr(0, text.find('{')), " ", member, std::string_view(text).substr(text.find('{')), ";\n"});
    s += join({"};\n\ninline void steps(runner& run, ", operators_.empty() ? "const operators&" : "const operators& with", ") {\n"});
    for (const port& p : in) s += join({"  run.check(", literal(in_quotes(g_.at(g_.inputs[static_cast<std::size_t>(&p - in.data())]).name)), ", ", name(p.value), ");\n"});
    s += steps_ + "}\n\n}  // namespace plan\n\n";
    s += the_class(in, out);
    s += join({"\n}  // namespace ", space, "\nTENON_COLD_END\n"});
    return s;
  }

  std::string the_class(const std::vector<port>& in, const std::vector<port>& out) {
    std::string s = join({"/// ", told(g_.inputs, g_.inputs), " -> ", told(plan_.outputs, g_.outputs), ".\nclass model {\n public:\n"});
    std::string taken, given;
    for (const port& p : in) {
      s += join({"  using ", p.name, "_dims = tenon::extents<", p.dims, ">;\n"});
      taken += join({taken.empty() ? "" : ", ", "const tenon::codegen::argument<", p.type, ", ", p.name, "_dims>& ", p.name});
      given += join({given.empty() ? "" : ", ", p.name});
    }
    for (const port& p : out) s += join({"  using ", p.name, "_view = tenon::view<const ", p.type, ", tenon::extents<", p.dims, ">>;\n"});
    std::string answer = out.size() == 1 ? out[0].name + "_view" : "outputs";
    if (out.size() != 1) {
      s += "  struct outputs {\n";
      for (const port& p : out) s += join({"    ", p.name, "_view ", p.name, ";\n"});
      s += "  };\n";
    }
    const auto value = [&](const port& p) {
      return join({"run.result<", p.type, ", tenon::extents<", p.dims, ">>(plan::", name(p.value), ")"});
    };
    std::string values;
    for (const port& p : out) values += join({values.empty() ? "" : ", ", value(p)});
    if (out.size() != 1) values = join({"outputs{", values, "}"});
    s += join({R"(
  /// Takes the memory for all runs; where there is none, `raise`.
  model() : model(tenon::value_or_raise(tenon::codegen::make_memory(plan::arena_bytes, plan::most_operands, nullptr))) {}
  /// The same, with an answer where there is none.
  static tenon::result<model> make(tenon::memory* from = nullptr) {
    auto memory = tenon::codegen::make_memory(plan::arena_bytes, plan::most_operands, from);
    if (!memory.has_value()) return std::unexpected(memory.error());
    return model(std::move(*memory));
  }

  /// Runs. Nothing is allocated; what comes back is a view that holds until the next run.
  tenon::result<)", answer, "> try_run(", taken, ") {\n    const std::array<tenon::any_view, ", in.size(), "> arguments{", given,
               "};\n    tenon::codegen::runner run(arguments, memory_, plan::arena_bytes, plan::bytes);\n    plan::steps(run, operators_);\n"
               "    if (!run.done().has_value()) return std::unexpected(run.done().error());\n    return ", values,
               ";\n  }\n  /// The pleasant twin: what is wrong goes to `raise`.\n  ", answer, " run(", taken, ") { return tenon::value_or_raise(try_run(", given,
               ")); }\n  ", answer, " operator()(", taken, ") { return run(", given,
               "); }\n\n private:\n  explicit model(tenon::buffer memory) : memory_(std::move(memory)) {}\n"
               "  tenon::buffer memory_;\n  plan::operators operators_;\n};\n"});
    return s;
  }

  static std::string dtype_list(dtype_set set, std::string_view between, std::string_view before = "") {
    std::string s;
    for (int d = 1; d < dtype_count; ++d)
      if (set.has(static_cast<dtype>(d))) s += join({s.empty() ? "" : between, before, enumerator_of(static_cast<dtype>(d))});
    return s;
  }
  /// A file's name as the preprocessor reads it, which knows no escapes.
  static std::string embedded(std::string_view file) {
    std::string s = "\"";
    for (char c : file) s += c == '"' || static_cast<unsigned char>(c) < 32 ? '_' : c;
    return s += '"';
  }

  const graph& g_;
  const plan& plan_;
  header_options options_;
  faults found_;
  identifiers in_plan_, members_, class_scope_;
  std::vector<std::string> names_;
  std::vector<bool> declared_;
  std::vector<std::pair<int, std::string>> packed_;
  std::vector<std::pair<std::string, std::string>> operators_;
  std::set<std::string> includes_;
  dtype_set types_;
  weights bytes_;
  std::size_t most_operands_ = 1;
  std::string constants_, values_, steps_;
};

}  // namespace detail

/// Prints a model for inputs of these dtypes and dimensions (`set_sizes`). All that has no generated
/// form is reported at once.
inline result<printed> print(const model& m, std::span<const known> inputs, const header_options& options = {}) {
  auto p = make_plan(m.nodes(), inputs);
  if (!p.has_value()) return std::unexpected(p.error());
  return detail::printer(m, *p, options).run();
}

}  // namespace tenon
TENON_COLD_END
