// Numbers and layouts of the interface.
#include "tenon/wasi_nn/abi.hpp"

#include "doctest.hpp"

namespace tests::wasi_nn {

using namespace tenon;
using namespace tenon::wasi_nn;

TEST_CASE("errors have the numbers of the specification") {
  CHECK(static_cast<u32>(nn_errno::invalid_argument) == 1);
  CHECK(static_cast<u32>(nn_errno::invalid_encoding) == 2);
  CHECK(static_cast<u32>(nn_errno::missing_memory) == 3);
  CHECK(static_cast<u32>(nn_errno::unsupported_operation) == 6);
  CHECK(static_cast<u32>(nn_errno::too_large) == 7);
  CHECK(static_cast<u32>(nn_errno::not_found) == 8);
  CHECK(errno_of(code::limit) == nn_errno::too_large);
  CHECK(errno_of(code::malformed) == nn_errno::invalid_encoding);
}

TEST_CASE("a tensor is read field by field, and its padding is not") {
  const unsigned char record[] = {1, 2, 3, 4, 5, 0, 0, 0, 4, 0xff, 0xff, 0xff, 6, 0, 0, 0x80, 7, 1, 0, 0};
  const guest_tensor t = tensor_at(reinterpret_cast<const std::byte*>(record));
  static_assert(sizeof record == guest_tensor::size);
  CHECK(t.dimensions.at == 0x04030201);
  CHECK(t.dimensions.length == 5);
  CHECK(dtype_of_tensor(t.type) == dtype::i32);
  CHECK(t.data.at == 0x80000006);
  CHECK(t.data.length == 263);
}

TEST_CASE("types that WASI-NN cannot name are set as those with the same bits") {
  CHECK(dtype_of_tensor(5) == dtype::i64);
  CHECK(dtype_of_tensor(6) == dtype::none);
  CHECK(stands_for(dtype::u8, dtype::boolean));
  CHECK(stands_for(dtype::i64, dtype::u64));
  CHECK(!stands_for(dtype::i32, dtype::f32));
  CHECK(!stands_for(dtype::f16, dtype::bf16));
}

}  // namespace tests::wasi_nn
