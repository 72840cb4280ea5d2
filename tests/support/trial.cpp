#include "../ops/trial.hpp"

#include "allocations.hpp"

namespace tests::ops {

laid_out::laid_out(const table& t, layout how) {
  if (t.type == dtype::none) return;
  if (t.type == dtype::string) how = layout::contiguous;
  const reference::places places(t.dims, how);
  const i64 width = size_of(t.type);
  if (t.type == dtype::string) strings_.resize(static_cast<std::size_t>(places.size));
  else bytes_.assign(static_cast<std::size_t>(places.size * width), std::byte{0xa5});
  std::byte* const start = (t.type == dtype::string ? reinterpret_cast<std::byte*>(strings_.data()) : bytes_.data()) +
                           places.start * width;
  const number* next = t.all.data() + t.start;
  reference::store(t.type, start, t.dims, places.strides, next, t.bits);
  view = {t.type, t.dims, places.strides, start};
}

table trial::draw(dtype d, const shape& dims, i64 low, i64 high) {
  table t(d, dims);
  const bool natural = (dtypes::unsigned_integers | dtypes::boolean | dtype_set{dtype::u4, dtype::u2}).has(d);
  const bool whole = t.kind().whole;
  if (natural) low = std::max<i64>(low, 0);
  return fill(std::move(t), [&] {
    return whole ? number::of(random.between(low, high)) : number(static_cast<double>(random.between(8 * low, 8 * high)) / 8);
  }, true);
}

table trial::patterns(const shape& dims) {
  table t(type, dims);
  t.bits = type != dtype::string;
  const i64 width = size_of(type);
  return fill(std::move(t), [&] {
    const auto low = static_cast<u64>(random.next() << 33 ^ random.next()), high = low * 0x9E3779B97F4A7C15u;
    if (type == dtype::string) return number::of(static_cast<i64>(low % 1000));
    if (type == dtype::boolean) return number::of(static_cast<i64>(low >> 33 & 1));
    const auto x = static_cast<reference::unsigned_wide>(high) << 64 | low;
    return number::of(static_cast<reference::wide>(width == 16 ? x : x & ((reference::unsigned_wide{1} << 8 * width) - 1)));
  });
}

void trial::expect(const void* op, std::span<const table* const> inputs, std::span<const table* const> outputs, int ulps,
                   std::string_view note) {
  std::vector<laid_out> memory;
  std::vector<any_view> views;
  memory.reserve(inputs.size()), views.reserve(inputs.size());
  // The other inputs lie in another way than the first.
  int turn = 0;
  for (const table* t : inputs) {
    memory.emplace_back(t != nullptr ? *t : table(dtype::none, shape{0}), turned(turn++, t != nullptr && t->drawn));
    views.push_back(memory.back().view);
  }
  ++runs;
  const auto made = directly ? run_directly(op, views, static_cast<int>(outputs.size()))
                             : try_apply(info, op, views, {.outputs = static_cast<int>(outputs.size())});
  const auto wrong = [&](std::initializer_list<piece> why) {
    std::string said = join({info.name, " ", name(type), ", layout ", static_cast<int>(how), ", "});
    for (const any_view& v : views) said += join({v.dims, " "});
    said += join({note, ": "}) + join(why);
    if (faults++ < 3) FAIL_CHECK(said);
  };
  if (!made.has_value()) return wrong({made.error().message});
  if ((*made).size() < outputs.size()) return wrong({(*made).size(), " outputs"});
  for (const any_tensor& t : *made) digest_of(t);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (outputs[k] == nullptr) continue;
    const table& want = *outputs[k];
    const any_tensor& is = (*made)[k];
    if (is.type() != want.type || is.dims() != want.dims)
      return wrong({"output ", k, " is ", name(is.type()), " ", is.dims(), ", not ", name(want.type), " ", want.dims});
    const i64 size = is.size();
    for (i64 i = 0;; ++i, ++elements) {
      const i64 right = reference::agreeing(is.type(), is.data() + i * size_of(is.type()), want.all.data() + 8 + i, size - i, ulps, want.bits);
      elements += right;
      if ((i += right) == size) break;
      const std::byte* at = is.data() + i * size_of(is.type());
      const number& n = want.all[static_cast<std::size_t>(8 + i)];
      if (!(near > 0 && std::abs(reference::load(is.type(), at, want.bits).real - n.real) <= near))
        return wrong({"output ", k, " of ", want.dims, " at ", i, ": ", reference::load(is.type(), at, want.bits).text(),
                      ", not ", n.text()});
    }
  }
}

void trial::digest_of(const any_tensor& t) {
  const bool real = compute_dtype(t.type()) == dtype::f32 || t.type() == dtype::f64;
  const auto add = [&](std::size_t byte) { digest = (digest ^ byte) * 0x100000001b3u; };
  tenon::visit<tenon::dtypes::all>(t.type(), [&]<class T>() {
    const std::byte* at = t.data();
    for (const std::byte* const end = at + t.size() * static_cast<i64>(sizeof(T)); at != end; at += sizeof(T)) {
      const T& x = *reinterpret_cast<const T*>(at);
      if constexpr (std::is_same_v<T, std::string>) {
        for (char c : x) add(static_cast<unsigned char>(c));
        continue;
      } else if constexpr (requires { static_cast<float>(x); }) {
        if (const float f = static_cast<float>(x); real && f != f) {  // of NaN there are many
          add(0x100);
          continue;
        }
      }
      for (std::size_t b = 0; b < sizeof(T); ++b) add(std::to_integer<std::size_t>(at[b]));
    }
  });
}

result<std::vector<any_tensor>> trial::run_directly(const void* op, std::span<const any_view> in, int outputs) {
  std::vector<known> k, out(static_cast<std::size_t>(outputs));
  u32 copied = 0;
  std::vector<any_tensor> dense(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    k.push_back({in[i].type, in[i].dims, in[i].contiguous() ? in[i] : any_view()});
    if (in[i] && !tenon::detail::takes(info, static_cast<int>(i), in[i].dims, in[i].strides, false)) copied |= u32{1} << i;
  }
  infer_context c(info, k, out);
  if (status s = info.infer(op, c); !s.has_value()) return std::unexpected(s.error());
  if (c.is_later()) return try_apply(info, op, in, {.outputs = outputs});
  std::vector<any_tensor> made;
  std::vector<mutable_any_view> views;
  for (const known& o : out) {
    made.push_back(o.type == dtype::none ? any_tensor() : *any_tensor::try_make(o.type, o.dims));
    views.push_back(made.back() ? made.back().edit() : mutable_any_view());
  }
  const auto bytes = static_cast<std::size_t>(scratch_bytes(info, op, k, out, false, copied, true));
  auto* const scratch = static_cast<std::byte*>(std::aligned_alloc(64, bytes + 64));
  std::memset(scratch, 0x5a, bytes + 64);
  const auto before = allocations();
  status s;
  for (int i = 0; i < 2 && s.has_value(); ++i) {
    run_context run(in, views, scratch);
    s = run_node(info, op, run);
  }
  const auto after = allocations();
  // Long strings are copied into memory of their own, and how long is long is the library's choice.
  if (std::ranges::none_of(out, [](const known& o) { return o.type == dtype::string; }))
    allocated += after.news - before.news + after.mallocs - before.mallocs;
  for (std::size_t i = 0; i < 64; ++i)
    if (scratch[bytes + i] != std::byte{0x5a}) s = fail(code::invalid, {"wrote behind its scratch"});
  std::free(scratch);
  if (!s.has_value()) return std::unexpected(s.error());
  return made;
}

layout trial::turned(int i, bool drawn) const {
  if (how == layout::contiguous) return how;
  // Those that repeat stay: the numbers were drawn for them.
  if (drawn && (i == 0 || static_cast<int>(how) >= reference::writable_layouts)) return how;
  return reference::layouts[(static_cast<int>(how) + i) % reference::writable_layouts];
}

std::string complaint(const op_info& row, const void* op, std::span<const any_view> in, int outputs) {
  const any_op plain(row);
  const auto r = try_apply(row, op != nullptr ? op : plain.get(), in, {.outputs = outputs, .limit = i64{1} << 30});
  return r.has_value() ? std::string() : r.error().message;
}

any_tensor zeros(dtype d, const shape& dims) {
  auto t = any_tensor::try_make(d, dims);
  return t.has_value() ? std::move(*t) : any_tensor();
}

}  // namespace tests::ops
