// The operator contract. An operator is one struct; from it comes one constexpr row of plain data and
// function pointers (`op_info`), and the row is all that graph, importer, generator and tests see.
#pragma once

#include "../kernels/map.hpp"
#include "../kernels/reduce.hpp"
#include "attribute.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

// ---- Inputs and outputs ----

/// One formal input or output. `type` is a type variable: formals with the same letter have the same
/// dtype; '*' is bound to nothing. "s:seq(T)" is a sequence of that dtype, "m:map(T)" a map to it.
struct formal {
  std::string_view name;
  char type = 'T';
  u8 forms = 0;  ///< bits of the forms around `type`; 0: none, the variable is the whole type
  bool optional = false;  ///< "B?:T": may be left out
  bool variadic = false;  ///< "inputs:T*": one or more, "inputs?:T*": any number; the last formal only
};

/// The formals of an operator, in order.
struct signature {
  const formal* formals;
  int size;

  constexpr const formal& at(int i) const { return formals[i < size ? i : size - 1]; }
  constexpr bool variadic() const { return size > 0 && at(size - 1).variadic; }
  constexpr int least() const {
    int n = 0;
    for (int i = 0; i < size; ++i)
      if (!at(i).optional) n = i + 1;  // a variadic one has at least one
    return n;
  }
};

constexpr u8 bit_of(form f) { return static_cast<u8>(1 << static_cast<int>(f)); }

/// Formals written as in "X:T W:T B?:T" or "inputs:T*"; "" are none.
template <int N>
consteval std::array<formal, N> parse_formals(std::string_view spec) {
  std::array<formal, N> all;
  for (formal& f : all) {
    const auto space = std::min(spec.find(' '), spec.size());
    std::string_view word = spec.substr(0, space);
    spec.remove_prefix(std::min(space + 1, spec.size()));
    if (word.back() == '*' && word[word.size() - 2] != ':') f.variadic = true, word.remove_suffix(1);
    const bool formed = word.back() == ')';
    if (formed) word.remove_suffix(1);
    f.type = word.back();
    word.remove_suffix(2);
    if (formed) {
      f.forms = word.ends_with("seq") ? bit_of(form::sequence) : bit_of(form::integer_map) | bit_of(form::text_map);
      word.remove_suffix(4);
    }
    if (word.back() == '?') f.optional = true, word.remove_suffix(1);
    f.name = word;
  }
  return all;
}
consteval int words_in(std::string_view spec) { return spec.empty() ? 0 : 1 + static_cast<int>(std::count(spec.begin(), spec.end(), ' ')); }
/// The same, kept for a type that says it: Spec::text() is consteval.
template <class Spec>
inline constexpr auto formals_of = parse_formals<words_in(Spec::text())>(Spec::text());
template <class Spec>
inline constexpr signature signature_of{formals_of<Spec>.data(), static_cast<int>(formals_of<Spec>.size())};

/// The dtypes that a type variable may take.
struct type_variable {
  char letter;
  dtype_set set;
};

// ---- What an operator sees ----

/// Element order of a value. Logical dimensions are always ONNX's (N, C, spatial...); the order says
/// how they are stored, and strides say it to the kernels.
enum class order : u8 { plain, channels_last };

inline shape strides_of(const shape& dims, order o) {
  return o == order::channels_last ? channels_last_strides(dims) : contiguous_strides(dims);
}

struct op_info;

/// What is known of a value while shapes are inferred.
struct known {
  dtype type = dtype::none;
  shape dims;
  any_view constant;  ///< empty until the elements are known
};

/// Shape inference for one node: inputs in, outputs out. The elements of an input may be known
/// (constants, or all of them just before a node runs); an operator that needs elements which are not
/// known yet answers `later()`, and is asked again when they are.
class infer_context {
 public:
  infer_context(const op_info& info, std::span<const known> in, std::span<known> out)
      : info_(info), in_(in), out_(out) {}

  int inputs() const { return static_cast<int>(in_.size()); }
  int outputs() const { return static_cast<int>(out_.size()); }
  bool has(int i) const { return i < inputs() && in(i).type != dtype::none; }
  dtype type(int i) const { return in(i).type; }
  const shape& dims(int i) const { return in(i).dims; }
  int rank(int i) const { return in(i).dims.rank(); }
  any_view constant(int i) const { return in(i).constant; }
  /// The elements of a known int32/int64 input, as dimensions; nothing when not known or too many.
  std::optional<shape> constant_dims(int i) const {
    const any_view v = constant(i);
    if (!v || v.size() > max_rank) return std::nullopt;
    shape s;
    for (i64 j = 0; j < v.size(); ++j)
      s.push_back(v.type == dtype::i64 ? v.as<i64>()[j] : v.as<i32>()[j]);
    return s;
  }

  /// Output i has this shape, and the dtype of its type variable.
  inline status output(int i, const shape& dims);
  status output(int i, dtype type, const shape& dims) {
    if (i < outputs()) {
      // Far below 2^63 bytes: sums of several, and wider copies, stay countable.
      const auto n = checked_count(dims.span());
      if (!n) return invalid({"output ", i, " would have shape ", dims, ", more elements than 64 bits count"});
      if (*n > i64{1} << 56)
        return fail(code::limit, {"a tensor of shape ", dims, " has more bytes than 64 bits count"});
      out_[static_cast<unsigned>(i)].type = type;
      out_[static_cast<unsigned>(i)].dims = dims;
    }
    return {};
  }
  status later() {
    later_ = true;
    return {};
  }
  bool is_later() const { return later_; }
  static std::unexpected<error> invalid(std::initializer_list<piece> why) {
    return fail(code::invalid, why);
  }

 private:
  const known& in(int i) const { return in_[static_cast<unsigned>(i)]; }
  const op_info& info_;
  std::span<const known> in_;
  std::span<known> out_;
  bool later_ = false;
};

/// A closed interval, by default everything.
struct interval {
  double lo = -__builtin_inf(), hi = __builtin_inf();
  bool everything() const { return lo == -__builtin_inf() && hi == __builtin_inf(); }
};

/// One run of one node. Inputs are checked and outputs have the inferred shapes; nothing is allocated.
class run_context {
 public:
  run_context(std::span<const any_view> in, std::span<const mutable_any_view> out,
              std::byte* scratch = nullptr, const std::byte* packed = nullptr, interval clamp = {})
      : in_(in), out_(out), scratch_(scratch), packed_(packed), clamp_(clamp) {}

  int inputs() const { return static_cast<int>(in_.size()); }
  int outputs() const { return static_cast<int>(out_.size()); }
  bool has(int i) const { return i < inputs() && static_cast<bool>(input(i)); }
  const any_view& input(int i) const { return in_[static_cast<unsigned>(i)]; }
  const mutable_any_view& output(int i) const { return out_[static_cast<unsigned>(i)]; }
  std::span<const any_view> all_inputs() const { return in_; }
  /// As many bytes as the operator's `scratch` asked for, 64-byte aligned.
  std::byte* scratch() const { return scratch_; }
  /// What `pack` wrote at load time, or null.
  const std::byte* packed() const { return packed_; }
  /// What the plan fused into this node, for operators that say they clamp.
  const interval& clamp() const { return clamp_; }

 private:
  std::span<const any_view> in_;
  std::span<const mutable_any_view> out_;
  std::byte* scratch_;
  const std::byte* packed_;
  interval clamp_;
};

/// More work than any machine does; sums of two can be counted.
inline constexpr i64 most_work = i64{1} << 61;
inline i64 whole_work(double work) { return work < static_cast<double>(most_work) ? static_cast<i64>(work) : most_work; }
/// Takes work off what a run may still do, or says that it is more than that.
[[gnu::noinline]] inline status spend(i64 work, i64& left) {
  if (work > left) return fail(code::limit, {"takes ", work, " multiply-adds, more than the ", std::max<i64>(left, 0), " that are left"});
  left -= work;
  return {};
}

/// One run of an operator that makes its outputs itself, as their dtypes and shapes come out of the run:
/// control flow. What it holds is counted against a limit.
class produce_context {
 public:
  produce_context(std::span<const any_view> in, std::span<any_tensor> out, body_runner* bodies, memory* from, i64 limit, i64* macs = nullptr)
      : in_(in), out_(out), bodies_(bodies), from_(from), left_(limit), macs_(macs) {}

  int inputs() const { return static_cast<int>(in_.size()); }
  int outputs() const { return static_cast<int>(out_.size()); }
  bool has(int i) const { return i < inputs() && static_cast<bool>(input(i)); }
  const any_view& input(int i) const { return in_[static_cast<unsigned>(i)]; }
  any_tensor& output(int i) { return out_[static_cast<unsigned>(i)]; }
  static std::unexpected<error> invalid(std::initializer_list<piece> why) { return fail(code::invalid, why); }

  result<std::span<const any_view>> run(const subgraph& body, std::span<const any_view> formal) {
    if (bodies_ == nullptr) return fail(code::unsupported, {"bodies run in a session only"});
    return bodies_->run_body(body, formal, in_);
  }
  /// Uninitialised elements, and their return.
  result<any_tensor> make(dtype type, const shape& dims) {
    const auto n = checked_count(dims.span());
    i64 bytes = 0;
    if (!n || __builtin_mul_overflow(*n, size_of(type), &bytes) || bytes > left_)
      return fail(code::limit, {"a tensor of shape ", dims, " does not fit the ", left_, " bytes that are left"});
    left_ -= bytes;
    return any_tensor::try_make_uninitialized(type, dims, from_);
  }
  void drop(any_tensor t) { left_ += held_bytes(t); }
  /// A copy of a value. What it shares with the original counts, too: a loop could collect without end.
  inline result<any_tensor> keep(const any_view& v);
  /// The value as an element of others.
  result<shared_value> share(any_tensor&& v) {
    if (shared_value::overhead() > left_) return fail(code::limit, {"a further element does not fit the ", left_, " bytes that are left"});
    left_ -= shared_value::overhead();
    return shared_value::make(std::move(v), from_);
  }
  /// An error where so much work (`work_of`) is more than the run may still do.
  status spend(double work) { return macs_ == nullptr ? status() : tenon::spend(whole_work(work), *macs_); }
  /// For work that other operators do: what runs bodies, where memory comes from, how much of what is left, and what they made.
  body_runner* bodies() const { return bodies_; }
  i64* macs() const { return macs_; }
  memory* from() const { return from_; }
  i64 left() const { return left_; }
  result<any_tensor> hold(result<std::vector<any_tensor>>&& made) {
    if (!made.has_value()) return std::unexpected(std::move(made.error()));
    any_tensor& t = (*made)[0];
    left_ -= held_bytes(t);
    return std::move(t);
  }

 private:
  std::span<const any_view> in_;
  std::span<any_tensor> out_;
  body_runner* bodies_;
  memory* from_;
  i64 left_;
  i64* macs_;
};

class any_op;

/// A node of an older opset on its way to the newest meaning. `upgrade` takes from it what the struct
/// has no member for any more; what nobody takes is reported as an unknown attribute.
class old_node {
 public:
  virtual int opset() const = 0;
  virtual int inputs() const = 0;
  virtual int outputs() const = 0;  ///< without those at the end that nobody wants
  virtual bool has_input(int i) const = 0;
  virtual bool has_attribute(std::string_view name) const = 0;
  virtual std::optional<i64> take_int(std::string_view name) = 0;
  virtual std::optional<float> take_float(std::string_view name) = 0;
  virtual std::optional<ints> take_ints(std::string_view name) = 0;
  virtual std::optional<floats> take_floats(std::string_view name) = 0;
  virtual std::optional<std::string> take_text(std::string_view name) = 0;
  /// Makes input i a constant: absent inputs before it are left absent.
  virtual void set_input(int i, any_tensor constant) = 0;
  /// Input i comes by way of a node `op(input i, input 0)` from now on.
  virtual void set_input(int i, any_op&& op) = 0;

 protected:
  ~old_node() = default;
};

// ---- The row ----

/// How an operator's body is written; a struct names its kind with `using kind = kinds::unary`.
enum class op_kind : u8 { unary, binary, predicate, relation, variadic, reduction, general };
namespace kinds {
struct unary {};      ///< operator()(x), element by element
struct binary {};     ///< operator()(x, y), element by element with broadcasting
struct predicate {};  ///< operator()(x) that gives a mask: the output is bool
struct relation {};   ///< operator()(x, y) that gives a mask: the output is bool
struct variadic {};   ///< operator()(x, y) folded over any number of inputs with broadcasting
struct reduction {};  ///< identity, step, combine, finish over axes
struct general {};    ///< infer and run
}  // namespace kinds

/// `using gradient = no_gradient` in an element-wise operator whose body must not be differentiated.
struct no_gradient {};

/// The types that tile functions are made for; small floats and bool go through one of them.
enum class tile_type : u8 { f32, f64, i32, u32, i64, u64, i8, u8, i16, u16, none };
inline constexpr int tile_types = 10;

/// Which element orders an operator takes.
enum class order_rule : u8 {
  plain,          ///< row-major only
  any,            ///< element by element: all operands in the same order, whichever it is
  follows,        ///< the output is stored as the first input is
  channels_last,  ///< image in input 0 in either order; output (and a residual) channels last
};

/// y = x * scale + shift along dimension 1: what BatchNormalization with constant statistics is.
struct channel_affine {
  std::vector<double> scale, shift;
  int rank = 0;  ///< it is that only if x has this rank; 0: always
};

using infer_fn = status (*)(const void* op, infer_context&);
using run_fn = status (*)(const op_info& info, const void* op, run_context&);
using convert_fn = void (*)(dtype from, const void* x, dtype to, void* y, i64 n);
using produce_fn = status (*)(const void* op, produce_context&);
using check_fn = status (*)(const void* op, std::span<const any_view> in);
using upgrade_fn = status (*)(void* op, old_node&);
using validate_fn = status (*)(const void* op);
struct graph;
struct node;
/// `types`: of the graph's values, as far as they are known; `outer`: so many of its last inputs come from around it. Gives the bytes taken.
using slice_fn = result<i64> (*)(void* op, graph&, node&, std::span<const dtype> types, int outer);
/// `packed` says that constant inputs were packed at load time.
using scratch_fn = i64 (*)(const void* op, std::span<const known> in, bool packed);
/// A floating-point number: it is for people, and shapes may multiply to more than 64 bits count.
using macs_fn = double (*)(const void* op, std::span<const known> in, std::span<const known> out);
/// So many for each of the elements.
inline double multiply_adds(const shape& dims, i64 each) { return static_cast<double>(count(dims)) * static_cast<double>(each); }
using bytes_fn = i64 (*)(const void* op, std::span<const known> in);
using pack_fn = void (*)(const void* op, std::span<const any_view> in, std::byte* out);

/// How neighbours become one operator: rewriting and planning ask, the operators answer. All may be
/// left out.
struct fusion {
  /// This node computes a per-channel affine function of input 0, given its constant inputs.
  std::optional<channel_affine> (*as_affine)(const void* op, std::span<const any_view> in) = nullptr;
  /// This node clamps input 0.
  std::optional<interval> (*as_clamp)(const void* op, std::span<const any_view> in) = nullptr;
  /// This node adds its two inputs and does nothing else.
  bool is_sum = false;
  /// Takes a following affine function into constant weights (input 1) and bias (input 2).
  bool (*absorb_affine)(const void* op, std::span<const any_view> in, const channel_affine&, any_tensor& w,
                        any_tensor& b) = nullptr;
  /// The input that takes an addend of the output's shape, or -1: only planning fills it.
  int residual = -1;
  /// Applies run_context::clamp to what it writes, after the residual.
  bool clamps = false;
};

/// Everything about one operator, as data.
struct op_info {
  std::string_view name, domain;
  std::string_view type;  ///< of the struct: its name, but where another domain has the same
  int since;  ///< the opset whose meaning this is
  op_kind kind;
  order_rule orders;
  bool strided;  ///< takes inputs of any strides; others are made contiguous for it
  bool reshapes;    ///< the output is the bytes of input 0 in another shape
  bool shape_only;  ///< reads the shapes of its inputs, never their elements
  std::string_view widen;  ///< the variables of which it knows compute types only: float16 and bfloat16 are converted for it
  convert_fn convert_integers;  ///< computes integers of T in float64, which this converts from and to; may be null
  dtype_set dtypes;
  signature inputs, outputs;
  std::span<const type_variable> types;
  std::span<const attribute> attributes;
  void* (*make)();
  void (*destroy)(void*);
  void (*walk)(void* op, attribute_sink&);
  upgrade_fn upgrade;  ///< null where every older opset means the same
  validate_fn validate;  ///< of attributes alone, once at load time and before eager calls; may be null
  slice_fn slice;  ///< takes what it will run of the graph that its node is in, once that is read; null for all but Gradient
  infer_fn infer;
  check_fn check;  ///< of elements, before an element-wise run: integer division; may be null
  run_fn run;
  produce_fn produce;  ///< instead of run: outputs and their shapes come together; else null
  const kernels::tile_fn* tiles;   ///< element-wise: one per tile_type, or null
  const kernels::fold* const* folds;  ///< reductions: one per tile_type, or null
  scratch_fn scratch;
  macs_fn macs;  ///< multiply-adds of one run; null where that is not what the work is
  macs_fn work;  ///< what stands for them in a budget; null: they, or else the elements read and written
  /// The inputs packed at load time when they are constant (a bit mask); 0 with `pack`: attributes alone.
  u32 packs;
  bytes_fn packed_bytes;
  pack_fn pack;
  fusion fuse;

  constexpr dtype_set set_of(char letter) const {
    for (const type_variable& v : types)
      if (v.letter == letter) return v.set;
    if (letter == 'T') return dtypes;
    if (letter == 'I') return {dtype::i64};
    if (letter == 'B') return {dtype::boolean};
    return dtypes::all;
  }
  /// What the variable of a formal is where a value of type d comes; none where such a one cannot.
  constexpr dtype bound(const formal& f, dtype d) const {
    if (f.forms != 0 && (f.forms >> static_cast<int>(form_of(d)) & 1) == 0) return dtype::none;
    const dtype own = f.forms != 0 ? element_of(d) : d;
    return set_of(f.type).has(own) ? own : dtype::none;
  }
};

inline status infer_context::output(int i, const shape& dims) {
  const char letter = info_.outputs.at(i).type;
  for (int j = 0; j < inputs(); ++j)
    if (has(j) && info_.inputs.at(j).type == letter) return output(i, type(j), dims);
  // A variable of its own has one dtype ('I', 'B'); anything else the operator says itself.
  const dtype_set set = info_.set_of(letter);
  for (int d = 1; d < dtype_count; ++d)
    if (set == dtype_set{static_cast<dtype>(d)}) return output(i, static_cast<dtype>(d), dims);
  return invalid({"the dtype of output ", i, " is not said"});
}

/// The dimension that an axis names, counted from the end when negative.
inline result<int> axis_of(i64 axis, const shape& dims) {
  const auto at = normalized_axis(axis, dims.rank());
  if (!at) return fail(code::invalid, {"axis ", axis, " is out of range for ", dims});
  return *at;
}

/// Number and dtypes of the inputs against the signature; `number of inputs` counts trailing absent
/// ones as not given.
[[gnu::noinline]] inline status check_inputs(const op_info& info, std::span<const known> in) {
  const signature& s = info.inputs;
  const int given = static_cast<int>(in.size());
  const int least = s.least();
  if (given < least || (given > s.size && !s.variadic())) {
    if (s.variadic()) return fail(code::invalid, {"takes ", least, " or more inputs, not ", given});
    if (least != s.size) return fail(code::invalid, {"takes ", least, " to ", s.size, " inputs, not ", given});
    return fail(code::invalid, {"takes ", least, least == 1 ? " input, not " : " inputs, not ", given});
  }
  dtype bound[128] = {};
  for (int i = 0; i < given; ++i) {
    const formal& f = s.at(i);
    const dtype d = in[static_cast<unsigned>(i)].type;
    if (d == dtype::none) {
      if (f.optional) continue;
      return fail(code::invalid, {"input ", f.name, " is missing"});
    }
    const dtype own = info.bound(f, d);
    if (own == dtype::none)
      return fail(code::unsupported, {"input ", f.name, " cannot be ", full_name(d)});
    if (f.type == '*') continue;
    dtype& b = bound[f.type & 127];
    if (b == dtype::none) b = own;
    if (b != own)
      return fail(code::invalid, {"input ", f.name, " is ", full_name(d), " where ", name(b), " is expected"});
  }
  return {};
}

/// The rows a loader may use. A guest links only what its list names.
struct op_list {
  std::span<const op_info* const> rows;
  /// ONNX's default domain has two spellings, "" and "ai.onnx".
  const op_info* find(std::string_view domain, std::string_view name) const {
    if (domain == "ai.onnx") domain = "";
    for (const op_info* r : rows)
      if (r->name == name && r->domain == domain) return r;
    return nullptr;
  }
};

/// An operator with its attributes, its type known by the row.
class any_op {
 public:
  any_op() = default;
  explicit any_op(const op_info& info) : info_(&info), at_(info.make()), owned_(at_ != nullptr) {}
  any_op(any_op&& o) noexcept : info_(o.info_), at_(std::exchange(o.at_, nullptr)), owned_(std::exchange(o.owned_, false)) {}
  any_op& operator=(any_op&& o) noexcept {
    std::swap(info_, o.info_);
    std::swap(at_, o.at_);
    std::swap(owned_, o.owned_);
    return *this;
  }
  ~any_op() {
    if (owned_) info_->destroy(at_);
  }
  const op_info& info() const { return *info_; }
  void* get() { return at_; }
  const void* get() const { return at_; }
  /// From now on it belongs to the result, if it did here; what is left refers to it.
  any_op hand_over() {
    any_op to;
    to.info_ = info_, to.at_ = at_, to.owned_ = std::exchange(owned_, false);
    return to;
  }

 private:
  const op_info* info_ = nullptr;
  void* at_ = nullptr;
  bool owned_ = false;
};

}  // namespace tenon
TENON_COLD_END
