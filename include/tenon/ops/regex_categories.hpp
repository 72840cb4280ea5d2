// General categories of characters (Unicode 14), for \pL and \p{Lu} in regular expressions.
#pragma once

#include <string_view>
#include <vector>

#include "../core/dtype.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::detail {

/// Characters from the first to the last.
struct character_range {
  u32 first, last;
};

inline constexpr std::string_view category_names = "LuLlLtLmLoMnMcMeNdNlNoPcPdPsPePiPfPoSmScSkSoZsZlZpCcCfCsCoCn";
// From the first character to the last, runs of one category: a letter for its place among the names ('/' for Lu
// and Ll in turns), and how many more there are (pairs, in turns), in digits to the base of 43 that begin with '0'.
inline constexpr std::string_view category_runs =
    "zOwr2tr2norsrmr1i9r1s2r1aInroulubInsoszPwrt3vruveps{vuvsk1ubr1ukeqk2raFsa6bGsb7/Jab1/6ab1/Fa1babab2a1baba1ba2b1a"
    "3ba1ba2b2a1ba1b/1a1bab1aba1ba2baba1b1eab2e3acbacbacb/6ab1/7ab1acbaba2b/Kab6a1ba1b1aba3b/2ab1IebJdAu3d;u=d4u6dudu"
    "@f2I/1duab~1db2ra~3u1ara2~a~a1ba@~a8bRab1a2b2/:ab4absaba1b1a17b14/@vf4h1/Ja1b/4ab1/14~aU~1dr5bXrm~1v1t~f11mfrf1r"
    "f1rf~7eJ~3e3r1~:{5s2r1tr1v1f:r{r2eOde9fDi9r3e1fe2<ref6{vf5d1f1vf3e1i9e2v1er=~{efeMfJ~1e22f:e~=i9ePf8d1vr2d~1ft1e"
    "Ef3df8df2df4~1r>~eHf2~1r~e:~4eGue5~{1~5f7eXdfG{fOge1:fgfeg2f7g3fg1ef6e9f1r1i9rde>fg1~e7~1e1~1eE~e6~e~2e3~1feg2f3"
    "~1g1~1g1fe~7g~3e1~e2f1~1i9e1t1k5vterf~1f1g~e5~3e1~1eE~e6~e1~e1~e1~1f~g2f1~3f1~1f2~2f~6e3~e~6i9f1e2fr~9f1g~e8~e2~"
    "eE~e6~e1~e4~1feg2f4~f1g~g1f~1e~>e1f1~1i9rt~6ef5~fg1~e7~1e1~1eE~e6~e1~e4~1fegfgf3~1g1~1g1f~6f1g~3e1~e2f1~1i9vek5~"
    "9fe~e5~2e2~e3~2e1~e~e1~2e1~2e2~2e;~3g1fg1~2g2~g2f~1e~5g~=i9k2v5tv~4fg2fe7~e2~eF~e?~1fef2g3~f2~f3~6f1~e2~1e~1e1f1"
    "~1i9~6rk6vefg1re7~e2~eF~e9~e4~1fegfg4~fg1~g1f1~6g1~5e1~e1f1~1i9~e1~<f1g1e8~e2~eXf1eg2f3~g2~g2fev~3e2gk6e2f1~1i9k"
    "8ve5~fg1~eA~2eG~e8~e~1e6~2f~3g2f2~f~g7~5i9~1g1r~;e14fe1f6~3te5df7ri9r1~Te1~e~e4~eG~e~e9fe1f8e~1e4~d~f5~1i9~1e3~O"
    "ev2r>vrv2f1v5i9k9vfvfvfnonog1e7~eS~3f=gf4rf1e4f:~fS~v7fv5~v1r4v3r1~TeZg1f3gf5gf1g1f1ei9r5e5g1f1e3f2eg2e1g6e2f3e<"
    "fg1f1g5fegi9g2fv1aU~a~4a~1bZrdb2e7K~e3~1e6~e~e3~1eX~e3~1eP~e3~1e6~e~e3~1e>~e1=~e3~1e1G~1f2r8kC~2e?v9~5a1Z~1b5~1m"
    "e>Avre@weIno~2e1Or2j2e7~6eAf2g~8eBf1gr1~8eAf1~;e<~e2~f1~;e18f1gf6g7fg1f:r2dr2tef~1i9~5k9~5r5mr3f2{fi9~5eRde19~6e"
    "4f1eQfe~4e1J~9eN~f2g3f1g2~3g1fg5f2~3v~2r1i9eM~1e4~:e10~3eI~5i9k~2vQeFf1g1f~1r1e19gfgf6~fgfg1f7g5f9~1fi9~5i9~5r6d"
    "r5~1f=hf?~15f3ge13fgf4gfg4fg1e7~2i9r6v9f8v8r1~f1geMgf3g1f1gf2e1i9e10fgf1g2fgf2g1~7r3eSg7f7g1f1~2r4i9~2e2i9eMd5r1"
    "b8~6aZ~1a2r7~7f2rf<gf6e3fe5fe1gf1e~4b10d1Cb<dbQdTf1D/1Nab8/14ab8a7b5~1a5~1b7a7b7a7b5~1a5~1b7~a~a~a~ab7a7b=~1b7c7"
    "b7c7b7c7b4~b1a3cubu2b2~b1a3cu2b3~1b1a3~u2b7a4u2~1b2~b1a3cu1~w:{4m5r1pqnp1qnpr7xy{4wr8pqr3l1r2snor:srlr9w{4~{9kd~"
    "1k5s2nodk9s2no~d<~2tP~>f<h3fh2f;~>v1av3av1ba2b1a2bvav1sa4v5avavava3vba3be3bv1b1a1s4ab3vsv1bvk?jRabj3kv1~3s4v4s1v"
    "3sv1sv1sv6svNs1v1svsvNs69v7nonovCs1v6nov1UsvMsHvWs5v1I~Hv:~Dk1@v1RkEv4:sv8sv1:s7v2Hsv5PnononononononokMv10s4nosN"
    "nononononos?v5Xs31nononononononononononos1CnonosOnos5Zv14sDv1s5vV~1vO~v2Ba14b14aba2b1/2a3bab1ab5d1a2b/14ab1v5/1f"
    "2ab~4r3kr1bU~b~4b~1e1<~6dr~=feF~8e6~e6~e6~e6~e6~e6~e6~e6~fOr1pqpqr2pqrpqr8mr1mrpqr1pqnonononor4dr9m1r3mrnr<v1r2n"
    "onononom~QvI~v22~;v4Y~Iv;~3wr2vdejnononononov1nonononomno1vj8f3g1md4v1j2derv1~e1Z~1f1u1d1eme23rd2e~4eZ~e27~v1k3v"
    "9eOvS~;e?vN~k9vMk7vk>vOk9vVk>v7Be3H<v1De;?LdeJH~2v1;~8eWd5r1e69dr2e?i9e1~C/Fefh2rf9rd/=d1f1e1Jj9f1r5~7uFd8u1/5ab"
    "2/Ndb7/1a1b/3du1/1eabab2/9a4ba4b/6a3bab~4ab~b~b/1~Gd2abed1be6fe2fe3feFg1f1gv3f~2k5v1tv~5e18r3~7g1e16g?f1~7r1i9~5"
    "fAe5r2ere1fi9eKf7r1eFf:g1~:reL~2f2ge13fg1f3g1f1g2r<~di9~3r1e4fde8i9e4~eXf5g1f1g1f1~8e2fe7fg~1i9~1r3e?de5v2egfge1"
    "6fef2e1f1e4f1efe~Ge1dr1e:gf1g1r1ed1gf~9e5~1e5~1e5~8e6~e6~bZud3b8du1~3b1TeRg1fg1fg1rgf~1i9~5e61R~;eF~3e15~3|14J}3"
    "CSe8E~1e2C~Ub6~;b4~4efe9se<~e4~e~e1~e1~e2Eu@~?e8Bonv?e1D~1e1:~6v~Oe;tv2f?r6nor~5f?rm1l1nonononononononor1nor3l2r"
    "2~r3mnononor2sms2~rtr1~3e4~e35~1{~r2tr2norsrmr1i9r1s2r1aInroulubInsosnornor1e9de11d1eN~2e5~1e5~1e5~1e2~2t1suvt1~"
    "vs3v1~9{2v1~1e;~eI~eB~e1~e>~1e=~Qe2T~4r2~3k11~2v8j19k3v@k1v2~v<~2v~13v11f~30eL~2e15~>fkJ~3eOk3~8eCje7j~4eUf4~4eM"
    "~reS~3e7rj4~YaWbWe1R~1i9~5aS~3bS~3eW~7e18~:ra:~a>~a6~a1~b:~b>~b6~b1~1Ge79~8eE~9e7~Gd5~dY~d8~1Ie5~1e~e10~e1~2e~1e"
    "F~rk7eFv1k6eN~7k8~14eB~e1~4k4eEk5~2reI~4r~1De1<~3k1e1k?~1k12ef2~f1~4f3e3~e2~eL~1f2~3fk8~6r8~6eLk1reLk2~Oe7veKf1~"
    "3k4r6~8e1:~2r6eE~1k7eB~4k7eA~6r3~;k6~1Te1M~1;a17~<b17~6k5eSf3~7i9~6SkN~eY~f1m~1e1~1ReLk9e~7eEf:k3r4~EeAf3r3~UeDk"
    "6~CeF~8gfge19f>r6~3kCi9fe1f1e~8f2ge11g2f3g1f1r1{r3f~9{~1eH~6i9~5f2eSf4gf7~i9r3eg1e~7eRfr1e~8f1ge14g2f8g1e3r3f3rg"
    "fi9erer2~kC~:eA~eHg2f2g1fgf1r5f~1Ee6~e~e3~e>~e9r~5e13fg2f7~4i9~5f1g1~e7~1e1~1eE~e6~e1~e4~f1eg1fg3~1g1~1g2~1e~5g~"
    "4e4g1~1f6~2f4~39e19g2f7g1f2gfe3r4i9r1~rfe2~Me14g2f5gfg3f1gf1e1re~7i9~3Te13g2f3~1g3f1gf1rFe3f1~Qe14g2f7g1fgf1r2e~"
    ":i9~5r<~BeZfgfg1f5gfer~5i9~1:eJ~1f2g1f3gf4~3i9k1r2ve6~4<e10g2f8gf1r~2=aObOi9k8~;e7~1e~1e7~e1~eGg5~g1~1f1gfegegfr"
    "2~8i9~1Je7~1eVg2f3~1f1g3fereg~Jef9eWf5gef3r7f~7ef5g1f2e12f<gf1r2er4~<e1M~64e8~eTgf6~f5gfer4~9i9kB~2r1eM~1fE~gf6g"
    "f1gf1~1Me6~e1~eUf5~2f~f1~f6ef~7i9~5e5~e1~eOg4~f1~g1fgfe~6i9~78eBf1g1r1~4:e~>kDv7t3v@~<reEB~2?j2H~r4~:e4G~1B<e2:r"
    "1~<eHV~{8~27We=G~4LPe=9~6eN~i9~3r1e1S~i9~5eM~1f4r~9e14f6r4v3d3rv~9i9~k6~eD~4eB~?ZaObOkFr3~2>e1O~3feg1;~6f3d<~1Dd"
    "1rdf~:g1~=e3=M~7eLQ~Ye8~4SQd3~d6~d1~e6P~11e2~@e3~7e98~1:Le2D~4e<~2e8~6e9~1vf1r{3~2G<f12~1fF~8v2M~1@v5N~9vV~1v1@g"
    "1f2v2g5{7f7v1f6vMf3v1A~Dv1Ff2v~3HkC~;v20~8kH~35aIbIaIb6~bAaIbIa~a1~1a~1a1~1a3~a7b3~b~b6~b:aIbIa1~a3~1a7~a6~bIa1~"
    "a3~a4~a~2a6~bIaIbIaIbIaIbIaIbIaIbIaIbK~1aHsbHsb5aHsbHsb5aHsbHsb5aHsbHsb5aHsbHsb5ab~1i16v;Vf1;v3f16v7fv=fv1r4~>f4"
    "~f>~ILb9ebC~59f6~f@~1f6~f1~f4~4Xe11~2f6d6~1i9~3ev~7BeMf~@e10f3i9~4t~M0e6~e3~e1~e>~e4H~1k8f6~XaQbQf6d~3i9~3r1~B:k"
    "1?vk2tk3~1Pk11vk>~4Ee3~eJ~e1~e~1e~e9~e3~e~e~5e~3e~e~e~e2~e1~e~1e~e~e~e~e~e1~e~1e3~e6~e3~e3~e~e9~e@~4e2~e4~e@~18s"
    "1~6;v10~3v2=~;v>~1v>~v>~vT~9k<v3O~1<vL~<v10~3v8~6v1~=v5~3Hv5Su4v@W~4v?~2v<~2v2M~;v22~6v;~3v~>v;~3v1<~7v9~5vW~7vM"
    "~1v1~1Rv7V~;v=~1v4~2v4~2v6~8vL~2v:~4v5~9v9~5v7~7v6~8v3A~v1;~Ti9~GXeG4D~Oe2:H~6e56~1e34Z~=e41Q~1M6e<I~S0e2LT~9097"
    "{~M{29~2Yf5H~S7G}SC1~1}SC1~1";

/// Adds the characters of a category ("Lu", or "L" for all that begin so), or all others; false where there is
/// none of this name.
inline bool add_category(std::string_view name, bool others, std::vector<character_range>& to) {
  u32 wanted = 0;
  for (u32 i = 0; i < 30; ++i)
    if (!name.empty() && category_names.substr(2 * i, 2).starts_with(name)) wanted |= u32{1} << i;
  if (wanted == 0 || name == "Cn") return false;
  wanted &= ~(u32{1} << 29);  // what is not assigned is no character of a category
  const auto in = [&](char letter) { return (wanted >> (letter - 'a') & 1) != u32{others}; };
  u32 at = 0;
  for (std::size_t i = 0; i < category_runs.size();) {
    const char kind = category_runs[i++];
    u32 n = 0;
    for (; i < category_runs.size() && category_runs[i] >= '0' && category_runs[i] <= 'Z'; ++i) n = 43 * n + static_cast<u32>(category_runs[i] - '0');
    ++n;
    if (kind != '/') {
      if (in(kind)) to.push_back({at, at + n - 1});
      at += n;
      continue;
    }
    for (u32 pair = 0; pair < n; ++pair, at += 2) {
      if (in('a')) to.push_back({at, at});
      if (in('b')) to.push_back({at + 1, at + 1});
    }
  }
  return true;
}

}  // namespace tenon::inline TENON_BUILD::detail
TENON_COLD_END
