// The messages of onnx.proto that the importer needs, as light structs that point into the file's
// bytes. Repeated fields are not gathered: whoever wants them walks the message again. A message is
// read once from end to end here, so that later walks of it meet no faults.
#pragma once

#include "budget.hpp"
#include "type_proto.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// "ai.onnx" is the long spelling of the default domain "".
inline std::string_view short_domain(std::string_view d) { return d == "ai.onnx" ? "" : d; }

/// OperatorSetIdProto
struct opset_proto {
  std::string_view domain;
  i64 version = 0;
  wire_reader read(wire_reader r) {
    while (r.next()) switch (r.key()) {
        case bytes_key(1): domain = short_domain(r.text()); break;
        case number_key(2): version = r.integer(); break;
      }
    return r;
  }
};

/// ModelProto
struct model_proto {
  i64 ir_version = 0;
  byte_span graph;
  int graphs = 0, opsets = 0, trainings = 0, functions = 0;
  int known = 0, strange = 0;  ///< fields that a model has, and fields that none has

  wire_reader read(wire_reader r) {
    while (r.next()) {
      ++known;
      switch (r.key()) {
        case number_key(1): ir_version = r.integer(); break;
        case bytes_key(7): graph = r.payload(), ++graphs; break;
        case bytes_key(8): ++opsets; break;
        case bytes_key(20): ++trainings; break;
        case bytes_key(25): ++functions; break;
        case bytes_key(2): case bytes_key(3): case bytes_key(4): case number_key(5): case bytes_key(6):
        case bytes_key(14): case bytes_key(26): break;
        default: --known, ++strange;
      }
    }
    return r;
  }
  /// What a top-level field is called when the file ends inside of it.
  static std::string_view field_name(std::uint32_t key) {
    switch (key) {
      case number_key(1): return "its ir_version";
      case bytes_key(2): case bytes_key(3): return "its producer's name";
      case bytes_key(4): return "its domain";
      case number_key(5): return "its version";
      case bytes_key(6): return "its documentation";
      case bytes_key(7): return "the graph";
      case bytes_key(8): return "an opset import";
      case bytes_key(14): return "its metadata";
      case bytes_key(20): return "its training information";
      case bytes_key(25): return "a function";
      case bytes_key(26): return "a device configuration";
    }
    return {};
  }
};

/// GraphProto
struct graph_proto {
  byte_span message;
  std::string_view name;
  int nodes = 0, initializers = 0, inputs = 0, outputs = 0, value_infos = 0, sparse = 0;

  wire_reader read(wire_reader r) {
    while (r.next()) switch (r.key()) {
        case bytes_key(1): ++nodes; break;
        case bytes_key(2): name = r.text(); break;
        case bytes_key(5): ++initializers; break;
        case bytes_key(11): ++inputs; break;
        case bytes_key(12): ++outputs; break;
        case bytes_key(13): ++value_infos; break;
        case bytes_key(15): ++sparse; break;
      }
    return r;
  }
  wire_reader fields() const { return wire_reader(message, 1); }
};

/// NodeProto
struct node_proto {
  byte_span message;
  std::string_view name, op_type, domain, overload;
  std::string_view within;  ///< the function whose body it is in, if any
  int inputs = 0, outputs = 0, attributes = 0;

  wire_reader read(byte_span bytes) {
    message = bytes;
    wire_reader r(bytes, 2);
    while (r.next()) switch (r.key()) {
        case bytes_key(1): ++inputs; break;
        case bytes_key(2): ++outputs; break;
        case bytes_key(3): name = r.text(); break;
        case bytes_key(4): op_type = r.text(); break;
        case bytes_key(5): ++attributes; break;
        case bytes_key(7): domain = short_domain(r.text()); break;
        case bytes_key(8): overload = r.text(); break;
      }
    return r;
  }
  /// Walk with next(input), next(output), next(attribute).
  wire_reader fields() const { return wire_reader(message, 2); }
  static constexpr std::uint32_t input = bytes_key(1), output = bytes_key(2), attribute = bytes_key(5);
  std::string title() const {
    const std::string t = tenon::title(op_type, name);
    return within.empty() ? t : join({t, " of function ", in_quotes(within)});
  }
};

/// FunctionProto
struct function_proto {
  byte_span message;
  std::string_view name, domain, overload;
  int inputs = 0, outputs = 0, nodes = 0, opsets = 0, defaults = 0;

  wire_reader read(byte_span bytes) {
    message = bytes;
    wire_reader r = fields();
    while (r.next()) switch (r.key()) {
        case bytes_key(1): name = r.text(); break;
        case input: ++inputs; break;
        case output: ++outputs; break;
        case node: ++nodes; break;
        case opset: ++opsets; break;
        case default_value: ++defaults; break;
        case bytes_key(10): domain = short_domain(r.text()); break;
        case bytes_key(13): overload = r.text(); break;
      }
    return r;
  }
  /// Walk with next(input), ...
  wire_reader fields() const { return wire_reader(message, 1); }
  static constexpr std::uint32_t input = bytes_key(4), output = bytes_key(5), attribute = bytes_key(6),
                                 node = bytes_key(7), opset = bytes_key(9), default_value = bytes_key(11);
  std::string title() const { return in_quotes(domain.empty() ? std::string(name) : join({domain, ".", name})); }
};

/// AttributeProto.AttributeType
enum class attribute_kind : u8 {
  undefined, real, integer, text, tensor, graph, reals, integers, texts, tensors, graphs,
  sparse_tensor, sparse_tensors, type, types,
};

/// With its article, for "is an int where a float is expected".
constexpr std::string_view name(attribute_kind k) {
  constexpr std::string_view names[] = {
      "nothing", "a float", "an int", "a string", "a tensor", "a graph", "a list of floats", "a list of ints",
      "a list of strings", "a list of tensors", "a list of graphs", "a sparse tensor",
      "a list of sparse tensors", "a type", "a list of types"};
  return names[static_cast<unsigned>(k)];
}

/// AttributeProto
struct attribute_proto {
  byte_span message;
  std::string_view name;
  attribute_kind kind = attribute_kind::undefined;
  float f = 0;
  i64 i = 0;
  std::string_view s;
  byte_span t;  ///< of a tensor, a graph or a type
  std::string_view reference;  ///< the attribute of a function whose value this is
  bool taken = false;  ///< somebody wanted it

  wire_reader read(byte_span bytes) {
    message = bytes;
    wire_reader r(bytes, 3);
    auto stated = attribute_kind::undefined, seen = attribute_kind::undefined;
    while (r.next()) switch (r.key()) {
        case bytes_key(1): name = r.text(); break;
        case float_key(2): f = r.real(), seen = attribute_kind::real; break;
        case number_key(3): i = r.integer(), seen = attribute_kind::integer; break;
        case bytes_key(4): s = r.text(), seen = attribute_kind::text; break;
        case bytes_key(5): t = r.payload(), seen = attribute_kind::tensor; break;
        case bytes_key(6): t = r.payload(), seen = attribute_kind::graph; break;
        case bytes_key(7): case float_key(7): seen = attribute_kind::reals; break;
        case bytes_key(8): case number_key(8): seen = attribute_kind::integers; break;
        case bytes_key(9): seen = attribute_kind::texts; break;
        case bytes_key(11): seen = attribute_kind::graphs; break;
        case bytes_key(14): t = r.payload(), seen = attribute_kind::type; break;
        case bytes_key(21): reference = r.text(); break;
        case bytes_key(22): t = r.payload(), seen = attribute_kind::sparse_tensor; break;
        case number_key(20):
          if (r.bits() <= 14) stated = static_cast<attribute_kind>(r.bits());
          break;
      }
    kind = stated != attribute_kind::undefined ? stated : seen;  // IR 3 may leave the type out
    return r;
  }
};

/// ValueInfoProto
struct value_proto : type_proto {
  std::string_view name;

  /// Reads all levels; the reader returned is the one that stopped.
  wire_reader read(byte_span bytes) {
    wire_reader r(bytes, 2);
    while (r.next()) {
      if (r.key() == bytes_key(1)) name = r.text();
      if (r.key() != bytes_key(2)) continue;
      if (wire_reader type = type_proto::read(r.inside()); type.fault() != wire_fault::none) return type;
    }
    return r;
  }
};

}  // namespace tenon
TENON_COLD_END
