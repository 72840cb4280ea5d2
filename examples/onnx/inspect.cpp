#include "inspect.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/onnx/load.hpp>

#include "../support/text.hpp"
#include "beside.hpp"
#include "dimensions.hpp"
#include "images.hpp"
#include "operators.hpp"

namespace {

using tenon::i64, tenon::known, tenon::shape;
namespace wire = tenon::onnx;

void line(const char* what, const std::string& text) { std::printf("%-11s %s\n", what, text.c_str()); }

/// What a file says of itself, also where it cannot be loaded.
class contents {
 public:
  explicit contents(wire::byte_span file) {
    wire::model_proto m;
    m.read(wire::wire_reader(file));
    ir_ = m.ir_version;
    for (wire::wire_reader r(file); r.next(wire::bytes_key(8));) {
      wire::opset_proto o;
      o.read(r.inside());
      opsets_ += tenon::join({opsets_.empty() ? "" : ", ", tenon::shown(o.domain), o.domain.empty() ? "" : " ", o.version});
    }
    count(wire::wire_reader(m.graph, 1));
    graph_ = m.graph;
  }

  bool is_model() const { return !graph_.empty(); }
  void print(const char* file, i64 bytes) const {
    line("model", tenon::join({file, ", ", in_bytes(static_cast<double>(bytes)), ", IR version ", ir_, ", opset ", opsets_}));
  }
  /// Inputs and outputs as they are declared.
  void print_ports() const {
    std::vector<std::string_view> initializers;
    for (wire::wire_reader r(graph_, 1); r.next(wire::bytes_key(5));)
      for (wire::wire_reader t = r.inside(); t.next(wire::bytes_key(8));) initializers.push_back(t.text());
    std::ranges::sort(initializers);
    for (const std::uint32_t role : {11u, 12u})
      for (wire::wire_reader r(graph_, 1); r.next(wire::bytes_key(role));) {
        wire::value_proto v;
        v.read(r.payload());
        if (role == 12 || !std::ranges::binary_search(initializers, v.name))
          line(role == 11 ? "input" : "output", tenon::shown(v.name) + " " + type_of(v));
      }
  }
  /// A line per operator; what its nodes multiply and add is known only if the model could be planned.
  void print_operators(const tenon::model* m, const tenon::plan* p) {
    for (std::size_t i = 0; p != nullptr && i < p->steps.size(); ++i) add_macs(*m, *p, p->steps[i]);
    std::ranges::sort(rows_, [](const row& a, const row& b) { return a.nodes != b.nodes ? a.nodes > b.nodes : a.op < b.op; });
    i64 nodes = 0;
    double macs = 0;
    for (const row& r : rows_) nodes += r.nodes, macs += r.macs;
    line("operators", tenon::join({rows_.size(), " in ", nodes, nodes == 1 ? " node" : " nodes",
                                   p == nullptr ? "" : ", " + in_words(macs) + " multiply-adds"}));
    for (const row& r : rows_)
      std::printf("  %s %5lld%s\n", fit(r.domain.empty() ? r.op : r.domain + "." + r.op, 28).c_str(), static_cast<long long>(r.nodes),
                  r.macs == 0 ? "" : ("   " + in_words(r.macs)).c_str());
  }

 private:
  static std::string type_of(const wire::value_proto& v) {
    if (!v.other.empty()) return std::string(v.other);
    if (v.kind != tenon::form::tensor) return full_name(in_form(v.kind, static_cast<tenon::dtype>(v.element_type & 31)));
    const auto e = static_cast<std::uint64_t>(v.element_type);
    std::string text(name(static_cast<tenon::dtype>(std::min<std::uint64_t>(e, 31))));
    if (!v.ranked) return text + " of any shape";
    for (wire::wire_reader r(v.shape_message, 4); r.next(wire::bytes_key(1));) {
      std::string dim = "?";
      for (wire::wire_reader d = r.inside(); d.next();) {
        if (d.key() == wire::number_key(1)) dim = tenon::join({d.integer()});
        if (d.key() == wire::bytes_key(2)) dim = tenon::shown(d.text());
      }
      text += (text.find('[') == text.npos ? " [" : ",") + dim;
    }
    return text + (v.rank == 0 ? " []" : "]");
  }

  struct row {
    std::string domain, op;
    i64 nodes = 0;
    double macs = 0;
  };
  row& row_of(std::string_view domain, std::string_view op) {
    const auto at = std::ranges::find_if(rows_, [&](const row& r) { return r.domain == domain && r.op == op; });
    return at != rows_.end() ? *at : rows_.emplace_back(row{std::string(domain), std::string(op)});
  }
  /// The nodes of a graph, and of the graphs inside of them.
  void count(wire::wire_reader graph, int depth = 0) {
    constexpr int deepest = 16;
    while (depth < deepest && graph.next(wire::bytes_key(1))) {
      wire::node_proto n;
      if (n.read(graph.payload()).fault() != wire::wire_fault::none) return;
      ++row_of(n.domain, n.op_type).nodes;
      for (wire::wire_reader a = n.fields(); a.next(wire::node_proto::attribute);)
        for (wire::wire_reader in = a.inside(); in.next();)
          if (in.key() == wire::bytes_key(6) || in.key() == wire::bytes_key(11)) count(in.inside(), depth + 1);
    }
  }
  void add_macs(const tenon::model& m, const tenon::plan& p, const tenon::step& s) {
    if (s.node < 0 || s.deferred) return;
    const tenon::node& n = m.nodes().nodes[static_cast<unsigned>(s.node)];
    if (n.op.info().macs == nullptr) return;
    std::vector<known> in, out;
    for (int v : s.inputs) in.push_back(v < 0 ? known{} : p.values[static_cast<unsigned>(v)].what);
    for (int v : s.outputs) out.push_back(v < 0 ? known{} : p.values[static_cast<unsigned>(v)].what);
    row_of(n.op.info().domain, n.op.info().name).macs += n.op.info().macs(n.op.get(), in, out);
  }

  wire::byte_span graph_;
  i64 ir_ = 0;
  std::string opsets_;
  std::vector<row> rows_;
};

/// The inputs that a run is planned for: dimensions by --set, else 1.
std::vector<known> inputs_for(const tenon::model& m, const options& o) {
  std::vector<known> all;
  std::vector<std::string> ones;
  for (int i = 0; i < m.inputs(); ++i) {
    const tenon::port p = m.input(i);
    shape dims = p.dims;
    for (int axis = 0; axis < dims.rank(); ++axis) {
      if (dims[axis] >= 0) continue;
      const i64 n = size_of(m, i, axis, o);
      dims[axis] = n < 0 ? 1 : n;
      if (n < 0 && std::ranges::find(ones, name_of(m, i, axis)) == ones.end()) ones.push_back(name_of(m, i, axis));
    }
    line("input", tenon::join({tenon::shown(p.name), " ", described(m, i), p.dims == dims ? "" : " as ", p.dims == dims ? "" : tenon::join({dims})}));
    all.push_back({p.type, dims, {}});
  }
  for (const std::string& name : ones) line("note", tenon::shown(name) + " is taken as 1; --set gives it another size");
  return all;
}

void print_list(const char* what, const std::vector<std::string>& all, const char* why = "") {
  line(what, tenon::join({all.size(), all.size() == 1 ? " node" : " nodes", all.empty() ? "" : why}));
  for (const std::string& one : all) std::printf("  %s\n", one.c_str());
}

/// Elements of the constants that nodes read, but for shapes and axes.
i64 parameters_of(const tenon::graph& g) {
  const auto uses = count_uses(g);
  i64 n = 0;
  for (std::size_t v = 0; v < g.values.size(); ++v) {
    const tenon::value_info& c = g.values[v];
    if (c.is_constant() && uses[v] != 0 && c.type != tenon::dtype::i64 && c.type != tenon::dtype::string) n += tenon::count(c.dims);
  }
  return n;
}

void print_plan(const tenon::model& m, const tenon::plan& p) {
  const auto title = [&](int node) { return m.nodes().nodes[static_cast<unsigned>(node)].title(); };
  for (std::size_t i = 0; i < p.outputs.size(); ++i) {
    const tenon::port declared = m.output(static_cast<int>(i));
    const known& k = p.values[static_cast<unsigned>(p.outputs[i])].what;
    const bool known_now = k.type != tenon::dtype::none;
    const tenon::dtype type = known_now ? k.type : declared.type;
    std::string text = tenon::shown(declared.name) + " " + full_name(type);
    if (!is_container(type)) text += tenon::join({" ", known_now ? k.dims : declared.dims});
    line("output", text + (known_now ? "" : ", known when it has run"));
  }
  line("parameters", in_words(static_cast<double>(parameters_of(m.nodes()))));
  line("weights", in_bytes(static_cast<double>(m.bytes())));
  line("arena", in_bytes(static_cast<double>(p.arena_bytes)) + " for the values of a run");
  print_list("folded", m.notes().folded);
  std::vector<std::string> fused = m.notes().fused, unplanned;
  for (const auto& [node, into] : p.fused) fused.push_back(title(node) + " into " + title(into));
  print_list("fused", fused);
  for (const tenon::step& s : p.steps)
    if (s.deferred) unplanned.push_back(title(s.node));
  print_list("unplanned", unplanned, ", whose memory cannot be planned");
}

}  // namespace

int inspect(const options& o) {
  const auto complaint = [&](const tenon::error& e) {
    return complain(program, tenon::join({o.model, ": ", within(o.max_memory, e).message}));
  };
  tenon::limited_memory memory(o.max_memory);
  const auto file = tenon::read_file(o.model, &memory, o.max_memory);
  if (!file.has_value()) return complain(program, within(o.max_memory, file.error()).message);
  contents all((*file).look());
  files_beside files(o.model);
  images pictures;
  const auto m = tenon::onnx::try_load((*file).look(), all_operators(), {.from = &memory, .files = &files, .images = &pictures});
  if (m.has_value())
    if (tenon::status s = check_names(*m, o); !s.has_value()) return refuse(program, tenon::join({o.model, ": ", s.error().message}));
  if (!m.has_value() && !all.is_model()) return complaint(m.error());
  all.print(o.model, static_cast<i64>((*file).size()));
  if (!m.has_value()) {
    all.print_ports();
    all.print_operators(nullptr, nullptr);
    return complaint(m.error());
  }
  const auto inputs = inputs_for(*m, o);
  const auto p = make_plan((*m).nodes(), inputs);
  all.print_operators(&*m, p.has_value() ? &*p : nullptr);
  if (!p.has_value()) return complaint(p.error());
  print_plan(*m, *p);
  if ((*p).arena_bytes > o.max_memory - memory.used())
    return complaint({tenon::code::limit, tenon::join({"a run needs ", (*p).arena_bytes, " bytes for its values beside ",
                                                       memory.used(), " for the model, more than the limit of ", o.max_memory})});
  return 0;
}
