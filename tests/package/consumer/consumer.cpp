#include <cstdio>
#include <tenon/tenon.hpp>

int main() { std::puts("tenon " TENON_VERSION); }
