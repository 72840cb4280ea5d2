// Einsum: cases against one sum over all labels, and what it says about equations it cannot read.
#include "tenon/ops/einsum.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::Einsum;

namespace {

/// `spelled` has a letter for every dimension; the operator gets `equation`.
void contract(trial& t, const std::string& equation, std::initializer_list<shape> dims, std::string_view spelled = {}) {
  if (spelled.empty()) spelled = equation;
  std::vector<table> in;
  for (const shape& d : dims) in.push_back(t.draw(d, -2, 2));
  std::vector<std::string> terms(1);
  for (char c : spelled) {
    if (c == ',' || c == '>') terms.emplace_back();
    else if (c != '-' && c != ' ') terms.back() += c;
  }
  std::string labels;
  shape sizes;
  for (std::size_t k = 0; k < in.size(); ++k)
    for (std::size_t j = 0; j < terms[k].size(); ++j) {
      const i64 n = in[k].dims[static_cast<int>(j)];
      const auto at = labels.find(terms[k][j]);
      if (at == labels.npos) labels += terms[k][j], sizes.push_back(n);
      else if (sizes[static_cast<int>(at)] == 1) sizes[static_cast<int>(at)] = n;
    }
  const auto place = [&](const std::string& term, const shape& i, const shape& dims_of) {
    shape own;
    for (std::size_t j = 0; j < term.size(); ++j)
      own.push_back(dims_of[static_cast<int>(j)] == 1 ? 0 : i[static_cast<int>(labels.find(term[j]))]);
    return own;
  };
  const std::string& out = terms.back();
  shape out_dims;
  for (char c : out) out_dims.push_back(sizes[static_cast<int>(labels.find(c))]);
  table y(t.type, out_dims);
  for (i64 i = 0; i < count(out_dims); ++i) y.all[static_cast<std::size_t>(8 + i)] = y.kind();
  each(sizes, [&](const shape& i) {
    number p = y.kind().like(1);
    for (std::size_t k = 0; k < in.size(); ++k) p = p * in[k][place(terms[k], i, in[k].dims)];
    number& to = y[place(out, i, out_dims)];
    to = to + p;
  });
  const Einsum o{.equation = equation};
  std::vector<const table*> given;
  for (const table& x : in) given.push_back(&x);
  const table* wanted[] = {&y};
  t.expect(&o, given, wanted, 0, equation);
}

}  // namespace

void einsum_cases(trial& t) {
  contract(t, "ij,jk->ik", {{3, 4}, {4, 5}}), contract(t, "bij,bjk->bik", {{2, 3, 4}, {2, 4, 17}}), contract(t, "ij,kj->ki", {{3, 4}, {5, 4}});
  contract(t, "ij->ji", {{3, 4}}), contract(t, "ij->i", {{3, 4}}), contract(t, "ij->", {{3, 4}}), contract(t, "ii->i", {{4, 4}});
  contract(t, "ii->", {{4, 4}}), contract(t, "iji->j", {{3, 4, 3}}), contract(t, "i,i->", {{5}, {5}}), contract(t, "i,j->ij", {{3}, {4}});
  contract(t, "i,j->", {{3}, {4}}), contract(t, "ij,i->ij", {{3, 4}, {3}}), contract(t, "ijk,k->ji", {{2, 3, 4}, {4}}), contract(t, "->", {{}});
  contract(t, ",i->i", {{}, {4}}), contract(t, "bhwc,hkc->bhwk", {{2, 3, 4, 5}, {3, 6, 5}}), contract(t, "ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}});
  contract(t, "ij,ij,ij->i", {{3, 4}, {3, 4}, {3, 4}}), contract(t, "a,b,c->cab", {{2}, {3}, {4}}), contract(t, "ij,jk->ik", {{1, 4}, {1, 5}});
  contract(t, "bi,bi->b", {{2, 4}, {1, 4}}), contract(t, "ij,jk->ik", {{3, 0}, {0, 5}}), contract(t, "ij,jk->ik", {{0, 3}, {3, 5}});
  contract(t, " i j , j k -> i k ", {{3, 4}, {4, 5}}), contract(t, "ba,cb", {{3, 4}, {5, 3}}, "ba,cb->ac");
  contract(t, "...ij,...jk->...ik", {{2, 3, 4}, {2, 4, 5}}, "bij,bjk->bik"), contract(t, "...ii->...i", {{2, 3, 3}}, "bii->bi");
  contract(t, "...i,...i->...", {{2, 3, 4}, {3, 4}}, "abi,bi->ab"), contract(t, "...i,i", {{2, 3, 4}, {4}}, "abi,i->ab");
  contract(t, "i...->...", {{3, 2, 4}}, "iab->ab"), contract(t, "Ab,bA->A", {{3, 4}, {4, 3}});
}
const by_reference einsum_reference(cases{"Einsum", einsum_cases});

TEST_CASE("Einsum says what it cannot read") {
  const auto says = [](const char* equation, const shape& a, const shape& b) {
    const Einsum o{.equation = std::string(equation)};
    return complaint("Einsum", &o, {zeros(dtype::f32, a), zeros(dtype::f32, b)});
  };
  CHECK(says("ij,jk->ik", {2, 3}, {3, 4}) == "");
  CHECK(says("ij,jk->ik", {2, 3}, {4, 5}) == "Einsum: equation 'ij,jk->ik' has a label for 3 and for 4 indices");
  CHECK(says("ij,jk->ik", {2, 3, 4}, {3, 4}) == "Einsum: equation 'ij,jk->ik' does not fit operand 0 of shape [2,3,4]");
  CHECK(says("ij->ij", {2, 3}, {3, 4}) == "Einsum: equation 'ij->ij' has 1 operands, not 2");
  CHECK(says("ij,jk,kl->il", {2, 3}, {3, 4}) == "Einsum: equation 'ij,jk,kl->il' has more operands than the 2 given");
  CHECK(says("ij,jk->iz", {2, 3}, {3, 4}) == "Einsum: equation 'ij,jk->iz' has a label in its output that is repeated or unknown");
  CHECK(says("ij,jk->ii", {2, 3}, {3, 4}) == "Einsum: equation 'ij,jk->ii' has a label in its output that is repeated or unknown");
  CHECK(says("i1,jk->i", {2, 3}, {3, 4}) == "Einsum: equation 'i1,jk->i' does not fit operand 0 of shape [2,3]");
  CHECK(says("ij,jk->i$", {2, 3}, {3, 4}) == "Einsum: equation 'ij,jk->i$' has an output that cannot be read");
  CHECK(says("...i......,jk->i", {2, 3}, {3, 4}) == "Einsum: equation '...i......,jk->i' does not fit operand 0 of shape [2,3]");
  CHECK(says("abcdefg,hijklmn->a", {2, 2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2}) == "Einsum: equation 'abcdefg,hijklmn->a' has more than 12 labels");
  const i64 big = i64{1} << 40;
  CHECK(says("ab,bc->ac", {big, 0}, {0, 3}).starts_with("Einsum: needs "));
}

}  // namespace tests::ops
