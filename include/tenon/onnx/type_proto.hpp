// TypeProto: what a file says that a value is. Tensors, and sequences, optionals and maps as deep as operators take
// them.
#pragma once

#include "../core/dtype.hpp"
#include "wire.hpp"

namespace tenon::inline TENON_BUILD::onnx {

/// TypeProto; the dimensions are a tensor's.
struct type_proto {
  form kind = form::tensor;
  i64 element_type = 0;    ///< of the tensor, or of those inside, as the file has it
  std::string_view other;  ///< what it is when no value is that
  bool ranked = false;
  i64 rank = 0;
  byte_span shape_message;

  dtype type() const { return in_form(kind, static_cast<dtype>(element_type)); }

  /// Reads all levels that a value may have; the reader returned is the one that stopped.
  wire_reader read(wire_reader r) {
    *this = {};
    for (;;) {
      std::uint32_t what = 0;  // one of several: the last one counts
      wire_reader inside;
      while (r.next())
        if (r.type() == wire_type::bytes && r.field() != 6) what = r.field(), inside = r.inside();
      if (r.fault() != wire_fault::none || what == 0) return r;
      if (what == 1) return read_tensor(inside);
      if (what != 4 && what != 5 && what != 9) {
        other = what == 8 ? "a sparse tensor" : "opaque";
        return r;
      }
      i64 key = 0;
      bool typed = false;
      r = {};
      while (inside.next()) {
        if (inside.key() == bytes_key(what == 5 ? 2 : 1)) r = inside.inside(), typed = true;
        if (inside.key() == number_key(1)) key = inside.integer();
      }
      if (inside.fault() != wire_fault::none) return inside;
      enclose(what, key);
      if (!typed || !other.empty()) return inside;
    }
  }

 private:
  /// What has been found is around what comes.
  void enclose(std::uint32_t what, i64 key) {
    const form around = kind;
    if (what == 4 && around == form::tensor) kind = form::sequence;
    else if (what == 9 && around == form::tensor) kind = form::optional;
    else if (what == 4 && around == form::optional) kind = form::optional_sequence;
    else if (what != 5 || (around != form::tensor && around != form::sequence)) other = "a sequence, an optional or a map around another one";
    else if (key != static_cast<i64>(dtype::i64) && key != static_cast<i64>(dtype::string)) other = "a map whose keys are neither int64 nor string";
    else if (key == static_cast<i64>(dtype::i64)) kind = around == form::tensor ? form::integer_map : form::integer_maps;
    else kind = around == form::tensor ? form::text_map : form::text_maps;
  }
  wire_reader read_tensor(wire_reader r) {
    while (r.next()) {
      if (r.key() == number_key(1)) element_type = r.integer();
      if (r.key() != bytes_key(2)) continue;
      ranked = true, rank = 0, shape_message = r.payload();
      wire_reader dims = r.inside();
      while (dims.next(bytes_key(1))) {
        ++rank;
        wire_reader dim = dims.inside();
        while (dim.next()) {}
        if (dim.fault() != wire_fault::none) return dim;
      }
      if (dims.fault() != wire_fault::none) return dims;
    }
    return r;
  }
};

}  // namespace tenon
