#include <cstdio>
#include TENON_HEADER
#ifdef WITH_MODEL
#include "net.hpp"
#endif

int main() {
  std::puts("tenon " TENON_VERSION);
#ifdef WITH_MODEL
  net::model m;
  const auto y = m(tenon::tensor<float, net::model::x_dims>());
  float sum = 0;
  for (int i = 0; i < 5; ++i) sum += y[0, i];
  std::printf("probabilities that make %.3f\n", static_cast<double>(sum));
#endif
}
