// The attributes of one node: from the file into the members of an operator's struct, and, for nodes
// of older opsets, into the hands of the operator's `upgrade`.
#pragma once

#include "../core/random.hpp"
#include "../graph/ir.hpp"
#include "sparse.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// Is told of the graphs among a node's attributes, and fills `to` when the node is read; knows the values around the node.
class body_reader {
 public:
  virtual void want_body(byte_span bytes, std::unique_ptr<subgraph>& to) = 0;
  /// As scope::find_or_capture.
  virtual int find_value(std::string_view name) = 0;

 protected:
  ~body_reader() = default;
};

/// Reads the attributes of a node, adds faults for what is wrong with them, and fills the operator.
class attribute_importer final : public attribute_sink, public old_node {
 public:
  /// More attributes than any operator has; the bound keeps the search for duplicates short.
  static constexpr int most = 64;

  /// `referred`: in the body of a function, the attributes that its call gives it.
  attribute_importer(const node_proto& from, import_state& in, const std::vector<attribute_proto>* referred = nullptr,
                     body_reader* bodies = nullptr)
      : from_(from), in_(in), referred_(referred), bodies_(bodies) {}

  bool read() {
    for (wire_reader r = from_.fields(); r.next(node_proto::attribute);) {
      if (size_ == most) {
        fault(code::unsupported, {"has ", from_.attributes, " attributes, and at most ", most, " are supported"});
        break;
      }
      attribute_proto& a = all_[static_cast<unsigned>(size_)] = {};
      if (!in_.sound(a.read(r.payload()), "an attribute")) return false;
      if (find(a.name) != nullptr) told(a.name, {"is given twice"});
      else if (a.reference.empty()) ++size_;
      else if (referred_ == nullptr) told(a.name, {"refers to one of a function, and this is none"});
      else if (const auto at = std::ranges::find(*referred_, a.reference, &attribute_proto::name); at != referred_->end()) {
        const std::string_view name = a.name;  // else the call leaves it out, and so does this node
        a = *at;
        a.name = name;
        ++size_;
      }
    }
    return true;
  }
  /// What `read` has found.
  std::span<const attribute_proto> given() const { return std::span(all_).first(static_cast<unsigned>(size_)); }

  /// Fills the struct of `into`, upgrades it when the file's opset is older, and says what is left.
  bool fill(graph& g, node& into, int opset) {
    const op_info& info = into.op.info();
    graph_ = &g, node_ = &into, opset_ = opset;
    info.walk(into.op.get(), *this);
    const bool old = info.upgrade != nullptr && opset < info.since;
    if (old && going_)
      if (const status s = info.upgrade(into.op.get(), *this); !s.has_value()) {
        if (s.error().what == code::out_of_memory) return in_.end(s.error());
        fault(s.error().what, {s.error().message});
      }
    if (!going_) return false;
    for (const attribute& a : info.attributes) {
      if (a.hidden) continue;
      attribute_proto* p = find(a.name);
      // What an upgrade took may be what the needed one is made of now (Upsample's scales).
      if (p == nullptr && a.needed && !(old && upgraded_)) told(a.name, {"is missing"});
      if (p == nullptr || p->taken) continue;
      p->taken = true;
      told(a.name, {"is ", name(p->kind), " where ", name(kind_of(a.type)), " is expected"});
    }
    for (const attribute_proto& p : given()) {
      if (p.taken || (opset < 6 && p.name == "consumed_inputs")) continue;  // a hint of opset 1 about memory
      fault(code::invalid, {"unknown attribute ", shown(p.name)});
    }
    if (info.validate != nullptr)
      if (const status s = info.validate(into.op.get()); !s.has_value()) fault(s.error().what, {s.error().message});
    return true;
  }

  /// The value that a Constant node stands for.
  bool constant(constant_data& out) {
    struct form {
      std::string_view name;
      attribute_kind kind;
      dtype type;
      detail::typed_field field;
    };
    static constexpr form forms[] = {
        {"value_float", attribute_kind::real, dtype::f32, {{}, 2, wire_type::fixed32, 4, 1}},
        {"value_floats", attribute_kind::reals, dtype::f32, {{}, 7, wire_type::fixed32, 4, 1}},
        {"value_int", attribute_kind::integer, dtype::i64, {{}, 3, wire_type::varint, 8, 1}},
        {"value_ints", attribute_kind::integers, dtype::i64, {{}, 8, wire_type::varint, 8, 1}},
        {"value_string", attribute_kind::text, dtype::string, {{}, 4, wire_type::bytes, 0, 1}},
        {"value_strings", attribute_kind::texts, dtype::string, {{}, 9, wire_type::bytes, 0, 1}}};
    if (size_ != 1) {
      fault(code::invalid, {"has ", size_, " attributes where one value is expected"});
      return true;
    }
    const attribute_proto& a = all_[0];
    if (a.name == "value" && a.kind == attribute_kind::tensor) return decoded(a, from_.title(), out);
    for (const form& f : forms) {
      if (a.name != f.name || a.kind != f.kind) continue;
      const bool text = f.type == dtype::string;
      const bool list = f.name.back() == 's';
      const i64 n = !list ? 1
                    : text ? detail::count_texts(a.message, f.field.field)
                           : wire_scalars::count(a.message, f.field.field, f.field.element);
      if (!in_.make(out.owned, f.type, list ? shape{n} : shape{}, from_.title())) return false;
      out.view = out.owned;
      std::byte* to = out.owned.data();
      if (!list) {  // a file of proto3 leaves zero and "" out
        if (text) *out.owned.as<std::string>() = text_of(a);
        else std::memcpy(to, f.type == dtype::f32 ? static_cast<const void*>(&a.f) : &a.i, f.field.bytes);
        return going_;
      }
      return text ? detail::copy_texts(a.message, f.field.field, out.owned.as<std::string>(), in_)
                  : detail::copy_scalars(a.message, f.field, false, to, to + n * f.field.bytes, in_);
    }
    if (a.name == "sparse_value" && a.kind == attribute_kind::sparse_tensor) {
      sparse_proto s;
      return s.read(a.t, in_) && decode(s, in_, from_.title(), out);
    }
    told(a.name, {"is ", name(a.kind), ", which is no value for a constant"});
    return true;
  }

  void member(const attribute& a, void* at) override {
    if (a.numbers) {
      wire_reader r = from_.fields();
      if (r.next(node_proto::output)) put(a, at, static_cast<i64>(fnv1a(r.text())));
      return;
    }
    if (a.images) *static_cast<image_reader**>(at) = in_.images;
    attribute_proto* p = a.hidden || !going_ ? nullptr : find(a.name);
    if (p == nullptr || p->kind != kind_of(a.type)) return;  // fill tells the latter, if no upgrade takes it
    p->taken = true;
    if (a.names) find_values(a, *p);
    switch (a.type) {
      case attribute_type::real: return put(a, at, p->f);
      case attribute_type::integer: return put(a, at, p->i);
      case attribute_type::boolean: return put(a, at, p->i != 0);
      case attribute_type::text: return put(a, at, text_of(*p));
      case attribute_type::reals: return put(a, at, list_of<float>(*p, 7, wire_type::fixed32));
      case attribute_type::integers: return put(a, at, list_of<i64>(*p, 8, wire_type::varint));
      case attribute_type::texts: return put(a, at, texts_of(*p));
      case attribute_type::element_type:
        if (p->i == 0 && !a.needed) return;  // UNDEFINED, as if nothing was said
        if (p->i <= 0 || p->i >= dtype_count) return told(a.name, {"is ", p->i, ", which is no element type"});
        return put(a, at, static_cast<dtype>(p->i));
      case attribute_type::type: {
        type_proto t;
        going_ = in_.sound(t.read(wire_reader(p->t, 4)), "a type");
        if (!t.other.empty()) return told(a.name, {"is ", t.other, ", which no operator takes"});
        if (t.element_type <= 0 || t.element_type >= dtype_count) return told(a.name, {"has the unknown element type ", t.element_type});
        return put(a, at, value_type{t.type()});
      }
      case attribute_type::tensor: {
        const std::string whose = join({from_.title(), ": attribute ", a.name});
        constant_data t;
        going_ = decoded(*p, whose, t);
        if (!going_ || !t.view) return;
        if (!t.owned) {  // operators want aligned elements, and outlive the file's bytes
          const any_view v = t.view;
          going_ = in_.make(t.owned, v.type, v.dims, whose);
          if (!going_) return;
          std::memcpy(t.owned.data(), v.bytes, static_cast<std::size_t>(v.byte_size()));
        }
        return put(a, at, std::move(t.owned));
      }
      case attribute_type::body:
        if (bodies_ != nullptr) bodies_->want_body(p->t, *static_cast<std::unique_ptr<subgraph>*>(at));
        return;
      case attribute_type::internal: return;
    }
  }

  int opset() const override { return opset_; }
  int inputs() const override { return static_cast<int>(node_->inputs.size()); }
  int outputs() const override {
    auto n = node_->outputs.size();
    while (n > 0 && node_->outputs[n - 1] < 0) --n;
    return static_cast<int>(n);
  }
  bool has_input(int i) const override { return i < inputs() && node_->inputs[static_cast<unsigned>(i)] >= 0; }
  bool has_attribute(std::string_view name) const override {
    return std::ranges::any_of(given(), [&](const attribute_proto& a) { return a.name == name; });
  }
  std::optional<i64> take_int(std::string_view name) override {
    const attribute_proto* p = take(name, attribute_kind::integer);
    return p != nullptr ? std::optional(p->i) : std::nullopt;
  }
  std::optional<float> take_float(std::string_view name) override {
    const attribute_proto* p = take(name, attribute_kind::real);
    return p != nullptr ? std::optional(p->f) : std::nullopt;
  }
  std::optional<ints> take_ints(std::string_view name) override {
    const attribute_proto* p = take(name, attribute_kind::integers);
    return p != nullptr ? std::optional(list_of<i64>(*p, 8, wire_type::varint)) : std::nullopt;
  }
  std::optional<floats> take_floats(std::string_view name) override {
    const attribute_proto* p = take(name, attribute_kind::reals);
    return p != nullptr ? std::optional(list_of<float>(*p, 7, wire_type::fixed32)) : std::nullopt;
  }
  std::optional<std::string> take_text(std::string_view name) override {
    const attribute_proto* p = take(name, attribute_kind::text);
    return p != nullptr ? std::optional(text_of(*p)) : std::nullopt;
  }
  void set_input(int i, any_tensor constant) override {
    if (!room_for_value(constant.look().byte_size() + 2 * i64{alignment})) return;
    const signature& s = node_->op.info().inputs;
    if (inputs() <= i) node_->inputs.resize(static_cast<std::size_t>(i) + 1, -1);
    node_->inputs[static_cast<unsigned>(i)] =
        graph_->add_constant(join({s.at(i).name, " of ", from_.title()}), std::move(constant));
  }
  void set_input(int i, any_op&& op) override {
    if (!has_input(i) || !has_input(0) || !room_for_value(2 * i64{sizeof(node)} + 64)) return;
    value_info v;
    v.name = join({node_->op.info().inputs.at(i).name, " of ", from_.title()});
    const int to = graph_->add(std::move(v));
    node& n = added.emplace_back();
    n.op = std::move(op);
    n.name = node_->name;
    n.inputs = {node_->inputs[static_cast<unsigned>(i)], node_->inputs[0]};
    n.outputs = {to};
    node_->inputs[static_cast<unsigned>(i)] = to;
  }
  /// The nodes that an upgrade has put before this one; nobody knows yet that they produce values.
  std::vector<node> added;
  /// The values that attributes name, -1 for those that nothing defines.
  std::vector<int> named;

 private:
  /// Room for one more value, and for as many other bytes. Not left to push_back, which would double what may
  /// be most of the memory that is allowed.
  bool room_for_value(i64 bytes) {
    upgraded_ = true;
    auto& all = graph_->values;
    constexpr auto each = static_cast<i64>(sizeof(value_info));
    const std::size_t have = all.capacity(), more = have + have / 8 + 16;
    going_ = going_ && in_.take(bytes) && (all.size() < have || in_.take(static_cast<i64>(more), each));
    if (going_ && all.size() == have) {
      all.reserve(more);
      in_.left.give_back(static_cast<i64>(have) * each);
    }
    return going_;
  }
  static attribute_kind kind_of(attribute_type t) {
    switch (t) {
      case attribute_type::real: return attribute_kind::real;
      case attribute_type::integer: case attribute_type::boolean: case attribute_type::element_type:
        return attribute_kind::integer;
      case attribute_type::text: return attribute_kind::text;
      case attribute_type::reals: return attribute_kind::reals;
      case attribute_type::integers: return attribute_kind::integers;
      case attribute_type::texts: return attribute_kind::texts;
      case attribute_type::tensor: return attribute_kind::tensor;
      case attribute_type::type: return attribute_kind::type;
      case attribute_type::body: return attribute_kind::graph;
      case attribute_type::internal: break;
    }
    return attribute_kind::undefined;
  }
  template <class T>
  static void put(const attribute& a, void* at, T v) {
    if (a.optional) *static_cast<std::optional<T>*>(at) = std::move(v);
    else *static_cast<T*>(at) = std::move(v);
  }

  attribute_proto* find(std::string_view name) {
    for (int i = 0; i < size_; ++i)
      if (all_[static_cast<unsigned>(i)].name == name) return &all_[static_cast<unsigned>(i)];
    return nullptr;
  }
  attribute_proto* take(std::string_view name, attribute_kind kind) {
    attribute_proto* p = find(name);
    if (p == nullptr || p->kind != kind) return nullptr;
    if (!p->taken) p->taken = upgraded_ = true;
    return p;
  }
  [[gnu::noinline]] void fault(code what, std::initializer_list<piece> why) {
    in_.found.add(what, {from_.title(), ": ", join(why)});
  }
  /// A fault of one attribute.
  [[gnu::noinline]] void told(std::string_view name, std::initializer_list<piece> why) {
    fault(code::invalid, {"attribute ", shown(name), " ", join(why)});
  }

  void find_values(const attribute& a, const attribute_proto& p) {
    constexpr int stopped = -2;
    const std::size_t before = named.size();
    wire_reader r(p.message, 3);
    while (bodies_ != nullptr && going_ && r.next(bytes_key(p.kind == attribute_kind::text ? 4 : 9))) {
      const int v = r.text().empty() ? -1 : bodies_->find_value(r.text());
      going_ = v != stopped && in_.take(1, sizeof(int));
      if (v < 0) told(a.name, {"names ", in_quotes(r.text()), ", which nothing defines"});
      named.push_back(std::max(v, -1));
    }
    if (going_ && a.needed && named.size() == before) told(a.name, {"names nothing"});
  }
  bool decoded(const attribute_proto& a, std::string_view whose, constant_data& out) {
    tensor_proto t;
    return t.read(a.t, in_) && decode(t, in_, whose, out);
  }
  std::string text_of(const attribute_proto& a) {
    going_ = going_ && in_.take_text(a.s);
    return going_ ? std::string(a.s) : std::string();
  }
  /// Room for a list is asked for before it is made: its entries may be single bytes in the file.
  template <class T>
  std::vector<T> list_of(const attribute_proto& a, u8 field, wire_type element) {
    std::vector<T> v;
    const i64 n = wire_scalars::count(a.message, field, element);
    going_ = going_ && in_.take(n, sizeof(T));
    if (!going_ || n == 0) return v;
    v.resize(static_cast<std::size_t>(n));
    auto* to = reinterpret_cast<std::byte*>(v.data());
    going_ = detail::copy_scalars(a.message, {{}, field, element, sizeof(T), 1}, false, to, to + n * i64{sizeof(T)}, in_);
    return v;
  }
  strings texts_of(const attribute_proto& a) {
    strings v;
    const i64 n = detail::count_texts(a.message, 9);
    going_ = going_ && in_.take(n, sizeof(std::string));
    if (!going_) return v;
    v.resize(static_cast<std::size_t>(n));
    going_ = detail::copy_texts(a.message, 9, v.data(), in_);
    return v;
  }

  const node_proto& from_;
  import_state& in_;
  const std::vector<attribute_proto>* referred_;
  body_reader* bodies_;
  graph* graph_ = nullptr;
  node* node_ = nullptr;
  int opset_ = 0, size_ = 0;
  bool upgraded_ = false;
  bool going_ = true;  // false: the import ends
  std::array<attribute_proto, most> all_;
};

}  // namespace tenon
TENON_COLD_END
